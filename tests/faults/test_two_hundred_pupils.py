"""Two hundred pupils at once, with all that goes wrong in a computer room, and every count right.

Each child is decided by its number: who knows the answers, who has a second tab, who does not hand
in. So the test knows what must be in the database, whatever the threads do.
"""

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.accounts.models import Presence, Pupil
from quizapp.core.clock import now
from quizapp.orgs.models import SchoolClass
from quizapp.quizzes import jobs, papers, timing
from quizapp.quizzes.models import ClosedBy, Quiz, Sitting, SittingState, Turnout
from tests import make
from tests.faults.client import Client, Pass, at_once, sign_in
from tests.site import serving
from tests.town import Town

PUPILS, ITEMS, POINTS = 200, 4, 5
LEAVES_OPEN = 10  # Every tenth never hands in.


@dataclass
class Child:
    """A pupil with what they were told: what the server acknowledged, receipts, refusals."""

    number: int
    pupil: Pupil
    school_class: SchoolClass
    kept: Pass
    sittings: set[UUID] = field(default_factory=set)
    starts: list[int] = field(default_factory=list)  # The status of each.
    chosen: dict[tuple[int, int], list[str]] = field(default_factory=dict)  # By position and seq.
    saved: dict[int, int] = field(default_factory=dict)  # The highest acknowledged seq.
    receipts: list[dict[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def hands_in(self) -> bool:
        return self.number % LEAVES_OPEN != 0

    @property
    def knows(self) -> bool:
        return self.number % 3 != 0

    @property
    def has_two_tabs(self) -> bool:
        return self.number % 4 == 1

    @property
    def score(self) -> int:
        return ITEMS * POINTS if self.knows else 0

    def take(self, site: str, quiz: UUID, gate: threading.Barrier) -> None:
        """Start, answer everything, hand in; two tabs do the first and the last at once."""
        chance = Random(self.number)
        tabs = [Client.of(site, self.kept) for _ in range(1 + self.has_two_tabs)]
        gate.wait()
        begun = at_once(tabs, "POST", f"/api/v1/quizzes/{quiz}/sittings")
        self.starts = sorted(reply.status for reply in begun)
        self.sittings = {UUID(reply.json["id"]) for reply in begun}
        sitting = f"/api/v1/sittings/{begun[0].json['id']}"
        for answers in self._saves(begun[0].json["items"], chance):
            reply = chance.choice(tabs).insist("PUT", f"{sitting}/answers", {"answers": answers})
            assert reply.status == 200, reply.body
            for one in reply.json["saved"]:
                self.saved[one["position"]] = max(self.saved.get(one["position"], 0), one["seq"])
        if self.hands_in:
            done = at_once(tabs, "POST", f"{sitting}/submission")
            self.receipts = [reply.json for reply in done]
            too_late = [{"position": 1, "choice": [], "seq": 99}]
            reply = tabs[0].insist("PUT", f"{sitting}/answers", {"answers": too_late})
            self.refused.append(reply.json["error"]["code"])
        for tab in tabs:
            tab.close()

    def _saves(self, items: Sequence[dict[str, Any]], chance: Random) -> list[list[dict[str, Any]]]:
        """Return calls in an order of chance: the last word of each item, older ones, repeats."""
        single = []
        for item in items:
            position, last = item["position"], 2 + chance.randrange(3)
            for seq in {last, chance.randrange(1, last)} if position % 2 else {last}:
                wanted = self.knows and seq == last
                self.chosen[position, seq] = _letters(item, right=wanted)
                single.append(
                    {"position": position, "choice": self.chosen[position, seq], "seq": seq}
                )
        single.append(chance.choice(single))
        chance.shuffle(single)
        together = chance.randrange(3)  # So many go with one call: the page was off line.
        return [single[: together + 1]] + [[one] for one in single[together + 1 :]]


def _letters(item: dict[str, Any], *, right: bool) -> list[str]:
    """Return the letters of the right options, or of one wrong: the texts of the town tell."""
    fitting = [c["key"] for c in item["choices"] if c["text"].startswith("right") == right]
    return fitting if right else fitting[:1]


def class_list(app: Flask, session: Session, town: Town) -> list[Child]:
    """Put two hundred pupils on the lists of the three classes, and sign them in."""
    classes = [town.elm_7a, town.elm_7b, town.oak_7a]
    seats = [(make.pupil(session, classes[n % 3]), classes[n % 3]) for n in range(PUPILS)]
    kept = sign_in(app, session, [pupil for pupil, _class in seats], now=now())
    session.commit()
    return [
        Child(number, pupil, school_class, kept[pupil])
        for number, (pupil, school_class) in enumerate(seats)
    ]


def ring_the_bell(session: Session) -> None:
    """Let the time of all who are still writing be over, the grace too."""
    over = now() - timing.GRACE - timedelta(seconds=1)
    session.execute(update(Sitting).where(Sitting.state == SittingState.OPEN).values(deadline=over))
    session.commit()


def turnout(session: Session) -> dict[UUID, Counter[str]]:
    """Sum the roll-up over all days, by class."""
    found: dict[UUID, Counter[str]] = {}
    for cell in session.scalars(select(Turnout)):
        found.setdefault(cell.class_id, Counter()).update(
            opened=cell.opened, finished=cell.finished, valid=cell.valid, passed=cell.passed
        )
    return found


def expected_turnout(children: Sequence[Child]) -> dict[UUID, Counter[str]]:
    found: dict[UUID, Counter[str]] = {}
    for child in children:
        found.setdefault(child.school_class.unit_id, Counter()).update(
            opened=1, finished=1, valid=1, passed=int(child.knows)
        )
    return found


def check_sitting(session: Session, child: Child, sitting: Sitting) -> None:
    """What was acknowledged is there, the highest seq won, and it was scored once."""
    assert child.sittings == {sitting.id}
    assert child.starts == ([200, 201] if child.has_two_tabs else [201])
    stands = {
        item.position: (item.seq, list(item.chosen))
        for item in papers.paper(session, sitting, "en")
    }
    assert stands == {
        position: (seq, child.chosen[position, seq]) for position, seq in child.saved.items()
    }
    highest = {p: max(s for q, s in child.chosen if q == p) for p, _seq in child.chosen}
    assert child.saved == highest
    assert (sitting.score, sitting.passed, sitting.finished) == (child.score, child.knows, True)
    assert sitting.closed_by is (ClosedBy.PUPIL if child.hands_in else ClosedBy.BELL)
    assert all(told["receipt"] == sitting.receipt for told in child.receipts)
    assert all(told["score"] == sitting.score for told in child.receipts)
    assert child.refused == ["finished"] * child.hands_in


def test_two_hundred_pupils_take_a_quiz_at_once(
    app: Flask, session: Session, town: Town, database_url: str, tmp_path: Path
) -> None:
    quiz: Quiz = make.quiz(session, town.city, now=now(), items=ITEMS, minutes=30)
    children = class_list(app, session, town)
    gate = threading.Barrier(PUPILS)
    instance = tmp_path / "server"
    instance.mkdir()

    with serving(database_url, instance, "--no-jobs") as site, ThreadPoolExecutor(PUPILS) as room:
        taking = [room.submit(child.take, site, quiz.id, gate) for child in children]
        for one in taking:
            one.result()
    ring_the_bell(session)
    with app.app_context():
        closed, closed_again = jobs.sweep(), jobs.sweep()
    checked = app.test_cli_runner().invoke(args=["rollups", "check"])

    assert (closed, closed_again) == (PUPILS // LEAVES_OPEN, 0)
    assert checked.exit_code == 0, checked.output
    assert turnout(session) == expected_turnout(children)
    assert sum(cell.signed_in for cell in session.scalars(select(Presence))) == PUPILS
    by_pupil = {s.pupil_id: s for s in session.scalars(select(Sitting)).unique()}
    assert len(session.scalars(select(Sitting.id)).all()) == len(by_pupil) == PUPILS
    for child in children:
        check_sitting(session, child, by_pupil[child.pupil.id])
