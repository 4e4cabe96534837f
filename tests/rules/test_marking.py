"""Whether an answer is right, and which choices can be."""

import pytest

from quizapp.bank import marking
from quizapp.bank.rules import READY, Kind

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
]


@pytest.mark.parametrize(("kind", "answer", "choice", "right"), RIGHT)
def test_exactly_the_right_options_are_right(
    kind: Kind, answer: list[int], choice: list[int], right: bool
) -> None:
    assert marking.is_right(kind, answer, choice) is right


@pytest.mark.parametrize("kind", sorted(set(Kind) - READY))
def test_a_kind_without_marking_is_a_bug_and_not_a_wrong_answer(kind: Kind) -> None:
    with pytest.raises(ValueError, match="has no marking yet"):
        marking.is_right(kind, [0], [0])


@pytest.mark.parametrize(("kind", "options", "choice", "possible"), POSSIBLE)
def test_only_what_a_form_can_send_fits(
    kind: Kind, options: int, choice: list[int], possible: bool
) -> None:
    assert marking.fits(kind, options, choice) is possible


@pytest.mark.parametrize(
    ("choice", "stored"), [([], ""), ([2], "2"), ([2, 0], "0,2"), ([10, 9], "9,10")]
)
def test_a_choice_is_stored_in_order_and_read_again(choice: list[int], stored: str) -> None:
    assert marking.written(choice) == stored
    assert marking.read(stored) == sorted(choice)
