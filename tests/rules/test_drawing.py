"""Which items a form holds."""

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.quizzes import drawing
from quizapp.quizzes.drawing import Line, TooFew


@dataclass(frozen=True)
class Item:
    revision_id: UUID
    topic_key: str
    difficulty: int


POOL = [
    Item(UUID(int=topic * 100 + difficulty * 10 + n), f"t{topic}", difficulty)
    for topic in range(3)
    for difficulty in (1, 2, 3)
    for n in range(4)
]
DEALT = [(12, 493661561), (11, 326133909), (13, 1201939628), (10, 858596443)]
BY_ID = {item.revision_id: item for item in POOL}


@given(seed=st.integers(0, 2**32))
def test_a_form_keeps_to_its_blueprint_and_repeats_nothing(seed: int) -> None:
    lines = [Line(None, None, 5), Line("t1", 2, 4), Line("t1", None, 3), Line(None, 3, 2)]

    form = [BY_ID[revision] for revision in drawing.draw(lines, POOL, Random(seed))]

    assert len({item.revision_id for item in form}) == len(form) == 14
    assert sum(i.topic_key == "t1" and i.difficulty == 2 for i in form) >= 4
    assert sum(i.topic_key == "t1" for i in form) >= 7
    assert sum(i.difficulty == 3 for i in form) >= 2


def test_the_same_chance_draws_the_same_form_from_a_pool_in_any_order() -> None:
    lines = [Line(None, None, 10)]

    assert drawing.draw(lines, POOL, Random(7)) == drawing.draw(lines, POOL[::-1], Random(7))


def test_a_wide_line_leaves_to_a_narrow_one_what_only_that_can_use() -> None:
    everything = [Line(None, None, len(POOL) - 4), Line("t0", 1, 4)]

    assert len(drawing.draw(everything, POOL, Random(1))) == len(POOL)


@given(
    owners=st.lists(st.integers(0, 3), min_size=8, max_size=8),
    also=st.lists(st.sets(st.integers(0, 3)), min_size=8, max_size=8),
    seed=st.integers(0, 99),
)
def test_a_form_that_takes_every_item_is_found(
    owners: list[int], also: list[set[int]], seed: int
) -> None:
    """Each line wants as many as it owns, and fits more; no item is to spare."""
    lines = [
        Line(None, None, owners.count(line), frozenset(
            item.revision_id
            for item, owner, more in zip(POOL, owners, also, strict=False)
            if line == owner or line in more
        ))
        for line in set(owners)
    ]  # fmt: skip

    form = drawing.draw(lines, POOL, Random(seed))

    assert sorted(form) == sorted(item.revision_id for item in POOL[:8])


@given(
    picks=st.lists(
        st.tuples(st.sets(st.integers(0, 7)), st.integers(1, 4)), min_size=1, max_size=4
    ),
    seed=st.integers(0, 99),
)
def test_a_form_is_drawn_whenever_there_is_one(
    picks: list[tuple[set[int], int]], seed: int
) -> None:
    """By Hall's theorem there is one when any lines together find as much as they want."""
    pool = POOL[:8]
    fits = [frozenset(pool[n].revision_id for n in numbers) for numbers, _items in picks]
    lines = [Line(None, None, items, fit) for fit, (_n, items) in zip(fits, picks, strict=True)]
    some = [group for size in range(1, 5) for group in combinations(range(len(lines)), size)]
    short = [
        group for group in some
        if len(frozenset().union(*(fits[n] for n in group))) < sum(lines[n].items for n in group)
    ]  # fmt: skip

    if short:
        with pytest.raises(TooFew) as few:
            drawing.draw(lines, pool, Random(seed))
        assert few.value.found < few.value.line.items
    else:
        form = drawing.draw(lines, pool, Random(seed))
        assert len(set(form)) == len(form) == sum(line.items for line in lines)
        for fit, line in zip(fits, lines, strict=True):
            assert len(fit.intersection(form)) >= line.items


def test_every_item_is_drawn_about_as_often_as_every_other() -> None:
    few = frozenset(item.revision_id for item in POOL[:6])
    lines = [Line(None, None, 6), Line(None, None, 3, few)]
    drawn = Counter(r for n in range(2000) for r in drawing.draw(lines, POOL, Random(n)))

    often = [drawn[item.revision_id] for item in POOL[:6]]
    rarely = [drawn[item.revision_id] for item in POOL[6:]]
    assert max(often) - min(often) < 160
    assert max(rarely) - min(rarely) < 160


@given(seed=st.integers(0, 2**63 - 1))
def test_a_form_is_dealt_whole_in_an_order_of_its_seed(seed: int) -> None:
    form = [item.revision_id for item in POOL[:9]]

    dealt = drawing.dealt(form, seed)

    assert sorted(revision for revision, _own in dealt) == sorted(form)
    assert drawing.dealt(form[::-1], seed) == dealt
    assert drawing.dealt(form, seed ^ 1) != dealt


def test_what_was_dealt_once_stands_like_that_for_ever() -> None:
    """Sittings keep the seed alone: what a change of this would move is an answer of a child."""
    dealt = drawing.dealt([item.revision_id for item in POOL[:4]], 20260626)

    assert [(revision.int, own) for revision, own in dealt] == DEALT


def test_a_bank_that_is_too_small_is_told_with_its_number() -> None:
    with pytest.raises(TooFew) as few:
        drawing.draw([Line("t0", 1, 5)], POOL, Random(1))

    assert few.value.found == 4
