"""Campaigns and assignments: who starts one where, what pupils find, how it ends."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.campaigns.models import Campaign, CampaignKind
from quizapp.core.clock import now, zone
from quizapp.orgs.rules import Stage
from tests import make
from tests.conftest import Visitor
from tests.pages import given
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]


def local(**later: int) -> str:
    return f"{now().astimezone(zone()) + timedelta(**later):%Y-%m-%dT%H:%M}"


@pytest.fixture
def filled(town: Town) -> dict[str, Any]:
    """What the page sends when a teacher changes nothing."""
    return {
        "unit": town.elm_7a.unit.code, "title": "禁毒小测", "opens_at": local(),
        "closes_at": local(days=7), "quiz": "y", "items": "5", "minutes": "10", "attempts": "1",
        "pass_percent": "60", "release": "after_submission", "target_percent": "90",
    }  # fmt: skip


def only(session: Session) -> Campaign:
    return session.scalars(select(Campaign)).one()


def test_the_page_comes_filled_in(client_as: ClientAs, town: Town) -> None:
    page = client_as(town.ms_chen).get(f"/campaigns/new?unit={town.elm_7a.unit.code}").text

    assert 'name="title" required type="text" value="Anti-drug quiz of' in page
    assert 'name="grades"' not in page
    assert 'name="kind"' not in page


def test_a_lesson_is_ticked_when_the_address_names_it(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    given.lesson(session, "junior-say-no", title="说不的四种办法")
    session.commit()

    page = client_as(town.ms_chen).get("/campaigns/new?lesson=junior-say-no").text

    assert 'value="说不的四种办法"' in page
    assert "checked" in page[page.index('value="junior-say-no"') - 120 :][:200]


def test_a_teacher_assigns_a_quiz_to_her_class(
    client_as: ClientAs, session: Session, town: Town, filled: dict[str, Any]
) -> None:
    answer = client_as(town.ms_chen).post("/campaigns/", data=filled)

    made = only(session)
    assert (answer.status_code, answer.location) == (303, f"/campaigns/{made.id}")
    assert made.kind is CampaignKind.ASSIGNMENT
    assert [(row.stage, row.grade) for row in made.audience] == [(Stage.JUNIOR, 7)]
    assert timedelta(days=7) == made.closes_at - made.opens_at
    assert abs(made.opens_at - now()) < timedelta(minutes=2)
    assert "禁毒小测" in client_as(town.lan).get("/").text
    assert "禁毒小测" not in client_as(town.tao).get("/").text


def test_a_teacher_assigns_a_lesson(
    client_as: ClientAs, session: Session, town: Town, filled: dict[str, Any]
) -> None:
    given.lesson(session, "junior-say-no", title="说不的四种办法")
    session.commit()
    del filled["quiz"]

    client_as(town.ms_chen).post("/campaigns/", data=filled | {"lessons": "junior-say-no"})

    made = only(session)
    assert made.quiz is None
    assert [lesson.key for lesson in made.lessons] == ["junior-say-no"]


def test_a_city_starts_a_contest_for_chosen_grades(
    client_as: ClientAs, session: Session, town: Town, filled: dict[str, Any]
) -> None:
    filled |= {"unit": town.city.code, "kind": "contest", "grades": ["junior-7", "junior-8"]}

    answer = client_as(town.officer_gao).post("/campaigns/", data=filled)

    assert answer.status_code == 303
    grades = {(row.stage, row.grade) for row in only(session).audience}
    assert grades == {(Stage.JUNIOR, 7), (Stage.JUNIOR, 8)}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"title": ""}, "Title"),
        ({"closes_at": "2026-09-01T08:00"}, "The end must lie ahead"),
        ({"items": "60"}, "Questions"),
        ({"quiz": ""}, "Choose a quiz, a lesson, or both."),
        ({"items": "40"}, "The bank has"),
        ({"opens_at": "tomorrow"}, "Opens"),
    ],
)
def test_a_fault_is_told_at_its_field_and_the_rest_is_kept(
    client_as: ClientAs, session: Session, town: Town, filled: dict[str, Any],
    change: dict[str, str], says: str,
) -> None:  # fmt: skip
    filled |= change
    if not filled["quiz"]:
        del filled["quiz"]

    answer = client_as(town.ms_chen).post("/campaigns/", data=filled)

    assert answer.status_code == 422
    assert says in answer.text
    assert 'role="alert"' in answer.text
    assert session.scalars(select(Campaign)).all() == []


def test_a_lesson_of_another_stage_is_refused(
    client_as: ClientAs, session: Session, town: Town, filled: dict[str, Any]
) -> None:
    given.lesson(session, "junior-say-no", title="说不的四种办法")
    session.commit()
    filled |= {"unit": town.city.code, "kind": "other", "grades": ["senior-10"]}
    del filled["quiz"]

    answer = client_as(town.officer_gao).post(
        "/campaigns/", data=filled | {"lessons": "junior-say-no"}
    )

    assert answer.status_code == 422
    assert "for a stage whose pupils do not take part" in answer.text


def test_a_region_must_say_for_which_grades(
    client_as: ClientAs, town: Town, filled: dict[str, Any]
) -> None:
    answer = client_as(town.head_sun).post(
        "/campaigns/", data=filled | {"unit": town.elm.code, "kind": "contest"}
    )

    assert answer.status_code == 422
    assert "Choose at least one grade." in answer.text


def test_a_school_is_asked_for_the_grades_that_it_teaches(client_as: ClientAs, town: Town) -> None:
    of_school = client_as(town.head_sun).get("/campaigns/new").text
    of_city = client_as(town.officer_gao).get("/campaigns/new").text

    assert of_school.count('name="grades"') == 1
    assert of_city.count('name="grades"') == 9


def test_nobody_assigns_to_the_classes_of_others(
    client_as: ClientAs, session: Session, town: Town, filled: dict[str, Any]
) -> None:
    assert client_as(town.mr_wu).post("/campaigns/", data=filled).status_code == 404
    assert client_as(town.head_liu).post("/campaigns/", data=filled).status_code == 404
    assert client_as(town.lan).post("/campaigns/", data=filled).status_code == 403
    assert client_as(town.auditor_fang).post("/campaigns/", data=filled).status_code == 403
    upwards = filled | {"unit": town.elm.code, "kind": "contest", "grades": "junior-7"}
    assert client_as(town.ms_chen).post("/campaigns/", data=upwards).status_code == 404
    url = f"/campaigns/new?unit={town.elm_7a.unit.code}"
    assert client_as(town.mr_wu).get(url).status_code == 404
    assert session.scalars(select(Campaign)).all() == []


def test_staff_see_what_reaches_their_units(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    of_city = make.campaign(session, town.city, now=now())
    of_oak = make.campaign(session, town.oak, now=now(), key="oak")
    session.commit()

    page = client_as(town.ms_chen).get("/campaigns/").text

    assert str(of_city.id) in page
    assert str(of_oak.id) not in page
    assert client_as(town.ms_chen).get(f"/campaigns/{of_oak.id}").status_code == 404


def test_pupils_meet_campaigns_as_quizzes_only(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    of_city = make.campaign(session, town.city, now=now())
    session.commit()

    assert client_as(town.lan).get("/campaigns/").status_code == 403
    assert client_as(town.lan).get(f"/campaigns/{of_city.id}").status_code == 403


def test_assignments_are_the_business_of_their_school(
    client_as: ClientAs, session: Session, town: Town, filled: dict[str, Any]
) -> None:
    client_as(town.ms_chen).post("/campaigns/", data=filled)

    link = f'href="/campaigns/{only(session).id}"'
    assert link in client_as(town.head_sun).get("/campaigns/").text
    assert link not in client_as(town.officer_he).get("/campaigns/").text


def test_the_page_of_a_campaign_leads_to_its_counts(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    of_city = make.campaign(session, town.city, now=now())
    session.commit()
    url = f"/campaigns/{of_city.id}"

    teacher, office = (
        client_as(town.ms_chen).get(url).text,
        client_as(town.officer_he).get(url).text,
    )

    assert f'href="/classes/{town.elm_7a.unit_id}/campaigns/{of_city.id}"' in teacher
    assert f"/reports/coverage?unit={town.north.code}&amp;campaign=contest" in office
    assert "4 questions in 10 minutes" in teacher


def test_who_started_it_calls_it_off(
    client_as: ClientAs, session: Session, town: Town, filled: dict[str, Any]
) -> None:
    client = client_as(town.ms_chen)
    client.post("/campaigns/", data=filled)
    url = f"/campaigns/{only(session).id}"

    assert "Call it off" in client.get(url).text
    answer = client.post(f"{url}/end")

    session.rollback()  # Sees what was committed meanwhile.
    assert (answer.status_code, answer.location) == (303, url)
    assert only(session).ended_at is not None
    assert "禁毒小测" not in client_as(town.lan).get("/").text
    assert client.post(f"{url}/end").status_code == 409


def test_nobody_below_or_beside_calls_a_campaign_off(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    url = f"/campaigns/{make.campaign(session, town.north, now=now()).id}/end"
    session.commit()

    assert client_as(town.ms_chen).post(url).status_code == 404
    assert client_as(town.head_liu).post(url).status_code == 404
    assert client_as(town.lan).post(url).status_code == 403
    assert client_as(town.officer_he).post(url).status_code == 303


def test_what_is_set_of_a_quiz_stands_on_the_campaign(
    client_as: ClientAs, session: Session, town: Town, filled: dict[str, Any]
) -> None:
    filled |= {
        "attempts": "3", "counts": "last", "release": "during", "key_release": "after_submission",
        "explain_release": "after_close", "forward_only": "y", "same_items": "y",
        "same_options": "y",
    }  # fmt: skip

    answer = client_as(town.ms_chen).post("/campaigns/", data=filled)

    quiz = only(session).quiz
    assert quiz is not None
    assert (quiz.counts, quiz.forward_only, quiz.layout) == ("last", True, "one")
    assert (quiz.shuffle_items, quiz.shuffle_options) == (False, False)
    assert vars(quiz.feedback) == {
        "marks": "during", "key": "after_submission", "explanation": "after_close",
    }  # fmt: skip
    page = client_as(town.ms_chen).get(answer.location).text
    for words in ("counts: the last attempt", "only forward", "from easy to hard"):
        assert words in page


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"release": "after_close", "key_release": "after_submission"}, "Show none of them before"),
        ({"forward_only": "y", "layout": "all"}, "one question at a time"),
        ({"counts": "worst"}, "Which attempt counts"),
    ],
)
def test_rules_that_do_not_go_together_are_told_at_their_field(
    client_as: ClientAs, town: Town, filled: dict[str, Any], change: dict[str, str], says: str
) -> None:
    answer = client_as(town.ms_chen).post("/campaigns/", data=filled | change)

    assert answer.status_code == 422
    assert says in answer.text


def test_only_a_class_is_told_while_it_answers(
    client_as: ClientAs, town: Town, filled: dict[str, Any]
) -> None:
    filled |= {"unit": town.elm.code, "kind": "contest", "grades": ["junior-7"]}

    answer = client_as(town.head_sun).post("/campaigns/", data=filled | {"release": "during"})

    assert answer.status_code == 422


def test_an_office_opens_a_mock_contest_once(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    campaign = make.campaign(session, town.city, now=now())
    session.commit()
    officer, here = client_as(town.officer_gao), f"/campaigns/{campaign.id}"

    assert "Open a mock contest" in officer.get(here).text
    answers = [officer.post(f"{here}/mock").status_code for _twice in range(2)]

    assert answers == [303, 409]
    assert "Open a mock contest" not in officer.get(here).text
    assert "Mock: counts nowhere" in client_as(town.lan).get("/quizzes/").text
    assert client_as(town.ms_chen).post(f"{here}/mock").status_code == 404


def test_a_school_gives_a_make_up_window_and_a_teacher_only_for_her_own_assignment(
    client_as: ClientAs, session: Session, town: Town, filled: dict[str, Any]
) -> None:
    contest = make.campaign(session, town.city, now=now())
    session.commit()
    teacher, head = client_as(town.ms_chen), client_as(town.head_sun)
    mine = teacher.post("/campaigns/", data=filled).location
    later = {"opens_at": local(days=8), "closes_at": local(days=9)}
    place = f"/classes/{town.elm_7a.unit_id}{{}}/make-up"
    contests = place.format(f"/campaigns/{contest.id}")

    own = teacher.post(place.format(mine), data=later)
    of_city = teacher.post(contests, data=later)
    given_by_head = head.post(contests, data=later | {"pupils": [str(town.bo.id)]})
    early = head.post(contests, data=later | {"closes_at": local(days=3)})

    assert [a.status_code for a in (own, of_city, given_by_head, early)] == [303, 404, 303, 422]
    assert "make-up" in teacher.get(mine).text
    assert "make-up" not in teacher.get(f"/campaigns/{contest.id}").text
    page = head.get(given_by_head.location).text
    assert page.count("陈波") == 2
    assert client_as(town.head_liu).get(contests).status_code == 404
    officer = client_as(town.officer_gao).get(contests).text
    assert "陈波" not in officer
    assert "a single pupil" in officer
