"""`quizapp roster export`: the roster of a school or of a district for another system."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from quizapp.access.policy import SYSTEM
from quizapp.audit.actions import record
from quizapp.cli.say import refuse, refused
from quizapp.core.clock import now, this_school_year
from quizapp.core.db import transaction
from quizapp.core.errors import DomainError
from quizapp.orgs import queries as orgs
from quizapp.rosters import oneroster_out
from quizapp.rosters.oneroster_fields import VERSIONS


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--school", "code", required=True,
    help="The ten digits of a school; or the code of a district, for all its schools.",
)  # fmt: skip
@click.option("--version", default=VERSIONS[-1], show_default=True, type=click.Choice(VERSIONS))
@with_appcontext
def export(file: Path, code: str, version: str) -> None:
    """Write the classes and pupils of this school year as a OneRoster CSV zip.

    Example: quizapp roster export --school 9901010001 --version 1.2 roster.zip
    """
    if file.suffix.lower() != ".zip":
        refuse([f"{file.name}: the standard wants a name that ends in .zip"])
    try:
        with transaction() as session:
            of = orgs.by_code(session, code)
            made = oneroster_out.write(session, of, version=version, school_year=this_school_year())
            record(
                session, "roster.exported", by=SYSTEM, now=now(), path=of.path,
                pupils=made.going.pupils, version=version,
            )  # fmt: skip
    except DomainError as error:
        refused(error)
    file.write_bytes(made.raw)
    click.echo(
        f"{file}: {made.going.pupils} pupils; left out: {made.going.refused} refused, "
        f"{made.going.unasked} under 14 without a word of consent yet"
    )
