"""`quizapp roll`: the same reader as the page, all faults at once."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.orgs import queries
from quizapp.orgs.models import Roll, RollExclusion, RollLine
from quizapp.orgs.rules import Exclusion
from tests import make
from tests.cli.test_commands import run
from tests.town import NOON, Town

TOLD = ("--unit", "990100", "--counted-on", "2026-09-10")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A list as a bureau has it: Chinese headings in an own order, a title above, a sum below."""
    made = tmp_path / "roll.csv"
    made.write_text(
        "青禾市应参加人数,,,,,,\n"
        "学校名称,年级,应参加人数,其中：随班就读,休学,送教上门,学校标识码\n"
        "榆树中学,初一,120,2,3,1,9901010001\n"
        "橡树中学,初一,80,,,,\n"
        "合计,,200,,,,\n", "utf-8",
    )  # fmt: skip
    return made


def test_exclusions_and_those_who_learn_along_are_read(
    app: Flask, session: Session, town: Town, file: Path
) -> None:
    done = run(app, "roll", "import", str(file), *TOLD)

    assert done.output == (
        "roll 990100-1: 2 schools, 2 lines, not signed yet: no rate rests on it\n"
    )
    lines = session.scalars(select(RollLine))
    assert {(one.school_id, one.grade, one.pupils, one.along) for one in lines} == {
        (town.elm.id, 7, 120, 2), (town.oak.id, 7, 80, 0),
    }  # fmt: skip
    found = session.scalars(select(RollExclusion))
    assert {(one.reason, one.pupils) for one in found} == {
        (Exclusion.SUSPENDED, 3), (Exclusion.TAUGHT_AT_HOME, 1),
    }  # fmt: skip
    (roll,) = session.scalars(select(Roll))
    assert len(queries.roll_schools(session, roll)) == 2


def test_a_district_cannot_list_schools_of_another(
    app: Flask, session: Session, town: Town, file: Path
) -> None:
    refused = run(app, "roll", "import", str(file), "--unit", "990101", *TOLD[2:])

    assert refused.exit_code == 1
    assert refused.output.startswith("roll.csv:4: ")
    assert session.scalars(select(Roll)).all() == []


def test_the_check_tells_what_a_list_changes_and_writes_nothing(
    app: Flask, session: Session, town: Town, file: Path
) -> None:
    make.roll(session, town.city, [(town.elm, 100)], now=NOON)
    session.commit()

    done = run(app, "roll", "check", str(file), "--unit", "990100")

    assert done.output.splitlines() == [
        "2 schools, 2 lines, no fault", "new: 橡树中学", "榆树中学, junior 7: 100 → 120",
    ]  # fmt: skip
    assert session.scalars(select(Roll.version)).all() == [1]


def test_a_unit_that_is_not_there_is_refused(app: Flask, town: Town, file: Path) -> None:
    assert run(app, "roll", "check", str(file), "--unit", "000000").exit_code == 1
