"""Rolls on the pages: a bureau enters and signs, schools confirm, others read their own part."""

import io
import re
from collections.abc import Callable
from datetime import timedelta

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quizapp.access.policy import SYSTEM, Actor
from quizapp.accounts.models import ExtraTime, Pupil
from quizapp.core import sheets
from quizapp.core.clock import local_day, now
from quizapp.core.db import transaction
from quizapp.orgs import actions, queries, roll_lists, rolls
from quizapp.orgs.models import Roll, RollLine, Unit
from quizapp.orgs.rolls import Headcount
from quizapp.orgs.rules import Exclusion, Stage, UnitKind
from tests import make
from tests.conftest import Visitor
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]
SEVEN = (Stage.JUNIOR, 7)


@pytest.fixture
def draft(session: Session, town: Town) -> Roll:
    """A list of the city that nobody has confirmed or signed: 40 in the north, 30 in the south."""
    excluded = {Exclusion.SUSPENDED: 2, Exclusion.TAUGHT_AT_HOME: 1}
    made = rolls.enter(
        session, town.city,
        [Headcount(town.elm, *SEVEN, 40, 1, excluded), Headcount(town.oak, *SEVEN, 30)],
        counted_on=local_day(now()) - timedelta(days=9), source="学籍统计", by=SYSTEM, now=now(),
    )  # fmt: skip
    session.commit()
    return made


