"""Which items a form holds."""

from dataclasses import dataclass
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
BY_ID = {item.revision_id: item for item in POOL}


@given(seed=st.integers(0, 2**32))
def test_a_form_keeps_to_its_blueprint_and_repeats_nothing(seed: int) -> None:
    lines = [Line(None, None, 5), Line("t1", 2, 4), Line("t1", None, 3), Line(None, 3, 2)]

    form = [BY_ID[revision] for revision, _seed in drawing.draw(lines, POOL, Random(seed))]

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


def test_a_bank_that_is_too_small_is_told_with_its_number() -> None:
    with pytest.raises(TooFew) as few:
        drawing.draw([Line("t0", 1, 5)], POOL, Random(1))

    assert few.value.found == 4
