"""On which pages of staff the name of a child stood, by the log."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Role
from quizapp.accounts.models import Enrolment, Posting, Pupil
from quizapp.accounts.queries import rows_of_child
from quizapp.audit.models import AuditEntry
from quizapp.audit.words import LOOKS, page_said
from quizapp.core.clock import end_of, local_day, start_of
from quizapp.orgs import queries as orgs


@dataclass(frozen=True)
class Look:
    """Pages on which the child's name stood, of a day. `role` None: it is not known any more."""

    day: date
    role: Role | None
    why: str
    times: int


def looks_at(session: Session, pupil: Pupil) -> list[Look]:
    """Return when pages of staff named the pupils of the child's classes or schools, newest first.

    The log knows pages and counts, no names; a page that named one other pupil is left out.
    """
    seen: Counter[tuple[date, UUID, str, str]] = Counter()
    for row in rows_of_child(session, pupil.child_id):
        for at, actor, path, page in _looks_at(session, row):
            seen[local_day(at), actor, path, page_said(page)] += 1
    roles = _roles(session, {actor for _day, actor, _path, _why in seen})
    told_by: Counter[tuple[date, Role | None, str]] = Counter()
    for (day, actor, path, why), times in seen.items():
        told_by[day, roles(actor, path, day), why] += times
    found = [Look(day, role, why, times) for (day, role, why), times in told_by.items()]
    return sorted(found, key=lambda look: (look.day, look.role or "", look.why), reverse=True)


def _looks_at(session: Session, row: Pupil) -> Iterator[tuple[datetime, UUID, str, str]]:
    """Yield when, by whom, at which unit and on which page, look by look."""
    named, page = (AuditEntry.about[name].as_string() for name in ("pupil", "page"))
    looks = select(
        AuditEntry.at, AuditEntry.actor_id, AuditEntry.path, func.coalesce(page, AuditEntry.event)
    ).where(AuditEntry.event.in_(LOOKS), or_(named.is_(None), named == str(row.id)))
    school = orgs.unit(session, row.school_id)
    held = session.scalars(
        select(Enrolment)
        .where(Enrolment.school_id == row.school_id, Enrolment.pupil_id == row.id)
        .order_by(Enrolment.from_on)
    ).all()
    spans = [(one.school_class.path, one.from_on, one.until_on) for one in held]
    if held:
        ends = [one.until_on for one in held]
        last = None if None in ends else max(day for day in ends if day)
        spans.append((school.path, held[0].from_on, last))
    for path, begins, ends_on in spans:
        here = looks.where(AuditEntry.path == path, AuditEntry.at >= start_of(begins))
        if ends_on:
            here = here.where(AuditEntry.at < end_of(ends_on))
        yield from session.execute(here)


def _roles(session: Session, people: set[UUID]) -> Callable[[UUID, str, date], Role | None]:
    """Return what tells the role in which somebody looked at a unit on a day."""
    postings: dict[UUID, list[Posting]] = {}
    for posting in session.scalars(select(Posting).where(Posting.person_id.in_(people))):
        postings.setdefault(posting.person_id, []).append(posting)

    def role(person: UUID, path: str, day: date) -> Role | None:
        held = [
            one
            for one in postings.get(person, [])
            if path.startswith(one.unit.path)
            and one.from_on <= day
            and (one.until_on is None or day <= one.until_on)
        ]
        # The nearest post is the one in whose name a page of the class is opened.
        return max(held, key=lambda one: len(one.unit.path)).role if held else None

    return role
