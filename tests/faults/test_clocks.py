"""Clocks that are wrong: a pupil's changes nothing, a step of the server's closes nothing early."""

import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.core.clock import now
from quizapp.quizzes.models import Answer, Sitting, SittingState
from tests import make
from tests.conftest import Visitor
from tests.faults.client import Client, sign_in
from tests.faults.server import Server
from tests.town import Town

MINUTES = 10
STEPS = (7200, -3600, 0)  # Seconds from the right time, and back to it.
MOVED = timedelta(seconds=1)  # More than so much no deadline may move.


def saving(items: list[dict[str, Any]], seq: int) -> dict[str, Any]:
    """Return the body of a call with one choice."""
    item = items[seq % len(items)]
    return {
        "answers": [
            {"position": item["position"], "choice": [item["choices"][0]["key"]], "seq": seq}
        ]
    }


@pytest.mark.parametrize("off", [timedelta(hours=-2), timedelta(hours=2)])
def test_the_clock_of_a_pupil_decides_nothing(
    session: Session, town: Town, client_as: Callable[[Actor], Visitor], off: timedelta
) -> None:
    quiz = make.quiz(session, town.city, now=now(), minutes=MINUTES)
    session.commit()
    lan = client_as(town.lan)
    begun: Any = lan.post(f"/api/v1/quizzes/{quiz.id}/sittings").json
    path, times = f"/api/v1/sittings/{begun['id']}/answers", [off, -off, off]

    told = []
    for seq, wrong in enumerate(times, start=1):
        body = saving(begun["items"][:1], seq)
        body["answers"][0]["at"] = (now() + wrong).isoformat()
        told.append(lan.put(path, json=body))
    done = lan.post(f"/api/v1/sittings/{begun['id']}/submission")

    assert [one.status_code for one in (*told, done)] == [200] * 4
    assert {one.json["deadline"] for one in told} == {begun["deadline"]}  # type: ignore[index]
    kept = session.scalars(select(Answer).where(Answer.seq > 0)).one()
    assert (kept.seq, kept.late) == (len(times), False)
    assert kept.said_at is not None
    assert abs(kept.said_at - now() - off) < timedelta(minutes=5)  # Evidence, and no more.


def test_a_step_of_the_servers_clock_closes_nothing_early(
    app: Flask, session: Session, town: Town, database_url: str, tmp_path: Path
) -> None:
    quiz = make.quiz(session, town.city, now=now(), minutes=MINUTES)
    children = [make.pupil(session, town.elm_7a) for _ in STEPS]
    passes = list(sign_in(app, session, [*children, make.pupil(session, town.elm_7a)],
                          now=now()).values())  # fmt: skip
    session.commit()
    clock, path = tmp_path / "clock", f"/api/v1/quizzes/{quiz.id}/sittings"
    clock.write_text("0", "ascii")
    program = [sys.executable, "-m", "tests.faults.stepped", str(clock)]

    with Server(database_url, tmp_path / "server", program=program) as server:
        first, *others = [Client.of(server.address, kept) for kept in passes]
        begun = first.send("POST", path).json
        deadlines = {begun["deadline"]}
        for seq, (step, other) in enumerate(zip(STEPS, others, strict=True), start=1):
            clock.write_text(str(step), "ascii")
            for repeat in range(4):  # Each of the workers is asked.
                number = seq * 10 + repeat
                kept = first.send(
                    "PUT", f"/api/v1/sittings/{begun['id']}/answers",
                    saving(begun["items"], number),
                )  # fmt: skip
                assert kept.status == 200, (step, kept.body)
                deadlines.add(kept.json["deadline"])
            right = now() + timedelta(minutes=MINUTES)
            fresh = other.send("POST", path)
            assert fresh.status == 201, (step, fresh.body)
            given = datetime.fromisoformat(fresh.json["deadline"])
            assert abs(given - right) < timedelta(seconds=30), step
        for client in (first, *others):
            client.close()

    assert deadlines == {begun["deadline"]}
    sittings = session.scalars(select(Sitting)).unique().all()
    assert {s.state for s in sittings} == {SittingState.OPEN}
    moved = [s.deadline - s.started_at - timedelta(minutes=MINUTES) for s in sittings]
    assert all(abs(by) < MOVED for by in moved)
    assert not any(answer.late for answer in session.scalars(select(Answer)))
