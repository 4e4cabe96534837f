"""The way back from a change of the roster, and the second person before a large one."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, ActorKind, Role
from quizapp.accounts import actions
from quizapp.accounts.models import Card, Enrolment, Leaving, Person, Posting, Presence, Pupil
from quizapp.accounts.queries import seats
from quizapp.core.errors import Conflict
from quizapp.core.ids import new_id
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.rosters import applying, changes, plans
from quizapp.rosters.changes import ALONE
from quizapp.rosters.checked import Checked
from quizapp.rosters.matching import Reach
from quizapp.rosters.models import ChangeKind, ChangeState, RosterChange
from quizapp.rosters.undoing import Undone
from tests import make
from tests.actions.test_roster import Row, class_list, enrolments, pupil
from tests.settings import KEY
from tests.town import NOON, SYSTEM, TERM_BEGAN, YEAR, Town

LATER = NOON + timedelta(days=3)
LAN, BO, HUA, TAO = (
    ("林兰", 7, 1, 1, None), ("陈波", 7, 1, 2, None), ("周华", 7, 1, 3, None),
    ("何涛", 7, 2, 1, None),
)  # fmt: skip


def put(session: Session, school: Unit, *rows: Row, reach: Reach = Reach.SCHOOL) -> RosterChange:
    changes.hold(session, school)
    plan = plans.plan(session, school, class_list(rows), school_year=YEAR, reach=reach)
    return applying.apply(session, school, plan, by=SYSTEM, now=NOON)


def undo(session: Session, change: RosterChange) -> Undone:
    return changes.undo(session, change, by=SYSTEM, now=LATER)


def snapshot(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of the tables that a list may write."""
    session.flush()
    tables = (Unit.__table__, SchoolClass.__table__, Pupil.__table__, Enrolment.__table__)
    return {
        str(table): sorted(map(tuple, session.execute(select(table))), key=repr) for table in tables
    }


def everything(session: Session, town: Town) -> RosterChange:
    """Add one and a class, move Bo, rename and reseat Hua, and let Lan and Tao go."""
    hua = session.get_one(Pupil, (town.hua.school_id, town.hua.id))
    hua.number = "703"
    session.flush()
    return put(
        session, town.elm, ("孙一", 8, 1, 1, "801"), ("陈波", 7, 2, 9, None),
        ("周花", 7, 1, 8, "703"),
    )  # fmt: skip


def test_undoing_gives_back_exactly_the_former_rows(session: Session, town: Town) -> None:
    hua = session.get_one(Pupil, (town.hua.school_id, town.hua.id))
    hua.number = "703"
    before = snapshot(session)

    change = everything(session, town)
    counts = {name: count for name, count in change.counts.items() if count}
    assert counts == {"classes": 1, "added": 1, "moved": 1, "changed": 1, "left": 2}
    assert snapshot(session) != before

    done = undo(session, change)

    assert snapshot(session) == before
    assert (done.left, done.kept) == (0, 0)
    assert (change.state, change.steps) == (ChangeState.UNDONE, None)


def test_a_list_undone_can_be_taken_in_again(session: Session, town: Town) -> None:
    first = everything(session, town)
    undo(session, first)

    again = everything(session, town)

    assert again.counts == first.counts


def test_what_is_undone_or_too_old_is_refused(session: Session, town: Town) -> None:
    change = put(session, town.elm, LAN)
    old = put(session, town.oak, ("孙一", 8, 1, 1, "801"))
    undo(session, change)

    with pytest.raises(Conflict):
        undo(session, change)
    with pytest.raises(Conflict):
        changes.undo(session, old, by=SYSTEM, now=NOON + timedelta(days=31))
    assert pupil(session, town.oak, "孙一")


