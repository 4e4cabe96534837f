"""All that is stored of one child: told to the child, forgotten at an erasure.

Each feature says what it holds (`hold`); a test walks the tables and finds one that nobody told.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import overload
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import Select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts.models import Pupil
from quizapp.accounts.queries import rows_of_child
from quizapp.core.clock import local_day, start_of
from quizapp.core.db import Model
from quizapp.core.errors import Missing
from quizapp.core.i18n import _

Told = Mapping[str, object]  # By the keys of `Holding.words`; plain values, days and instants.
Tell = Callable[[Session, Pupil, datetime], list[Told]]
Forget = Callable[[Session, Pupil], None]


@dataclass(frozen=True)
class Parting:
    """How old rows are taken from a pupil: `whose` selects school and pupil of those that were
    over by a day; `move` gives a pupil's to another, under whom they count as before, with other
    ids and `day_of` their instants."""

    whose: Callable[[date], Select[UUID, UUID]]
    move: Callable[[Session, Pupil, Pupil, date], None]


@dataclass(frozen=True)
class Holding:
    """What one feature stores of a pupil, in these tables.

    `words` says what each key of a told row means. `tell` gets the pupil and the present instant:
    a result that is not released yet is not told here either. `erase` takes away whatever tells
    who it was, and leaves what was counted. `parting`: where rows outlast a school year.
    """

    title: object  # Translated when it is shown.
    tables: tuple[type[Model], ...]
    words: Mapping[str, object]
    tell: Tell
    erase: Forget
    parting: Parting | None = None


@dataclass(frozen=True)
class Section:
    """A holding with the rows of one child."""

    title: str
    words: Mapping[str, str]
    rows: Sequence[Told]


def init_app(app: Flask) -> None:
    app.extensions["holdings"] = []


def hold(app: Flask, *holdings: Holding) -> None:
    app.extensions["holdings"].extend(holdings)


def every() -> list[Holding]:
    found: list[Holding] = current_app.extensions["holdings"]
    return found


@overload
def day_of(at: datetime) -> datetime: ...
@overload
def day_of(at: datetime | None) -> datetime | None: ...
def day_of(at: datetime | None) -> datetime | None:
    """Return the first instant of the local day: by that day the roll-ups count."""
    return start_of(local_day(at)) if at else None


def own_pupil(session: Session, actor: Actor) -> Pupil:
    """Return the row of the pupil who asks."""
    found = session.get(Pupil, (actor.school_id, actor.id)) if actor.school_id else None
    if found is None or found.erased_at:
        raise Missing(_("There is no such pupil."))
    return found


def told(session: Session, pupil: Pupil, *, now: datetime) -> list[Section]:
    """Return everything stored of the child, at earlier schools too."""
    rows = rows_of_child(session, pupil.child_id)
    return [
        Section(
            str(one.title),
            {key: str(word) for key, word in one.words.items()},
            [said for row in rows for said in one.tell(session, row, now)],
        )
        for one in every()
    ]
