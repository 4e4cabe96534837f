"""Schools: the list, one school, its signed roll beside its roster; the log and the jobs."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor
from quizapp.audit.actions import record
from quizapp.core.clock import now
from quizapp.core.db import transaction
from quizapp.jobs import actions as jobs
from tests import make
from tests.conftest import Visitor
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]


def test_a_city_office_chooses_a_district_first(client_as: ClientAs, town: Town) -> None:
    client = client_as(town.officer_gao)

    areas = client.get("/schools/").text
    north = client.get(f"/schools/?area={town.north.code}").text

    assert f"area={town.north.code}" in areas
    assert f"area={town.south.code}" in areas
    assert "榆树中学" in north
    assert "橡树中学" not in north


def test_a_district_with_one_school_leads_straight_to_it(client_as: ClientAs, town: Town) -> None:
    answer = client_as(town.officer_he).get("/schools/")

    assert (answer.status_code, answer.location) == (303, f"/schools/{town.elm.id}")


def test_the_office_of_a_school_begins_at_its_school(client_as: ClientAs, town: Town) -> None:
    client = client_as(town.head_sun)

    answer = client.get("/schools/")
    page = client.get(f"/schools/{town.elm.id}").text

    assert answer.location == f"/schools/{town.elm.id}"
    assert f'href="/classes/{town.elm_7a.unit_id}"' in page
    assert f"/schools/{town.elm.id}/roster" in page
    assert '<th scope="col" class="number">Signed in</th>' in page


def test_strangers_do_not_find_the_school(client_as: ClientAs, town: Town) -> None:
    assert client_as(town.head_liu).get(f"/schools/{town.elm.id}").status_code == 404
    assert client_as(town.officer_he).get(f"/schools/{town.oak.id}").status_code == 404
    assert client_as(town.ms_chen).get(f"/schools/{town.elm.id}").status_code == 404
    assert client_as(town.lan).get(f"/schools/{town.elm.id}").status_code == 403
    assert client_as(town.officer_gao).get(f"/schools/{town.north.id}").status_code == 404
    south = f"/schools/?area={town.south.code}"
    assert client_as(town.officer_he).get(south).status_code == 404


def test_an_office_reads_rosters_and_imports_none(client_as: ClientAs, town: Town) -> None:
    page = client_as(town.officer_he).get(f"/schools/{town.elm.id}").text

    assert "4 pupils on the roster" in page
    assert "Import a list" not in page
    assert '<th scope="col" class="number">Signed in</th>' not in page


def test_without_a_signed_roll_the_page_says_so(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    make.roll(session, town.city, [(town.elm, 6)], now=now(), signed=False)
    session.commit()

    page = client_as(town.head_sun).get(f"/schools/{town.elm.id}").text

    assert "Nobody has signed a roll yet" in page


def test_roll_and_roster_stand_side_by_side(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    make.roll(session, town.city, [(town.elm, 6), (town.oak, 1)], now=now())
    session.commit()

    page = client_as(town.head_sun).get(f"/schools/{town.elm.id}").text

    assert "The roster has 2 pupils fewer than the signed roll" in page
    assert "2 fewer" in page
    assert "教育局 示例" in page


def test_an_auditor_reads_the_log_and_picks_one_event(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    client_as(town.ms_chen).get(f"/classes/{town.elm_7a.unit_id}")
    make.quiz(session, town.elm, now=now())
    session.commit()
    client = client_as(town.auditor_fang)

    everything, looks = client.get("/audit/").text, client.get("/audit/?event=pupil.seen").text

    assert "quiz.made" in everything
    assert "quiz.made" not in looks
    assert "Ms Chen" in looks
    assert "林兰" not in everything + looks


def test_the_log_is_for_those_who_look_after_it(client_as: ClientAs, town: Town) -> None:
    assert client_as(town.head_sun).get("/audit/").status_code == 403
    assert client_as(town.officer_gao).get("/audit/").status_code == 403


def test_the_log_is_paged(client_as: ClientAs, app: Flask, town: Town) -> None:
    with app.app_context(), transaction() as work:
        for _time in range(55):
            record(work, "roll.entered", by=SYSTEM, now=now(), path=town.elm.path)
    client = client_as(town.auditor_fang)

    first = client.get("/audit/?event=roll.entered").text
    older = first.split('href="/audit/?after=')[1].split('"')[0].replace("&amp;", "&")
    second = client.get(f"/audit/?after={older}").text

    assert first.count("<tr>") - 1 == 50
    assert second.count("<tr>") - 1 == 5


def test_background_work_is_told_with_its_error(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    jobs.ask(session, "roster.import", key="one", by=SYSTEM, now=now())
    job = jobs.take(session, now=now())
    assert job
    jobs.fail(session, job, "line 3: no name", now=now())
    session.commit()

    page = client_as(town.admin_kong).get("/jobs/").text

    assert "roster.import" in page
    assert "line 3: no name" in page
    assert client_as(town.auditor_fang).get("/jobs/").status_code == 403
