"""`quizapp roster …`: class lists, by the same reader as the page."""

from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import click
from flask import current_app
from flask.cli import AppGroup

from quizapp.access.policy import SYSTEM
from quizapp.cli.say import lines, refuse, refused
from quizapp.core.clock import now, this_school_year
from quizapp.core.db import database, transaction
from quizapp.core.errors import DomainError
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import Stage, UnitKind
from quizapp.rosters import applying, changes, plans
from quizapp.rosters.checked import Checked
from quizapp.rosters.class_lists import ClassList
from quizapp.rosters.matching import Reach
from quizapp.rosters.models import ChangeState, RosterChange
from quizapp.rosters.plans import Plan

roster = AppGroup("roster", help="Class lists. Example: quizapp roster check FILE --school CODE")
File = click.Path(exists=True, dir_okay=False, path_type=Path)
of_school = click.option("--school", "code", required=True, help="The ten digits of the school.")
of_stages = click.option(
    "--stage", "stages", multiple=True, type=click.Choice([stage.value for stage in Stage]),
    help="What the list holds, if more than one reading is possible; may be given again.",
)  # fmt: skip


how_far = click.option(
    "--reach", "how_far", type=click.Choice([reach.value for reach in Reach]),
    help="Who has left: all of the school, those of the classes on it, or none who are not on the "
    "list. Else as far as such a list usually reaches.",
)  # fmt: skip
without_asking = click.option("--yes", is_flag=True, help="Do not ask before somebody leaves.")


@roster.command("check")
@click.argument("file", type=File)
@of_school
@of_stages
@how_far
def check(file: Path, code: str, stages: tuple[str, ...], how_far: str | None) -> None:
    """Say what a class list would change, and all its faults. Nothing is written.

    FILE is .xlsx or .csv with the columns 姓名, 年级, 班级 and, where there are any, 座号 and 学号;
    or a OneRoster .zip, version 1.1 or 1.2.

    Example: quizapp roster check 7.xlsx --school 9901010001
    """
    school = _school(code)
    listed, what = _checked(school, file, stages, how_far)
    _show(plans.plan_of(database.session, school, what))
    if listed.faults:
        refuse(lines(file, listed.faults))


@roster.command("apply")
@click.argument("file", type=File)
@of_school
@of_stages
@how_far
@click.option("--partial", is_flag=True, help="Leave out the rows that have faults.")
@without_asking
def apply(
    file: Path, code: str, stages: tuple[str, ...], how_far: str | None, partial: bool, yes: bool
) -> None:
    """Bring a class list into the roster, or propose it where a second person must agree.

    A file with faults is refused, unless --partial leaves out the rows that have them; then nobody
    leaves. Before anybody leaves the command asks, unless --yes was said.

    Example: quizapp roster apply 7.xlsx --school 9901010001 --reach classes
    """
    school = _school(code)
    listed, what = _checked(school, file, stages, how_far)
    if listed.faults and not (partial and listed.pupils):
        refuse(lines(file, listed.faults))
    for line in lines(file, listed.faults):
        click.echo(line, err=True)
    plan = plans.plan_of(database.session, school, what)
    if plan.leavers and not yes:
        _show(plan)
        click.confirm(f"{len(plan.leavers)} pupils leave. Go on?", abort=True)
    percent = _percent()
    try:
        with transaction() as session:
            change = applying.take_in(session, school, what, percent=percent, by=SYSTEM, now=now())
    except DomainError as error:
        refused(error)
    if change is None:
        click.echo(f"nothing to change: {plan.counts['unchanged']} pupils stand as listed")
    elif change.state is ChangeState.PROPOSED:
        click.echo(
            f"proposed: {_counted(change.counts)}\nNothing is written yet. It touches more than "
            f"{percent} % of the pupils: somebody who may edit the roster of {school.name} has to "
            f"agree at /schools/{school.id}/roster/changes/{change.id}"
        )
    else:
        click.echo(_counted(change.counts))
        click.echo(f"to undo it: quizapp roster undo --school {code} --change {change.id}")


@roster.command("undo")
@of_school
@click.option("--change", "change_id", type=click.UUID, help="Which one; else the newest.")
@without_asking
def undo(code: str, change_id: UUID | None, yes: bool) -> None:
    """Put the roster back as it was before a change, but for what was done since.

    Or ask for it, where a second person must agree on the page of the change.

    Example: quizapp roster undo --school 9901010001
    """
    school = _school(code)
    try:
        change = _to_undo(school, change_id)
        if not yes:
            click.echo(f"{change.kind}, {change.asked_at:%Y-%m-%d %H:%M} UTC: ", nl=False)
            click.confirm(f"{_counted(change.counts)}. Undo it?", abort=True)
        with transaction() as session:
            change = changes.change_of(session, school.id, change.id)
            done = changes.take_back(session, change, percent=_percent(), by=SYSTEM, now=now())
    except DomainError as error:
        refused(error)
    if done is None:
        click.echo(
            f"asked: nothing is undone yet. Somebody who may edit the roster of {school.name} has "
            f"to agree at /schools/{school.id}/roster/changes/{change.id}"
        )
        return
    click.echo(
        f"{done.rows} rows are as they were; {done.left} were changed since and stay; "
        f"{done.kept} pupils have done something since: kept, in no class"
    )


def _to_undo(school: Unit, change_id: UUID | None) -> RosterChange:
    session = database.session
    if change_id:
        return changes.change_of(session, school.id, change_id)
    found = changes.newest(session, school.id, now=now())
    if found is None:
        refuse([f"{school.name} has no change that can be undone"])
    return found


def _show(plan: Plan) -> None:
    for each in plan.classes:
        click.echo(
            f"{each.name}{' (new class)' if each.is_new else ''}: {each.added} new, "
            f"{each.returned} back again, {each.moved} moved, {each.changed} changed, "
            f"{each.left} leave, {each.unchanged} unchanged, {each.stay} not on the list, stay"
        )
    if plan.seems_whole and plan.reach is not Reach.SCHOOL and plan.pupils:
        click.echo("the list names more than half of the classes: is it --reach school?")


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def _school(code: str) -> Unit:
    try:
        found = orgs.by_code(database.session, code)
    except DomainError as error:
        refused(error)
    if found.kind is not UnitKind.SCHOOL:
        refuse([f"{code} is {found.name}, no school; give the ten digits of a school"])
    return found


def _checked(
    school: Unit, file: Path, values: tuple[str, ...], how_far: str | None
) -> tuple[ClassList, Checked]:
    """Return the list with its faults, and what of it may be taken in."""
    year, stages = this_school_year(), _stages(values)
    try:
        listed = plans.read_file(
            school, file.name, file.read_bytes(), school_year=year, stages=stages
        )
    except DomainError as error:
        refuse([f"{file.name}: {error}"])
    return plans.check(
        database.session, school, listed,
        school_year=year, stages=stages, reach=Reach(how_far) if how_far else None,
    )  # fmt: skip


def _percent() -> int:
    return int(current_app.config["QUIZAPP"].second_person_percent)


def _stages(values: tuple[str, ...]) -> list[Stage]:
    return [Stage(value) for value in values]
