"""People and postings. Head Sun runs Elm, Ms Chen teaches its 7A; Officer He is of North."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor, Role
from quizapp.accounts import actions, credentials
from quizapp.accounts.models import Invitation, Person, Posting
from quizapp.audit.models import AuditEntry
from quizapp.core.clock import now
from tests.conftest import Visitor
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]
PASSWORD = "quite a long one"
LINK = re.compile(r"/invitations/([A-Za-z0-9_-]{22})")


def told(unit: str, role: Role, **more: str) -> dict[str, str]:
    return {"name": "李梅", "login": "li.mei", "unit": unit, "role": role.value} | more


def token(page: str) -> str:
    found = set(LINK.findall(page))
    assert len(found) == 1
    return str(found.pop())


def posting_of(session: Session, person: Actor) -> Posting:
    session.rollback()
    return session.scalars(select(Posting).where(Posting.person_id == person.id)).one()


def test_a_head_sees_the_own_staff_and_nobody_elses(client_as: ClientAs, town: Town) -> None:
    page = client_as(town.head_sun).get("/people/").text

    assert "Ms Chen" in page
    assert "Mr Wu" not in page
    assert "Officer He" not in page
    assert "Officer He" in client_as(town.officer_gao).get("/people/").text


@pytest.mark.parametrize(("typed", "found"), [("lm", True), ("limei", True), ("李", True),
                                              ("li.mei", True), ("wu", False)])  # fmt: skip
def test_staff_are_found_by_name_pinyin_initials_or_sign_in_name(
    client_as: ClientAs, session: Session, town: Town, typed: str, found: bool
) -> None:
    session.add(person := Person(login="li.mei", name="李梅"))
    session.flush()
    actions.appoint(session, person, Role.TEACHER, town.elm, by=SYSTEM, now=now())
    session.commit()

    page = client_as(town.head_sun).get(f"/people/?q={typed}").text

    assert ("李梅" in page) is found
    assert "Ms Chen" not in page


def test_a_head_invites_a_teacher_who_takes_up_the_link(
    client_as: ClientAs, visitor: Visitor, session: Session, town: Town
) -> None:
    head = client_as(town.head_sun)
    assert "榆树中学" in head.get("/people/new").text

    answer = head.post("/people/", data=told(town.elm_7a.unit.code, Role.TEACHER))

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    page = unescape(answer.text)
    for words in ("李梅", "li.mei", town.elm_7a.unit.name, "Class teacher", "<svg viewBox"):
        assert words in page
    link = token(page)
    kept = session.scalars(select(Invitation)).one()
    assert link not in kept.token_hash
    person = session.scalars(select(Person).where(Person.login == "li.mei")).one()
    assert link not in head.get(f"/people/{person.id}").text
    assert "invited" in head.get("/people/?q=li.mei").text
    own = {"password": PASSWORD, "again": PASSWORD}
    assert visitor.post(f"/invitations/{link}", data=own).status_code == 303
    own = {"login": "li.mei", "password": PASSWORD}
    assert visitor.post("/sign-in/staff", data=own).status_code == 303
    assert visitor.get(f"/classes/{town.elm_7a.unit_id}").status_code == 200
    made = session.scalars(select(AuditEntry).where(AuditEntry.event == "posting.made")).one()
    assert made.path == town.elm_7a.path
    assert made.details == {"person": str(person.id), "role": "teacher"}
    assert "李梅" not in str([e.details for e in session.scalars(select(AuditEntry))])


@pytest.mark.parametrize(
    ("who", "unit", "role", "status"),
    [
        ("head_sun", "oak", Role.TEACHER, 404),
        ("head_sun", "north", Role.EDUCATION_OFFICER, 404),
        ("head_sun", "elm", Role.PLATFORM_ADMIN, 422),
        ("head_sun", "elm", Role.EDUCATION_OFFICER, 422),
        ("head_sun", "elm", Role.SUPPORT_VISIT, 422),
        ("head_sun", "elm_7a", Role.SCHOOL_ADMIN, 422),
        ("officer_he", "north", Role.SCHOOL_ADMIN, 422),
        ("officer_he", "north", Role.ANTIDRUG_OFFICER, 422),
        ("officer_he", "oak", Role.SCHOOL_ADMIN, 404),
        ("ms_chen", "elm_7a", Role.TEACHER, 403),
        ("officer_qin", "elm", Role.TEACHER, 403),
        ("auditor_fang", "elm", Role.TEACHER, 403),
        ("lan", "elm", Role.TEACHER, 403),
    ],
)
def test_nobody_invites_beyond_what_they_may_give(
    client_as: ClientAs, session: Session, town: Town, who: str, unit: str, role: Role, status: int
) -> None:
    place = getattr(town, unit)
    code = getattr(place, "unit", place).code

    answer = client_as(getattr(town, who)).post("/people/", data=told(code, role))

    assert answer.status_code == status
    assert session.scalars(select(Person).where(Person.login == "li.mei")).all() == []


def test_what_is_wrong_is_told_at_its_field_and_the_input_kept(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    head, elm = client_as(town.head_sun), town.elm.code

    for more in ({"login": "mr_wu"}, {"login": "李梅"}, {"name": " "}, {"until_on": "2020-01-01"}):
        answer = head.post("/people/", data=told(elm, Role.TEACHER, **more))
        assert answer.status_code == 422, more
        assert "faults__title" in answer.text, more
    assert session.scalars(select(Invitation)).all() == []


def test_an_officer_finds_a_school_of_the_district_and_appoints_its_head(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    officer = client_as(town.officer_gao)
    page = officer.get("/people/new").text
    assert "北区" in page
    page = officer.get("/people/new?q=榆树").text
    assert f"?at={town.elm.code}" in page
    assert "橡树中学" not in page
    assert officer.get(f"/people/new?at={town.nation.code}").status_code == 404

    officer.post(
        f"/people/{town.ms_chen.id}/postings",
        data={"unit": town.elm.code, "role": "school_admin"},
    )

    held = session.scalars(select(Posting.role).where(Posting.person_id == town.ms_chen.id))
    assert set(held) == {Role.TEACHER, Role.SCHOOL_ADMIN}


def test_changes_of_roles_hold_from_the_next_page(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    """Appointed, ended, disabled and enabled under an open sign-in."""
    zhou, head = client_as(town.zhou), client_as(town.head_sun)
    officer, elm_7b = client_as(town.officer_he), f"/classes/{town.elm_7b.unit_id}"
    session.add(
        Posting(person_id=town.zhou.id, unit_id=town.elm_7a.unit_id, role=Role.TEACHER,
                from_on=now().date())
    )  # fmt: skip
    session.commit()
    here = f"/people/{town.zhou.id}"
    assert zhou.get(elm_7b).status_code == 404
    assert zhou.get("/people/").status_code == 403

    head.post(f"{here}/postings", data={"unit": town.elm_7b.unit.code, "role": "teacher"})
    assert zhou.get(elm_7b).status_code == 200

    officer.post(f"{here}/postings", data={"unit": town.elm.code, "role": "school_admin"})
    assert zhou.get("/people/").status_code == 200

    session.rollback()
    for posting in session.scalars(select(Posting).where(Posting.person_id == town.zhou.id)):
        if posting.role is Role.SCHOOL_ADMIN:
            assert officer.post(f"{here}/postings/{posting.id}/end").status_code == 303
    assert zhou.get("/people/").status_code == 403
    assert zhou.get(elm_7b).status_code == 200

    assert head.post(f"{here}/disable").status_code == 303
    assert zhou.get(elm_7b).status_code == 303, "signed out"
    head.post(f"{here}/enable")
    assert zhou.get(elm_7b).status_code == 303, "the old sign-in stays dead"
    assert client_as(town.zhou).get(elm_7b).status_code == 200


def test_a_disabled_person_does_not_get_in_with_the_password(
    client_as: ClientAs, visitor: Visitor, session: Session, town: Town
) -> None:
    chen = session.get_one(Person, town.ms_chen.id)
    chen.password_hash = credentials.hashed(PASSWORD)
    session.commit()
    own = {"login": "ms_chen", "password": PASSWORD}

    client_as(town.head_sun).post(f"/people/{town.ms_chen.id}/disable")

    assert visitor.post("/sign-in/staff", data=own).status_code == 401
    client_as(town.head_sun).post(f"/people/{town.ms_chen.id}/enable")
    assert visitor.post("/sign-in/staff", data=own).status_code == 303


def test_a_new_link_kills_the_one_before(client_as: ClientAs, visitor: Visitor, town: Town) -> None:
    head, here = client_as(town.head_sun), f"/people/{town.ms_chen.id}/link"

    first = token(head.post(here).text)
    second = token(head.post(here).text)

    assert visitor.get(f"/invitations/{first}").status_code == 401
    assert visitor.get(f"/invitations/{second}").status_code == 200


@pytest.mark.parametrize(
    ("who", "status"),
    [("head_sun", 303), ("officer_he", 303), ("admin_kong", 303), ("head_liu", 404),
     ("officer_qin", 403), ("auditor_fang", 403), ("ms_chen", 403), ("mr_wu", 403)],
)  # fmt: skip
def test_a_posting_is_ended_by_those_above_only(
    client_as: ClientAs, session: Session, town: Town, who: str, status: int
) -> None:
    posting = posting_of(session, town.ms_chen)

    here = f"/people/{town.ms_chen.id}/postings/{posting.id}/end"
    answer = client_as(getattr(town, who)).post(here)

    assert answer.status_code == status
    assert (posting_of(session, town.ms_chen).until_on is not None) is (status == 303)


def test_an_officer_cannot_touch_a_neighbour_of_another_kind(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    """An education officer sees an anti-drug officer of the city, and changes nothing there."""
    gao, qin = client_as(town.officer_gao), town.officer_qin
    assert gao.get(f"/people/{qin.id}").status_code == 200

    for deed in (f"postings/{posting_of(session, qin).id}/end", "disable", "link",
                 "second-factor/end"):  # fmt: skip
        assert gao.post(f"/people/{qin.id}/{deed}").status_code == 403, deed


def test_the_printed_invitation_holds_the_same_link(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    head = client_as(town.head_sun)
    page = head.post(f"/people/{town.ms_chen.id}/link").text

    answer = head.post(f"/people/{town.ms_chen.id}/invitation.pdf", data={"token": token(page)})

    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Cache-Control"] == "no-store"
    assert (
        head.post(
            f"/people/{town.head_sun.id}/invitation.pdf", data={"token": token(page)}
        ).status_code
        == 404
    )
