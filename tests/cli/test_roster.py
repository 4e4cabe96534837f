"""The commands for class lists: exit 0 done, 1 refused with all faults, 2 usage."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.accounts.models import Consent, Pupil
from quizapp.audit.models import AuditEntry
from quizapp.rosters import oneroster_out
from quizapp.rosters.models import ChangeState, RosterChange
from tests.town import YEAR, Town

Run = Callable[..., Result]
ELM = ("--school", "9901010001")
GOOD = "年级,班级,姓名,学号\n8,1,孙一,801\n8,2,孙二,802\n"
BAD = "年级,班级,姓名,学号\n8,1,孙一,801\n8,,孙二,802\n8,1,孙3,803\n"


@pytest.fixture
def run(app: Flask, tmp_path: Path) -> Run:
    def command(verb: str, text: str, *words: str) -> Result:
        file = tmp_path / "list.csv"
        file.write_text(text, encoding="utf-8")
        return app.test_cli_runner().invoke(args=["roster", verb, str(file), *words])

    return command


def pupils(session: Session) -> int:
    session.rollback()  # So that it looks anew.
    return session.scalar(select(func.count()).select_from(Pupil)) or 0


def test_check_says_what_would_change_and_changes_nothing(run: Run, session: Session) -> None:
    before = pupils(session)

    done = run("check", GOOD, *ELM)

    assert done.exit_code == 0
    assert "初二1班 (new class): 1 new, 0 back again, 0 moved" in done.stdout
    assert pupils(session) == before


def test_apply_takes_the_list_in_once(run: Run, session: Session) -> None:
    before = pupils(session)

    first, second = run("apply", GOOD, *ELM), run("apply", GOOD, *ELM)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout.startswith("2 classes, 2 added, 0 returned, 0 moved, 0 changed, 0 left")
    assert second.stdout == "nothing to change: 2 pupils stand as listed\n"
    assert pupils(session) == before + 2
    entries = session.scalars(select(AuditEntry).where(AuditEntry.event == "roster.changed"))
    assert {entry.actor_id for entry in entries} == {SYSTEM.id}


ELM_7A = "年级,班级,姓名\n7,1,林兰\n7,1,陈波\n"


def test_apply_asks_before_somebody_leaves(run: Run, session: Session) -> None:
    asked = run("apply", ELM_7A, *ELM, "--reach", "classes")

    assert asked.exit_code == 1
    assert "1 leave, 2 unchanged" in asked.stdout
    assert "1 pupils leave. Go on?" in asked.stdout
    assert session.scalars(select(RosterChange)).all() == []


def test_a_large_change_is_only_proposed(run: Run, session: Session) -> None:
    done = run("apply", ELM_7A, *ELM, "--yes")

    change = session.scalars(select(RosterChange)).one()
    assert done.exit_code == 0
    assert (change.state, change.asked_by) == (ChangeState.PROPOSED, SYSTEM.id)
    assert done.stdout.rstrip().endswith(f"/roster/changes/{change.id}")


def test_the_newest_change_is_undone(app: Flask, run: Run, session: Session) -> None:
    before = pupils(session)
    run("apply", GOOD, *ELM)
    command = app.test_cli_runner().invoke

    asked = command(args=["roster", "undo", *ELM])
    assert (asked.exit_code, pupils(session)) == (1, before + 2)

    done = command(args=["roster", "undo", *ELM, "--yes"])
    assert (done.exit_code, pupils(session)) == (0, before)
    assert done.stdout.startswith("8 rows are as they were; 0 were changed since")

    again = command(args=["roster", "undo", *ELM, "--yes"])
    assert again.exit_code == 1
    assert "no change that can be undone" in again.stderr


def test_undoing_much_that_is_older_is_only_asked_for(
    app: Flask, run: Run, session: Session
) -> None:
    run("apply", GOOD, *ELM)
    change = session.scalars(select(RosterChange)).one()
    change.asked_at -= timedelta(hours=3)
    session.commit()
    before = pupils(session)

    done = app.test_cli_runner().invoke(args=["roster", "undo", *ELM, "--yes"])

    assert (done.exit_code, pupils(session)) == (0, before)
    assert done.stdout.startswith("asked: nothing is undone yet.")
    assert done.stdout.rstrip().endswith(f"/roster/changes/{change.id}")


def test_a_oneroster_file_is_a_list(
    app: Flask, tmp_path: Path, session: Session, town: Town
) -> None:
    session.execute(update(Pupil).values(consent=Consent.GIVEN))
    session.commit()
    file = tmp_path / "elm.zip"
    file.write_bytes(oneroster_out.write(session, town.elm, version="1.1", school_year=YEAR).raw)

    done = app.test_cli_runner().invoke(args=["roster", "apply", str(file), *ELM])

    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "nothing to change: 4 pupils stand as listed\n"


@pytest.mark.parametrize("verb", ["check", "apply"])
def test_all_faults_are_listed_with_their_rows(run: Run, session: Session, verb: str) -> None:
    before = pupils(session)

    done = run(verb, BAD, *ELM)

    assert done.exit_code == 1
    missing, digits = done.stderr.splitlines()
    assert missing.startswith("list.csv:3: 班级: The class is missing.")
    assert missing.endswith(" (class_missing)")
    assert digits.startswith("list.csv:4: 姓名: The name holds digits or signs.")
    assert pupils(session) == before


def test_the_good_part_is_taken_when_asked_for(run: Run, session: Session) -> None:
    before = pupils(session)

    done = run("apply", BAD, *ELM, "--partial")

    assert done.exit_code == 0
    assert "1 added" in done.stdout
    assert len(done.stderr.splitlines()) == 2
    assert pupils(session) == before + 1


def test_a_list_without_one_good_row_is_refused_all_the_same(run: Run) -> None:
    done = run("apply", "甲,乙\n1,2\n", *ELM, "--partial")

    assert done.exit_code == 1
    assert done.stderr.startswith("list.csv:1: No headings were found")


@pytest.mark.parametrize("code", ["9999999999", "990101", "9901010001-2026-0701"])
def test_what_is_no_school_is_refused(run: Run, code: str) -> None:
    done = run("check", GOOD, "--school", code)

    assert done.exit_code == 1
    assert code in done.stderr


def test_what_is_no_table_is_refused(run: Run) -> None:
    done = run("check", "", *ELM)

    assert done.exit_code == 1
    assert done.stderr.startswith("list.csv: ")


def test_a_vocational_school_is_told_apart(run: Run) -> None:
    done = run("check", "年级,班级,姓名\n高一,1,孙一\n", *ELM, "--stage", "vocational")

    assert "职一1班 (new class): 1 new" in done.stdout


@pytest.mark.parametrize("words", [(), ("--school",), (*ELM, "--stage", "night")])
def test_a_wrong_call_is_exit_2(run: Run, words: tuple[str, ...]) -> None:
    assert run("check", GOOD, *words).exit_code == 2


@pytest.mark.parametrize("verb", ["check", "apply", "undo"])
def test_help_shows_an_example(app: Flask, verb: str) -> None:
    done = app.test_cli_runner().invoke(args=["roster", verb, "--help"])

    assert done.exit_code == 0
    assert "Example: quizapp roster" in done.stdout
