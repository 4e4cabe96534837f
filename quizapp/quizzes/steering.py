"""A running window at one school: pause it, go on, give more time, take that back.

The clock of a sitting is its deadline: these deeds move it for all that are open, and whoever asks
a deadline (saves, the bell, the page) need not know of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission, allows, reach
from quizapp.accounts.models import Enrolment
from quizapp.audit.actions import record
from quizapp.core.db import Later, changed, hold
from quizapp.core.errors import Conflict, Missing, NotAllowed
from quizapp.core.i18n import _
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.quizzes import pausing, queries, timing
from quizapp.quizzes.models import (
    Quiz,
    SchoolWindow,
    Sitting,
    SittingState,
    Steered,
    Why,
    WindowChange,
)
from quizapp.quizzes.pausing import Standing
from quizapp.quizzes.timing import Phase


@dataclass(frozen=True)
class Place:
    """A quiz at a school, where the school stands."""

    quiz: Quiz
    school: Unit

    @property
    def path(self) -> str:
        return self.school.path


def place(session: Session, unit_id: UUID, quiz_id: UUID) -> Place:
    """Return the quiz at the school; Missing if it does not reach it."""
    school, quiz = orgs.school(session, unit_id), queries.quiz(session, quiz_id)
    if school.path.startswith(quiz.path) or quiz.path.startswith(school.path):
        return Place(quiz, school)
    raise Missing(_("There is no such quiz."))


def may_steer(actor: Actor, where: Place) -> bool:
    """Whether the actor runs the school, or an office that the quiz and the school stand under.

    An office between the two only looks on: the contest is not its own.
    """
    tops = reach(actor, Permission.QUIZ_STEER)
    if any(top.startswith(where.school.path) for top in tops):
        return True
    return all(allows(actor, Permission.QUIZ_STEER, one) for one in (where.school, where.quiz))


def require_steer(actor: Actor, where: Place) -> None:
    if not may_steer(actor, where):
        raise NotAllowed(_("Only the school itself and the office that runs the quiz can do that."))


def changes(session: Session, where: Place) -> Sequence[WindowChange]:
    """Return what was done to the window at the school, the newest first."""
    return session.scalars(
        select(WindowChange)
        .where(WindowChange.school_id == where.school.id, WindowChange.quiz_id == where.quiz.id)
        .order_by(WindowChange.at.desc(), WindowChange.id.desc())
    ).all()


def to_begin(
    session: Session, quiz: Quiz, enrolment: Enrolment, taken: Sequence[Sitting], *, now: datetime
) -> Standing:
    """Return how the window stands for a pupil who has begun these sittings and begins now.

    Conflict: `not_open` outside the window, `paused`. Until the transaction ends the window
    cannot be paused: no sitting slips in whose deadline is not moved along.
    """
    hold(session, _name(enrolment.school_id, quiz.id), shared=True)
    standing = queries.own_standing(session, quiz, enrolment, taken, now=now)
    if standing.phase(now) is not Phase.OPEN:
        raise Conflict(_("This quiz is not open now."), code="not_open")
    if standing.is_paused(now):
        raise Conflict(_("Your school has paused this quiz. You can begin when it goes on."),
                       code="paused")  # fmt: skip
    return standing


def pause(
    session: Session, where: Place, minutes: int, why: Why, *, by: Actor, now: datetime
) -> WindowChange:
    """Stop the clock of all open sittings for so long; nobody begins. Conflict: it stands still."""
    standing = _held(session, where, by=by, now=now)
    if standing.is_paused(now):
        raise Conflict(_("The quiz is paused already. Somebody was faster."))
    length = timedelta(minutes=minutes)
    _keep(session, where, standing.pause(length, now))
    _move(session, where, length, still_open=now)
    given = _given(session, where, Steered.PAUSE, length, why, by=by, now=now)
    _record(session, "quiz.paused", where, given, by=by, now=now)
    return given


def resume(session: Session, where: Place, *, by: Actor, now: datetime) -> WindowChange:
    """End the pause before its time: what is left of it is taken back. Conflict: there is none."""
    standing = _held(session, where, by=by, now=now)
    if not standing.is_paused(now) or standing.paused_until is None:
        raise Conflict(_("The quiz is not paused any more."))
    left, until = standing.left(now), standing.paused_until
    _keep(session, where, standing.resume(now))
    _move(session, where, -left, still_open=until)
    ended = next(one for one in changes(session, where) if one.kind is Steered.PAUSE)
    ended.seconds -= round(left.total_seconds())
    ended.ended_at = now
    _record(session, "quiz.resumed", where, ended, by=by, now=now)
    return ended


def extend(
    session: Session, where: Place, minutes: int, why: Why, *, by: Actor, now: datetime
) -> WindowChange:
    """Give all open sittings and the school's own end so many minutes more."""
    standing, more = _held(session, where, by=by, now=now), timedelta(minutes=minutes)
    _keep(session, where, standing.extend(more))
    _move(session, where, more, still_open=now)
    given = _given(session, where, Steered.EXTENSION, more, why, by=by, now=now)
    _record(session, "quiz.extended", where, given, by=by, now=now)
    return given


