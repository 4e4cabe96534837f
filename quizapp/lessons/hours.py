"""Taught hours: recording them, taking them back, and what 开课率 counts.

开课率 is the share of classes, or of schools, with at least N class hours (课时) in a time: 2 a
school year in the nation, 4 in Hangzhou. A class hour has 40 minutes in primary school and 45
above, and minutes add up: two halves of an hour are one. A school counts when each of its classes
does, so that no class is left out behind the others.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission, allows
from quizapp.accounts.models import Person
from quizapp.audit.actions import record
from quizapp.core.clock import first_day, local_day
from quizapp.core.db import lock
from quizapp.core.errors import Conflict, Invalid, Missing, NotAllowed
from quizapp.core.i18n import _, in_language
from quizapp.core.ids import new_id
from quizapp.lessons.models import Lesson, LessonText, TaughtHour
from quizapp.lessons.queries import CURRENT
from quizapp.lessons.rules import class_hours, term, term_days
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass, Unit


@dataclass(frozen=True)
class ClassHour:
    """A taught hour with its class."""

    school_class: SchoolClass
    hour: TaughtHour

    @property
    def path(self) -> str:
        return self.school_class.path


@dataclass(frozen=True)
class Line:
    """A taught hour in a list. `may_strike` is about the reader."""

    hour: TaughtHour
    what: str
    by: str
    may_strike: bool


@dataclass(frozen=True)
class Sum:
    """What a class was taught in a time; `hours` are class hours of its stage."""

    school_class: SchoolClass
    minutes: int

    @property
    def hours(self) -> float:
        return class_hours(self.minutes, self.school_class.stage)


def hour(session: Session, unit_id: UUID, hour_id: UUID) -> ClassHour:
    """Return a taught hour of the class; Missing if it has no such one."""
    school_class = orgs.school_class(session, unit_id)
    found = session.get(TaughtHour, (school_class.school_id, hour_id))
    if found is None or found.class_id != school_class.unit_id:
        raise Missing(_("There is no such hour."))
    return ClassHour(school_class, found)


def note(
    session: Session,
    school_class: SchoolClass,
    *,
    day: date,
    minutes: int,
    lesson: Lesson | None,
    subject: str,
    by: Actor,
    now: datetime,
    is_another: bool = False,
) -> TaughtHour:
    """Record that the class was taught a lesson, or something else that `subject` names.

    Invalid: the day lies ahead or in another school year, or nothing is named, or two things are;
    or hours of this day are there and nobody has said that it was another one. Conflict: the same
    was recorded for this day.
    """
    subject = subject.strip()
    _heed(school_class, day=day, lesson=lesson, subject=subject, now=now)
    lock(session, TaughtHour)
    on_day = select(TaughtHour).where(
        TaughtHour.school_id == school_class.school_id,
        TaughtHour.class_id == school_class.unit_id,
        TaughtHour.day == day,
        TaughtHour.struck_at.is_(None),
    )
    there = session.scalars(on_day).all()
    what = (lesson.id, None) if lesson else (None, subject)
    if any((one.lesson_id, one.subject) == what for one in there):
        raise Conflict(_("This hour is recorded already."))
    if there and not is_another:
        raise Invalid(_("Hours of this day are recorded already. Was this another one?"),
                      fields={"another": "there"})  # fmt: skip
    made = TaughtHour(
        school_id=school_class.school_id,
        id=new_id(),
        class_id=school_class.unit_id,
        day=day,
        minutes=minutes,
        lesson_id=lesson.id if lesson else None,
        subject=None if lesson else subject,
        taught_by=by.id,
        made_at=now,
    )
    session.add(made)
    session.flush()
    record(session, "hour.recorded", by=by, now=now, path=school_class.path, hour=made.id,
           minutes=minutes)  # fmt: skip
    return made


def strike(session: Session, of: ClassHour, *, by: Actor, now: datetime) -> None:
    """Take the hour back: it counts no more.

    NotAllowed: somebody else recorded it. Conflict: it was taken back before.
    """
    if not _may_strike(of.school_class, of.hour, by):
        raise NotAllowed(_("Only who recorded this hour, or the school office, can take it back."))
    session.refresh(of.hour, with_for_update=True)
    if of.hour.struck_at:
        raise Conflict(_("This hour was taken back already."))
    of.hour.struck_at = now
    session.flush()
    record(session, "hour.struck", by=by, now=now, path=of.path, hour=of.hour.id)


def of_class(session: Session, of: SchoolClass, *, reader: Actor, locale: str) -> list[Line]:
    """Return what the class was taught in its year, the newest first."""
    rows = session.scalars(
        select(TaughtHour)
        .where(TaughtHour.school_id == of.school_id, TaughtHour.class_id == of.unit_id)
        .where(TaughtHour.struck_at.is_(None))
        .order_by(TaughtHour.day.desc(), TaughtHour.id.desc())
    ).all()
    titles = _titles(session, {row.lesson_id for row in rows if row.lesson_id}, locale)
    names = _names(session, {row.taught_by for row in rows})
    return [
        Line(
            row,
            titles[row.lesson_id] if row.lesson_id else row.subject or "",
            names.get(row.taught_by, "–"),
            _may_strike(of, row, reader),
        )
        for row in rows
    ]


def by_class(
    session: Session, classes: Sequence[SchoolClass], *, first: date, last: date
) -> list[Sum]:
    """Return what each of these classes was taught from one day to another, both included."""
    rows = session.execute(
        select(TaughtHour.class_id, func.sum(TaughtHour.minutes))
        .where(TaughtHour.school_id.in_({one.school_id for one in classes}))
        .where(TaughtHour.class_id.in_([one.unit_id for one in classes]))
        .where(TaughtHour.day >= first, TaughtHour.day <= last, TaughtHour.struck_at.is_(None))
        .group_by(TaughtHour.class_id)
    )
    minutes = {class_id: int(total) for class_id, total in rows}
    return [Sum(one, minutes.get(one.unit_id, 0)) for one in classes]


def by_term(session: Session, of: SchoolClass) -> list[Sum]:
    """Return what the class was taught in each term of its year."""
    return [
        by_class(session, [of], first=first, last=last)[0]
        for first, last in (term_days(of.school_year, number) for number in (1, 2))
    ]


def of_school(session: Session, school: Unit, *, today: date, school_year: int) -> list[Sum]:
    """Return what each class of the school was taught in the term of today."""
    classes = orgs.classes(session, school.id, school_year=school_year)
    first, last = term_days(school_year, term(today))
    return by_class(session, classes, first=first, last=last)


def classes_with(sums: Collection[Sum], least: float) -> int:
    """Return how many of the classes were taught so many class hours."""
    return sum(one.hours >= least for one in sums)


def schools_with(sums: Collection[Sum], least: float) -> int:
    """Return how many schools were: those of which every class among these was."""
    reached: dict[UUID, bool] = {}
    for one in sums:
        school_id = one.school_class.school_id
        reached[school_id] = reached.get(school_id, True) and one.hours >= least
    return sum(reached.values())


def _heed(
    school_class: SchoolClass, *, day: date, lesson: Lesson | None, subject: str, now: datetime
) -> None:
    """Raise Invalid where the hour cannot have been."""
    if day > local_day(now):
        raise Invalid(_("This day lies ahead. Record an hour once it was taught."),
                      fields={"day": "ahead"})  # fmt: skip
    year = school_class.school_year
    if not first_day(year) <= day < first_day(year + 1):
        raise Invalid(_("This class was not there on that day: it belongs to one school year."),
                      fields={"day": "year"})  # fmt: skip
    if lesson is None and not subject:
        raise Invalid(_("Choose a lesson, or write what was taught."),
                      fields={"subject": "none"})  # fmt: skip
    if lesson and subject:
        raise Invalid(_("Choose a lesson or write what was taught, not both."),
                      fields={"subject": "both"})  # fmt: skip


def _may_strike(of: SchoolClass, row: TaughtHour, actor: Actor) -> bool:
    return row.taught_by == actor.id or allows(actor, Permission.HOUR_EDIT, of)


def _titles(session: Session, lessons: Collection[UUID], locale: str) -> Mapping[UUID, str]:
    rows = session.scalars(select(LessonText).join(Lesson, CURRENT).where(Lesson.id.in_(lessons)))
    return {row.lesson_id: in_language(row.text, locale)["title"] for row in rows}


def _names(session: Session, people: Collection[UUID]) -> Mapping[UUID, str]:
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))
    return {row.id: row.name for row in rows}
