"""The turn of the school year: classes go up by a grade (升级), the last ones graduate.

Newcomers come with the class list. What was counted stays with the class of the old year.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.accounts.models import Enrolment
from quizapp.core.clock import local_day, school_year
from quizapp.core.errors import Missing
from quizapp.core.i18n import _
from quizapp.orgs import queries as orgs
from quizapp.orgs.actions import class_name
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import Stage, next_grade
from quizapp.rosters import changes
from quizapp.rosters.matching import Place
from quizapp.rosters.models import ChangeKind, ChangeState, RosterChange


@dataclass(frozen=True, order=True)
class Grade:
    """A grade of a school, as the form names it: "primary-6"."""

    grade: int
    stage: Stage

    @property
    def key(self) -> str:
        return f"{self.stage}-{self.grade}"

    @property
    def next(self) -> "Grade | None":
        onward = next_grade(self.stage, self.grade)
        return Grade(onward[1], onward[0]) if onward else None


@dataclass(frozen=True)
class Rise:
    """What becomes of a class. Without a place to go to its pupils graduate."""

    school_class: SchoolClass
    pupils: int
    place: Place | None
    there: SchoolClass | None  # The class of the new year, if a list has made it already.

    @property
    def grade(self) -> Grade:
        return Grade(self.school_class.grade, self.school_class.stage)

    @property
    def name(self) -> str | None:
        """Return the name that the class has in the new year."""
        if self.there or not self.place:
            return self.there.unit.name if self.there else None
        return class_name(self.place.stage, self.place.grade, self.place.number)


@dataclass(frozen=True)
class Plan:
    """What becomes of each class that has pupils, by grade, stage and number."""

    school_year: int  # Into which the school goes up.
    rises: tuple[Rise, ...]

    @property
    def promoted(self) -> int:
        return sum(rise.pupils for rise in self.rises if rise.place)

    @property
    def graduated(self) -> int:
        return sum(rise.pupils for rise in self.rises if not rise.place)

    @property
    def leaving(self) -> list[Rise]:
        return [rise for rise in self.rises if not rise.place]


@dataclass(frozen=True)
class Proposed:
    """What somebody asked for and a second person has to agree to. It holds grades, no names."""

    school: Unit
    change: RosterChange
    proposal: Mapping[str, Any]

    @property
    def path(self) -> str:
        return self.school.path

    @property
    def year(self) -> int:
        return int(self.proposal["year"])

    @property
    def with_teachers(self) -> bool:
        return bool(self.proposal["with_teachers"])

    def chosen(self, grades: Iterable[Grade]) -> frozenset[Grade]:
        """Return those of the grades that are to leave."""
        return frozenset(one for one in grades if one.key in self.proposal["graduating"])


def year_to_come(session: Session, school: Unit, *, today: date) -> int:
    """Return the year into which the school goes up next: this one, until it has done so."""
    this = school_year(today)
    behind = (
        select(Enrolment.id)
        .join(SchoolClass, SchoolClass.unit_id == Enrolment.class_id)
        .where(Enrolment.school_id == school.id, Enrolment.until_on.is_(None))
        .where(SchoolClass.school_year < this)
    )
    waits = session.scalar(select(behind.exists())) and promotion(session, school, this) is None
    return this if waits else this + 1


def grades(session: Session, school: Unit, *, year: int) -> list[Grade]:
    """Return the grades that have pupils in a school year."""
    return sorted({Grade(c.grade, c.stage) for c, _pupils in _filled(session, school, year)})


def last_grades(session: Session, school: Unit, wanted: Iterable[Grade]) -> frozenset[Grade]:
    """Return those of the grades that usually graduate: the last of a stage, unless the school
    teaches the next one, too. From junior to senior there is an examination: these graduate."""
    taught = set(
        session.scalars(
            select(SchoolClass.stage).where(SchoolClass.school_id == school.id).distinct()
        )
    )
    return frozenset(grade for grade in wanted if _usually_ends(grade, taught))


def plan(session: Session, school: Unit, *, year: int, graduating: Collection[Grade] = ()) -> Plan:
    """Say what becomes of each class in the school year; nothing is written.

    `graduating` are the grades that leave; who has no further grade leaves, too.
    """
    there = {place_of(one): one for one in orgs.classes(session, school.id, school_year=year)}
    rises = []
    for old, pupils in _filled(session, school, year - 1):
        grade = Grade(old.grade, old.stage)
        onward = None if grade in graduating else grade.next
        place = Place(onward.grade, onward.stage, old.number) if onward else None
        rises.append(Rise(old, pupils, place, there.get(place) if place else None))
    return Plan(year, tuple(sorted(rises, key=lambda rise: place_of(rise.school_class))))


def promotion(session: Session, school: Unit, year: int) -> RosterChange | None:
    """Return the promotion into the school year that holds, if there was one."""
    found = session.scalars(
        select(RosterChange)
        .where(RosterChange.school_id == school.id)
        .where(RosterChange.kind == ChangeKind.PROMOTION)
        .where(RosterChange.state == ChangeState.APPLIED)
        .order_by(RosterChange.id.desc())
    )
    made_at = ((one, one.decided_at or one.asked_at) for one in found)
    return next((one for one, at in made_at if school_year(local_day(at)) == year), None)


def proposal(session: Session, school: Unit, kind: ChangeKind) -> RosterChange | None:
    """Return the change of the kind that waits for a second person."""
    return session.scalar(
        select(RosterChange)
        .where(RosterChange.school_id == school.id, RosterChange.kind == kind)
        .where(RosterChange.state == ChangeState.PROPOSED)
        .order_by(RosterChange.id.desc())
        .limit(1)
    )


def proposed(session: Session, unit_id: UUID, change_id: UUID) -> Proposed:
    """Return a promotion or graduation of the school that somebody asked for; Missing if none."""
    school = orgs.school(session, unit_id)
    change = changes.change_of(session, school.id, change_id)
    if change.kind not in (ChangeKind.PROMOTION, ChangeKind.GRADUATION) or not change.proposal:
        raise Missing(_("There is no such change of the roster."))
    return Proposed(school, change, change.proposal)


def _usually_ends(grade: Grade, taught: Collection[Stage]) -> bool:
    onward = grade.next
    if onward is None or onward.stage not in taught:
        return True
    return grade.stage is Stage.JUNIOR and onward.stage is Stage.SENIOR


def place_of(of: SchoolClass) -> Place:
    return Place(of.grade, of.stage, of.number)


def _filled(session: Session, school: Unit, year: int) -> Iterator[tuple[SchoolClass, int]]:
    """Yield the classes of a school year that have pupils, and how many."""
    classes = orgs.classes(session, school.id, school_year=year)
    sizes = dict(
        session.execute(
            select(Enrolment.class_id, func.count())
            .where(Enrolment.school_id == school.id, Enrolment.until_on.is_(None))
            .where(Enrolment.class_id.in_([one.unit_id for one in classes]))
            .group_by(Enrolment.class_id)
        ).all()
    )
    return ((one, sizes[one.unit_id]) for one in classes if one.unit_id in sizes)
