"""Rows of a roster as they were and as they became, so that a change can be undone as a whole.

Every write of a change goes through a `Journal`; its steps are kept with the `RosterChange`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Table, bindparam, delete, insert, inspect, select, tuple_, update
from sqlalchemy.orm import Session

from quizapp.core.db import Model

AT_ONCE = 500  # Keys in one statement: SQLite takes 32,766 values in all.
Part = TypeVar("Part")
Row = Mapping[str, Any]
Step = dict[str, Any]  # "table", "key", "before" (None: added), "after", as JSON takes them.


@dataclass
class Journal:
    """Writes rows and remembers what stood there before."""

    session: Session
    steps: list[Step] = field(default_factory=list)

    def add(self, model: type[Model], rows: Sequence[Row]) -> None:
        """Insert rows; undone, they go away again. A row names its whole primary key."""
        if not rows:
            return
        self.session.execute(insert(model), [dict(row) for row in rows])
        table = _table(model)
        self.steps += [_step(table, row, None, row) for row in rows]

    def made(self, *rows: Model) -> None:
        """Remember objects that somebody else has added to the session; undone, they go away."""
        self.session.flush()
        for row in rows:
            table = _table(type(row))
            told = {column.name: getattr(row, column.name) for column in table.columns}
            self.steps.append(_step(table, told, None, told))

    def change(self, model: type[Model], rows: Sequence[Row]) -> None:
        """Set the columns that a row names besides its primary key; undone, the old are back."""
        if not rows:
            return
        self.session.flush()
        table = _table(model)
        before = dict(_rows(self.session, table, rows))
        self.session.execute(update(model), [dict(row) for row in rows])
        for row in rows:
            old = before[_key(table, row)]
            self.steps.append(_step(table, row, {name: old[name] for name in row}, row))


def undo(session: Session, steps: Sequence[Step]) -> list[Step]:
    """Put back what the steps changed, the last first; return the steps that could not be undone.

    A row that somebody has changed since, in a column that the step set, stays as it is.
    """
    left: list[Step] = []
    session.flush()
    for run in _runs(reversed(steps)):
        left += _undo_run(session, run)
    session.expire_all()
    return left


def changed_since(step: Step, row: Row | None) -> bool:
    """Whether the row as it stands, None if it is gone, is another than the step has left it."""
    return row is None or any(plain(row[name]) != value for name, value in step["after"].items())


def plain(value: Any) -> Any:
    """Return the value of a column as JSON takes it."""
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def in_parts(keys: Iterable[Part]) -> Iterator[list[Part]]:
    """Cut many keys into lists that fit into one statement."""
    rest = iter(keys)
    while part := list(islice(rest, AT_ONCE)):
        yield part


def _runs(steps: Iterable[Step]) -> Iterator[list[Step]]:
    """Cut the steps into runs that one statement undoes: alike, and no row in it twice."""
    run: list[Step] = []
    alike, seen = None, set[tuple[Any, ...]]()
    for step in steps:
        kind = (step["table"], step["before"] and tuple(step["before"]))
        key = tuple(step["key"].values())
        if run and (kind != alike or key in seen or len(run) == AT_ONCE):
            yield run
            run, seen = [], set()
        alike = kind
        seen.add(key)
        run.append(step)
    if run:
        yield run


def _undo_run(session: Session, run: Sequence[Step]) -> list[Step]:
    """Undo steps that are alike; return those that could not be."""
    table = Model.metadata.tables[run[0]["table"]]
    now = dict(_rows(session, table, [_typed_row(table, step["key"]) for step in run]))
    left: list[Step] = []
    back: list[Row] = []
    for step in run:
        key = _typed_row(table, step["key"])
        if changed_since(step, now.get(_key(table, key))):
            left.append(step)
        else:
            at = {f"key_{name}": value for name, value in key.items()}
            back.append(at | _typed_row(table, step["before"] or {}))
    same = [column == bindparam(f"key_{column.name}") for column in table.primary_key]
    if back:
        way = delete(table) if run[0]["before"] is None else update(table)
        session.execute(way.where(*same), back)
    return left


def _step(table: Table, row: Row, before: Row | None, after: Row) -> Step:
    keys = [column.name for column in table.primary_key]
    return {
        "table": table.name,
        "key": {name: plain(row[name]) for name in keys},
        "before": None if before is None else _told(before, keys),
        "after": _told(after, keys),
    }


def _told(row: Row, keys: Sequence[str]) -> dict[str, Any]:
    return {name: plain(value) for name, value in row.items() if name not in keys}


def _rows(session: Session, table: Table, rows: Sequence[Row]) -> Iterable[tuple[Any, Row]]:
    columns = tuple_(*table.primary_key)
    for part in in_parts(rows):
        keys = [_key(table, row) for row in part]
        for found in session.execute(select(table).where(columns.in_(keys))).mappings():
            yield _key(table, dict(found)), dict(found)


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key)


def _table(model: type[Model]) -> Table:
    table = inspect(model).local_table
    assert isinstance(table, Table)  # noqa: S101 - each of our models is one table.
    return table


def _typed_row(table: Table, row: Row) -> dict[str, Any]:
    return {name: _typed(table, name, value) for name, value in row.items()}


def _typed(table: Table, name: str, value: Any) -> Any:
    """Return a value of JSON as the column takes it."""
    if value is None:
        return None
    kind = table.c[name].type.python_type
    if kind is UUID:
        return UUID(value)
    if kind in (date, datetime):
        return kind.fromisoformat(value)
    return value
