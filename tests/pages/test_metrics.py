"""`/metrics` and the log of requests: figures without names, for whoever looks after the site."""

import io
import json
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.core import metrics
from quizapp.core.clock import now
from quizapp.core.logs import Lines
from quizapp.web import measuring
from tests import make
from tests.conftest import Visitor
from tests.town import Town

TOKEN = "t" * 40


def figures(visitor: Visitor) -> dict[str, float]:
    told = visitor.get("/metrics")
    assert told.status_code == 200
    assert told.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = [line for line in told.text.splitlines() if not line.startswith("#")]
    return {name: float(number) for name, number in (line.rsplit(" ", 1) for line in lines)}


def take(client: Visitor, quiz_id: object, *, saves: int) -> str:
    """Start, save and hand in; return the id of the sitting."""
    begun = client.post(f"/api/v1/quizzes/{quiz_id}/sittings").json
    assert begun
    for seq in range(1, saves + 1):
        answers = [{"position": 1, "choice": ["a"], "seq": seq}]
        sent = client.put(f"/api/v1/sittings/{begun['id']}/answers", json={"answers": answers})
        assert sent.status_code == 200
    return str(begun["id"])


def test_a_sitting_is_counted(
    session: Session, town: Town, client_as: Callable[[Actor], Visitor], visitor: Visitor
) -> None:
    quiz = make.quiz(session, town.city, now=now())
    session.commit()
    before = figures(visitor)

    sitting = take(client_as(town.lan), quiz.id, saves=3)
    after = figures(visitor)

    def more(name: str) -> float:
        return after[name] - before[name]

    assert more("quizapp_saves_total") == 3
    assert more('quizapp_requests_total{class="save",status="2xx"}') == 3
    assert more('quizapp_request_seconds_count{class="save"}') == 3
    assert more('quizapp_request_seconds_bucket{class="save",le="+Inf"}') == 3
    assert more('quizapp_requests_total{class="start",status="2xx"}') == 1
    assert (more("quizapp_late_saves_total"), after["quizapp_acks_without_commit_total"]) == (0, 0)
    assert after["quizapp_open_sittings"] == 1
    assert sitting not in visitor.get("/metrics").text


def test_refusals_and_wrong_paths_are_counted(
    town: Town, client_as: Callable[[Actor], Visitor], visitor: Visitor
) -> None:
    before = figures(visitor)
    client_as(town.lan).get("/jobs/")
    visitor.get("/no-such-page")

    after = figures(visitor)

    for name in ('refusals_total{code="not_allowed"}', 'requests_total{class="none",status="4xx"}'):
        assert after[f"quizapp_{name}"] - before[f"quizapp_{name}"] == 1, name


def test_an_acknowledgement_without_a_commit_is_an_alarm(app: Flask, town: Town) -> None:
    before = metrics.value(metrics.UNCOMMITTED)

    with app.test_request_context():
        measuring.acknowledged(is_late=True)

    assert metrics.value(metrics.UNCOMMITTED) == before + 1


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.7", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 403),  # A proxy on this machine asks.
        ("192.0.2.7", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("192.0.2.7", {"Authorization": f"Bearer {TOKEN}"}, 200),
        ("192.0.2.7", {"Authorization": f"Bearer {TOKEN[1:]}"}, 403),
        ("192.0.2.7", {"Authorization": "Bearer "}, 403),
    ],
)
def test_figures_are_for_this_machine_or_with_the_token(
    app: Flask, visitor: Visitor, address: str, headers: dict[str, str], status: int
) -> None:
    given = app.config["QUIZAPP"]
    app.config["QUIZAPP"] = type(given)(**{**vars(given), "metrics_token": TOKEN})

    told = visitor.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})

    assert told.status_code == status


def test_without_a_token_an_empty_one_opens_nothing(visitor: Visitor) -> None:
    told = visitor.get(
        "/metrics", headers={"Authorization": "Bearer "}, environ_base={"REMOTE_ADDR": "192.0.2.7"}
    )

    assert told.status_code == 403


