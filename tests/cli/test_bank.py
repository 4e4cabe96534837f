"""`quizapp bank import` and `export`: exit 0 done, 1 refused with all faults, 2 usage."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.bank.formats.table import FORMATS, WRITERS
from quizapp.bank.models import Question, Revision
from quizapp.bank.rules import Origin
from tests.town import Town

Run = Callable[..., Result]
PLACED = ("--format", "text", "--stage", "junior", "--topic", "refusal")
GOOD = "1. 火警打什么？（ ）\nA. 119 B. 114 C. 121\n答案：A\n2. 大麻是毒品。（√）\n"
BAD = GOOD + "3. 没有答案\nA. 甲 B. 乙 C. 丙\n"


@pytest.fixture
def run(app: Flask, tmp_path: Path) -> Run:
    def command(text: str, *words: str) -> Result:
        file = tmp_path / "questions.txt"
        file.write_text(text, encoding="utf-8")
        return app.test_cli_runner().invoke(args=["bank", "import", str(file), *words])

    return command


def questions(session: Session) -> int:
    session.rollback()  # So that it looks anew.
    return session.scalar(select(func.count()).select_from(Question)) or 0


def test_a_file_is_taken_in_once(run: Run, session: Session, town: Town) -> None:
    before = questions(session)

    first, second = run(GOOD, *PLACED), run(GOOD, *PLACED)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout.startswith("2 drafts made")
    assert second.stdout.startswith("0 drafts made, 2 of 2")
    assert questions(session) == before + 2
    made = session.scalars(select(Revision).where(Revision.origin == Origin.SITE)).all()
    assert {one.written_by for one in made} == {None}


def test_a_dry_run_says_what_would_be_and_writes_nothing(
    run: Run, session: Session, town: Town
) -> None:
    before = questions(session)

    done = run(GOOD, *PLACED, "--dry-run")

    assert done.exit_code == 0
    assert "questions.txt 1: single" in done.stdout
    assert "2 of 2 would be taken in; nothing is written" in done.stdout
    assert questions(session) == before


def test_a_file_with_faults_is_refused_whole(run: Run, session: Session, town: Town) -> None:
    before = questions(session)

    refused, partial = run(BAD, *PLACED), run(BAD, *PLACED, "--partial")

    assert refused.exit_code == 1
    assert "questions.txt 3: “没有答案”: no answer was found" in refused.stderr
    assert partial.stdout.startswith("2 drafts made, 1 of 3")
    assert questions(session) == before + 2


def test_without_a_place_it_is_refused(run: Run, session: Session, town: Town) -> None:
    told = run(GOOD, "--format", "text")

    assert told.exit_code == 1
    assert told.stderr.count("its topic is not said") == 2
    assert run(GOOD, *PLACED[:4], "--topic", "none").exit_code == 1


def test_usage_is_told(run: Run, town: Town) -> None:
    assert run(GOOD).exit_code == 2
    assert run(GOOD, "--format", "word").exit_code == 2


def test_every_format_is_exported_and_read_again(app: Flask, session: Session, town: Town) -> None:
    for form in WRITERS:
        done = app.test_cli_runner().invoke(args=["bank", "export", "--format", form])

        assert done.exit_code == 0, done.output
        assert "12 questions" in done.stderr
        if form == "toml":
            with zipfile.ZipFile(io.BytesIO(done.stdout_bytes)) as archive:
                assert "question_bank/topics.toml" in archive.namelist()
        else:
            known = FORMATS[form.partition("-")[0]]
            back = known.read(f"x{known.endings[0]}", done.stdout_bytes)
            # Aiken knows no questions with several right answers; two of twelve have them.
            assert len([item for item in back if item.texts]) == (10 if form == "aiken" else 12)


def test_an_export_goes_into_a_file(app: Flask, tmp_path: Path, town: Town) -> None:
    out = tmp_path / "bank.json"

    done = app.test_cli_runner().invoke(
        args=["bank", "export", "--format", "json", "--to", str(out)]
    )

    assert done.exit_code == 0
    assert len(json.loads(out.read_bytes())["questions"]) == 12
