"""The synthetic city: it stands, its counts fit, and nobody in it is real."""

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from quizapp.accounts.models import Person, Pupil
from quizapp.app import create_app
from quizapp.core.db import database
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import UnitKind
from tests.settings import configured


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder of a small demo city, and what three commands said."""
    folder = tmp_path_factory.mktemp("demo")
    app = create_app(configured(folder, f"sqlite:///{folder}/demo.db"), testing=True)
    runner = app.test_cli_runner()
    demo = ("demo", "--schools", "5", "--pupils", "300", "--signins", "20")
    said = [runner.invoke(args=words) for words in (demo, demo, ("rollups", "check"))]
    assert [one.exit_code for one in said] == [0, 1, 0], [one.output for one in said]
    return folder, [one.output for one in said]


def test_a_second_demo_does_not_touch_the_first(told: tuple[Path, list[str]]) -> None:
    assert "wants an empty database" in told[1][1]


def test_the_roll_ups_fit_the_facts(told: tuple[Path, list[str]]) -> None:
    assert told[1][2] == "no difference between facts and roll-ups\n"


def test_the_sign_ins_are_written_down(told: tuple[Path, list[str]]) -> None:
    signins = json.loads((told[0] / "demo-signins.json").read_text("utf-8"))

    assert set(signins) == {"pupils", "staff", "campaign", "city"}
    assert len(signins["pupils"]) == 20
    assert set(signins["pupils"][0]) == {"school", "login", "secret", "class"}
    roles = {one["role"] for one in signins["staff"]}
    assert len(roles) == 12, "one member of staff of each role but pupil"


def test_the_city_has_the_size_that_was_asked_for(told: tuple[Path, list[str]]) -> None:
    app = create_app(configured(told[0], f"sqlite:///{told[0]}/demo.db"), testing=True)
    with app.app_context():
        session = database.session
        schools = select(func.count()).select_from(Unit).where(Unit.kind == UnitKind.SCHOOL)
        assert session.scalar(schools) == 5
        assert session.scalar(select(func.count()).select_from(Pupil)) == 300
        assert all(p.name.startswith("演示") for p in session.scalars(select(Person)))
        database.engine.dispose()
