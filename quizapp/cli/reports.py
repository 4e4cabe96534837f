"""`quizapp report …` and `quizapp rollups …`."""

import json
from datetime import datetime

import click
from flask.cli import AppGroup

from quizapp.access.policy import SYSTEM
from quizapp.campaigns import queries as campaigns
from quizapp.cli.say import refuse, refused
from quizapp.core.clock import local_day, now
from quizapp.core.db import database, snapshot, transaction
from quizapp.core.errors import DomainError
from quizapp.orgs import queries as orgs
from quizapp.reports import coverage, exports
from quizapp.reports import rollups as checks

rollups = AppGroup("rollups", help="Facts against roll-ups. Example: quizapp rollups check")


@click.command("report")
@click.argument("name", type=click.Choice(["coverage"]))
@click.option("--unit", "code", required=True, help="The code of the unit.")
@click.option("--campaign", "key", required=True, help="The key of the campaign.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The last day counted; today.")
@click.option("--format", "form", type=click.Choice(["json", "csv", "xlsx"]), default="json")
def report(name: str, code: str, key: str, as_of: datetime | None, form: str) -> None:
    """Print the numbers of a page.

    Example: quizapp report coverage --unit 330200 --campaign contest-2026 --as-of 2026-11-20
    """
    session = database.session
    try:
        unit, campaign = orgs.by_code(session, code), campaigns.by_key(session, key)
        day = as_of.date() if as_of else local_day(now())
        told = coverage.coverage(session, unit, campaign, day, outside=True)
    except DomainError as error:
        refused(error)
    if form == "json":
        click.echo(json.dumps(told.as_json(), ensure_ascii=False, indent=2))
    else:
        click.echo({"csv": exports.csv, "xlsx": exports.xlsx}[form](told), nl=False)


@rollups.command("check")
def check() -> None:
    """Compare every roll-up with the facts under it; exit 1 and each cell that differs.

    Example: quizapp rollups check
    """
    wrong = checks.differences(snapshot())
    if wrong:
        refuse(f"{d.table} {d.key}: stored {d.stored}, facts {d.facts}" for d in wrong)
    click.echo("no difference between facts and roll-ups")


@rollups.command("rebuild")
def rebuild() -> None:
    """Make all roll-ups again from the facts.

    Example: quizapp rollups rebuild
    """
    with transaction() as session:
        cells = checks.rebuild(session, by=SYSTEM)
    click.echo(f"made again; {cells} cells had differed")
