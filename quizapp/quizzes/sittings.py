"""Taking a quiz: start, save, hand in, close at the bell.

What two may want at once is decided by the database: one open sitting by a unique key, the end of
a sitting by one UPDATE whose row count is the answer.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID

from sqlalchemy import Update, func, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor
from quizapp.accounts import actions as accounts
from quizapp.accounts.models import Enrolment
from quizapp.accounts.queries import extra_percent
from quizapp.audit.actions import record
from quizapp.bank import marking
from quizapp.bank import queries as bank
from quizapp.bank.asked import Asked
from quizapp.bank.rules import bank_stage
from quizapp.core.clock import local_day
from quizapp.core.db import changed, count, insert
from quizapp.core.errors import Conflict, Invalid, Late, Missing
from quizapp.core.i18n import _
from quizapp.core.ids import new_id
from quizapp.quizzes import drawing, queries, scoring, timing
from quizapp.quizzes.models import Answer, ClosedBy, Quiz, Sitting, SittingState, Turnout


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

    Conflict: `not_open` outside the window, `attempts_used` after the last one.
    """
    if not queries.is_for(quiz, enrolment):
        raise Missing(_("There is no such quiz."))
    before = queries.my_sittings(session, by, quiz.id)
    running = queries.open_sitting(before)
    if running and timing.in_time(running.deadline, now):
        return Started(running, is_new=False)
    if running:
        close(session, running, by=ClosedBy.BELL, now=now)
    if quiz.phase(now) is not timing.Phase.OPEN:
        raise Conflict(_("This quiz is not open now."), code="not_open")
    if len(before) >= quiz.attempts:
        raise Conflict(_("You have used all attempts at this quiz."), code="attempts_used")
    started = _begin(session, quiz, enrolment, attempt=len(before) + 1, device=device, now=now)
    if started.is_new:
        about = {"quiz": quiz.id, "sitting": started.sitting.id}
        record(session, "sitting.started", by=by, now=now, path=by.seat, **about)
    return started


def save(session: Session, sitting: Sitting, given: Sequence[Given], *, now: datetime) -> Saved:
    """Keep the choices; one with an older seq than the stored one changes nothing.

    Conflict `finished`: it is handed in. Late `late`: the grace is over. Invalid: a position or a
    letter that the form does not have.
    """
    deadline = _hold_open(session, sitting, now=now)
    if not timing.in_time(deadline, now):
        raise Late(_("The time is over. What was saved before counts."), code="late")
    rows = _rows(session, sitting, given, late=timing.is_late(deadline, now), now=now)
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
    return Saved(_seqs(session, sitting, [row["position"] for row in rows]), deadline)


def submit(session: Session, sitting: Sitting, *, now: datetime) -> Sitting:
    """Hand the sitting in and score it. Again, or after the bell: nothing changes."""
    in_time = timing.in_time(sitting.deadline, now)
    close(session, sitting, by=ClosedBy.PUPIL if in_time else ClosedBy.BELL, now=now)
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
    session.execute(_update(sitting).values(vars(result)))
    record(
        session, "sitting.closed", by=SYSTEM, now=now, path=quiz.path, sitting=sitting.id, closer=by
    )
    session.expire(sitting)
    return True


def _begin(
    session: Session, quiz: Quiz, enrolment: Enrolment, *, attempt: int, device: str, now: datetime
) -> Started:
    form = _draw(session, quiz, enrolment)
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
            form=[[str(revision), seed] for revision, seed in form],
            maximum=quiz.points * len(form),
            started_at=now,
            deadline=timing.deadline(
                now,
                quiz.minutes,
                quiz.closes_at,
                extra_percent=extra_percent(enrolment.pupil, on=local_day(now)),
            ),
            receipt=secrets.token_hex(4).upper(),
            device_id=device,
        )
        .on_conflict_do_nothing()
        .returning(Sitting.id)
    )
    sitting_id = session.scalar(made)
    mine = select(Sitting).where(
        Sitting.school_id == enrolment.school_id,
        Sitting.pupil_id == enrolment.pupil_id,
        Sitting.quiz_id == quiz.id,
        Sitting.attempt == attempt,
    )
    sitting = session.scalars(mine).one()
    if sitting_id is None:  # A second tab was faster: both go on with the same sitting.
        return Started(sitting, is_new=False)
    if attempt == 1:
        accounts.count_sign_in(session, enrolment, now=now)
        count(session, Turnout, _cell(sitting, sitting.class_id, now), opened=1)
    return Started(sitting, is_new=True)


