"""The sweeper closes what nobody handed in."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from quizapp.accounts import queries as accounts
from quizapp.core.clock import now
from quizapp.quizzes import jobs, sittings
from quizapp.quizzes.models import ClosedBy, Sitting, SittingState
from quizapp.quizzes.sittings import Given
from tests import make
from tests.town import Town


@pytest.fixture
def sitting(session: Session, town: Town) -> Sitting:
    """Lan's sitting, begun with three of four items answered."""
    quiz = make.quiz(session, town.city, now=now())
    enrolment = accounts.own_enrolment(session, town.lan)
    started = sittings.start(session, quiz, enrolment, by=town.lan, device="d" * 22, now=now())
    given = [Given(position, ["a"], seq=1) for position in (1, 2, 3)]
    sittings.save(session, started.sitting, given, now=now())
    session.commit()
    return started.sitting


def set_deadline(session: Session, seconds_ago: int) -> None:
    session.execute(update(Sitting).values(deadline=now() - timedelta(seconds=seconds_ago)))
    session.commit()


def test_an_abandoned_sitting_is_scored_from_what_was_acknowledged(
    app: Flask, session: Session, sitting: Sitting
) -> None:
    set_deadline(session, seconds_ago=61)

    with app.app_context():
        assert jobs.sweep() == 1

    session.refresh(sitting)
    assert (sitting.state, sitting.closed_by) == (SittingState.FINISHED, ClosedBy.BELL)
    assert (sitting.answered, sitting.finished) == (3, True)
    assert sitting.score is not None


def test_the_grace_is_left_to_slow_networks(app: Flask, session: Session, sitting: Sitting) -> None:
    set_deadline(session, seconds_ago=55)

    with app.app_context():
        assert jobs.sweep() == 0
