"""The connection is lost in the middle, or none is free: told as busy, and well again by itself."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.core import db
from quizapp.core.clock import now
from tests import make
from tests.conftest import Visitor
from tests.town import Town

ANSWER = {"answers": [{"position": 1, "choice": ["a"], "seq": 1}]}


@pytest.fixture(params=["at once", "the longer way"])
def save(
    request: pytest.FixtureRequest, session: Session, town: Town,
    client_as: Callable[[Actor], Visitor],
) -> Callable[[], tuple[int, str | None]]:  # fmt: skip
    """Save an answer of Lan's; return the status and what Retry-After says.

    Where only forward is allowed each answer is looked at by itself, the longer way.
    """
    quiz = make.quiz(session, town.city, now=now())
    quiz.forward_only = request.param == "the longer way"
    session.commit()
    client = client_as(town.lan)
    sitting = client.post(f"/api/v1/quizzes/{quiz.id}/sittings").json["id"]  # type: ignore[index]

    def once() -> tuple[int, str | None]:
        told = client.put(f"/api/v1/sittings/{sitting}/answers", json=ANSWER)
        return told.status_code, told.headers.get("Retry-After")

    return once


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
@pytest.mark.parametrize("save", ["at once"], indirect=True)
def test_a_connection_that_is_lost_before_the_statement(
    app: Flask, save: Callable[[], tuple[int, str | None]]
) -> None:
    assert save() == (200, None), "what it asks beforehand is kept from now on"
    engine: Engine = app.extensions["database"]
    gone: list[int] = []

    def cut(raw: Any, *_more: Any) -> None:
        if not gone:
            gone.append(raw.info.backend_pid)
            with engine.connect() as other:
                other.exec_driver_sql("SELECT pg_terminate_backend(%s)", tuple(gone))

    event.listen(engine, "checkout", cut)

    # The counter meets it, and the site takes the same save by another connection.
    assert save() == (200, None)
    assert len(gone) == 1


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
@pytest.mark.parametrize("save", ["the longer way"], indirect=True)
def test_a_connection_that_is_lost_in_the_middle(
    app: Flask, save: Callable[[], tuple[int, str | None]]
) -> None:
    engine: Engine = app.extensions["database"]

    def cut(connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "answer" in statement and statement.lstrip().upper().startswith("INSERT"):
            event.remove(engine, "before_cursor_execute", cut)
            pid = connection.connection.driver_connection.info.backend_pid
            with engine.connect() as other:
                other.exec_driver_sql("SELECT pg_terminate_backend(%s)", (pid,))

    event.listen(engine, "before_cursor_execute", cut)

    assert save() == (503, "3")
    assert save() == (200, None)


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
def test_connections_that_died_while_nobody_asked(
    app: Flask, save: Callable[[], tuple[int, str | None]]
) -> None:
    engine: Engine = app.extensions["database"]
    with engine.connect() as one:
        one.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    told = [save()[0] for _ in range(3)]

    assert told[-1] == 200
    assert set(told) <= {200, 503}


def test_a_pool_in_which_none_is_free(
    app: Flask, database_url: str, save: Callable[[], tuple[int, str | None]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(db, "PATIENCE", 1)
    small = db.engine_for(database_url, 1)
    monkeypatch.setitem(app.extensions, "database", small)

    with small.connect():
        assert save() == (503, "3")
    assert save() == (200, None)
    small.dispose()
