"""kill -9, twenty times, while pupils save: what was acknowledged is there, and scored once.

Each client writes down what it sends and what is acknowledged. At the end the ledger is compared
with the rows: a row may be newer than the last acknowledgement, for a reply can be lost; older or
different it must not be.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.core.clock import now
from quizapp.quizzes import papers
from quizapp.quizzes.models import Quiz, Sitting, SittingState
from tests import make, postgres
from tests.conftest import DIALECTS, Databases
from tests.faults.client import PATIENCE, Client, Pass, at_once, sign_in
from tests.faults.server import Server
from tests.town import Town

KILLS, CLIENTS = 20, 6
ALL_EVERY = 7  # Of so many kills one hits the master with all its workers.
ACKS_BETWEEN = 10  # So many answers are acknowledged before the next kill.
SAVES = 15  # In each sitting, before it is handed in.


@pytest.fixture(scope="module", params=DIALECTS)
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    """Databases that keep what they have said to keep: PostgreSQL with fsync."""
    home = tmp_path_factory.mktemp(f"durable-{request.param}")
    if request.param == "sqlite":
        yield Databases(home, None)
        return
    with postgres.running(durable=True) as address:
        yield Databases(home, address)


@dataclass
class Ledger:
    """What all clients sent and were told."""

    sent: dict[tuple[UUID, int, int], list[str]] = field(default_factory=dict)
    acked: dict[tuple[UUID, int], int] = field(default_factory=dict)  # The highest seq.
    scores: dict[UUID, set[tuple[str, int]]] = field(default_factory=dict)
    acks: int = 0
    grown: threading.Condition = field(default_factory=threading.Condition)
    stop: threading.Event = field(default_factory=threading.Event)

    def note(self, sitting: UUID, position: int, seq: int) -> None:
        with self.grown:
            known = self.acked.get((sitting, position), 0)
            self.acked[sitting, position] = max(known, seq)
            self.acks += 1
            self.grown.notify_all()

    def wait_for_more(self) -> None:
        """Wait until some answers more have been acknowledged: the server works."""
        with self.grown:
            aim = self.acks + ACKS_BETWEEN
            assert self.grown.wait_for(lambda: self.acks >= aim, timeout=PATIENCE)


def keep_saving(site: str, kept: Pass, quiz: UUID, ledger: Ledger, chance: Random) -> None:
    """Take one sitting after the other until told to stop; each is handed in twice at once."""
    tabs, seq = [Client.of(site, kept) for _ in range(2)], 0
    while not ledger.stop.is_set():
        begun = tabs[0].insist("POST", f"/api/v1/quizzes/{quiz}/sittings")
        assert begun.status in (200, 201), begun.body
        sitting = UUID(begun.json["id"])
        for _ in range(SAVES):
            seq += 1
            item = chance.choice(begun.json["items"])
            position, choice = item["position"], [chance.choice(item["choices"])["key"]]
            ledger.sent[sitting, position, seq] = choice
            answers = [{"position": position, "choice": choice, "seq": seq}]
            reply = tabs[0].insist(
                "PUT", f"/api/v1/sittings/{sitting}/answers", {"answers": answers}
            )
            assert reply.status == 200, reply.body
            ledger.note(sitting, position, reply.json["saved"][0]["seq"])
        done = at_once(tabs, "POST", f"/api/v1/sittings/{sitting}/submission")
        ledger.scores[sitting] = {(told.json["receipt"], told.json["score"]) for told in done}
    for tab in tabs:
        tab.close()


def kill_all_the_time(server: Server, ledger: Ledger, chance: Random) -> None:
    try:
        for number in range(1, KILLS + 1):
            ledger.wait_for_more()
            if number % ALL_EVERY == 0:
                server.kill_all()
            else:
                server.kill_worker(chance.choice(server.workers()))
        ledger.wait_for_more()
    finally:
        ledger.stop.set()


def lost(session: Session, ledger: Ledger) -> list[Any]:
    """Return each acknowledged answer that is not there, or has another choice than was sent."""
    faults = []
    sittings = {s.id: s for s in session.scalars(select(Sitting)).unique()}
    for sitting_id in {sitting_id for sitting_id, _position in ledger.acked}:
        for item in papers.paper(session, sittings[sitting_id], "en"):
            acked = ledger.acked.get((sitting_id, item.position), 0)
            sent = ledger.sent.get((sitting_id, item.position, item.seq), [])
            if item.seq < acked or sorted(item.chosen) != sorted(sent):
                faults.append((sitting_id, item, acked, sent))
    return faults


def test_no_acknowledged_answer_is_lost(
    app: Flask, session: Session, town: Town, database_url: str, tmp_path: Path
) -> None:
    quiz: Quiz = make.quiz(session, town.city, now=now(), attempts=20, minutes=60)
    children = [make.pupil(session, town.elm_7a) for _ in range(CLIENTS)]
    passes = sign_in(app, session, children, now=now())
    session.commit()
    ledger = Ledger()

    with Server(database_url, tmp_path / "server") as server, ThreadPoolExecutor(CLIENTS) as room:
        saving = [
            room.submit(keep_saving, server.address, kept, quiz.id, ledger, Random(number))
            for number, kept in enumerate(passes.values())
        ]
        kill_all_the_time(server, ledger, Random(1))
        for one in saving:
            one.result()
    checked = app.test_cli_runner().invoke(args=["rollups", "check"])

    assert ledger.acks > KILLS * ACKS_BETWEEN
    assert lost(session, ledger) == []
    assert checked.exit_code == 0, checked.output
    rows = session.scalars(select(Sitting).where(Sitting.state == SittingState.FINISHED)).unique()
    scored = {s.id: {(s.receipt, s.score)} for s in rows}
    assert {sitting: scored[sitting] for sitting in ledger.scores} == ledger.scores
