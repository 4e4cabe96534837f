"""A child is taken out of the changes of rosters. Lan, Bo and Hua sit in Elm 7A, Tao in 7B."""

from datetime import timedelta
from threading import Thread
from time import sleep

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.accounts.models import Enrolment, Pupil
from quizapp.core.clock import local_day, now
from quizapp.core.db import transaction
from quizapp.privacy import erasing
from quizapp.rosters import applying, changes, checked, forgetting
from quizapp.rosters.matching import Reach
from quizapp.rosters.models import ChangeKind, RosterChange
from tests import make
from tests.actions.test_changes import everything
from tests.actions.test_roster import Row, class_list
from tests.actions.test_transfers import let_go, take
from tests.town import NOON, YEAR, Town

BO: Row = ("陈波", 7, 1, 2, None)
TAO: Row = ("何涛", 7, 2, 1, None)


def row_of(session: Session, town: Town, name: str) -> Pupil:
    return session.scalars(
        select(Pupil).where(Pupil.school_id == town.elm.id, Pupil.name == name)
    ).one()


def erase(session: Session, pupil: Pupil) -> None:
    erasing.erase(session, pupil, by=SYSTEM, now=NOON)
    session.flush()
    session.expire_all()


def waiting(session: Session, town: Town, *rows: Row) -> RosterChange:
    """Let a list of the whole school wait for a second person."""
    what = checked.checked(class_list(rows), school_year=YEAR, stages=(), reach=Reach.SCHOOL)
    asked = changes.propose(
        session, town.elm, ChangeKind.LIST, {}, checked.told(what), by=town.head_sun, now=NOON
    )
    session.flush()
    return asked


def listed(change: RosterChange) -> list[tuple[str, int]]:
    return [(one.name, one.class_number) for one in applying.proposed(change).pupils]


def open_enrolments(session: Session, pupil: Pupil) -> list[Enrolment]:
    own = select(Enrolment).where(Enrolment.pupil_id == pupil.id, Enrolment.until_on.is_(None))
    return list(session.scalars(own))


def test_a_pupil_stands_in_no_change_any_more(session: Session, town: Town) -> None:
    change = everything(session, town)
    hua = session.get_one(Pupil, (town.hua.school_id, town.hua.id))

    forgetting.forget(session, hua)
    session.flush()
    session.expire_all()

    told = repr(change.steps)
    assert str(hua.id) not in told
    assert "孙一" in told


def test_undoing_a_transfer_brings_no_erased_child_back(session: Session, town: Town) -> None:
    old = session.get_one(Pupil, (town.elm.id, town.lan.id))
    here = take(session, town, let_go(session, town))
    (change,) = session.scalars(select(RosterChange))
    erase(session, here)

    changes.undo(session, change, by=town.head_liu, now=NOON)
    session.expire_all()

    assert open_enrolments(session, old) == []
    assert open_enrolments(session, here) == []


def test_a_list_that_waits_loses_the_child_by_whatever_name(session: Session, town: Town) -> None:
    lan = row_of(session, town, "林兰")
    lan.number = "701"
    asked = waiting(session, town, ("林岚", 7, 1, 1, "701"), BO, TAO)

    erase(session, lan)

    assert listed(asked) == [("陈波", 1), ("何涛", 2)]
    assert "701" not in repr(asked.proposal)


def test_a_namesake_stays_on_the_list_and_at_the_school(session: Session, town: Town) -> None:
    make.pupil(session, town.elm_7b, name="林兰", seat=9)
    lan = session.get_one(Pupil, (town.elm.id, town.lan.id))
    asked = waiting(session, town, ("林兰", 7, 1, 1, None), ("林兰", 7, 2, 9, None), BO, TAO)

    erase(session, lan)

    assert listed(asked) == [("林兰", 2), ("陈波", 1), ("何涛", 2)]


def test_a_child_that_has_come_back_is_not_erased_with_the_leavers(
    session: Session, town: Town
) -> None:
    lan = session.get_one(Pupil, (town.elm.id, town.lan.id))
    today = local_day(NOON)

    done = erasing.erase_leaver(session, lan, until_on=today, by=SYSTEM, now=NOON)
    assert (done, lan.name) == (False, "林兰")

    for one in open_enrolments(session, lan):
        one.until_on = today - timedelta(days=400)
        one.from_on = today - timedelta(days=800)
    session.flush()
    assert erasing.erase_leaver(session, lan, until_on=today, by=SYSTEM, now=NOON)
    assert lan.name == ""


def test_an_erasure_waits_for_a_change_of_the_roster(app: Flask, town: Town) -> None:
    """Each would else wait for rows that the other holds, and one of them would fail."""
    failed: list[BaseException] = []

    def erase_it() -> None:
        try:
            with app.app_context(), transaction() as session:
                lan = session.get_one(Pupil, (town.elm.id, town.lan.id))
                erasing.erase(session, lan, by=SYSTEM, now=now())
        except BaseException as fault:
            failed.append(fault)

    erasing_it = Thread(target=erase_it)
    with app.app_context(), transaction() as session:
        changes.hold(session, town.elm)
        erasing_it.start()
        sleep(0.5)  # Time enough to take its rows, if nothing held it back.
        session.get_one(Pupil, (town.elm.id, town.lan.id)).name = "林岚"
        session.flush()
    erasing_it.join(60)

    assert failed == []
    with app.app_context(), transaction() as session:
        assert session.get_one(Pupil, (town.elm.id, town.lan.id)).name == ""
