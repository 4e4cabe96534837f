"""kill -9 of workers, the whole server, backends and the database while pupils save: what was
acknowledged is there, and scored once."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quizapp.core.clock import now
from tests import make, postgres
from tests.conftest import DIALECTS, Databases
from tests.faults import ledger as ledgers
from tests.faults.client import sign_in
from tests.faults.extent import extent, report
from tests.faults.ledger import ATTEMPTS, Ledger
from tests.faults.server import Server
from tests.postgres import Cluster
from tests.town import Town

KILLS = extent(20, 200)
ACKS_BETWEEN = extent(10, 510)  # So many answers are acknowledged before the next kill.
CLIENTS, PUPILS_EACH = 6, extent(1, 40)
ANSWERS_A_CALL = 4  # At the most.
TURNS = {  # What is killed, in turn; a name may come often.
    "sqlite": ("worker", "worker", "worker", "worker", "worker", "site"),
    "postgresql": ("worker", "backend", "worker", "backend", "database", "worker", "site"),
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL that keeps what it has said to keep: with fsync."""
    with postgres.cluster(durable=True) as made:
        yield made


@pytest.fixture(scope="module", params=DIALECTS)
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Databases:
    home = tmp_path_factory.mktemp(f"durable-{request.param}")
    if request.param == "sqlite":
        return Databases(home, None)
    return Databases(home, request.getfixturevalue("cluster").address)


def kill_backend(cluster: Cluster, chance: Random) -> None:
    """Kill one connection's process; PostgreSQL then restarts all of them."""
    if backends := cluster.backends():
        os.kill(chance.choice(backends), signal.SIGKILL)


def kill_database(cluster: Cluster) -> None:
    cluster.kill()
    cluster.start()


def kill_all_the_time(
    turns: Mapping[str, Callable[[], None]], order: Sequence[str], ledger: Ledger
) -> None:
    try:
        for number in range(KILLS):
            ledger.wait_for(ACKS_BETWEEN)
            turns[order[number % len(order)]]()
        ledger.wait_for(ACKS_BETWEEN)
    finally:
        ledger.stop.set()


def test_no_acknowledged_answer_is_lost(
    app: Flask,
    session: Session,
    town: Town,
    database_url: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    quiz = make.quiz(session, town.city, now=now(), attempts=ATTEMPTS, minutes=60)
    children = [make.pupil(session, town.elm_7a) for _ in range(CLIENTS * PUPILS_EACH)]
    passes = list(sign_in(app, session, children, now=now()).values())
    session.commit()
    dialect = session.get_bind().dialect.name
    ledger, chance = Ledger(), Random(1)

    with Server(database_url, tmp_path / "server") as server, ThreadPoolExecutor(CLIENTS) as room:
        turns: dict[str, Callable[[], None]] = {
            "worker": lambda: server.kill_worker(chance.choice(server.workers())),
            "site": server.kill_all,
        }
        if dialect == "postgresql":
            cluster: Cluster = request.getfixturevalue("cluster")
            turns["backend"] = lambda: kill_backend(cluster, chance)
            turns["database"] = lambda: kill_database(cluster)
        saving = [
            room.submit(
                ledgers.keep_saving, server.address, passes[number::CLIENTS], quiz.id, ledger,
                Random(number), most=ANSWERS_A_CALL,
            )
            for number in range(CLIENTS)
        ]  # fmt: skip
        kill_all_the_time(turns, TURNS[dialect], ledger)
        for one in saving:
            one.result()
    checked = app.test_cli_runner().invoke(args=["rollups", "check"])

    report(f"kill -9, {dialect}", kills=KILLS, acks=ledger.acks, sittings=len(ledger.scores))
    assert ledger.acks > KILLS * ACKS_BETWEEN
    assert ledgers.lost(session, ledger) == []
    assert ledgers.scored_otherwise(session, ledger) == []
    assert checked.exit_code == 0, checked.output
