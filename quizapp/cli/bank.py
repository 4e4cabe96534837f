"""`quizapp bank …`: questions in and out, in the formats of other programs."""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import click
from flask.cli import AppGroup

from quizapp.access.policy import SYSTEM
from quizapp.bank import exports, imports
from quizapp.bank.formats.table import FORMATS, WRITERS
from quizapp.bank.imports import Defaults, Found
from quizapp.bank.rules import BankStage
from quizapp.cli.say import refuse, refused
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import DomainError

bank = AppGroup("bank", help="Questions in and out. Example: quizapp bank export --format toml")
File = click.Path(exists=True, dir_okay=False, path_type=Path)


@bank.command("import")
@click.argument("file", type=File)
@click.option("--format", "form", required=True, type=click.Choice(list(FORMATS)))
@click.option("--stage", type=click.Choice([stage.value for stage in BankStage]),
              help="For questions that do not say it.")  # fmt: skip
@click.option("--topic", help="Key of the topic, for questions that do not say it.")
@click.option("--like", is_flag=True, help="Also those that are like a question of the bank.")
@click.option("--partial", is_flag=True, help="Leave out what cannot be taken in.")
@click.option("--dry-run", is_flag=True, help="Only say what became of each question.")
def take_in(
    file: Path, form: str, stage: str | None, topic: str | None, like: bool, partial: bool,
    dry_run: bool,
) -> None:  # fmt: skip
    """Take questions in as drafts; they go through review on the site like any other.

    A file in which anything is not understood is refused, unless --partial leaves that out.
    What the bank has already is left out.

    Example: quizapp bank import questions.txt --format text --stage junior --topic law --dry-run
    """
    items = FORMATS[form].read(file.name, file.read_bytes())
    defaults = Defaults(BankStage(stage) if stage else None, topic)
    found = imports.looked_at(database.session, items, defaults)
    faults = [f"{one.item.ref}: {told}" for one in found for told in one.faults]
    if dry_run:
        for one in found:
            _show(one)
    if faults and not partial:
        refuse(faults)
    wanted = [one for one in found if one.fits and (like or one.is_advised)]
    if dry_run:
        click.echo(f"{len(wanted)} of {len(found)} would be taken in; nothing is written")
        return
    try:
        with transaction() as session:
            taken = imports.take_in(session, wanted, by=SYSTEM, now=now())
    except DomainError as error:
        refused(error)
    made = taken.new + taken.revised
    revised = f" ({taken.revised} of them new versions)" if taken.revised else ""
    left = f"{len(found) - made} of {len(found)} questions left out"
    click.echo(f"{made} drafts made{revised}, {left}")


@bank.command("export")
@click.option("--format", "form", required=True, type=click.Choice(list(WRITERS)))
@click.option("--to", "out", type=click.File("wb", lazy=True), default="-",
              help="The file to write; else standard output.")  # fmt: skip
def export(form: str, out: BinaryIO) -> None:
    """Write every question in use; what the format cannot hold is told.

    toml is the whole folder question_bank/ as a zip: unpacked, it loads to the same bank.

    Example: quizapp bank export --format toml --to bank.zip
    """
    session = database.session
    items = exports.items(session)
    if form == "toml":
        raw, lost = exports.folder(session, items), []
    else:
        raw = WRITERS[form](items)
        of = FORMATS[form.partition("-")[0]].lost
        lost = [told for item in items for told in dict.fromkeys(of(item))]
    out.write(raw)
    _tell(lost)
    click.echo(f"{len(items)} questions", err=True)


def _show(one: Found) -> None:
    """Say what became of one item, and what was left out of it."""
    if not one.said:
        told = "not understood"
    elif one.same:
        told = f"there already, nothing to do: {one.same}"
    elif one.base:
        told = f"a new version of {one.item.key}: {', '.join(one.changes)}"
    elif one.near:
        told = f"{one.said.kind}, {one.near.share:.0%} like {one.near.key}"
    else:
        told = str(one.said.kind)
    click.echo(f"{one.item.ref}: {told}")
    for sentence in one.item.dropped:
        click.echo(f"  {sentence}")


def _tell(sentences: Sequence[str]) -> None:
    """Say each sentence once, with how many questions it is about."""
    for told in dict.fromkeys(sentences):
        click.echo(f"{sentences.count(told)} questions: {told}", err=True)
