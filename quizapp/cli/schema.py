"""`quizapp db …`: the schema of the database."""

import click
from flask.cli import AppGroup

from quizapp.cli.say import refuse
from quizapp.core import schema

db = AppGroup("db", help="The schema of the database. Example: quizapp db upgrade")


@db.command("upgrade")
def upgrade() -> None:
    """Bring the database to the newest schema, from empty or from any older one.

    Example: quizapp db upgrade
    """
    schema.upgrade()
    click.echo("the schema is current")


@db.command("check")
def check() -> None:
    """Say whether the schema is the one that this release expects.

    Example: quizapp db check
    """
    if not schema.is_current():
        refuse(["the schema is older or newer than this release; run: quizapp db upgrade"])
    click.echo("the schema is current")
