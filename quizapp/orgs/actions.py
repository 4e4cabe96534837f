"""Changes to the tree and the terms."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.audit.actions import record
from quizapp.core.ids import new_id
from quizapp.orgs.models import SchoolClass, Term, Unit
from quizapp.orgs.rules import Stage, UnitKind, class_code


def add_unit(
    session: Session, *, kind: UnitKind, code: str, name: str, parent: Unit | None
) -> Unit:
    """Put a unit beneath its parent; without one it is the nation."""
    path = f"{parent.path if parent else '/'}{code}/"
    unit = Unit(id=new_id(), kind=kind, code=code, name=name, path=path)
    unit.parent_id = parent.id if parent else None
    session.add(unit)
    return unit


def add_class(
    session: Session,
    school: Unit,
    *,
    school_year: int,
    stage: Stage,
    grade: int,
    number: int,
    name: str | None = None,
    cohort: UUID | None = None,
) -> SchoolClass:
    """Make a class of a school year; without a cohort, its own begins with it."""
    unit = add_unit(
        session,
        kind=UnitKind.CLASS,
        code=class_code(school.code, school_year, stage, grade, number),
        name=name or class_name(stage, grade, number),
        parent=school,
    )
    made = SchoolClass(
        unit_id=unit.id, school_id=school.id, school_year=school_year, stage=stage,
        grade=grade, number=number, cohort=cohort or new_id(), unit=unit,
    )  # fmt: skip
    session.add(made)
    return made


def class_name(stage: Stage, grade: int, number: int) -> str:
    """Return the name that Chinese schools use: 五年级2班, 初一3班, 高一1班, 职一1班."""
    digits = "一二三四五六七八九"
    years = {
        Stage.PRIMARY: f"{digits[grade - 1]}年级" if grade <= len(digits) else "",
        Stage.JUNIOR: f"初{digits[grade - 7]}",
        Stage.SENIOR: f"高{digits[grade - 10]}",
        Stage.VOCATIONAL: f"职{digits[grade - 10]}",
    }
    return f"{years[stage]}{number}班"


def set_term(
    session: Session,
    city: Unit,
    *,
    school_year: int,
    number: int,
    starts: date,
    ends: date,
    by: Actor,
    now: datetime,
) -> Term:
    """Write down a term of the city; both days belong to it."""
    term = Term(city_id=city.id, school_year=school_year, number=number, starts=starts, ends=ends)
    session.add(term)
    record(session, "term.set", by=by, now=now, path=city.path, year=school_year, number=number)
    return term


def add_units(
    session: Session,
    wanted: Sequence[tuple[UnitKind, str, str, str | None]],
    known: Mapping[str, Unit],
    *,
    by: Actor,
    now: datetime,
) -> int:
    """Add (kind, code, name, code of the parent) rows whose parents stand before them.

    A unit that is there already takes the new name; returns how many were added or renamed.
    """
    units = dict(known)
    changed = 0
    for kind, code, name, parent in wanted:
        if unit := units.get(code):
            changed += unit.name != name
            unit.name = name
            continue
        above = units[parent] if parent else None
        units[code] = add_unit(session, kind=kind, code=code, name=name, parent=above)
        changed += 1
        session.flush()
    if changed:
        record(session, "unit.imported", by=by, now=now, units=changed)
    return changed
