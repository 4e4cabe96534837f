"""Who saw which named data in a year, and why: for the yearly report on minors' data."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor, Permission
from quizapp.access.scope import within
from quizapp.accounts.models import Person, Posting, SupportVisit
from quizapp.audit.models import AuditEntry
from quizapp.audit.words import LOOKS, page_said
from quizapp.core.clock import local_day, start_of
from quizapp.core.i18n import _, lazy
from quizapp.core.sheets import csv_text
from quizapp.home.log_queries import persons, units
from quizapp.staff.forms import ROLES

# What else names pupils: printed cards carry them, and a class window shows them to choose from.
NAMED = (*LOOKS, "card.issued", "window.entered")
# Who it was where nobody was signed in, by event.
NOBODY: Mapping[str, object] = {
    "roster.exported": lazy("a command on the server"),
    "window.entered": lazy("whoever typed the code of the class"),
}


@dataclass(frozen=True)
class Looked:
    """Somebody saw names of a unit on pages of one kind, so many times in the year.

    `names` counts a name each time that it was shown. `roles` are those held on these days.
    `pupil` is the id of the one whom the pages were of; "": they were of several.
    """

    person: str
    login: str
    roles: Sequence[str]
    unit: str
    path: str
    why: str
    event: str
    pupil: str
    times: int
    names: int
    first: date
    last: date


_Key = tuple[UUID, str, str, str, str]
"""Who, at which unit, by which event, why, and of which pupil."""


@dataclass
class _Sum:
    times: int = 0
    names: int = 0
    first: datetime | None = None
    last: datetime | None = None
    roles: set[str] | None = None


def looks(
    session: Session, year: int, *, reader: Actor | None = None, by_pupil: bool = False
) -> list[Looked]:
    """Return the looks of a calendar year, by unit and person; a reader's own units alone.

    `by_pupil`: pages of one pupil make a row for each.
    """
    begins, ends = start_of(date(year, 1, 1)), start_of(date(year + 1, 1, 1))
    rows = (
        select(
            AuditEntry.at, AuditEntry.actor_id, AuditEntry.event, AuditEntry.path, AuditEntry.about
        )
        .where(AuditEntry.event.in_(NAMED))
        .where(AuditEntry.at >= begins, AuditEntry.at < ends)
        .order_by(AuditEntry.at)
        .execution_options(yield_per=1000)
    )
    if reader:
        rows = rows.where(within(AuditEntry.path, reader, Permission.AUDIT_READ))
    roles = _roles(session)
    sums: dict[_Key, _Sum] = defaultdict(_Sum)
    for at, actor_id, event, path, about in session.execute(rows):
        why = page_said(str(about.get("page") or event))
        pupil = str(about.get("pupil", "")) if by_pupil else ""
        one = sums[actor_id, path, event, why, pupil]
        one.times += 1
        one.names += int(about.get("pupils") or about.get("cards") or 1)
        one.first, one.last = one.first or at, at
        one.roles = (one.roles or set()) | roles(actor_id, path, local_day(at))
    return _named(session, sums)


def csv(rows: Sequence[Looked]) -> bytes:
    """Return the rows as a table that no program takes for formulas."""
    header = [
        _("Person"), _("Sign-in name"), _("Role"), _("Unit"), _("Path"), _("For what"), _("Event"),
        _("Pupil (ID)"), _("Pages"), _("Names shown"), _("First time"), _("Last time"),
    ]  # fmt: skip
    return csv_text(
        header,
        [
            [
                r.person, r.login, "; ".join(r.roles), r.unit, r.path, r.why, r.event, r.pupil,
                r.times, r.names, r.first, r.last,
            ]
            for r in rows
        ],
    )  # fmt: skip


def _named(session: Session, sums: Mapping[_Key, _Sum]) -> list[Looked]:
    people, paths = {key[0] for key in sums}, {key[1] for key in sums}
    names, places = persons(session, people), units(session, paths)
    rows = session.execute(select(Person.id, Person.login).where(Person.id.in_(people)))
    logins = {person.id: person.login for person in rows}
    found = [
        Looked(
            _nobody(event) if actor == SYSTEM.id else names.get(actor, ""),
            logins.get(actor, ""), sorted(one.roles or ()), places.get(path, ""), path, why,
            event, pupil, one.times, one.names, local_day(one.first), local_day(one.last),
        )
        for (actor, path, event, why, pupil), one in sums.items()
        if one.first and one.last
    ]  # fmt: skip
    return sorted(found, key=lambda row: (row.path, row.person, row.login, row.why, row.pupil))


def _nobody(event: str) -> str:
    return str(NOBODY.get(event, _("the site itself")))


def _roles(session: Session) -> Callable[[UUID, str, date], set[str]]:
    """Return what tells the roles in which somebody could see a unit on a day."""
    held: dict[UUID, list[tuple[str, str, date, date | None]]] = defaultdict(list)
    for posting in session.scalars(select(Posting)):
        told = str(ROLES.get(posting.role, posting.role))
        held[posting.person_id].append((told, posting.unit.path, posting.from_on, posting.until_on))
    for visit in session.scalars(select(SupportVisit)):
        told = _("%(role)s: %(reason)s", role=_("Support visit"), reason=visit.reason)
        span = local_day(visit.begins_at), local_day(visit.ended_at or visit.ends_at)
        held[visit.person_id].append((told, visit.unit.path, *span))

    def roles(person: UUID, path: str, day: date) -> set[str]:
        return {
            told
            for told, top, from_on, until_on in held.get(person, ())
            if path.startswith(top) and from_on <= day and (until_on is None or day <= until_on)
        }

    return roles
