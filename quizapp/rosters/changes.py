"""Changes of a roster as wholes: kept with the way back, undone, or waiting for a second person."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from flask import current_app
from sqlalchemy import func, null, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts.models import Enrolment, Person
from quizapp.audit.actions import record
from quizapp.core.clock import local_day
from quizapp.core.db import changed
from quizapp.core.errors import Conflict, Missing
from quizapp.core.i18n import _
from quizapp.core.ids import new_id
from quizapp.core.paging import Page, newest_first
from quizapp.orgs.models import Unit
from quizapp.rosters import undoing
from quizapp.rosters.journal import Journal, Step
from quizapp.rosters.models import ChangeKind, ChangeState, RosterChange
from quizapp.rosters.undoing import Undone

UNTOUCHED: Final = frozenset({"classes", "unchanged"})
HARMLESS: Final = UNTOUCHED | {"added", "returned"}
"""Counts of a change that take nothing from anybody; undoing it takes those that were added."""
SINGLE: Final = frozenset({ChangeKind.TRANSFER, ChangeKind.EDIT})
"""Changes of one child: done and undone by one person."""
ALONE: Final = timedelta(hours=2)
"""How long who made a change alone may undo it alone, however large it was."""


def needs_second(counts: Mapping[str, int], pupils: int, percent: int) -> bool:
    """Whether so much is moved, changed or taken away that a second person must agree.

    `pupils` stand on the roster before the change; of an empty one nothing can be taken.
    """
    touched = sum(count for name, count in counts.items() if name not in HARMLESS)
    return pupils > 0 and touched * 100 > percent * pupils


def undoing_needs_second(
    session: Session, change: RosterChange, *, percent: int, by: Actor, now: datetime
) -> bool:
    """Whether a second person must agree before the change is undone.

    Two people undo what two have made, and what has touched so many of the pupils of today; but
    not what the same person made alone a short time ago.
    """
    if change.kind in SINGLE:
        return False
    if change.decided_by:
        return True
    if change.asked_by == by.id and now - change.asked_at <= ALONE:
        return False
    touched: int = sum(n for name, n in change.counts.items() if name not in UNTOUCHED)
    return touched * 100 > percent * on_roster(session, change.school_id)


def on_roster(session: Session, school_id: UUID) -> int:
    """Return how many pupils are in a class of the school today."""
    is_open = (Enrolment.school_id == school_id) & Enrolment.until_on.is_(None)
    return session.scalar(select(func.count()).select_from(Enrolment).where(is_open)) or 0


def hold(session: Session, school: Unit) -> None:
    """Let no other change of this school's roster begin before this transaction ends.

    Two that look at the same time would both find a pupil without a number missing, and add the
    child twice. SQLite has one writer anyway. Not the whole FOR UPDATE: that would keep pupils
    waiting whose rows point to the school.
    """
    session.execute(select(Unit.id).where(Unit.id == school.id).with_for_update(key_share=True))
    # Nor may a pupil be counted in a class out of which the change is about to take them.
    is_open = (Enrolment.school_id == school.id) & Enrolment.until_on.is_(None)
    session.execute(select(Enrolment.id).where(is_open).with_for_update())


def keep(
    session: Session,
    school: Unit,
    kind: ChangeKind,
    journal: Journal,
    counts: Mapping[str, int],
    *,
    by: Actor,
    now: datetime,
) -> RosterChange:
    """Keep a change that was made, with the rows as they were."""
    change = RosterChange(
        school_id=school.id, id=new_id(), kind=kind, state=ChangeState.APPLIED,
        counts=dict(counts), steps=journal.steps, asked_by=by.id, asked_at=now,
    )  # fmt: skip
    session.add(change)
    _tell(session, "roster.changed", change, school, by=by, now=now)
    return change


def propose(
    session: Session,
    school: Unit,
    kind: ChangeKind,
    counts: Mapping[str, int],
    proposal: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
) -> RosterChange:
    """Keep what somebody means to change until a second person decides. Nothing else is written."""
    change = RosterChange(
        school_id=school.id, id=new_id(), kind=kind, state=ChangeState.PROPOSED,
        counts=dict(counts), proposal=dict(proposal), asked_by=by.id, asked_at=now,
    )  # fmt: skip
    session.add(change)
    _tell(session, "roster.proposed", change, school, by=by, now=now)
    return change


def approve(
    session: Session,
    change: RosterChange,
    journal: Journal,
    counts: Mapping[str, int],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Keep a proposal as made, by the plan of today; call `check_second` before anything is done.

    Conflict if somebody has decided meanwhile.
    """
    _decide(
        session, change, by=by, now=now,
        state=ChangeState.APPLIED, counts=dict(counts), steps=journal.steps,
    )  # fmt: skip
    school = session.get_one(Unit, change.school_id)
    _tell(session, "roster.approved", change, school, by=by, now=now)


