"""What changed between two versions, word by word and field by field."""

import pytest

from quizapp.bank.history import Change, changes, difference
from quizapp.bank.rules import Kind
from tests import reviewers

K, R, A = Change.KEPT, Change.REMOVED, Change.ADDED


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("", "", []),
        ("一样", "一样", [(K, "一样")]),
        ("", "新的", [(A, "新的")]),
        ("旧的", "", [(R, "旧的")]),
        ("再告诉老师", "再告诉家长", [(K, "再告诉"), (R, "老师"), (A, "家长")]),
        ("call 110 now", "call 120 now", [(K, "call "), (R, "110"), (A, "120"), (K, " now")]),
    ],
)  # fmt: skip
def test_words_are_kept_removed_or_added(
    old: str, new: str, pieces: list[tuple[Change, str]]
) -> None:
    found = difference(old, new)

    assert [(piece.change, piece.text) for piece in found] == pieces
    assert "".join(p.text for p in found if p.change is not A) == old
    assert "".join(p.text for p in found if p.change is not R) == new


def test_only_what_changed_is_told_and_where() -> None:
    old = reviewers.written()
    options = [dict(option) for option in old.text["zh"]["options"]]
    options[1]["feedback"] = "一口也会伤身体。"
    english = {"stem": "What do you do?", "explain": "Leave.", "options": []}
    zh = {**old.text["zh"], "options": options}
    new = reviewers.written(difficulty=2, answer=[1], text={"zh": zh, "en": english})

    found = changes(old, new)

    assert changes(old, old) == []
    assert [(line.lang, line.place) for line in found] == [
        ("", ("difficulty",)),
        ("", ("answer",)),
        ("zh", ("options", 1, "feedback")),
        ("en", ("stem",)),
        ("en", ("explain",)),
    ]
    assert [piece.text for piece in found[1].pieces] == ["1", "2"]  # Counted from 1, as shown.


def test_values_that_differ_from_pupil_to_pupil_are_told_row_by_row() -> None:
    rows = [{"name": "小雨", "place": "书店"}, {"name": "小禾", "place": "操场"}]
    words = {"stem": "你和{name}在{place}。____", "explain": "好。", "accept": ["是"]}
    old = reviewers.written(kind=Kind.FILL, answer=[], text={"zh": {**words, "params": rows}})
    other = [rows[0], {"name": "小禾", "place": "车站"}]
    new = reviewers.written(kind=Kind.FILL, answer=[], text={"zh": {**words, "params": other}})

    [line] = changes(old, new)

    assert line.place == ("params", 1)
    assert [p.text for p in line.pieces if p.change is not K] == ["操场", "车站"]
