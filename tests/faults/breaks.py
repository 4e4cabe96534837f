"""An engine at which something happens just before its n-th statement; commits count too."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event


class Broken(Exception):
    """The connection went, or the process with it."""


class Stepping:
    """Counts statements, and does something before the one with the number `at`, from 1."""

    def __init__(self, at: int, what: Callable[[Connection], None]) -> None:
        self.seen = 0
        self._at = at
        self._what = what

    def step(self, connection: Connection, *_told: Any) -> None:
        self.seen += 1
        if self.seen == self._at:
            self._what(connection)


@contextmanager
def stepping(engine: Engine, at: int, what: Callable[[Connection], None]) -> Iterator[Stepping]:
    counting = Stepping(at, what)
    heard = ("before_cursor_execute", "commit")
    for name in heard:
        event.listen(engine, name, counting.step)
    try:
        yield counting
    finally:
        for name in heard:
            event.remove(engine, name, counting.step)


def cut(connection: Connection) -> None:
    """Let go all that was not committed, as the database does when a connection is cut."""
    connection.connection.rollback()
    raise Broken
