"""What no honest client sends is answered with a sentence and never with a fault of ours."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.core.clock import now
from quizapp.core.db import database
from tests import make
from tests.conftest import Visitor
from tests.town import Town

NUL = "a\x00b"


@pytest.mark.parametrize(
    "path", ["/sign-in?next=%00", "/lessons/%00", "/reports/coverage?unit=%00", "/%00"]
)
def test_a_nul_in_an_address_is_refused(
    client_as: Callable[[Actor], Visitor], town: Town, path: str
) -> None:
    assert client_as(town.officer_gao).get(path).status_code == 400


def test_a_nul_in_a_form_a_body_or_a_cookie_is_refused(visitor: Visitor, town: Town) -> None:
    form = {"school": town.elm.code, "login": NUL, "secret": "x"}
    assert visitor.post("/sign-in", data=form).status_code == 400
    assert visitor.post("/api/v1/sign-in", json=form).status_code == 400
    visitor.set_cookie("device", "\\000" + "d" * 21)
    assert visitor.get("/sign-in").status_code in (200, 400)


@pytest.mark.parametrize("body", ["[" * 200_000, '{"a":' * 100_000])
def test_a_body_that_is_nested_to_do_harm_is_refused(visitor: Visitor, body: str) -> None:
    answer = visitor.post("/api/v1/sign-in", data=body, content_type="application/json")

    assert answer.status_code == 400


@pytest.mark.parametrize("said", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_no_page_can_have_is_refused(
    client_as: Callable[[Actor], Visitor], session: Session, town: Town, said: str
) -> None:
    quiz = make.quiz(session, town.city, now=now())
    session.commit()
    lan = client_as(town.lan)
    sitting: Any = lan.post(f"/api/v1/quizzes/{quiz.id}/sittings").json
    answers = [{"position": 1, "choice": ["a"], "seq": 1, "at": said}]

    answer = lan.put(f"/api/v1/sittings/{sitting['id']}/answers", json={"answers": answers})

    assert answer.status_code == 422


@pytest.mark.parametrize("day", ["9999-12-31", "2026-W47-6", "soon"])
def test_a_day_that_cannot_be_reported_on_is_refused(
    client_as: Callable[[Actor], Visitor], session: Session, town: Town, day: str
) -> None:
    make.campaign(session, town.city, now=now())
    session.commit()
    officer = client_as(town.officer_gao)

    for path in ("/api/v1/reports/coverage", "/reports/coverage"):
        answer = officer.get(f"{path}?unit=990100&campaign=contest&as_of={day}")
        assert answer.status_code == 422, path


def test_a_call_of_nobody_is_told_to_sign_in(visitor: Visitor) -> None:
    path = "/api/v1/quizzes/0199aaaa-0000-7000-8000-000000000000/sittings"

    answer = visitor.post(path, headers={"X-CSRF-Token": "none"})

    assert (answer.status_code, answer.json["error"]["code"]) == (401, "signed_out")  # type: ignore[index]


def test_a_database_that_is_away_is_told_as_busy(
    app: Flask, client_as: Callable[[Actor], Visitor], session: Session, town: Town
) -> None:
    quiz = make.quiz(session, town.city, now=now())
    session.commit()
    lan = client_as(town.lan)
    lost = "sqlite:////nowhere/at/all.db"
    if app.extensions["database"].dialect.name == "postgresql":
        lost = "postgresql+psycopg://postgres@127.0.0.1:1/none"
    away = make.engine(lost)
    with app.app_context():
        database.engine.dispose()
    app.extensions["database"] = away

    page = lan.get("/quizzes/")
    call = lan.post(f"/api/v1/quizzes/{quiz.id}/sittings")
    alive = lan.get("/healthz")
    ready = lan.get("/readyz")

    assert (page.status_code, call.status_code) == (503, 503)
    assert page.headers["Retry-After"] == call.headers["Retry-After"] == "3"
    assert (alive.status_code, ready.status_code) == (200, 503)
    away.dispose()
