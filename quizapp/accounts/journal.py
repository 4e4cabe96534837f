"""Rows of a roster as they were and as they became, so that a change can be undone as a whole.

Every write of a change goes through a `Journal`; its steps are kept with the `RosterChange`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, insert, inspect, select, tuple_, update
from sqlalchemy.orm import Session

from quizapp.core.db import Model

AT_ONCE = 500  # Keys in one statement: SQLite takes 32,766 values in all.
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


def undo(session: Session, steps: Sequence[Step], *, keep: Iterable[str] = ()) -> list[Step]:
    """Put back what the steps changed, the last first; return the steps that could not be undone.

    A row that somebody has changed since, in a column that the step set, stays as it is. Added
    rows of the tables named in `keep` stay, too: the caller closes them instead.
    """
    left = []
    session.flush()
    tables = Model.metadata.tables
    kept = set(keep)
    for step in reversed(steps):
        table = tables[step["table"]]
        now = session.execute(select(table).where(*_where(table, step["key"]))).mappings().first()
        if now is None or any(_plain(now[name]) != v for name, v in step["after"].items()):
            left.append(step)
        elif step["before"] is not None:
            back = {name: _typed(table, name, v) for name, v in step["before"].items()}
            session.execute(update(table).where(*_where(table, step["key"])).values(back))
        elif step["table"] in kept:
            left.append(step)
        else:
            session.execute(delete(table).where(*_where(table, step["key"])))
    session.expire_all()
    return left


def _step(table: Table, row: Row, before: Row | None, after: Row) -> Step:
    keys = [column.name for column in table.primary_key]
    return {
        "table": table.name,
        "key": {name: _plain(row[name]) for name in keys},
        "before": None if before is None else _told(before, keys),
        "after": _told(after, keys),
    }


def _told(row: Row, keys: Sequence[str]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items() if name not in keys}


def _rows(session: Session, table: Table, rows: Sequence[Row]) -> Iterable[tuple[Any, Row]]:
    columns = tuple_(*table.primary_key)
    for start in range(0, len(rows), AT_ONCE):
        keys = [_key(table, row) for row in rows[start : start + AT_ONCE]]
        for found in session.execute(select(table).where(columns.in_(keys))).mappings():
            yield _key(table, dict(found)), dict(found)


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key)


def _where(table: Table, key: Row) -> list[Any]:
    return [table.c[name] == _typed(table, name, value) for name, value in key.items()]


def _table(model: type[Model]) -> Table:
    table = inspect(model).local_table
    assert isinstance(table, Table)  # noqa: S101 - each of our models is one table.
    return table


def _plain(value: Any) -> Any:
    """Return the value as JSON takes it."""
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


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
