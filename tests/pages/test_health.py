"""What machines ask: are you alive, are you ready."""

import pytest
from flask import Flask
from sqlalchemy import text

from quizapp.core import clock, paths
from quizapp.core.clock import now
from quizapp.core.db import transaction
from quizapp.jobs import actions
from tests.conftest import Visitor


def test_a_living_site_says_ok(visitor: Visitor) -> None:
    answer = visitor.get("/healthz")

    assert (answer.status_code, answer.text, answer.mimetype) == (200, "ok", "text/plain")


def test_a_ready_site_names_its_checks(visitor: Visitor) -> None:
    answer = visitor.get("/readyz")

    assert answer.status_code == 200
    assert answer.json == {
        "ready": True,
        "checks": {"database": True, "schema": True, "disk": True},
        "alarms": ["jobs"],
    }


def test_a_site_with_its_clock_and_background_work_in_order_raises_no_alarm(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), transaction() as session:
        actions.beat(session, "host:1", began=now(), now=now())

    in_order = visitor.get("/readyz")
    monkeypatch.setattr(clock, "_line", clock.TimeLine(now().timestamp() - 3600 - clock._run()))
    off = visitor.get("/readyz")

    assert in_order.json["alarms"] == []  # type: ignore[index]
    assert (off.status_code, off.json["alarms"]) == (200, ["clock"])  # type: ignore[index]


def test_an_old_schema_is_not_ready(app: Flask, visitor: Visitor) -> None:
    with app.app_context(), transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0000'"))

    answer = visitor.get("/readyz")

    assert answer.status_code == 503
    assert answer.json == {
        "ready": False,
        "checks": {"database": True, "schema": False, "disk": True},
        "alarms": [],
    }


def test_a_full_disk_is_not_ready(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "LEAST_FREE", 1.1)

    answer = visitor.get("/readyz")

    assert answer.status_code == 503
    assert answer.json == {
        "ready": False,
        "checks": {"database": True, "schema": True, "disk": False},
        "alarms": ["jobs"],
    }
