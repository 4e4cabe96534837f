"""Cut off before any statement of start, save and submit: all of it is there, or nothing.

Each is cut at its first statement, then at its second, and so on, the commit included, until it
comes through. After each cut the database is as before the call, or as after it.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.core.clock import now
from quizapp.core.db import Model, database
from quizapp.quizzes.models import Answer, Sitting, SittingState, Turnout
from tests import make
from tests.conftest import Visitor
from tests.faults.breaks import Broken, cut, stepping
from tests.town import Town

MOST = 80  # Statements of one call: more, and the test would never end.
Rows = dict[str, list[str]]


def everything(session: Session) -> Rows:
    """Return all that the database holds, table by table."""
    session.rollback()
    return {
        table.name: sorted(str(row) for row in session.execute(select(table)))
        for table in Model.metadata.sorted_tables
    }


def cut_everywhere(session: Session, call: Callable[[], Any]) -> tuple[int, Any]:
    """Make the call, each time cut off one statement later; return the cuts and its answer.

    All that it does is there at once: never a part, and nothing more when it is made again.
    """
    states = [everything(session)]
    for at in range(1, MOST):
        reply = None
        with stepping(database.engine, at, cut) as counting, suppress(Broken):
            reply = call()
        stands = everything(session)
        if stands != states[-1]:
            states.append(stands)
        assert len(states) <= 2, f"cut at statement {at}: a part was there before"
        if reply is not None:
            assert (counting.seen < at, len(states)) == (True, 2)
            return at - 1, reply
    raise AssertionError("it takes too many statements")


@pytest.fixture
def lan(client_as: Callable[[Actor], Visitor], town: Town) -> Visitor:
    return client_as(town.lan)


def test_what_is_cut_off_between_two_statements_is_not_begun(
    app: Flask, session: Session, town: Town, lan: Visitor
) -> None:
    quiz = make.quiz(session, town.city, now=now(), items=3)
    session.commit()

    cuts, begun = cut_everywhere(session, lambda: lan.post(f"/api/v1/quizzes/{quiz.id}/sittings"))
    assert (begun.status_code in (200, 201), cuts > 0) == (True, True)
    items, sitting = begun.json["items"], f"/api/v1/sittings/{begun.json['id']}"
    answers = [
        {"position": item["position"], "choice": [item["choices"][0]["key"]], "seq": 1}
        for item in items
    ]
    cuts, saved = cut_everywhere(
        session, lambda: lan.put(f"{sitting}/answers", json={"answers": answers})
    )
    assert (saved.status_code, cuts > 0) == (200, True)
    cuts, done = cut_everywhere(session, lambda: lan.post(f"{sitting}/submission"))
    assert (done.status_code, cuts > 0) == (200, True)

    rows = session.scalars(select(Sitting)).unique().all()
    assert [(s.id, s.state, s.receipt, s.score) for s in rows] == [
        (UUID(begun.json["id"]), SittingState.FINISHED, done.json["receipt"], done.json["score"])
    ]
    marked = session.scalars(select(Answer).order_by(Answer.position)).all()
    assert [(a.position, a.seq, a.right is None) for a in marked] == [
        (position, 1, False) for position in (1, 2, 3)
    ]
    (cell,) = session.scalars(select(Turnout)).all()
    assert (cell.opened, cell.finished) == (1, 1)
