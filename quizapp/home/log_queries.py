"""Questions about the log and the background work."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts.models import Person
from quizapp.core.paging import Page, newest_first
from quizapp.jobs.models import JobRecord
from quizapp.orgs.models import Unit


def persons(session: Session, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return members of staff by name; who is none, a pupil among them, is left out."""
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(set(ids))))
    return {person.id: person.name for person in rows}


def units(session: Session, paths: Iterable[str]) -> dict[str, str]:
    """Return units by path and name; the top of the tree has none."""
    rows = session.execute(select(Unit.path, Unit.name).where(Unit.path.in_(set(paths))))
    return {unit.path: unit.name for unit in rows}


def jobs(session: Session, *, after: UUID | None) -> Page[JobRecord]:
    """Return the background work, newest first."""
    return newest_first(session, select(JobRecord), JobRecord.id, after=after)
