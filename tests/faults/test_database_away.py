"""The database is away for a while: pupils are told to wait and nobody is signed out; when it is
back, saving goes on by itself, and nothing that was acknowledged is lost.

PostgreSQL is killed and started again; in SQLite another process holds the right to write.
"""

import sqlite3
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random
from typing import ClassVar

import pytest
from flask import Flask
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from quizapp.core.clock import now
from tests import make, postgres
from tests.conftest import DIALECTS, Databases
from tests.faults import ledger as ledgers
from tests.faults.client import Client, Reply, sign_in
from tests.faults.extent import extent, report
from tests.faults.ledger import ATTEMPTS, Ledger
from tests.faults.server import Server
from tests.postgres import Cluster
from tests.town import Town

AWAY = extent(5, 30)  # Seconds.
SAVES_EACH = 20  # Before it goes, and after it is back.
CLIENTS, PUPILS_EACH = 6, extent(1, 3)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with postgres.cluster(durable=True) as made:
        yield made


@pytest.fixture(scope="module", params=DIALECTS)
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Databases:
    home = tmp_path_factory.mktemp(f"away-{request.param}")
    if request.param == "sqlite":
        return Databases(home, None)
    return Databases(home, request.getfixturevalue("cluster").address)


@contextmanager
def held(url: str) -> Iterator[None]:
    """Let nobody else write to the SQLite database."""
    with closing(sqlite3.connect(make_url(url).database or "")) as other:
        other.isolation_level = None
        other.execute("begin immediate")
        yield
        other.execute("rollback")


@contextmanager
def stopped(cluster: Cluster) -> Iterator[None]:
    cluster.kill()
    yield
    cluster.start()


class Noting(Client):
    """A browser that notes what it was answered, and how it was told to wait."""

    statuses: ClassVar[Counter[int]] = Counter()
    told: ClassVar[set[tuple[str, str]]] = set()

    def send(
        self, method: str, path: str, body: object = None, form: Mapping[str, str] | None = None
    ) -> Reply:
        reply = super().send(method, path, body, form)
        self.statuses[reply.status] += 1
        if reply.status == 503:
            self.told.add((reply.json["error"]["code"], reply.headers["Retry-After"]))
        return reply


def test_saving_goes_on_when_the_database_is_back(
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
    ledger, dialect = Ledger(), session.get_bind().dialect.name
    Noting.statuses.clear()
    Noting.told.clear()
    on_sqlite = dialect == "sqlite"
    away = held(database_url) if on_sqlite else stopped(request.getfixturevalue("cluster"))

    with Server(database_url, tmp_path / "server") as server, ThreadPoolExecutor(CLIENTS) as room:
        saving = [
            room.submit(
                ledgers.keep_saving, server.address, passes[number::CLIENTS], quiz.id, ledger,
                Random(number), browser=Noting,
            )
            for number in range(CLIENTS)
        ]  # fmt: skip
        try:
            ledger.wait_for(SAVES_EACH)
            workers = set(server.workers())
            with away:
                time.sleep(AWAY)
                in_between = ledger.acks
            ledger.wait_for(SAVES_EACH)
            assert set(server.workers()) == workers
        finally:
            ledger.stop.set()
        for one in saving:
            one.result()

    report(f"{AWAY} s without the database, {dialect}", acks=ledger.acks,
           told_to_wait=Noting.statuses[503])  # fmt: skip
    assert ledger.acks > in_between
    assert set(Noting.statuses) <= {200, 201, 503}
    assert Noting.statuses[503] > 0 or on_sqlite  # There a short wait is only a wait.
    assert Noting.told <= {("busy", "3")}
    assert ledgers.lost(session, ledger) == []
    assert ledgers.scored_otherwise(session, ledger) == []
