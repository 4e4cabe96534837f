"""Who needs help, and which term it is."""

from datetime import date

import pytest

from quizapp.lessons.rules import needs_help, term, told_of

RIGHT, WRONG = True, False


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        ([], False),
        ([WRONG], False),  # One slip.
        ([WRONG, WRONG], True),
        ([WRONG, WRONG, RIGHT], True),
        ([WRONG, WRONG, RIGHT, RIGHT], True),  # Half is enough.
        ([WRONG, WRONG, RIGHT, RIGHT, RIGHT], False),
        ([WRONG, RIGHT, RIGHT], False),
        ([RIGHT] * 6, False),
        ([WRONG] * 3 + [RIGHT] * 4, False),
    ],
)
def test_two_wrong_and_half_of_what_was_answered_need_help(
    right: list[bool], expected: bool
) -> None:
    assert needs_help(right) is expected
    assert needs_help(right[::-1]) is expected


def test_a_count_of_a_class_begins_at_ten_and_grows_by_fives() -> None:
    assert [told_of(count) for count in (0, 1, 9, 10, 11, 14, 15, 38, 40)] == [
        0, 0, 0, 10, 10, 10, 15, 35, 40,
    ]  # fmt: skip


def test_a_school_year_has_two_terms() -> None:
    months = {month: term(date(2026, month, 1)) for month in range(1, 13)}

    assert [month for month, number in months.items() if number == 2] == [2, 3, 4, 5, 6, 7, 8]
    assert (term(date(2027, 1, 31)), term(date(2027, 2, 1))) == (1, 2)
    assert (term(date(2026, 8, 31)), term(date(2026, 9, 1))) == (2, 1)
