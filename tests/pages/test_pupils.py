"""The page of one pupil and the search. Lan, Bo and Hua sit in Elm 7A with Ms Chen."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts.models import BackOff, Consent, Enrolment, Pupil
from quizapp.audit.models import AuditEntry
from quizapp.core.clock import now
from quizapp.core.pinyin import spelled
from quizapp.rosters.models import RosterChange
from tests import make
from tests.conftest import Visitor
from tests.pages.given import finish, looks
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]


def lan(session: Session, town: Town) -> Pupil:
    session.rollback()
    session.expire_all()
    return session.get_one(Pupil, (town.elm.id, town.lan.id))


def here(town: Town) -> str:
    return f"/schools/{town.elm.id}/pupils/{town.lan.id}"


def test_a_teacher_reads_the_page_of_her_pupil_and_changes_nothing(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    client = client_as(town.ms_chen)

    page = client.get(here(town))

    assert page.status_code == 200
    assert "林兰" in page.text
    assert "初一1班" in page.text
    assert "<button" not in page.text.partition("<main")[2].partition("</main")[0]
    (entry,) = looks(session)
    assert (entry.actor_id, entry.about["pupils"]) == (town.ms_chen.id, 1)
    answer = client.post(f"{here(town)}/leaving", data={"leaving-why": "left"})
    assert answer.status_code in (403, 404)


@pytest.mark.parametrize(
    ("who", "status"),
    [("head_sun", 200), ("ms_chen", 200), ("mr_wu", 404), ("head_liu", 404), ("bo", 403),
     ("lan", 403), ("officer_he", 403), ("auditor_fang", 403), ("zhou", 403)],
)  # fmt: skip
def test_who_may_look_at_a_pupil(client_as: ClientAs, town: Town, who: str, status: int) -> None:
    assert client_as(getattr(town, who)).get(here(town)).status_code == status


def test_the_page_of_who_has_left_is_for_the_office(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    head = client_as(town.head_sun)
    head.post(f"{here(town)}/leaving", data={"leaving-why": "left"})

    page = head.get(here(town))

    assert "has left" in page.text
    assert client_as(town.ms_chen).get(here(town)).status_code == 404
    back = head.post(f"{here(town)}/class", data={"place-school_class": str(town.elm_7b.unit_id)})
    assert back.status_code == 303
    session.rollback()
    open_one = select(Enrolment).where(
        Enrolment.pupil_id == town.lan.id, Enrolment.until_on.is_(None)
    )
    assert session.scalars(open_one).one().class_id == town.elm_7b.unit_id


def test_the_office_puts_a_pupil_right(client_as: ClientAs, session: Session, town: Town) -> None:
    head = client_as(town.head_sun)

    answer = head.post(
        f"{here(town)}/details",
        data={"details-name": " 林  岚 ", "details-number": "709", "details-seat": "9"},
    )

    assert answer.status_code == 303
    assert (lan(session, town).name, lan(session, town).number) == ("林岚", "709")
    assert len(session.scalars(select(RosterChange)).all()) == 1


@pytest.mark.parametrize(
    ("path", "data", "says"),
    [
        ("details", {"details-name": "林1", "details-seat": "1"}, "digits or signs"),
        ("details", {"details-name": "林兰", "details-number": "11010119900307123X"}, "identity"),
        ("details", {"details-name": "林兰", "details-seat": "100"}, "between 1 and 99"),
        ("extra-time", {"extra-percent": "201", "extra-why": "medical"}, "between 0 and 200"),
        ("extra-time", {"extra-percent": "50", "extra-why": ""}, "Say why"),
        ("class", {"place-school_class": "0199aaaa-0000-7000-8000-000000000000"}, "choice"),
        ("leaving", {"leaving-why": "promoted"}, "choice"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    client_as: ClientAs, session: Session, town: Town, path: str, data: dict[str, str], says: str
) -> None:
    answer = client_as(town.head_sun).post(f"{here(town)}/{path}", data=data)

    assert answer.status_code == 422
    assert says in answer.text
    assert session.scalars(select(RosterChange)).all() == []


def test_more_time_is_seen_by_the_pupil_and_the_teachers_only(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    quiz = make.quiz(session, town.elm, now=now())
    session.commit()
    told = {"extra-percent": "50", "extra-why": "learns_along", "extra-until": ""}
    client_as(town.head_sun).post(f"{here(town)}/extra-time", data=told)

    assert "50 % more time" in client_as(town.ms_chen).get(here(town)).text
    quiz_page = f"/quizzes/{quiz.id}"
    assert "15 min" in client_as(town.lan).get(quiz_page).text
    other = client_as(town.bo).get(quiz_page).text
    assert "10 min" in other
    assert "more time" not in other
    class_page = client_as(town.ms_chen).get(f"/classes/{town.elm_7a.unit_id}").text
    assert "more time" not in class_page


def test_without_consent_the_office_does_not_read_the_name(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    session.get_one(Pupil, (town.elm.id, town.lan.id)).consent = Consent.REFUSED
    session.commit()
    head = client_as(town.head_sun)

    assert "林兰" not in head.get(here(town)).text
    assert "林兰" in client_as(town.ms_chen).get(here(town)).text
    head.post(f"{here(town)}/details", data={"details-name": "王", "details-seat": "7"})
    child = lan(session, town)
    assert child.name == "林兰"
    assert session.scalars(select(Enrolment).where(Enrolment.pupil_id == child.id)).one().seat == 7


def test_a_pupil_is_found_by_sound(client_as: ClientAs, session: Session, town: Town) -> None:
    session.get_one(Pupil, (town.elm.id, town.lan.id)).pinyin = spelled("林兰")
    session.commit()
    head, where = client_as(town.head_sun), f"/schools/{town.elm.id}/pupils"

    assert "林兰" not in head.get(where).text
    assert looks(session) == []
    page = head.get(f"{where}?q=LinL")
    assert "1 pupil found" in page.text
    assert here(town) in page.text
    assert "Nobody found" in head.get(f"{where}?q=zzz").text
    session.rollback()
    (entry,) = looks(session)
    assert entry.about["page"] == "pupils.index"


def test_a_surname_is_found_by_both_its_sounds(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    bo = session.get_one(Pupil, (town.elm.id, town.bo.id))
    bo.name, bo.pinyin = "曾波", spelled("曾波")
    session.commit()
    head, where = client_as(town.head_sun), f"/schools/{town.elm.id}/pupils"

    assert all("曾波" in head.get(f"{where}?q={sound}").text for sound in ("zeng", "cengbo", "zb"))
    assert "曾波" not in head.get(f"{where}?q=deng").text


@pytest.mark.parametrize(
    ("who", "status"),
    [("head_sun", 200), ("ms_chen", 404), ("head_liu", 404), ("officer_gao", 403), ("lan", 403)],
)
def test_who_may_search_a_school(client_as: ClientAs, town: Town, who: str, status: int) -> None:
    answer = client_as(getattr(town, who)).get(f"/schools/{town.elm.id}/pupils?q=lan")
    assert answer.status_code == status


def test_a_child_goes_to_another_school_by_two_codes(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    shown = client_as(town.head_sun).post(f"{here(town)}/transfer", data={})
    code = re.search(r"<dd>([0-9A-Z]{5} [0-9A-Z]{5})</dd>", shown.text)
    assert code
    oak, codes = client_as(town.head_liu), {"school": town.elm.code, "code": code[1].lower()}
    where = f"/schools/{town.oak.id}/transfers"

    assert "Take a child over" in oak.get(f"{where}/new").text
    look = oak.post(f"{where}/check", data=codes)

    assert "林兰" in look.text
    assert "初一1班" in look.text
    seen = [entry.path for entry in looks(session) if entry.actor_id == town.head_liu.id]
    assert seen == [town.elm.path]
    wrong = oak.post(f"{where}/check", data=codes | {"code": "AAAAA AAAAA"})
    assert wrong.status_code == 422
    assert "open no transfer" in wrong.text

    done = oak.post(where, data=codes | {"place-school_class": str(town.oak_7a.unit_id)})

    assert done.status_code == 303
    page = oak.get(done.location).text
    assert "榆树中学" in page
    assert "needs a card" in page
    left = client_as(town.head_sun).get(here(town)).text
    assert "Taken over by 橡树中学" in left
    assert oak.get(here(town)).status_code == 404
    assert oak.post(where, data=codes).status_code == 422


def test_wrong_transfer_codes_are_slowed_and_in_the_log(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    shown = client_as(town.head_sun).post(f"{here(town)}/transfer", data={})
    code = re.search(r"<dd>([0-9A-Z]{5} [0-9A-Z]{5})</dd>", shown.text)
    assert code
    oak, check = client_as(town.head_liu), f"/schools/{town.oak.id}/transfers/check"
    right = {"school": town.elm.code, "code": code[1]}
    wrong = right | {"code": "AAAAA AAAAA"}

    assert [oak.post(check, data=wrong).status_code for _time in range(3)] == [422] * 3
    slowed = oak.post(check, data=right)

    assert (slowed.status_code, slowed.headers["Retry-After"] in ("1", "2")) == (429, True)
    assert "林兰" not in slowed.text
    assert "Too many wrong tries" in slowed.text
    told = session.scalars(select(AuditEntry).where(AuditEntry.event == "transfer.refused")).all()
    assert [(one.actor_id, one.path) for one in told] == [(town.head_liu.id, town.oak.path)] * 3
    session.execute(update(BackOff).values(last_at=now() - timedelta(minutes=2)))
    session.commit()
    assert "林兰" in oak.post(check, data=right).text


def test_a_child_still_reads_what_it_did_at_the_former_school(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    quiz = make.quiz(session, town.elm, now=now())
    finish(session, quiz, town.lan, right=4, at=now())
    finish(session, quiz, town.bo, right=1, at=now())
    lan = session.get_one(Pupil, (town.elm.id, town.lan.id))
    session.get_one(Pupil, (town.oak.id, town.mei.id)).child_id = lan.child_id
    session.commit()

    page = client_as(town.mei).get("/quizzes/").text

    assert "At your former school" in page
    assert "20 of 20 points" in page
    assert "5 of 20" not in page
    assert "At your former school" not in client_as(town.bo).get("/quizzes/").text


def test_a_transfer_is_called_off(client_as: ClientAs, session: Session, town: Town) -> None:
    head = client_as(town.head_sun)
    assert head.post(f"{here(town)}/transfer/end").status_code == 409
    head.post(f"{here(town)}/transfer", data={"transfer-at_once": "y"})

    page = head.get(here(town))
    assert "A transfer code is out" in page.text
    assert head.post(f"{here(town)}/transfer/end").status_code == 303
    assert "A transfer code is out" not in head.get(here(town)).text
