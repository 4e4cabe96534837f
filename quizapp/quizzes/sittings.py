"""Taking a quiz: start, save, hand in, close at the bell.

What two may want at once is decided by the database: one open sitting by a unique key, the end of
a sitting by one UPDATE whose row count is the answer.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import current_app
from sqlalchemy import Row, Update, func, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor
from quizapp.accounts import actions as accounts
from quizapp.accounts.models import Enrolment
from quizapp.accounts.queries import extra_percent
from quizapp.audit.actions import record
from quizapp.bank import marking
from quizapp.bank.asked import Asked
from quizapp.bank.rules import bank_stage
from quizapp.core.clock import local_day
from quizapp.core.db import changed, count, insert
from quizapp.core.errors import Conflict, Invalid, Late, Missing
from quizapp.core.i18n import _, lazy
from quizapp.core.ids import new_id
from quizapp.quizzes import (
    ahead,
    counting,
    locks,
    papers,
    queries,
    scoring,
    steering,
    tally,
    timing,
)
from quizapp.quizzes.locks import Lock
from quizapp.quizzes.models import Answer, ClosedBy, Quiz, Sitting, SittingState, Turnout

LOCKED = {
    Lock.PASSED: lazy("This quiz only goes forward: question %(position)s cannot be changed any "
                      "more. Your answer to it counts as it is."),
    Lock.TOLD: lazy("You have seen what is right in question %(position)s: your answer to it "
                    "counts as it is."),
}  # fmt: skip


# Class, state, attempt, finished, score, passed.
Other = Row[UUID, SittingState, int, bool | None, int | None, bool | None]


@dataclass(frozen=True)
class Given:
    """A choice as it is sent: letters as shown; without `seq`, the newest there is."""

    position: int
    sent: Sequence[str]
    seq: int | None = None
    said_at: datetime | None = None


@dataclass(frozen=True)
class Saved:
    """What stands in the database now: the highest seq of each position."""

    seqs: Mapping[int, int]
    deadline: datetime


@dataclass(frozen=True)
class Started:
    sitting: Sitting
    is_new: bool


def start(
    session: Session, quiz: Quiz, enrolment: Enrolment, *, by: Actor, device: str, now: datetime
) -> Started:
    """Begin an attempt, or take up the one that is open: on another machine, after a crash.

    Conflict: `not_open` outside the window, `paused`, `attempts_used` after the last one.
    """
    if not queries.is_for(quiz, enrolment):
        raise Missing(_("There is no such quiz."))
    before = queries.my_sittings(session, by, quiz.id)
    running = queries.open_sitting(before)
    if running and timing.in_time(running.deadline, now):
        return Started(running, is_new=False)
    if running:
        close(session, running, by=ClosedBy.BELL, now=now)
    standing = steering.to_begin(session, quiz, enrolment, before, now=now)
    if len(before) >= quiz.attempts:
        raise Conflict(_("You have used all attempts at this quiz."), code="attempts_used")
    started = _begin(
        session, quiz, enrolment, closes=standing.closes, attempt=len(before) + 1, device=device,
        now=now,
    )  # fmt: skip
    if started.is_new:
        about = {"quiz": quiz.id, "sitting": started.sitting.id}
        record(session, "sitting.started", by=by, now=now, path=by.seat, **about)
    return started


def save(session: Session, sitting: Sitting, given: Sequence[Given], *, now: datetime) -> Saved:
    """Keep the choices; one with an older seq than the stored one changes nothing.

    Conflict `finished`: it is handed in; `locked`: the item cannot be changed any more. Late
    `late`: the grace is over. Invalid: a position or a letter that the form does not have.
    """
    deadline = _hold_open(session, sitting, now=now)
    if not timing.in_time(deadline, now):
        raise Late(_("The time is over. What was saved before counts."), code="late")
    must_be_free(session, sitting, given)
    late = timing.is_late(deadline, now)
    rows = _rows(session, sitting, given, late=late, now=now)
    if late:
        tally.late(session, sitting.school_id, sitting.quiz_id)
    if rows:
        made = insert(session, Answer).values(rows)
        new = made.excluded
        fresh = {
            name: getattr(new, name) for name in ("choice", "seq", "last_at", "said_at", "late")
        }
        session.execute(
            made.on_conflict_do_update(
                index_elements=["school_id", "sitting_id", "position"],
                set_=fresh,
                where=new.seq > Answer.seq,
            )
        )
    positions = {one.position for one in given}
    return Saved(queries.seqs(session, sitting.school_id, sitting.id, positions), deadline)


def must_be_free(session: Session, sitting: Sitting, given: Sequence[Given]) -> None:
    """Conflict `locked` if an answer would change that was passed over or whose feedback was
    shown; the sitting is held by the caller."""
    if not sitting.quiz.has_locks:
        return
    standing = papers.standing_of(queries.answers(session, sitting))
    changes = [(one.position, one.seq) for one in given]
    found = locks.first_locked(changes, standing, forward_only=sitting.quiz.forward_only)
    if found:
        position, lock = found
        says = str(LOCKED[lock]) % {"position": position}
        raise Conflict(says, code="locked", fields={"position": str(position)})


def submit(session: Session, sitting: Sitting, *, now: datetime) -> Sitting:
    """Hand the sitting in and score it. Again, or after the bell: nothing changes."""
    in_time = timing.in_time(sitting.deadline, now)
    if not close(session, sitting, by=ClosedBy.PUPIL if in_time else ClosedBy.BELL, now=now):
        session.refresh(sitting)
    return sitting


def close(session: Session, sitting: Sitting, *, by: ClosedBy, now: datetime) -> bool:
    """End the sitting and count it, in one transaction; False if somebody else was first."""
    ended = changed(
        session,
        _update(sitting)
        .where(Sitting.state == SittingState.OPEN)
        .values(state=SittingState.FINISHED, closed_by=by, finished_at=now),
    )
    if not ended:
        return False
    marks = _mark(session, sitting)
    quiz = sitting.quiz
    result = scoring.result(
        marks,
        points=quiz.points,
        pass_percent=quiz.pass_percent,
        by_pupil=by is ClosedBy.PUPIL,
    )
    _count_rungs(session, sitting, result, now=now)
    scored = _update(sitting).values(vars(result)).returning(Sitting)
    session.scalars(scored, execution_options={"populate_existing": True}).one()
    record(
        session, "sitting.closed", by=SYSTEM, now=now, path=quiz.path, sitting=sitting.id, closer=by
    )
    return True


def _begin(
    session: Session,
    quiz: Quiz,
    enrolment: Enrolment,
    *,
    closes: datetime,
    attempt: int,
    device: str,
    now: datetime,
) -> Started:
    form_id, items = ahead.chosen(
        session, quiz.id, bank_stage(enrolment.school_class.stage), attempt=attempt,
        child_id=enrolment.pupil.child_id, key=current_app.config["QUIZAPP"].secret_key,
    )  # fmt: skip
    made = (
        insert(session, Sitting)
        .values(
            school_id=enrolment.school_id,
            id=new_id(),
            pupil_id=enrolment.pupil_id,
            quiz_id=quiz.id,
            class_id=enrolment.class_id,
            attempt=attempt,
            state=SittingState.OPEN,
            form_id=form_id,
            seed=secrets.randbits(63),
            maximum=quiz.points * items,
            started_at=now,
            deadline=timing.deadline(
                now,
                quiz.minutes,
                closes,
                extra_percent=extra_percent(enrolment.pupil, on=local_day(now)),
            ),
            receipt=secrets.token_hex(4).upper(),
            device_id=device,
        )
        .on_conflict_do_nothing()
        .returning(Sitting)
    )
    sitting = session.scalars(made).first()
    if sitting is None:  # A second tab was faster: both go on with the same sitting.
        mine = select(Sitting).where(
            Sitting.school_id == enrolment.school_id,
            Sitting.pupil_id == enrolment.pupil_id,
            Sitting.quiz_id == quiz.id,
            Sitting.attempt == attempt,
        )
        return Started(session.scalars(mine).one(), is_new=False)
    if attempt == 1:
        accounts.count_sign_in(session, enrolment, now=now)
        if not quiz.mock_of:
            count(session, Turnout, _cell(sitting, sitting.class_id, now), opened=1)
    return Started(sitting, is_new=True)


def _hold_open(session: Session, sitting: Sitting, *, now: datetime) -> datetime:
    """Lock the sitting against being closed and return its deadline; Conflict if it is."""
    deadline: datetime | None = session.scalar(
        _update(sitting)
        .where(Sitting.state == SittingState.OPEN)
        .values(last_saved_at=now, first_saved_at=func.coalesce(Sitting.first_saved_at, now))
        .returning(Sitting.deadline)
    )
    if deadline is None:
        session.refresh(sitting)
        if sitting.closed_by is ClosedBy.BELL:
            raise Late(_("The time is over. What was saved before counts."), code="late")
        raise Conflict(_("This quiz is handed in already. Your answers count."), code="finished")
    return deadline


def _rows(
    session: Session, sitting: Sitting, given: Sequence[Given], *, late: bool, now: datetime
) -> list[dict[str, object]]:
    """Return the rows to be written, one a position: of two in one call the newer."""
    form = papers.asked_in(session, sitting)
    wrong = [one for one in given if not 1 <= one.position <= len(form)]
    if wrong:
        says = _("There is no item %(position)s in this quiz.", position=wrong[0].position)
        raise Invalid(says, fields={"position": "unknown"})
    stored = queries.answers(session, sitting) if any(g.seq is None for g in given) else {}
    rows: dict[int, dict[str, object]] = {}
    for one in sorted(given, key=lambda g: g.seq or 0):
        asked = form[one.position - 1]
        try:
            choice = asked.understood(one.sent)
        except ValueError as unknown:
            says = _("Item %(position)s has no such option.", position=one.position)
            raise Invalid(says, fields={"choice": "unknown"}) from unknown
        last = stored.get(one.position)
        seq = one.seq if one.seq is not None else (last.seq if last else 0) + 1
        rows[one.position] = _row(
            sitting, one.position, asked, choice=marking.written(asked.kind, choice), seq=seq,
            first_at=now, last_at=now, said_at=one.said_at, late=late,
        )  # fmt: skip
    return list(rows.values())


def _mark(session: Session, sitting: Sitting) -> list[scoring.Marked]:
    """Write right or wrong to every answer, a row for each item without one, and return them."""
    given = queries.choices(session, sitting)
    right, without, marks = [], [], []
    for position, asked in enumerate(papers.asked_in(session, sitting), start=1):
        choice = marking.read(asked.kind, given.get(position, ""))
        is_right = asked.is_right(choice)
        if position not in given:
            without.append(_row(sitting, position, asked, right=is_right))
        elif is_right:
            right.append(position)
        marks.append(scoring.Marked(is_answered=marking.is_whole(choice), is_right=is_right))
    session.execute(
        update(Answer)
        .where(Answer.school_id == sitting.school_id, Answer.sitting_id == sitting.id)
        .values(right=Answer.position.in_(right))
        .execution_options(synchronize_session=False)
    )
    if without:
        session.execute(insert(session, Answer).values(without))
    return marks


def _row(sitting: Sitting, position: int, asked: Asked, **told: object) -> dict[str, object]:
    """Return the row of an answer; of one that was never given as far as it differs."""
    return {
        "school_id": sitting.school_id, "sitting_id": sitting.id, "position": position,
        "revision_id": asked.revision.id, "seed": asked.seed, "choice": "", "seq": 0,
        "late": False,
    } | told  # fmt: skip


def _count_rungs(
    session: Session, sitting: Sitting, result: scoring.Result, *, now: datetime
) -> None:
    """Count what this sitting adds: a child counts once a rung, in the class of the first one."""
    if sitting.quiz.mock_of:
        return
    others = _others(session, sitting) if sitting.attempt > 1 else []
    before = [
        counting.Tried(other.attempt, bool(other.finished), other.score or 0, bool(other.passed))
        for other in others
        if other.state is SittingState.FINISHED
    ]
    this = counting.Tried(sitting.attempt, result.finished, result.score, result.passed)
    finished, passed = counting.climbed(before, this, sitting.quiz.counts)
    if finished or passed:
        # No flags are raised yet, so what is finished is valid.
        first = others[0].class_id if others else sitting.class_id
        count(
            session, Turnout, _cell(sitting, first, now),
            finished=finished, valid=finished, passed=passed,
        )  # fmt: skip


def _others(session: Session, sitting: Sitting) -> Sequence[Other]:
    """Return what counts of the pupil's other sittings of the quiz, the first one first."""
    return session.execute(
        select(
            Sitting.class_id, Sitting.state, Sitting.attempt, Sitting.finished, Sitting.score,
            Sitting.passed,
        )
        .where(
            Sitting.school_id == sitting.school_id,
            Sitting.pupil_id == sitting.pupil_id,
            Sitting.quiz_id == sitting.quiz_id,
            Sitting.id != sitting.id,
        )
        .order_by(Sitting.attempt)
    ).all()  # fmt: skip


def _cell(sitting: Sitting, class_id: UUID, now: datetime) -> dict[str, object]:
    return {
        "school_id": sitting.school_id,
        "class_id": class_id,
        "quiz_id": sitting.quiz_id,
        "day": local_day(now),
    }


def _update(sitting: Sitting) -> Update:
    this = update(Sitting).where(Sitting.school_id == sitting.school_id, Sitting.id == sitting.id)
    return this.execution_options(synchronize_session=False)
