"""`quizapp db backup` and `restore`: a consistent copy of the database, and its way back."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import URL, inspect, make_url

from quizapp.audit import chain
from quizapp.cli.say import refuse
from quizapp.core import schema
from quizapp.core.db import database


@click.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write a consistent copy of the database into a new file, while the site runs.

    Example: quizapp db backup /backup/quizapp-2026-11-22.copy
    """
    if file.exists():
        refuse([f"{file} is there already; give the name of a new file"])
    head, made = chain.head(database.session), file.with_name(f"{file.name}.part")
    database.session.rollback()
    made.unlink(missing_ok=True)
    if database.engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(_path())) as here, closing(sqlite3.connect(made)) as there:
            here.backup(there)
        _refuse_if_broken(made)
    else:
        _run("pg_dump", "--format=custom", "--no-owner", f"--file={made}")
    made.rename(file)
    click.echo(f"written; the log in it goes at least up to {head}")


@click.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def restore(file: Path) -> None:
    """Fill an empty database from a copy; the site must not run.

    Example: quizapp db restore /backup/quizapp-2026-11-22.copy
    """
    if inspect(database.engine).get_table_names():
        refuse(
            [
                "the database is not empty; move the file away, or create a new database and set "
                "QUIZAPP_DATABASE_URL"
            ]
        )
    database.engine.dispose()
    if database.engine.dialect.name == "sqlite":
        _refuse_if_broken(file)
        with closing(sqlite3.connect(file)) as there, closing(sqlite3.connect(_path())) as here:
            there.backup(here)
    else:
        name = str(_address().database)
        _run("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={name}", str(file))
    if not schema.is_current():
        click.echo("the copy is of an older release; run: quizapp db upgrade")
    click.echo("restored; now run: quizapp rollups check, and quizapp audit verify --head …")


def _address() -> URL:
    return make_url(current_app.config["QUIZAPP"].database_url)


def _path() -> str:
    return str(_address().database)


def _refuse_if_broken(file: Path) -> None:
    """Look at the whole file: a copy that cannot be read is none."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as copy:
            told = copy.execute("pragma integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as fault:
        told = str(fault)
    if told != "ok":
        refuse([f"{file}: {told}"])


def _run(*command: str) -> None:
    """Run one of PostgreSQL's programs; the password is not among its arguments, which all see."""
    address = _address()
    told = {
        "PGHOST": address.host, "PGPORT": address.port, "PGUSER": address.username,
        "PGPASSWORD": address.password, "PGDATABASE": address.database,
    }  # fmt: skip
    environment = os.environ | {name: str(value) for name, value in told.items() if value}
    try:
        done = subprocess.run(  # noqa: S603 - our own command.
            command, env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        refuse([f"{command[0]} is missing; install PostgreSQL's client programs"])
    if done.returncode:
        refuse(done.stderr.splitlines()[-5:] or [f"{command[0]} failed"])
