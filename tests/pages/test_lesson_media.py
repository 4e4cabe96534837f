"""Sound, film and captions of lessons: open to all, in parts where a player asks for parts."""

from pathlib import Path

import pytest

from quizapp.lessons import views
from tests import lessons
from tests.conftest import Visitor
from tests.lessons import MP3, VTT

SOUND = "/lessons/primary/media/breathing.mp3"


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = lessons.tree(tmp_path)
    monkeypatch.setattr(views, "data_dir", lambda _name: made)
    return made


def test_sound_and_captions_are_served_as_what_they_are(visitor: Visitor) -> None:
    with visitor.get("/lessons/primary/media/breathing.vtt") as captions:
        assert (captions.status_code, captions.mimetype) == (200, "text/vtt")
        assert captions.data.decode() == VTT
    with visitor.get(f"{SOUND}?v=0a1b2c3d") as sound:
        assert (sound.status_code, sound.data, sound.mimetype) == (200, MP3, "audio/mpeg")
    assert "max-age=31536000" in sound.headers["Cache-Control"]
    assert sound.headers["Accept-Ranges"] == "bytes"
    assert sound.headers["X-Content-Type-Options"] == "nosniff"


def test_a_player_gets_the_part_that_it_asks_for(visitor: Visitor) -> None:
    with visitor.get(SOUND, headers={"Range": "bytes=4-9"}) as part:
        assert (part.status_code, part.data) == (206, MP3[4:10])
        assert part.headers["Content-Range"] == f"bytes 4-9/{len(MP3)}"
    with visitor.get(SOUND, headers={"Range": f"bytes={len(MP3)}-"}) as beyond:
        assert beyond.status_code == 416


@pytest.mark.parametrize(
    "path",
    ["primary/media/other.mp3", "primary/media/two-bags.svg", "courses/media/grade-5.toml",
     "primary/media/..%2F01-sweets.md", "senior/media/breathing.mp3"],
)  # fmt: skip
def test_nothing_else_is_served(visitor: Visitor, path: str) -> None:
    assert visitor.get(f"/lessons/{path}").status_code == 404
