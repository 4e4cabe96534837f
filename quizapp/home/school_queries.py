"""Questions about schools: the list, one school's classes, its signed roll beside its roster."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission
from quizapp.access.scope import within
from quizapp.accounts.models import Enrolment
from quizapp.home.class_queries import Line, rosters
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Roll, RollLine, SchoolClass, Unit
from quizapp.orgs.rules import IN_SCOPE, Stage, UnitKind


@dataclass(frozen=True)
class Area:
    """A unit with schools directly below it."""

    unit: Unit
    schools: int


@dataclass(frozen=True)
class School:
    """A school in a list; `roster` 0 means that it has imported no list yet."""

    unit: Unit
    classes: int
    roster: int


@dataclass(frozen=True)
class GradeLine:
    """A stage and grade of a school, on the roll and on its roster. None: nobody has signed."""

    stage: Stage
    grade: int
    roll: int | None
    roster: int

    @property
    def difference(self) -> int | None:
        """How many more are on the roster than on the roll; negative: fewer."""
        return None if self.roll is None else self.roster - self.roll


@dataclass(frozen=True)
class Heads:
    """The roll that holds for a school beside its roster, by grade. No roll: nobody has signed."""

    roll: Roll | None
    lines: Sequence[GradeLine]

    @property
    def total(self) -> tuple[int | None, int]:
        """All on the roll, all on the roster of these grades."""
        roster = sum(line.roster for line in self.lines)
        return (sum(line.roll or 0 for line in self.lines) if self.roll else None), roster


def areas(session: Session, actor: Actor) -> list[Area]:
    """Return the units that have schools of the actor directly below them, by path."""
    counted = (
        select(Unit.parent_id, func.count().label("schools"))
        .where(Unit.kind == UnitKind.SCHOOL, within(Unit.path, actor, Permission.UNIT_READ))
        .group_by(Unit.parent_id)
        .subquery()
    )
    rows = session.execute(
        select(Unit, counted.c.schools)
        .join(counted, counted.c.parent_id == Unit.id)
        .order_by(Unit.path)
    )
    return [Area(unit, schools) for unit, schools in rows]


def schools_in(session: Session, actor: Actor, area: Unit, *, school_year: int) -> list[School]:
    """Return the actor's schools directly below the unit, by name, with what they have imported."""
    found = session.scalars(
        select(Unit)
        .where(Unit.kind == UnitKind.SCHOOL, Unit.parent_id == area.id)
        .where(within(Unit.path, actor, Permission.UNIT_READ))
        .order_by(Unit.name, Unit.code)
    ).all()
    ids = [school.id for school in found]
    of_year = SchoolClass.school_year == school_year
    classes = _counts(
        session,
        select(SchoolClass.school_id, func.count())
        .where(SchoolClass.school_id.in_(ids), of_year)
        .group_by(SchoolClass.school_id),
    )
    pupils = _counts(
        session,
        select(Enrolment.school_id, func.count())
        .join(SchoolClass, SchoolClass.unit_id == Enrolment.class_id)
        .where(Enrolment.school_id.in_(ids), Enrolment.until_on.is_(None), of_year)
        .group_by(Enrolment.school_id),
    )
    return [School(one, classes.get(one.id, 0), pupils.get(one.id, 0)) for one in found]


def classes(session: Session, school: Unit, *, school_year: int) -> list[Line]:
    """Return the classes of the school in the year, by grade, stage and number."""
    found = orgs.classes(session, school.id, school_year=school_year)
    counted = rosters(session, found)
    return [Line(one, school.name, *counted[one.unit_id]) for one in found]


def heads(
    session: Session, school: Unit, lines: Sequence[Line], *, today: date, now: datetime
) -> Heads:
    """Return the roll that holds today beside the roster, by grade in scope or on the roll."""
    roll = orgs.signed_roll(session, school, counted_by=today, signed_before=now)
    listed = _listed(session, roll, school) if roll else {}
    roster: Counter[tuple[Stage, int]] = Counter()
    for line in lines:
        roster[line.school_class.stage, line.school_class.grade] += line.roster
    grades = {(stage, grade) for stage, grade in roster if grade in IN_SCOPE[stage]} | set(listed)
    order = list(Stage)
    return Heads(
        roll,
        [
            GradeLine(s, grade, listed.get((s, grade), 0) if roll else None, roster[s, grade])
            for s, grade in sorted(grades, key=lambda g: (g[1], order.index(g[0])))
        ],
    )


def _listed(session: Session, roll: Roll, school: Unit) -> dict[tuple[Stage, int], int]:
    rows = session.execute(
        select(RollLine.stage, RollLine.grade, RollLine.pupils).where(
            RollLine.roll_id == roll.id, RollLine.school_id == school.id
        )
    )
    return {(stage, grade): pupils for stage, grade, pupils in rows}


def _counts(session: Session, rows: Select[UUID, int]) -> dict[UUID, int]:
    return dict(session.execute(rows).all())
