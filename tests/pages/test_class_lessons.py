"""The lessons of a class: results, who needs a hand, assignments, taught hours."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.campaigns.models import Campaign, CampaignKind
from quizapp.core.clock import end_of, local_day, now, start_of
from quizapp.lessons import actions, reading, walks
from quizapp.lessons.models import Lesson, TaughtHour
from quizapp.orgs.rules import Stage
from tests import stories
from tests.conftest import Visitor
from tests.pages import given
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]
KEY = "junior-drink"


@pytest.fixture
def lesson(session: Session, town: Town) -> Lesson:
    made = stories.lesson(session, KEY, title="一杯饮料")
    stories.course(session, [made, stories.lesson(session, "junior-more", title="再来一课")])
    session.commit()
    return made


def test_the_results_of_a_class_are_counts(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    for pupil, wrong in ((town.lan, 2), (town.bo, 2), (town.hua, 0)):
        for position in range(stories.ASKED if pupil is not town.bo else 3):
            letters = stories.sent(session, pupil, lesson, position, right=position >= wrong)
            actions.answer(session, pupil, lesson, position, letters, now=now())
    letters = stories.sent(session, town.lan, lesson, 0)
    actions.answer(session, town.lan, lesson, 0, letters, now=now())
    session.commit()
    page = client_as(town.ms_chen).get(f"/classes/{town.elm_7a.unit_id}/lessons/{KEY}").text
    rows = [
        re.findall(r'<td class="number">(\d+)</td>', row)
        for row in page.split("question by question</caption>")[1].split("<tr>")[2:]
    ]

    values = re.findall(r'stat__value">(\d+)<', page)
    assert values == ["3", "2", "1"]
    assert rows == [["3", "1", "2"], ["3", "1", "1"], ["3", "3", "3"], ["2", "2", "2"]]
    assert [name for name in given.PUPILS if name in page] == []
    assert given.looks(session) == []
    listed = client_as(town.head_sun).get(f"/classes/{town.elm_7a.unit_id}/lessons/").text
    assert f"/lessons/{KEY}" in listed
    for stranger in (town.mr_wu, town.lan, town.officer_he):
        for where in ("", KEY):
            url = f"/classes/{town.elm_7a.unit_id}/lessons/{where}"
            assert client_as(stranger).get(url).status_code in (403, 404)


def test_what_two_children_mix_up_is_told_and_what_one_does_is_not(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    page_of = f"/classes/{town.elm_7a.unit_id}/lessons/{KEY}"
    chen = client_as(town.ms_chen)

    def mix_up(pupil: Actor) -> None:
        stop = stories.sent(session, pupil, lesson, 0)
        page = reading.page(session, pupil, lesson, "zh")
        posed = next(block.stop.posed for block in page.blocks if block.stop)
        wrong = next(c.key for c in posed.choices if c.text.startswith("wrong a"))
        assert wrong not in stop
        actions.answer(session, pupil, lesson, 0, [wrong], now=now())
        session.commit()

    mix_up(town.lan)
    assert "wrong a0" not in chen.get(page_of).text
    mix_up(town.bo)
    assert "wrong a0</span> (2)" in chen.get(page_of).text
    office = client_as(town.head_sun).get(page_of).text
    assert "wrong a0" not in office
    assert "Could use a second look" not in office
    assert "Could use a second look" in chen.get(page_of).text


def test_only_the_teachers_of_the_class_see_who_needs_a_hand(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    for position in range(2):
        letters = stories.sent(session, town.lan, lesson, position, right=False)
        actions.answer(session, town.lan, lesson, position, letters, now=now())
    session.commit()
    url = f"/classes/{town.elm_7a.unit_id}/help"

    page = client_as(town.ms_chen).get(url).text
    assert "林兰" in page
    assert "一杯饮料" in page
    assert "陈波" not in page
    (look,) = given.looks(session)
    assert look.details == {"pupils": 1, "page": "class_lessons.help"}
    for other, status in (
        (town.head_sun, 403), (town.officer_he, 403), (town.mr_wu, 404), (town.lan, 403),
    ):  # fmt: skip
        assert client_as(other).get(url).status_code == status


def test_lessons_are_assigned_to_several_classes_with_one_press(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    head, today = client_as(town.head_sun), local_day(now())
    page = head.get(f"/assignments/new?course=junior-7&unit={town.elm_7b.unit.code}").text
    assert page.count("checked") == 3
    days = {"opens_on": today.isoformat(), "closes_on": (today + timedelta(days=9)).isoformat()}
    assert f'value="{days["opens_on"]}"' in page
    codes = [town.elm_7a.unit.code, town.elm_7b.unit.code]

    head.post(
        "/assignments/", data={"course": "junior-7", "classes": codes, "lessons": KEY, **days}
    )

    made = session.scalars(select(Campaign).order_by(Campaign.id)).all()
    assert [one.unit.code for one in made] == codes
    assert {one.kind for one in made} == {CampaignKind.ASSIGNMENT}
    assert [(one.title, [each.key for each in one.lessons]) for one in made] == [
        ("一杯饮料", [KEY])
    ] * 2
    assert (made[0].opens_at, made[0].closes_at) == (
        start_of(today), end_of(today + timedelta(days=9)),
    )  # fmt: skip
    assert [(row.stage, row.grade) for row in made[0].audience] == [(Stage.JUNIOR, 7)]
    home = client_as(town.tao).get("/").text
    assert "一杯饮料" in home.split("To do now")[1]


@pytest.mark.usefixtures("lesson")
def test_an_assignment_needs_a_class_a_lesson_and_an_end(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    chen, today = client_as(town.ms_chen), local_day(now()).isoformat()
    whole = {
        "lesson": KEY, "lessons": KEY, "classes": town.elm_7a.unit.code, "opens_on": today,
        "closes_on": today,
    }  # fmt: skip

    faults: list[dict[str, object]] = [
        {"classes": []}, {"lessons": []}, {"closes_on": "2021-01-01"},
        {"classes": town.elm_7b.unit.code}, {"opens_on": "20266-01-01"},
        {"opens_on": f"{town.elm_7a.school_year}-08-31"},
        {"opens_on": f"{town.elm_7a.school_year + 1}-09-01",
         "closes_on": f"{town.elm_7a.school_year + 1}-09-09"},
    ]  # fmt: skip
    for fault in faults:
        assert chen.post("/assignments/", data=whole | fault).status_code == 422
    assert session.scalars(select(Campaign)).all() == []
    session.rollback()
    assert client_as(town.officer_he).get(f"/assignments/new?lesson={KEY}").status_code == 404
    assert client_as(town.lan).get(f"/assignments/new?lesson={KEY}").status_code == 403
    answer = chen.post("/assignments/", data=whole)
    made = session.scalars(select(Campaign)).one()
    assert answer.location == f"/campaigns/{made.id}"


@pytest.mark.usefixtures("lesson")
def test_an_hour_is_recorded_once_and_taken_back(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    chen, url = client_as(town.ms_chen), f"/classes/{town.elm_7a.unit_id}/hours"
    today = local_day(now())
    hour = {"day": today.isoformat(), "minutes": 45, "lesson": KEY, "subject": ""}

    for _twice in range(2):
        page = chen.post(url, data=hour, follow_redirects=True).text
    assert "recorded already" in page
    assert "一杯饮料" in page
    made = session.scalars(select(TaughtHour)).one()
    session.rollback()
    for fault in ({"minutes": 4}, {"day": (today + timedelta(days=1)).isoformat()},
                  {"lesson": "", "subject": " "}, {"day": "2026-08-31"}):  # fmt: skip
        assert chen.post(url, data=hour | fault).status_code == 422
    assert client_as(town.mr_wu).get(url).status_code == 404
    assert client_as(town.mr_wu).post(f"{url}/{made.id}/strike").status_code == 404
    school = client_as(town.head_sun).get(f"/schools/{town.elm.id}/hours").text
    assert "1 of 2 classes have hours recorded" in school
    client_as(town.head_sun).post(f"{url}/{made.id}/strike")
    assert "0 of 2 classes" in client_as(town.head_sun).get(f"/schools/{town.elm.id}/hours").text
    assert client_as(town.ms_chen).get(f"/schools/{town.elm.id}/hours").status_code == 403
    assert chen.post(f"{url}/{made.id}/strike").status_code == 409


@pytest.mark.usefixtures("lesson")
def test_a_second_hour_of_a_day_is_asked_about(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    chen, url = client_as(town.ms_chen), f"/classes/{town.elm_7a.unit_id}/hours"
    hour = {"day": local_day(now()).isoformat(), "minutes": 45, "lesson": KEY, "subject": ""}
    assert chen.post(url, data=hour).status_code == 303
    more = hour | {"lesson": "junior-more"}

    asked = chen.post(url, data=more)

    assert asked.status_code == 422
    assert "This was another hour" in asked.text
    assert "一杯饮料, 45 minutes, recorded by Ms Chen" in asked.text
    assert "This was another hour" not in chen.get(url).text
    assert chen.post(url, data=more | {"another": "y"}).status_code == 303
    assert len(session.scalars(select(TaughtHour)).all()) == 2
    session.rollback()
    assert chen.post(url, data=more | {"subject": "讲座", "another": "y"}).status_code == 422


def test_pages_lead_to_the_board_the_assignment_and_the_hours(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    chen, editor = client_as(town.ms_chen), client_as(town.editor_yu)
    page = chen.get(f"/lessons/{KEY}").text
    assert f"/lessons/{KEY}/teach" in page
    assert f"/assignments/new?lesson={KEY}" in page
    assert "/assignments/new?course=junior-7" in chen.get("/lessons/").text
    assert "/assignments/" not in editor.get("/lessons/").text + editor.get(f"/lessons/{KEY}").text
    assert f"/lessons/{KEY}/teach" not in client_as(town.lan).get(f"/lessons/{KEY}").text
    of_class = chen.get(f"/classes/{town.elm_7a.unit_id}").text
    assert f"/classes/{town.elm_7a.unit_id}/lessons/" in of_class
    assert f"/classes/{town.elm_7a.unit_id}/hours" in of_class
    walks.go(session, town.lan, lesson, "0", now=now())
    session.commit()
    told = chen.get(f"/classes/{town.elm_7a.unit_id}/lessons/{KEY}").text
    assert "once 10 pupils of the class have come to an ending" in told
