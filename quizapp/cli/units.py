"""`quizapp units …` and `quizapp roll …`: regions, schools and official headcounts."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select

from quizapp.access.policy import SYSTEM
from quizapp.cli.say import refuse, refused
from quizapp.core import sheets
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import DomainError
from quizapp.orgs import actions
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import BENEATH, Stage, UnitKind, fits, region_fault, school_fault

units = AppGroup("units", help="Regions and schools. Example: quizapp units import units.csv")
roll = AppGroup("roll", help="Official headcounts. Example: quizapp roll import roll.csv …")
UNIT_HEAD = ("code", "name", "kind", "parent")
ROLL_HEAD = ("school", "stage", "grade", "pupils")
File = click.Path(exists=True, dir_okay=False, path_type=Path)


@units.command("import")
@click.argument("file", type=File)
def import_units(file: Path) -> None:
    """Add regions and schools; those that are there take the new name.

    FILE is CSV or xlsx with the columns code, name, kind (nation, province, city, district,
    school) and parent (the code of the unit above; it stands in the file or in the site).

    Example: quizapp units import units.csv
    """
    rows = _table(file, UNIT_HEAD)
    known = {unit.code: unit for unit in database.session.scalars(select(Unit))}
    kinds = {unit.code: unit.kind for unit in known.values()}
    faults, wanted = [], []
    for number, (code, name, kind, parent) in rows:
        fault = _unit_fault(code, name, kind, parent, kinds)
        if fault:
            faults.append(f"{file.name}:{number}: {code or '?'}: {fault}")
            continue
        kinds[code] = UnitKind(kind)
        wanted.append((UnitKind(kind), code, name, parent or None))
    if faults:
        refuse(faults)
    with transaction() as session:
        known = {unit.code: unit for unit in session.scalars(select(Unit))}
        changed = actions.add_units(session, wanted, known, by=SYSTEM, now=now())
    click.echo(f"{len(wanted)} units read, {changed} added or renamed")


@roll.command("import")
@click.argument("file", type=File)
@click.option("--unit", "code", required=True, help="The city or district whose list it is.")
@click.option("--counted-on", required=True, type=click.DateTime(["%Y-%m-%d"]))
@click.option("--source", default="", help="Where the figures come from.")
@click.option("--signed-by", default="", help="Office and name; without it the roll waits.")
def import_roll(file: Path, code: str, counted_on: datetime, source: str, signed_by: str) -> None:
    """Write down a new version of the roll: 应参加人数 by school, stage and grade.

    FILE is CSV or xlsx with the columns school (its code), stage (primary, junior, senior,
    vocational), grade (1–12) and pupils.

    Example: quizapp roll import roll.csv --unit 330200 --counted-on 2026-09-10 --signed-by 教育局
    """
    session = database.session
    try:
        unit = orgs.by_code(session, code)
    except DomainError as error:
        refused(error)
    schools = {
        u.code: u for u in session.scalars(select(Unit).where(Unit.path.startswith(unit.path)))
    }
    faults, counts, seen = [], [], set()
    for number, (school, stage, grade, pupils) in _table(file, ROLL_HEAD):
        fault = _count_fault(school, stage, grade, pupils, schools)
        if (school, stage, grade) in seen:
            fault = "this school, stage and grade stand above already; keep one row"
        if fault:
            faults.append(f"{file.name}:{number}: {school or '?'}: {fault}")
            continue
        seen.add((school, stage, grade))
        counts.append(actions.Headcount(schools[school], Stage(stage), int(grade), int(pupils)))
    if faults:
        refuse(faults)
    with transaction() as session:
        made = actions.enter_roll(
            session, session.merge(unit), counts, counted_on=counted_on.date(),
            source=source or file.name, by=SYSTEM, now=now(),
        )  # fmt: skip
        if signed_by:
            actions.sign_roll(session, made, signer=signed_by, by=SYSTEM, now=now())
    state = "signed" if signed_by else "not signed yet: no rate rests on it"
    click.echo(f"roll {made.name}: {len(counts)} lines, {state}")


@roll.command("sign")
@click.option("--unit", "code", required=True, help="The city or district whose list it is.")
@click.option("--version", required=True, type=int, help="Which one: the number behind the hyphen.")
@click.option("--signed-by", required=True, help="Office and name, as on the paper.")
def sign_roll(code: str, version: int, signed_by: str) -> None:
    """Sign a roll that was entered without: rates rest on it from now on.

    Example: quizapp roll sign --unit 330200 --version 3 --signed-by 教育局
    """
    try:
        with transaction() as session:
            waiting = orgs.roll(session, orgs.by_code(session, code), version)
            actions.sign_roll(session, waiting, signer=signed_by, by=SYSTEM, now=now())
    except DomainError as error:
        refused(error)
    click.echo(f"roll {waiting.name} is signed")


def _table(file: Path, head: Sequence[str]) -> list[tuple[int, tuple[str, ...]]]:
    """Return (row number, cells in the order of the head); refuses a file without these columns."""
    try:
        rows = sheets.read(file.name, file.read_bytes())
    except DomainError as error:
        refused(error)
    if not rows or not set(head) <= {cell.lower() for cell in rows[0].cells}:
        refuse([f"{file.name}:1: the first row must name the columns {', '.join(head)}"])
    columns = [[cell.lower() for cell in rows[0].cells].index(name) for name in head]
    return [
        (row.number, tuple(row.cells[c] if c < len(row.cells) else "" for c in columns))
        for row in rows[1:]
    ]


def _unit_fault(  # noqa: PLR0911 - a list of faults reads best one after the other.
    code: str, name: str, kind: str, parent: str, kinds: dict[str, UnitKind]
) -> str | None:
    if kind not in set(UnitKind) - {UnitKind.CLASS}:
        return f"{kind or 'nothing'} is no kind; write nation, province, city, district or school"
    of = UnitKind(kind)
    if not 1 <= len(name) <= 80:
        return "the name is missing or longer than 80 signs"
    if fault := school_fault(code) if of is UnitKind.SCHOOL else region_fault(of, code):
        return fault
    if of is UnitKind.NATION:
        return None if not parent else "the nation has no parent; leave the column empty"
    if parent not in kinds:
        return f"there is no unit {parent or '(empty)'} above; put it before this row"
    if of not in BENEATH[kinds[parent]]:
        return f"a {kind} cannot stand beneath a {kinds[parent]}"
    return None


def _count_fault(
    school: str, stage: str, grade: str, pupils: str, schools: dict[str, Unit]
) -> str | None:
    if school not in schools or schools[school].kind is not UnitKind.SCHOOL:
        return "there is no such school beneath the unit; check the code, or import it first"
    if stage not in set(Stage):
        return f"{stage or 'nothing'} is no stage; write primary, junior, senior or vocational"
    if not grade.isdigit() or not fits(Stage(stage), int(grade)):
        return f"there is no grade {grade or '(empty)'} in {stage}"
    if not pupils.isdigit() or int(pupils) > 20_000:
        return "pupils must be a whole number from 0 to 20000"
    return None