def refuse(session: Session, change: RosterChange, *, by: Actor, now: datetime) -> None:
    """Turn a proposal down; who asked may do so, too. Conflict if somebody has decided."""
    _decide(session, change, by=by, now=now, state=ChangeState.REFUSED)
    school = session.get_one(Unit, change.school_id)
    _tell(session, "roster.refused", change, school, by=by, now=now)


def is_same(session: Session, asked_by: UUID, actor: Actor) -> bool:
    """Whether the actor is who asked, by whatever account."""
    person = session.get(Person, asked_by)
    return actor.id == asked_by or bool(person and person.name == actor.name)


def check_second(session: Session, change: RosterChange, by: Actor) -> None:
    """Conflict unless the actor is somebody else than who asked."""
    if is_same(session, change.asked_by, by):
        raise Conflict(
            _("You asked for this change. Another person who may edit the roster must agree to it.")
        )


def change_of(session: Session, school_id: UUID, change_id: UUID) -> RosterChange:
    """Return a change of the school; Missing if there is none."""
    if found := session.get(RosterChange, (school_id, change_id)):
        return found
    raise Missing(_("There is no such change of the roster."))


def changes(session: Session, school_id: UUID, *, after: UUID | None) -> Page[RosterChange]:
    """Return the changes of the school, newest first."""
    of_school = select(RosterChange).where(RosterChange.school_id == school_id)
    return newest_first(session, of_school, RosterChange.id, after=after)


def newest(session: Session, school_id: UUID, *, now: datetime) -> RosterChange | None:
    """Return the newest change that can be undone; None: there is none."""
    found = session.scalar(
        select(RosterChange)
        .where(RosterChange.school_id == school_id, RosterChange.state == ChangeState.APPLIED)
        .order_by(RosterChange.id.desc())
        .limit(1)
    )
    return found if found and can_undo(found, now=now) else None


