"""Long lists, a page at a time, by key: the next page begins after the last row seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.orm import InstrumentedAttribute, Session

PAGE = 50
Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows; `after` is the key with which the next page begins, None at the end."""

    rows: Sequence[Row]
    after: UUID | None


def newest_first(
    session: Session,
    rows: Select[Row],
    key: InstrumentedAttribute[UUID],
    *,
    after: UUID | None,
    size: int = PAGE,
) -> Page[Row]:
    """Return one page by a UUIDv7 key, which grows with time."""
    wanted = rows.where(key < after) if after else rows
    found = session.scalars(wanted.order_by(key.desc()).limit(size + 1)).all()
    more = len(found) > size
    return Page(found[:size], getattr(found[size - 1], key.key) if more else None)


def oldest_first(
    session: Session,
    rows: Select[Row],
    key: InstrumentedAttribute[UUID],
    *,
    after: UUID | None,
    size: int = PAGE,
) -> Page[Row]:
    """Return one page of a queue by a UUIDv7 key, which grows with time."""
    wanted = rows.where(key > after) if after else rows
    found = session.scalars(wanted.order_by(key).limit(size + 1)).all()
    more = len(found) > size
    return Page(found[:size], getattr(found[size - 1], key.key) if more else None)
