"""The page of the turn of the school year. Elm has its classes of 2026; here some of 2025."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor, Role
from quizapp.accounts import actions as accounts
from quizapp.accounts.models import Enrolment, Person
from quizapp.core.clock import now, this_school_year
from quizapp.orgs import actions as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import Stage, UnitKind
from tests import make
from tests.conftest import Visitor
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]


@pytest.fixture
def nine(session: Session, town: Town) -> Unit:
    """A school of the year before, with a sixth, a seventh and a ninth grade; Head Sun runs it,
    and Head Liu."""
    year = this_school_year() - 1
    school = orgs.add_unit(
        session, kind=UnitKind.SCHOOL, code="9901010009", name="杨树学校", parent=town.north
    )
    session.flush()
    for stage, grade in ((Stage.PRIMARY, 6), (Stage.JUNIOR, 7), (Stage.JUNIOR, 9)):
        made = orgs.add_class(session, school, school_year=year, stage=stage, grade=grade, number=1)
        session.flush()
        child = make.pupil(session, made, name="孙一")
        own = session.scalars(select(Enrolment).where(Enrolment.pupil_id == child.id)).one()
        own.from_on = date(year, 9, 1)
    for head in (town.head_sun, town.head_liu):
        person = session.get_one(Person, head.id)
        accounts.appoint(session, person, Role.SCHOOL_ADMIN, school, by=SYSTEM, now=now())
    session.commit()
    return school


def classes(session: Session, school: Unit) -> list[tuple[int, int]]:
    session.rollback()
    found = session.scalars(
        select(SchoolClass)
        .join(Enrolment, Enrolment.class_id == SchoolClass.unit_id)
        .where(SchoolClass.school_id == school.id, Enrolment.until_on.is_(None))
    )
    return sorted((one.school_year, one.grade) for one in found)


def test_two_persons_take_a_school_up(
    client_as: ClientAs, session: Session, town: Town, nine: Unit
) -> None:
    sun, liu, where = (
        client_as(town.head_sun),
        client_as(town.head_liu),
        f"/schools/{nine.id}/promotion",
    )
    year = this_school_year()

    page = sun.get(where)

    assert "Going up: 2, leaving: 1" in page.text
    assert 'value="junior-9"' in page.text
    assert "孙一" not in page.text
    other = sun.get(f"{where}?looked=1&graduating=primary-6&graduating=junior-9&graduating=x")
    assert "Going up: 1, leaving: 2" in other.text

    asked = sun.post(where, data={"graduating": "junior-9", "with_teachers": "y"})
    waits = sun.get(asked.location)
    assert "You asked for it" in waits.text
    (found,) = [line for line in liu.get(where).text.split('"') if line.endswith("/approval")]
    assert sun.post(found).status_code == 409
    assert liu.post(found).status_code == 303

    assert classes(session, nine) == [(year, 7), (year, 8)]
    again = sun.post(where, data={"graduating": "junior-9"})
    assert again.status_code == 409
    assert f"gone up into {year}–{year + 1}" in sun.get(where).text


def test_a_second_account_of_the_same_person_is_no_second_person(
    client_as: ClientAs, session: Session, town: Town, nine: Unit
) -> None:
    again = Person(login="sun-2", name=town.head_sun.name)
    session.add(again)
    session.flush()
    accounts.appoint(session, again, Role.SCHOOL_ADMIN, nine, by=SYSTEM, now=now())
    session.commit()
    where = f"/schools/{nine.id}/promotion"
    client_as(town.head_sun).post(where, data={"graduating": "junior-9"})

    page = client_as(replace(town.head_sun, id=again.id)).get(where).text

    assert "You asked for it" in page
    assert "/approval" not in page
    assert "/approval" in client_as(town.head_liu).get(where).text


def test_a_proposal_can_be_refused(
    client_as: ClientAs, session: Session, town: Town, nine: Unit
) -> None:
    sun, where, before = (
        client_as(town.head_sun),
        f"/schools/{nine.id}/promotion",
        classes(session, nine),
    )
    sun.post(where, data={})
    (found,) = [line for line in sun.get(where).text.split('"') if line.endswith("/refusal")]

    assert sun.post(found).status_code == 303
    assert classes(session, nine) == before
    assert client_as(town.head_liu).post(found).status_code == 404


def test_a_school_that_has_gone_up_sees_the_next_year(client_as: ClientAs, town: Town) -> None:
    page = client_as(town.head_sun).get(f"/schools/{town.elm.id}/promotion")

    assert "The school can go up from" in page.text
    assert "graduate" in page.text
    assert client_as(town.head_sun).post(f"/schools/{town.elm.id}/promotion").status_code == 409


@pytest.mark.parametrize(
    ("who", "status"),
    [("head_sun", 200), ("head_liu", 404), ("ms_chen", 403), ("officer_gao", 403), ("lan", 403)],
)
def test_who_may_take_a_school_up(client_as: ClientAs, town: Town, who: str, status: int) -> None:
    answer = client_as(getattr(town, who)).get(f"/schools/{town.elm.id}/promotion")
    assert answer.status_code == status
