"""Picture PINs: which there are, what is kept, and who may do without a secret of words."""

import re
from itertools import product
from pathlib import Path
from uuid import uuid4

import pytest

from quizapp.accounts import credentials, pins

SPRITE = Path(__file__).resolve().parents[2] / "quizapp" / "static" / "pictures.svg"


def test_there_are_1728_orders_of_three_pictures() -> None:
    told = {pins.spelled(chosen) for chosen in product(pins.PICTURES, repeat=3)}

    assert len(told) == 1728
    assert None not in told


@pytest.mark.parametrize(
    "chosen",
    [(), ("sun",), ("sun", "moon", None), ("sun", "moon", "dragon"), ("sun", "moon", "cat", "cat")],
)
def test_less_or_other_is_no_pin(chosen: tuple[str | None, ...]) -> None:
    assert pins.spelled(chosen) is None


def test_only_three_times_the_same_is_weak() -> None:
    assert pins.is_weak("cat cat cat")
    assert not pins.is_weak("cat cat sun")


def test_what_is_kept_differs_by_order_pupil_and_key() -> None:
    one, other = uuid4(), uuid4()

    kept = [
        pins.sealed("sun cat moon", pupil_id=one, key="a"),
        pins.sealed("cat sun moon", pupil_id=one, key="a"),
        pins.sealed("sun cat moon", pupil_id=other, key="a"),
        pins.sealed("sun cat moon", pupil_id=one, key="b"),
    ]

    assert len(set(kept)) == 4
    assert kept[0] == pins.sealed("sun cat moon", pupil_id=one, key="a")


@pytest.mark.parametrize(
    ("grade", "has_pictures", "needed"),
    [
        (5, True, False), (6, True, False), (7, True, True), (10, True, True),
        (5, False, True), (6, False, True), (7, False, True),
    ],
)  # fmt: skip
def test_pictures_replace_the_secret_up_to_grade_6(
    grade: int, has_pictures: bool, needed: bool
) -> None:
    assert pins.needs_secret(grade, has_pictures=has_pictures) is needed


def test_every_picture_is_drawn() -> None:
    drawn = re.findall(r'<symbol id="(\w+)"', SPRITE.read_text("utf-8"))

    assert tuple(drawn) == pins.PICTURES


def test_the_code_of_a_window_is_short_readable_and_its_own() -> None:
    codes = [credentials.window_code(uuid4(), "a key of the site") for _n in range(500)]

    assert len(set(codes)) == 500
    assert all(re.fullmatch(f"[{credentials.ALPHABET}]{{6}}", code) for code in codes)
    assert not set("01OIL") & set("".join(codes))
