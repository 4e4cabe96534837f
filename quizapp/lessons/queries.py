"""Questions about lessons: which there are for whom, and how far a pupil has come."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import Session, selectinload, undefer

from quizapp.access.policy import Actor, ActorKind
from quizapp.accounts import queries as accounts
from quizapp.accounts.models import Enrolment
from quizapp.bank import queries as bank
from quizapp.bank.models import Question, Revision
from quizapp.bank.rules import BankStage, bank_stage
from quizapp.core.clock import local_day
from quizapp.core.errors import Missing
from quizapp.core.i18n import _, in_language
from quizapp.lessons.models import (
    Checkpoint,
    CheckpointAnswer,
    Course,
    CourseLine,
    Lesson,
    LessonTally,
    LessonText,
    Visit,
    Walk,
)
from quizapp.lessons.rules import Progress
from quizapp.lessons.scenarios import Scenario
from quizapp.orgs.models import SchoolClass
from quizapp.orgs.rules import Stage

CURRENT = (LessonText.lesson_id == Lesson.id) & (LessonText.number == Lesson.current)


def own(
    rows: type[Visit] | type[Walk] | type[CheckpointAnswer] | type[Enrolment],
) -> ColumnElement[bool]:
    mine = rows.school_id == bindparam("school_id")
    return mine & (rows.pupil_id == bindparam("pupil_id"))


# Put together once: for each page that would take longer than the answer.
LESSON = select(Lesson).where(
    Lesson.key == bindparam("key"), Lesson.current.is_not(None), Lesson.retired_at.is_(None)
)
CARDS = (
    select(LessonText)
    .join(Lesson, CURRENT)
    .where(Lesson.retired_at.is_(None))
    .order_by(Lesson.position, Lesson.key)
)
PROGRESS = select(Visit.lesson_id, Visit.finished_at).where(own(Visit))
STANDING = (
    select(LessonText.id, Visit, Walk, SchoolClass.stage)
    .join(Lesson, CURRENT)
    .outerjoin(Visit, own(Visit) & (Visit.lesson_id == Lesson.id))
    .outerjoin(Walk, own(Walk) & (Walk.lesson_id == Lesson.id))
    .outerjoin(Enrolment, own(Enrolment) & Enrolment.until_on.is_(None))
    .outerjoin(SchoolClass, SchoolClass.unit_id == Enrolment.class_id)
    .where(Lesson.id == bindparam("lesson_id"))
)
GIVEN = (
    select(Checkpoint.question_id, Revision.id, CheckpointAnswer)
    .join(LessonText, LessonText.id == Checkpoint.text_id)
    .join(Question, Question.id == Checkpoint.question_id)
    .join(Revision, bank.CURRENT)
    .outerjoin(
        CheckpointAnswer,
        own(CheckpointAnswer)
        & (CheckpointAnswer.lesson_id == LessonText.lesson_id)
        & (CheckpointAnswer.question_id == Question.id),
    )
    .where(Checkpoint.text_id == bindparam("text_id"))
    .order_by(Checkpoint.position)
)
Cells = dict[tuple[object, ...], tuple[int, ...]]


@dataclass(frozen=True)
class Place:
    """A checkpoint of a lesson, by its place there, from 0."""

    lesson: Lesson
    position: int


@dataclass(frozen=True)
class Standing:
    """What a lesson says today, and how far a pupil has come in it; None: not begun."""

    text_id: UUID
    visit: Visit | None
    walk: Walk | None


@dataclass(frozen=True)
class Given:
    """What a pupil has answered at a checkpoint; `revision_id` is what its question says today."""

    question_id: UUID
    revision_id: UUID
    answer: CheckpointAnswer | None


@dataclass(frozen=True)
class Card:
    """A lesson as a list shows it. Progress is a pupil's: None for staff.

    `line` is its place in the course whose shelf it stands on, None on the shelf beside them.
    """

    id: UUID
    key: str
    title: str
    objective: str
    lang: str
    minutes: int
    subjects: Sequence[str]
    progress: Progress | None
    line: CourseLine | None = None


@dataclass(frozen=True)
class Shelf:
    """A course with its lessons; without `course` the lessons that stand in none of them."""

    course: Course | None
    title: str
    summary: str
    lang: str
    cards: Sequence[Card]


def lesson(session: Session, key: str) -> Lesson:
    """Return the lesson; Missing if there is none, none yet, or none any more."""
    found = session.scalar(LESSON, {"key": key})
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
    if bank_stage(enrolment.school_class.stage) is not of.stage:
        raise Missing(_("There is no such lesson for you."))
    return enrolment


def courses(session: Session, grade: tuple[Stage, int] | None = None) -> Sequence[Course]:
    """Return the courses with their lines, in their order; with a grade only those for it."""
    rows = select(Course).options(selectinload(Course.lines))
    if grade:
        rows = rows.where(Course.stage == grade[0], Course.grade == grade[1])
    return session.scalars(rows.order_by(Course.position, Course.key)).all()


def text(session: Session, of: Lesson) -> LessonText:
    """Return what the lesson says today, with its checkpoints; `notes` come when they are read."""
    rows = select(LessonText).join(Lesson, CURRENT).where(Lesson.id == of.id)
    whole = (LessonText.blocks, LessonText.polls, LessonText.scenario, LessonText.readings)
    large = [undefer(column) for column in whole]
    return session.scalars(rows.options(*large, selectinload(LessonText.checkpoints))).one()


def readings(session: Session, of: Lesson) -> Mapping[str, str]:
    """Return how what the lesson says today sounds, as LessonText keeps it."""
    rows = select(LessonText.readings).join(Lesson, CURRENT).where(Lesson.id == of.id)
    found: Mapping[str, str] = session.scalars(rows).one()
    return found


def checkpoints(session: Session, of: Lesson) -> Sequence[Checkpoint]:
    """Return the checkpoints of what the lesson says today, without what is large in it."""
    rows = select(Checkpoint).join(LessonText, LessonText.id == Checkpoint.text_id)
    rows = rows.join(Lesson, CURRENT).where(Lesson.id == of.id)
    return session.scalars(rows.order_by(Checkpoint.position)).all()


def scenario(of: LessonText) -> Scenario:
    """Return the scenario of the lesson; Missing if it has none."""
    if of.scenario is None:
        raise Missing(_("There is no scenario in this lesson."))
    return Scenario.of_document(of.scenario)


def standing(session: Session, actor: Actor, of: Lesson) -> Standing:
    """Return what stands of the lesson for the actor; staff begin nothing.

    Missing if the class of the pupil reads the lessons of another stage.
    """
    text_id, visit, walk, stage = session.execute(STANDING, _whose(actor, lesson_id=of.id)).one()
    if actor.kind is ActorKind.PUPIL and (stage is None or bank_stage(stage) is not of.stage):
        raise Missing(_("There is no such lesson for you."))
    return Standing(text_id, visit, walk)


def given(session: Session, actor: Actor, text_id: UUID) -> list[Given]:
    """Return the checkpoints of the text, in their order."""
    return [Given(*row) for row in session.execute(GIVEN, _whose(actor, text_id=text_id))]


def visit(session: Session, actor: Actor, of: Lesson) -> Visit | None:
    """Return the pupil's visit of the lesson, if they have begun it."""
    return session.get(Visit, (actor.school_id, actor.id, of.id))


