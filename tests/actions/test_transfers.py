"""A child goes from Elm to Oak. Lan, Bo and Hua sit in Elm 7A, Mei in Oak 7A."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts.models import Consent, Enrolment, ExtraTime, Leaving, Pupil
from quizapp.accounts.queries import own_enrolment, rows_of_child
from quizapp.core.errors import Conflict, Invalid
from quizapp.orgs import queries as orgs
from quizapp.orgs.actions import add_unit
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import UnitKind
from quizapp.quizzes.models import Turnout
from quizapp.rosters import changes, pupil_queries, pupils, transfers
from quizapp.rosters.journal import Journal
from quizapp.rosters.models import RosterChange, Transfer
from quizapp.rosters.pupil_queries import Child
from quizapp.rosters.transfers import Offered
from quizapp.rosters.undoing import Undone
from tests import make
from tests.pages.given import finish
from tests.town import NOON, Town

KEY = "k" * 40
TODAY, YESTERDAY = date(2026, 11, 20), date(2026, 11, 19)
DAY = timedelta(days=1)


def lan(session: Session, town: Town) -> Child:
    return pupil_queries.child(session, town.elm.id, town.lan.id)


def let_go(session: Session, town: Town, *, at_once: bool = False) -> str:
    changes.hold(session, town.elm)
    code = transfers.let_go(
        session, lan(session, town), key=KEY, at_once=at_once, by=town.head_sun, now=NOON
    )
    session.expire_all()
    return code


def offered(
    session: Session,
    town: Town,
    code: str,
    *,
    school: str = "9901010001",
    to: Unit | None = None,
    after: timedelta = timedelta(),
) -> Offered:
    return transfers.offered(
        session, to or town.oak, school=school, code=code, key=KEY, now=NOON + after
    )


def take(session: Session, town: Town, code: str) -> Pupil:
    transfers.hold(session, town.elm, town.oak)
    what = offered(session, town, code)
    pupil = transfers.take(session, town.oak, what, town.oak_7a, by=town.head_liu, now=NOON)
    session.flush()
    session.expire_all()
    return pupil


def enrolments(session: Session, pupil_id: object) -> list[Enrolment]:
    own = select(Enrolment).where(Enrolment.pupil_id == pupil_id).order_by(Enrolment.id)
    return list(session.scalars(own))


def undo_newest(session: Session, town: Town) -> Undone:
    newest = select(RosterChange).order_by(RosterChange.id.desc()).limit(1)
    done = changes.undo(session, session.scalars(newest).one(), by=town.head_sun, now=NOON)
    session.expire_all()
    return done


def test_a_child_goes_to_another_school_and_keeps_its_history(session: Session, town: Town) -> None:
    quiz = make.quiz(session, town.city, now=NOON)
    finish(session, quiz, town.lan, right=4, at=NOON)
    child = session.get_one(Pupil, (town.elm.id, town.lan.id))
    child.consent, child.extra_percent, child.extra_why = Consent.GIVEN, 50, ExtraTime.MEDICAL
    child.secret_hash, child.number = "kept", "701"
    session.flush()

    new = take(session, town, let_go(session, town))

    assert (new.school_id, new.child_id, new.name) == (town.oak.id, child.child_id, "林兰")
    assert (new.consent, new.extra_percent, new.extra_why) == (
        Consent.GIVEN, 50, ExtraTime.MEDICAL,
    )  # fmt: skip
    assert (new.secret_hash, new.number) == (None, None)
    assert new.login != child.login
    (old,), (begun,) = enrolments(session, child.id), enrolments(session, new.id)
    assert (old.until_on, old.until_why) == (YESTERDAY, Leaving.TRANSFERRED)
    assert (begun.class_id, begun.from_on) == (town.oak_7a.unit_id, TODAY)
    assert [row.id for row in rows_of_child(session, child.child_id)] == [child.id, new.id]
    (cell,) = session.scalars(select(Turnout))
    assert (cell.class_id, cell.passed) == (town.elm_7a.unit_id, 1)


def test_a_child_stays_in_its_class_until_it_is_taken_over(session: Session, town: Town) -> None:
    let_go(session, town)

    assert enrolments(session, town.lan.id)[0].until_on is None
    assert session.scalars(select(RosterChange)).all() == []


def test_a_child_who_has_left_already_leaves_at_once(session: Session, town: Town) -> None:
    code = let_go(session, town, at_once=True)

    (old,) = enrolments(session, town.lan.id)
    assert (old.until_on, old.until_why) == (TODAY, Leaving.TRANSFERRED)
    take(session, town, code)
    assert enrolments(session, town.lan.id)[0].until_on == TODAY


@pytest.mark.parametrize("how", ["school", "code", "called off", "late", "newer", "taken"])
def test_codes_that_open_nothing(session: Session, town: Town, how: str) -> None:
    code, school, after = let_go(session, town), town.elm.code, 14 * DAY - timedelta(seconds=1)
    assert offered(session, town, code.lower(), after=after).pupil.id == town.lan.id
    match how:
        case "school":
            school = town.oak.code
        case "code":
            code = "A" * 10
        case "called off":
            transfers.call_off(session, lan(session, town), by=town.head_sun, now=NOON)
        case "late":
            after = 14 * DAY
        case "newer":
            let_go(session, town)
        case "taken":
            take(session, town, code)

    with pytest.raises(Invalid):
        offered(session, town, code, school=school, after=after)


def test_the_code_is_not_kept(session: Session, town: Town) -> None:
    code = let_go(session, town)

    assert len(code) == 10
    (row,) = session.scalars(select(Transfer))
    assert code not in str(vars(row))


def test_a_school_does_not_take_over_its_own_child(session: Session, town: Town) -> None:
    with pytest.raises(Invalid, match="own school"):
        offered(session, town, let_go(session, town), to=town.elm)


def test_a_child_of_another_city_is_not_taken_over(session: Session, town: Town) -> None:
    code = let_go(session, town)
    above: Unit = orgs.by_code(session, "990000")
    for kind, unit_code, name in (
        (UnitKind.CITY, "990200", "白桦市"),
        (UnitKind.DISTRICT, "990201", "东区"),
        (UnitKind.SCHOOL, "9902010001", "白桦中学"),
    ):
        above = add_unit(session, kind=kind, code=unit_code, name=name, parent=above)

    with pytest.raises(Invalid, match="another city"):
        offered(session, town, code, to=above)


def test_undoing_brings_the_child_back_to_the_old_school(session: Session, town: Town) -> None:
    code = let_go(session, town)
    new_id = take(session, town, code).id

    undo_newest(session, town)

    assert session.get(Pupil, (town.oak.id, new_id)) is None
    (old,) = enrolments(session, town.lan.id)
    assert (old.until_on, old.until_why) == (None, None)
    assert offered(session, town, code).pupil.id == town.lan.id


def test_undoing_keeps_a_child_who_has_done_something_at_the_new_school(
    session: Session, town: Town
) -> None:
    new = take(session, town, let_go(session, town))
    quiz = make.quiz(session, town.city, now=NOON)
    actor = town.mei.__class__(new.id, town.mei.kind, new.name, town.mei.held, town.oak.id)
    finish(session, quiz, actor, right=4, at=NOON)

    undo_newest(session, town)

    (begun,) = enrolments(session, new.id)
    assert (begun.until_on, begun.until_why) == (TODAY, Leaving.LEFT)
    assert own_enrolment(session, town.lan).class_id == town.elm_7a.unit_id
    (cell,) = session.scalars(select(Turnout))
    assert cell.class_id == town.oak_7a.unit_id


def test_the_old_school_cannot_undo_what_another_school_has_taken_up(
    session: Session, town: Town
) -> None:
    """Else the child would sit in two schools."""
    take(session, town, let_go(session, town, at_once=True))
    let_go_change = session.scalars(select(RosterChange).order_by(RosterChange.id)).first()
    assert let_go_change

    done = changes.undo(session, let_go_change, by=town.head_sun, now=NOON)

    session.expire_all()
    assert (done.rows, done.left) == (0, 2)
    assert enrolments(session, town.lan.id)[0].until_on == TODAY


def test_a_child_who_comes_back_has_the_old_row_again(session: Session, town: Town) -> None:
    new = take(session, town, let_go(session, town))
    there = pupil_queries.child(session, town.oak.id, new.id)
    code = transfers.let_go(
        session, there, key=KEY, at_once=False, by=town.head_liu, now=NOON + DAY
    )
    session.flush()
    what = offered(session, town, code, school=town.oak.code, to=town.elm, after=DAY)

    back = transfers.take(session, town.elm, what, town.elm_7b, by=town.head_sun, now=NOON + DAY)

    session.expire_all()
    assert back.id == town.lan.id
    assert own_enrolment(session, town.lan).class_id == town.elm_7b.unit_id
    assert enrolments(session, new.id)[0].until_on == TODAY


def test_a_child_in_a_class_of_the_school_is_not_taken_over_again(
    session: Session, town: Town
) -> None:
    new = take(session, town, let_go(session, town))
    there = pupil_queries.child(session, town.oak.id, new.id)
    code = transfers.let_go(session, there, key=KEY, at_once=False, by=town.head_liu, now=NOON)
    with pytest.raises(Conflict, match="another school"):
        pupils.take_back(
            session, lan(session, town), town.elm_7b, seat=None, by=town.head_sun, now=NOON
        )
    old = lan(session, town).pupil  # The old school's list still has the child.
    pupils.begin(Journal(session), old, town.elm_7b, seat=None, on=TODAY)
    what = offered(session, town, code, school=town.oak.code, to=town.elm)

    with pytest.raises(Conflict, match="already"):
        transfers.take(session, town.elm, what, town.elm_7b, by=town.head_sun, now=NOON)
