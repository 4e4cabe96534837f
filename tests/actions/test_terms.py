"""The turn of the school year. Lan, Bo and Hua sit in Elm 7A, Tao in 7B; Ms Chen teaches 7A."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts.actions import count_sign_in
from quizapp.accounts.models import Enrolment, Leaving, Posting, Presence
from quizapp.accounts.queries import own_enrolment
from quizapp.core.errors import Conflict
from quizapp.orgs import actions as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.queries import classes
from quizapp.orgs.rules import Stage
from quizapp.rosters import changes, terms, turning
from quizapp.rosters.models import ChangeKind, ChangeState, RosterChange
from quizapp.rosters.terms import Grade, Plan
from quizapp.rosters.undoing import Undone
from tests import make
from tests.town import Town

NEXT = 2027
TODAY = datetime(2027, 9, 3, 2, 0, tzinfo=UTC)
LAST_DAY, FIRST_DAY = date(2027, 8, 31), date(2027, 9, 1)
ALONE = 1000  # Per cent: nobody else has to agree.


def plan_of(session: Session, school: Unit, *leaving: Grade) -> Plan:
    return terms.plan(session, school, year=NEXT, graduating=leaving)


def go_up(
    session: Session,
    town: Town,
    *leaving: Grade,
    kind: ChangeKind = ChangeKind.PROMOTION,
    percent: int = ALONE,
    now: datetime = TODAY,
    with_teachers: bool = True,
) -> bool:
    changes.hold(session, town.elm)
    done = turning.turn(
        session, town.elm, kind, plan_of(session, town.elm, *leaving),
        with_teachers=with_teachers, percent=percent, by=town.head_sun, now=now,
    )  # fmt: skip
    session.expire_all()
    return done


def take_back(session: Session, town: Town, *, now: datetime = TODAY) -> Undone:
    newest = select(RosterChange).order_by(RosterChange.id.desc()).limit(1)
    done = changes.undo(session, session.scalars(newest).one(), by=town.head_sun, now=now)
    session.expire_all()
    return done


def sits_in(session: Session, *names: str) -> list[str]:
    """Return the classes of those who sit in one, as "name: class and seat"."""
    rows = session.scalars(select(Enrolment).where(Enrolment.until_on.is_(None)))
    told = (f"{e.pupil.name}: {e.school_class.unit.code[11:]} {e.seat}" for e in rows)
    return sorted(one for one in told if one.split(":")[0] in names)


def of_elm(session: Session, town: Town, year: int) -> list[SchoolClass]:
    return list(classes(session, town.elm.id, school_year=year))


def test_a_school_goes_up_into_the_next_year(session: Session, town: Town) -> None:
    assert go_up(session, town)

    up_a, up_b = of_elm(session, town, NEXT)
    assert (up_a.grade, up_a.stage, up_a.cohort) == (8, Stage.JUNIOR, town.elm_7a.cohort)
    assert (up_b.unit.name, up_b.path) == ("初二2班", f"{town.elm.path}9901010001-2027-0802/")
    assert sits_in(session, "林兰", "陈波", "周华", "何涛", "梅雪") == sorted(
        ["林兰: 2027-0801 1", "陈波: 2027-0801 2", "周华: 2027-0801 3", "何涛: 2027-0802 1",
         "梅雪: 2026-0701 1"]
    )  # fmt: skip
    old, new = session.scalars(
        select(Enrolment).where(Enrolment.pupil_id == town.lan.id).order_by(Enrolment.id)
    )
    assert (old.until_on, old.until_why, new.from_on) == (LAST_DAY, Leaving.PROMOTED, FIRST_DAY)
    (kept,) = session.scalars(select(RosterChange))
    assert kept.counts == {"promoted": 4, "graduated": 0, "classes": 2}


def test_the_last_grades_graduate(session: Session, town: Town) -> None:
    assert go_up(session, town, Grade(7, Stage.JUNIOR))

    assert of_elm(session, town, NEXT) == []
    ended = session.scalars(select(Enrolment).where(Enrolment.school_id == town.elm.id)).all()
    assert {(e.until_on, e.until_why) for e in ended} == {(LAST_DAY, Leaving.GRADUATED)}


@pytest.mark.parametrize(
    ("taught", "usual"),
    [
        ([(Stage.PRIMARY, 6)], {"primary-6"}),
        ([(Stage.PRIMARY, 6), (Stage.JUNIOR, 9)], {"junior-9"}),
        ([(Stage.JUNIOR, 9), (Stage.SENIOR, 12)], {"junior-9", "senior-12"}),
        ([(Stage.VOCATIONAL, 12), (Stage.PRIMARY, 5)], {"vocational-12"}),
    ],
)
def test_which_grades_usually_leave(
    session: Session, town: Town, taught: Collection[tuple[Stage, int]], usual: set[str]
) -> None:
    """A nine-year school keeps its sixth grade; to the senior school there is an examination."""
    school = orgs.add_unit(
        session, kind=town.elm.kind, code="9901010009", name="杨树学校", parent=town.north
    )
    session.flush()
    for stage, grade in taught:
        made = orgs.add_class(session, school, school_year=2026, stage=stage, grade=grade, number=1)
        session.flush()
        make.pupil(session, made)

    found = terms.grades(session, school, year=2026)

    assert {one.key for one in terms.last_grades(session, school, found)} == usual


def test_a_sixth_grade_of_a_nine_year_school_becomes_the_seventh(
    session: Session, town: Town
) -> None:
    sixth = orgs.add_class(
        session, town.elm, school_year=2026, stage=Stage.PRIMARY, grade=6, number=3
    )
    session.flush()
    make.pupil(session, sixth, name="孙一", seat=5)

    go_up(session, town)

    assert sits_in(session, "孙一") == ["孙一: 2027-0703 5"]


def test_a_class_that_a_list_has_made_already_is_the_same_class(
    session: Session, town: Town
) -> None:
    early = orgs.add_class(
        session, town.elm, school_year=NEXT, stage=Stage.JUNIOR, grade=8, number=1
    )
    session.flush()

    go_up(session, town)

    assert next(c.unit_id for c in of_elm(session, town, NEXT)) == early.unit_id
    assert session.get_one(SchoolClass, early.unit_id).cohort == town.elm_7a.cohort
    take_back(session, town)
    assert session.get_one(SchoolClass, early.unit_id).cohort != town.elm_7a.cohort


def test_class_teachers_go_up_with_their_classes(session: Session, town: Town) -> None:
    go_up(session, town)

    up = of_elm(session, town, NEXT)[0]
    held = {p.unit_id: p for p in session.scalars(select(Posting).where(
        Posting.person_id == town.ms_chen.id))}  # fmt: skip
    assert held[town.elm_7a.unit_id].until_on == LAST_DAY
    assert (held[up.unit_id].from_on, held[up.unit_id].until_on) == (FIRST_DAY, None)


def test_teachers_stay_where_they_are_if_the_school_says_so(session: Session, town: Town) -> None:
    go_up(session, town, with_teachers=False)

    (only,) = session.scalars(select(Posting).where(Posting.person_id == town.ms_chen.id))
    assert (only.unit_id, only.until_on) == (town.elm_7a.unit_id, None)


def test_nothing_goes_up_before_the_first_of_september(session: Session, town: Town) -> None:
    with pytest.raises(Conflict, match="1 September"):
        go_up(session, town, now=datetime(2027, 8, 31, 15, 59, tzinfo=UTC))

    assert go_up(session, town, now=datetime(2027, 8, 31, 16, 0, tzinfo=UTC))


def test_a_second_promotion_into_the_same_year_is_refused(session: Session, town: Town) -> None:
    go_up(session, town)
    make.pupil(session, town.elm_7a, name="孙一")

    with pytest.raises(Conflict, match="already"):
        go_up(session, town, now=TODAY + timedelta(days=40))

    assert terms.year_to_come(session, town.elm, today=TODAY.date()) == NEXT + 1


def test_who_came_into_an_old_class_in_september_goes_up_today(
    session: Session, town: Town
) -> None:
    late, today = make.pupil(session, town.elm_7a, name="孙一"), make.pupil(session, town.elm_7a)
    for child, day in ((late, FIRST_DAY), (today, TODAY.date())):
        session.scalars(select(Enrolment).where(Enrolment.pupil_id == child.id)).one().from_on = day
    session.flush()

    go_up(session, town)

    rows = session.scalars(select(Enrolment).order_by(Enrolment.id)).all()
    assert [
        (e.from_on.day, e.until_on and e.until_on.day) for e in rows if e.pupil_id == late.id
    ] == [(1, 2), (3, None)]
    assert [
        (e.from_on.day, e.until_on and e.until_on.day) for e in rows if e.pupil_id == today.id
    ] == [(3, 3), (3, None)]


def test_graduation_ends_the_last_grades_before_the_summer(session: Session, town: Town) -> None:
    july = datetime(2027, 7, 2, 2, 0, tzinfo=UTC)
    ninth = orgs.add_class(
        session, town.elm, school_year=2026, stage=Stage.JUNIOR, grade=9, number=1
    )
    session.flush()
    make.pupil(session, ninth, name="孙一")

    go_up(session, town, Grade(9, Stage.JUNIOR), kind=ChangeKind.GRADUATION, now=july)

    assert sits_in(session, "孙一") == []
    assert len(sits_in(session, "林兰", "陈波", "周华", "何涛")) == 4
    assert terms.year_to_come(session, town.elm, today=july.date()) == NEXT
    assert go_up(session, town)


def test_undoing_takes_classes_and_teachers_back(session: Session, town: Town) -> None:
    before = sits_in(session, "林兰", "陈波", "周华", "何涛")
    go_up(session, town)

    take_back(session, town)

    assert of_elm(session, town, NEXT) == []
    assert session.scalars(select(Unit).where(Unit.code.contains("-2027-"))).all() == []
    assert sits_in(session, "林兰", "陈波", "周华", "何涛") == before
    (posting,) = session.scalars(select(Posting).where(Posting.person_id == town.ms_chen.id))
    assert posting.until_on is None
    assert go_up(session, town)


def test_undoing_leaves_what_was_counted_in_the_new_class(session: Session, town: Town) -> None:
    go_up(session, town)
    up = of_elm(session, town, NEXT)[0]
    count_sign_in(session, own_enrolment(session, town.lan), now=TODAY)

    take_back(session, town, now=TODAY + timedelta(days=2))

    assert sits_in(session, "林兰", "陈波") == ["林兰: 2026-0701 1", "陈波: 2026-0701 2"]
    assert [c.unit_id for c in of_elm(session, town, NEXT)] == [up.unit_id]
    (cell,) = session.scalars(select(Presence))
    assert (cell.class_id, cell.signed_in) == (up.unit_id, 1)


def test_a_whole_school_asks_for_a_second_person(session: Session, town: Town) -> None:
    assert not go_up(session, town, Grade(7, Stage.JUNIOR), percent=10)

    waiting = terms.proposal(session, town.elm, ChangeKind.PROMOTION)
    assert waiting
    assert of_elm(session, town, NEXT) == []
    what = terms.proposed(session, town.elm.id, waiting.id)
    with pytest.raises(Conflict):
        turning.agree(session, what, by=town.head_sun, now=TODAY)

    turning.agree(session, what, by=town.head_liu, now=TODAY)

    session.expire_all()
    assert waiting.state is ChangeState.APPLIED
    assert sits_in(session, "林兰", "陈波", "周华", "何涛") == []
    take_back(session, town)
    assert len(sits_in(session, "林兰", "陈波", "周华", "何涛")) == 4
