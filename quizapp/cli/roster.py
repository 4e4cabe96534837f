"""`quizapp roster …`: class lists, by the same reader as the page."""

from pathlib import Path

import click
from flask.cli import AppGroup

from quizapp.access.policy import SYSTEM
from quizapp.accounts import roster as rosters
from quizapp.accounts.class_lists import ClassList, Fault
from quizapp.cli.say import refuse, refused
from quizapp.core import sheets
from quizapp.core.clock import now, this_school_year
from quizapp.core.db import database, transaction
from quizapp.core.errors import DomainError
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import Stage, UnitKind

roster = AppGroup("roster", help="Class lists. Example: quizapp roster check FILE --school CODE")
File = click.Path(exists=True, dir_okay=False, path_type=Path)
of_school = click.option("--school", "code", required=True, help="The ten digits of the school.")
of_stages = click.option(
    "--stage", "stages", multiple=True, type=click.Choice([stage.value for stage in Stage]),
    help="What the list holds, if more than one reading is possible; may be given again.",
)  # fmt: skip


@roster.command("check")
@click.argument("file", type=File)
@of_school
@of_stages
def check(file: Path, code: str, stages: tuple[str, ...]) -> None:
    """Say what a class list would change, and all its faults. Nothing is written.

    FILE is .xlsx or .csv with the columns 姓名, 年级, 班级 and, where there are any, 座号 and 学号.

    Example: quizapp roster check 7.xlsx --school 9901010001
    """
    school, year = _school(code), this_school_year()
    listed = _read(file, year, stages)
    plan = rosters.plan(database.session, school, listed, school_year=year, stages=_stages(stages))
    for each in plan.classes:
        click.echo(
            f"{each.name}{' (new class)' if each.is_new else ''}: {each.added} new, "
            f"{each.moved} moved, {each.changed} changed, {each.unchanged} unchanged, "
            f"{each.absent} not on the list"
        )
    if listed.faults:
        refuse(_lines(file, listed.faults))


@roster.command("apply")
@click.argument("file", type=File)
@of_school
@of_stages
@click.option("--partial", is_flag=True, help="Leave out the rows that have faults.")
def apply(file: Path, code: str, stages: tuple[str, ...], partial: bool) -> None:
    """Bring a class list into the roster; nobody is taken away.

    A file with faults is refused, unless --partial leaves out the rows that have them.

    Example: quizapp roster apply 7.xlsx --school 9901010001
    """
    school, year = _school(code), this_school_year()
    listed = _read(file, year, stages)
    if listed.faults and not (partial and listed.pupils):
        refuse(_lines(file, listed.faults))
    for line in _lines(file, listed.faults):
        click.echo(line, err=True)
    try:
        with transaction() as session:
            rosters.hold(session, school)
            plan = rosters.plan(session, school, listed, school_year=year, stages=_stages(stages))
            done = rosters.apply(session, school, plan, by=SYSTEM, now=now())
    except DomainError as error:
        refused(error)
    click.echo(
        f"{done.classes} classes made; pupils: {done.added} new, {done.moved} moved, "
        f"{done.changed} changed, {done.unchanged} unchanged"
    )


def _school(code: str) -> Unit:
    try:
        found = orgs.by_code(database.session, code)
    except DomainError as error:
        refused(error)
    if found.kind is not UnitKind.SCHOOL:
        refuse([f"{code} is {found.name}, no school; give the ten digits of a school"])
    return found


def _read(file: Path, year: int, stages: tuple[str, ...]) -> ClassList:
    try:
        rows = sheets.read(file.name, file.read_bytes())
    except DomainError as error:
        refuse([f"{file.name}: {error}"])
    return rosters.read(rows, school_year=year, stages=_stages(stages))


def _stages(values: tuple[str, ...]) -> list[Stage]:
    return [Stage(value) for value in values]


def _lines(file: Path, faults: tuple[Fault, ...]) -> list[str]:
    """Return "file:row: column: what is wrong, and what to do" for each fault."""
    return [
        f"{file.name}:{fault.row}: {f'{fault.column}: ' if fault.column else ''}{fault.says}"
        for fault in faults
    ]
