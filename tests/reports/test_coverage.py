"""The coverage report against a real database: what is summed, by what it is measured, and what
nobody outside a school may see."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts.models import Enrolment, Presence
from quizapp.bank.rules import BankStage
from quizapp.campaigns.models import Campaign
from quizapp.core.errors import Missing
from quizapp.core.ids import new_id
from quizapp.lessons.models import Lesson, LessonTally, LessonText
from quizapp.orgs import actions as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import Stage, UnitKind
from quizapp.quizzes.models import Turnout
from quizapp.reports.coverage import Base, Coverage, Row, coverage, for_reader, total_for_reader
from quizapp.reports.ladder import UNKNOWN, Ladder
from tests import make
from tests.town import NOON, Town

TODAY = date(2026, 11, 20)
YESTERDAY = TODAY - timedelta(days=1)


@pytest.fixture
def contest(session: Session, town: Town) -> Campaign:
    return make.campaign(session, town.city, now=NOON)


def count(
    session: Session,
    school_class: SchoolClass,
    campaign: Campaign,
    *rungs: int,
    day: date = TODAY,
) -> None:
    """Write what pupils of a class did on a day: signed in, opened, finished, valid, passed."""
    signed_in, opened, finished, valid, passed = rungs
    cell = {"school_id": school_class.school_id, "class_id": school_class.unit_id, "day": day}
    session.add(Presence(**cell, signed_in=signed_in))
    assert campaign.quiz
    session.add(
        Turnout(
            **cell,
            quiz_id=campaign.quiz.id,
            opened=opened,
            finished=finished,
            valid=valid,
            passed=passed,
        )
    )
    session.flush()


def school(session: Session, district: Unit, code: str) -> Unit:
    made = orgs.add_unit(session, kind=UnitKind.SCHOOL, code=code, name=code, parent=district)
    session.flush()
    return made


def seven(session: Session, unit: Unit, number: int, *, year: int = 2026) -> SchoolClass:
    made = orgs.add_class(
        session, unit, school_year=year, stage=Stage.JUNIOR, grade=7, number=number
    )
    session.flush()
    return made


def fill(session: Session, school_class: SchoolClass, pupils: int) -> None:
    for _number in range(pupils):
        make.pupil(session, school_class)


def row_of(report: Coverage, unit: Unit) -> Row:
    return next(row for row in report.rows if row.unit.id == unit.id)


def names(rows: tuple[Row, ...]) -> list[str]:
    return [row.unit.name for row in rows]


def seen(session: Session, actor: Actor, unit: Unit, campaign: Campaign) -> Coverage:
    return for_reader(session, actor, unit, campaign, as_of=TODAY)


def test_a_city_is_the_sum_of_its_districts(
    session: Session, town: Town, contest: Campaign
) -> None:
    make.roll(session, town.city, [(town.elm, 100), (town.oak, 50)], now=NOON)
    count(session, town.elm_7a, contest, 60, 55, 50, 50, 40)
    count(session, town.elm_7b, contest, 20, 20, 20, 18, 15)
    count(session, town.oak_7a, contest, 45, 45, 45, 45, 44)

    report = coverage(session, town.city, contest, TODAY, outside=True)

    assert report.total.ladder == Ladder(150, 125, 120, 115, 113, 99)
    assert row_of(report, town.north).ladder == Ladder(100, 80, 75, 70, 68, 55)
    assert names(report.rows) == ["南区", "北区"]  # 90 % before 70 %.
    assert report.snapshot.roll_version == "990100-1"


def test_the_figure_as_of_a_day_is_the_sum_up_to_it(
    session: Session, town: Town, contest: Campaign
) -> None:
    heads = [(town.elm, 100), (town.oak, 50)]
    make.roll(session, town.city, heads, now=NOON - timedelta(days=2))
    count(session, town.elm_7a, contest, 30, 30, 30, 30, 20, day=YESTERDAY)
    count(session, town.elm_7a, contest, 10, 10, 10, 8, 5)  # Two were found not valid.

    before = coverage(session, town.north, contest, YESTERDAY, outside=True)
    after = coverage(session, town.north, contest, TODAY, outside=True)

    assert before.total.ladder == Ladder(100, 30, 30, 30, 30, 20)
    assert after.total.ladder == Ladder(100, 40, 40, 40, 38, 25)


def test_a_roll_counts_once_it_is_signed(session: Session, town: Town, contest: Campaign) -> None:
    make.roll(session, town.city, [(town.elm, 100)], now=NOON - timedelta(days=1))
    make.roll(session, town.city, [(town.elm, 90)], now=NOON)
    make.roll(session, town.city, [(town.elm, 80)], now=NOON, signed=False)
    make.roll(session, town.city, [(town.elm, 70)], now=NOON + timedelta(days=1))

    yesterday = coverage(session, town.elm, contest, YESTERDAY, outside=False)
    today = coverage(session, town.elm, contest, TODAY, outside=False)

    assert (yesterday.total.roll, yesterday.snapshot.roll_version) == (100, "990100-1")
    assert (today.total.roll, today.snapshot.roll_version) == (90, "990100-2")


def test_the_roll_counted_last_holds_and_not_the_one_entered_last(
    session: Session, town: Town, contest: Campaign
) -> None:
    late, early, to_come = date(2026, 11, 1), date(2026, 9, 10), date(2026, 12, 1)
    make.roll(session, town.city, [(town.elm, 100)], now=NOON, counted_on=late)
    make.roll(session, town.city, [(town.elm, 90)], now=NOON, counted_on=early)
    make.roll(session, town.city, [(town.elm, 80)], now=NOON, counted_on=to_come)

    assert coverage(session, town.elm, contest, TODAY, outside=False).total.roll == 100


def test_of_each_school_the_nearest_roll_counts_on_every_page(
    session: Session, town: Town, contest: Campaign
) -> None:
    make.roll(session, town.city, [(town.elm, 100), (town.oak, 50)], now=NOON)
    make.roll(session, town.north, [(town.elm, 110)], now=NOON)

    city = coverage(session, town.city, contest, TODAY, outside=True)
    north = coverage(session, town.north, contest, TODAY, outside=True)

    assert (city.total.roll, row_of(city, town.north).roll, north.total.roll) == (160, 110, 110)
    assert city.snapshot.roll_version == "990100-1, 990101-1"
    assert north.snapshot.roll_version == "990101-1"


def test_without_a_signed_roll_there_is_no_rate(
    session: Session, town: Town, contest: Campaign
) -> None:
    make.roll(session, town.north, [(town.elm, 100)], now=NOON)
    fill(session, town.oak_7a, 20)
    count(session, town.oak_7a, contest, 15, 15, 15, 15, 15)

    report = coverage(session, town.city, contest, TODAY, outside=True)

    south = row_of(report, town.south)
    assert (south.roll, south.ladder.finished, south.ladder.rate) == (None, 15, None)
    assert (report.total.roll, report.total.ladder.rate) == (None, None)  # Not all is known.
    assert row_of(report, town.north).roll == 100


def test_other_grades_of_the_roll_do_not_count(
    session: Session, town: Town, contest: Campaign
) -> None:
    roll = make.roll(session, town.city, [(town.elm, 100)], now=NOON, grade=8)

    report = coverage(session, town.elm, contest, TODAY, outside=False)

    assert report.total.roll == 0
    assert report.snapshot.roll_version == roll.name


def test_schools_in_which_nobody_began_stand_there_with_zeros(
    session: Session, town: Town, contest: Campaign
) -> None:
    ash, primary, fir = (school(session, town.north, f"990101000{n}") for n in (2, 3, 4))
    seven(session, ash, 1)
    heads = [(town.elm, 60), (ash, 40), (fir, 30), (town.oak, 50)]
    make.roll(session, town.city, heads, now=NOON)

    report = coverage(session, town.north, contest, TODAY, outside=True)

    assert {row.unit.code: row.roll for row in report.rows} == {
        "9901010001": 60, "9901010002": 40, "9901010004": 30,
    }  # fmt: skip
    assert row_of(report, fir).ladder == Ladder(30, 0, 0, 0, 0, 0)
    assert primary.id not in {row.unit.id for row in report.rows}


def test_a_district_shows_the_rosters_beside_the_roll(
    session: Session, town: Town, contest: Campaign
) -> None:
    make.roll(session, town.city, [(town.elm, 100), (town.oak, 50)], now=NOON)

    report = coverage(session, town.north, contest, TODAY, outside=True)

    assert (row_of(report, town.elm).roll, row_of(report, town.elm).roster) == (100, 4)
    assert (report.total.roll, report.total.roster) == (100, 4)


def test_the_classes_of_a_school_are_measured_by_their_rosters(
    session: Session, town: Town, contest: Campaign
) -> None:
    make.roll(session, town.city, [(town.elm, 100)], now=NOON)
    count(session, town.elm_7a, contest, 3, 3, 2, 2, 1)

    report = coverage(session, town.elm, contest, TODAY, outside=False)

    seven_a = row_of(report, town.elm_7a.unit)
    assert (seven_a.base, seven_a.roll, seven_a.roster) == (Base.ROSTER, None, 3)
    assert seven_a.ladder == Ladder(3, 3, 3, 2, 2, 1)
    assert row_of(report, town.elm_7b.unit).ladder == Ladder(1, 0, 0, 0, 0, 0)
    assert (report.total.base, report.total.roll) == (Base.ROLL, 100)


def test_a_roster_is_that_of_the_day(session: Session, town: Town, contest: Campaign) -> None:
    gone = session.query(Enrolment).filter_by(pupil_id=town.bo.id).one()
    gone.until_on = YESTERDAY
    session.flush()

    def roster(day: date) -> int | None:
        return coverage(session, town.elm_7a.unit, contest, day, outside=False).total.roster

    assert (roster(YESTERDAY), roster(TODAY), roster(date(2026, 8, 31))) == (3, 2, 0)


def test_a_class_asked_for_is_counted_alone(
    session: Session, town: Town, contest: Campaign
) -> None:
    count(session, town.elm_7a, contest, 3, 3, 2, 2, 1)
    count(session, town.elm_7b, contest, 1, 1, 1, 1, 1)

    report = coverage(session, town.elm_7a.unit, contest, TODAY, outside=False)

    assert report.total.ladder == Ladder(3, 3, 3, 2, 2, 1)
    assert (report.rows, report.snapshot.roll_version) == ((), None)


def test_a_class_that_took_part_stays_in_the_table_whatever_it_becomes(
    session: Session, town: Town, contest: Campaign
) -> None:
    count(session, town.elm_7a, contest, 3, 3, 2, 2, 1)
    town.elm_7a.grade = 8
    session.flush()

    report = coverage(session, town.elm, contest, TODAY, outside=False)

    assert row_of(report, town.elm_7a.unit).ladder.finished == 2


def test_a_campaign_that_is_over_keeps_its_roll_and_its_rosters(
    session: Session, town: Town, contest: Campaign
) -> None:
    make.roll(session, town.city, [(town.elm, 100)], now=NOON)
    next_year = datetime(2027, 10, 8, 4, tzinfo=UTC)
    make.roll(session, town.city, [(town.elm, 77)], now=next_year, counted_on=date(2027, 9, 10))
    for enrolment in session.query(Enrolment).filter_by(class_id=town.elm_7a.unit_id):
        enrolment.until_on = date(2027, 8, 31)
    session.flush()

    report = coverage(session, town.elm, contest, date(2027, 10, 8), outside=False)

    assert report.total.roll == 100
    assert row_of(report, town.elm_7a.unit).roster == 3


def test_more_finished_than_there_should_be_is_a_fault_with_both_numbers(
    session: Session, town: Town, contest: Campaign
) -> None:
    make.roll(session, town.city, [(town.elm, 100), (town.oak, 50)], now=NOON)
    count(session, town.elm_7a, contest, 103, 103, 103, 103, 90)

    report = coverage(session, town.city, contest, TODAY, outside=True)

    fault = row_of(report, town.north)
    assert report.faults == [fault]
    assert (fault.ladder.finished, fault.roll) == (103, 100)
    assert fault.ladder.rate == pytest.approx(1.03)


def test_outside_the_school_a_small_class_is_hidden_in_company(
    session: Session, town: Town, contest: Campaign
) -> None:
    make.roll(session, town.city, [(town.elm, 100)], now=NOON)
    fill(session, town.elm_7b, 20)
    fill(session, large := seven(session, town.elm, 3), 30)
    for school_class in (town.elm_7a, town.elm_7b, large):
        count(session, school_class, contest, 2, 2, 2, 2, 2)

    outside = seen(session, town.officer_he, town.elm, contest)
    inside = seen(session, town.head_sun, town.elm, contest)

    hidden = [row_of(outside, c.unit) for c in (town.elm_7a, town.elm_7b)]
    assert [(row.suppressed, row.ladder, row.roster) for row in hidden] == [
        (True, UNKNOWN, None)
    ] * 2
    assert row_of(outside, large.unit).ladder.finished == 2
    assert outside.total.ladder.finished == 6
    assert [row.suppressed for row in inside.rows] == [False] * 3


def test_what_a_table_hides_the_page_below_it_hides_too(
    session: Session, town: Town, contest: Campaign
) -> None:
    ash, fir = (school(session, town.north, f"990101000{n}") for n in (2, 3))
    heads = [(town.elm, 30), (ash, 8), (fir, 500)]
    make.roll(session, town.city, heads, now=NOON)
    count(session, town.elm_7a, contest, 20, 20, 20, 20, 20)

    district = seen(session, town.officer_he, town.north, contest)
    school_page = seen(session, town.officer_he, town.elm, contest)
    class_page = seen(session, town.officer_he, town.elm_7a.unit, contest)

    assert row_of(district, town.elm).suppressed  # It keeps Ash company.
    assert not district.total.suppressed
    assert school_page.total.suppressed
    assert all(row.suppressed for row in school_page.rows)
    assert class_page.total.suppressed
    assert not seen(session, town.head_sun, town.elm, contest).total.suppressed


def test_what_only_a_higher_office_sees_does_not_close_the_page_of_a_lower_one(
    session: Session, town: Town, contest: Campaign
) -> None:
    make.roll(session, town.city, [(town.elm, 400), (town.oak, 8)], now=NOON)

    city = seen(session, town.officer_gao, town.city, contest)

    assert [row.suppressed for row in city.rows] == [True, True]
    assert seen(session, town.officer_gao, town.north, contest).total.suppressed
    assert seen(session, town.officer_he, town.north, contest).total.roll == 400


def test_without_a_roll_the_roster_says_who_is_hidden(
    session: Session, town: Town, contest: Campaign
) -> None:
    fill(session, town.oak_7a, 30)
    count(session, town.elm_7a, contest, 3, 3, 3, 3, 3)

    report = seen(session, town.officer_gao, town.north, contest)

    assert report.total.suppressed
    assert not seen(session, town.officer_gao, town.oak, contest).total.ladder.base


def test_a_class_that_all_have_left_is_no_way_to_learn_what_they_did(
    session: Session, town: Town, contest: Campaign
) -> None:
    make.roll(session, town.city, [(town.elm, 100)], now=NOON)
    fill(session, town.elm_7b, 30)
    fill(session, seven(session, town.elm, 3), 30)
    empty = seven(session, town.elm, 4)
    count(session, empty, contest, 2, 2, 2, 2, 0)

    report = seen(session, town.officer_he, town.elm, contest)

    assert row_of(report, empty.unit).suppressed


def lesson(session: Session, stage: BankStage = BankStage.JUNIOR) -> Lesson:
    key = f"{stage.value}/say-no"
    made = Lesson(id=new_id(), key=key, stage=stage, position=1, current=1)
    session.add(made)
    session.flush()
    session.add(
        LessonText(
            lesson_id=made.id,
            number=1,
            digest="0" * 64,
            minutes=8,
            subjects=[],
            sources=[],
            as_of=TODAY,
            review_by=TODAY,
            made_at=NOON,
            text={"zh": {"title": "学会拒绝"}},
            blocks={"zh": []},
            polls={"zh": []},
            notes={},
        )
    )
    session.flush()
    return made


def tally(session: Session, school_class: SchoolClass, of: Lesson, *counts: int) -> None:
    opened, finished = counts
    session.add(
        LessonTally(
            school_id=school_class.school_id,
            class_id=school_class.unit_id,
            lesson_id=of.id,
            day=TODAY,
            opened=opened,
            finished=finished,
        )
    )
    session.flush()


def test_the_lessons_of_the_campaign_stand_beside_the_ladder(session: Session, town: Town) -> None:
    say_no = lesson(session)
    contest = make.campaign(session, town.city, now=NOON, lessons=[say_no])
    make.roll(session, town.city, [(town.elm, 100), (town.oak, 50)], now=NOON)
    for school_class, counts in ((town.elm_7a, (30, 20)), (town.oak_7a, (9, 8))):
        tally(session, school_class, say_no, *counts)

    def told(unit: Unit) -> tuple[int | None, int | None]:
        (one,) = coverage(session, unit, contest, TODAY, outside=False).lessons
        assert (one.title("zh"), one.title("en")) == ("学会拒绝", "学会拒绝")
        return one.opened, one.finished

    assert told(town.city) == (39, 28)
    assert told(town.elm) == (30, 20)
    assert told(town.elm_7a.unit) == (30, 20)
    assert told(town.elm_7b.unit) == (0, 0)


def test_a_unit_is_shown_the_lessons_of_its_own_stages(session: Session, town: Town) -> None:
    grades = ((Stage.JUNIOR, 7), (Stage.PRIMARY, 6))
    both = [lesson(session), lesson(session, BankStage.PRIMARY)]
    contest = make.campaign(session, town.city, now=NOON, items=0, lessons=both, audience=grades)
    orgs.add_class(session, town.oak, school_year=2026, stage=Stage.PRIMARY, grade=6, number=1)
    session.flush()

    def shown(unit: Unit) -> list[str]:
        report = coverage(session, unit, contest, TODAY, outside=False)
        return [one.key for one in report.lessons]

    assert shown(town.city) == ["junior/say-no", "primary/say-no"]
    assert shown(town.elm) == shown(town.elm_7a.unit) == ["junior/say-no"]


def test_a_hidden_unit_hides_its_lessons(session: Session, town: Town) -> None:
    say_no = lesson(session)
    contest = make.campaign(session, town.city, now=NOON, lessons=[say_no])
    make.roll(session, town.city, [(town.elm, 9), (town.oak, 50)], now=NOON)
    tally(session, town.elm_7a, say_no, 3, 2)

    (one,) = seen(session, town.officer_he, town.elm, contest).lessons

    assert (one.opened, one.finished) == (None, None)


def test_a_campaign_of_lessons_alone_has_no_rate(session: Session, town: Town) -> None:
    lessons_only = make.campaign(session, town.city, now=NOON, items=0, lessons=[lesson(session)])
    make.roll(session, town.city, [(town.elm, 100), (town.oak, 50)], now=NOON)

    ladder = coverage(session, town.north, lessons_only, TODAY, outside=True).total.ladder

    assert ladder == Ladder(100, 0, None, None, None, None)
    assert ladder.rate is None


def test_the_campaign_of_one_class_is_measured_by_its_roster_on_every_page(
    session: Session, town: Town
) -> None:
    make.roll(session, town.city, [(town.elm, 100), (town.oak, 50)], now=NOON)
    homework = make.campaign(session, town.elm_7a.unit, now=NOON)
    count(session, town.elm_7a, homework, 3, 3, 2, 2, 2)
    session.add(
        Presence(school_id=town.elm.id, class_id=town.elm_7b.unit_id, day=TODAY, signed_in=1)
    )
    session.flush()

    for unit in (town.north, town.elm, town.elm_7a.unit):
        report = coverage(session, unit, homework, TODAY, outside=False)

        assert report.total.ladder == Ladder(3, 3, 3, 2, 2, 2)
        assert (report.total.base, report.total.roll, report.total.roster) == ("roster", None, 3)
        assert len(report.rows) == (unit.kind is not UnitKind.CLASS)


def test_a_campaign_elsewhere_is_missing(session: Session, town: Town) -> None:
    theirs = make.campaign(session, town.south, now=NOON)

    with pytest.raises(Missing):
        coverage(session, town.north, theirs, TODAY, outside=True)


def test_the_total_alone_is_the_total_of_the_report(
    session: Session, town: Town, contest: Campaign
) -> None:
    make.roll(session, town.city, [(town.elm, 30), (town.oak, 9)], now=NOON)
    count(session, town.elm_7a, contest, 3, 3, 2, 2, 1)
    places = (town.city, town.north, town.elm, town.elm_7a.unit)

    for unit in places:
        for actor in (town.officer_gao, town.head_sun, town.ms_chen):
            report = seen(session, actor, unit, contest)
            assert total_for_reader(session, actor, unit, contest, as_of=TODAY) == report.total


def test_the_json_has_the_shape_of_the_contract(
    session: Session, town: Town, contest: Campaign
) -> None:
    make.roll(session, town.city, [(town.elm, 30), (town.oak, 70)], now=NOON)
    count(session, town.elm_7a, contest, 22, 21, 20, 19, 18)

    told = coverage(session, town.city, contest, TODAY, outside=True).as_json()

    assert told["snapshot"] == {
        "as_of": "2026-11-20", "roll_version": "990100-1", "query_version": "coverage-1",
    }  # fmt: skip
    assert told["rows"][0] == {
        "unit": "北区", "code": "990101", "kind": "district", "base": "roll", "roll": 30,
        "roster": None, "signed_in": 22, "opened": 21, "finished": 20, "valid": 19, "passed": 18,
        "rate": 0.6667, "over": False, "suppressed": False,
    }  # fmt: skip
    assert told["total"]["rate"] == 0.2
    assert told["campaign"] == {"key": "contest", "title": "禁毒知识竞赛", "target": 0.9}


def test_the_same_question_gives_the_same_answer(
    session: Session, town: Town, contest: Campaign
) -> None:
    make.roll(session, town.city, [(town.elm, 30), (town.oak, 70)], now=NOON)
    count(session, town.elm_7a, contest, 22, 21, 20, 19, 18, day=YESTERDAY)
    before = coverage(session, town.city, contest, YESTERDAY, outside=True).as_json()

    count(session, town.oak_7a, contest, 50, 50, 50, 50, 50)

    assert coverage(session, town.city, contest, YESTERDAY, outside=True).as_json() == before


def test_more_schools_do_not_mean_more_questions_to_the_database(
    session: Session, town: Town, contest: Campaign
) -> None:
    asked: list[str] = []
    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))

    def questions() -> int:
        asked.clear()
        assert coverage(session, town.city, contest, TODAY, outside=True).rows
        return len(asked)

    heads = [(town.elm, 50), (town.oak, 50)]
    make.roll(session, town.city, heads, now=NOON)
    before = questions()
    more = [school(session, town.north, f"99010100{n}") for n in range(10, 30)]
    make.roll(session, town.city, heads + [(unit, 50) for unit in more], now=NOON)

    assert questions() == before