def test_processes_that_ended_still_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three processes count, one after the other; a fourth adds up."""
    totals = []
    for pid in (101, 102, 101):
        row = metrics.Row()
        family = row.family("made_up_total", "Made up.", labels="kind", values=("a", "b"))
        row.keep_in(tmp_path)
        monkeypatch.setattr("os.getpid", lambda pid=pid: pid)
        row.add([(family.places["b"], 2.5)])
        totals.append(row.sums()[family.places["b"]])

    assert totals == [2.5, 5, 7.5]
    assert len(list(tmp_path.iterdir())) == 2
    assert row.sums()[family.places["a"]] == 0


def test_the_text_is_what_prometheus_reads(visitor: Visitor) -> None:
    lines = visitor.get("/metrics").text.splitlines()

    number = r"(\d+(\.\d+)?(e-?\d+)?)"
    sample = re.compile(rf'quizapp_[a-z_]+(\{{([a-z]+="[^"]*",?)+\}})? {number}')
    assert [line for line in lines if line[0] != "#" and not sample.fullmatch(line)] == []
    names = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(names) == len(set(names))
    counts = [float(x.split()[1]) for x in lines if x.startswith("quizapp_request_seconds_bucket")]
    width = len(metrics.BOUNDS) + 1
    for start in range(0, len(counts), width):
        assert counts[start : start + width] == sorted(counts[start : start + width])


CANARIES = ("林兰", "canary-secret", "canary-query", "canary-login", "192.0.2.77")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is written into the log meanwhile."""
    told, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(told)
    handler.setFormatter(Lines())
    levels = root.level, logging.getLogger("quizapp").level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield told
    root.removeHandler(handler)
    root.setLevel(levels[0])


def test_the_log_names_nobody_and_holds_no_secret(
    app: Flask, session: Session, town: Town, client_as: Callable[[Actor], Visitor],
    visitor: Visitor, written: io.StringIO,
) -> None:  # fmt: skip
    quiz = make.quiz(session, town.city, now=now())
    session.commit()
    given = app.config["QUIZAPP"]
    app.config["QUIZAPP"] = type(given)(**{**vars(given), "logs_all_requests": True})
    here = {"environ_base": {"REMOTE_ADDR": "192.0.2.77", "HTTP_USER_AGENT": "canary-query"}}

    client = client_as(town.lan)
    take(client, quiz.id, saves=1)
    client.get("/?next=canary-query", **here)
    visitor.get("/invitations/canary-secret", **here)
    sign_in = {"school": town.elm.code, "login": "canary-login", "secret": "canary-secret"}
    assert visitor.post("/api/v1/sign-in", json=sign_in, **here).status_code == 401
    client_as(town.ms_chen).get(f"/classes/{town.elm_7a.unit_id}", **here)
    assert "林兰" in client_as(town.ms_chen).get(f"/classes/{town.elm_7a.unit_id}").text

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    asked = [line for line in lines if line["logger"] == "quizapp.requests"]
    assert [(line["endpoint"], line["status"]) for line in asked[:3]] == [
        ("api.start", 201), ("api.save", 200), ("home.index", 200),
    ]  # fmt: skip
    assert all(re.fullmatch(r"[0-9a-f]{16}", line["request"]) for line in asked)
    found = [canary for canary in CANARIES if canary in written.getvalue()]
    assert found == []
    ids = {str(town.lan.id), str(quiz.id), str(town.elm_7a.unit_id)}
    assert [one for one in ids if one in written.getvalue()] == []


def test_an_error_is_told_by_kind_and_place_and_without_its_words(
    app: Flask, session: Session, town: Town, written: io.StringIO
) -> None:
    for wrong in ("canary-secret", "林兰"):
        try:
            session.execute(text("INSERT INTO no_table VALUES (:told)"), {"told": wrong})
        except Exception:
            logging.getLogger("quizapp.test").exception("it could not be written")
        session.rollback()

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    told = [line for line in lines if line["logger"] == "quizapp.test"]
    assert {line["error"] for line in told} <= {"OperationalError", "ProgrammingError"}
    assert any("test_metrics.py" in frame for frame in told[0]["where"])
    assert not [canary for canary in CANARIES if canary in written.getvalue()]


def test_only_what_is_notable_is_logged_unless_all_is_asked_for(
    visitor: Visitor, written: io.StringIO
) -> None:
    visitor.get("/healthz")

    assert "quizapp.requests" not in written.getvalue()


def test_each_answer_has_a_number_of_its_own(visitor: Visitor) -> None:
    numbers = [visitor.get("/healthz").headers["X-Request-ID"] for _ in range(3)]

    assert len(set(numbers)) == 3
