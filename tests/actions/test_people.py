"""Appointing: nobody gives or takes more than the policy says, whoever asks, wherever."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import APPOINTS, SYSTEM, Actor, ActorKind, Role
from quizapp.accounts import actions
from quizapp.accounts.models import Invitation, Person, Posting
from quizapp.core.errors import Conflict, DomainError, NotAllowed
from quizapp.core.ids import new_id
from quizapp.orgs.models import Unit
from quizapp.staff import people
from quizapp.staff import postings as staff
from quizapp.staff.posts import PLACES
from tests.town import NOON, Town


def held_by(role: Role, unit: Unit) -> Actor:
    return Actor(new_id(), ActorKind.STAFF, "somebody", ((role, unit.path),))


def added(session: Session, login: str, role: Role, unit: Unit) -> Person:
    person = Person(login=login, name=login, password_hash="kept")
    session.add(person)
    session.flush()
    actions.appoint(session, person, role, unit, by=SYSTEM, now=NOON)
    return person


def goes(session: Session, deed: Callable[..., object], *on: object, by: Actor) -> bool:
    """Whether the deed is let through; it is taken back either way."""
    before = session.begin_nested()
    try:
        deed(session, *on, by=by, now=NOON)
    except DomainError:
        return False
    finally:
        before.rollback()
    return True


def test_nobody_gives_more_than_the_policy_says(session: Session, town: Town) -> None:
    units = session.scalars(select(Unit)).all()
    zhou, tried, given = session.get_one(Person, town.zhou.id), 0, 0

    for own in Role:
        for seat in (town.nation, town.city, town.north, town.elm, town.elm_7a.unit):
            by = held_by(own, seat)
            for role in Role:
                for unit in units:
                    may = (
                        role in APPOINTS.get(own, ())
                        and unit.path.startswith(seat.path)
                        and unit.kind in PLACES[role]
                    )
                    done = goes(session, people.appoint, zhou, role, unit, by=by)
                    assert done == may, (own, seat.name, role, unit.name)
                    tried, given = tried + 1, given + done

    assert tried == 14 * 5 * 14 * 10
    assert given > 100, "and some may give a lot"


def test_nobody_takes_what_they_could_not_give(session: Session, town: Town) -> None:
    for own in Role:
        for seat in (town.nation, town.city, town.north, town.elm):
            by = held_by(own, seat)
            for posting in session.scalars(select(Posting)).all():
                found = staff.of(session, posting.person)
                may = posting.role in APPOINTS.get(own, ()) and posting.unit.path.startswith(
                    seat.path
                )
                if posting.role is Role.PLATFORM_ADMIN:
                    continue  # The last one; a test of its own.

                done = goes(session, people.end_posting, found, posting, by=by)

                assert done == may, (own, seat.name, posting.role, posting.unit.name)


def test_nobody_changes_the_own_account(session: Session, town: Town) -> None:
    found = staff.of(session, session.get_one(Person, town.head_sun.id))
    by = town.head_sun

    for deed in (
        lambda: people.appoint(session, found.person, Role.TEACHER, town.elm, by=by, now=NOON),
        lambda: people.end_posting(session, found, found.postings[0], by=by, now=NOON),
        lambda: people.new_link(session, found, by=by, now=NOON),
        lambda: people.disable(session, found, by=by, now=NOON),
        lambda: people.end_second_factor(session, found, by=by, now=NOON),
    ):
        with pytest.raises(NotAllowed):
            deed()


def test_a_link_is_only_for_who_may_give_all_that_the_person_holds(
    session: Session, town: Town
) -> None:
    both = added(session, "both", Role.TEACHER, town.elm_7a.unit)
    found = staff.of(session, both)
    assert goes(session, people.new_link, found, by=town.head_sun)

    actions.appoint(session, both, Role.AUDITOR, town.city, by=SYSTEM, now=NOON)
    found = staff.of(session, both)

    for deed in (people.new_link, people.disable, people.end_second_factor):
        with pytest.raises(NotAllowed):
            deed(session, found, by=town.head_sun, now=NOON)
        assert goes(session, deed, found, by=town.admin_kong)


def test_a_link_made_before_a_new_role_is_dead(session: Session, town: Town) -> None:
    teacher = added(session, "teacher", Role.TEACHER, town.elm_7a.unit)
    people.new_link(session, staff.of(session, teacher), by=town.head_sun, now=NOON)

    people.appoint(session, teacher, Role.SCHOOL_ADMIN, town.elm, by=town.officer_he, now=NOON)

    (link,) = session.scalars(select(Invitation).where(Invitation.person_id == teacher.id))
    session.refresh(link)
    assert link.expires_at <= NOON


def test_the_last_platform_administrator_stays(session: Session, town: Town) -> None:
    kong = session.get_one(Person, town.admin_kong.id)
    second = added(session, "second", Role.PLATFORM_ADMIN, town.nation)
    kong.password_hash = "kept"
    by = held_by(Role.PLATFORM_ADMIN, town.nation)
    found = staff.of(session, second)

    people.end_posting(session, found, found.postings[0], by=by, now=NOON)

    found = staff.of(session, kong)
    with pytest.raises(Conflict):
        people.end_posting(session, found, found.postings[0], by=by, now=NOON)
    with pytest.raises(Conflict):
        people.disable(session, found, by=by, now=NOON)
    disabled = added(session, "third", Role.PLATFORM_ADMIN, town.nation)
    disabled.disabled_at = NOON
    added(session, "fourth", Role.PLATFORM_ADMIN, town.nation).password_hash = None
    with pytest.raises(Conflict):
        people.disable(session, found, by=by, now=NOON)


def test_a_posting_of_today_is_as_if_never_given_and_one_of_before_keeps_its_days(
    session: Session, town: Town
) -> None:
    zhou = session.get_one(Person, town.zhou.id)
    by = town.head_sun
    people.appoint(session, zhou, Role.TEACHER, town.elm_7a.unit, by=by, now=NOON)
    (posting,) = staff.of(session, zhou).postings
    people.end_posting(session, staff.of(session, zhou), posting, by=by, now=NOON)
    session.flush()
    assert staff.of(session, zhou).postings == ()
    people.appoint(session, zhou, Role.TEACHER, town.elm_7a.unit, by=by, now=NOON)
    (posting,) = staff.of(session, zhou).postings

    later = NOON + timedelta(days=3)
    people.end_posting(session, staff.of(session, zhou), posting, by=by, now=later)

    assert (posting.until_on, posting.from_on) == (
        (later - timedelta(days=1)).date(),
        NOON.date(),
    )
    with pytest.raises(Conflict):
        people.end_posting(session, staff.of(session, zhou), posting, by=by, now=later)


@pytest.mark.parametrize(
    ("typed", "found"),
    [("wang", True), ("wxq", True), ("小青", True), ("wang.x", True), ("WANG XIAO", True),
     ("xiao", False), ("qing", False), ("陈", False), ("w q", False)],
)  # fmt: skip
def test_people_are_found_by_what_is_typed(typed: str, found: bool) -> None:
    assert staff.is_like(typed, "王小青", "wang.xq") is found
