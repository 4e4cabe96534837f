"""Whatever happens to a sitting, in whatever order: the database is as a simple model says."""

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.orm import Session

from quizapp.accounts import signin
from quizapp.accounts.models import Pupil
from quizapp.quizzes import sittings
from tests import make
from tests.faults.client import DEVICE
from tests.faults.extent import extent, report
from tests.faults.life import ITEMS, World, lives
from tests.town import NOON, Town

EXAMPLES, STEPS = extent(50, 2_500), 10  # Of each way, on each of the two databases.


@pytest.fixture(params=["the long way", "the short way"])
def world(request: pytest.FixtureRequest, app: Flask, session: Session, town: Town) -> World:
    quiz = make.quiz(session, town.city, now=NOON, items=ITEMS, attempts=1)
    child = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    signed = signin.begin_pupil(session, child, device=DEVICE, now=NOON)
    session.commit()
    claim = signin.claimed(signed.id) if request.param == "the short way" else None
    return World(app, quiz.id, town.lan, sittings.save, claim)


def test_a_sitting_is_as_the_model_says(world: World, session: Session) -> None:
    played = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )

    run_state_machine_as_test(lives(world), settings=played)

    dialect = session.get_bind().dialect.name
    report(f"lives of a sitting, {dialect}", examples=EXAMPLES, steps_at_most=EXAMPLES * STEPS)
