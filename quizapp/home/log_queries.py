"""Questions about the log and the background work."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from quizapp.access.policy import Actor, Permission
from quizapp.access.scope import within
from quizapp.accounts.models import Person
from quizapp.audit.models import AuditEntry
from quizapp.core.clock import end_of, start_of
from quizapp.core.paging import Page, newest_first
from quizapp.jobs.models import JobRecord
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import UnitKind

MOST_UNITS = 50  # A word that is in more names than that is too short to choose by.


@dataclass(frozen=True)
class Wanted:
    """What a reader of the log looks for; what is empty or None does not matter.

    `group` is the part of events before the dot. Both days belong to the range.
    """

    group: str = ""
    event: str = ""
    person: str = ""
    unit: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """The same as the arguments of an address."""
        told = {
            "group": self.group, "event": self.event, "person": self.person, "unit": self.unit,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
        }  # fmt: skip
        return {name: value for name, value in told.items() if value}


def entries(
    session: Session, actor: Actor, wanted: Wanted, *, after: UUID | None
) -> Page[AuditEntry]:
    """Return what happened at and beneath the actor's units, newest first."""
    seen = select(AuditEntry).where(within(AuditEntry.path, actor, Permission.AUDIT_READ))
    return newest_first(session, _kept(session, seen, wanted), AuditEntry.id, after=after)


def persons(session: Session, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return members of staff by name; who is none, a pupil among them, is left out."""
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(set(ids))))
    return {person.id: person.name for person in rows}


def units(session: Session, paths: Iterable[str]) -> dict[str, str]:
    """Return units by path and name, a class with its school's; the top of the tree has none."""
    above = aliased(Unit)
    rows = session.execute(
        select(Unit.path, Unit.name, Unit.kind, above.name)
        .outerjoin(above, above.id == Unit.parent_id)
        .where(Unit.path.in_(set(paths)))
    )
    return {
        path: f"{school} {name}" if kind is UnitKind.CLASS else name
        for path, name, kind, school in rows
    }


def jobs(session: Session, *, after: UUID | None) -> Page[JobRecord]:
    """Return the background work, newest first."""
    return newest_first(session, select(JobRecord), JobRecord.id, after=after)


def _kept(session: Session, seen: Select[AuditEntry], wanted: Wanted) -> Select[AuditEntry]:
    if wanted.event:
        seen = seen.where(AuditEntry.event == wanted.event)
    if wanted.group:
        seen = seen.where(AuditEntry.event.startswith(f"{wanted.group}.", autoescape=True))
    if wanted.person:
        called = or_(
            Person.name.contains(wanted.person, autoescape=True),
            Person.login == wanted.person.lower(),
        )
        seen = seen.where(AuditEntry.actor_id.in_(select(Person.id).where(called)))
    if wanted.unit:
        tops = _named(session, wanted.unit)
        beneath = [AuditEntry.path.startswith(top, autoescape=True) for top in tops]
        seen = seen.where(or_(false(), *beneath))
    if wanted.since:
        seen = seen.where(AuditEntry.at >= start_of(wanted.since))
    if wanted.until:
        seen = seen.where(AuditEntry.at < end_of(wanted.until))
    return seen


def _named(session: Session, told: str) -> list[str]:
    """Return the paths of the units with that code, or else with that in their names."""
    by_code = session.scalars(select(Unit.path).where(Unit.code == told)).all()
    if by_code:
        return list(by_code)
    named = select(Unit.path).where(Unit.name.contains(told, autoescape=True))
    return list(
        session.scalars(named.order_by(func.length(Unit.path), Unit.path).limit(MOST_UNITS))
    )
