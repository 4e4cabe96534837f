"""The pupil's own page: everything that is stored, who looked, what can be asked for."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import quizapp.app  # noqa: F401 - so that every table is known.
from quizapp.access.policy import Actor
from quizapp.accounts.models import Consent, Enrolment, Pupil
from quizapp.audit.models import AuditEntry
from quizapp.core.clock import now
from quizapp.core.db import Model
from quizapp.orgs.models import SchoolClass
from quizapp.privacy import holdings
from quizapp.privacy.models import DataRequest, Wish, WishState
from quizapp.quizzes.rules import Release
from quizapp.rosters.models import RosterChange
from tests import make
from tests.conftest import Visitor
from tests.pages import given
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]


def data(client: Visitor) -> dict[str, Any]:
    """Return what the file says: title of a section → its rows."""
    told = json.loads(client.get("/my-data/file").data)
    return {one["title"]: one["rows"] for one in told["sections"]} | {"looks": told["who_looked"]}


def older(session: Session, child: Actor) -> None:
    """Put the class of the pupil into grade 9."""
    place = select(Enrolment.class_id).where(Enrolment.pupil_id == child.id)
    session.get_one(SchoolClass, session.scalars(place).one()).grade = 9
    session.commit()


def test_every_table_about_a_pupil_is_told(app: Flask) -> None:
    """Walks the tables: what points to a pupil, over however many steps, needs a holding."""
    tables = Model.metadata.tables.values()
    about, grown = {Pupil.__tablename__}, -1
    while grown != len(about):
        grown = len(about)
        for table in tables:
            aims = {key.referred_table.name for key in table.foreign_key_constraints}
            keys = {"pupil_id", "child_id"} & set(table.columns.keys())
            if aims & about or keys:
                about.add(table.name)
    about.add(RosterChange.__tablename__)  # Its steps hold rows of pupils.

    with app.app_context():
        told = {str(t.__tablename__) for one in holdings.every() for t in one.tables}

    assert told == about


def test_everything_stands_on_the_page_and_in_the_file(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lesson = given.lesson(session, "junior-say-no", title="说不的四种办法")
    campaign = make.campaign(session, town.city, now=now(), lessons=[lesson])
    assert campaign.quiz
    given.finish(session, campaign.quiz, town.lan, right=3, at=now())
    given.visit(session, town.lan, lesson, at=now(), finished=True)
    session.commit()
    client = client_as(town.lan)

    page, told = client.get("/my-data").text, data(client)

    assert told["Who you are"][0]["name"] == "林兰"
    assert told["Your classes"][0]["seat"] == 1
    assert told["Lessons you opened"][0]["lesson"] == "说不的四种办法"
    (taken,) = told["Quizzes you took"]
    assert (taken["quiz"], taken["score"], taken["maximum"]) == ("禁毒知识竞赛", 15, 20)
    assert [answer["right"] for answer in told["Your answers in quizzes"]].count(True) == 3
    assert len(told["Sign-ins"]) == 1
    for words in ("林兰", "说不的四种办法", "禁毒知识竞赛", "榆树中学", "Who looked"):
        assert words in page
    assert "陈波" not in page + json.dumps(told, ensure_ascii=False)


def test_a_result_that_is_not_out_is_not_told_here_either(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    quiz = make.quiz(session, town.city, now=now(), release=Release.AFTER_CLOSE)
    given.finish(session, quiz, town.lan, right=3, at=now())
    session.commit()

    told = data(client_as(town.lan))

    (taken,) = told["Quizzes you took"]
    assert (taken["score"], taken["passed"], taken["maximum"]) == (None, None, 20)
    assert {answer["right"] for answer in told["Your answers in quizzes"]} == {None}


def test_each_key_of_the_file_has_words(client_as: ClientAs, session: Session, town: Town) -> None:
    quiz = make.quiz(session, town.city, now=now())
    given.finish(session, quiz, town.lan, right=1, at=now())
    session.commit()
    told = json.loads(client_as(town.lan).get("/my-data/file").data)

    for section in told["sections"]:
        for row in section["rows"]:
            assert set(row) == set(section["words"])


def test_looks_are_counted_by_day_and_role_without_names(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    teacher = client_as(town.ms_chen)
    for _time in range(2):
        teacher.get(f"/classes/{town.elm_7a.unit_id}")
    client_as(town.head_sun).get(f"/classes/{town.elm_7a.unit_id}")
    client_as(town.head_sun).get(f"/classes/{town.elm_7b.unit_id}")
    client = client_as(town.lan)

    looks = data(client)["looks"]

    why = "Looking after the class"
    counted = sorted((look["role"], look["why"], look["times"]) for look in looks)
    assert counted == [("school_admin", why, 1), ("teacher", why, 2)]
    page = client.get("/my-data").text
    looked = page[page.index("Who looked") :]
    assert "Class teacher" in looked
    assert "Ms Chen" not in page


def test_a_pupil_asks_and_the_school_answers(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    pupil, office = client_as(town.lan), client_as(town.head_sun)
    sent = {"wish": "correction", "words": "我的座号是 3"}

    first = pupil.post("/my-data/requests", data=sent)
    again = pupil.post("/my-data/requests", data=sent)

    assert (first.status_code, again.status_code) == (303, 409)
    (wish,) = session.scalars(select(DataRequest))
    listed = office.get(f"/schools/{town.elm.id}/requests").text
    page = f"/schools/{town.elm.id}/requests/{wish.id}"
    assert "林兰" in listed
    assert "我的座号是 3" in office.get(page).text
    assert office.post(f"{page}/done", data={"answer": ""}).status_code == 422
    assert office.post(f"{page}/done", data={"answer": "改好了"}).status_code == 303
    assert office.post(f"{page}/refused", data={"answer": "不"}).status_code == 409
    session.rollback()  # So that it looks anew.
    assert (wish.state, wish.answer, wish.decided_by) == (
        WishState.DONE, "改好了", town.head_sun.id,
    )  # fmt: skip
    assert "Your school says: 改好了" in pupil.get("/my-data").text
    log = session.scalars(select(AuditEntry).where(AuditEntry.event.startswith("data."))).all()
    assert [entry.event for entry in log] == ["data.asked", "data.decided"]
    assert "座号" not in str([entry.about for entry in log])


@pytest.mark.parametrize(
    "sent",
    [{"wish": "correction", "words": " "}, {"wish": "everything", "words": "x"}, {},
     {"wish": "correction", "words": "字" * 501}],
)  # fmt: skip
def test_a_request_that_says_nothing_is_told_what_is_missing(
    client_as: ClientAs, session: Session, town: Town, sent: dict[str, str]
) -> None:
    assert client_as(town.lan).post("/my-data/requests", data=sent).status_code == 422
    assert session.scalars(select(DataRequest)).all() == []


def test_a_deletion_is_never_done_by_words(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    client_as(town.lan).post("/my-data/requests", data={"wish": "deletion", "words": ""})
    (wish,) = session.scalars(select(DataRequest))
    office = client_as(town.head_sun)

    answer = office.post(f"/schools/{town.elm.id}/requests/{wish.id}/done", data={"answer": "done"})

    assert answer.status_code == 409
    session.rollback()
    assert (wish.wish, wish.state) == (Wish.DELETION, WishState.OPEN)


def test_who_is_fourteen_withdraws_and_gives_again(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    older(session, town.lan)
    client = client_as(town.lan)
    words = []
    for _time in range(3):
        assert client.post("/my-data/consent").status_code == 303
        session.rollback()  # So that it looks anew.
        words.append(session.get_one(Pupil, (town.lan.school_id, town.lan.id)).consent)

    assert words == [Consent.WITHDRAWN, Consent.OF_AGE, Consent.WITHDRAWN]
    said = [row["said"] for row in data(client)["What was said about consent"]]
    assert said == ["withdrawn", "14 or older: the pupil's own", "withdrawn"]
    assert "(no consent to show the name) seat 1" in (
        client_as(town.head_sun).get(f"/classes/{town.elm_7a.unit_id}").text
    )


def test_who_is_younger_is_told_how_the_guardian_does_it(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    client = client_as(town.lan)

    assert "on the paper form" in client.get("/my-data").text
    assert client.post("/my-data/consent").status_code == 409
    assert session.get_one(Pupil, (town.lan.school_id, town.lan.id)).consent is Consent.NONE


def test_a_pupil_who_came_from_another_school_is_told_of_both(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    before = make.pupil(session, town.oak_7a, name="林兰", login="old-lan", seat=9)
    now_here = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    before.child_id = now_here.child_id
    session.commit()

    told = data(client_as(town.lan))

    assert {row["school"] for row in told["Who you are"]} == {"榆树中学", "橡树中学"}
    assert sorted(row["seat"] for row in told["Your classes"]) == [1, 9]


def test_the_pages_are_the_pupils_and_the_schools_own(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    client_as(town.lan).post("/my-data/requests", data={"wish": "deletion"})
    (wish,) = session.scalars(select(DataRequest))
    school = f"/schools/{town.elm.id}"
    erasure = f"{school}/pupils/{town.lan.id}/erasure"
    pages = [f"{school}/requests", f"{school}/requests/{wish.id}", erasure]

    for reader in (town.ms_chen, town.head_sun, town.auditor_fang):
        assert client_as(reader).get("/my-data").status_code == 403
    for reader, status in ((town.head_liu, 404), (town.ms_chen, 403), (town.officer_he, 403),
                           (town.admin_kong, 403), (town.lan, 403)):  # fmt: skip
        client = client_as(reader)
        assert [client.get(page).status_code for page in pages] == [status] * 3
        erased = client.post(erasure, data={"sure": "y"})
        assert erased.status_code == status
    elsewhere = f"/schools/{town.oak.id}/requests/{wish.id}"
    assert client_as(town.head_liu).get(elsewhere).status_code == 404
