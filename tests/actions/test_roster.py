"""What an import does to the roster. Lan, Bo and Hua sit in Elm 7A, Tao in 7B."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from threading import Thread
from time import sleep

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.accounts import actions
from quizapp.accounts.models import Enrolment, Leaving, Presence, Pupil
from quizapp.audit.models import AuditEntry
from quizapp.core.db import transaction
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import Stage
from quizapp.rosters import applying, changes, plans
from quizapp.rosters.class_lists import ClassList, Listed
from quizapp.rosters.matching import Reach
from tests import make
from tests.town import NOON, SYSTEM, TERM_BEGAN, YEAR, Town

TODAY = date(2026, 11, 20)
Row = tuple[str, int, int, int | None, str | None]  # Name, grade, class, seat, number.


def class_list(rows: Sequence[Row]) -> ClassList:
    return ClassList(tuple(Listed(2 + i, *row) for i, row in enumerate(rows)), ())


def put(
    session: Session,
    school: Unit,
    *rows: Row,
    stages: Sequence[Stage] = (),
    reach: Reach = Reach.NONE,
    now: datetime = NOON,
) -> dict[str, int]:
    """Import the rows, at noon unless told otherwise; return what was counted, but for nothing."""
    changes.hold(session, school)
    plan = plans.plan(
        session, school, class_list(rows), school_year=YEAR, stages=stages, reach=reach
    )
    change = applying.apply(session, school, plan, by=SYSTEM, now=now)
    return {name: count for name, count in change.counts.items() if count}


def pupil(session: Session, school: Unit, name: str) -> Pupil:
    return session.scalars(
        select(Pupil).where(Pupil.school_id == school.id, Pupil.name == name)
    ).one()


def enrolments(session: Session, child: Pupil) -> list[Enrolment]:
    return list(
        session.scalars(
            select(Enrolment)
            .where(Enrolment.school_id == child.school_id, Enrolment.pupil_id == child.id)
            .order_by(Enrolment.id)
            .execution_options(populate_existing=True)
        )
    )


def test_a_first_list_makes_classes_and_pupils(session: Session, town: Town) -> None:
    done = put(session, town.oak, ("孙一", 8, 1, 1, "801"), ("孙二", 8, 2, None, None))

    assert done == {"classes": 2, "added": 2}
    child = pupil(session, town.oak, "孙一")
    assert (child.login, child.number, child.secret_hash) == ("801", "801", None)
    (begun,) = enrolments(session, child)
    assert (begun.seat, begun.from_on, begun.until_on) == (1, TODAY, None)
    assert begun.school_class.unit.code == "9901020001-2026-0801"
    assert begun.school_class.unit.name == "初二1班"
    assert begun.school_class.unit.path == f"{town.oak.path}9901020001-2026-0801/"


@pytest.mark.parametrize(
    "rows",
    [
        [("孙一", 8, 1, 1, "801"), ("孙二", 8, 1, 2, "802")],
        [("孙一", 8, 1, 1, None), ("孙一", 8, 1, 2, None)],
        [("孙一", 8, 1, None, None), ("孙二", 8, 1, None, None)],
    ],
)
def test_the_same_list_again_changes_nothing(session: Session, town: Town, rows: list[Row]) -> None:
    put(session, town.elm, *rows)
    before = session.scalar(select(func.count()).select_from(Enrolment))

    again = put(session, town.elm, *rows)

    assert again == {"unchanged": 2}
    assert session.scalar(select(func.count()).select_from(Enrolment)) == before


def test_a_list_without_seats_and_numbers_takes_none_away(session: Session, town: Town) -> None:
    put(session, town.elm, ("孙一", 8, 1, 7, "801"))

    put(session, town.elm, ("孙一", 8, 1, None, None))

    child = pupil(session, town.elm, "孙一")
    assert (child.number, enrolments(session, child)[0].seat) == ("801", 7)


def test_a_child_who_moves_keeps_the_past(session: Session, town: Town) -> None:
    lan = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    lan.number = "701"
    session.flush()

    done = put(session, town.elm, ("林兰", 7, 2, 9, "701"))

    assert done == {"moved": 1}
    old, new = enrolments(session, lan)
    assert (old.class_id, old.until_on) == (town.elm_7a.unit_id, TODAY - timedelta(days=1))
    assert (new.class_id, new.seat, new.from_on) == (town.elm_7b.unit_id, 9, TODAY)
    assert (new.until_on, new.signed_in_at) == (None, None)
    assert (old.until_why, new.until_why) == (Leaving.MOVED, None)


def test_a_mistake_of_today_is_put_right_in_place(session: Session, town: Town) -> None:
    put(session, town.elm, ("孙一", 7, 1, 7, "801"))

    put(session, town.elm, ("孙一", 7, 2, None, "801"))

    (only,) = enrolments(session, pupil(session, town.elm, "孙一"))
    assert (only.class_id, only.seat, only.until_on) == (town.elm_7b.unit_id, None, None)


def test_who_has_signed_in_today_stays_counted_in_the_old_class(
    session: Session, town: Town
) -> None:
    put(session, town.elm, ("孙一", 7, 1, 7, "801"))
    child = pupil(session, town.elm, "孙一")
    actions.count_sign_in(session, enrolments(session, child)[0], now=NOON)

    put(session, town.elm, ("孙一", 7, 2, 8, "801"))

    old, new = enrolments(session, child)
    assert (old.class_id, old.until_on) == (town.elm_7a.unit_id, TODAY)
    assert old.signed_in_at == NOON
    assert (new.class_id, new.from_on, new.signed_in_at) == (town.elm_7b.unit_id, TODAY, None)
    assert session.get_one(Presence, (town.elm.id, town.elm_7a.unit_id, TODAY)).signed_in == 1


def test_a_new_name_and_number_leave_the_sign_in_name(session: Session, town: Town) -> None:
    put(session, town.elm, ("孙一", 8, 1, 7, "801"), ("孙三", 8, 1, 8, None))
    session.expire_all()
    login = pupil(session, town.elm, "孙三").login

    done = put(session, town.elm, ("孙衣", 8, 1, 3, "801"), ("孙三", 8, 1, 8, "803"))

    session.expire_all()
    first, second = pupil(session, town.elm, "孙衣"), pupil(session, town.elm, "孙三")
    assert done == {"changed": 2}
    assert (first.login, enrolments(session, first)[0].seat) == ("801", 3)
    assert (second.number, second.login) == ("803", login)


def test_who_is_not_on_a_list_that_only_adds_stays(session: Session, town: Town) -> None:
    lan = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    rows: list[Row] = [("陈波", 7, 1, 2, None), ("孙一", 7, 1, 7, None)]

    plan = plans.plan(session, town.elm, class_list(rows), school_year=YEAR)
    put(session, town.elm, *rows)

    (of_class,) = plan.classes
    assert (of_class.name, of_class.is_new) == ("初一1班", False)
    assert (of_class.added, of_class.unchanged, of_class.stay, of_class.left) == (1, 1, 2, 0)
    assert [e.until_on for e in enrolments(session, lan)] == [None]


def test_who_is_missing_from_the_list_of_the_class_has_left(session: Session, town: Town) -> None:
    lan = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    tao = session.get_one(Pupil, (town.tao.school_id, town.tao.id))
    rows: list[Row] = [("陈波", 7, 1, 2, None), ("周华", 7, 1, 3, None)]

    done = put(session, town.elm, *rows, reach=Reach.CLASSES)

    assert done == {"left": 1, "unchanged": 2}
    (gone,) = enrolments(session, lan)
    assert (gone.until_on, gone.until_why) == (TODAY - timedelta(days=1), Leaving.LEFT)
    assert [e.until_on for e in enrolments(session, tao)] == [None]

    assert put(session, town.elm, *rows, reach=Reach.SCHOOL) == {"left": 1, "unchanged": 2}
    assert [e.until_why for e in enrolments(session, tao)] == [Leaving.LEFT]


def test_who_is_counted_today_leaves_with_today(session: Session, town: Town) -> None:
    lan = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    actions.count_sign_in(session, enrolments(session, lan)[0], now=NOON)

    put(session, town.elm, ("陈波", 7, 1, 2, None), reach=Reach.CLASSES)

    assert [e.until_on for e in enrolments(session, lan)] == [TODAY]


def test_who_comes_back_without_a_number_is_found_by_name(session: Session, town: Town) -> None:
    lan = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    put(session, town.elm, ("陈波", 7, 1, 2, None), reach=Reach.CLASSES)

    done = put(session, town.elm, ("林兰", 7, 2, 5, None), now=NOON + timedelta(days=3))

    assert done == {"returned": 1}
    old, new = enrolments(session, lan)
    assert (old.until_on, new.from_on) == (TODAY - timedelta(days=1), TODAY + timedelta(days=3))
    assert new.class_id == town.elm_7b.unit_id


def test_a_class_shuffled_without_numbers_keeps_its_children(session: Session, town: Town) -> None:
    before = session.scalar(select(func.count()).select_from(Pupil))

    done = put(
        session, town.elm, ("林兰", 7, 2, 1, None), ("陈波", 7, 2, 2, None),
        ("何涛", 7, 1, 1, None), ("周华", 7, 1, 2, None), reach=Reach.SCHOOL,
    )  # fmt: skip

    assert done == {"moved": 3, "changed": 1}
    assert session.scalar(select(func.count()).select_from(Pupil)) == before


def test_the_list_of_the_next_year_takes_the_classes_up(session: Session, town: Town) -> None:
    lan = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    autumn = datetime(2027, 9, 1, 4, tzinfo=UTC)
    listed = class_list([("林兰", 8, 1, 1, None), ("陈波", 8, 1, 2, None)])

    plan = plans.plan(session, town.elm, listed, school_year=YEAR + 1, reach=Reach.SCHOOL)
    change = applying.apply(session, town.elm, plan, by=SYSTEM, now=autumn)

    assert (change.counts["moved"], change.counts["added"], change.counts["left"]) == (2, 0, 2)
    old, new = enrolments(session, lan)
    assert (old.until_why, new.school_class.school_year) == (Leaving.PROMOTED, YEAR + 1)


def test_namesakes_who_cannot_be_told_apart_are_a_fault(session: Session, town: Town) -> None:
    make.pupil(session, town.elm_7a, name="李同", seat=11)
    make.pupil(session, town.elm_7a, name="李同", seat=12)
    listed = class_list([("李同", 7, 1, None, None), ("林兰", 7, 1, 1, None)])

    told, what = plans.check(session, town.elm, listed, school_year=YEAR)
    plan = plans.plan(session, town.elm, listed, school_year=YEAR, reach=Reach.CLASSES)

    assert [(fault.row, fault.code) for fault in told.faults] == [(2, "pupil_unclear")]
    assert [pupil.name for pupil in what.pupils] == ["林兰"]
    assert (what.left_out, what.reach) == (1, Reach.NONE)
    assert [k.name for k in plan.leavers] == ["陈波", "周华"]


def test_a_child_at_another_school_is_not_taken_back_by_a_list(
    session: Session, town: Town
) -> None:
    lan = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    (old,) = enrolments(session, lan)
    old.until_on, old.until_why = TODAY, Leaving.TRANSFERRED
    make.pupil(session, town.oak_7a, name="林兰").child_id = lan.child_id
    session.flush()
    listed = class_list([("林兰", 7, 1, 1, None), ("陈波", 7, 1, 2, None)])

    told, what = plans.check(session, town.elm, listed, school_year=YEAR)

    assert [(fault.row, fault.code) for fault in told.faults] == [(2, "pupil_elsewhere")]
    assert [pupil.name for pupil in what.pupils] == ["陈波"]


def test_names_can_be_found_by_their_sound(session: Session, town: Town) -> None:
    put(session, town.elm, ("王小青", 8, 1, 1, "801"))
    child = pupil(session, town.elm, "王小青")
    assert child.pinyin == "wangxiaoqing wxq"

    put(session, town.elm, ("李小青", 8, 1, 1, "801"))

    session.refresh(child)
    assert child.pinyin == "lixiaoqing lxq"


def test_who_comes_back_is_the_same_child(session: Session, town: Town) -> None:
    put(session, town.elm, ("孙一", 8, 1, 7, "801"))
    child = pupil(session, town.elm, "孙一")
    left = enrolments(session, child)[0]
    left.from_on, left.until_on = TERM_BEGAN, date(2026, 10, 1)
    session.flush()

    done = put(session, town.elm, ("孙一", 8, 2, 3, "801"))

    old, new = enrolments(session, child)
    assert done == {"returned": 1, "classes": 1}
    assert (old.until_on, new.from_on, new.until_on) == (date(2026, 10, 1), TODAY, None)


def test_a_number_that_is_a_sign_in_name_of_another_is_not_given(
    session: Session, town: Town
) -> None:
    make.pupil(session, town.elm_7a, name="旧生", login="1000001")

    put(session, town.elm, ("孙一", 8, 1, 7, "1000001"), ("孙二", 8, 1, 8, None))

    child, other = pupil(session, town.elm, "孙一"), pupil(session, town.elm, "孙二")
    assert child.number == "1000001"
    assert len({child.login, other.login, "1000001"}) == 3
    assert [len(login) for login in (child.login, other.login)] == [7, 7]


def test_another_school_has_pupils_of_its_own(session: Session, town: Town) -> None:
    put(session, town.elm, ("孙一", 7, 1, 7, "801"))

    done = put(session, town.oak, ("孙一", 7, 1, 7, "801"))

    assert done == {"added": 1}


def test_a_vocational_school_says_what_its_grade_10_is(session: Session, town: Town) -> None:
    put(session, town.oak, ("孙一", 10, 1, 1, None), stages=[Stage.VOCATIONAL])
    put(session, town.oak, ("孙二", 10, 2, 1, None))

    stages = session.scalars(
        select(SchoolClass.stage).where(
            SchoolClass.school_id == town.oak.id, SchoolClass.grade == 10
        )
    )
    assert list(stages) == [Stage.VOCATIONAL] * 2
    assert plans.stages(session, town.oak) == {Stage.JUNIOR, Stage.VOCATIONAL}


def test_the_log_says_how_many_and_nobody_by_name(session: Session, town: Town) -> None:
    put(session, town.elm, ("孙一", 8, 1, 1, "801"))
    session.flush()

    entry = session.scalars(select(AuditEntry).where(AuditEntry.event == "roster.changed")).one()
    assert entry.path == town.elm.path
    about = {name: value for name, value in entry.details.items() if value and name != "change"}
    assert about == {"kind": "list", "classes": 1, "added": 1}


def test_two_imports_at_once_add_a_child_once(app: Flask, town: Town) -> None:
    added = []

    def import_it(*, meanwhile: Thread | None = None) -> None:
        with app.app_context(), transaction() as session:
            added.append(put(session, town.elm, ("孙一", 7, 1, 7, None)))
            if meanwhile:
                meanwhile.start()
                sleep(0.3)  # Time enough to look before this commits, if nothing held it back.

    second = Thread(target=import_it)
    import_it(meanwhile=second)
    second.join()

    assert added == [{"added": 1}, {"unchanged": 1}]


def test_four_thousand_pupils_are_added_left_and_moved(session: Session, town: Town) -> None:
    rows: list[Row] = [
        (f"学生{'甲乙丙丁戊己庚辛壬癸'[i % 10]}{chr(0x4E00 + i)}", 7 + i % 3, 1 + i // 3 % 30,
         1 + i // 90, f"26{i:05d}" if i % 2 else None)
        for i in range(4000)
    ]  # fmt: skip
    moved: list[Row] = [
        (name, grade, 31 - number, seat, given)
        for name, grade, number, seat, given in rows
        if given
    ]

    first = put(session, town.elm, *rows)
    again = put(session, town.elm, *rows)
    other = put(session, town.elm, *moved)

    assert (first["classes"], first["added"]) == (88, 4000)  # Two of the ninety stood there before.
    assert again == {"unchanged": 4000}
    assert other["moved"] == 2000
