"""Watching a window: what an office, a school and a teacher see of it, and how they steer it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import queries as accounts
from quizapp.audit.models import AuditEntry
from quizapp.core.clock import now
from quizapp.home import watch_queries as queries
from quizapp.quizzes import sittings
from quizapp.quizzes.models import ClosedBy, Quiz, Sitting
from quizapp.quizzes.sittings import Given
from tests import make
from tests.conftest import Visitor
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]
SECOND = timedelta(seconds=1)


@pytest.fixture
def quiz(session: Session, town: Town) -> Quiz:
    """The quiz of a contest: in Elm, Lan is saving, Bo is quiet, Hua was closed by the bell."""
    campaign = make.campaign(session, town.city, now=now())
    assert campaign.quiz
    for pupil, ago in ((town.lan, 5), (town.bo, 290), (town.hua, 100)):
        begin(session, campaign.quiz, pupil, ago=ago)
    hua = session.scalars(select(Sitting).where(Sitting.pupil_id == town.hua.id)).one()
    sittings.close(session, hua, by=ClosedBy.BELL, now=now())
    session.commit()
    return campaign.quiz


def begin(session: Session, quiz: Quiz, pupil: Actor, *, ago: int) -> Sitting:
    """Begin a sitting and save once, so many seconds ago."""
    enrolment, at = accounts.own_enrolment(session, pupil), now() - ago * SECOND
    sitting = sittings.start(session, quiz, enrolment, by=pupil, device="d" * 22, now=at).sitting
    sittings.save(session, sitting, [Given(1, ["a"], seq=1)], now=at)
    return sitting


def shown(page: str) -> dict[str, str]:
    """Return the big figures of a board by their label."""
    pairs = re.findall(r'stat__label">([^<]+)</p>\s*<p class="stat__value">([^<]+)<', page)
    return dict(pairs)


def test_a_school_sees_how_far_its_classes_are(client_as: ClientAs, town: Town, quiz: Quiz) -> None:
    page = client_as(town.head_sun).get(f"/schools/{town.elm.id}/watching/{quiz.id}").text

    figures = shown(page)
    assert [figures[name] for name in ("Started", "Saving now", "Closed by the bell")] == [
        "3", "1", "1"
    ]  # fmt: skip
    assert figures["Longest without a save"] == "5 min"
    assert "1 of 2" not in page
    assert "of 2 under way" in page
    assert "林兰" not in page
    assert f"/classes/{town.elm_7a.unit_id}/watching" not in page  # Names are the teacher's.


def test_an_office_sees_no_figure_of_a_small_school(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz
) -> None:
    alone = client_as(town.officer_gao).get(f"/watching/{quiz.id}").text
    assert not shown(alone)  # The total would be that of three pupils.
    make.roll(session, town.city, [(town.elm, 300), (town.oak, 4)], now=now())
    begin(session, quiz, town.mei, ago=5)
    session.commit()

    page = client_as(town.officer_gao).get(f"/watching/{quiz.id}").text

    elm, oak = (page.split(name)[1].split("</tr>")[0] for name in ("榆树中学", "橡树中学"))
    assert "not shown" in oak
    assert "not shown" in elm  # Or it would be the total less the other.
    assert shown(page)["Started"] == "4"
    beneath = client_as(town.officer_gao).get(f"/schools/{town.oak.id}/watching/{quiz.id}").text
    assert "no figures are shown" in beneath
    assert not shown(beneath)
    own = client_as(town.head_liu).get(f"/schools/{town.oak.id}/watching/{quiz.id}").text
    assert shown(own)["Started"] == "1"
    assert "not shown" not in own


def test_the_reader_is_led_to_what_is_his(client_as: ClientAs, town: Town, quiz: Quiz) -> None:
    def leads(actor: Actor) -> str | None:
        return client_as(actor).get(f"/watching/{quiz.id}").location

    assert leads(town.head_sun) == f"/schools/{town.elm.id}/watching/{quiz.id}"
    assert leads(town.ms_chen) == f"/classes/{town.elm_7a.unit_id}/watching/{quiz.id}"
    assert "橡树中学" not in client_as(town.officer_he).get(f"/watching/{quiz.id}").text
    assert f"/watching/{quiz.id}" in client_as(town.officer_he).get("/watching/").text


def test_strangers_watch_nothing(client_as: ClientAs, town: Town, quiz: Quiz) -> None:
    school = f"/schools/{town.elm.id}/watching/{quiz.id}"
    own_class = f"/classes/{town.elm_7a.unit_id}/watching/{quiz.id}"

    assert client_as(town.head_liu).get(school).status_code == 404
    assert client_as(town.mr_wu).get(own_class).status_code == 404
    assert client_as(town.head_sun).get(own_class).status_code == 403
    assert client_as(town.lan).get(school).status_code == 403
    assert client_as(town.ms_chen).post(f"{school}/pause").status_code == 403
    assert client_as(town.officer_he).post(f"{school}/resume").status_code == 403


def test_a_teacher_sees_how_it_goes_at_each_name_and_the_log_knows(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz
) -> None:
    client = client_as(town.ms_chen)
    page = client.get(f"/classes/{town.elm_7a.unit_id}/watching/{quiz.id}").text
    told = client.get(f"/classes/{town.elm_7a.unit_id}/watching/{quiz.id}/states")

    assert told.json is not None
    assert told.json["states"] == {
        str(town.lan.id): "saving", str(town.bo.id): "quiet", str(town.hua.id): "bell"
    }  # fmt: skip
    assert "林兰" in page
    assert "林兰" not in told.text
    looks = session.scalars(select(AuditEntry).where(AuditEntry.event == "pupil.seen")).all()
    assert [(one.actor_id, one.about["pupils"]) for one in looks] == [(town.ms_chen.id, 3)]


def test_figures_that_have_not_changed_are_not_sent_again(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz
) -> None:
    client = client_as(town.ms_chen)
    address = f"/classes/{town.elm_7a.unit_id}/watching/{quiz.id}/states"
    mark = client.get(address).headers["ETag"]

    assert client.get(address, headers={"If-None-Match": mark}).status_code == 304
    bo = session.scalars(select(Sitting).where(Sitting.pupil_id == town.bo.id)).one()
    sittings.submit(session, bo, now=now())
    session.commit()
    assert client.get(address, headers={"If-None-Match": mark}).status_code == 200


def test_a_school_pauses_and_goes_on(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz
) -> None:
    head, lan, bare = client_as(town.head_sun), client_as(town.lan), client_as(town.mei)
    address = f"/schools/{town.elm.id}/watching/{quiz.id}"
    sitting = session.scalars(select(Sitting).where(Sitting.pupil_id == town.lan.id)).one()
    before = lan.get(f"/api/v1/sittings/{sitting.id}/time").json

    told = {"pause-minutes": "20", "pause-why": "network"}
    assert head.post(f"{address}/pause", data=told).location == address

    during = lan.get(f"/api/v1/sittings/{sitting.id}/time").json
    assert before
    assert during
    assert (before["is_paused"], during["is_paused"]) == (False, True)
    assert abs(before["seconds_left"] - during["seconds_left"]) <= 5
    assert "Your school has paused this quiz" in lan.get(f"/quizzes/sittings/{sitting.id}").text
    assert "Your school has paused" not in bare.get(f"/quizzes/{quiz.id}").text
    assert head.post(f"{address}/pause", data=told).status_code == 409
    assert "The clock stands still" in head.get(address).text
    assert head.post(f"{address}/resume").location == address
    assert head.post(f"{address}/resume").status_code == 409


def test_more_time_is_given_with_a_reason_and_can_be_taken_back(
    client_as: ClientAs, town: Town, quiz: Quiz
) -> None:
    office, address = client_as(town.officer_gao), f"/schools/{town.elm.id}/watching/{quiz.id}"

    bare = office.post(f"{address}/extension", data={"extension-minutes": "10"})
    office.post(f"{address}/extension", data={"extension-minutes": "10", "extension-why": "power"})

    assert bare.status_code == 422
    page = office.get(address).text
    assert "10 minutes more" in page
    change = re.search(r'name="change" value="([^"]+)"', page)
    assert change
    office.post(f"{address}/take-back", data={"change": change.group(1)})
    assert "More time, taken back" in office.get(address).text


def test_what_is_refused_and_what_comes_late_is_counted_by_school(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz
) -> None:
    lan = client_as(town.lan)
    sitting = session.scalars(select(Sitting).where(Sitting.pupil_id == town.lan.id)).one()
    late = sitting.deadline + 30 * SECOND
    session.commit()  # SQLite has one writer, who must not have read before.
    wrong = {"answers": [{"position": 99, "choice": ["a"], "seq": 2}]}
    lan.put(f"/api/v1/sittings/{sitting.id}/answers", json=wrong)
    sittings.save(session, sitting, [Given(1, ["b"], seq=3)], now=late)
    sitting.deadline = now() - 30 * SECOND
    session.commit()
    right = {"answers": [{"position": 2, "choice": ["a"], "seq": 4}]}
    assert lan.put(f"/api/v1/sittings/{sitting.id}/answers", json=right).status_code == 200

    board = queries.of_school(session, town.head_sun, quiz, town.elm, now=now())
    office = queries.of_schools(session, town.officer_gao, quiz, now=now())

    assert (board.total.refused, board.total.late) == (1, 2)
    (elm,) = (line for line in office.lines if line.id == town.elm.id)
    assert (elm.counted.refused, elm.counted.late) == (1, 2)
