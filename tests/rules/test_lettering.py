"""In which order options are shown, and what a letter stands for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.bank import lettering
from quizapp.bank.rules import Kind
from quizapp.core.ids import new_id


@given(options=st.integers(2, 8), seed=st.integers(0, 2**32))
def test_letters_lead_back_to_the_numbers_they_came_from(options: int, seed: int) -> None:
    shown = lettering.order(Kind.SINGLE, options, seed)

    assert sorted(shown) == list(range(options))
    for number in range(options):
        assert lettering.numbers_of(lettering.letters_of([number], shown), shown) == [number]


def test_right_and_wrong_keep_their_places() -> None:
    assert all(lettering.order(Kind.JUDGE, 2, seed) == [0, 1] for seed in range(50))


@pytest.mark.parametrize("letter", ["d", "A", "", "ab", "你"])
def test_a_letter_that_is_not_shown_is_refused(letter: str) -> None:
    with pytest.raises(ValueError, match="no option"):
        lettering.numbers_of([letter], [2, 0, 1])


def test_neighbours_do_not_see_the_same_order() -> None:
    question = new_id().int
    orders = [lettering.order(Kind.SINGLE, 4, question ^ new_id().int) for _ in range(200)]

    assert all(sum(order[0] == first for order in orders) > 25 for first in range(4))
