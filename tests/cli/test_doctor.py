"""`quizapp doctor`: each complaint, and what it says to do."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from quizapp.cli import doctor, server
from quizapp.core import clock, paths, pdf
from quizapp.core.clock import TimeLine, now
from quizapp.core.db import database, engine_for, transaction
from quizapp.core.redis import Store
from quizapp.jobs import actions

KEY = "0123456789abcdef" * 3
PUBLIC = {"base_url": "https://quiz.example", "proxy_hops": 1, "secret_key": KEY}
Told = Callable[..., list[str]]


@pytest.fixture
def told(app: Flask, session: Session) -> Iterator[Told]:
    """Return what the doctor says of the site with some settings changed."""
    with app.app_context(), transaction() as work:
        actions.beat(work, "host:1", began=now(), now=now())

    def ask(**changes: Any) -> list[str]:
        app.config["QUIZAPP"] = replace(app.config["QUIZAPP"], **changes)
        url = app.config["QUIZAPP"].redis_url
        app.extensions["redis"] = Store(url) if url else None
        with app.app_context():
            faults = list(doctor.complaints())
            database.session.rollback()
        # The server of these tests forgets at a power cut, so that they are fast.
        return [one for one in faults if "is off; answers could be lost" not in one]

    yield ask
    app.extensions["redis"] = None


def begins(faults: list[str], *words: str) -> bool:
    return len(faults) == len(words) and all(map(str.startswith, faults, words))


def test_a_site_that_is_well_has_no_complaint(told: Told) -> None:
    assert told() == []
    assert told(**PUBLIC) == []


def test_a_full_disk(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "LEAST_FREE", 1.1)

    assert begins(told(), "disk: almost full; make room in ")


def test_a_clock_that_was_never_set(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "FIRST_YEAR", now().year + 1)

    assert begins(told(), "clock: it says ")


def test_a_clock_that_was_set_while_the_site_ran(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    an_hour_ago = TimeLine(now().timestamp() - 3600 - clock._run())
    monkeypatch.setattr(clock, "_line", an_hour_ago)

    assert "clock: it was set while the site ran" in "".join(told())


def test_no_chinese_font(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "fonts", lambda: ("Noto Sans CJK SC", None))

    assert begins(told(), "fonts: none is Chinese")


def test_keys_that_are_not_apart(told: Told) -> None:
    assert begins(told(**PUBLIC, audit_key=KEY), "secret key: it seals the log as well")
    assert begins(told(audit_key="a" * 40, metrics_token=KEY), "metrics: ")
    assert begins(told(secret_key="ab" * 20, metrics_token=None), "secret key: it has few")


def test_proxies_that_were_forgotten_or_made_up(told: Told) -> None:
    assert begins(told(**PUBLIC | {"proxy_hops": 0}), "proxy: QUIZAPP_PROXY_HOPS is 0")
    assert begins(told(base_url=None, proxy_hops=1), "proxy: QUIZAPP_PROXY_HOPS is set")


def test_a_redis_that_does_not_answer(told: Told) -> None:
    assert begins(told(redis_url="redis://127.0.0.1:1/0"), "redis: none answers at 127.0.0.1")


def test_an_old_schema(told: Told, app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))

    assert begins(told(), "schema: not current")


def test_a_database_that_forgets(
    told: Told, app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        faults = list(doctor.complaints())
        monkeypatch.setattr(doctor, "FULL", 3)
        more = list(doctor.complaints())
        database.session.rollback()

    if database_url.startswith("sqlite"):
        assert (faults, begins(more, "database: synchronous is below FULL")) == ([], True)
    else:  # Three settings of the tests' own server.
        assert [one.split()[1] for one in faults] == [
            "fsync", "synchronous_commit", "full_page_writes",
        ]  # fmt: skip


def test_a_pool_that_the_database_cannot_fill(told: Told, database_url: str) -> None:
    faults = told(pool_size=100)

    if database_url.startswith("sqlite"):
        assert faults == []
    else:
        assert begins(faults, "database: ")
        assert "max_connections is 200" in faults[0]


def test_a_database_that_is_away(told: Told, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = database_of(app)
    monkeypatch.setitem(app.extensions, "database", engine)

    assert begins(told(), "database: it does not answer (")


def test_nobody_at_the_background_work(told: Told, app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.execute(text("DELETE FROM heartbeat"))

    assert begins(told(), "jobs: no process does the background work")


@pytest.mark.parametrize(
    ("cores", "gigabytes", "workers"),
    [(1, 1, 2), (2, 4, 2), (8, 16, 8), (16, 2, 5), (8, 0.25, 2), (128, 512, 64)],
)
def test_workers_fit_cores_and_memory(cores: int, gigabytes: float, workers: int) -> None:
    assert server.workers_for(server.Machine(cores, int(gigabytes * 2**30))) == workers


def database_of(app: Flask) -> Any:
    """Return an engine whose database is not there."""
    url = app.config["QUIZAPP"].database_url
    gone = "sqlite:////no/such/folder/site.db"
    return engine_for(
        gone if url.startswith("sqlite") else url.replace("@127.0.0.1:", "@127.0.0.2:")
    )
