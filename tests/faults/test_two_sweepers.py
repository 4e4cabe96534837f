"""Two sweepers at once: every overdue sitting is closed by one of them and counted once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, ActorKind, Role
from quizapp.accounts import queries as accounts
from quizapp.core.clock import now
from quizapp.quizzes import jobs, sittings
from quizapp.quizzes.models import ClosedBy, Quiz, Sitting, SittingState, Turnout
from quizapp.quizzes.sittings import Given
from tests import make
from tests.faults.client import DEVICE
from tests.town import Town

PUPILS, IN_TIME = 60, 5


def leave_open(session: Session, town: Town, quiz: Quiz, *, at: datetime, pupils: int) -> None:
    """Let pupils of Elm 7A begin, answer one or two of the four items and walk away."""
    for number in range(pupils):
        pupil = make.pupil(session, town.elm_7a)
        seat = accounts.enrolment(session, pupil.school_id, pupil.id)
        held = ((Role.PUPIL, town.elm_7a.path),)
        actor = Actor(pupil.id, ActorKind.PUPIL, pupil.name, held, pupil.school_id)
        begun = sittings.start(session, quiz, seat, by=actor, device=DEVICE, now=at).sitting
        for position in range(1, 2 + number % 2):
            sittings.save(session, begun, [Given(position, ["a"], seq=1)], now=at)


def test_two_sweepers_close_each_sitting_once(app: Flask, session: Session, town: Town) -> None:
    quiz = make.quiz(session, town.city, now=now(), minutes=10)
    leave_open(session, town, quiz, at=now() - timedelta(minutes=30), pupils=PUPILS)
    leave_open(session, town, quiz, at=now(), pupils=IN_TIME)
    session.commit()
    gate = threading.Barrier(2)

    def sweep() -> int:
        with app.app_context():
            gate.wait()
            return jobs.sweep()

    with ThreadPoolExecutor(2) as pool:
        closed = [each.result() for each in [pool.submit(sweep), pool.submit(sweep)]]
    checked = app.test_cli_runner().invoke(args=["rollups", "check"])

    assert sum(closed) == PUPILS
    states = session.execute(
        select(Sitting.state, Sitting.closed_by, func.count()).group_by(
            Sitting.state, Sitting.closed_by
        )
    )
    assert sorted(map(tuple, states)) == [
        (SittingState.FINISHED, ClosedBy.BELL, PUPILS), (SittingState.OPEN, None, IN_TIME),
    ]  # fmt: skip
    # Half of the items answered is finished; one of four is not.
    counts = session.execute(select(func.sum(Turnout.opened), func.sum(Turnout.finished))).one()
    assert tuple(counts) == (PUPILS + IN_TIME, PUPILS // 2)
    assert checked.exit_code == 0, checked.output