def _draw(session: Session, quiz: Quiz, enrolment: Enrolment) -> list[tuple[UUID, int]]:
    stage = bank_stage(enrolment.school_class.stage)
    pool = bank.pool(session, stage, queries.pools(quiz.unit))
    lines = queries.blueprint(session, quiz, stage)
    try:
        return drawing.draw(lines, pool, Random(secrets.randbits(64)))  # noqa: S311 - seeded well.
    except drawing.TooFew as few:
        says = _("This quiz has too few questions at the moment. Your teacher can help.")
        raise Conflict(says, code="not_open") from few


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
    wrong = [one for one in given if not 1 <= one.position <= len(sitting.items)]
    if wrong:
        says = _("There is no item %(position)s in this quiz.", position=wrong[0].position)
        raise Invalid(says, fields={"position": "unknown"})
    wanted = [sitting.items[one.position - 1][0] for one in given]
    revisions = bank.revisions(session, wanted)
    stored = queries.answers(session, sitting) if any(g.seq is None for g in given) else {}
    rows: dict[int, dict[str, object]] = {}
    for one in sorted(given, key=lambda g: g.seq or 0):
        revision_id, seed = sitting.items[one.position - 1]
        asked = Asked(revisions[revision_id], seed)
        try:
            choice = asked.understood(one.sent)
        except ValueError as unknown:
            says = _("Item %(position)s has no such option.", position=one.position)
            raise Invalid(says, fields={"choice": "unknown"}) from unknown
        last = stored.get(one.position)
        rows[one.position] = {
            "school_id": sitting.school_id,
            "sitting_id": sitting.id,
            "position": one.position,
            "revision_id": revision_id,
            "seed": seed,
            "choice": marking.written(asked.kind, choice),
            "seq": one.seq if one.seq is not None else (last.seq if last else 0) + 1,
            "first_at": now,
            "last_at": now,
            "said_at": one.said_at,
            "late": late,
        }
    return list(rows.values())


def _seqs(session: Session, sitting: Sitting, positions: Sequence[object]) -> dict[int, int]:
    rows = session.execute(
        select(Answer.position, Answer.seq).where(
            Answer.school_id == sitting.school_id,
            Answer.sitting_id == sitting.id,
            Answer.position.in_(positions),
        )
    )
    return dict(rows.all())


def _mark(session: Session, sitting: Sitting) -> list[scoring.Marked]:
    """Write right or wrong to every answer, a row for each item without one, and return them."""
    revisions = bank.revisions(session, [revision for revision, _seed in sitting.items])
    given = queries.answers(session, sitting)
    marks = []
    for position, (revision_id, seed) in enumerate(sitting.items, start=1):
        answer = given.get(position)
        if answer is None:
            answer = Answer(
                school_id=sitting.school_id, sitting_id=sitting.id, position=position,
                revision_id=revision_id, seed=seed, choice="", seq=0, late=False,
            )  # fmt: skip
            session.add(answer)
        asked = Asked(revisions[revision_id], seed)
        choice = marking.read(asked.kind, answer.choice)
        answer.right = asked.is_right(choice)
        whole = marking.is_whole(choice)
        marks.append(scoring.Marked(is_answered=whole, is_right=answer.right))
    session.flush()
    return marks


def _count_rungs(
    session: Session, sitting: Sitting, result: scoring.Result, *, now: datetime
) -> None:
    """Count what this sitting adds: a child counts once a rung, in the class of the first one."""
    others = session.execute(
        select(Sitting.class_id, Sitting.finished, Sitting.passed)
        .where(
            Sitting.school_id == sitting.school_id,
            Sitting.pupil_id == sitting.pupil_id,
            Sitting.quiz_id == sitting.quiz_id,
            Sitting.id != sitting.id,
        )
        .order_by(Sitting.attempt)
    ).all()
    had_finished = any(finished for _class, finished, _passed in others)
    had_passed = any(passed for _class, _finished, passed in others)
    finished = int(result.finished and not had_finished)
    passed = int(result.passed and not had_passed)
    if finished or passed:
        first = others[0].class_id if others and sitting.attempt > 1 else sitting.class_id
        # No flags are raised yet, so what is finished is valid.
        count(
            session, Turnout, _cell(sitting, first, now),
            finished=finished, valid=finished, passed=passed,
        )  # fmt: skip


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
