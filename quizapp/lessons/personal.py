"""What lessons store of a pupil: how it is told to the pupil, and forgotten at an erasure."""

from datetime import date, datetime
from uuid import UUID

from flask import Flask
from sqlalchemy import ColumnElement, Select, func, select, update
from sqlalchemy.orm import Session

from quizapp.accounts.models import Pupil
from quizapp.bank import marking
from quizapp.bank import queries as bank
from quizapp.bank.asked import Asked
from quizapp.core.clock import end_of
from quizapp.core.i18n import current_locale, in_language, lazy
from quizapp.lessons.models import CheckpointAnswer, Lesson, LessonText, Visit
from quizapp.lessons.queries import CURRENT
from quizapp.lessons.rules import seed
from quizapp.orgs.models import Unit
from quizapp.privacy import holdings
from quizapp.privacy.holdings import Holding, Parting, Told, day_of


def init_app(app: Flask) -> None:
    holdings.hold(app, *HOLDINGS)


def _visits(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    rows = session.scalars(
        select(Visit)
        .where(Visit.school_id == pupil.school_id, Visit.pupil_id == pupil.id)
        .order_by(Visit.opened_at)
    ).all()
    titles = _titles(session, {row.lesson_id for row in rows})
    return [
        {
            "lesson": titles[row.lesson_id],
            "class": session.get_one(Unit, row.class_id).name,
            "opened": row.opened_at,
            "finished": row.finished_at,
        }
        for row in rows
    ]


def _checkpoints(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    rows = session.scalars(
        select(CheckpointAnswer)
        .where(CheckpointAnswer.school_id == pupil.school_id, CheckpointAnswer.pupil_id == pupil.id)
        .order_by(CheckpointAnswer.at)
    ).all()
    titles = _titles(session, {row.lesson_id for row in rows})
    told: list[Told] = []
    for row in rows:
        asked = Asked(row.revision, seed(row.pupil_id, row.question_id))
        chosen = marking.read(asked.kind, row.choice)
        told.append(
            {
                "lesson": titles[row.lesson_id],
                "question": asked.words(current_locale())["stem"],
                "chosen": " · ".join(asked.told(chosen, current_locale())),
                "right": row.right,
                "first_right": row.first_right,
                "tries": row.tries,
                "at": row.at,
            }
        )
    return told


def _nothing(_session: Session, _pupil: Pupil) -> None:
    """Nothing of it tells who it was; the rows are what the tally is counted from."""


def _forget_words(session: Session, pupil: Pupil) -> None:
    """What the pupil wrote in own words goes; whether it was right stays, for it is counted."""
    session.execute(
        update(CheckpointAnswer)
        .where(
            CheckpointAnswer.school_id == pupil.school_id,
            CheckpointAnswer.pupil_id == pupil.id,
            CheckpointAnswer.revision_id.in_(bank.written()),
        )
        .values(choice="")
        .execution_options(synchronize_session=False)
    )


def _whose(until_on: date) -> Select[UUID, UUID]:
    return select(Visit.school_id, Visit.pupil_id).where(_over(until_on)).distinct()


def _move(session: Session, pupil: Pupil, nobody: Pupil, until_on: date) -> None:
    """A visit is known by its pupil, and answers by their visit: so a new one is written first."""
    own = (Visit.school_id == pupil.school_id) & (Visit.pupil_id == pupil.id)
    for visit in session.scalars(select(Visit).where(own, _over(until_on))).all():
        session.add(
            Visit(
                school_id=visit.school_id,
                pupil_id=nobody.id,
                lesson_id=visit.lesson_id,
                class_id=visit.class_id,
                opened_at=day_of(visit.opened_at),
                finished_at=day_of(visit.finished_at),
            )
        )
        session.flush()
        session.execute(
            update(CheckpointAnswer)
            .where(
                CheckpointAnswer.school_id == visit.school_id,
                CheckpointAnswer.pupil_id == visit.pupil_id,
                CheckpointAnswer.lesson_id == visit.lesson_id,
            )
            .values(pupil_id=nobody.id, at=day_of(visit.opened_at))
            .execution_options(synchronize_session=False)
        )
        session.delete(visit)
    session.flush()
    _forget_words(session, nobody)


def _over(until_on: date) -> ColumnElement[bool]:
    """Begun and, if it was done, done by then. Who reads it again begins it anew, and counts."""
    return func.coalesce(Visit.finished_at, Visit.opened_at) < end_of(until_on)


def _titles(session: Session, lessons: set[UUID]) -> dict[UUID, str]:
    rows = session.scalars(select(LessonText).join(Lesson, CURRENT).where(Lesson.id.in_(lessons)))
    return {row.lesson_id: in_language(row.text, current_locale())["title"] for row in rows}


HOLDINGS = (
    Holding(
        lazy("Lessons you opened"), (Visit,),
        {
            "lesson": lazy("Lesson"), "class": lazy("Class"), "opened": lazy("Opened"),
            "finished": lazy("Done"),
        },
        _visits, _nothing, Parting(_whose, _move),
    ),
    Holding(
        lazy("Your answers in lessons"), (CheckpointAnswer,),
        {
            "lesson": lazy("Lesson"), "question": lazy("Question"), "chosen": lazy("Chosen"),
            "right": lazy("Right"), "first_right": lazy("Right at the first try"),
            "tries": lazy("Tries"), "at": lazy("When"),
        },
        _checkpoints, _forget_words,
    ),
)  # fmt: skip
