"""What lessons/look-alikes.toml may say, and that what ships keeps every rule."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from quizapp.bank import files as bank_files
from quizapp.core.paths import data_dir
from quizapp.lessons import look_alikes
from tests.lessons import SVG

PAIR = """
[[pair]]
key = "{key}"
stages = ["primary", "junior"]
source = ["disguises:packed-as"]
as_of = 2026-11-22
review_by = 2027-06-30
[pair.zh]
title = "奶茶"
alt = "一杯奶茶"
known = "家人买的"
hidden = "没有来历的"
do = "告诉大人"
[pair.en]
title = "Milk tea"
alt = "A cup"
known = "Bought by your family"
hidden = "From nowhere"
do = "Tell an adult"
"""
TEA = PAIR.format(key="milk-tea")


def tree(folder: Path, said: str, *drawings: str) -> Path:
    root = folder / "lessons"
    (root / look_alikes.FOLDER).mkdir(parents=True)
    for name in drawings:
        (root / look_alikes.FOLDER / name).write_text(SVG, encoding="utf-8")
    (root / look_alikes.FILE).write_text(said, encoding="utf-8")
    return root


def told(root: Path) -> list[str]:
    _pairs, faults = look_alikes.read(root, None)
    return [str(fault) for fault in faults]


def test_what_ships_is_sound() -> None:
    sources = bank_files.read(data_dir("question_bank")).sources

    pairs, faults = look_alikes.read(data_dir("lessons"), sources)

    assert faults == []
    assert 8 <= len(pairs) <= 12
    assert all(any(ref.startswith("disguises:") for ref in pair.draft.source) for pair in pairs)


def test_pairs_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    root = tree(tmp_path, TEA + PAIR.format(key="coffee"), "coffee.svg", "milk-tea.svg")

    pairs, faults = look_alikes.read(root, None)

    assert faults == []
    assert [(pair.draft.key, pair.line) for pair in pairs] == [("milk-tea", 2), ("coffee", 21)]
    assert pairs[0].text["en"]["title"] == "Milk tea"
    assert (pairs[0].picture.width, pairs[0].picture.height) == (640, 360)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda t: t.replace('known = "家人买的"\n', ""), "zh: known is missing; say how it is"),
        (lambda t: t + 'seller = "x"\n', "en: seller is not a field"),
        (lambda t: t.replace('"junior"]', '"infant"]'), "infant"),
        (lambda t: t.replace('"junior"]', '"primary"]'), "stages names one twice"),
        (lambda t: t.replace('["disguises:packed-as"]', "[]"), "source is empty; name at least"),
        (lambda t: t.replace("2027-06-30", "2026-06-30"), "review_by lies before as_of"),
        (lambda t: t.replace('"milk-tea"', '"tea"'), "there is no drawing look-alikes/tea.svg"),
        (lambda t: t + TEA, "milk-tea: another pair has this key already"),
        (lambda t: t + "[[twin]]\n", "twin is not a field"),
        (lambda t: t + "[[pair\n", "this is not TOML"),
    ],
)
def test_every_broken_rule_is_told(tmp_path: Path, spoil: Callable[[str], str], says: str) -> None:
    assert says in "\n".join(told(tree(tmp_path, spoil(TEA), "milk-tea.svg")))


def test_all_faults_come_at_once_and_the_rest_is_kept(tmp_path: Path) -> None:
    broken = PAIR.format(key="coffee")
    for line in ('do = "告诉大人"\n', 'alt = "A cup"\n'):
        broken = broken.replace(line, "")
    root = tree(tmp_path, TEA + broken, "milk-tea.svg", "coffee.svg", "unused.svg")
    (root / look_alikes.FOLDER / "Cup.svg").write_text("<svg/>", encoding="utf-8")

    pairs, faults = look_alikes.read(root, None)

    assert [pair.draft.key for pair in pairs] == ["milk-tea"]
    lines = {(fault.file, fault.line) for fault in faults}
    assert ("lessons/look-alikes.toml", 21) in lines
    assert {"lessons/look-alikes/Cup.svg", "lessons/look-alikes/unused.svg"} <= {
        file for file, _line in lines
    }
    assert sum(fault.line == 21 for fault in faults) == 2


def test_a_source_must_be_in_the_bank(tmp_path: Path) -> None:
    root = tree(tmp_path, TEA, "milk-tea.svg")

    _pairs, faults = look_alikes.read(root, {"rule": None})

    assert "there is no source disguises" in faults[0].says


def test_a_pair_wants_a_look_when_its_day_has_passed(tmp_path: Path) -> None:
    pairs, _faults = look_alikes.read(tree(tmp_path, TEA, "milk-tea.svg"), None)

    assert list(look_alikes.overdue(pairs, date(2027, 6, 30))) == []
    [late] = look_alikes.overdue(pairs, date(2027, 7, 1))
    assert (late.file, late.line, late.key) == ("lessons/look-alikes.toml", 2, "milk-tea")


def test_a_site_may_do_without(tmp_path: Path) -> None:
    assert look_alikes.read(tmp_path, None) == ([], [])