def test_who_was_added_and_has_done_something_is_kept(session: Session, town: Town) -> None:
    change = put(
        session, town.elm, ("孙一", 8, 1, 1, "801"), ("孙二", 8, 1, 2, "802"),
        ("孙三", 8, 1, 3, "803"), ("孙四", 8, 1, 4, "804"), reach=Reach.NONE,
    )  # fmt: skip
    signed, carded, renamed, idle = (pupil(session, town.elm, f"孙{n}") for n in "一二三四")
    renamed.name = "孙散"
    (of_signed,) = enrolments(session, signed)
    actions.count_sign_in(session, of_signed, now=NOON)
    of_class = of_signed.school_class
    (seat,) = [s for s in seats(session, of_class, now=NOON) if s.pupil_id == carded.id]
    actions.issue_cards(session, of_class, [seat], key=KEY, by=SYSTEM, now=NOON)
    session.flush()
    idle_id = idle.id

    done = undo(session, change)

    assert done.kept == 3
    assert session.get(Pupil, (town.elm.id, idle_id)) is None
    for child in (signed, carded, renamed):
        (kept,) = enrolments(session, child)
        assert (kept.until_on, kept.until_why) == (LATER.date(), Leaving.LEFT)
    assert [card.revoked_at for card in session.scalars(select(Card))] == [LATER]
    assert session.get(SchoolClass, of_class.unit_id), "somebody was counted in it"


def test_who_is_counted_in_the_new_class_goes_back_from_today(session: Session, town: Town) -> None:
    change = put(session, town.elm, LAN, HUA, TAO, ("陈波", 7, 2, 9, None))
    bo = session.get_one(Pupil, (town.bo.school_id, town.bo.id))
    actions.count_sign_in(session, enrolments(session, bo)[1], now=NOON)
    session.flush()

    done = undo(session, change)

    was, counted, is_again = enrolments(session, bo)
    assert (done.left, done.kept) == (0, 0)
    assert was.until_why is Leaving.MOVED
    assert (counted.class_id, counted.signed_in_at) == (town.elm_7b.unit_id, NOON)
    assert counted.until_on == LATER.date() - timedelta(days=1)
    assert (is_again.class_id, is_again.seat) == (town.elm_7a.unit_id, 2)
    assert (is_again.from_on, is_again.until_on) == (LATER.date(), None)
    cell = session.get_one(Presence, (town.elm.id, town.elm_7b.unit_id, NOON.date()))
    assert cell.signed_in == 1


def test_what_others_have_changed_since_stays(session: Session, town: Town) -> None:
    first = put(session, town.elm, LAN, BO, TAO)  # Hua leaves.
    second = put(session, town.elm, LAN, BO, TAO, ("周华", 7, 2, 5, None))  # And is back.
    hua = session.get_one(Pupil, (town.hua.school_id, town.hua.id))

    done = undo(session, first)

    left, is_back = enrolments(session, hua)
    assert (done.rows, done.left) == (0, 1)
    assert (left.until_why, is_back.until_on) == (Leaving.LEFT, None)

    undo(session, second)
    assert [e.until_why for e in enrolments(session, hua)] == [Leaving.LEFT]


def test_who_is_at_another_school_since_is_not_taken_back(session: Session, town: Town) -> None:
    change = put(session, town.elm, LAN, BO, TAO)  # Hua leaves.
    hua = session.get_one(Pupil, (town.hua.school_id, town.hua.id))
    make.pupil(session, town.oak_7a, name="周华").child_id = hua.child_id

    done = undo(session, change)

    assert (done.rows, done.left) == (0, 1)
    assert [e.until_why for e in enrolments(session, hua)] == [Leaving.LEFT]


def test_a_number_that_another_has_by_now_is_not_given_back(session: Session, town: Town) -> None:
    hua = session.get_one(Pupil, (town.hua.school_id, town.hua.id))
    hua.number = "703"
    change = put(session, town.elm, LAN, BO, TAO, ("周华", 7, 1, 3, "799"))
    make.pupil(session, town.elm_7b, name="孙一").number = "703"
    session.flush()

    done = undo(session, change)

    assert (done.left, hua.number) == (1, "799")


def test_a_class_in_which_somebody_teaches_stays(session: Session, town: Town) -> None:
    change = put(session, town.elm, ("孙一", 8, 1, 1, "801"), reach=Reach.NONE)
    made = enrolments(session, pupil(session, town.elm, "孙一"))[0].school_class
    session.add(
        Posting(person_id=town.ms_chen.id, unit_id=made.unit_id, role=Role.TEACHER,
                from_on=TERM_BEGAN)
    )  # fmt: skip

    done = undo(session, change)

    assert done.left == 2
    assert session.get(Unit, made.unit_id)