def take_back(session: Session, where: Place, change_id: UUID, *, by: Actor, now: datetime) -> None:
    """Undo more time given by mistake; Conflict once it is too late for that."""
    standing = _held(session, where, by=by, now=now)
    given = session.get(WindowChange, (where.school.id, change_id), populate_existing=True)
    if given is None or given.quiz_id != where.quiz.id:
        raise Missing(_("There is no such page for you."))
    if not may_take_back(given, now=now):
        raise Conflict(_("More time can be taken back for two minutes only: "
                         "pupils count on it by now."))  # fmt: skip
    more = timedelta(seconds=given.seconds)
    _keep(session, where, standing.extend(-more))
    _move(session, where, -more, still_open=pausing.to_lose(more, now))
    given.seconds, given.ended_at = 0, now
    _record(session, "quiz.extension-undone", where, given, by=by, now=now)


def may_take_back(given: WindowChange, *, now: datetime) -> bool:
    is_more = given.kind is Steered.EXTENSION and given.ended_at is None
    return is_more and now <= given.at + pausing.TO_TAKE_BACK


def _held(session: Session, where: Place, *, by: Actor, now: datetime) -> Standing:
    """Wait for one's turn at the window and return how it stands; Conflict if it is not open."""
    require_steer(by, where)
    hold(session, _name(where.school.id, where.quiz.id))
    standing = queries.standing(session, where.quiz, where.school.id)
    if standing.phase(now) is not Phase.OPEN:
        raise Conflict(_("This quiz is not open now."), code="not_open")
    return standing


def _keep(session: Session, where: Place, standing: Standing) -> None:
    """Write down how the window stands at the school, and the latest end of all schools."""
    about = {
        "closes_at": standing.closes,
        "paused_at": standing.paused_at,
        "paused_until": standing.paused_until,
    }
    session.merge(SchoolWindow(school_id=where.school.id, quiz_id=where.quiz.id, **about))
    session.flush()
    hold(session, f"quiz {where.quiz.id}")
    last = session.scalar(
        select(func.max(SchoolWindow.closes_at)).where(SchoolWindow.quiz_id == where.quiz.id)
    )
    where.quiz.closes_last_at = max(last, where.quiz.closes_at) if last else None


def _move(session: Session, where: Place, by: timedelta, *, still_open: datetime) -> None:
    """Move the deadlines of the school's open sittings that were in time at the instant."""
    changed(
        session,
        update(Sitting)
        .where(
            Sitting.school_id == where.school.id,
            Sitting.quiz_id == where.quiz.id,
            Sitting.state == SittingState.OPEN,
            Sitting.deadline >= still_open - timing.GRACE,
        )
        .values(deadline=Later(Sitting.deadline, by.total_seconds())),
    )


def _given(
    session: Session,
    where: Place,
    kind: Steered,
    length: timedelta,
    why: Why,
    *,
    by: Actor,
    now: datetime,
) -> WindowChange:
    given = WindowChange(
        school_id=where.school.id, quiz_id=where.quiz.id, kind=kind, why=why, at=now, by_id=by.id,
        seconds=round(length.total_seconds()), ended_at=None,
    )  # fmt: skip
    session.add(given)
    session.flush()
    return given


def _record(
    session: Session, event: str, where: Place, given: WindowChange, *, by: Actor, now: datetime
) -> None:
    record(
        session, event, by=by, now=now, path=where.path, quiz=where.quiz.id,
        seconds=given.seconds, why=given.why.value,
    )  # fmt: skip


def _name(school_id: UUID, quiz_id: UUID) -> str:
    return f"window {school_id} {quiz_id}"
