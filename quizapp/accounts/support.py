"""Support visits: platform staff look at one school for some hours, for a reason that it reads."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import GRANTS, Actor, Permission, Role, require
from quizapp.accounts.models import SupportVisit
from quizapp.audit.actions import record
from quizapp.audit.models import AuditEntry
from quizapp.core.db import changed
from quizapp.core.errors import Conflict, Invalid, Missing
from quizapp.core.i18n import _
from quizapp.core.paging import Page, newest_first
from quizapp.orgs.models import Unit

LONGEST: Final = 8  # Hours.
SHORTEST_REASON: Final = 10  # Signs.
NAMED: Final = ("pupil.seen", "roster.exported")  # What web/named.py writes of such a visitor.
Held = tuple[Role, str]


def held(session: Session, person_id: UUID, roles: Iterable[Role], *, now: datetime) -> list[Held]:
    """Return what running visits give to a person with these roles; only few are asked for."""
    if not any(Permission.SUPPORT_ASK in GRANTS[role] for role in roles):
        return []
    paths = session.scalars(
        select(Unit.path)
        .join(SupportVisit, SupportVisit.unit_id == Unit.id)
        .where(SupportVisit.person_id == person_id, runs(now))
    )
    return [(Role.SUPPORT_VISIT, path) for path in paths]


def runs(now: datetime) -> ColumnElement[bool]:
    return and_(
        SupportVisit.begins_at <= now, SupportVisit.ends_at > now, SupportVisit.ended_at.is_(None)
    )


def begin(
    session: Session, school: Unit, *, reason: str, hours: int, by: Actor, now: datetime
) -> SupportVisit:
    """Open the school to the actor from now on; it is written down where the school looks."""
    require(by, Permission.SUPPORT_ASK, school)
    if len(reason.strip()) < SHORTEST_REASON:
        says = _("Say in a sentence why.")
        raise Invalid(says, fields={"reason": says})
    if not 1 <= hours <= LONGEST:
        says = _("A visit lasts from one to eight hours.")
        raise Invalid(says, fields={"hours": says})
    if any(path == school.path for _role, path in held(session, by.id, _roles(by), now=now)):
        raise Conflict(_("You are visiting this school already."))
    visit = SupportVisit(
        person_id=by.id, unit_id=school.id, reason=reason.strip(),
        begins_at=now, ends_at=now + timedelta(hours=hours),
    )  # fmt: skip
    session.add(visit)
    session.flush()
    record(session, "support.begun", by=by, now=now, path=school.path, visit=visit.id, hours=hours)
    return visit


def end(session: Session, visit: SupportVisit, *, by: Actor, now: datetime) -> None:
    """End the visit before its time, by either side; Conflict if it is over."""
    ended = changed(
        session,
        update(SupportVisit).where(SupportVisit.id == visit.id, runs(now)).values(ended_at=now),
    )
    if not ended:
        raise Conflict(_("This visit is over already."))
    record(session, "support.ended", by=by, now=now, path=visit.unit.path, visit=visit.id)


def own(session: Session, actor: Actor, *, after: UUID | None) -> Page[SupportVisit]:
    """Return the visits of the actor, newest first."""
    mine = select(SupportVisit).where(SupportVisit.person_id == actor.id)
    return newest_first(session, mine, SupportVisit.id, after=after)


def of_school(session: Session, school: Unit, *, after: UUID | None) -> Page[SupportVisit]:
    """Return who visited the school, newest first."""
    here = select(SupportVisit).where(SupportVisit.unit_id == school.id)
    return newest_first(session, here, SupportVisit.id, after=after)


def running(session: Session, school: Unit, *, now: datetime) -> Sequence[SupportVisit]:
    """Return who is looking at the school now."""
    return session.scalars(
        select(SupportVisit)
        .where(SupportVisit.unit_id == school.id, runs(now))
        .order_by(SupportVisit.id)
    ).all()


def looks(session: Session, visits: Iterable[SupportVisit]) -> dict[UUID, int]:
    """Return by visit how many pages with names the visitor has opened at the school; 0 left out.

    What is written down meanwhile by the visit itself, its beginning and end, is not counted.
    """
    found = select(SupportVisit.id, func.count())
    found = found.join(Unit, Unit.id == SupportVisit.unit_id).join(
        AuditEntry,
        and_(
            AuditEntry.actor_id == SupportVisit.person_id,
            AuditEntry.at >= SupportVisit.begins_at,
            AuditEntry.at < func.coalesce(SupportVisit.ended_at, SupportVisit.ends_at),
            AuditEntry.path.startswith(Unit.path),
            AuditEntry.event.in_(NAMED),
        ),
    )
    rows = session.execute(
        found.where(SupportVisit.id.in_([one.id for one in visits])).group_by(SupportVisit.id)
    )
    return dict(rows.all())


def visit(session: Session, unit_id: UUID, visit_id: UUID) -> SupportVisit:
    """Return the visit of the school; Missing if there is none."""
    found = session.get(SupportVisit, visit_id)
    if found is None or found.unit_id != unit_id:
        raise Missing(_("There is no such page for you."))
    return found


def own_visit(session: Session, actor: Actor, visit_id: UUID) -> SupportVisit:
    """Return the actor's own visit; Missing if it is somebody else's."""
    found = session.get(SupportVisit, visit_id)
    if found is None or found.person_id != actor.id:
        raise Missing(_("There is no such page for you."))
    return found


def _roles(actor: Actor) -> list[Role]:
    return [role for role, _path in actor.held]
