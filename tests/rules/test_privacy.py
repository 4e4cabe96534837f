"""Nobody outside the school learns what a handful of children did, not by subtraction either."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.reports.privacy import LEAST, Vantage, hidden, vantage

ELM = "/cn/990100/990101/elm/"


@pytest.mark.parametrize(
    ("bases", "expected"),
    [
        ({"a": 40, "b": 10, "c": 30}, ""),  # Ten are enough.
        ({"a": 40, "b": 9, "c": 30}, "bc"),  # One alone is the total less the others.
        ({"a": 40, "b": 9, "c": 3}, "bc"),  # Two that make ten together.
        ({"a": 40, "b": 4, "c": 3}, "abc"),  # Two that do not.
        ({"a": 40, "b": 4, "c": 3, "d": 25}, "bcd"),
        ({"a": 5}, "a"),
        ({"a": 0, "b": 30}, ""),  # Nobody has nothing to hide,
        ({"a": 0, "b": 5, "c": 30}, "bc"),  # and hides nothing.
        ({}, ""),
    ],
)
def test_small_rows_are_hidden_in_company(bases: dict[str, int], expected: str) -> None:
    assert hidden(bases) == frozenset(expected)


def test_of_two_rows_of_one_size_it_is_always_the_same_that_keeps_company() -> None:
    assert hidden({"x": 5, "b": 20, "a": 20}) == hidden({"a": 20, "x": 5, "b": 20}) == {"x", "a"}


@given(st.dictionaries(st.text("abcdef", min_size=1), st.integers(0, 60)))
def test_subtraction_gives_no_group_under_ten(bases: dict[str, int]) -> None:
    kept_back = hidden(bases)

    people = {row: base for row, base in bases.items() if base}
    assert all(base >= LEAST for row, base in people.items() if row not in kept_back)
    if kept_back and kept_back != people.keys():
        assert len(kept_back) > 1
        assert sum(bases[row] for row in kept_back) >= LEAST


def test_a_teacher_and_a_head_look_from_inside_their_school() -> None:
    seven_a = f"{ELM}7a/"

    assert vantage(seven_a, ELM, [seven_a]) == Vantage(False, seven_a)
    assert vantage(ELM, ELM, [ELM]) == Vantage(False, ELM)


def test_an_officer_looks_from_outside_and_from_the_own_unit_down() -> None:
    assert vantage(ELM, ELM, ["/cn/990100/"]) == Vantage(True, "/cn/990100/")
    assert vantage("/cn/990100/", None, ["/cn/990100/"]) == Vantage(True, "/cn/990100/")


def test_who_holds_two_posts_looks_from_the_higher_one() -> None:
    tops = ["/cn/990100/990101/", "/cn/990100/", "/cn/990200/"]

    assert vantage("/cn/990100/990101/", None, tops) == Vantage(True, "/cn/990100/")
    assert vantage(ELM, ELM, ["/cn/990100/", f"{ELM}7a/"]).outside is False
