"""Rolls against a real database: versions, exclusions, what schools answer, who signs."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.audit.models import AuditEntry
from quizapp.core.errors import Conflict, Invalid, Missing
from quizapp.orgs import queries, rolls
from quizapp.orgs.models import Roll, RollExclusion, RollLine, RollSchool, Unit
from quizapp.orgs.rolls import Headcount
from quizapp.orgs.rules import Exclusion, Stage
from quizapp.reports.frame import Frame
from quizapp.reports.rolls import signed
from tests import make
from tests.town import NOON, Town

COUNTED = date(2026, 9, 10)


def seven(school: Unit, pupils: int, along: int = 0, **excluded: int) -> Headcount:
    reasons = {Exclusion(reason): count for reason, count in excluded.items()}
    return Headcount(school, Stage.JUNIOR, 7, pupils, along, reasons)


def enter(session: Session, unit: Unit, *counts: Headcount, schools: tuple[Unit, ...] = ()) -> Roll:
    return rolls.enter(
        session, unit, counts, counted_on=COUNTED, source="学籍统计", by=SYSTEM, now=NOON,
        schools=schools,
    )  # fmt: skip


def counts(session: Session, roll: Roll) -> dict[str, int]:
    """Return the pupils of the roll by the code of their school."""
    rows = session.execute(
        select(Unit.code, RollLine.pupils)
        .join(RollLine, RollLine.school_id == Unit.id)
        .where(RollLine.roll_id == roll.id)
    )
    return dict(rows.all())


def answers(session: Session, roll: Roll) -> dict[str, tuple[bool, str]]:
    """Return by the code of a school whether it has confirmed, and what it objects."""
    session.expire_all()
    return {
        school.code: (answer.confirmed_at is not None, answer.objection)
        for school, answer in queries.roll_schools(session, roll)
    }


def test_a_roll_keeps_exclusions_beside_the_pupils(session: Session, town: Town) -> None:
    roll = enter(
        session, town.city, seven(town.elm, 40, 2, suspended=3, abroad=1), seven(town.oak, 9)
    )

    line = session.get_one(RollLine, (roll.id, town.elm.id, Stage.JUNIOR, 7))
    assert (line.pupils, line.along) == (40, 2)
    found = session.scalars(select(RollExclusion).where(RollExclusion.roll_id == roll.id))
    assert {(one.school_id, one.reason, one.pupils) for one in found} == {
        (town.elm.id, Exclusion.SUSPENDED, 3), (town.elm.id, Exclusion.ABROAD, 1),
    }  # fmt: skip


def test_schools_whose_counts_are_to_come_are_on_the_list(session: Session, town: Town) -> None:
    roll = enter(session, town.city, seven(town.elm, 40), schools=(town.elm, town.oak))

    assert set(answers(session, roll)) == {town.elm.code, town.oak.code}
    assert counts(session, roll) == {town.elm.code: 40}


def test_each_list_is_a_new_version_as_a_whole(session: Session, town: Town) -> None:
    first = enter(session, town.city, seven(town.elm, 40), seven(town.oak, 30))
    second = enter(session, town.city, seven(town.elm, 41))
    other = enter(session, town.north, seven(town.elm, 42))

    assert (first.version, second.version, other.version) == (1, 2, 1)
    assert (counts(session, first), counts(session, second)) == (
        {town.elm.code: 40, town.oak.code: 30}, {town.elm.code: 41},
    )  # fmt: skip


def test_a_school_answers_for_its_own_lines_alone(session: Session, town: Town) -> None:
    roll = enter(session, town.city, seven(town.elm, 40), seven(town.oak, 30))

    rolls.confirm(session, roll, town.elm, by=town.head_sun, now=NOON)
    rolls.object_to(session, roll, town.oak, "少了一个班。", by=town.head_liu, now=NOON)

    assert answers(session, roll) == {
        town.elm.code: (True, ""), town.oak.code: (False, "少了一个班。"),
    }  # fmt: skip
    assert session.get_one(RollSchool, (roll.id, town.elm.id)).confirmed_by == town.head_sun.id


def test_who_objects_and_then_confirms_has_confirmed_and_the_other_way_round(
    session: Session, town: Town
) -> None:
    roll = enter(session, town.city, seven(town.elm, 40))

    rolls.object_to(session, roll, town.elm, "少了一个班。", by=town.head_sun, now=NOON)
    rolls.confirm(session, roll, town.elm, by=town.head_sun, now=NOON)
    assert answers(session, roll) == {town.elm.code: (True, "")}

    rolls.object_to(session, roll, town.elm, "又少了。", by=town.head_sun, now=NOON)
    assert answers(session, roll) == {town.elm.code: (False, "又少了。")}


def test_a_school_that_is_not_on_the_list_has_nothing_to_confirm(
    session: Session, town: Town
) -> None:
    roll = enter(session, town.city, seven(town.elm, 40))

    with pytest.raises(Missing):
        rolls.confirm(session, roll, town.oak, by=town.head_liu, now=NOON)


def test_who_signs_must_know_which_schools_are_silent_and_which_object(
    session: Session, town: Town
) -> None:
    roll = enter(session, town.city, seven(town.elm, 40), seven(town.oak, 30))
    rolls.object_to(session, roll, town.oak, "少了一个班。", by=town.head_liu, now=NOON)

    def sign(**knowing: bool) -> None:
        rolls.sign(session, roll, signer="教育局 某某", by=town.officer_gao, now=NOON, **knowing)

    with pytest.raises(Invalid) as neither:
        sign()
    with pytest.raises(Invalid) as one:
        sign(unconfirmed=True)
    with pytest.raises(Invalid) as other:
        sign(objected=True)
    assert set(neither.value.fields) == {"unconfirmed", "objected"}
    assert "榆树中学" in neither.value.fields["unconfirmed"]
    assert "橡树中学" in one.value.fields["objected"]
    assert list(other.value.fields) == ["unconfirmed"]
    assert queries.signed_roll(
        session, town.elm, counted_by=NOON.date(), signed_before=NOON + timedelta(days=1)
    ) is None  # fmt: skip

    sign(unconfirmed=True, objected=True)
    assert (roll.signed_at, roll.signed_by) == (NOON, "教育局 某某")
    entry = session.scalars(select(AuditEntry).where(AuditEntry.event == "roll.signed")).one()
    assert (entry.details["unconfirmed"], entry.details["objected"]) == (1, 1)


def test_where_all_have_confirmed_no_tick_is_needed(session: Session, town: Town) -> None:
    roll = enter(session, town.city, seven(town.elm, 40))
    rolls.confirm(session, roll, town.elm, by=town.head_sun, now=NOON)

    rolls.sign(session, roll, signer="教育局", by=town.officer_gao, now=NOON)

    assert roll.signed_at == NOON


def test_a_signed_roll_takes_no_answer_and_no_second_signature(
    session: Session, town: Town
) -> None:
    roll = make.roll(session, town.city, [(town.elm, 40)], now=NOON)

    with pytest.raises(Conflict):
        rolls.confirm(session, roll, town.elm, by=town.head_sun, now=NOON)
    with pytest.raises(Conflict):
        rolls.object_to(session, roll, town.elm, "?", by=town.head_sun, now=NOON)
    with pytest.raises(Conflict):
        rolls.sign(session, roll, signer="?", by=SYSTEM, now=NOON, unconfirmed=True)
    assert roll.signed_by == "教育局 示例"


def test_a_version_that_is_outdated_is_neither_signed_nor_corrected(
    session: Session, town: Town
) -> None:
    old = enter(session, town.city, seven(town.elm, 40))
    enter(session, town.city, seven(town.elm, 41))

    with pytest.raises(Conflict):
        rolls.sign(session, old, signer="?", by=SYSTEM, now=NOON, unconfirmed=True)
    with pytest.raises(Conflict):
        rolls.correct(
            session, old, town.elm, [seven(town.elm, 1)], by=SYSTEM, now=NOON, confirmed=False
        )


def test_a_correction_of_what_is_signed_is_a_new_version_that_copies_the_rest(
    session: Session, town: Town
) -> None:
    first = enter(
        session, town.city, seven(town.elm, 40, 1, gone=2), seven(town.oak, 30, 3, other=1)
    )
    rolls.confirm(session, first, town.oak, by=town.head_liu, now=NOON)
    rolls.sign(session, first, signer="教育局", by=SYSTEM, now=NOON, unconfirmed=True)

    second = rolls.correct(
        session, first, town.elm, [seven(town.elm, 44)], by=town.head_sun, now=NOON, confirmed=True
    )

    assert (second.version, second.signed_at, second.counted_on) == (2, None, COUNTED)
    assert counts(session, first) == {town.elm.code: 40, town.oak.code: 30}
    assert counts(session, second) == {town.elm.code: 44, town.oak.code: 30}
    assert answers(session, second) == {town.elm.code: (True, ""), town.oak.code: (True, "")}
    found = session.scalars(select(RollExclusion).where(RollExclusion.roll_id == second.id))
    assert [(one.school_id, one.reason) for one in found] == [(town.oak.id, Exclusion.OTHER)]
    assert session.get_one(RollLine, (second.id, town.oak.id, Stage.JUNIOR, 7)).along == 3


def test_corrections_gather_in_one_unsigned_version(session: Session, town: Town) -> None:
    make.roll(session, town.city, [(town.elm, 40), (town.oak, 30)], now=NOON)
    first = queries.newest_roll(session, town.elm)
    assert first

    draft = rolls.correct(
        session, first, town.elm, [seven(town.elm, 44)], by=town.head_sun, now=NOON, confirmed=True
    )
    same = rolls.correct(
        session, draft, town.oak, [seven(town.oak, 33)], by=town.head_liu, now=NOON, confirmed=True
    )

    assert same is draft
    assert counts(session, draft) == {town.elm.code: 44, town.oak.code: 33}


def test_what_the_bureau_corrects_the_school_confirms_anew(session: Session, town: Town) -> None:
    roll = enter(session, town.city, seven(town.elm, 40))
    rolls.confirm(session, roll, town.elm, by=town.head_sun, now=NOON)

    rolls.correct(
        session, roll, town.elm, [seven(town.elm, 4)], by=town.officer_gao, now=NOON,
        confirmed=False,
    )  # fmt: skip

    assert answers(session, roll) == {town.elm.code: (False, "")}


def test_schools_are_asked_to_go_by_the_counts_of_the_version_before(
    session: Session, town: Town
) -> None:
    before = enter(session, town.city, seven(town.elm, 40, suspended=1))
    rolls.confirm(session, before, town.elm, by=town.head_sun, now=NOON)

    asked = rolls.ask(
        session, town.city, [town.elm, town.oak], counted_on=date(2027, 3, 1), source="学校填报",
        by=town.officer_gao, now=NOON,
    )  # fmt: skip

    assert (asked.version, asked.counted_on) == (2, date(2027, 3, 1))
    assert counts(session, asked) == {town.elm.code: 40}
    assert answers(session, asked) == {town.elm.code: (False, ""), town.oak.code: (False, "")}
    assert session.scalars(select(RollExclusion).where(RollExclusion.roll_id == asked.id)).one()


def test_the_nearest_unit_with_a_roll_asks_the_school(session: Session, town: Town) -> None:
    assert queries.newest_roll(session, town.elm) is None

    city = enter(session, town.city, seven(town.elm, 40), seven(town.oak, 30))
    north = enter(session, town.north, seven(town.elm, 41))
    enter(session, town.city, seven(town.elm, 50))

    assert queries.newest_roll(session, town.elm) is north
    assert queries.newest_roll(session, town.oak) is not city


def test_a_report_of_a_past_day_keeps_the_roll_that_was_signed_then(
    session: Session, town: Town
) -> None:
    campaign = make.campaign(session, town.city, now=NOON - timedelta(days=5))
    first = enter(session, town.city, seven(town.elm, 40))
    then = NOON - timedelta(days=3)
    rolls.sign(session, first, signer="教育局", by=SYSTEM, now=then, unconfirmed=True)
    second = rolls.correct(
        session, first, town.elm, [seven(town.elm, 44)], by=town.head_sun, now=NOON, confirmed=True
    )

    def heads(days_ago: int) -> int | None:
        frame = Frame(campaign, (NOON - timedelta(days=days_ago)).date())
        return signed(session, frame, town.city.path).pupils(town.elm.id, town.elm.path)

    assert [heads(4), heads(3), heads(0)] == [None, 40, 40]
    rolls.sign(session, second, signer="教育局", by=SYSTEM, now=NOON)
    session.flush()
    assert [heads(4), heads(1), heads(0)] == [None, 40, 44]
