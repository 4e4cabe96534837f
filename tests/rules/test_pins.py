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


def test_every_picture_is_drawn() -> None:
    drawn = re.findall(r'<symbol id="(\w+)"', SPRITE.read_text("utf-8"))

    assert tuple(drawn) == pins.PICTURES


def test_the_code_of_a_window_is_short_readable_and_its_own() -> None:
    codes = [credentials.window_code(uuid4(), "a key of the site") for _n in range(500)]

    assert len(set(codes)) == 500
    assert all(re.fullmatch(f"[{credentials.ALPHABET}]{{6}}", code) for code in codes)
    assert not set("01OIL") & set("".join(codes))


def test_the_code_of_a_card_begins_with_its_number_however_it_is_typed() -> None:
    card, other, key = uuid4(), uuid4(), "a key of the site"
    code = credentials.new_card_code(card, key)

    assert re.fullmatch(f"[{credentials.ALPHABET}]{{10}}", code)
    assert credentials.names_card(f" {code[:2]}-{code[2:].lower()}", card, key)
    assert credentials.names_card(code[:4], card, key)
    assert not credentials.names_card(code, other, key)
    assert not credentials.names_card(code, card, "another key")
    assert not credentials.names_card(code[:3], card, key)
    assert not credentials.names_card("码" * 10, card, key)
    assert len({credentials.new_card_code(card, key) for _n in range(50)}) == 50
