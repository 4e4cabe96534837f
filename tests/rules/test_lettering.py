"""In which order options are shown, and what a letter stands for."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.bank import lettering, params
from quizapp.bank.rules import GAP, Kind
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


@given(options=st.integers(3, 6), seed=st.integers(0, 2**32))
def test_what_is_to_be_put_in_order_is_never_shown_in_order(options: int, seed: int) -> None:
    shown = lettering.order(Kind.ORDER, options, seed)

    assert sorted(shown) == list(range(options))
    assert shown != sorted(shown)


@given(
    options=st.integers(3, 6), others=st.integers(0, 2), seed=st.integers(0, 2**128), data=st.data()
)
def test_pairs_lead_back_to_the_partners_they_came_from(
    options: int, others: int, seed: int, data: st.DataObject
) -> None:
    shown = lettering.order(Kind.MATCH, options, seed)
    beside = lettering.partners(options + others, seed)
    choice = list(data.draw(st.tuples(*[st.sampled_from([GAP, *beside])] * options)))

    pairs = lettering.pairs_of(choice, shown, beside)

    assert sorted(beside) == list(range(options + others))
    assert lettering.partners_of(pairs, shown, beside) == (choice if pairs else [])


@pytest.mark.parametrize("pairs", [["a:9"], ["z:1"], ["a"], ["a:1", "a:2"], [":"], ["a:1:1"]])
def test_a_pair_that_is_not_shown_is_refused(pairs: list[str]) -> None:
    with pytest.raises(ValueError, match=r"option|partners"):
        lettering.partners_of(pairs, [2, 0, 1], [0, 1, 2])


def test_the_places_of_partners_say_nothing_about_those_of_options() -> None:
    told = Counter(
        (lettering.order(Kind.MATCH, 3, seed).index(0), lettering.partners(3, seed).index(0))
        for seed in range(1800)
    )

    assert all(told[option, partner] > 140 for option in range(3) for partner in range(3))


@pytest.mark.parametrize(
    ("said", "letters"),
    [
        ([], []),
        (["a:2", "b:1", "c:3"], ["b", "a", "c"]),
    ],
)
def test_places_lead_to_an_order(said: list[str], letters: list[str]) -> None:
    assert lettering.in_places(said, 3) == letters
    assert sorted(f"{x}:{place}" for x, place in lettering.places_of(letters).items()) == said


@pytest.mark.parametrize(
    "said", [["a:1"], ["a:1", "b:1", "c:2"], ["a:1", "b:2", "c:4"], ["a:1", "b:2", "c:"], ["a"] * 3]
)
def test_places_that_are_no_order_are_refused(said: list[str]) -> None:
    with pytest.raises(ValueError, match="a place of its own"):
        lettering.in_places(said, 3)


@given(rows=st.integers(3, 12), seed=st.integers(0, 2**32))
def test_the_row_of_a_seed_is_the_same_in_every_language(rows: int, seed: int) -> None:
    zh = [{"name": f"小{n}"} for n in range(rows)]
    en = [{"name": f"Xiao {n}"} for n in range(rows)]

    assert zh.index(dict(params.row(zh, seed))) == en.index(dict(params.row(en, seed)))


def test_all_rows_are_drawn() -> None:
    rows = [{"name": str(n)} for n in range(4)]
    drawn = Counter(params.row(rows, seed)["name"] for seed in range(400))

    assert min(drawn.values()) > 60
    assert params.row([], 7) == {}


def test_places_are_filled_wherever_they_stand() -> None:
    said = {"stem": "{name}在{place}", "options": [{"text": "{name}", "right": True}]}

    assert params.filled(said, {"name": "小雨", "place": "书店"}) == {
        "stem": "小雨在书店",
        "options": [{"text": "小雨", "right": True}],
    }
    assert params.filled("{other}", {"name": "小雨"}) == "{other}"