def test_old_changes_lose_the_way_back_and_old_proposals_lapse(
    session: Session, town: Town
) -> None:
    change = put(session, town.elm, LAN, BO, TAO)
    asked = changes.propose(
        session, town.elm, ChangeKind.LIST, {"left": 3}, {"pupils": []}, by=SYSTEM, now=NOON
    )
    session.flush()

    assert changes.forget_old(session, NOON + timedelta(days=29)) == 0
    assert changes.forget_old(session, NOON + timedelta(days=31)) == 2

    session.expire_all()
    assert (change.steps, change.state) == (None, ChangeState.APPLIED)
    assert (asked.proposal, asked.state) == (None, ChangeState.REFUSED)


# The second person


@pytest.mark.parametrize(
    ("counts", "pupils", "needed"),
    [
        ({"added": 900}, 0, False),
        ({"added": 900, "returned": 5, "unchanged": 50, "classes": 9}, 50, False),
        ({"left": 5}, 50, False),
        ({"left": 6}, 50, True),
        ({"moved": 2, "changed": 2, "left": 2}, 50, True),
        ({"promoted": 50}, 50, True),
    ],
)
def test_when_a_second_person_must_agree(counts: dict[str, int], pupils: int, needed: bool) -> None:
    assert changes.needs_second(counts, pupils, 10) is needed


def colleague(session: Session, town: Town, name: str) -> Actor:
    person = Person(id=new_id(), login=name.lower(), name=name)
    session.add(person)
    session.flush()
    return Actor(person.id, ActorKind.STAFF, name, ((Role.SCHOOL_ADMIN, town.elm.path),))


def asked(session: Session, town: Town, *rows: Row) -> RosterChange:
    """Let Head Sun ask for a list of the whole school."""
    what = Checked(class_list(rows).pupils, 0, YEAR, (), Reach.SCHOOL)
    change = applying.take_in(session, town.elm, what, percent=10, by=town.head_sun, now=NOON)
    assert change is not None
    session.flush()
    return change


def seen(session: Session, town: Town, change: RosterChange) -> str:
    return plans.plan_of(session, town.elm, applying.proposed(change)).digest


def test_a_large_change_waits_for_somebody_else(session: Session, town: Town) -> None:
    before = snapshot(session)
    change = asked(session, town, LAN, BO, TAO)
    assert (change.state, snapshot(session)) == (ChangeState.PROPOSED, before)
    second = colleague(session, town, "Head Zhao")
    digest = seen(session, town, change)

    for same in (town.head_sun, colleague(session, town, "Head Sun")):
        with pytest.raises(Conflict):
            applying.approve(session, town.elm, change, seen=digest, by=same, now=LATER)
    assert snapshot(session) == before

    assert applying.approve(session, town.elm, change, seen=digest, by=second, now=LATER)
    assert (change.state, change.decided_by) == (ChangeState.APPLIED, second.id)
    assert (change.proposal, change.counts["left"]) == (None, 1)

    changes.undo(session, change, by=second, now=LATER)
    assert snapshot(session) == before


def test_who_agrees_has_seen_the_difference_of_today(session: Session, town: Town) -> None:
    change = asked(session, town, LAN, BO, TAO)
    second = colleague(session, town, "Head Zhao")
    digest = seen(session, town, change)
    newcomer = make.pupil(session, town.elm_7b, name="孙一")

    assert not applying.approve(session, town.elm, change, seen=digest, by=second, now=LATER)
    assert change.state is ChangeState.PROPOSED

    digest = seen(session, town, change)
    assert applying.approve(session, town.elm, change, seen=digest, by=second, now=LATER)
    assert [e.until_why for e in enrolments(session, newcomer)] == [Leaving.LEFT]


