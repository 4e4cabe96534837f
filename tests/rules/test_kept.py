"""Values in memory: read once, bounded, and each application has its own."""

from collections.abc import Mapping
from uuid import UUID

from flask import Flask

from quizapp.core.kept import Kept

ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)


class Reader:
    """Knows a word for each number but 3, and remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[set[UUID]] = []

    def __call__(self, ids: set[UUID]) -> Mapping[UUID, str]:
        self.asked.append(ids)
        return {one: f"word {one.int}" for one in ids if one != THREE}


def test_what_is_here_is_not_read_again() -> None:
    kept, read = Kept[str]("words", 10), Reader()

    with Flask("one").app_context():
        assert kept.get([ONE], read) == {ONE: "word 1"}
        assert kept.get([ONE, TWO], read) == {ONE: "word 1", TWO: "word 2"}
        assert kept.get([TWO, ONE], read) == {ONE: "word 1", TWO: "word 2"}
    with Flask("two").app_context():
        kept.get([ONE], read)

    assert read.asked == [{ONE}, {TWO}, {ONE}]


def test_what_is_not_there_is_left_out_and_asked_for_again() -> None:
    kept, read = Kept[str]("words", 10), Reader()

    with Flask("one").app_context():
        assert kept.get([ONE, THREE], read) == {ONE: "word 1"}
        assert kept.get([ONE, THREE], read) == {ONE: "word 1"}

    assert read.asked == [{ONE, THREE}, {THREE}]


def test_what_came_first_goes_first() -> None:
    kept, read = Kept[str]("words", 1), Reader()

    with Flask("one").app_context():
        assert kept.get([ONE], read) | kept.get([TWO], read) == {ONE: "word 1", TWO: "word 2"}
        kept.get([TWO], read)
        kept.get([ONE], read)

    assert read.asked == [{ONE}, {TWO}, {ONE}]
