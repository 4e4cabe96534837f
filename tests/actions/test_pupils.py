"""What the office of a school does to one pupil. Lan sits in Elm 7A on seat 1, Tao in 7B."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts.actions import count_sign_in
from quizapp.accounts.models import Consent, Enrolment, ExtraTime, Leaving, Pupil
from quizapp.accounts.queries import own_enrolment
from quizapp.core.errors import Conflict, Invalid, Missing
from quizapp.core.pinyin import spelled
from quizapp.rosters import changes, pupil_queries, pupils
from quizapp.rosters.models import RosterChange
from quizapp.rosters.pupil_queries import Child
from tests import make
from tests.town import NOON, Town

TODAY, YESTERDAY = date(2026, 11, 20), date(2026, 11, 19)
Act = Callable[[Session, Town, Child], object]


def lan(session: Session, town: Town) -> Child:
    session.expire_all()
    return pupil_queries.child(session, town.elm.id, town.lan.id)


def state(session: Session, town: Town) -> tuple[object, ...]:
    """Return all of Lan that these deeds can change."""
    session.flush()
    child = lan(session, town)
    p = child.pupil
    rows = session.scalars(
        select(Enrolment).where(Enrolment.pupil_id == p.id).order_by(Enrolment.from_on)
    )
    extra = (p.extra_percent, p.extra_why, p.extra_until)
    stays = [(e.class_id, e.seat, e.from_on, e.until_on, e.until_why) for e in rows]
    return (p.name, p.pinyin, p.number, extra, stays)


def rename(session: Session, town: Town, child: Child) -> object:
    return pupils.correct(
        session, child, name="林岚", number="709", seat=8, by=town.head_sun, now=NOON
    )


def give_time(session: Session, town: Town, child: Child) -> object:
    return pupils.give_time(
        session, child, percent=50, why=ExtraTime.LEARNS_ALONG, until=TODAY,
        by=town.head_sun, now=NOON,
    )  # fmt: skip


def move(session: Session, town: Town, child: Child) -> None:
    pupils.move(session, child, town.elm_7b, seat=4, by=town.head_sun, now=NOON)


def leave(session: Session, town: Town, child: Child) -> None:
    pupils.leave(session, child, Leaving.LEFT, by=town.head_sun, now=NOON)


def test_name_number_and_seat_are_put_right(session: Session, town: Town) -> None:
    assert rename(session, town, lan(session, town))

    child = lan(session, town)
    assert (child.pupil.name, child.pupil.number, child.seat) == ("林岚", "709", 8)
    assert (child.pupil.pinyin, child.pupil.login) == ("linlan ll", "lan")


def test_what_is_right_already_is_no_change(session: Session, town: Town) -> None:
    done = pupils.correct(
        session, lan(session, town), name="林兰", number=None, seat=1, by=town.head_sun, now=NOON
    )

    assert not done
    assert session.scalars(select(RosterChange)).all() == []


def test_a_number_has_one_owner(session: Session, town: Town) -> None:
    session.get_one(Pupil, (town.elm.id, town.tao.id)).number = "709a"
    session.flush()

    with pytest.raises(Invalid) as wrong:
        pupils.correct(
            session, lan(session, town), name="林兰", number="709A", seat=1,
            by=town.head_sun, now=NOON,
        )  # fmt: skip

    assert wrong.value.fields == {"number": "taken"}


def test_a_pupil_moves_and_what_was_counted_stays(session: Session, town: Town) -> None:
    count_sign_in(session, own_enrolment(session, town.lan), now=NOON)
    move(session, town, lan(session, town))

    rows = state(session, town)[-1]
    assert rows == [
        (town.elm_7a.unit_id, 1, date(2026, 9, 1), YESTERDAY, Leaving.MOVED),
        (town.elm_7b.unit_id, 4, TODAY, None, None),
    ]
    old, new = session.scalars(
        select(Enrolment).where(Enrolment.pupil_id == town.lan.id).order_by(Enrolment.from_on)
    )
    assert (old.signed_in_at, new.signed_in_at) == (NOON, None)


def test_a_move_of_today_is_put_right_in_place(session: Session, town: Town) -> None:
    move(session, town, lan(session, town))

    back = lan(session, town)
    pupils.move(session, back, town.elm_7a, seat=1, by=town.head_sun, now=NOON)

    rows = state(session, town)[-1]
    assert isinstance(rows, list)
    assert rows[1:] == [(town.elm_7a.unit_id, 1, TODAY, None, None)]


def test_who_has_left_can_be_enrolled_again(session: Session, town: Town) -> None:
    leave(session, town, lan(session, town))
    gone = lan(session, town)

    assert gone.enrolment is None
    assert gone.path == town.elm.path
    with pytest.raises(Conflict):
        leave(session, town, gone)
    pupils.take_back(session, gone, town.elm_7b, seat=3, by=town.head_sun, now=NOON)
    with pytest.raises(Conflict):
        pupils.take_back(
            session, lan(session, town), town.elm_7b, seat=3, by=town.head_sun, now=NOON
        )
    assert lan(session, town).seat == 3


def test_more_time_needs_a_reason_and_a_day_to_come(session: Session, town: Town) -> None:
    child = lan(session, town)
    for why, until in ((None, None), (ExtraTime.MEDICAL, YESTERDAY)):
        with pytest.raises(Invalid):
            pupils.give_time(
                session, child, percent=50, why=why, until=until, by=town.head_sun, now=NOON
            )

    assert give_time(session, town, child)
    assert pupils.give_time(
        session, lan(session, town), percent=0, why=ExtraTime.MEDICAL, until=None,
        by=town.head_sun, now=NOON,
    )  # fmt: skip
    assert state(session, town)[3] == (0, None, None)


@pytest.mark.parametrize("act", [rename, give_time, move, leave])
def test_each_of_these_can_be_undone(session: Session, town: Town, act: Act) -> None:
    before = state(session, town)
    act(session, town, lan(session, town))
    assert state(session, town) != before

    changes.undo(session, session.scalars(select(RosterChange)).one(), by=town.head_sun, now=NOON)

    assert state(session, town) == before


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("林", ["林兰", "林小青"]),
        ("小青", ["林小青", "王小青"]),
        ("wangxiao", ["王小青"]),
        ("Xiao Qing", ["林小青", "王小青"]),
        ("lxq", ["林小青"]),
        ("70", ["王小青"]),
        ("lan", ["林兰"]),
        ("%", []),
        ("_", []),
        ("  ", []),
    ],
)
def test_pupils_are_found(session: Session, town: Town, wanted: str, found: list[str]) -> None:
    for name, number in (("林小青", "801"), ("王小青", "701")):
        child = make.pupil(session, town.elm_7b, name=name, login=f"x{number}")
        child.number, child.pinyin = number, spelled(name)
    make.pupil(session, town.oak_7a, name="林小青")

    rows, total = pupil_queries.search(session, town.elm, wanted, reader=town.head_sun)

    assert sorted(row.name for row in rows) == sorted(found)
    assert total == len(found)


def test_nobody_is_found_by_a_name_that_may_not_be_shown(session: Session, town: Town) -> None:
    session.get_one(Pupil, (town.elm.id, town.lan.id)).consent = Consent.REFUSED
    session.flush()

    assert pupil_queries.search(session, town.elm, "林兰", reader=town.head_sun) == ([], 0)
    (row,), _total = pupil_queries.search(session, town.elm, "lan", reader=town.head_sun)
    assert "林" not in row.name
    assert row.seat == 1


def test_at_most_fifty_are_shown_and_the_rest_counted(session: Session, town: Town) -> None:
    for _each in range(60):
        make.pupil(session, town.elm_7b, name="孙一")

    rows, total = pupil_queries.search(session, town.elm, "孙", reader=town.head_sun)

    assert (len(rows), total) == (50, 60)


def test_an_erased_pupil_is_nowhere(session: Session, town: Town) -> None:
    session.get_one(Pupil, (town.elm.id, town.lan.id)).erased_at = NOON - timedelta(days=1)
    session.flush()

    with pytest.raises(Missing):
        lan(session, town)
    assert pupil_queries.search(session, town.elm, "lan", reader=town.head_sun) == ([], 0)
