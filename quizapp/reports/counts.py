"""Sums over the roll-ups and the rosters of some schools, each in one statement.

Every statement names the schools: that is how the rows are laid out, and shared out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from quizapp.accounts.models import Enrolment, Presence
from quizapp.bank.rules import bank_stage
from quizapp.lessons.models import Lesson, LessonTally, LessonText
from quizapp.lessons.queries import CURRENT
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import UnitKind
from quizapp.quizzes.models import Turnout
from quizapp.reports.frame import AnySelect, Frame, near

By = Literal["school_id", "class_id"]
Schools = Sequence[UUID]
Climbed = tuple[int, int, int, int]  # Opened, finished, valid, passed.


@dataclass(frozen=True)
class School:
    """`has_classes`: some that the campaign is for."""

    id: UUID
    path: str
    has_classes: bool


@dataclass(frozen=True)
class LessonCount:
    """How many pupils opened and finished a lesson; None: not shown. `titles` by language."""

    key: str
    titles: dict[str, str]
    opened: int | None
    finished: int | None

    def title(self, language: str) -> str:
        return self.titles.get(language) or self.titles["zh"]


def schools(session: Session, frame: Frame, path: str) -> list[School]:
    """Return the schools at, above or beneath the path, as far as the campaign reaches."""
    classes = exists().where(SchoolClass.school_id == Unit.id, frame.classes)
    found = select(Unit.id, Unit.path, classes).where(
        Unit.kind == UnitKind.SCHOOL, near(path), near(frame.campaign.path)
    )
    return [School(*row) for row in session.execute(found)]


def classes(
    session: Session, frame: Frame, of: Schools, *, also: Sequence[UUID]
) -> list[tuple[UUID, str]]:
    """Return id and path of the campaign's classes, and of these others.

    A class can have taken part and then become one that the campaign is not for.
    """
    found = (
        select(Unit.id, Unit.path)
        .join(SchoolClass, SchoolClass.unit_id == Unit.id)
        .where(SchoolClass.school_id.in_(of), or_(frame.classes, Unit.id.in_(also)))
    )
    return [(class_id, path) for class_id, path in session.execute(found)]


def climbed(session: Session, frame: Frame, of: Schools, by: By) -> dict[UUID, Climbed]:
    """Return how many stand on each rung of the campaign's quiz; nobody: no entry."""
    if not of or frame.campaign.quiz is None:
        return {}
    key = getattr(Turnout, by)
    rungs = (Turnout.opened, Turnout.finished, Turnout.valid, Turnout.passed)
    found = (
        select(key, *(func.sum(rung) for rung in rungs))
        .where(Turnout.school_id.in_(of), Turnout.day <= frame.as_of)
        .where(Turnout.quiz_id == frame.campaign.quiz.id)
        .group_by(key)
    )
    return {place: (int(a), int(b), int(c), int(d)) for place, a, b, c, d in session.execute(found)}


def signed_in(session: Session, frame: Frame, of: Schools, by: By) -> dict[UUID, int]:
    """Return how many pupils of the campaign's classes have signed in; nobody: no entry."""
    if not of:
        return {}
    key = getattr(Presence, by)
    found = frame.kept(select(key, func.sum(Presence.signed_in)), Presence.class_id).where(
        Presence.school_id.in_(of), Presence.day <= frame.as_of
    )
    return _sums(session, found.group_by(key))


def enrolled(session: Session, frame: Frame, of: Schools, by: By) -> dict[UUID, int]:
    """Return how many pupils are on the rosters of the campaign's classes; nobody: no entry.

    Both days of an enrolment belong to it.
    """
    if not of:
        return {}
    key = getattr(Enrolment, by)
    day = frame.counted_by
    found = frame.kept(select(key, func.count()), Enrolment.class_id).where(
        Enrolment.school_id.in_(of),
        Enrolment.from_on <= day,
        or_(Enrolment.until_on.is_(None), Enrolment.until_on >= day),
    )
    return _sums(session, found.group_by(key))


def lessons(session: Session, frame: Frame, of: Schools) -> list[LessonCount]:
    """Return the lessons of the campaign that are for its classes in these schools, in its order,
    with their counts there."""
    if not frame.campaign.lessons:
        return []
    found = select(SchoolClass.stage).where(SchoolClass.school_id.in_(of), frame.classes)
    stages = {bank_stage(stage) for stage in session.scalars(found.distinct())}
    meant = [lesson for lesson in frame.campaign.lessons if lesson.stage in stages]
    wanted = [lesson.id for lesson in meant]
    sums = (func.sum(LessonTally.opened), func.sum(LessonTally.finished))
    tallies = frame.kept(select(LessonTally.lesson_id, *sums), LessonTally.class_id).where(
        LessonTally.school_id.in_(of),
        LessonTally.lesson_id.in_(wanted),
        LessonTally.day <= frame.as_of,
    )
    counted = {
        lesson: (int(opened), int(finished))
        for lesson, opened, finished in session.execute(tallies.group_by(LessonTally.lesson_id))
    }
    current = (
        select(LessonText.lesson_id, LessonText.text)
        .join(Lesson, CURRENT)
        .where(Lesson.id.in_(wanted))
    )
    titles = {
        lesson: {language: told["title"] for language, told in text.items()}
        for lesson, text in session.execute(current)
    }
    return [
        LessonCount(lesson.key, titles[lesson.id], *counted.get(lesson.id, (0, 0)))
        for lesson in meant
    ]


def _sums(session: Session, found: AnySelect) -> dict[UUID, int]:
    return {place: int(count) for place, count in session.execute(found)}
