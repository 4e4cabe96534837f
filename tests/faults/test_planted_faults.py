"""The test of a sitting's life, tested: five save paths with a part taken back, each noticed.

On PostgreSQL alone: on SQLite a writer has the whole database, so no lock can be left out.
"""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.orm import Session

from tests import make, postgres
from tests.conftest import Databases
from tests.faults import planted
from tests.faults.life import ITEMS, Save, World, lives
from tests.town import NOON, Town

Play = Callable[[Save], None]
# That a fault is found is enough; what the shortest way to it would be does not matter here.
PLAYED = settings(
    max_examples=300,
    stateful_step_count=25,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    with postgres.running() as address:
        yield Databases(tmp_path_factory.mktemp("planted"), address)


@pytest.fixture
def play(app: Flask, session: Session, town: Town) -> Play:
    """Play lives of a sitting with this save path."""
    quiz = make.quiz(session, town.city, now=NOON, items=ITEMS, attempts=1)
    session.commit()

    def with_this(save: Save) -> None:
        world = World(app, quiz.id, town.lan, save)
        run_state_machine_as_test(lives(world), settings=PLAYED)

    return with_this


@pytest.mark.parametrize("save", planted.ALL)
def test_a_save_path_without_a_part_is_noticed(play: Play, save: Save) -> None:
    with pytest.raises(AssertionError):
        play(save)
