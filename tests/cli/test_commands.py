"""The commands that an operator uses: what they do, refuse and say."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.accounts.models import Person, Posting
from quizapp.core import sheets
from quizapp.core.clock import now
from quizapp.orgs.models import Roll, RollLine, Unit
from quizapp.quizzes.models import Turnout
from tests import make
from tests.town import Town


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=list(words))


def test_regions_and_schools_are_imported_and_renamed(
    app: Flask, session: Session, town: Town, tmp_path: Path
) -> None:
    file = tmp_path / "units.csv"
    file.write_text(
        "code,name,kind,parent\n990103,西区,district,990100\n9901030001,枫树小学,school,990103\n"
        "990101,北城区,district,990100\n", "utf-8",
    )  # fmt: skip

    done = run(app, "units", "import", str(file))

    assert (done.exit_code, done.output) == (0, "3 units read, 3 added or renamed\n")
    school = session.scalars(select(Unit).where(Unit.code == "9901030001")).one()
    assert school.path == "/cn/990000/990100/990103/9901030001/"
    assert run(app, "units", "import", str(file)).output == "3 units read, 0 added or renamed\n"


def test_all_faults_of_a_list_of_units_are_told_at_once(
    app: Flask, session: Session, town: Town, tmp_path: Path
) -> None:
    file = tmp_path / "units.csv"
    file.write_text(
        "code,name,kind,parent\n99,西区,district,990100\n9901030001,枫树小学,school,990199\n"
        "990104,东区,village,990100\n", "utf-8",
    )  # fmt: skip
    before = session.scalar(select(func.count()).select_from(Unit))

    refused = run(app, "units", "import", str(file))

    assert refused.exit_code == 1
    assert [line.split(":")[1] for line in refused.output.splitlines()] == ["2", "3", "4"]
    assert session.scalar(select(func.count()).select_from(Unit)) == before


def test_a_roll_is_entered_and_signed(
    app: Flask, session: Session, town: Town, tmp_path: Path
) -> None:
    file = tmp_path / "roll.csv"
    file.write_text(
        "school,stage,grade,pupils\n9901010001,junior,7,120\n9901020001,junior,7,80\n", "utf-8"
    )
    told = ("--unit", "990100", "--counted-on", "2026-09-10", "--signed-by", "示例教育局")

    done = run(app, "roll", "import", str(file), *told)

    assert done.exit_code == 0
    roll = session.scalars(select(Roll)).one()
    assert (roll.name, roll.signed_by) == ("990100-1", "示例教育局")
    assert session.scalar(select(func.sum(RollLine.pupils))) == 200


def test_a_roll_that_was_entered_without_a_name_is_signed_later(
    app: Flask, session: Session, town: Town
) -> None:
    made = make.roll(session, town.city, [(town.elm, 40)], now=now(), signed=False)
    session.commit()
    told = ("roll", "sign", "--unit", "990100", "--version", "1", "--signed-by", "示例教育局")

    refused, done = run(app, *told), run(app, *told, "--unconfirmed")
    again = run(app, *told, "--unconfirmed")

    assert (refused.exit_code, done.exit_code, again.exit_code) == (1, 0, 1)
    assert "榆树中学" in refused.output
    session.refresh(made)
    assert made.signed_by == "示例教育局"


def test_a_roll_with_faults_is_refused_whole(
    app: Flask, session: Session, town: Town, tmp_path: Path
) -> None:
    file = tmp_path / "roll.csv"
    file.write_text(
        "school,stage,grade,pupils\n9901010001,junior,5,120\n0000000000,junior,7,80\n"
        "9901020001,junior,7,many\n", "utf-8",
    )  # fmt: skip

    refused = run(
        app, "roll", "import", str(file), "--unit", "990100", "--counted-on", "2026-09-10"
    )

    assert refused.exit_code == 1
    assert len(refused.output.splitlines()) == 3
    assert session.scalars(select(Roll)).all() == []


def test_the_first_administrator_is_invited_by_command(
    app: Flask, session: Session, town: Town
) -> None:
    told = ("--login", "root", "--name", "管理员", "--role", "platform_admin", "--unit", "cn")

    done = run(app, "person", "invite", *told)

    assert done.exit_code == 0
    assert "/invitations/" in done.output
    person = session.scalars(select(Person).where(Person.login == "root")).one()
    assert run(app, "person", "invite", *told).exit_code == 0, "a new link, no second posting"
    assert session.scalars(select(Posting).where(Posting.person_id == person.id)).one()


def test_the_roll_ups_are_checked_and_made_again(app: Flask, session: Session, town: Town) -> None:
    quiz = make.quiz(session, town.city, now=now())
    session.add(
        Turnout(
            school_id=town.elm.id,
            class_id=town.elm_7a.unit_id,
            quiz_id=quiz.id,
            day=now().date(),
            opened=5,
            finished=4,
            valid=4,
            passed=1,
        )
    )
    session.commit()

    wrong = run(app, "rollups", "check")
    run(app, "rollups", "rebuild")
    right = run(app, "rollups", "check")

    assert wrong.exit_code == 1
    assert "stored (5, 4, 4, 1), facts None" in wrong.output
    assert (right.exit_code, right.output) == (0, "no difference between facts and roll-ups\n")


def test_a_report_is_printed_as_the_page_has_it(app: Flask, session: Session, town: Town) -> None:
    make.campaign(session, town.city, now=now())
    make.roll(session, town.city, [(town.elm, 40), (town.oak, 30)], now=now())
    session.commit()

    done = run(app, "report", "coverage", "--unit", "990100", "--campaign", "contest")

    told = json.loads(done.output)
    assert told["snapshot"]["roll_version"] == "990100-1"
    assert {row["code"] for row in told["rows"]} == {"990101", "990102"}
    assert told["total"]["roll"] == 70


def test_a_report_is_written_as_a_table_and_twice_the_same(
    app: Flask, session: Session, town: Town
) -> None:
    make.campaign(session, town.city, now=now())
    session.commit()
    asked = (
        "report",
        "coverage",
        "--unit",
        "990100",
        "--campaign",
        "contest",
        "--as-of",
        "2026-11-20",
    )

    for form in ("csv", "xlsx"):
        first, again = (run(app, *asked, "--format", form).stdout_bytes for _time in range(2))
        assert first == again
        rows = sheets.read(f"report.{form}", first)
        assert [row.cells[1] for row in rows[1:4]] == ["990101", "990102", "990100"]


@pytest.mark.parametrize(
    "words",
    [
        ("report", "coverage", "--unit", "000000", "--campaign", "none"),
        ("person", "invite", "--login", "x", "--name", "x", "--role", "teacher", "--unit", "none"),
    ],
)
def test_what_is_not_there_is_refused_with_a_sentence(
    app: Flask, town: Town, words: tuple[str, ...]
) -> None:
    refused = run(app, *words)

    assert refused.exit_code == 1
    assert "There is no unit with the code" in refused.output


def test_content_is_checked_and_loaded_once(app: Flask, town: Town) -> None:
    checked = run(app, "content", "check")
    first = run(app, "content", "load")
    second = run(app, "content", "load")

    assert checked.exit_code == first.exit_code == second.exit_code == 0
    assert "questions: 0 new, 0 changed" in second.output
    assert "lessons: 0 new, 0 changed" in second.output


def test_the_doctor_lists_what_is_wrong_and_refuses(app: Flask, town: Town) -> None:
    told = run(app, "doctor")

    assert told.exit_code == 1
    assert "jobs: no process does the background work" in told.output


def test_every_command_explains_itself_with_an_example(app: Flask) -> None:
    groups = ("db", "content", "roster", "units", "roll", "person", "rollups", "jobs")
    for words in [*((g,) for g in groups), ("report",), ("serve",), ("doctor",), ("demo",)]:
        told = run(app, *words, "--help")
        assert told.exit_code == 0, words
        assert "quizapp " in told.output or words == ("doctor",), words
