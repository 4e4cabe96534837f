"""Background work on pages: asked for, watched, cancelled by whoever asked."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.audit.models import AuditEntry
from quizapp.core.clock import now
from quizapp.core.db import database
from quizapp.jobs import actions
from quizapp.jobs.models import JobRecord, JobState
from quizapp.jobs.queue import work_off
from quizapp.quizzes.models import Turnout
from quizapp.reports import jobs as reports
from tests import make
from tests.conftest import Visitor
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]


def test_all_counts_are_compared_and_who_asked_sees_what_came_of_it(
    app: Flask, session: Session, town: Town, client_as: ClientAs
) -> None:
    quiz = make.quiz(session, town.city, now=now())
    session.commit()
    pupil = client_as(town.lan)
    pupil.post(f"/api/v1/quizzes/{quiz.id}/sittings")
    session.execute(update(Turnout).values(opened=7))
    session.commit()
    client = client_as(town.admin_kong)

    page = client.post("/jobs/checks").headers["Location"]
    again = client.post("/jobs/checks").headers["Location"]
    waiting = client.get(f"{page}/state")
    known = client.get(f"{page}/state", headers={"If-None-Match": waiting.headers["ETag"]})
    with app.app_context():
        assert work_off() == 1
        database.session.rollback()
    done = client.get(f"{page}/state", headers={"If-None-Match": waiting.headers["ETag"]})

    assert again == "/jobs/"
    assert waiting.json == {"says": "It waits for its turn."}
    assert known.status_code == 304
    assert done.json == {"says": "It is done: 1 count differs from the facts."}
    assert "It is done: 1 count differs" in client.get(page).text
    assert page in client.get("/jobs/").text


@pytest.mark.parametrize(
    ("state", "progress", "says"),
    [
        (JobState.RUNNING, 40, "It is under way: 40 %."),
        (JobState.FAILED, 40, "It failed three times."),
        (JobState.CANCELLED, 40, "It was cancelled."),
        (JobState.DONE, 100, "It is done."),
    ],
)
def test_how_it_stands_is_said_in_a_sentence(
    session: Session, town: Town, client_as: ClientAs, state: JobState, progress: int, says: str
) -> None:
    job = actions.ask(session, "made.up", key="one", by=town.ms_chen, now=now())
    session.execute(update(JobRecord).values(state=state, progress=progress))
    session.commit()

    assert says in client_as(town.ms_chen).get(f"/jobs/{job}").text


def test_who_asked_may_cancel_and_nobody_else_sees_it(
    session: Session, town: Town, client_as: ClientAs
) -> None:
    job = actions.ask(session, "made.up", key="one", by=town.ms_chen, now=now())
    session.commit()
    for stranger in (town.mr_wu, town.head_sun, town.lan):
        client = client_as(stranger)
        assert client.get(f"/jobs/{job}").status_code == 404
        assert client.get(f"/jobs/{job}/state").status_code == 404
        assert client.post(f"/jobs/{job}/cancel").status_code == 404

    client = client_as(town.ms_chen)
    assert "Cancel the work" in client.get(f"/jobs/{job}").text
    assert client.post(f"/jobs/{job}/cancel").status_code == 303
    told = client.get(f"/jobs/{job}").text

    assert "It was cancelled." in told
    assert "Cancel the work" not in told
    written = session.scalars(select(AuditEntry).where(AuditEntry.event == "job.cancelled")).one()
    assert (written.actor_id, written.about["job"]) == (town.ms_chen.id, str(job))


def test_who_runs_the_site_is_told_that_nobody_works(
    app: Flask, session: Session, town: Town, client_as: ClientAs
) -> None:
    client, says = client_as(town.admin_kong), "No process does the background work."
    before = client.get("/jobs/").text
    actions.beat(session, "host:1", began=now(), now=now())
    session.commit()

    assert says in before
    assert says not in client.get("/jobs/").text


def test_a_check_goes_step_by_step(app: Flask, session: Session, town: Town) -> None:
    actions.ask(session, reports.CHECK, key="one", by=town.admin_kong, now=now())
    session.commit()

    with app.app_context():
        assert work_off() == 1
        database.session.rollback()

    job = session.scalars(select(JobRecord)).one()
    session.refresh(job)
    assert (job.state, job.result) == (JobState.DONE, {"differ": 0})
