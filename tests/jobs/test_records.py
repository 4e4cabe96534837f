"""Job records outlive their workers: taken once, renewed, tried again, cancelled."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.core.clock import now
from quizapp.jobs import actions, queries
from quizapp.jobs.models import JobRecord, JobState
from quizapp.jobs.queue import Entry, Queue, Work, progress, work_off
from quizapp.jobs.queue import serve as serve_minute
from quizapp.jobs.rules import minute_of
from tests.town import Town


def ask(session: Session, kind: str, **arguments: object) -> UUID:
    asked = actions.ask(session, kind, key=kind, by=SYSTEM, now=now(), **arguments)
    assert asked
    session.commit()
    return asked


def record_of(session: Session) -> JobRecord:
    session.commit()  # What others have written since is seen by a new transaction only.
    session.expire_all()
    return session.scalars(select(JobRecord)).one()


def register(app: Flask, name: str, work: Work) -> None:
    queue: Queue = app.extensions["jobs"]
    queue.kind(name, work)


def work(app: Flask) -> int:
    with app.app_context():
        return work_off()


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


def test_who_lost_the_lease_changes_nothing_any_more(session: Session, town: Town) -> None:
    at = now()
    actions.ask(session, "test.count", key="one", by=SYSTEM, now=at)
    slow = actions.take(session, now=at)
    at += timedelta(minutes=11)
    second = actions.take(session, now=at)
    assert slow
    assert second

    assert not actions.step(session, slow, progress=90, now=at)
    assert not actions.finish(session, slow, {"by": "slow"}, now=at)
    actions.fail(session, slow, "slow", now=at)
    assert actions.step(session, second, progress=40, now=at)
    assert actions.finish(session, second, {"by": "second"}, now=at)

    job = record_of(session)
    assert (job.state, job.result, job.tries) == (JobState.DONE, {"by": "second"}, 2)


def test_work_in_steps_keeps_its_lease(session: Session, town: Town) -> None:
    at = now()
    actions.ask(session, "test.count", key="one", by=SYSTEM, now=at)
    held = actions.take(session, now=at)
    assert held

    assert actions.step(session, held, progress=30, now=at + timedelta(minutes=9))

    assert actions.take(session, now=at + timedelta(minutes=18)) is None
    assert record_of(session).progress == 30


def test_work_that_kills_its_workers_ends_and_frees_its_key(session: Session, town: Town) -> None:
    at = now()
    actions.ask(session, "test.kill", key="one", by=SYSTEM, now=at)
    for hours in range(3):
        assert actions.take(session, now=at + timedelta(hours=hours))

    actions.bury(session, now=at + timedelta(hours=4))

    assert session.scalars(select(JobRecord.state)).one() is JobState.FAILED
    assert actions.ask(session, "test.kill", key="one", by=SYSTEM, now=at)


def test_work_is_done_and_its_result_kept(app: Flask, session: Session) -> None:
    register(app, "test.double", lambda told: {"twice": int(str(told["number"])) * 2})
    ask(session, "test.double", number=21)

    assert work(app) == 1

    job = record_of(session)
    assert (job.state, job.result, job.progress) == (JobState.DONE, {"twice": 42}, 100)


def test_work_that_fails_rests_and_ends_after_three_tries_with_its_reason(
    app: Flask, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_told: object) -> dict[str, object]:
        raise RuntimeError("no room on the disk")

    register(app, "test.fail", fail)
    ask(session, "test.fail")
    states, at = [], now()
    for seconds in (0, 29, 31, 340):
        later = at + timedelta(seconds=seconds)
        monkeypatch.setattr("quizapp.jobs.queue.now", lambda later=later: later)
        assert work(app) == 0
        job = record_of(session)
        states.append((job.state, job.tries))

    assert states == [
        (JobState.WAITING, 1), (JobState.WAITING, 1), (JobState.WAITING, 2), (JobState.FAILED, 3),
    ]  # fmt: skip
    assert record_of(session).error == "no room on the disk"


def test_work_that_waits_is_cancelled_at_once(app: Flask, session: Session, town: Town) -> None:
    ask(session, "test.never")
    cancelled = actions.cancel(session, record_of(session), by=town.admin_kong, now=now())
    session.commit()

    assert cancelled
    assert work(app) == 0
    job = record_of(session)
    assert (job.state, job.cancelled_by) == (JobState.CANCELLED, town.admin_kong.id)
    assert not actions.cancel(session, job, by=town.admin_kong, now=now())


def test_work_that_runs_is_cancelled_at_its_next_step(
    app: Flask, session: Session, town: Town
) -> None:
    done = []

    def slow(_told: Mapping[str, object]) -> Mapping[str, object]:
        for number in range(3):
            progress(number, 3)
            done.append(number)
            actions.cancel(session, record_of(session), by=town.admin_kong, now=now())
            session.commit()
        return {}

    register(app, "test.slow", slow)
    ask(session, "test.slow")

    assert work(app) == 0

    job = record_of(session)
    assert (job.state, done) == (JobState.CANCELLED, [0])
    assert job.ended_at is not None


def test_each_minute_of_the_clock_is_served_once(app: Flask, session: Session) -> None:
    called = []
    entry = Entry("test.tick", lambda _at: True, lambda: called.append("tick"))
    minute = minute_of(now())

    with app.app_context():
        served = [serve_minute(entry, minute) for _process in range(3)]
        served.append(serve_minute(entry, minute - timedelta(minutes=1)))
        served.append(serve_minute(entry, minute + timedelta(minutes=1)))

    assert served == [True, False, False, False, True]
    assert called == ["tick", "tick"]


def test_what_the_clock_missed_is_made_up_for(app: Flask, session: Session) -> None:
    queue: Queue = app.extensions["jobs"]
    at = now() + timedelta(minutes=10)

    with app.app_context():
        first, second = queue.catch_up(at), queue.catch_up(at)

    assert first >= 3  # The work, the sweeper and the log, each minute.
    assert second == 0
    assert queries.turns(session)["quizzes.sweep"] == minute_of(at - timedelta(seconds=45))


def test_a_process_that_has_not_been_heard_of_is_dead(session: Session, town: Town) -> None:
    at = now()
    assert not queries.is_alive(session, now=at)
    actions.beat(session, "host:1", began=at, now=at)
    actions.beat(session, "host:1", began=at, now=at + timedelta(seconds=10))

    assert queries.is_alive(session, now=at + timedelta(seconds=65))
    assert not queries.is_alive(session, now=at + timedelta(seconds=75))
    actions.leave(session, "host:1", dead_since=at)
    assert queries.heartbeats(session) == []
