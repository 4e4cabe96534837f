"""What quizzes store of a pupil: how it is told to the pupil, and forgotten at an erasure."""

from datetime import date, datetime
from typing import cast
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import ColumnElement, Select, delete, select, update
from sqlalchemy.orm import Session

from quizapp.accounts.models import Pupil
from quizapp.bank import marking
from quizapp.bank import queries as bank
from quizapp.bank.asked import Asked
from quizapp.core.clock import end_of
from quizapp.core.i18n import current_locale, lazy
from quizapp.orgs.models import Unit
from quizapp.privacy import holdings
from quizapp.privacy.holdings import Holding, Parting, Told, day_of
from quizapp.quizzes import papers, queries, spacing
from quizapp.quizzes.models import (
    Answer,
    Bookmark,
    MakeUp,
    MissedAnswer,
    Mistake,
    Quiz,
    Sitting,
)


def init_app(app: Flask) -> None:
    holdings.hold(app, *HOLDINGS)


def _sittings(session: Session, pupil: Pupil, now: datetime) -> list[Told]:
    told: list[Told] = []
    for one in _of(session, pupil):
        shown = papers.is_released(one.quiz, one, now=now)
        told.append(
            {
                "quiz": one.quiz.title,
                "attempt": one.attempt,
                "class": session.get_one(Unit, one.class_id).name,
                "began": one.started_at,
                "deadline": one.deadline,
                "ended": one.finished_at,
                "answered": one.answered,
                "score": one.score if shown else None,
                "maximum": one.maximum,
                "passed": one.passed if shown else None,
                "receipt": one.receipt,
                "device": one.device_id,
                "first_saved": one.first_saved_at,
                "last_saved": one.last_saved_at,
            }
        )
    return told


def _answers(session: Session, pupil: Pupil, now: datetime) -> list[Told]:
    """Each answer in the words of the question; right or wrong only once the result is out."""
    told: list[Told] = []
    for one in _of(session, pupil):
        shown = papers.is_released(one.quiz, one, now=now)
        given = queries.answers(session, one)
        revisions = bank.revisions(session, [answer.revision_id for answer in given.values()])
        for position, answer in sorted(given.items()):
            asked = Asked(revisions[answer.revision_id], answer.seed)
            chosen = marking.read(asked.kind, answer.choice)
            told.append(
                {
                    "quiz": one.quiz.title,
                    "attempt": one.attempt,
                    "position": position,
                    "question": asked.words(current_locale())["stem"],
                    "chosen": " · ".join(asked.told(chosen, current_locale())),
                    "right": answer.right if shown else None,
                    "first_saved": answer.first_at,
                    "last_saved": answer.last_at,
                    "said_at": answer.said_at,
                    "late": answer.late,
                    "told": answer.told_at,
                    "order": answer.seq,
                }
            )
    return told


