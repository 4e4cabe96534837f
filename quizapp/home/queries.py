"""What a pupil's home gathers: what is to be done now, the courses, the results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts.models import Enrolment
from quizapp.campaigns import contents
from quizapp.campaigns import queries as campaigns
from quizapp.campaigns.contents import LessonCard
from quizapp.lessons import courses
from quizapp.lessons import queries as lessons
from quizapp.lessons.queries import Shelf
from quizapp.lessons.rules import Progress
from quizapp.quizzes import papers
from quizapp.quizzes import queries as quizzes
from quizapp.quizzes.models import Quiz, Sitting, SittingState
from quizapp.quizzes.queries import Offer

LATEST = 5


@dataclass(frozen=True)
class QuizTask:
    """A quiz that waits; with `sitting` the pupil is in the middle of it."""

    quiz: Quiz
    sitting: Sitting | None
    closes_at: datetime  # At the pupil's school.


@dataclass(frozen=True)
class LessonTask:
    """A lesson of a campaign that runs, not done yet.

    `position` is the first checkpoint that is left, from 0; None where it is not begun.
    """

    card: LessonCard
    is_begun: bool
    position: int | None
    closes_at: datetime


@dataclass(frozen=True)
class CourseCard:
    """The course of the pupil's grade and how far the pupil has come in it."""

    title: str
    lang: str
    lessons: int
    done: int


@dataclass(frozen=True)
class Handed:
    """A quiz that was handed in; without `share` (0–1) its result is not released."""

    sitting: Sitting
    share: float | None


@dataclass(frozen=True)
class Desk:
    """All that stands on a pupil's home page."""

    quizzes: Sequence[QuizTask]
    lessons: Sequence[LessonTask]
    courses: Sequence[CourseCard]
    results: Sequence[Handed]


def desk(
    session: Session, actor: Actor, enrolment: Enrolment, *, locale: str, now: datetime
) -> Desk:
    offers = quizzes.open_offers(session, actor, enrolment, now=now)
    sittings = quizzes.my_sittings(session, actor)
    reached, own = lessons.progress(session, actor), enrolment.school_class
    waiting = [
        QuizTask(offer.quiz, offer.running, offer.standing.closes)
        for offer in offers
        if _waits(offer)
    ]
    return Desk(
        quizzes=sorted(waiting, key=lambda task: task.sitting is None),
        lessons=_lessons(session, actor, enrolment, reached, locale=locale, now=now),
        courses=_courses(lessons.class_shelves(session, own, reached, locale)[:1]),
        results=[_handed(s, now) for s in sittings if s.state is SittingState.FINISHED][:LATEST],
    )


def _waits(offer: Offer) -> bool:
    """Whether the quiz is a task: it is under way, or neither finished nor used up.

    A mock contest is an offer, and nobody's task.
    """
    if offer.running:
        return True
    if offer.quiz.mock_of:
        return False
    return offer.attempts_left > 0 and not any(sitting.finished for sitting in offer.taken)


def _handed(sitting: Sitting, now: datetime) -> Handed:
    released = papers.is_released(sitting.quiz, sitting, now=now)
    return Handed(sitting, (sitting.score or 0) / sitting.maximum if released else None)


def _lessons(
    session: Session,
    actor: Actor,
    enrolment: Enrolment,
    reached: Mapping[UUID, Progress],
    *,
    locale: str,
    now: datetime,
) -> list[LessonTask]:
    """Return each lesson that is to be done, once, with the first campaign to close."""
    ends: dict[UUID, datetime] = {}
    wanted = []
    for campaign in campaigns.open_to(session, actor, enrolment, now=now):
        for lesson in contents.lessons_for(campaign, enrolment.school_class.stage):
            if lesson.id not in ends and reached.get(lesson.id) is not Progress.DONE:
                ends[lesson.id] = campaign.closes_at
                wanted.append(lesson)
    cards = contents.cards(session, wanted, locale)
    return [
        LessonTask(
            card,
            card.id in reached,
            courses.first_open(session, actor, card.id) if card.id in reached else None,
            ends[card.id],
        )
        for card in cards
    ]


def _courses(shelves: Sequence[Shelf]) -> list[CourseCard]:
    return [
        CourseCard(
            shelf.title,
            shelf.lang,
            len(shelf.cards),
            sum(card.progress is Progress.DONE for card in shelf.cards),
        )
        for shelf in shelves
    ]
