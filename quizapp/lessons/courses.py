"""Courses as they are met: the plan of two terms, what comes next, and what must come before."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts.models import Enrolment
from quizapp.core.clock import local_day
from quizapp.core.i18n import in_language
from quizapp.lessons import queries
from quizapp.lessons.models import (
    Checkpoint,
    CheckpointAnswer,
    Course,
    CourseLine,
    Lesson,
    LessonText,
    Visit,
)
from quizapp.lessons.queries import CURRENT, Card, Shelf
from quizapp.lessons.rules import Progress, needs_help, term
from quizapp.orgs.models import SchoolClass

Assigned = Callable[[Session, Actor, datetime], Collection[UUID]]


# What must be done before a lesson by the course of the pupil's grade, and is not done.
BEFORE = (
    select(LessonText)
    .join(Lesson, CURRENT)
    .join(CourseLine, CourseLine.after_id == Lesson.id)
    .join(Course, Course.key == CourseLine.course_key)
    .join(SchoolClass, (SchoolClass.stage == Course.stage) & (SchoolClass.grade == Course.grade))
    .join(Enrolment, Enrolment.class_id == SchoolClass.unit_id)
    .outerjoin(Visit, queries.own(Visit) & (Visit.lesson_id == Lesson.id))
    .where(queries.own(Enrolment), Enrolment.until_on.is_(None))
    .where(CourseLine.lesson_id == bindparam("lesson_id"), Lesson.retired_at.is_(None))
    .where(Visit.finished_at.is_(None))
)
# How the checkpoints of today were answered last.
LAST = (
    select(CheckpointAnswer.pupil_id, CheckpointAnswer.lesson_id, CheckpointAnswer.right)
    .join(Lesson, Lesson.id == CheckpointAnswer.lesson_id)
    .join(LessonText, CURRENT)
    .join(
        Checkpoint,
        (Checkpoint.text_id == LessonText.id)
        & (Checkpoint.question_id == CheckpointAnswer.question_id),
    )
    .where(CheckpointAnswer.school_id == bindparam("school_id"))
    .where(CheckpointAnswer.pupil_id.in_(bindparam("pupils", expanding=True)))
    .order_by(CheckpointAnswer.pupil_id, CheckpointAnswer.lesson_id)
)
FIRST_OPEN = (
    select(Checkpoint.position)
    .join(LessonText, LessonText.id == Checkpoint.text_id)
    .join(Lesson, CURRENT)
    .outerjoin(
        CheckpointAnswer,
        queries.own(CheckpointAnswer)
        & (CheckpointAnswer.lesson_id == Lesson.id)
        & (CheckpointAnswer.question_id == Checkpoint.question_id),
    )
    .where(Lesson.id == bindparam("lesson_id"), CheckpointAnswer.pupil_id.is_(None))
    .order_by(Checkpoint.position)
    .limit(1)
)


@dataclass(frozen=True)
class Step:
    """A lesson in its place in a course.

    `before` must be done first, for staff in any case and for a pupil as long as it is not done.
    `is_due`: its themed day lies in this month. `needs_help` is about a pupil.
    """

    card: Card
    before: Card | None
    is_due: bool
    needs_help: bool = False


@dataclass(frozen=True)
class Term:
    """The lessons of a course in a term; `number` as in `rules.term`."""

    number: int
    is_now: bool
    steps: Sequence[Step]


@dataclass(frozen=True)
class Plan:
    """A course by terms. For a pupil this term stands first, for staff the first one."""

    course: Course
    title: str
    summary: str
    lang: str
    terms: Sequence[Term]

    @property
    def steps(self) -> list[Step]:
        return [step for term in self.terms for step in term.steps]

    @property
    def minutes(self) -> int:
        return sum(step.card.minutes for step in self.steps)


@dataclass(frozen=True)
class Onward:
    """Where a pupil goes on. `position` is the first checkpoint that is not answered, from 0.

    Without `position` the lesson is not begun, or nothing in it is left to answer.
    """

    card: Card
    is_begun: bool
    position: int | None


@dataclass(frozen=True)
class Journey:
    """All lessons of a pupil: the own course, the others of the stage, and where to go on."""

    plans: Sequence[Plan]
    more: Sequence[Step]
    onward: Onward | None

    @property
    def this_term(self) -> list[Card]:
        """Return the lessons of this term, course by course."""
        terms = [term for plan in self.plans for term in plan.terms if term.is_now]
        return [step.card for term in terms for step in term.steps]


@dataclass(frozen=True)
class Before:
    """The lesson that must be done first."""

    key: str
    title: str
    lang: str


def let_in(app: Flask, assigned: Assigned) -> None:
    """Say which lessons a pupil is asked to do now: they are open whatever comes before them."""
    app.extensions["assigned_lessons"] = assigned


def journey(session: Session, actor: Actor, *, locale: str, now: datetime) -> Journey:
    """Return the lessons of the pupil with what was done in them."""
    today = local_day(now)
    shelves = queries.shelves_for(session, actor, locale)
    cards = {card.id: card for shelf in shelves for card in shelf.cards}
    worried = {lesson for _pupil, lesson in needing_help(session, actor.school_id, [actor.id])}
    assigned = _assigned(session, actor, now)

    def step(card: Card) -> Step:
        before = _line_before(card, cards)
        begun = card.progress is not Progress.NOT_STARTED
        if begun or card.id in assigned or (before and before.progress is Progress.DONE):
            before = None
        return Step(card, before, _is_due(card, today), card.id in worried)

    plans = [_plan(shelf, shelf.course, step, today) for shelf in shelves if shelf.course]
    plans = [_this_term_first(plan) for plan in plans]
    more = [step(card) for shelf in shelves if shelf.course is None for card in shelf.cards]
    return Journey(plans, more, _onward(session, actor, plans, more))


def plans(session: Session, actor: Actor, *, locale: str, now: datetime) -> list[Plan]:
    """Return the courses for staff, each with its two terms in their order."""
    today = local_day(now)
    shelves = queries.shelves_for(session, actor, locale)
    cards = {card.id: card for shelf in shelves for card in shelf.cards}

    def step(card: Card) -> Step:
        return Step(card, _line_before(card, cards), _is_due(card, today))

    return [_plan(shelf, shelf.course, step, today) for shelf in shelves if shelf.course]


def before(
    session: Session, actor: Actor, of: Lesson, *, locale: str, now: datetime
) -> Before | None:
    """Return what the pupil must do first by the course of the own grade; None: it is open.

    It is open once it was begun, and while a campaign asks for it: whoever assigns a lesson has
    decided the order.
    """
    asked = {"school_id": actor.school_id, "pupil_id": actor.id, "lesson_id": of.id}
    first = session.scalar(BEFORE, asked)
    if first is None or queries.visit(session, actor, of):
        return None
    if of.id in _assigned(session, actor, now):
        return None
    words = in_language(first.text, locale)
    return Before(first.lesson.key, words["title"], words["lang"])


def needing_help(
    session: Session, school_id: UUID | None, pupils: Iterable[UUID]
) -> set[tuple[UUID, UUID]]:
    """Return the pupils, of these, who should look at a lesson again, with that lesson."""
    rows = session.execute(LAST, {"school_id": school_id, "pupils": list(pupils)})
    of = groupby(rows, key=lambda row: (row.pupil_id, row.lesson_id))
    return {who for who, answers in of if needs_help([answer.right for answer in answers])}


def first_open(session: Session, actor: Actor, lesson_id: UUID) -> int | None:
    """Return the place of the first checkpoint that the pupil has not answered, from 0."""
    asked = {"school_id": actor.school_id, "pupil_id": actor.id, "lesson_id": lesson_id}
    return session.scalar(FIRST_OPEN, asked)


def _onward(
    session: Session, actor: Actor, plans: Sequence[Plan], more: Sequence[Step]
) -> Onward | None:
    """Return what was begun first, or the next lesson of the own course that may be begun."""
    own = [step for plan in plans for step in plan.steps]
    for step in (*own, *more):
        if step.card.progress is Progress.UNDER_WAY:
            return Onward(step.card, True, first_open(session, actor, step.card.id))
    for step in own:
        if step.card.progress is Progress.NOT_STARTED and not step.before:
            return Onward(step.card, False, None)
    return None


def _plan(shelf: Shelf, course: Course, step: Callable[[Card], Step], today: date) -> Plan:
    terms = [
        Term(number, number == term(today), [
            step(card) for card in shelf.cards if card.line and card.line.term == number
        ])
        for number in (1, 2)
    ]  # fmt: skip
    return Plan(course, shelf.title, shelf.summary, shelf.lang, [t for t in terms if t.steps])


def _this_term_first(plan: Plan) -> Plan:
    terms = sorted(plan.terms, key=lambda term: not term.is_now)
    return Plan(plan.course, plan.title, plan.summary, plan.lang, terms)


def _line_before(card: Card, cards: Mapping[UUID, Card]) -> Card | None:
    return cards.get(card.line.after_id) if card.line and card.line.after_id else None


def _is_due(card: Card, today: date) -> bool:
    """Whether the themed day of the lesson lies in this month."""
    return bool(card.line and card.line.day and card.line.day[:2] == f"{today:%m}")


def _assigned(session: Session, actor: Actor, now: datetime) -> Collection[UUID]:
    asked: Assigned | None = current_app.extensions.get("assigned_lessons")
    return asked(session, actor, now) if asked else ()