def _missed(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    return [
        {
            "quiz": one.quiz.title,
            "attempt": one.attempt,
            "position": missed.position,
            "came": missed.came_at,
            "said_at": missed.said_at,
        }
        for one in _of(session, pupil)
        for missed in queries.missed(session, one)
    ]


def _bookmarks(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    rows = session.execute(
        select(Quiz.title, Sitting.attempt, Bookmark.position)
        .join(Sitting, Sitting.quiz_id == Quiz.id)
        .join(
            Bookmark,
            (Bookmark.school_id == Sitting.school_id) & (Bookmark.sitting_id == Sitting.id),
        )
        .where(Sitting.school_id == pupil.school_id, Sitting.pupil_id == pupil.id)
        .order_by(Sitting.started_at, Bookmark.position)
    )
    return [
        {"quiz": title, "attempt": attempt, "position": position}
        for title, attempt, position in rows
    ]


def _mistakes(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    rows = session.scalars(select(Mistake).where(_own(Mistake, pupil)).order_by(Mistake.at))
    told: list[Told] = []
    for row in rows:
        asked = Asked(row.revision, row.seed)
        chosen = marking.read(asked.kind, row.choice)
        told.append(
            {
                "question": asked.words(current_locale())["stem"],
                "chosen": " · ".join(asked.told(chosen, current_locale())),
                "right": row.right,
                "at": row.at,
                "due": None if spacing.is_learned(row.box) else row.due_on,
            }
        )
    return told


def _make_ups(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    rows = session.execute(
        select(Quiz.title, MakeUp)
        .join(MakeUp, MakeUp.quiz_id == Quiz.id)
        .where(_own(MakeUp, pupil))
        .order_by(MakeUp.opens_at)
    )
    return [{"quiz": title, "opens": row.opens_at, "closes": row.closes_at} for title, row in rows]


def _own(table: type[Mistake | MakeUp], pupil: Pupil) -> ColumnElement[bool]:
    return (table.school_id == pupil.school_id) & (table.pupil_id == pupil.id)


def _forget_bookmarks(session: Session, pupil: Pupil) -> None:
    _drop_of_sittings(session, Bookmark, pupil)


def _forget_missed(session: Session, pupil: Pupil) -> None:
    """Nothing is counted by them."""
    _drop_of_sittings(session, MissedAnswer, pupil)


def _drop_of_sittings(session: Session, table: type[Bookmark | MissedAnswer], pupil: Pupil) -> None:
    own = select(Sitting.id).where(
        Sitting.school_id == pupil.school_id, Sitting.pupil_id == pupil.id
    )
    session.execute(
        delete(table)
        .where(table.school_id == pupil.school_id, table.sitting_id.in_(own))
        .execution_options(synchronize_session=False)
    )


def _forget_mistakes(session: Session, pupil: Pupil) -> None:
    session.execute(delete(Mistake).where(_own(Mistake, pupil)))


def _forget_make_ups(session: Session, pupil: Pupil) -> None:
    session.execute(delete(MakeUp).where(_own(MakeUp, pupil)))


def _whose_mistakes(until_on: date) -> Select[UUID, UUID]:
    old = Mistake.at < end_of(until_on)
    return select(Mistake.school_id, Mistake.pupil_id).where(old).distinct()


def _drop_mistakes(session: Session, pupil: Pupil, _nobody: Pupil, until_on: date) -> None:
    """Practice is counted nowhere: what is old goes."""
    session.execute(delete(Mistake).where(_own(Mistake, pupil), Mistake.at < end_of(until_on)))


def _whose_make_ups(until_on: date) -> Select[UUID, UUID]:
    old = MakeUp.closes_at < end_of(until_on)
    named = MakeUp.pupil_id.is_not(None)
    found = select(MakeUp.school_id, MakeUp.pupil_id).where(named, old).distinct()
    return cast(Select[UUID, UUID], found)


def _drop_make_ups(session: Session, pupil: Pupil, _nobody: Pupil, until_on: date) -> None:
    session.execute(delete(MakeUp).where(_own(MakeUp, pupil), MakeUp.closes_at < end_of(until_on)))


def _forget(session: Session, pupil: Pupil) -> None:
    """Facts stay, for they are counted; the device, the receipt and the page's own clock go, and
    what the pupil wrote in own words: nobody knows what stands there."""
    own = (Sitting.school_id == pupil.school_id) & (Sitting.pupil_id == pupil.id)
    session.execute(update(Sitting).where(own).values(device_id="", receipt=""))
    of_own = Answer.sitting_id.in_(select(Sitting.id).where(own))
    session.execute(
        update(Answer)
        .where(Answer.school_id == pupil.school_id, of_own)
        .values(said_at=None)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Answer)
        .where(Answer.school_id == pupil.school_id, of_own, Answer.revision_id.in_(bank.written()))
        .values(choice="")
        .execution_options(synchronize_session=False)
    )


def _whose(until_on: date) -> Select[UUID, UUID]:
    return select(Sitting.school_id, Sitting.pupil_id).join(Quiz).where(_over(until_on)).distinct()


def _move(session: Session, pupil: Pupil, nobody: Pupil, until_on: date) -> None:
    """All attempts at a quiz go together: a pupil counts once for each."""
    own = (Sitting.school_id == pupil.school_id) & (Sitting.pupil_id == pupil.id)
    over = Sitting.quiz_id.in_(select(Quiz.id).where(_over(until_on)))
    for sitting in session.scalars(select(Sitting).where(own, over)).all():
        given = _given_to(nobody, sitting)
        session.add(given)
        session.flush()
        session.execute(
            update(Answer)
            .where(Answer.school_id == sitting.school_id, Answer.sitting_id == sitting.id)
            .values(sitting_id=given.id, first_at=None, last_at=None, told_at=None)
            .execution_options(synchronize_session=False)
        )
        session.delete(sitting)
    session.flush()
    _forget(session, nobody)


def _given_to(nobody: Pupil, sitting: Sitting) -> Sitting:
    return Sitting(
        school_id=sitting.school_id, id=uuid4(), pupil_id=nobody.id, quiz_id=sitting.quiz_id,
        class_id=sitting.class_id, attempt=sitting.attempt, state=sitting.state,
        form_id=sitting.form_id, seed=sitting.seed, maximum=sitting.maximum,
        started_at=day_of(sitting.started_at), deadline=day_of(sitting.deadline),
        finished_at=day_of(sitting.finished_at),
        closed_by=sitting.closed_by, answered=sitting.answered, score=sitting.score,
        finished=sitting.finished, passed=sitting.passed, receipt="", device_id="",
    )  # fmt: skip


def _over(until_on: date) -> ColumnElement[bool]:
    return Quiz.closes_at < end_of(until_on)


def _nothing_more(_session: Session, _pupil: Pupil) -> None:
    """The sittings' `erase` has done it."""


def _of(session: Session, pupil: Pupil) -> list[Sitting]:
    return list(
        session.scalars(
            select(Sitting)
            .where(Sitting.school_id == pupil.school_id, Sitting.pupil_id == pupil.id)
            .order_by(Sitting.started_at, Sitting.id)
        )
    )


HOLDINGS = (
    Holding(
        lazy("Quizzes you took"), (Sitting,),
        {
            "quiz": lazy("Quiz"), "attempt": lazy("Attempt"), "class": lazy("Class"),
            "began": lazy("Began"), "deadline": lazy("Time was up"), "ended": lazy("Ended"),
            "answered": lazy("Items answered"), "score": lazy("Score"),
            "maximum": lazy("Full score"), "passed": lazy("Passed"), "receipt": lazy("Receipt"),
            "device": lazy("Mark of the device"), "first_saved": lazy("First saved"),
            "last_saved": lazy("Last saved"),
        },
        _sittings, _forget, Parting(_whose, _move),
    ),
    Holding(
        lazy("Your answers in quizzes"), (Answer,),
        {
            "quiz": lazy("Quiz"), "attempt": lazy("Attempt"), "position": lazy("Item"),
            "question": lazy("Question"), "chosen": lazy("Chosen"), "right": lazy("Right"),
            "first_saved": lazy("First saved"), "last_saved": lazy("Last saved"),
            "said_at": lazy("By the clock of the page"), "late": lazy("After the time was up"),
            "told": lazy("Told what is right"),
            "order": lazy("Number that grows with each choice"),
        },
        _answers, _nothing_more,
    ),
    Holding(
        lazy("Answers that came too late to count"), (MissedAnswer,),
        {
            "quiz": lazy("Quiz"), "attempt": lazy("Attempt"), "position": lazy("Item"),
            "came": lazy("Came"), "said_at": lazy("By the clock of the page"),
        },
        _missed, _forget_missed,
    ),
    Holding(
        lazy("Questions you marked in a quiz"), (Bookmark,),
        {"quiz": lazy("Quiz"), "attempt": lazy("Attempt"), "position": lazy("Item")},
        _bookmarks, _forget_bookmarks,
    ),
    Holding(
        lazy("Mistakes you practised"), (Mistake,),
        {
            "question": lazy("Question"), "chosen": lazy("Chosen"), "right": lazy("Right"),
            "at": lazy("When"), "due": lazy("Comes again"),
        },
        _mistakes, _forget_mistakes, Parting(_whose_mistakes, _drop_mistakes),
    ),
    Holding(
        lazy("Quizzes opened again for you alone"), (MakeUp,),
        {"quiz": lazy("Quiz"), "opens": lazy("Opens"), "closes": lazy("Closes")},
        _make_ups, _forget_make_ups, Parting(_whose_make_ups, _drop_make_ups),
    ),
)  # fmt: skip
