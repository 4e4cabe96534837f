"""Redis is killed in the middle: nothing fails, nobody is signed out, limits hold, work goes on."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.core import redis
from quizapp.core.clock import now
from quizapp.core.redis import Store
from quizapp.jobs.queue import Queue
from quizapp.web import pace
from quizapp.web.pace import PACES, Counts
from tests.conftest import Visitor
from tests.redis import Server
from tests.town import Town

MOST = 8  # So often in a minute the log may be looked at in these tests.


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.begin()
    yield server
    server.kill()


@pytest.fixture
def shared(app: Flask, redis_server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The site with a Redis, in a minute of its own that does not end within the test."""
    app.config["QUIZAPP"] = replace(app.config["QUIZAPP"], redis_url=redis_server.url)
    app.extensions["redis"] = Store(redis_server.url)
    app.extensions["pace"] = Counts()
    monkeypatch.setattr(pace, "time", lambda: 1_800_000_000.0)
    monkeypatch.setattr(redis, "REST", 0.0)
    monkeypatch.setitem(PACES, "audit.index", MOST)
    return redis_server


def test_several_processes_count_together(
    app: Flask, shared: Server, town: Town, client_as: Callable[[Actor], Visitor]
) -> None:
    client = client_as(town.admin_kong)
    for _process in range(2):
        app.extensions["pace"] = Counts()  # As another process begins: with nothing counted.
        for _asked in range(MOST // 2):
            assert client.get("/audit/").status_code == 200

    refused = client.get("/audit/")

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert client_as(town.auditor_fang).get("/audit/").status_code == 200


def test_without_redis_each_process_counts_on(
    app: Flask, shared: Server, town: Town, client_as: Callable[[Actor], Visitor]
) -> None:
    client = client_as(town.admin_kong)
    for number in range(MOST):
        if number == MOST // 2:
            shared.kill()
        assert client.get("/audit/").status_code == 200

    assert client.get("/audit/").status_code == 429
    assert client.get("/people/").status_code == 200  # Signed in, and other pages open.


def test_redis_that_is_away_is_told_and_comes_back(
    app: Flask, shared: Server, visitor: Visitor
) -> None:
    def alarms() -> list[str]:
        told = visitor.get("/readyz")
        assert told.status_code == 200
        return [one for one in told.json["alarms"] if one == "redis"]  # type: ignore[index]

    assert alarms() == []
    shared.kill()
    assert alarms() == ["redis"]
    shared.begin()
    assert alarms() == []


def test_who_rests_from_a_dead_redis_does_not_wait_for_it(app: Flask, redis_server: Server) -> None:
    redis_server.kill()
    store, asked = Store(redis_server.url), []

    def ping(client: Redis) -> bool:
        asked.append("ping")
        return bool(client.ping())

    told = [store.ask(ping) for _time in range(3)]

    assert told == [None, None, None]
    assert asked == ["ping"]


def test_the_clock_goes_on_without_its_queue(
    app: Flask, session: Session, redis_server: Server, tmp_path: Path
) -> None:
    """Work is woken through Redis; when that is away it is found all the same."""
    app.config["QUIZAPP"] = replace(app.config["QUIZAPP"], redis_url=redis_server.url)
    queue = Queue(app)
    called = []
    queue.every(lambda _at: True, "test.tick", lambda: called.append("tick"))
    queue.wake()
    waiting = queue.huey.pending_count()

    redis_server.kill()
    queue.wake()
    with app.app_context():
        made_up_for = queue.catch_up(now() + timedelta(minutes=2))

    assert waiting == 1
    assert made_up_for == 2  # The work and the tick.
    assert called == ["tick"]
