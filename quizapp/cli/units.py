"""`quizapp units …` and `quizapp roll …`: regions, schools and official headcounts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select

from quizapp.access.policy import SYSTEM
from quizapp.cli.say import lines, refuse, refused
from quizapp.core import sheets
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import DomainError
from quizapp.orgs import actions, roll_lists, rolls
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.orgs.roll_lists import RollList
from quizapp.orgs.rules import BENEATH, UnitKind, region_fault, school_fault

units = AppGroup("units", help="Regions and schools. Example: quizapp units import units.csv")
roll = AppGroup("roll", help="Official headcounts. Example: quizapp roll import roll.csv …")
UNIT_HEAD = ("code", "name", "kind", "parent")
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

    FILE is CSV or xlsx with the columns school (its code), stage, grade and pupils, and if there
    are any along (随班就读) and those excluded: suspended, gone, taught at home, abroad, other.
    Headings are Chinese or English, in any order. --signed-by says that the list was signed on
    paper, whatever the schools have said.

    Example: quizapp roll import roll.csv --unit 330200 --counted-on 2026-09-10 --signed-by 教育局
    """
    unit = _unit(code)
    listed, schools = _read_roll(file, unit)
    with transaction() as session:
        made = rolls.enter(
            session, session.merge(unit), rolls.headcounts(listed, schools),
            counted_on=counted_on.date(), source=source or file.name, by=SYSTEM, now=now(),
            schools=[schools[code] for code in listed.schools],
        )  # fmt: skip
        if signed_by:
            rolls.sign(session, made, signer=signed_by, by=SYSTEM, now=now(), unconfirmed=True)
    state = "signed" if signed_by else "not signed yet: no rate rests on it"
    click.echo(
        f"roll {made.name}: {len(listed.schools)} schools, {len(listed.lines)} lines, {state}"
    )


@roll.command("check")
@click.argument("file", type=File)
@click.option("--unit", "code", required=True, help="The city or district whose list it is.")
def check_roll(file: Path, code: str) -> None:
    """Say all that is wrong with a list, and what it changes. Nothing is written.

    Example: quizapp roll check roll.xlsx --unit 330200
    """
    session, unit = database.session, _unit(code)
    listed, schools = _read_roll(file, unit)
    found = rolls.differences(session, unit, rolls.headcounts(listed, schools))
    names = orgs.names(session, found.schools)
    click.echo(f"{len(listed.schools)} schools, {len(listed.lines)} lines, no fault")
    for word, ids in (("new", found.new), ("gone", found.gone)):
        for school_id in ids:
            click.echo(f"{word}: {names[school_id]}")
    for each in found.shifts:
        click.echo(f"{names[each.school]}, {each.stage} {each.grade}: {each.before} → {each.after}")


@roll.command("sign")
@click.option("--unit", "code", required=True, help="The city or district whose list it is.")
@click.option("--version", required=True, type=int, help="Which one: the number behind the hyphen.")
@click.option("--signed-by", required=True, help="Office and name, as on the paper.")
@click.option("--unconfirmed", is_flag=True, help="Though schools have not confirmed.")
@click.option("--objected", is_flag=True, help="Though schools object.")
def sign_roll(code: str, version: int, signed_by: str, unconfirmed: bool, objected: bool) -> None:
    """Sign a roll that was entered without: rates rest on it from now on.

    Example: quizapp roll sign --unit 330200 --version 3 --signed-by 教育局
    """
    try:
        with transaction() as session:
            waiting = orgs.roll(session, orgs.by_code(session, code), version)
            rolls.sign(
                session, waiting, signer=signed_by, by=SYSTEM, now=now(),
                unconfirmed=unconfirmed, objected=objected,
            )  # fmt: skip
    except DomainError as error:
        refused(error)
    click.echo(f"roll {waiting.name} is signed")


def _unit(code: str) -> Unit:
    try:
        return orgs.by_code(database.session, code)
    except DomainError as error:
        refused(error)


def _read_roll(file: Path, unit: Unit) -> tuple[RollList, Mapping[str, Unit]]:
    """Return the list and the schools beneath the unit by code; refuses a list with faults."""
    schools = orgs.schools_beneath(database.session, unit)
    try:
        rows = sheets.read(file.name, file.read_bytes())
    except DomainError as error:
        refused(error)
    listed = roll_lists.read(rows, schools={code: one.name for code, one in schools.items()})
    if listed.faults:
        refuse(lines(file, listed.faults))
    return listed, schools


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
