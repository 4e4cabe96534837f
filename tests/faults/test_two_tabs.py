"""Handed in from two tabs at the same moment, to two processes: one score, told to both."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from uuid import UUID

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.core.clock import now
from quizapp.quizzes.models import Answer, Turnout
from tests import make
from tests.faults import ledger as ledgers
from tests.faults.client import Client, Pass, at_once, sign_in
from tests.faults.extent import extent, report
from tests.faults.ledger import ATTEMPTS, Ledger
from tests.faults.server import Server
from tests.town import Town

PAIRS = extent(60, 5_000)  # On each of the two databases.
ITEMS, ROOMS = 4, 4


def take_all(site: str, passes: list[Pass], quiz: UUID, ledger: Ledger, chance: Random) -> None:
    """Take every attempt of these pupils: one answer, handed in by both tabs at once."""
    for kept in passes:
        tabs = [Client.of(site, kept) for _ in range(2)]
        for _ in range(ATTEMPTS):
            begun = tabs[0].insist("POST", f"/api/v1/quizzes/{quiz}/sittings").json
            path, item = f"/api/v1/sittings/{begun['id']}", chance.choice(begun["items"])
            choice = [chance.choice(item["choices"])["key"]]
            answer = {"position": item["position"], "choice": choice, "seq": 1}
            assert tabs[1].insist("PUT", f"{path}/answers", {"answers": [answer]}).status == 200
            done = at_once(tabs, "POST", f"{path}/submission")
            told = {(one.json["receipt"], one.json["score"]) for one in done}
            ledger.scores[UUID(begun["id"])] = told
        for tab in tabs:
            tab.close()


def test_two_tabs_hand_in_at_once_and_there_is_one_score(
    app: Flask, session: Session, town: Town, database_url: str, tmp_path: Path
) -> None:
    quiz = make.quiz(session, town.city, now=now(), attempts=ATTEMPTS, items=ITEMS)
    children = [make.pupil(session, town.elm_7a) for _ in range(PAIRS // ATTEMPTS)]
    passes = list(sign_in(app, session, children, now=now()).values())
    session.commit()
    ledger = Ledger()

    with Server(database_url, tmp_path / "server") as server, ThreadPoolExecutor(ROOMS) as rooms:
        taking = [
            rooms.submit(
                take_all, server.address, passes[number::ROOMS], quiz.id, ledger, Random(number)
            )
            for number in range(ROOMS)
        ]
        for one in taking:
            one.result()
    checked = app.test_cli_runner().invoke(args=["rollups", "check"])

    report(f"pairs of hand-ins, {session.get_bind().dialect.name}", pairs=len(ledger.scores))
    assert len(ledger.scores) == PAIRS
    assert all(len(told) == 1 for told in ledger.scores.values())
    assert ledgers.scored_otherwise(session, ledger) == []
    assert session.scalar(select(func.count()).select_from(Answer)) == PAIRS * ITEMS
    assert session.scalar(select(func.sum(Turnout.opened))) == len(children)
    assert checked.exit_code == 0, checked.output