def names_of(session: Session, ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return the names of staff; the command line has none."""
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(set(ids))))
    return {person.id: person.name for person in rows}


def can_undo(change: RosterChange, *, now: datetime) -> bool:
    """Whether it was done and is not too old; whether something is in the way undoing shows."""
    made_at = change.decided_at or change.asked_at
    return change.state is ChangeState.APPLIED and made_at >= _oldest(now)


def waits_for_undoing(change: RosterChange, *, now: datetime) -> bool:
    """Whether somebody has asked to undo it, and a second person has still to agree."""
    return change.undo_asked_by is not None and can_undo(change, now=now)


def take_back(
    session: Session, change: RosterChange, *, percent: int, by: Actor, now: datetime
) -> Undone | None:
    """Undo a change; where a second person must agree, the first one only asks for it.

    None: it waits now for the second, who agrees by doing the same. Conflict for who has asked
    already, and as `undo`.
    """
    if not undoing_needs_second(session, change, percent=percent, by=by, now=now):
        return undo(session, change, by=by, now=now)
    school = session.get_one(Unit, change.school_id)
    hold(session, school)
    session.refresh(change)  # Somebody may have asked meanwhile.
    if change.undo_asked_by is None:
        _check_undoable(change, now=now)
        change.undo_asked_by, change.undo_asked_at = by.id, now
        _tell(session, "roster.undoing-asked", change, school, by=by, now=now)
        return None
    if is_same(session, change.undo_asked_by, by):
        raise Conflict(
            _("You asked to undo this. Another person who may edit the roster must agree to it.")
        )
    return undo(session, change, by=by, now=now)


def leave_done(session: Session, change: RosterChange, *, by: Actor, now: datetime) -> None:
    """Turn down that a change be undone; who asked may do so, too. Conflict if nobody asks."""
    school = session.get_one(Unit, change.school_id)
    hold(session, school)
    session.refresh(change)
    if not waits_for_undoing(change, now=now):
        raise Conflict(_("Somebody has decided about this change already."))
    change.undo_asked_by = change.undo_asked_at = None
    _tell(session, "roster.undoing-refused", change, school, by=by, now=now)


def undo(session: Session, change: RosterChange, *, by: Actor, now: datetime) -> Undone:
    """Put the rows back as they were, but for what others have done since.

    What was counted stays where it was counted: who has signed in since in a class goes back with
    a new enrolment from today. Conflict if it was undone already or is too old.
    """
    school = session.get_one(Unit, change.school_id)
    # A transfer has changed two schools.
    of_schools = {UUID(step["key"].get("school_id", str(school.id))) for step in change.steps or ()}
    for school_id in sorted({school.id, *of_schools}):
        hold(session, session.get_one(Unit, school_id))
    session.refresh(change)  # An erasure may have gone first.
    steps = _check_undoable(change, now=now)
    ours = (RosterChange.school_id == change.school_id) & (RosterChange.id == change.id)
    won = changed(
        session,
        update(RosterChange)
        .where(ours, RosterChange.state == ChangeState.APPLIED)
        .values(state=ChangeState.UNDONE, undone_by=by.id, undone_at=now, steps=null()),
    )
    if not won:
        raise Conflict(_("This change can no longer be undone."))
    done = undoing.undo(session, steps, today=local_day(now), now=now)
    record(
        session, "roster.undone", by=by, now=now, path=school.path, change=change.id,
        rows=done.rows, left=done.left, kept=done.kept,
    )  # fmt: skip
    return done


def forget_old(session: Session, now: datetime) -> int:
    """Empty the way back of changes that are too old to be undone; return how many there were.

    A proposal about which nobody has decided in that time is refused: its list holds names.
    """
    made_at = func.coalesce(RosterChange.decided_at, RosterChange.asked_at)
    old = made_at < _oldest(now)
    lapsed = changed(
        session,
        update(RosterChange)
        .where(old, RosterChange.state == ChangeState.PROPOSED)
        .values(state=ChangeState.REFUSED, proposal=null(), decided_at=now),
    )
    kept = old & RosterChange.steps.is_not(None)
    return lapsed + changed(session, update(RosterChange).where(kept).values(steps=null()))


def _check_undoable(change: RosterChange, *, now: datetime) -> list[Step]:
    """Return the steps to go back; Conflict if there are none any more."""
    if not can_undo(change, now=now) or change.steps is None:
        raise Conflict(_("This change can no longer be undone."))
    return list(change.steps)


def _oldest(now: datetime) -> datetime:
    days: int = current_app.config["QUIZAPP"].undo_days
    return now - timedelta(days=days)


def _tell(
    session: Session, event: str, change: RosterChange, school: Unit, *, by: Actor, now: datetime
) -> None:
    record(
        session, event, by=by, now=now, path=school.path, change=change.id,
        kind=change.kind.value, **change.counts,
    )  # fmt: skip


def _decide(
    session: Session, change: RosterChange, *, by: Actor, now: datetime, **values: Any
) -> None:
    """Take a proposal out of its waiting; of two who decide at once one is first."""
    ours = (RosterChange.school_id == change.school_id) & (RosterChange.id == change.id)
    won = changed(
        session,
        update(RosterChange)
        .where(ours, RosterChange.state == ChangeState.PROPOSED)
        .values(proposal=null(), decided_by=by.id, decided_at=now, **values),
    )
    if not won:
        raise Conflict(_("Somebody has decided about this change already."))
    session.refresh(change)
