"""What clients sent and were told, to be held against the rows when all is over.

A row may be newer than the last acknowledgement, for a reply can be lost; older or different it
must not be.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.quizzes import papers
from quizapp.quizzes.models import Sitting, SittingState
from tests.faults.client import PATIENCE, Client, Pass, at_once

ATTEMPTS = 20  # As many as a quiz may have.
SAVES = 15  # Calls in each sitting, before it is handed in.


@dataclass
class Ledger:
    """What all clients sent and were told."""

    sent: dict[tuple[UUID, int, int], list[str]] = field(default_factory=dict)
    acked: dict[tuple[UUID, int], int] = field(default_factory=dict)  # The highest seq.
    scores: dict[UUID, set[tuple[str, int]]] = field(default_factory=dict)
    acks: int = 0
    grown: threading.Condition = field(default_factory=threading.Condition)
    stop: threading.Event = field(default_factory=threading.Event)

    def note(self, sitting: UUID, saved: Iterable[dict[str, int]]) -> None:
        with self.grown:
            for one in saved:
                place = sitting, one["position"]
                self.acked[place] = max(self.acked.get(place, 0), one["seq"])
                self.acks += 1
            self.grown.notify_all()

    def wait_for(self, more: int) -> None:
        """Wait until so many answers more have been acknowledged: the server works."""
        with self.grown:
            aim = self.acks + more
            assert self.grown.wait_for(lambda: self.acks >= aim, timeout=PATIENCE)


def keep_saving(
    site: str,
    passes: Iterable[Pass],
    quiz: UUID,
    ledger: Ledger,
    chance: Random,
    *,
    most: int = 1,
    browser: type[Client] = Client,
) -> None:
    """Take one sitting after the other until told to stop; each is handed in twice at once.

    A call brings up to `most` answers, as a page that coalesces them.
    """
    for kept in passes:
        tabs = [browser.of(site, kept) for _ in range(2)]
        for _ in range(ATTEMPTS):
            if not ledger.stop.is_set():
                _take(tabs, quiz, ledger, chance, most)
        for tab in tabs:
            tab.close()
    assert ledger.stop.is_set(), "no pupil has an attempt left"


def _take(tabs: list[Client], quiz: UUID, ledger: Ledger, chance: Random, most: int) -> None:
    begun = tabs[0].insist("POST", f"/api/v1/quizzes/{quiz}/sittings")
    assert begun.status in (200, 201), begun.body
    sitting, items, seq = UUID(begun.json["id"]), begun.json["items"], 0
    for _ in range(SAVES):
        answers = []
        for item in chance.sample(items, chance.randint(1, min(most, len(items)))):
            seq += 1
            choice = [chance.choice(item["choices"])["key"]]
            ledger.sent[sitting, item["position"], seq] = choice
            answers.append({"position": item["position"], "choice": choice, "seq": seq})
        reply = tabs[0].insist("PUT", f"/api/v1/sittings/{sitting}/answers", {"answers": answers})
        assert reply.status == 200, reply.body
        ledger.note(sitting, reply.json["saved"])
    done = at_once(tabs, "POST", f"/api/v1/sittings/{sitting}/submission")
    ledger.scores[sitting] = {(told.json["receipt"], told.json["score"]) for told in done}


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


def scored_otherwise(session: Session, ledger: Ledger) -> list[Any]:
    """Return each sitting whose two tabs were not told the one score and receipt that stand."""
    rows = session.scalars(select(Sitting).where(Sitting.state == SittingState.FINISHED)).unique()
    stands = {s.id: {(s.receipt, s.score)} for s in rows}
    return [
        (sitting, told, stands.get(sitting))
        for sitting, told in ledger.scores.items()
        if stands.get(sitting) != told
    ]
