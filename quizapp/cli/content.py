"""`quizapp content …`: the files of question_bank/ and lessons/."""

from collections.abc import Sequence
from pathlib import Path

import click
from flask.cli import AppGroup

from quizapp.access.policy import SYSTEM
from quizapp.bank import actions as bank
from quizapp.bank import files as bank_files
from quizapp.cli.say import refuse
from quizapp.core.clock import local_day, now
from quizapp.core.db import transaction
from quizapp.core.paths import data_dir
from quizapp.lessons import actions as lessons
from quizapp.lessons import files as lesson_files

content = AppGroup("content", help="Questions and lessons. Example: quizapp content check")


@content.command("check")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
def check(paths: tuple[Path, ...]) -> None:
    """Read every file strictly; exit 1 and all faults at once, each with file, line and key.

    With PATHS only the faults of these files and folders are told; all files are read in any
    case, for they lean on one another.

    Example: quizapp content check question_bank/law
    """
    questions, courses = _read(paths)
    on = local_day(now())
    stale = [*bank_files.overdue(questions, on), *lesson_files.overdue(courses, on)]
    for warning in [*stale, *bank_files.habits(questions)]:
        click.echo(str(warning), err=True)
    click.echo(f"{len(questions.questions)} questions and {len(courses.lessons)} lessons are sound")


@content.command("load")
def load() -> None:
    """Bring into the database what has changed in the files; a second load changes nothing.

    Example: quizapp content load
    """
    for name, told in load_all().items():
        click.echo(f"{name}: {told.new} new, {told.changed} changed, {told.unchanged} unchanged")
        for key in told.waiting:
            click.echo(f"  {key} was edited on the site since; the file waits as a draft", err=True)


def load_all() -> dict[str, bank.Loaded]:
    """Load both in one transaction; refuses, and changes nothing, where a file has a fault."""
    questions, courses = _read()
    at = now()
    with transaction() as session:
        return {
            "questions": bank.load(session, questions, by=SYSTEM, now=at),
            "lessons": lessons.load(session, courses, by=SYSTEM, now=at),
        }


def _read(paths: Sequence[Path] = ()) -> tuple[bank_files.Bank, lesson_files.Courses]:
    questions = bank_files.read(data_dir("question_bank"))
    courses = lesson_files.read(data_dir("lessons"), questions)
    faults = [*questions.faults, *courses.faults]
    if told := [fault for fault in faults if _lies_in(fault.file, paths)]:
        refuse(told)
    return questions, courses


def _lies_in(file: str, paths: Sequence[Path]) -> bool:
    """Whether the file is one of the paths or beneath one; without paths every file is."""
    whole = data_dir("question_bank").parent / file
    return not paths or any(whole.is_relative_to(path.resolve()) for path in paths)
