"""Classes: whose names who may see, and how far a class has come."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor, Role
from quizapp.accounts.actions import appoint
from quizapp.accounts.models import Person
from quizapp.campaigns.models import Campaign
from quizapp.core.clock import now
from quizapp.orgs.rules import Stage
from tests import make
from tests.conftest import Visitor
from tests.pages import given
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]


@pytest.fixture
def campaign(session: Session, town: Town) -> Campaign:
    """Lan has finished with 3 of 4, Bo is under way, Hua has not begun."""
    lesson = given.lesson(session, "junior-say-no", title="说不的四种办法")
    made = make.campaign(session, town.city, now=now(), lessons=[lesson])
    assert made.quiz
    given.finish(session, made.quiz, town.lan, right=3, at=now())
    given.begin(session, made.quiz, town.bo, at=now())
    given.visit(session, town.hua, lesson, at=now(), finished=True)
    session.commit()
    return made


def progress_url(town: Town, campaign: Campaign) -> str:
    return f"/classes/{town.elm_7a.unit_id}/campaigns/{campaign.id}"


def test_a_teacher_finds_her_classes(client_as: ClientAs, town: Town) -> None:
    page = client_as(town.ms_chen).get("/classes/").text

    assert f'href="/classes/{town.elm_7a.unit_id}"' in page
    assert str(town.elm_7b.unit_id) not in page


def test_the_school_office_finds_all_classes_of_the_school(client_as: ClientAs, town: Town) -> None:
    page = client_as(town.head_sun).get("/classes/").text

    assert str(town.elm_7a.unit_id) in page
    assert str(town.elm_7b.unit_id) in page
    assert str(town.oak_7a.unit_id) not in page


def test_offices_have_no_classes_of_their_own(client_as: ClientAs, town: Town) -> None:
    assert client_as(town.officer_he).get("/classes/").status_code == 403
    assert client_as(town.lan).get("/classes/").status_code == 403


def test_a_teacher_sees_her_pupils_by_seat(client_as: ClientAs, town: Town) -> None:
    page = client_as(town.ms_chen).get(f"/classes/{town.elm_7a.unit_id}").text

    assert page.index("林兰") < page.index("陈波") < page.index("周华")
    assert "何涛" not in page
    assert "Needs a card" in page


def test_a_look_at_names_is_written_down(client_as: ClientAs, session: Session, town: Town) -> None:
    client_as(town.ms_chen).get(f"/classes/{town.elm_7a.unit_id}")

    (look,) = given.looks(session)
    assert (look.actor_id, look.path) == (town.ms_chen.id, town.elm_7a.path)
    assert look.details == {"pupils": 3, "page": "classes.show"}


def test_a_colleague_of_another_class_and_a_stranger_are_refused(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    assert client_as(town.ms_chen).get(f"/classes/{town.elm_7b.unit_id}").status_code == 404
    assert client_as(town.mr_wu).get(f"/classes/{town.elm_7a.unit_id}").status_code == 404
    assert client_as(town.officer_he).get(f"/classes/{town.oak_7a.unit_id}").status_code == 404
    assert client_as(town.lan).get(f"/classes/{town.elm_7a.unit_id}").status_code == 403
    assert client_as(town.zhou).get(f"/classes/{town.elm_7a.unit_id}").status_code == 403
    assert given.looks(session) == []


@pytest.mark.parametrize("who", ["officer_qin", "officer_he", "auditor_fang", "admin_kong"])
def test_offices_see_no_name_anywhere(
    client_as: ClientAs, session: Session, town: Town, campaign: Campaign, who: str
) -> None:
    client = client_as(getattr(town, who))
    pages = [
        f"/classes/{town.elm_7a.unit_id}", progress_url(town, campaign), "/schools/",
        f"/schools/{town.elm.id}", f"/campaigns/{campaign.id}", "/campaigns/",
        f"/reports/coverage?unit={town.elm.code}&campaign={campaign.key}",
    ]  # fmt: skip

    answers = [client.get(page, follow_redirects=True) for page in pages]

    assert [answer.status_code for answer in answers] == [200] * len(pages)
    assert [name for name in given.PUPILS for a in answers if name in a.text] == []
    assert given.looks(session) == []


def test_the_class_page_counts_who_has_come_how_far(
    client_as: ClientAs, town: Town, campaign: Campaign
) -> None:
    page = client_as(town.ms_chen).get(f"/classes/{town.elm_7a.unit_id}").text

    row = page[page.index(progress_url(town, campaign)) :].split("</tr>")[0]
    assert row.count('<td class="number">1</td>') == 3


def test_a_teacher_sees_who_has_not_begun(
    client_as: ClientAs, session: Session, town: Town, campaign: Campaign
) -> None:
    page = client_as(town.ms_chen).get(progress_url(town, campaign)).text

    assert "1 pupil has not begun" in page
    missing = page[page.index("Not begun</h2>") : page.index("Under way</h2>")]
    assert "周华" in missing
    assert "林兰" not in missing
    assert "75%" in page
    assert given.looks(session)[-1].details == {"pupils": 3, "page": "classes.progress"}


def test_lessons_stand_beside_the_quiz(client_as: ClientAs, town: Town, campaign: Campaign) -> None:
    page = client_as(town.ms_chen).get(progress_url(town, campaign)).text

    lessons = page[page.index("Lessons of each pupil") :]
    assert "说不的四种办法" in lessons
    assert "1 of 3" in lessons


def test_without_a_quiz_the_lessons_decide(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lesson = given.lesson(session, "junior-say-no", title="说不的四种办法")
    of_lessons = make.campaign(session, town.elm, now=now(), items=0, lessons=[lesson])
    given.visit(session, town.lan, lesson, at=now(), finished=True)
    given.visit(session, town.bo, lesson, at=now())
    session.commit()

    page = client_as(town.ms_chen).get(progress_url(town, of_lessons)).text

    assert "1 pupil has not begun" in page
    assert "Mean score" not in page


def test_who_moved_in_and_has_finished_elsewhere_is_not_missing(
    client_as: ClientAs, session: Session, town: Town, campaign: Campaign
) -> None:
    teacher = session.get_one(Person, town.zhou.id)
    appoint(session, teacher, Role.TEACHER, town.elm_7b.unit, by=SYSTEM, now=now())
    session.commit()
    page = client_as(town.zhou).get(f"/classes/{town.elm_7b.unit_id}/campaigns/{campaign.id}").text
    assert "1 pupil has not begun" in page

    assert campaign.quiz
    given.finish(session, campaign.quiz, town.tao, right=4, at=now())
    session.commit()
    page = client_as(town.zhou).get(f"/classes/{town.elm_7b.unit_id}/campaigns/{campaign.id}").text
    assert "Everybody has finished" in page


def test_there_is_no_progress_in_what_is_for_others(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    for_eight = make.campaign(session, town.city, now=now(), audience=[(Stage.JUNIOR, 8)])
    of_oak = make.campaign(session, town.oak, now=now(), key="oak")
    session.commit()

    client = client_as(town.ms_chen)
    assert client.get(progress_url(town, for_eight)).status_code == 404
    assert client.get(progress_url(town, of_oak)).status_code == 404


def test_a_stranger_sees_no_progress(
    client_as: ClientAs, session: Session, town: Town, campaign: Campaign
) -> None:
    assert client_as(town.mr_wu).get(progress_url(town, campaign)).status_code == 404
    assert client_as(town.lan).get(progress_url(town, campaign)).status_code == 403
    assert given.looks(session) == []


def test_offices_are_sent_to_the_report(
    client_as: ClientAs, town: Town, campaign: Campaign
) -> None:
    answer = client_as(town.officer_qin).get(progress_url(town, campaign))

    assert answer.status_code == 303
    assert answer.location.startswith("/reports/coverage?")
