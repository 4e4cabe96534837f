"""What a sitting is worth."""

import pytest

from quizapp.quizzes.scoring import Marked, Result, result

RIGHT, WRONG, NOTHING = Marked(True, True), Marked(True, False), Marked(False, False)


@pytest.mark.parametrize(
    ("items", "by_pupil", "expected"),
    [
        ([RIGHT] * 4, True, Result(4, 20, finished=True, passed=True)),
        ([RIGHT, RIGHT, WRONG, NOTHING], True, Result(3, 10, finished=True, passed=False)),
        ([RIGHT, RIGHT, RIGHT, NOTHING], False, Result(3, 15, finished=True, passed=True)),
        ([RIGHT, WRONG, NOTHING, NOTHING], False, Result(2, 5, finished=True, passed=False)),
        ([RIGHT, NOTHING, NOTHING, NOTHING], False, Result(1, 5, finished=False, passed=False)),
        ([NOTHING] * 4, True, Result(0, 0, finished=True, passed=False)),
    ],
)
def test_a_sitting_is_worth_its_right_items(
    items: list[Marked], by_pupil: bool, expected: Result
) -> None:
    assert result(items, points=5, pass_percent=60, by_pupil=by_pupil) == expected


def test_the_pass_mark_itself_passes() -> None:
    three_of_five = [RIGHT] * 3 + [WRONG] * 2

    assert result(three_of_five, points=5, pass_percent=60, by_pupil=True).passed
    assert not result(three_of_five, points=5, pass_percent=61, by_pupil=True).passed


def test_nobody_passes_whom_the_bell_found_without_half_of_the_answers() -> None:
    ten = [RIGHT] * 4 + [NOTHING] * 6

    assert not result(ten, points=5, pass_percent=40, by_pupil=False).passed
