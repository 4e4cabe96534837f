"""At the bell: what is acknowledged stands in the database and is scored, what is not does not.

Pupils save without a pause from a second before their bell to a second after it, while two
sweepers close what is over. For half of them the bell is the deadline, after which answers are
marked; for the others the end of the grace, after which none is taken.
"""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.core.clock import now
from quizapp.core.db import transaction
from quizapp.quizzes import jobs, timing
from quizapp.quizzes.models import Answer, Sitting
from tests import make
from tests.faults import ledger as ledgers
from tests.faults.client import Client, Pass, sign_in
from tests.faults.extent import extent, report
from tests.faults.ledger import ATTEMPTS, Ledger
from tests.faults.server import Server
from tests.town import Town

REQUESTS = extent(1_000, 50_000)  # On each of the two databases.
AROUND = timedelta(seconds=1)  # Before the bell and after it.
ROOMS, PUPILS_EACH = 6, extent(4, 60)


@dataclass
class Bell:
    """What is shared by those who save, and what they were told."""

    app: Flask
    site: str
    quiz: UUID
    ledger: Ledger = field(default_factory=Ledger)
    told: Counter[str] = field(default_factory=Counter)
    outside: list[Any] = field(default_factory=list)  # Acknowledged after its time.

    @property
    def requests(self) -> int:
        return sum(self.told.values())

    def set(self, sitting: UUID, deadline: datetime) -> None:
        with self.app.app_context(), transaction() as session:
            session.execute(update(Sitting).where(Sitting.id == sitting).values(deadline=deadline))

    def save_through(self, tab: Client, chance: Random) -> None:
        """Take one sitting and save from before its bell until after it."""
        begun = tab.insist("POST", f"/api/v1/quizzes/{self.quiz}/sittings").json
        sitting, seq, bell = UUID(begun["id"]), 0, now() + AROUND
        grace = chance.choice([timedelta(0), timing.GRACE])
        self.set(sitting, bell - grace)
        while now() < bell + AROUND:
            seq += 1
            item = chance.choice(begun["items"])
            choice = [chance.choice(item["choices"])["key"]]
            self.ledger.sent[sitting, item["position"], seq] = choice
            answer = {"position": item["position"], "choice": choice, "seq": seq}
            path = f"/api/v1/sittings/{sitting}/answers"
            self._note(sitting, tab.insist("PUT", path, {"answers": [answer]}))
        if not grace:  # It would be taken up again.
            assert tab.insist("POST", f"/api/v1/sittings/{sitting}/submission").status == 200

    def _note(self, sitting: UUID, reply: Any) -> None:
        told = reply.json
        if reply.status == 200:
            self.told["kept"] += 1
            self.ledger.note(sitting, told["saved"])
            at, deadline = (datetime.fromisoformat(told[name]) for name in ("now", "deadline"))
            if at > deadline + timing.GRACE:
                self.outside.append(told)
        else:
            assert (reply.status, told["error"]["code"]) == (410, "late")
            self.told["refused"] += 1


def keep_saving(bell: Bell, passes: list[Pass], chance: Random) -> None:
    for kept in passes:
        tab = Client.of(bell.site, kept)
        for _ in range(ATTEMPTS):
            if bell.requests < REQUESTS:
                bell.save_through(tab, chance)
        tab.close()


def keep_sweeping(app: Flask, over: threading.Event) -> None:
    with app.app_context():
        while not over.wait(0.2):
            jobs.sweep()


def test_what_is_acknowledged_at_the_bell_stands_and_is_scored(
    app: Flask, session: Session, town: Town, database_url: str, tmp_path: Path
) -> None:
    quiz = make.quiz(session, town.city, now=now(), attempts=ATTEMPTS)
    children = [make.pupil(session, town.elm_7a) for _ in range(ROOMS * PUPILS_EACH)]
    passes = list(sign_in(app, session, children, now=now()).values())
    session.commit()
    over = threading.Event()

    with Server(database_url, tmp_path / "server") as server, ThreadPoolExecutor(ROOMS + 2) as room:
        bell = Bell(app, server.address, quiz.id)
        sweeping = [room.submit(keep_sweeping, app, over) for _ in range(2)]
        saving = [
            room.submit(keep_saving, bell, passes[number::ROOMS], Random(number))
            for number in range(ROOMS)
        ]
        try:
            for one in saving:
                one.result()
        finally:
            over.set()
        for one in sweeping:
            one.result()
    with app.app_context():
        jobs.sweep()

    report(f"the bell, {session.get_bind().dialect.name}", requests=bell.requests, **bell.told)
    assert bell.requests >= REQUESTS
    assert min(bell.told["kept"], bell.told["refused"]) > REQUESTS // 20
    assert bell.outside == []
    assert ledgers.lost(session, bell.ledger) == []
    rows = session.scalars(select(Answer).where(Answer.seq > 0)).all()
    stands = {(row.sitting_id, row.position): row.seq for row in rows}
    assert stands == bell.ledger.acked  # Of what was refused nothing is there.
    assert all(row.right is not None for row in session.scalars(select(Answer)))
    assert {row.late for row in rows} == {True, False}
