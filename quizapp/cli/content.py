"""`quizapp content …`: the files of question_bank/ and lessons/."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import click
from flask.cli import AppGroup

from quizapp.access.policy import SYSTEM
from quizapp.bank import actions as bank
from quizapp.bank import files as bank_files
from quizapp.bank import survey, tally, wording
from quizapp.bank.faults import Fault
from quizapp.cli.say import refuse, refused
from quizapp.core.clock import local_day, now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Conflict
from quizapp.core.paths import data_dir
from quizapp.lessons import actions as lessons
from quizapp.lessons import exports, readings, reviews
from quizapp.lessons import files as lesson_files
from quizapp.lessons import tally as lesson_tally

content = AppGroup("content", help="Questions and lessons. Example: quizapp content check")


@content.command("check")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--table", is_flag=True, help="Only the tables that docs/CONTENT.md holds.")
@click.option("--json", "as_json", is_flag=True, help="The whole report, for another program.")
def check(paths: tuple[Path, ...], table: bool, as_json: bool) -> None:
    """Read every file strictly, then look at the bank as a whole.

    All faults at once, each with file, line and key, and exit 1; or warnings, tables of what there
    is, and exit 0. With PATHS only what is said of these files and folders is told; all files are
    read in any case, for they lean on one another.

    Example: quizapp content check question_bank/law
    """
    questions, courses = _files()
    seen = survey.survey(questions, wording.read(data_dir("question_bank")))
    on = local_day(now())
    late = [*bank_files.overdue(questions, on), *lesson_files.overdue(courses, on)]
    unheard = readings.faults(data_dir("lessons"), data_dir("question_bank"))
    faults = _told([*questions.faults, *courses.faults, *seen.faults, *unheard], paths)
    warnings = _told([*late, *seen.warnings], paths)
    whole = [] if paths else seen.whole
    if as_json:
        click.echo(_as_json(questions, courses, faults, warnings, whole))
        raise SystemExit(1 if faults else 0)
    if faults:
        refuse(faults)
    if table:
        click.echo(f"{tally.tables(questions)}\n\n{lesson_tally.table(courses)}")
        return
    for warning in [*warnings, *whole]:
        click.echo(str(warning), err=True)
    if not paths:
        click.echo(f"{_counts(questions)}\n\n{lesson_tally.table(courses)}\n")
    click.echo(f"{len(questions.questions)} questions and {len(courses.lessons)} lessons are sound")


@content.command("load")
def load() -> None:
    """Bring into the database what has changed in the files; a second load changes nothing.

    Then each lesson in use that breaks a rule by now, or is past its day, is named.

    Example: quizapp content load
    """
    for name, told in load_all().items():
        click.echo(f"{name}: {told.new} new, {told.changed} changed, {told.unchanged} unchanged")
        for key in told.waiting:
            click.echo(f"  {key} was edited on the site since; the file waits as a draft", err=True)
        for key in told.gone:
            click.echo(f"  {key} was edited on the site; its file is gone, and it is out of use",
                       err=True)  # fmt: skip
    for says in reviews.unsound(database.session, local_day(now())):
        click.echo(f"  in use, but {says}", err=True)


@content.command("export-lessons")
@click.argument("folder", type=click.Path(path_type=Path))
def export_lessons(folder: Path) -> None:
    """Make FOLDER, which is as lessons/ and holds every approved lesson as the site has it.

    Courses, pictures, sound and film come along from the files that ship. What was not edited on
    the site is written sign by sign as it was. Questions of the site are written by
    `quizapp bank export --format toml`.

    Example: quizapp content export-lessons lessons-of-the-site
    """
    try:
        lessons = exports.files(database.session)
    except Conflict as fault:
        refused(fault)
    try:
        exports.write(data_dir("lessons"), folder, lessons)
    except FileExistsError:
        refuse([f"{folder} is there already; name a folder that is not"])
    click.echo(f"{len(lessons)} files of lessons written into {folder}")
    for key in exports.out_of_use(database.session):
        click.echo(f"  {key} is out of use here; a course names it, so it is written", err=True)


def load_all() -> dict[str, bank.Loaded]:
    """Load both in one transaction; refuses, and changes nothing, where a file has a fault."""
    questions, courses = _read()
    at = now()
    with transaction() as session:
        return {
            "questions": bank.load(session, questions, by=SYSTEM, now=at),
            "lessons": lessons.load(session, courses, by=SYSTEM, now=at),
        }


def _read() -> tuple[bank_files.Bank, lesson_files.Courses]:
    questions, courses = _files()
    if faults := [*questions.faults, *courses.faults]:
        refuse(faults)
    return questions, courses


def _files() -> tuple[bank_files.Bank, lesson_files.Courses]:
    questions = bank_files.read(data_dir("question_bank"))
    return questions, lesson_files.read(data_dir("lessons"), questions)


def _told(found: Iterable[Fault], paths: Sequence[Path]) -> list[Fault]:
    """Return what is said of the paths or beneath them, by file; without paths all of it."""
    root = data_dir("question_bank").parent
    under = [path.resolve() for path in paths]
    return sorted(
        fault
        for fault in found
        if not paths or any((root / fault.file).is_relative_to(path) for path in under)
    )


def _counts(questions: bank_files.Bank) -> str:
    """Return the tables and, beneath them, the cells from which a quiz can draw too little."""
    thin = [
        f"thin: {cell.topic}, {cell.stage}, difficulty {cell.difficulty}: "
        f"{cell.questions} of {tally.ENOUGH}"
        for cell in tally.thin(questions)
    ]
    return "\n".join([tally.tables(questions), "", *thin])


def _as_json(
    questions: bank_files.Bank,
    courses: lesson_files.Courses,
    faults: Sequence[Fault],
    warnings: Sequence[Fault],
    whole: Sequence[str],
) -> str:
    report = {
        "questions": len(questions.questions),
        "lessons": [asdict(row) for row in lesson_tally.rows(courses)],
        "faults": [asdict(fault) for fault in faults],
        "warnings": [asdict(warning) for warning in warnings],
        "whole": whole,
        "cells": [
            dict(zip(("topic", "stage", "difficulty", "questions"), (*cell, held), strict=True))
            for cell, held in tally.cells(questions).items()
        ],
        "thin": [asdict(cell) for cell in tally.thin(questions)],
        "thin_lessons": lesson_tally.thin(courses),
    }
    return json.dumps(report, ensure_ascii=False, indent=2)