def words(answer: TestResponse) -> str:
    """Return the text of a page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text))


def hidden(answer: TestResponse, name: str) -> str:
    (found,) = re.findall(rf'name="{name}"[^>]*value="([^"]*)"', answer.text)
    return str(found)


def checked(visitor: Visitor, text: str, *, unit: str = "990100") -> TestResponse:
    """Hand in a CSV list to be checked."""
    told = {
        "file": (io.BytesIO(text.encode()), "roll.csv"), "source": "学籍统计",
        "counted_on": str(local_day(now())),
    }  # fmt: skip
    return visitor.post(f"/rolls/check?unit={unit}", data=told)


def newest(session: Session, unit: Unit) -> Roll:
    session.rollback()
    session.expire_all()
    found = queries.newest_roll(session, unit)
    assert found
    return found


def pupils(session: Session, roll: Roll, school: Unit) -> dict[int, int]:
    session.rollback()
    lines = select(RollLine).filter_by(roll_id=roll.id, school_id=school.id)
    return {line.grade: line.pupils for line in session.scalars(lines)}


# Who sees what


def test_each_sees_the_own_part_of_a_citys_list(
    client_as: ClientAs, town: Town, draft: Roll
) -> None:
    for actor, sees in (
        (town.officer_gao, {"榆树中学", "橡树中学"}),
        (town.officer_he, {"榆树中学"}),
        (town.head_sun, {"榆树中学"}),
        (town.head_liu, {"橡树中学"}),
        (town.officer_qin, {"榆树中学", "橡树中学"}),
        (town.auditor_fang, {"榆树中学", "橡树中学"}),
    ):
        visitor = client_as(actor)
        page, table = visitor.get(f"/rolls/{draft.id}"), visitor.get(f"/rolls/{draft.id}.csv")
        for text in (page.text, table.text):
            assert {name for name in ("榆树中学", "橡树中学") if name in text} == sees, actor.name
        total = {"榆树中学": 40, "橡树中学": 30}
        assert f"Should take part {sum(total[name] for name in sees)} " in words(page)
        assert f"/rolls/{draft.id}" in visitor.get("/rolls/").text


def test_those_without_rolls_are_refused_and_strangers_find_none(
    client_as: ClientAs, session: Session, town: Town, draft: Roll
) -> None:
    make.roll(session, town.south, [(town.oak, 31)], now=now())
    session.commit()
    theirs = newest(session, town.oak)

    for actor in (town.ms_chen, town.lan, town.zhou, town.editor_yu):
        assert client_as(actor).get("/rolls/").status_code == 403
        assert client_as(actor).get(f"/rolls/{draft.id}").status_code == 403
    for actor in (town.officer_he, town.head_sun):
        visitor = client_as(actor)
        assert visitor.get(f"/rolls/{theirs.id}").status_code == 404
        assert visitor.get(f"/rolls/{theirs.id}.csv").status_code == 404
        assert f"/rolls/{theirs.id}" not in visitor.get("/rolls/").text


def test_who_is_excluded_at_which_school_is_for_the_school_and_the_bureau(
    client_as: ClientAs, town: Town, draft: Roll
) -> None:
    for actor in (town.officer_gao, town.head_sun):
        page = client_as(actor).get(f"/rolls/{draft.id}")
        assert "Taught at home 1" in words(page)
    for actor in (town.officer_qin, town.auditor_fang, town.admin_kong):
        visitor = client_as(actor)
        page, table = visitor.get(f"/rolls/{draft.id}"), visitor.get(f"/rolls/{draft.id}.csv")
        assert "Taught at home · fewer than 10 people, not shown" in words(page)
        assert "Taught at home 1" not in words(page)
        assert "送教上门" not in table.text
        school = visitor.get(f"/schools/{town.elm.id}/roll")
        assert "40" in words(school)
        assert "Taught at home" not in words(school)


def test_only_a_bureau_may_enter_and_sign(client_as: ClientAs, town: Town, draft: Roll) -> None:
    sign = f"/rolls/{draft.id}/signature"
    for actor in (town.head_sun, town.officer_qin, town.auditor_fang, town.admin_kong):
        visitor = client_as(actor)
        assert "New list" not in visitor.get("/rolls/").text
        assert visitor.get("/rolls/new").status_code == 403
        assert visitor.post("/rolls/").status_code == 403
        assert visitor.post(sign, data={"signer": "?"}).status_code == 403
        assert "Sign the list" not in visitor.get(f"/rolls/{draft.id}").text
    district = client_as(town.officer_he)
    assert district.post(sign, data={"signer": "?"}).status_code == 404
    assert "Sign the list" not in district.get(f"/rolls/{draft.id}").text
    assert district.get("/rolls/new?unit=990100").status_code == 404
    assert district.get("/rolls/new").status_code == 200


# A list from a file


def test_a_bureau_brings_in_a_list_looks_at_what_it_changes_and_enters_it(
    client_as: ClientAs, session: Session, town: Town, draft: Roll
) -> None:
    visitor = client_as(town.officer_gao)
    assert visitor.get("/rolls/new").status_code == 200

    page = checked(visitor, "学校,年级,人数,随班就读,休学\n榆树中学,初一,50,2,1\n")

    assert page.status_code == 200
    told = words(page)
    assert "1 schools, 50 pupils" in told
    assert "1 school is no longer listed: 橡树中学" in told
    assert "榆树中学 Junior high school, grade 7 40 50" in told
    assert newest(session, town.city).version == 1
    entered = visitor.post("/rolls/?unit=990100", data={"checked": hidden(page, "checked")})
    roll = newest(session, town.city)
    assert entered.location == f"/rolls/{roll.id}"
    assert (roll.version, roll.source, roll.counted_on) == (2, "学籍统计", local_day(now()))
    assert pupils(session, roll, town.elm) == {7: 50}
    assert "Replaced by a newer version" in visitor.get(f"/rolls/{draft.id}").text


def test_all_faults_are_shown_by_row_and_nothing_can_be_entered(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    visitor = client_as(town.officer_gao)

    page = checked(visitor, "学校,年级,人数\n榆树中学,初一,many\n无名中学,初一,5\n橡树中学,,5\n")

    assert page.status_code == 422
    assert "3 faults have to be mended first" in words(page)
    assert re.findall(r'<td class="number">(\d)</td>', page.text) == ["2", "3", "4"]
    assert "Enter the list" not in page.text
    assert session.scalars(select(Roll)).all() == []


def test_what_is_no_list_is_told_at_its_field(client_as: ClientAs, town: Town) -> None:
    visitor = client_as(town.officer_gao)
    day = str(local_day(now()) + timedelta(days=1))

    nothing = visitor.post("/rolls/check", data={"counted_on": day})
    page = visitor.post(
        "/rolls/check",
        data={"file": (io.BytesIO(b"x"), "roll.pdf"), "source": "?", "counted_on": "2026-09-01"},
    )

    assert nothing.status_code == page.status_code == 422
    assert "Choose the file first." in nothing.text
    assert "That day has not come yet." in nothing.text
    assert "no table that can be read" in page.text


def test_a_checked_list_is_for_its_unit_alone(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    page = checked(client_as(town.officer_gao), "学校,年级,人数\n榆树中学,7,5\n")
    kept = {"checked": hidden(page, "checked")}

    for unit, data in (("990101", kept), ("990100", {"checked": "made up"}), ("990100", {})):
        answer = client_as(town.officer_gao).post(f"/rolls/?unit={unit}", data=data)
        assert (answer.status_code, answer.location) == (303, f"/rolls/new?unit={unit}")
    assert session.scalars(select(Roll)).all() == []


def test_the_blank_list_has_a_row_for_each_grade_and_is_read_when_filled_in(
    client_as: ClientAs, town: Town
) -> None:
    file = client_as(town.officer_gao).get("/rolls/template?unit=990100")
    book = openpyxl.load_workbook(io.BytesIO(file.data))
    assert book.active

    rows = [list(row) for row in book.active.iter_rows(values_only=True)]
    assert [row[:4] for row in rows[1:]] == [
        ["9901010001", "榆树中学", "初中", 7], ["9901020001", "橡树中学", "初中", 7],
    ]  # fmt: skip
    book.active.cell(2, 5).value, book.active.cell(3, 5).value = 12, 13
    filled = io.BytesIO()
    book.save(filled)
    schools = {"9901010001": "榆树中学", "9901020001": "橡树中学"}
    found = roll_lists.read(sheets.read("roll.xlsx", filled.getvalue()), schools=schools)
    assert (found.faults, [line.pupils for line in found.lines]) == ((), [12, 13])


def test_the_table_is_read_again_as_it_was_written(
    client_as: ClientAs, town: Town, draft: Roll
) -> None:
    table = client_as(town.officer_gao).get(f"/rolls/{draft.id}.csv")

    schools = {"9901010001": "榆树中学", "9901020001": "橡树中学"}
    found = roll_lists.read(sheets.read("roll.csv", table.data), schools=schools)

    assert found.faults == ()
    assert [(line.pupils, line.along, dict(line.excluded)) for line in found.lines] == [
        (40, 1, {Exclusion.SUSPENDED: 2, Exclusion.TAUGHT_AT_HOME: 1}), (30, 0, {}),
    ]  # fmt: skip


# Schools answer


def test_a_school_confirms_what_it_has_seen(
    client_as: ClientAs, session: Session, town: Town, draft: Roll
) -> None:
    visitor = client_as(town.head_sun)
    assert (
        "Please confirm how many pupils should take part"
        in visitor.get(f"/schools/{town.elm.id}").text
    )

    page = visitor.get(f"/schools/{town.elm.id}/roll")
    done = visitor.post(
        f"/schools/{town.elm.id}/roll/confirmation", data={"seen": hidden(page, "seen")}
    )

    assert "Please confirm: should 40 pupils take part?" in words(page)
    assert "36 fewer" in words(page)  # The roster has four.
    assert done.status_code == 303
    assert "Confirmed: 40" in visitor.get(f"/schools/{town.elm.id}/roll").text
    assert "Please confirm how many" not in visitor.get(f"/schools/{town.elm.id}").text
    told = words(client_as(town.officer_gao).get(f"/rolls/{draft.id}"))
    assert "1 of 2" in told
    assert "Confirmed Head Sun" in told


def test_counts_that_changed_meanwhile_are_not_confirmed(
    client_as: ClientAs, app: Flask, session: Session, town: Town, draft: Roll
) -> None:
    visitor = client_as(town.head_sun)
    seen = hidden(visitor.get(f"/schools/{town.elm.id}/roll"), "seen")
    with app.app_context(), transaction() as work:
        rolls.correct(
            work, work.get_one(Roll, draft.id), work.get_one(Unit, town.elm.id),
            [Headcount(town.elm, *SEVEN, 4)], by=SYSTEM, now=now(), confirmed=False,
        )  # fmt: skip

    refused = visitor.post(f"/schools/{town.elm.id}/roll/confirmation", data={"seen": seen})

    assert refused.status_code == 409
    assert [a.confirmed_at for _school, a in queries.roll_schools(session, draft)] == [None, None]


def test_a_school_objects_and_the_bureau_puts_it_right(
    client_as: ClientAs, session: Session, town: Town, draft: Roll
) -> None:
    school, bureau = client_as(town.head_sun), client_as(town.officer_gao)
    page = school.get(f"/schools/{town.elm.id}/roll")
    seen = {"objection-seen": hidden(page, "objection-seen")}
    path = f"/schools/{town.elm.id}/roll/objection"

    assert school.post(path, data=seen | {"objection-objection": ""}).status_code == 422
    assert school.post(path, data=seen | {"objection-objection": "少了2班。"}).status_code == 303
    told = bureau.get(f"/rolls/{draft.id}")
    assert "1 school objects" in words(told)
    assert "少了2班。" in told.text
    edit = f"/rolls/{draft.id}/schools/{town.elm.id}"
    assert 'value="40"' in bureau.get(f"{edit}/edit").text
    assert bureau.post(edit, data={"junior_7_pupils": "44"}).status_code == 303
    assert pupils(session, newest(session, town.city), town.elm) == {7: 44}
    assert "Please confirm: should 44" in school.get(f"/schools/{town.elm.id}/roll").text


def test_a_school_says_its_own_counts(
    client_as: ClientAs, session: Session, town: Town, draft: Roll
) -> None:
    visitor = client_as(town.head_sun)
    assert visitor.get(f"/schools/{town.elm.id}/roll/edit").status_code == 200

    bad = visitor.post(
        f"/schools/{town.elm.id}/roll",
        data={
            "junior_7_pupils": "3",
            "junior_7_along": "4",
            "junior_8_gone": "1",
            "junior_9_pupils": "x",
        },
    )
    good = visitor.post(
        f"/schools/{town.elm.id}/roll",
        data={
            "junior_7_pupils": "41",
            "junior_7_along": "2",
            "junior_7_gone": "3",
            "junior_8_pupils": "0",
        },
    )

    assert bad.status_code == 422
    assert "4 learn along, but only 3 should take part." in bad.text
    assert "How many should take part? Write 0 for none." in bad.text
    assert good.status_code == 303
    roll = newest(session, town.city)
    assert (roll.id, pupils(session, roll, town.elm)) == (draft.id, {7: 41, 8: 0})
    assert pupils(session, roll, town.oak) == {7: 30}
    told = words(client_as(town.officer_gao).get(f"/rolls/{draft.id}"))
    assert "Gone, still on the books 3" in told
    assert "Confirmed Head Sun" in told


def test_a_school_that_corrects_a_signed_list_begins_a_new_version(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    signed = make.roll(session, town.city, [(town.elm, 40), (town.oak, 30)], now=now())
    session.commit()
    visitor = client_as(town.head_sun)
    page = visitor.get(f"/schools/{town.elm.id}/roll")
    assert "Signed: 40" in words(page)
    assert "/roll/confirmation" not in page.text

    visitor.post(f"/schools/{town.elm.id}/roll", data={"junior_7_pupils": "41"})

    roll = newest(session, town.city)
    assert (roll.version, roll.signed_at) == (2, None)
    assert (pupils(session, roll, town.elm), pupils(session, roll, town.oak)) == ({7: 41}, {7: 30})
    assert pupils(session, signed, town.elm) == {7: 40}
    assert "Roll 990100-1, counted on" in words(visitor.get(f"/schools/{town.elm.id}"))


def test_a_school_answers_for_itself_alone(
    client_as: ClientAs, session: Session, town: Town, draft: Roll
) -> None:
    own = client_as(town.head_liu).get(f"/schools/{town.oak.id}/roll")
    seen = {"seen": hidden(own, "seen")}
    path = f"/schools/{town.elm.id}/roll"

    for actor, status in (
        (town.head_liu, 404), (town.officer_he, 403), (town.officer_gao, 403),
        (town.officer_qin, 403), (town.auditor_fang, 403), (town.ms_chen, 403),
    ):  # fmt: skip
        visitor = client_as(actor)
        assert visitor.post(f"{path}/confirmation", data=seen).status_code == status
        assert visitor.post(f"{path}/objection", data=seen).status_code == status
        assert visitor.post(path, data={"junior_7_pupils": "1"}).status_code == status
        assert visitor.get(f"{path}/edit").status_code == status
    edit = f"/rolls/{draft.id}/schools/{town.elm.id}"
    assert client_as(town.head_sun).post(edit, data={}).status_code == 403
    assert client_as(town.officer_he).post(edit, data={}).status_code == 404
    assert pupils(session, draft, town.elm) == {7: 40}


def test_before_the_bureau_has_asked_there_is_nothing_to_say(
    client_as: ClientAs, town: Town
) -> None:
    visitor = client_as(town.head_sun)

    assert "No list yet" in visitor.get(f"/schools/{town.elm.id}/roll").text
    assert visitor.get(f"/schools/{town.elm.id}/roll/edit").status_code == 404
    assert "No list yet" in visitor.get("/rolls/").text


def test_schools_are_asked_without_a_list(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    bureau, school = client_as(town.officer_he), client_as(town.head_sun)

    asked = bureau.post(
        "/rolls/requests?unit=990101", data={"ask-counted_on": str(local_day(now()))}
    )
    form = school.get(f"/schools/{town.elm.id}/roll/edit")
    school.post(f"/schools/{town.elm.id}/roll", data={"junior_7_pupils": "38"})

    assert asked.status_code == 303
    assert re.findall(r'name="(junior_\d_pupils)"', form.text) == [
        "junior_7_pupils", "junior_8_pupils", "junior_9_pupils",
    ]  # fmt: skip
    assert "All schools have confirmed" in bureau.get(asked.location).text
    assert bureau.post("/rolls/requests?unit=990101", data={}).status_code == 422


# The signature


def test_who_signs_ticks_that_schools_are_silent_or_object(
    client_as: ClientAs, session: Session, town: Town, draft: Roll
) -> None:
    rolls.object_to(session, draft, town.oak, "少了2班。", by=town.head_liu, now=now())
    session.commit()
    visitor, path = client_as(town.officer_gao), f"/rolls/{draft.id}/signature"

    nameless = visitor.post(path, data={"signer": " "})
    refused = visitor.post(path, data={"signer": "教育局 某某"})
    half = visitor.post(path, data={"signer": "教育局 某某", "unconfirmed": "y"})
    done = visitor.post(path, data={"signer": "教育局 某某", "unconfirmed": "y", "objected": "y"})
    again = visitor.post(path, data={"signer": "教育局 某某", "unconfirmed": "y", "objected": "y"})

    assert [a.status_code for a in (nameless, refused, half, done, again)] == [
        422, 422, 422, 303, 409,
    ]  # fmt: skip
    assert "has not confirmed: 榆树中学" in words(refused)
    assert "objects: 橡树中学" in words(half)
    assert newest(session, town.city).signed_by == "教育局 某某"
    page = visitor.get(f"/rolls/{draft.id}")
    assert "Signed: 70 pupils should take part" in words(page)
    assert "Sign the list" not in page.text


def test_a_long_list_begins_with_its_districts(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    schools = [
        actions.add_unit(
            session, kind=UnitKind.SCHOOL, code=f"99010200{n:02d}", name=f"南{n}小学",
            parent=town.south,
        )
        for n in range(10, 80)
    ]  # fmt: skip
    session.flush()
    made = rolls.enter(
        session, town.city, [Headcount(one, Stage.PRIMARY, 5, 10) for one in schools],
        counted_on=local_day(now()), source="x", by=SYSTEM, now=now(), schools=[town.elm],
    )  # fmt: skip
    session.commit()
    visitor = client_as(town.officer_gao)

    first = visitor.get(f"/rolls/{made.id}").text
    south = visitor.get(f"/rolls/{made.id}?area=990102").text
    everything = visitor.get(f"/rolls/{made.id}?area=all").text

    assert first.count('<th scope="row"><a href="/schools/') == 0
    assert f"/rolls/{made.id}?area=990102" in first
    assert south.count('<th scope="row"><a href="/schools/') == 70
    assert f"/schools/{town.elm.id}" in everything


# Beside the roster


def test_the_schools_page_shows_exclusions_and_who_learns_along(
    client_as: ClientAs, session: Session, town: Town, draft: Roll
) -> None:
    rolls.sign(session, draft, signer="教育局", by=SYSTEM, now=now(), unconfirmed=True)
    bo = session.get_one(Pupil, (town.elm.id, town.bo.id))
    bo.extra_percent, bo.extra_why = 50, ExtraTime.LEARNS_ALONG
    hua = session.get_one(Pupil, (town.elm.id, town.hua.id))
    hua.extra_percent, hua.extra_why = 50, ExtraTime.LEARNS_ALONG
    tao = session.get_one(Pupil, (town.elm.id, town.tao.id))
    tao.extra_percent, tao.extra_why = 50, ExtraTime.MEDICAL
    session.commit()

    for actor in (town.head_sun, town.officer_he):
        page = words(client_as(actor).get(f"/schools/{town.elm.id}"))
        assert "Suspended studies 2" in page
        assert "1 on the roll, 2 on the roster with more time for it" in page
    others = words(client_as(town.officer_qin).get(f"/schools/{town.elm.id}"))
    assert "Suspended studies" not in others
    assert "on the roster with more time" not in others


def test_the_office_finds_what_waits_and_where_the_rest_is(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    page = client_as(town.head_sun).get(f"/schools/{town.elm.id}")
    text = words(page)

    assert "4 pupils have nothing to sign in with" in text
    assert "4 pupils are without a guardian" in text
    assert f"/schools/{town.elm.id}/roll" in page.text
    reader = words(client_as(town.officer_he).get(f"/schools/{town.elm.id}"))
    assert "What waits" not in reader