def test_what_is_decided_is_decided(session: Session, town: Town) -> None:
    change = asked(session, town, LAN, BO, TAO)
    second = colleague(session, town, "Head Zhao")
    digest = seen(session, town, change)

    changes.refuse(session, change, by=second, now=LATER)

    assert (change.state, change.proposal) == (ChangeState.REFUSED, None)
    with pytest.raises(Conflict):
        changes.refuse(session, change, by=second, now=LATER)
    with pytest.raises(Conflict):
        applying.approve(session, town.elm, change, seen=digest, by=second, now=LATER)


def test_a_small_change_and_a_first_list_need_nobody(session: Session, town: Town) -> None:
    session.execute(delete(Enrolment))
    session.execute(delete(Pupil))
    first = asked(session, town, LAN, BO, HUA, TAO)

    assert (first.state, first.counts["added"]) == (ChangeState.APPLIED, 4)


# The second person before undoing

NINE_MORE = tuple(
    (f"孙{sign}", 8, 1, seat, None) for seat, sign in enumerate("一二三四五六七八九", 1)
)


def take_back(session: Session, change: RosterChange, by: Actor, now: datetime) -> Undone | None:
    return changes.take_back(session, change, percent=10, by=by, now=now)


def test_what_took_two_is_undone_by_two(session: Session, town: Town) -> None:
    change = asked(session, town, LAN, BO, TAO)
    second = colleague(session, town, "Head Zhao")
    digest = seen(session, town, change)
    applying.approve(session, town.elm, change, seen=digest, by=second, now=NOON)
    session.flush()
    made, soon = snapshot(session), NOON + timedelta(minutes=1)

    assert take_back(session, change, second, soon) is None

    assert (snapshot(session), change.undo_asked_by) == (made, second.id)
    for same in (second, replace(second, id=new_id())):
        with pytest.raises(Conflict):
            take_back(session, change, same, soon)
    done = take_back(session, change, town.head_sun, soon)
    assert done is not None
    assert (done.rows, change.state) == (1, ChangeState.UNDONE)
    assert (change.undo_asked_by, change.undone_by) == (second.id, town.head_sun.id)


def test_a_first_list_is_undone_alone_for_a_short_time(session: Session, town: Town) -> None:
    session.execute(delete(Enrolment))
    session.execute(delete(Pupil))
    change, second = asked(session, town, LAN, BO, HUA, TAO), colleague(session, town, "Head Zhao")
    assert change.state is ChangeState.APPLIED

    def needed(by: Actor, now: datetime) -> bool:
        return changes.undoing_needs_second(session, change, percent=10, by=by, now=now)

    assert [needed(town.head_sun, NOON + t) for t in (ALONE, ALONE * 1.01)] == [False, True]
    assert needed(second, NOON)

    assert take_back(session, change, town.head_sun, NOON + ALONE) is not None
    assert session.scalars(select(Pupil)).all() == []


def test_undoing_little_or_one_child_needs_nobody(session: Session, town: Town) -> None:
    put(session, town.elm, *NINE_MORE, ("孙十", 8, 1, 10, None), reach=Reach.NONE)
    one, two = (
        put(session, town.elm, *rows, reach=Reach.NONE)
        for rows in ([("李一", 8, 2, 1, None)], [("李二", 8, 2, 2, None), ("李三", 8, 2, 3, None)])
    )
    session.flush()  # 17 pupils: one is less than a tenth of them, two are more.

    def needed(change: RosterChange) -> bool:
        return changes.undoing_needs_second(
            session, change, percent=10, by=town.head_sun, now=LATER
        )

    assert (needed(one), needed(two)) == (False, True)
    two.kind = ChangeKind.TRANSFER
    assert not needed(two)


def test_that_a_change_be_undone_can_be_turned_down(session: Session, town: Town) -> None:
    change, second = everything(session, town), colleague(session, town, "Head Zhao")
    made = snapshot(session)
    with pytest.raises(Conflict):
        changes.leave_done(session, change, by=second, now=LATER)
    assert take_back(session, change, town.head_sun, LATER) is None

    changes.leave_done(session, change, by=second, now=LATER)

    assert (change.state, change.undo_asked_by) == (ChangeState.APPLIED, None)
    assert take_back(session, change, second, LATER) is None, "who is first asks anew"
    assert snapshot(session) == made
