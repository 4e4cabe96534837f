"""What lessons store of a pupil: how it is told to the pupil, and forgotten at an erasure."""

from datetime import date, datetime
from uuid import UUID

from flask import Flask
from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.orm import Session, undefer

from quizapp.accounts.models import Pupil
from quizapp.bank import marking
from quizapp.bank import queries as bank
from quizapp.bank.asked import Asked
from quizapp.core.clock import end_of
from quizapp.core.i18n import current_locale, in_language, lazy
from quizapp.lessons.models import (
    CheckpointAnswer,
    Lesson,
    LessonText,
    Poll,
    Receipt,
    Visit,
    Vote,
    Walk,
)
from quizapp.lessons.queries import CURRENT
from quizapp.lessons.rules import seed
from quizapp.lessons.scenarios import Scenario, taken
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


def _walks(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    """Each is told in the words of the text that was read then."""
    rows = session.execute(
        select(Walk, LessonText)
        .join(LessonText, LessonText.id == Walk.text_id)
        .where(Walk.school_id == pupil.school_id, Walk.pupil_id == pupil.id)
        .options(undefer(LessonText.scenario))
        .order_by(Walk.lesson_id)
    )
    return [
        {
            "lesson": in_language(text.text, current_locale())["title"],
            "first": _way(text, walk.first or ""),
            "way": _way(text, walk.path),
            "ended": walk.ended_at,
        }
        for walk, text in rows
    ]


def _way(text: LessonText, path: str) -> str:
    """Return what was chosen on a path, choice by choice."""
    if text.scenario is None:
        return ""
    steps = taken(Scenario.of_document(text.scenario), path)
    chosen = (in_language(choice.words, current_locale())["says"] for _scene, choice in steps)
    return " → ".join(chosen)


def _votes(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    rows = session.execute(
        select(Vote, Poll, LessonText)
        .join(Poll, (Poll.school_id == Vote.school_id) & (Poll.id == Vote.poll_id))
        .join(LessonText, LessonText.id == Poll.text_id)
        .where(Vote.school_id == pupil.school_id, Vote.pupil_id == pupil.id)
        .options(undefer(LessonText.polls))
        .order_by(Poll.opened_at)
    )
    told: list[Told] = []
    for vote, poll, text in rows:
        polls = text.polls.get(current_locale()) or text.polls["zh"]
        asked = polls[poll.position]
        told.append(
            {
                "question": asked["asks"], "chosen": asked["options"][vote.option],
                "at": poll.opened_at,
            }
        )  # fmt: skip
    return told


def _receipts(session: Session, pupil: Pupil, _now: datetime) -> list[Told]:
    rows = session.scalars(
        select(Receipt.at)
        .where(Receipt.school_id == pupil.school_id, Receipt.pupil_id == pupil.id)
        .order_by(Receipt.at)
    )
    return [{"at": at} for at in rows]


def _forget_votes(session: Session, pupil: Pupil) -> None:
    """A poll that is still open counts without it."""
    session.execute(
        delete(Vote).where(Vote.school_id == pupil.school_id, Vote.pupil_id == pupil.id)
    )


def _forget_receipts(session: Session, pupil: Pupil) -> None:
    session.execute(
        delete(Receipt).where(Receipt.school_id == pupil.school_id, Receipt.pupil_id == pupil.id)
    )


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
    over = select(Visit).where(own, _over(until_on)).with_for_update()  # One may be under way.
    for visit in session.scalars(over).all():
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
        said: dict[type[CheckpointAnswer | Walk], dict[str, object]] = {
            CheckpointAnswer: {"at": day_of(visit.opened_at)},
            Walk: {"ended_at": None},
        }
        for table, instants in said.items():
            session.execute(
                update(table)
                .where(
                    table.school_id == visit.school_id,
                    table.pupil_id == visit.pupil_id,
                    table.lesson_id == visit.lesson_id,
                )
                .values(pupil_id=nobody.id, **instants)
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
    Holding(
        lazy("Your ways through stories"), (Walk,),
        {
            "lesson": lazy("Lesson"), "first": lazy("Your first way to an ending"),
            "way": lazy("Where you are now"), "ended": lazy("When"),
        },
        _walks, _nothing,
    ),
    Holding(
        lazy("Your votes in polls that are still open"), (Vote,),
        {"question": lazy("Question"), "chosen": lazy("Chosen"), "at": lazy("When")},
        _votes, _forget_votes,
    ),
    Holding(
        lazy("What you did without a connection and was sent later"), (Receipt,),
        {"at": lazy("When")},
        _receipts, _forget_receipts,
    ),
)  # fmt: skip
