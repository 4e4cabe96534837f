"""The coverage page: each reader sees the own part of the tree, and the figures with their base."""

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts.models import Presence
from quizapp.campaigns.models import Campaign
from quizapp.core.clock import local_day, now
from quizapp.orgs.models import SchoolClass
from quizapp.quizzes.models import Turnout
from quizapp.web.filters import day
from tests import make
from tests.conftest import Visitor
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]


@pytest.fixture
def contest(session: Session, town: Town) -> Campaign:
    """A contest of the city: 30 of 40 have finished in the north, 45 of 50 in the south."""
    made = make.campaign(session, town.city, now=now())
    make.roll(session, town.city, [(town.elm, 40), (town.oak, 50)], now=now())
    count(session, town.elm_7a, made, 30)
    count(session, town.oak_7a, made, 45)
    session.commit()
    return made


def count(session: Session, school_class: SchoolClass, campaign: Campaign, pupils: int) -> None:
    """Write that so many pupils of a class went up the whole ladder today."""
    day = local_day(now())
    cell = {"school_id": school_class.school_id, "class_id": school_class.unit_id, "day": day}
    session.add(Presence(**cell, signed_in=pupils))
    assert campaign.quiz
    session.add(
        Turnout(
            **cell,
            quiz_id=campaign.quiz.id,
            opened=pupils,
            finished=pupils,
            valid=pupils,
            passed=pupils,
        )
    )
    session.flush()


def address(suffix: str = "", **asked: object) -> str:
    return f"/reports/coverage{suffix}?{urlencode(asked)}"


