"""Questions about the tree of units, terms and rolls."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.access.scope import steps
from quizapp.core.errors import Missing
from quizapp.core.i18n import _
from quizapp.orgs.models import Roll, RollLine, RollSchool, SchoolClass, Unit
from quizapp.orgs.rules import Stage, UnitKind


def unit(session: Session, unit_id: UUID) -> Unit:
    """Return the unit; Missing if there is none."""
    if found := session.get(Unit, unit_id):
        return found
    raise Missing(_("There is no such unit."))


def by_code(session: Session, code: str) -> Unit:
    """Return the unit with the code; Missing if there is none."""
    if found := session.scalar(select(Unit).where(Unit.code == code)):
        return found
    raise Missing(_("There is no unit with the code %(code)s.", code=code[:40]))


def school(session: Session, unit_id: UUID) -> Unit:
    """Return the school; Missing if there is none, or if the unit is something else."""
    found = unit(session, unit_id)
    if found.kind is not UnitKind.SCHOOL:
        raise Missing(_("There is no such school."))
    return found


def schools_beneath(session: Session, of: Unit) -> dict[str, Unit]:
    """Return the schools at and beneath the unit by code, in the order of the tree."""
    found = session.scalars(
        select(Unit)
        .where(Unit.kind == UnitKind.SCHOOL, Unit.path.startswith(of.path, autoescape=True))
        .order_by(Unit.path)
    )
    return {one.code: one for one in found}


def names(session: Session, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Return the names of these units."""
    rows = session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


def school_class(session: Session, unit_id: UUID) -> SchoolClass:
    """Return the class; Missing if there is none."""
    if found := session.get(SchoolClass, unit_id):
        return found
    raise Missing(_("There is no such class."))


def classes(session: Session, school_id: UUID, *, school_year: int) -> Sequence[SchoolClass]:
    """Return the classes of a school in a school year, by stage, grade and number."""
    return session.scalars(
        select(SchoolClass)
        .where(SchoolClass.school_id == school_id, SchoolClass.school_year == school_year)
        .order_by(SchoolClass.grade, SchoolClass.stage, SchoolClass.number)
    ).all()


def tops(session: Session, paths: Iterable[str]) -> Sequence[Unit]:
    """Return the units at these paths, the highest first."""
    found = session.scalars(select(Unit).where(Unit.path.in_(set(paths)))).all()
    return sorted(found, key=lambda u: (u.path.count("/"), u.path))


def line_up(session: Session, of: Unit) -> Sequence[Unit]:
    """Return the unit and all above it, from the nation down."""
    return session.scalars(
        select(Unit).where(Unit.path.in_(steps(of.path))).order_by(func.length(Unit.path))
    ).all()


def city_of(session: Session, of: Unit) -> UUID | None:
    """Return the id of the city in which the unit lies; None for what lies in none."""
    return next((unit.id for unit in line_up(session, of) if unit.kind is UnitKind.CITY), None)


def roll(session: Session, unit: Unit, version: int) -> Roll:
    """Return the version of the unit's roll; Missing if there is none."""
    wanted = select(Roll).where(Roll.unit_id == unit.id, Roll.version == version)
    if found := session.scalar(wanted):
        return found
    raise Missing(_("There is no such roll."))


def roll_schools(session: Session, roll: Roll) -> Sequence[tuple[Unit, RollSchool]]:
    """Return the schools that should join with what they say to their counts, by path."""
    rows = session.execute(
        select(Unit, RollSchool)
        .join(RollSchool, RollSchool.school_id == Unit.id)
        .where(RollSchool.roll_id == roll.id)
        .order_by(Unit.path)
    )
    return [(school, answer) for school, answer in rows]


def roll_counts(session: Session, roll: Roll) -> dict[tuple[UUID, Stage, int], int]:
    """Return how many should take part, by school, stage and grade."""
    rows = session.execute(
        select(RollLine.school_id, RollLine.stage, RollLine.grade, RollLine.pupils).where(
            RollLine.roll_id == roll.id
        )
    )
    return {(school_id, stage, grade): pupils for school_id, stage, grade, pupils in rows}


def newest_roll(session: Session, of: Unit) -> Roll | None:
    """Return the last version of the nearest unit at or above it that has any, signed or not."""
    return session.scalar(
        select(Roll)
        .join(Unit, Unit.id == Roll.unit_id)
        .where(Unit.path.in_(steps(of.path)))
        .order_by(func.length(Unit.path).desc(), Roll.version.desc())
        .limit(1)
    )


def signed_roll(
    session: Session, of: Unit, *, counted_by: date, signed_before: datetime
) -> Roll | None:
    """Return the roll that holds for the unit: of the nearest unit at or above it that has a
    signed one, the newest by count date and version. None: nobody has signed one."""
    return session.scalar(
        select(Roll)
        .join(Unit, Unit.id == Roll.unit_id)
        .where(Unit.path.in_(steps(of.path)))
        .where(Roll.counted_on <= counted_by, Roll.signed_at < signed_before)
        .order_by(func.length(Unit.path).desc(), Roll.counted_on.desc(), Roll.version.desc())
        .limit(1)
    )
