"""`quizapp audit …`: is the log what the site has written, and who saw whose names."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from quizapp.audit import chain
from quizapp.audit.chain import Head
from quizapp.cli.say import refuse
from quizapp.core.db import database, snapshot, transaction
from quizapp.home import log_exports

audit = AppGroup("audit", help="The log. Example: quizapp audit verify --head NUMBER:SEAL")


@audit.command("verify")
@click.option("--head", "told", help="A head that was printed earlier, NUMBER:SEAL.")
def verify(told: str | None) -> None:
    """Link what waits and check the whole log; exit 1 and each place that was tampered with.

    With --head also that nothing is missing at the end since that head was printed.

    Example: quizapp audit verify --head 1042:9f86d081…
    """
    known = _head(told) if told else None
    _link_all()
    found = chain.faults(snapshot(), _key(), known=known)
    if found:
        refuse(found)
    click.echo(f"the log is whole up to {chain.head(database.session)}")


@audit.command("head")
def head() -> None:
    """Print the number and the seal of the last link, to be kept outside of this machine.

    Example: quizapp audit head >> heads.txt
    """
    _link_all()
    click.echo(str(chain.head(database.session)))


@audit.command("export")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.option("--year", required=True, type=click.IntRange(2020, 2100), help="A calendar year.")
def export(file: Path, year: int) -> None:
    """Write who saw which named data and why in a year, as a table for the yearly report.

    Example: quizapp audit export --year 2026 seen-2026.csv
    """
    rows = log_exports.looks(database.session, year, by_pupil=True)
    file.write_bytes(log_exports.csv(rows))
    click.echo(f"{len(rows)} lines")


def _link_all() -> None:
    while True:
        with transaction() as session:
            if not chain.link(session, _key()):
                return


def _head(told: str) -> Head:
    number, _colon, seal = told.strip().partition(":")
    if not (number.isdigit() and seal):
        refuse([f"{told!r} is no head; give NUMBER:SEAL as quizapp audit head prints it"])
    return Head(int(number), seal)


def _key() -> str:
    return str(current_app.config["QUIZAPP"].audit_key)