def words(page: str) -> str:
    """Return the text of a page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page))


def test_an_officer_reads_the_finding_the_figures_and_the_rows(
    client_as: ClientAs, town: Town, contest: Campaign
) -> None:
    page = client_as(town.officer_gao).get(address()).text

    assert "<h1>北区 is below 80%</h1>" in page
    text = words(page)
    assert "83.3%" in text  # 75 of 90.
    assert "signed by 教育局 示例" in text
    assert "roll 990100-1, query coverage-1" in text
    assert text.index("南区 50 45") < text.index("北区 40 30")


def test_the_chart_has_the_rows_of_the_table(
    client_as: ClientAs, town: Town, contest: Campaign
) -> None:
    page = client_as(town.officer_gao).get(address()).text

    (island,) = re.findall(r'<script type="application/json">(.*?)</script>', page)
    assert json.loads(island)["data"][0]["x"] == [0.9, 0.75]


def test_a_reader_goes_down_from_the_city_to_a_school(
    client_as: ClientAs, town: Town, contest: Campaign
) -> None:
    visitor = client_as(town.officer_gao)

    city = visitor.get(address()).text
    (north,) = re.findall(r'href="([^"]*unit=990101&amp;[^"]*)"', city)
    district = visitor.get(north.replace("&amp;", "&")).text
    (elm,) = re.findall(r'href="([^"]*unit=9901010001&amp;[^"]*)"', district)
    school = visitor.get(elm.replace("&amp;", "&"))

    assert school.status_code == 200
    assert "榆树中学" in school.text
    assert "unit=990100&amp;" in school.text  # The way back up.


def test_a_district_officer_sees_the_own_district_alone(
    client_as: ClientAs, town: Town, contest: Campaign
) -> None:
    visitor = client_as(town.officer_he)

    assert "北区 ·" in words(visitor.get(address()).text)
    assert visitor.get(address(unit=town.elm.code)).status_code == 200
    assert visitor.get(address(unit=town.city.code)).status_code == 404
    assert visitor.get(address(unit=town.south.code)).status_code == 404
    assert visitor.get(address(".csv", unit=town.oak.code)).status_code == 404
    assert visitor.get("/reports/?unit=990102").status_code == 404


def test_a_teacher_sees_the_own_class_alone(
    client_as: ClientAs, town: Town, contest: Campaign
) -> None:
    visitor = client_as(town.ms_chen)

    page = words(visitor.get(address()).text)

    assert "初一1班 · 禁毒知识竞赛" in page
    assert "On the roster 3" in page  # A teacher's class of three is no secret to the teacher.
    assert visitor.get(address(unit=town.elm_7b.unit.code)).status_code == 404
    assert visitor.get(address(unit=town.elm.code)).status_code == 404


def test_a_head_reads_the_classes_and_goes_to_them(
    client_as: ClientAs, town: Town, contest: Campaign
) -> None:
    page = client_as(town.head_sun).get(address()).text

    assert f"/classes/{town.elm_7a.unit_id}" in page
    assert "kept-back" not in page


def test_those_outside_learn_nothing_of_a_small_class(
    client_as: ClientAs, town: Town, contest: Campaign
) -> None:
    for actor in (town.officer_he, town.officer_qin, town.auditor_fang, town.admin_kong):
        visitor = client_as(actor)
        page = visitor.get(address(unit=town.elm.code)).text
        assert "Fewer than 10: not shown" in page
        assert f"/classes/{town.elm_7a.unit_id}" not in page
        lines = csv.reader(io.StringIO(visitor.get(address(".csv", unit=town.elm.code)).text))
        told = {line[0]: line for line in lines if line}
        assert set(told["初一1班"][2:-1]) == {"·"}
        alone = visitor.get(address(unit=town.elm_7a.unit.code)).text
        assert "Fewer than 10 pupils take part here" in alone


def test_those_without_reports_are_refused(
    client_as: ClientAs, town: Town, contest: Campaign
) -> None:
    for actor in (town.lan, town.zhou, town.editor_yu):
        visitor = client_as(actor)
        for path in ("/reports/", address(), address(unit=town.elm.code), address(".csv")):
            assert visitor.get(path).status_code == 403, (actor.name, path)


def test_what_is_not_there_and_what_is_elsewhere_look_the_same(
    client_as: ClientAs, session: Session, town: Town, contest: Campaign
) -> None:
    make.campaign(session, town.south, now=now(), key="theirs")
    session.commit()
    visitor = client_as(town.officer_he)

    assert visitor.get(address(unit="000000")).status_code == 404
    assert visitor.get(address(campaign="nothing")).status_code == 404
    assert visitor.get(address(campaign="theirs")).status_code == 404


def test_a_day_that_is_none_or_has_not_come_is_told(
    client_as: ClientAs, town: Town, contest: Campaign
) -> None:
    visitor = client_as(town.officer_he)
    tomorrow = local_day(now()) + timedelta(days=1)

    assert visitor.get(address(as_of="2026-02-30")).status_code == 422
    assert visitor.get(address(as_of=tomorrow)).status_code == 422
    assert visitor.get(address(unit="9" * 99)).status_code == 422


def test_the_page_of_an_earlier_day_shows_what_was_known_then(
    client_as: ClientAs, town: Town, contest: Campaign
) -> None:
    yesterday = local_day(now()) - timedelta(days=1)

    page = client_as(town.officer_gao).get(address(as_of=yesterday)).text

    assert "no roll is signed for this day" in page
    assert f'value="{yesterday}"' in page


def test_more_finished_than_there_should_be_is_shown_with_both_numbers(
    client_as: ClientAs, session: Session, town: Town, contest: Campaign
) -> None:
    count(session, town.elm_7b, contest, 13)
    session.commit()

    page = words(client_as(town.officer_gao).get(address()).text)

    assert "More in the numerator than in the denominator" in page
    assert "北区: 43 have finished, but there should be only 40" in page
    assert "107.5%" in page


def test_the_table_comes_as_a_file_that_names_its_snapshot(
    client_as: ClientAs, town: Town, contest: Campaign
) -> None:
    today = local_day(now())

    answer = client_as(town.officer_gao).get(address(".csv"))

    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="coverage-contest-990100-{today}.csv"'
    )
    lines = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert lines[1][:4] == ["南区", "990102", "Roll", "50"]
    assert ["Query", "coverage-1"] in lines
    assert ["As of", today.isoformat()] in lines


def test_the_list_has_each_campaign_with_the_figures_of_the_own_unit(
    client_as: ClientAs, session: Session, town: Town, contest: Campaign
) -> None:
    make.campaign(session, town.elm_7a.unit, now=now(), key="homework")
    make.campaign(session, town.south, now=now(), key="theirs")
    session.commit()

    north = client_as(town.officer_he).get("/reports/").text
    elm = client_as(town.head_sun).get("/reports/").text

    assert re.findall(r"campaign=(\w+)", north) == ["contest"]
    assert "40 30 75.0% 90%" in words(north)
    assert re.findall(r"campaign=(\w+)", elm) == ["homework", "contest"]


def test_before_the_first_campaign_the_list_says_why_it_is_empty(
    client_as: ClientAs, town: Town
) -> None:
    visitor = client_as(town.officer_he)

    assert "No campaigns yet" in visitor.get("/reports/").text
    assert visitor.get(address()).status_code == 404


def test_the_newest_campaign_that_has_begun_is_shown_first(
    client_as: ClientAs, session: Session, town: Town, contest: Campaign
) -> None:
    make.campaign(session, town.city, now=now() + timedelta(days=9), key="to-come")
    make.campaign(session, town.elm_7a.unit, now=now(), key="homework")
    session.commit()

    page = client_as(town.officer_he).get(address()).text

    assert 'name="campaign" value="contest"' in page


def test_roll_and_roster_stand_beside_each_other_with_their_difference(
    client_as: ClientAs, town: Town, contest: Campaign
) -> None:
    visitor = client_as(town.officer_gao)

    north = words(visitor.get(address(unit=town.north.code)).text)
    city = words(visitor.get(address()).text)
    with_rosters = visitor.get(address(rosters="y"))
    table = visitor.get(address(".csv", rosters="y")).data.decode("utf-8-sig")

    assert "榆树中学 40 4 36 fewer 30" in north
    assert "The roster has" not in city
    assert "北区 40 4 36 fewer 30" in words(with_rosters.text)
    assert "Together 90 5 85 fewer 75" in words(with_rosters.text)
    assert next(csv.reader(io.StringIO(table.splitlines()[2])))[3:6] == ["40", "4", "-36"]
    assert re.search(r"coverage.csv[^\"]*rosters=y", with_rosters.text)


def test_the_definitions_name_each_roll_its_count_date_and_its_signer(
    client_as: ClientAs, session: Session, town: Town, contest: Campaign
) -> None:
    make.roll(session, town.north, [(town.elm, 44)], now=now())
    session.commit()

    page = words(client_as(town.officer_gao).get(address()).text)

    today = day(now() - timedelta(minutes=1))
    for unit, name in (("青禾市", "990100-1"), ("北区", "990101-1")):
        assert (
            f"Roll {name} · {unit}, version 1, counted on 10 Sep 2026, "
            f"signed by 教育局 示例 on {today}"
        ) in page
