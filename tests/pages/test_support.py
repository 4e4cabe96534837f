"""Support visits: Kong, of the platform, looks at Elm for a while; Head Sun sees and ends it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor, Role
from quizapp.accounts import actions
from quizapp.accounts.models import Person, Posting, SupportVisit
from quizapp.audit.models import AuditEntry
from quizapp.core.clock import now
from tests.conftest import Visitor
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]
WHY = "名册里有重复的学生，学校请我们看一看。"


def ask(client: Visitor, town: Town, **more: str) -> int:
    told = {"code": town.elm.code, "reason": WHY, "hours": "2"} | more
    return client.post("/support", data=told).status_code


def visits(session: Session) -> list[SupportVisit]:
    session.rollback()
    return list(session.scalars(select(SupportVisit)))


def test_a_visit_opens_names_of_one_school_and_every_page_is_written_down(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    kong = client_as(town.admin_kong)
    here = f"/classes/{town.elm_7a.unit_id}"
    assert "林兰" not in kong.get(here).text
    assert kong.get(f"{here}/cards").status_code == 403

    assert ask(kong, town) == 303

    assert "林兰" in kong.get(here).text
    assert "梅雪" not in kong.get(f"/classes/{town.oak_7a.unit_id}").text
    assert kong.get(f"{here}/cards").status_code == 403, "looking only"
    (visit,) = visits(session)
    begun = session.scalars(select(AuditEntry).where(AuditEntry.event == "support.begun")).one()
    assert (begun.path, begun.actor_id) == (town.elm.path, town.admin_kong.id)
    assert begun.details == {"visit": str(visit.id), "hours": 2}
    seen = session.scalars(select(AuditEntry).where(AuditEntry.event == "pupil.seen")).one()
    assert (seen.path, seen.actor_id) == (town.elm_7a.path, town.admin_kong.id)


def test_the_school_sees_who_and_why_and_ends_it(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    kong, head = client_as(town.admin_kong), client_as(town.head_sun)
    ask(kong, town)
    for _time in range(3):
        kong.get(f"/classes/{town.elm_7a.unit_id}")
    kong.get(f"/classes/{town.oak_7a.unit_id}")
    (visit,) = visits(session)
    here = f"/schools/{town.elm.id}/support"

    assert WHY in head.get(f"/schools/{town.elm.id}").text
    page = head.get(here).text
    assert "Admin Kong" in page
    assert WHY in page
    assert re.findall(r'<td class="number">(\d+)</td>', page) == ["3"]
    assert client_as(town.head_liu).get(here).status_code == 404
    assert client_as(town.head_liu).post(f"{here}/{visit.id}/end").status_code == 404
    assert client_as(town.ms_chen).post(f"{here}/{visit.id}/end").status_code == 403
    assert head.post(f"{here}/{visit.id}/end").status_code == 303

    assert "林兰" not in kong.get(f"/classes/{town.elm_7a.unit_id}").text
    assert head.post(f"{here}/{visit.id}/end").status_code == 409
    session.rollback()
    ended = session.scalars(select(AuditEntry).where(AuditEntry.event == "support.ended")).one()
    assert (ended.actor_id, ended.path) == (town.head_sun.id, town.elm.path)
    assert WHY not in head.get(f"/schools/{town.elm.id}").text
    assert WHY in head.get(here).text, "it stays on the list"


def test_a_visit_ends_by_itself_and_with_the_role(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    kong, here = client_as(town.admin_kong), f"/classes/{town.elm_7a.unit_id}"
    ask(kong, town)
    session.execute(update(SupportVisit).values(ends_at=now()))
    session.commit()
    assert "林兰" not in kong.get(here).text

    assert ask(kong, town) == 303
    assert "林兰" in kong.get(here).text
    session.execute(
        update(Posting).where(Posting.person_id == town.admin_kong.id)
        .values(until_on=now().date() - timedelta(days=2))
    )  # fmt: skip
    session.commit()
    assert kong.get(here).status_code == 403


def test_the_visitor_goes_before_the_time(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    kong = client_as(town.admin_kong)
    ask(kong, town)
    (visit,) = visits(session)
    other = session.get_one(Person, town.zhou.id)
    actions.appoint(session, other, Role.SUPPORT, town.nation, by=SYSTEM, now=now())
    session.commit()
    assert client_as(town.zhou).post(f"/support/{visit.id}/end").status_code == 404

    assert kong.post(f"/support/{visit.id}/end").status_code == 303

    assert "林兰" not in kong.get(f"/classes/{town.elm_7a.unit_id}").text


@pytest.mark.parametrize(
    "more",
    [{"reason": "too short"}, {"reason": " " * 12}, {"hours": "0"}, {"hours": "9"}, {"hours": "x"},
     {"code": "990101"}, {"code": "nowhere"}, {"code": ""}],
)  # fmt: skip
def test_a_visit_without_reason_end_or_school_is_none(
    client_as: ClientAs, session: Session, town: Town, more: dict[str, str]
) -> None:
    assert ask(client_as(town.admin_kong), town, **more) == 422
    assert visits(session) == []


@pytest.mark.parametrize("who", ["head_sun", "officer_gao", "officer_qin", "auditor_fang", "lan"])
def test_only_the_platform_asks(
    client_as: ClientAs, session: Session, town: Town, who: str
) -> None:
    assert ask(client_as(getattr(town, who)), town) == 403
    assert visits(session) == []


def test_support_of_a_city_visits_no_school_of_another(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    zhou = session.get_one(Person, town.zhou.id)
    actions.appoint(session, zhou, Role.SUPPORT, town.south, by=SYSTEM, now=now())
    session.commit()

    assert ask(client_as(town.zhou), town) == 422
    assert ask(client_as(town.zhou), town, code=town.oak.code) == 303
