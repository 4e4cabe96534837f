"""Taking away all that tells who a child was, when the school decides it or time is over."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts.models import Enrolment, Leaving, Pupil
from quizapp.accounts.queries import rows_of_child
from quizapp.audit.actions import record
from quizapp.core.clock import local_day, school_year
from quizapp.core.errors import Conflict
from quizapp.core.i18n import _
from quizapp.orgs import queries as orgs
from quizapp.privacy import holdings
from quizapp.privacy.models import DataRequest, WishState
from quizapp.rosters import changes


def erase(session: Session, pupil: Pupil, *, by: Actor, now: datetime) -> int:
    """Take away all that tells who the child was, at all schools; return how many rows that were.

    The rows themselves, their enrolments and what was counted from them stay, so that every
    figure stays what it was. It cannot be undone. Conflict if it has been done.
    """
    rows = rows_of_child(session, pupil.child_id)
    if not rows:
        raise Conflict(_("This pupil has been erased already."))
    hold_schools(session, rows)
    for row in rows:
        session.refresh(row, with_for_update=True)
        if row.erased_at:
            raise Conflict(_("This pupil has been erased already."))
        _close_requests(session, row, by=by, now=now)
        # The features above first: they may need the pupil.
        for one in reversed(holdings.every()):
            one.erase(session, row)
        _close_enrolment(session, row, today=local_day(now))
        row.erased_at = now
        path = orgs.unit(session, row.school_id).path
        record(session, "pupil.erased", by=by, now=now, path=path, pupil=row.id)
    session.flush()
    return len(rows)


def erase_leaver(
    session: Session, pupil: Pupil, *, until_on: date, by: Actor, now: datetime
) -> bool:
    """Erase a child who is in no class since that day; False: it has come back meanwhile."""
    hold_schools(session, rows_of_child(session, pupil.child_id))
    if session.scalar(_gone(until_on).where(Pupil.child_id == pupil.child_id)) is None:
        return False
    erase(session, pupil, by=by, now=now)
    return True


def hold_schools(session: Session, rows: Iterable[Pupil]) -> None:
    """Let no change of the rosters begin on which the rows of a child stand."""
    for school_id in sorted({row.school_id for row in rows}):
        changes.hold(session, orgs.unit(session, school_id))


def leavers(session: Session, *, until_on: date, most: int) -> Sequence[Pupil]:
    """Return one row each of children who are in no class of the site since that day or longer."""
    gone = _gone(until_on).limit(most)
    found = session.scalars(
        select(Pupil).where(Pupil.child_id.in_(gone), Pupil.erased_at.is_(None)).order_by(Pupil.id)
    )
    return list({one.child_id: one for one in found}.values())


def _gone(until_on: date) -> Select[UUID]:
    """Return the children whose enrolments have all ended, the last of them by that day."""
    return (
        select(Pupil.child_id)
        .join(
            Enrolment,
            (Enrolment.school_id == Pupil.school_id) & (Enrolment.pupil_id == Pupil.id),
        )
        .where(Pupil.erased_at.is_(None))
        .group_by(Pupil.child_id)
        .having(func.count() == func.count(Enrolment.until_on))
        .having(func.max(Enrolment.until_on) <= until_on)
    )


def last_leaving(today: date, months: int) -> date:
    """Return the end of the last school year of which nothing is kept by name any more today.

    It ends on 31 August; the months are counted from there.
    """
    ended = school_year(today)
    while _months_after(ended, months) > today:
        ended -= 1
    return date(ended, 8, 31)


def _months_after(year: int, months: int) -> date:
    """Return the first day so many whole months after 31 August of the year."""
    count = year * 12 + 8 + months  # From the September that follows, which is month 8 from 0.
    return date(count // 12, count % 12 + 1, 1)


def _close_requests(session: Session, row: Pupil, *, by: Actor, now: datetime) -> None:
    session.execute(
        update(DataRequest)
        .where(DataRequest.school_id == row.school_id, DataRequest.pupil_id == row.id)
        .where(DataRequest.state == WishState.OPEN)
        .values(state=WishState.DONE, decided_by=by.id, decided_at=now)
    )


def _close_enrolment(session: Session, row: Pupil, *, today: date) -> None:
    for enrolment in session.scalars(
        select(Enrolment).where(
            Enrolment.school_id == row.school_id,
            Enrolment.pupil_id == row.id,
            Enrolment.until_on.is_(None),
        )
    ):
        enrolment.until_on = max(today, enrolment.from_on)
        enrolment.until_why = Leaving.LEFT