def walk(session: Session, actor: Actor, of: Lesson) -> Walk | None:
    """Return how the pupil went through the lesson's scenario, if they have."""
    return session.get(Walk, (actor.school_id, actor.id, of.id))


def progress(session: Session, actor: Actor) -> dict[UUID, Progress]:
    """Return how far the pupil has come, by lesson; a lesson not begun is left out."""
    rows = session.execute(PROGRESS, _whose(actor))
    return {row.lesson_id: Progress.DONE if row.finished_at else Progress.UNDER_WAY for row in rows}


def shelves_for(session: Session, actor: Actor, locale: str) -> list[Shelf]:
    """Return the courses that the actor reads: a pupil the own one, then the own stage's rest."""
    if actor.kind is not ActorKind.PUPIL:
        return _shelves(courses(session), _cards(session, None, None, locale), locale)
    own = accounts.own_enrolment(session, actor).school_class
    return class_shelves(session, own, progress(session, actor), locale)


def class_shelves(
    session: Session, of: SchoolClass, done: Mapping[UUID, Progress] | None, locale: str
) -> list[Shelf]:
    """Return the course of a class with what a pupil has done, then the other lessons of the stage.

    Nobody is meant where `done` is None.
    """
    cards = _cards(session, bank_stage(of.stage), done, locale)
    return _shelves(courses(session, (of.stage, of.grade)), cards, locale)


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


def _whose(actor: Actor, **more: UUID) -> dict[str, UUID | None]:
    return {"school_id": actor.school_id, "pupil_id": actor.id, **more}


def _shelves(wanted: Sequence[Course], cards: Mapping[UUID, Card], locale: str) -> list[Shelf]:
    """Return the courses with those of their lessons that have a card, then the cards left over."""
    found = []
    for course in wanted:
        said = in_language(course.text, locale)
        held = [
            replace(cards[line.lesson_id], line=line)
            for line in course.lines
            if line.lesson_id in cards
        ]
        found.append(Shelf(course, said["title"], said["summary"], said["lang"], held))
    placed = {card.id for shelf in found for card in shelf.cards}
    more = [card for card in cards.values() if card.id not in placed]
    summary = _("You can read these at any time, too.")
    found.append(Shelf(None, _("More lessons"), summary, locale, more))
    return [shelf for shelf in found if shelf.cards]


def _cards(
    session: Session, stage: BankStage | None, done: Mapping[UUID, Progress] | None, locale: str
) -> dict[UUID, Card]:
    """Return the lessons in use, of a stage or all, in their order."""
    rows = CARDS.where(Lesson.stage == stage) if stage else CARDS
    cards = {}
    for said in session.scalars(rows):
        words = in_language(said.text, locale)
        cards[said.lesson_id] = Card(
            id=said.lesson_id,
            key=said.lesson.key,
            title=words["title"],
            objective=words["objective"],
            lang=words["lang"],
            minutes=said.minutes,
            subjects=said.subjects,
            progress=None if done is None else done.get(said.lesson_id, Progress.NOT_STARTED),
        )
    return cards
