"""Whether an answer is right, and which choices can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.bank import marking
from quizapp.bank.rules import GAP, Choice, Kind

RIGHT = [
    # kind, what is right, what was chosen, whether that is right
    (Kind.SINGLE, [1], [1], True),
    (Kind.SINGLE, [1], [0], False),
    (Kind.SINGLE, [1], [], False),
    (Kind.JUDGE, [0], [0], True),
    (Kind.JUDGE, [0], [1], False),
    (Kind.MULTIPLE, [0, 2], [0, 2], True),
    (Kind.MULTIPLE, [0, 2], [2, 0], True),
    (Kind.MULTIPLE, [0, 2], [0], False),
    (Kind.MULTIPLE, [0, 2], [0, 1, 2], False),
    (Kind.MULTIPLE, [0, 2], [], False),
    (Kind.SITUATION, [1], [1], True),
    (Kind.SITUATION, [1], [2], False),
    (Kind.ORDER, [0, 1, 2], [0, 1, 2], True),
    (Kind.ORDER, [0, 1, 2], [0, 2, 1], False),
    (Kind.ORDER, [0, 1, 2], [], False),
    (Kind.MATCH, [0, 1, 2], [0, 1, 2], True),
    (Kind.MATCH, [0, 1, 2], [0, 1, 3], False),
    (Kind.MATCH, [0, 1, 2], [0, 1, GAP], False),
    (Kind.MATCH, [0, 1, 2], [], False),
]
POSSIBLE = [
    # kind, options, what was chosen, whether that can be
    (Kind.SINGLE, 3, [2], True),
    (Kind.SINGLE, 3, [3], False),
    (Kind.SINGLE, 3, [-1], False),
    (Kind.SINGLE, 3, [0, 1], False),
    (Kind.SINGLE, 3, [], True),
    (Kind.JUDGE, 2, [0, 1], False),
    (Kind.MULTIPLE, 4, [0, 1, 2, 3], True),
    (Kind.MULTIPLE, 4, [0, 0], False),
    (Kind.MULTIPLE, 4, [4], False),
    (Kind.SITUATION, 3, [0, 1], False),
    (Kind.ORDER, 3, [2, 0, 1], True),
    (Kind.ORDER, 3, [], True),
    (Kind.ORDER, 3, [0, 1], False),
    (Kind.ORDER, 3, [0, 1, 1], False),
    (Kind.ORDER, 3, [0, 1, 3], False),
    (Kind.MATCH, 3, [3, GAP, 3], True),
    (Kind.MATCH, 3, [], True),
    (Kind.MATCH, 3, [0, 1], False),
    (Kind.MATCH, 3, [0, 1, 4], False),
    (Kind.MATCH, 3, [0, 1, -2], False),
    (Kind.FILL, 0, "12355", True),
    (Kind.FILL, 0, "", True),
    (Kind.FILL, 0, "字" * 40, True),
    (Kind.FILL, 0, "字" * 41, False),
    (Kind.FILL, 0, " 12355", False),
    (Kind.FILL, 0, "123\x0055", False),
    (Kind.FILL, 0, [0], False),
    (Kind.SINGLE, 3, "a", False),
]


@pytest.mark.parametrize(("kind", "answer", "choice", "right"), RIGHT)
def test_exactly_the_right_options_are_right(
    kind: Kind, answer: list[int], choice: Choice, right: bool
) -> None:
    assert marking.is_right(kind, answer, choice) is right


@pytest.mark.parametrize(
    "word",
    ["12355", " 12355 ", "１２３５５", "“12355”", "１２３５５。", "12355.", "-(12355)-", "12 355"],
)
def test_a_word_counts_without_spaces_punctuation_and_width(word: str) -> None:
    assert marking.is_right(Kind.FILL, [], word, ["12355"])


@pytest.mark.parametrize("word", ["", "  ", "。", "1235", "123555", "a12355"])
def test_any_other_word_is_wrong(word: str) -> None:
    assert not marking.is_right(Kind.FILL, [], word, ["12355", "。"])


@pytest.mark.parametrize(
    ("number", "other"),
    [
        ("15", "1.5"), ("15", "1．5"), ("15", "1。5"), ("15", "1 . 5"), ("15", "1,5"),
        ("15", "1、5"), ("5", ".5"), ("5", "-5"), ("5", "－5"), ("5", "−5"), ("5", "- 5"),
        ("5", "零下-5"), ("50", "50%"), ("50", "50％"), ("50", "50 %"), ("50", "%50"),
        ("50", "50‰"), ("50%", "50‰"), ("35", "3-5"), ("35", "3–5"), ("12", "1/2"), ("630", "6:30"),
        ("630", "6：30"), ("12355", "12-355"), ("100", "1,00"), ("1000", "1.000"),
        ("12355110", "12355,110"),
    ],
)  # fmt: skip
def test_a_mark_that_makes_another_number_counts(number: str, other: str) -> None:
    assert not marking.is_right(Kind.FILL, [], other, [number])
    assert not marking.is_right(Kind.FILL, [], number, [other])
    assert marking.is_right(Kind.FILL, [], other, [other])


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("1.5", "１．５"), ("1.5", "1。5"), ("1.5", "1.5。"), ("-5", "－５"), ("-5", "−5"),
        ("-5", "（-5）"), ("50%", "５０％"), ("3-5", "3–5"), ("6:30", "6：30"), ("1000", "1,000"),
        ("1000", "１，０００"), ("1234567.5", "1,234,567.5"), ("B12", "B-12"),
        ("b12", "Ｂ－12"), ("吗啡", "吗·啡"), ("fentanyl-like", "fentanyl like"),
        ("6月26日", "6月26日！"),
    ],
)  # fmt: skip
def test_other_marks_and_other_ways_to_write_one_do_not(word: str, other: str) -> None:
    assert marking.is_right(Kind.FILL, [], other, [word])
    assert marking.is_right(Kind.FILL, [], word, [other])


def test_case_does_not_count() -> None:
    assert marking.is_right(Kind.FILL, [], "LSD", ["lsd"])
    assert marking.is_right(Kind.FILL, [], "ＬＳＤ", ["lsd"])


@pytest.mark.parametrize(("kind", "options", "choice", "possible"), POSSIBLE)
def test_only_what_a_form_can_send_fits(
    kind: Kind, options: int, choice: Choice, possible: bool
) -> None:
    assert marking.fits(kind, options, choice, partners=4) is possible


@pytest.mark.parametrize(
    ("kind", "choice", "stored"),
    [
        (Kind.SINGLE, [], ""),
        (Kind.SINGLE, [2], "2"),
        (Kind.MULTIPLE, [0, 2], "0,2"),
        (Kind.MULTIPLE, [9, 10], "9,10"),
        (Kind.ORDER, [2, 0, 1], "2,0,1"),
        (Kind.MATCH, [3, GAP, 0], "3,-,0"),
        (Kind.FILL, "2,0", "2,0"),
        (Kind.FILL, "", ""),
    ],
)
def test_a_choice_is_stored_and_read_again(kind: Kind, choice: Choice, stored: str) -> None:
    assert marking.written(kind, choice) == stored
    assert marking.read(kind, stored) == choice


def test_options_are_stored_in_order_where_it_says_nothing() -> None:
    assert marking.written(Kind.MULTIPLE, [2, 0]) == "0,2"


@pytest.mark.parametrize(
    ("choice", "whole"),
    [([], False), ([0], True), ([1, GAP], False), ([1, 0], True), ("", False), ("字", True)],
)
def test_an_item_is_answered_when_nothing_of_it_is_open(choice: Choice, whole: bool) -> None:
    assert marking.is_whole(choice) is whole


@given(st.text(max_size=60))
def test_whatever_is_typed_fits_or_is_too_long(said: str) -> None:
    kept = marking.typed(said)

    assert marking.typed(kept) == kept
    assert marking.fits(Kind.FILL, 0, kept) is (len(kept) <= marking.MOST_WRITTEN)
    assert marking.bare(f" {kept}。") == marking.bare(kept)


@given(st.permutations(range(6)), st.integers(3, 6))
def test_of_all_orders_one_is_right(numbers: list[int], options: int) -> None:
    order = [number for number in numbers if number < options]

    assert marking.fits(Kind.ORDER, options, order)
    assert marking.is_right(Kind.ORDER, list(range(options)), order) is (order == sorted(order))
    assert marking.read(Kind.ORDER, marking.written(Kind.ORDER, order)) == order
