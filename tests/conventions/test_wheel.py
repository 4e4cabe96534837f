"""The wheel holds all that a site needs, and works without the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout and laid out as an installation would."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet"]
    subprocess.run([*build, "--wheel-dir", folder, ROOT], check=True, stdout=subprocess.DEVNULL)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "site")
    return folder / "site"


@pytest.mark.parametrize(
    "path",
    [
        "wsgi.py",
        "quizapp/_data/question_bank/sources.toml",
        "quizapp/_data/lessons/courses/grade-5.toml",
        "quizapp/_data/migrations/env.py",
        "quizapp/_data/migrations/versions/0001_the_first_schema.py",
        "quizapp/translations/zh/LC_MESSAGES/messages.mo",
        "quizapp/static/vendor/bootstrap/bootstrap.css",
        "quizapp/templates/layouts/base.html",
        "quizapp/templates/pdf/cards.typ",
    ],
)
def test_what_a_site_needs_ships_in_the_wheel(unpacked: Path, path: str) -> None:
    assert (unpacked / path).is_file()


def test_a_site_of_the_wheel_makes_its_schema_and_loads_its_content(
    unpacked: Path, tmp_path: Path
) -> None:
    environment = os.environ | {
        "PYTHONPATH": str(unpacked), "QUIZAPP_INSTANCE": str(tmp_path), "QUIZAPP_LOCALE": "en",
    }  # fmt: skip
    for words in (("db", "upgrade"), ("content", "load"), ("rollups", "check")):
        run = "import quizapp.app; quizapp.app.main()"
        done = subprocess.run(
            [sys.executable, "-c", run, *words], cwd=tmp_path, env=environment, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "quizapp.db").stat().st_size > 100_000
