"""Questions about lessons: which there are for whom, and how far a pupil has come."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload, undefer

from quizapp.access.policy import Actor, ActorKind
from quizapp.accounts import queries as accounts
from quizapp.accounts.models import Enrolment
from quizapp.bank.rules import BankStage, bank_stage
from quizapp.core.clock import local_day
from quizapp.core.errors import Missing
from quizapp.core.i18n import _, in_language
from quizapp.lessons.models import (
    Checkpoint,
    CheckpointAnswer,
    Course,
    Lesson,
    LessonTally,
    LessonText,
    Visit,
)
from quizapp.lessons.rules import Progress

CURRENT = (LessonText.lesson_id == Lesson.id) & (LessonText.number == Lesson.current)
Cells = dict[tuple[object, ...], tuple[int, ...]]


@dataclass(frozen=True)
class Place:
    """A checkpoint of a lesson, by its place there, from 0."""

    lesson: Lesson
    position: int


@dataclass(frozen=True)
class Card:
    """A lesson as a list shows it. Progress is a pupil's: None for staff."""

    key: str
    title: str
    objective: str
    lang: str
    minutes: int
    progress: Progress | None


@dataclass(frozen=True)
class Shelf:
    """A course with its lessons."""

    stage: BankStage
    title: str
    summary: str
    lang: str
    cards: Sequence[Card]


def lesson(session: Session, key: str) -> Lesson:
    """Return the lesson; Missing if there is none, or none any more."""
    found = session.scalar(select(Lesson).where(Lesson.key == key, Lesson.retired_at.is_(None)))
    if found is None:
        raise Missing(_("There is no such lesson."))
    return found


def own_lesson(session: Session, actor: Actor, key: str) -> Lesson:
    """Return the lesson if it is for the pupil's stage; Missing otherwise."""
    found = lesson(session, key)
    seat(session, actor, found)
    return found


def own_place(session: Session, actor: Actor, key: str, position: int) -> Place:
    """Return the checkpoint if its lesson is for the pupil's stage; Missing otherwise."""
    return Place(own_lesson(session, actor, key), position)


def seat(session: Session, actor: Actor, of: Lesson) -> Enrolment:
    """Return where the pupil sits; Missing if that class reads the lessons of another stage."""
    enrolment = accounts.own_enrolment(session, actor)
    if bank_stage(enrolment.school_class.stage) is not of.course.stage:
        raise Missing(_("There is no such lesson for you."))
    return enrolment


def courses(session: Session, stage: BankStage | None) -> Sequence[Course]:
    """Return the courses of a stage in their order; None: of every stage."""
    rows = select(Course).order_by(Course.position, Course.key)
    return session.scalars(rows.where(Course.stage == stage) if stage else rows).all()


def text(session: Session, of: Lesson) -> LessonText:
    """Return what the lesson says today, with its checkpoints."""
    rows = select(LessonText).join(Lesson, CURRENT).where(Lesson.id == of.id)
    whole = (undefer(LessonText.blocks), selectinload(LessonText.checkpoints))
    return session.scalars(rows.options(*whole)).one()


def visit(session: Session, actor: Actor, of: Lesson) -> Visit | None:
    """Return the pupil's visit of the lesson, if they have begun it."""
    return session.get(Visit, (actor.school_id, actor.id, of.id))


def answers(session: Session, actor: Actor, of: Lesson) -> dict[UUID, CheckpointAnswer]:
    """Return the pupil's last answers in the lesson, by question."""
    rows = select(CheckpointAnswer).where(
        CheckpointAnswer.school_id == actor.school_id,
        CheckpointAnswer.pupil_id == actor.id,
        CheckpointAnswer.lesson_id == of.id,
    )
    return {answer.question_id: answer for answer in session.scalars(rows)}


def progress(session: Session, actor: Actor) -> dict[UUID, Progress]:
    """Return how far the pupil has come, by lesson; a lesson not begun is left out."""
    rows = session.execute(
        select(Visit.lesson_id, Visit.finished_at).where(
            Visit.school_id == actor.school_id, Visit.pupil_id == actor.id
        )
    )
    return {row.lesson_id: Progress.DONE if row.finished_at else Progress.UNDER_WAY for row in rows}


def shelves_for(session: Session, actor: Actor, locale: str) -> list[Shelf]:
    """Return the courses that the actor reads, a pupil those of the own stage."""
    if actor.kind is not ActorKind.PUPIL:
        return shelves(session, None, None, locale)
    stage = bank_stage(accounts.own_enrolment(session, actor).school_class.stage)
    return shelves(session, stage, progress(session, actor), locale)


def shelves(
    session: Session, stage: BankStage | None, done: Mapping[UUID, Progress] | None, locale: str
) -> list[Shelf]:
    """Return the courses of a stage with what a pupil has done; None: of every stage, nobody's."""
    cards = _cards(session, stage, done, locale)
    found = []
    for course in courses(session, stage):
        said = in_language(course.text, locale)
        found.append(
            Shelf(course.stage, said["title"], said["summary"], said["lang"], cards[course.key])
        )
    return [shelf for shelf in found if shelf.cards]


def answered(session: Session, of: Visit, asked: Sequence[Checkpoint]) -> int:
    """Return how many of these checkpoints the pupil has answered."""
    return session.scalars(
        select(func.count()).where(
            CheckpointAnswer.school_id == of.school_id,
            CheckpointAnswer.pupil_id == of.pupil_id,
            CheckpointAnswer.lesson_id == of.lesson_id,
            CheckpointAnswer.question_id.in_([c.question_id for c in asked]),
        )
    ).one()


def tally_counted(session: Session) -> Cells:
    """Return opened and finished by school, class, lesson and local day, as the roll-up has it."""
    return {
        (row.school_id, row.class_id, row.lesson_id, row.day): (row.opened, row.finished)
        for row in session.scalars(select(LessonTally))
        if row.opened or row.finished
    }


def tally_from_facts(session: Session) -> Cells:
    """Count the visits: what the roll-up should hold."""
    opened: Counter[tuple[object, ...]] = Counter()
    finished: Counter[tuple[object, ...]] = Counter()
    facts = (Visit.opened_at, Visit.finished_at)
    rows = session.execute(select(Visit.school_id, Visit.class_id, Visit.lesson_id, *facts))
    for school_id, class_id, lesson_id, opened_at, finished_at in rows:
        opened[school_id, class_id, lesson_id, local_day(opened_at)] += 1
        if finished_at:
            finished[school_id, class_id, lesson_id, local_day(finished_at)] += 1
    return {key: (opened[key], finished[key]) for key in opened.keys() | finished.keys()}


def _cards(
    session: Session, stage: BankStage | None, done: Mapping[UUID, Progress] | None, locale: str
) -> dict[str, list[Card]]:
    """Return the lessons in use, by course, in their order."""
    rows = select(LessonText).join(Lesson, CURRENT).where(Lesson.retired_at.is_(None))
    if stage:
        rows = rows.join(Course, Course.key == Lesson.course_key).where(Course.stage == stage)
    cards = defaultdict(list)
    for said in session.scalars(rows.order_by(Lesson.position, Lesson.key)):
        words = in_language(said.text, locale)
        reached = None if done is None else done.get(said.lesson_id, Progress.NOT_STARTED)
        card = Card(
            said.lesson.key,
            words["title"],
            words["objective"],
            words["lang"],
            said.minutes,
            reached,
        )
        cards[said.lesson.course_key].append(card)
    return cards
