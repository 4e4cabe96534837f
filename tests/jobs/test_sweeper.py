"""The sweeper closes what nobody handed in; job records outlive their workers."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.accounts import queries as accounts
from quizapp.core.clock import now
from quizapp.jobs import actions
from quizapp.jobs.models import JobRecord, JobState
from quizapp.jobs.queue import Queue, work_off
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


def test_a_job_is_asked_for_once_while_it_is_under_way(session: Session, town: Town) -> None:
    first = actions.ask(session, "test.count", key="one", by=SYSTEM, now=now())
    again = actions.ask(session, "test.count", key="one", by=SYSTEM, now=now())

    assert first is not None
    assert again is None


def test_a_job_whose_worker_died_is_taken_up_again(session: Session, town: Town) -> None:
    at = now()
    actions.ask(session, "test.count", key="one", by=SYSTEM, now=at)
    dead = actions.take(session, now=at)
    assert dead is not None

    assert actions.take(session, now=at + timedelta(minutes=9)) is None
    again = actions.take(session, now=at + timedelta(minutes=11))

    assert again is not None
    assert (again.id, again.tries) == (dead.id, 2)


def test_work_that_kills_its_workers_ends_and_frees_its_key(session: Session, town: Town) -> None:
    at = now()
    actions.ask(session, "test.kill", key="one", by=SYSTEM, now=at)
    for hours in range(3):
        assert actions.take(session, now=at + timedelta(hours=hours))

    actions.bury(session, now=at + timedelta(hours=4))

    assert session.scalars(select(JobRecord.state)).one() is JobState.FAILED
    assert actions.ask(session, "test.kill", key="one", by=SYSTEM, now=at)


def test_work_is_done_and_its_result_kept(app: Flask, session: Session) -> None:
    queue: Queue = app.extensions["jobs"]
    queue.kind("test.double", lambda told: {"twice": int(str(told["number"])) * 2})
    actions.ask(session, "test.double", key="21", by=SYSTEM, now=now(), number=21)
    session.commit()

    with app.app_context():
        assert work_off() == 1

    job = session.scalars(select(JobRecord)).one()
    session.refresh(job)
    assert (job.state, job.result, job.progress) == (JobState.DONE, {"twice": 42}, 100)


def test_work_that_fails_ends_after_three_tries_with_its_reason(
    app: Flask, session: Session
) -> None:
    def fail(_told: object) -> dict[str, object]:
        raise RuntimeError("no room on the disk")

    app.extensions["jobs"].kind("test.fail", fail)
    actions.ask(session, "test.fail", key="x", by=SYSTEM, now=now())
    session.commit()

    with app.app_context():
        assert work_off() == 0

    job = session.scalars(select(JobRecord)).one()
    session.refresh(job)
    assert (job.state, job.tries, job.error) == (JobState.FAILED, 3, "no room on the disk")
