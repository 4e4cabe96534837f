"""Saves in front of the site: what is simple is taken there, and all else answered by the site."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts.models import PupilSignIn
from quizapp.api.counter import Counter
from quizapp.core.clock import now
from quizapp.quizzes.models import Answer, Sitting
from quizapp.web import cookies
from tests import make
from tests.api.test_sitting import put, start
from tests.conftest import Visitor
from tests.town import Town


class Site:
    """The site behind the counter, that counts what comes to it."""

    def __init__(self, counter: Counter) -> None:
        self.calls = 0
        self._site = counter._site

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self.calls += 1
        return self._site(environ, start_response)


@pytest.fixture
def site(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Site:
    counter = app.wsgi_app
    assert isinstance(counter, Counter)
    made = Site(counter)
    monkeypatch.setattr(counter, "_site", made)
    return made


@pytest.fixture
def lan(client_as: Callable[[Actor], Visitor], town: Town) -> Visitor:
    return client_as(town.lan)


@pytest.fixture
def sitting(session: Session, town: Town, lan: Visitor) -> str:
    quiz = make.quiz(session, town.city, now=now(), items=4)
    session.commit()
    return str(start(lan, quiz)["id"])


def kept(session: Session) -> list[tuple[int, int, str]]:
    rows = session.execute(select(Answer.position, Answer.seq, Answer.choice))
    return sorted((position, seq, choice) for position, seq, choice in rows)


def one(position: int, letter: str = "a", seq: int = 1) -> dict[str, Any]:
    return {"position": position, "choice": [letter], "seq": seq}


def test_a_simple_save_goes_no_further(
    site: Site, session: Session, lan: Visitor, sitting: str
) -> None:
    site.calls = 0

    first = put(lan, sitting, one(1), one(2))
    again = put(lan, sitting, one(2), one(3))
    newer = put(lan, sitting, one(1, "b", seq=5), one(1, "c", seq=4))

    assert site.calls == 0
    assert [reply.status_code for reply in (first, again, newer)] == [200, 200, 200]
    assert first.json["saved"] == [{"position": 1, "seq": 1}, {"position": 2, "seq": 1}]
    assert again.json["saved"] == [{"position": 2, "seq": 1}, {"position": 3, "seq": 1}]
    assert newer.json["saved"] == [{"position": 1, "seq": 5}]
    assert [(position, seq) for position, seq, _choice in kept(session)] == [(1, 5), (2, 1), (3, 1)]


def test_it_is_answered_as_the_site_answers(
    site: Site, lan: Visitor, sitting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The session cookie is renewed by the site alone: then the same save goes the long way."""
    here = put(lan, sitting, one(1))
    site.calls = 0
    monkeypatch.setattr("quizapp.api.counter.RENEWED", 0)
    monkeypatch.setattr(cookies, "RENEWED", 10**9)
    there = put(lan, sitting, one(1, "b", seq=2))

    assert site.calls == 1
    assert here.json.keys() == there.json.keys()
    assert here.json["deadline"] == there.json["deadline"]
    own = {"X-Request-ID", "Content-Length", "Vary"}
    told = [{k: v for k, v in reply.headers.items() if k not in own} for reply in (here, there)]
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("status", "how"),
    [
        (422, {"json": {"answers": [one(9)]}}),
        (422, {"json": {"answers": [one(1, "x")]}}),
        (422, {"json": {"answers": []}}),
        (422, {"json": {"answers": [one(1) | {"more": 1}]}}),
        (400, {"json": {"answers": [one(1, "\0")]}}),
        (400, {"data": "[", "content_type": "application/json"}),
        (415, {"data": "{}", "content_type": "text/plain"}),
        (400, {"json": {"answers": [one(1)]}, "headers": {"X-CSRF-Token": "made up"}}),
        (400, {"json": {"answers": [one(1)]}, "headers": {"X-CSRF-Token": ""}}),
    ],
)
def test_what_is_not_simple_is_answered_by_the_site(
    site: Site, session: Session, lan: Visitor, sitting: str, status: int, how: dict[str, Any]
) -> None:
    site.calls = 0

    reply = lan.put(f"/api/v1/sittings/{sitting}/answers", **how)

    assert (reply.status_code, site.calls) == (status, 1)
    assert kept(session) == []


def test_nobody_saves_for_another_or_when_signed_out(
    site: Site, session: Session, client_as: Callable[[Actor], Visitor], town: Town,
    lan: Visitor, sitting: str,
) -> None:  # fmt: skip
    bo = put(client_as(town.bo), sitting, one(1))
    teacher = put(client_as(town.ms_chen), sitting, one(1))
    session.execute(update(PupilSignIn).values(ended_at=now()))
    session.commit()
    out = put(lan, sitting, one(1))

    assert [reply.status_code for reply in (bo, teacher, out)] == [404, 403, 401]
    assert kept(session) == []


@pytest.mark.parametrize(
    ("seconds", "status", "late"), [(-5, 200, False), (30, 200, True), (61, 410, None)]
)
def test_the_bell_is_the_same_here(
    session: Session, lan: Visitor, sitting: str, seconds: int, status: int, late: bool | None
) -> None:
    session.execute(update(Sitting).values(deadline=now() - timedelta(seconds=seconds)))
    session.commit()

    assert put(lan, sitting, one(1)).status_code == status
    assert session.scalar(select(Answer.late)) is late


def test_what_is_handed_in_stays(session: Session, lan: Visitor, sitting: str) -> None:
    lan.post(f"/api/v1/sittings/{sitting}/submission")
    before = kept(session)

    assert put(lan, sitting, one(1, seq=9)).status_code == 409
    assert kept(session) == before
