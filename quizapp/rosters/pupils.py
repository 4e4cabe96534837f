"""What the office of a school does to one pupil: correct, move, let go, take back, more time.

Each is a change of the roster with the way back.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from quizapp.access.policy import Actor
from quizapp.accounts.models import Enrolment, ExtraTime, Leaving, Pupil
from quizapp.core.clock import DAY, local_day
from quizapp.core.errors import Conflict, Invalid
from quizapp.core.i18n import _
from quizapp.core.ids import new_id
from quizapp.core.pinyin import spelled
from quizapp.orgs.models import SchoolClass
from quizapp.rosters import changes
from quizapp.rosters.journal import Journal
from quizapp.rosters.models import ChangeKind
from quizapp.rosters.pupil_queries import Child


def correct(
    session: Session,
    of: Child,
    *,
    name: str,
    number: str | None,
    seat: int | None,
    by: Actor,
    now: datetime,
) -> bool:
    """Put name, number and seat right; False if they are so already.

    The sign-in name stays: the child knows it by heart. Invalid: another pupil has the number.
    """
    pupil, journal = of.pupil, Journal(session)
    new: dict[str, Any] = {}
    if name != pupil.name:
        new |= {"name": name, "pinyin": spelled(name)}
    if number != pupil.number:
        _must_be_free(session, pupil, number)
        new["number"] = number
    if new:
        journal.change(Pupil, [_key(pupil) | new])
    if of.enrolment and seat != of.enrolment.seat:
        journal.change(Enrolment, [_key(of.enrolment) | {"seat": seat}])
    return _keep(journal, of, {"changed": 1}, by=by, now=now)


def give_time(
    session: Session,
    of: Child,
    *,
    percent: int,
    why: ExtraTime | None,
    until: date | None,
    by: Actor,
    now: datetime,
) -> bool:
    """Give the pupil so many per cent more time in quizzes, until a day or for good; 0 ends it.

    False if it is so already. Invalid: more time without a reason, or until a day that is over.
    """
    if percent and why is None:
        raise Invalid(_("Say why, so that it can be looked at again."), fields={"why": "missing"})
    if percent and until and until < local_day(now):
        raise Invalid(_("This day is over."), fields={"until": "over"})
    pupil, journal = of.pupil, Journal(session)
    new = {
        "extra_percent": percent,
        "extra_why": why if percent else None,
        "extra_until": until if percent else None,
    }
    if any(getattr(pupil, column) != value for column, value in new.items()):
        journal.change(Pupil, [_key(pupil) | new])
    return _keep(journal, of, {"changed": 1}, by=by, now=now)


def move(
    session: Session,
    of: Child,
    to: SchoolClass,
    *,
    seat: int | None,
    by: Actor,
    now: datetime,
) -> None:
    """Take the pupil into another class of the school from today on; what was counted stays.

    A mistake of today is put right in place, unless the child has signed in meanwhile and is
    counted. Conflict if the pupil sits there already or is in no class.
    """
    journal, today, old = Journal(session), local_day(now), _enrolment(of)
    if old.class_id == to.unit_id:
        raise Conflict(_("The pupil is in this class already."))
    if old.from_on >= today and not old.signed_in_at:
        journal.change(Enrolment, [_key(old) | {"class_id": to.unit_id, "seat": seat}])
    else:
        until = max(old.from_on, today - DAY)
        close(journal, old, Leaving.MOVED, until=until)
        begin(journal, of.pupil, to, seat=seat, on=today)
    _keep(journal, of, {"moved": 1}, by=by, now=now)


def leave(session: Session, of: Child, why: Leaving, *, by: Actor, now: datetime) -> None:
    """End the enrolment with today; Conflict if it has ended already."""
    journal = Journal(session)
    close(journal, _enrolment(of), why, until=local_day(now))
    _keep(journal, of, {"left": 1}, by=by, now=now)


def take_back(
    session: Session, of: Child, to: SchoolClass, *, seat: int | None, by: Actor, now: datetime
) -> None:
    """Enrol a pupil again who had left; Conflict if the child is in a class, here or elsewhere."""
    if of.enrolment:
        raise Conflict(_("The pupil is in a class already."))
    if is_elsewhere(session, of.pupil):
        raise Conflict(_("The child is at another school now. Take it over with a transfer code."))
    journal = Journal(session)
    begin(journal, of.pupil, to, seat=seat, on=local_day(now))
    _keep(journal, of, {"returned": 1}, by=by, now=now)


def close(journal: Journal, one: Enrolment, why: Leaving, *, until: date) -> None:
    """End an enrolment; one that began later ends on its first day."""
    end = {"until_on": max(one.from_on, until), "until_why": why}
    journal.change(Enrolment, [_key(one) | end])


def begin(journal: Journal, pupil: Pupil, to: SchoolClass, *, seat: int | None, on: date) -> None:
    """Begin an enrolment of the pupil."""
    row = {"school_id": pupil.school_id, "id": new_id(), "pupil_id": pupil.id}
    journal.add(Enrolment, [row | {"class_id": to.unit_id, "seat": seat, "from_on": on}])


def is_elsewhere(session: Session, pupil: Pupil) -> bool:
    """Whether the child is in a class of another school."""
    row = aliased(Pupil)
    there = (
        select(Enrolment.id)
        .join(row, (row.school_id == Enrolment.school_id) & (row.id == Enrolment.pupil_id))
        .where(row.child_id == pupil.child_id, row.school_id != pupil.school_id)
        .where(Enrolment.until_on.is_(None))
    )
    return bool(session.scalar(select(there.exists())))


def _keep(
    journal: Journal, of: Child, counts: Mapping[str, int], *, by: Actor, now: datetime
) -> bool:
    """Keep what was written, if anything was."""
    session = journal.session
    if journal.steps:
        changes.keep(session, of.school, ChangeKind.EDIT, journal, counts, by=by, now=now)
        session.expire(of.pupil)
        if of.enrolment:
            session.expire(of.enrolment)
    return bool(journal.steps)


def _enrolment(of: Child) -> Enrolment:
    if of.enrolment is None:
        raise Conflict(_("The pupil is in no class at the moment."))
    return of.enrolment


def _must_be_free(session: Session, pupil: Pupil, number: str | None) -> None:
    if number is None:
        return
    other = (
        select(Pupil.id)
        .where(Pupil.school_id == pupil.school_id, Pupil.id != pupil.id)
        .where(func.lower(Pupil.number) == number.lower())
    )
    if session.scalar(select(other.exists())):
        says = _("Another pupil of the school has this number.")
        raise Invalid(says, fields={"number": "taken"})


def _key(row: Pupil | Enrolment) -> dict[str, Any]:
    return {"school_id": row.school_id, "id": row.id}
