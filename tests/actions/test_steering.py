"""Pausing a window at a school and giving it more time: what moves, for whom, and who may."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import queries as accounts
from quizapp.audit.models import AuditEntry
from quizapp.core.db import database, transaction
from quizapp.core.errors import Conflict, Late, Missing, NotAllowed
from quizapp.orgs.models import Unit
from quizapp.quizzes import actions, make_ups, papers, queries, sittings, steering
from quizapp.quizzes.models import ClosedBy, Quiz, Sitting, Why, WindowChange
from quizapp.quizzes.rules import Release
from quizapp.quizzes.sittings import Given
from quizapp.quizzes.steering import Place
from tests import make
from tests.town import NOON, Town

MINUTE = timedelta(minutes=1)


@pytest.fixture
def quiz(session: Session, town: Town) -> Quiz:
    return make.quiz(session, town.city, now=NOON, release=Release.AFTER_CLOSE, lasts=MINUTE * 30)


@pytest.fixture
def elm(town: Town, quiz: Quiz) -> Place:
    return Place(quiz, town.elm)


def begin(session: Session, quiz: Quiz, pupil: Actor, after: int = 0) -> Sitting:
    enrolment = accounts.own_enrolment(session, pupil)
    now = NOON + after * MINUTE
    return sittings.start(session, quiz, enrolment, by=pupil, device="d" * 22, now=now).sitting


def deadline(session: Session, sitting: Sitting) -> float:
    """Return the minutes from noon to the deadline as it is stored."""
    session.refresh(sitting)
    return (sitting.deadline - NOON) / MINUTE


def test_a_pause_stops_the_clock_of_one_school(
    session: Session, town: Town, quiz: Quiz, elm: Place
) -> None:
    lan, mei = begin(session, quiz, town.lan), begin(session, quiz, town.mei)

    steering.pause(session, elm, 20, Why.NETWORK, by=town.head_sun, now=NOON + 4 * MINUTE)

    assert (deadline(session, lan), deadline(session, mei)) == (30, 10)
    sittings.save(session, lan, [Given(1, ["a"], seq=1)], now=NOON + 15 * MINUTE)
    with pytest.raises(Late):
        sittings.save(session, mei, [Given(1, ["a"], seq=1)], now=NOON + 15 * MINUTE)


def test_nobody_begins_while_it_is_paused_but_who_had_begun_goes_on(
    session: Session, town: Town, quiz: Quiz, elm: Place
) -> None:
    lan = begin(session, quiz, town.lan)
    steering.pause(session, elm, 20, Why.POWER, by=town.head_sun, now=NOON + MINUTE)

    with pytest.raises(Conflict) as refused:
        begin(session, quiz, town.bo, after=2)

    assert refused.value.code == "paused"
    assert begin(session, quiz, town.lan, after=2).id == lan.id
    assert begin(session, quiz, town.mei, after=2)
    assert begin(session, quiz, town.bo, after=21)  # It has ended by itself.


def test_a_pause_that_ends_sooner_leaves_what_was_left(
    session: Session, town: Town, quiz: Quiz, elm: Place
) -> None:
    lan = begin(session, quiz, town.lan)
    steering.pause(session, elm, 20, Why.ALARM, by=town.head_sun, now=NOON + 4 * MINUTE)

    ended = steering.resume(session, elm, by=town.officer_gao, now=NOON + 9 * MINUTE)

    assert deadline(session, lan) == 15
    assert ended.seconds == 300
    assert queries.standing(session, quiz, elm.school.id).closes == quiz.closes_at + 5 * MINUTE
    assert begin(session, quiz, town.bo, after=9)
    with pytest.raises(Conflict):
        steering.resume(session, elm, by=town.head_sun, now=NOON + 10 * MINUTE)


def test_more_time_reaches_the_open_sittings_and_the_end_of_the_school(
    session: Session, town: Town, quiz: Quiz, elm: Place
) -> None:
    lan = begin(session, quiz, town.lan)

    steering.extend(session, elm, 15, Why.SITE, by=town.head_sun, now=NOON + 10.5 * MINUTE)

    assert deadline(session, lan) == 25  # Its time was up, but not yet the grace.
    late = begin(session, quiz, town.bo, after=40)  # The window of all others is over.
    assert deadline(session, late) == 45
    with pytest.raises(Conflict):
        begin(session, quiz, town.mei, after=40)


def test_the_bell_honours_more_time(
    app: Flask, session: Session, town: Town, quiz: Quiz, elm: Place
) -> None:
    lan = begin(session, quiz, town.lan)
    steering.extend(session, elm, 5, Why.OTHER, by=town.head_sun, now=NOON + MINUTE)

    assert not queries.overdue(session, before=NOON + 14 * MINUTE, most=10)
    session.refresh(lan)
    (due,) = queries.overdue(session, before=NOON + 16 * MINUTE, most=10)
    assert due.id == lan.id
    done = sittings.submit(session, lan, now=NOON + 15 * MINUTE)
    assert done.closed_by is ClosedBy.PUPIL


def test_results_wait_for_the_last_school(
    session: Session, town: Town, quiz: Quiz, elm: Place
) -> None:
    """Or the pupils of one school would read the key while those of another still sit."""
    mei = begin(session, quiz, town.mei)
    sittings.submit(session, mei, now=NOON)
    released = quiz.closes_at + 31 * MINUTE
    assert papers.is_released(quiz, mei, now=released)

    steering.extend(session, elm, 30, Why.POWER, by=town.head_sun, now=NOON)

    assert not papers.is_released(quiz, mei, now=released)
    assert papers.is_released(quiz, mei, now=released + 30 * MINUTE)


def test_a_pause_of_the_school_holds_for_whoever_makes_up(
    session: Session, town: Town, quiz: Quiz, elm: Place
) -> None:
    make_ups.give(
        session, quiz, town.elm_7a, opens_at=NOON + 25 * MINUTE, closes_at=NOON + 60 * MINUTE,
        by=town.head_sun, now=NOON,
    )  # fmt: skip
    session.expire_all()
    lan = begin(session, quiz, town.lan, after=26)

    steering.pause(session, elm, 20, Why.ALARM, by=town.head_sun, now=NOON + 27 * MINUTE)

    assert deadline(session, lan) == 56
    with pytest.raises(Conflict) as refused:
        begin(session, quiz, town.bo, after=30)
    assert refused.value.code == "paused"
    assert deadline(session, begin(session, quiz, town.bo, after=55)) == 60
    actions.close(session, quiz, now=NOON + 56 * MINUTE)
    with pytest.raises(Conflict) as over:
        begin(session, quiz, town.hua, after=57)
    assert over.value.code == "not_open"


def test_more_time_at_a_school_is_offered_to_its_pupils_alone(
    session: Session, town: Town, quiz: Quiz, elm: Place
) -> None:
    steering.extend(session, elm, 15, Why.SITE, by=town.head_sun, now=NOON)
    offered = []
    for pupil in (town.lan, town.mei):
        enrolment = accounts.own_enrolment(session, pupil)
        offered.append(queries.open_offers(session, pupil, enrolment, now=NOON + 40 * MINUTE))

    (lans,), meis = offered
    assert meis == []
    assert lans.standing.closes == NOON + 45 * MINUTE


def test_a_slip_can_be_taken_back_for_two_minutes(
    session: Session, town: Town, quiz: Quiz, elm: Place
) -> None:
    lan = begin(session, quiz, town.lan)
    slip = steering.extend(session, elm, 30, Why.OTHER, by=town.head_sun, now=NOON)
    meant = steering.extend(session, elm, 5, Why.OTHER, by=town.head_sun, now=NOON)

    steering.take_back(session, elm, slip.id, by=town.head_sun, now=NOON + 2 * MINUTE)

    assert deadline(session, lan) == 15
    assert queries.standing(session, quiz, elm.school.id).closes == quiz.closes_at + 5 * MINUTE
    for change, now in ((slip, NOON + 2 * MINUTE), (meant, NOON + 2.1 * MINUTE)):
        with pytest.raises(Conflict):
            steering.take_back(session, elm, change.id, by=town.head_sun, now=now)


def test_the_school_and_the_office_of_the_quiz_may_and_nobody_else(
    session: Session, town: Town, quiz: Quiz, elm: Place
) -> None:
    may = {p.name for p in town.people() if steering.may_steer(p, elm)}
    assert may == {"Head Sun", "Officer Gao", "Officer Qin"}

    own = make.quiz(session, town.north, now=NOON)
    may = {p.name for p in town.people() if steering.may_steer(p, Place(own, town.elm))}
    assert may == {"Head Sun", "Officer Gao", "Officer Qin", "Officer He"}
    with pytest.raises(NotAllowed):
        steering.pause(session, elm, 5, Why.OTHER, by=town.officer_he, now=NOON)
    with pytest.raises(Missing):
        steering.place(session, town.oak.id, own.id)


def test_what_was_done_is_in_the_log(session: Session, town: Town, quiz: Quiz, elm: Place) -> None:
    steering.pause(session, elm, 20, Why.NETWORK, by=town.head_sun, now=NOON)
    steering.resume(session, elm, by=town.officer_gao, now=NOON + 5 * MINUTE)
    steering.extend(session, elm, 10, Why.NETWORK, by=town.head_sun, now=NOON + 6 * MINUTE)
    session.flush()

    rows = session.scalars(select(AuditEntry).where(AuditEntry.event.like("quiz.%ed")))
    told = [(row.event, row.actor_id, row.about.get("seconds")) for row in rows]
    assert ("quiz.paused", town.head_sun.id, 1200) in told
    assert ("quiz.resumed", town.officer_gao.id, 300) in told
    assert ("quiz.extended", town.head_sun.id, 600) in told


def test_a_quiz_that_is_called_off_is_over_at_every_school(
    session: Session, town: Town, quiz: Quiz, elm: Place
) -> None:
    steering.extend(session, elm, 30, Why.OTHER, by=town.head_sun, now=NOON)

    actions.close(session, quiz, now=NOON + MINUTE)

    with pytest.raises(Conflict):
        begin(session, quiz, town.lan, after=2)


def test_two_who_pause_at_once_pause_once(app: Flask, session: Session, town: Town) -> None:
    quiz = make.quiz(session, town.city, now=NOON)
    lan = begin(session, quiz, town.lan)
    session.commit()
    at_once, done = threading.Barrier(4), []

    def press(unit: Unit) -> None:
        with app.app_context():
            own = steering.place(database.session, unit.id, quiz.id)
            at_once.wait(10)
            try:
                with transaction() as work:
                    steering.pause(work, own, 10, Why.NETWORK, by=town.head_sun, now=NOON)
            except Conflict:
                return
            done.append(1)

    threads = [threading.Thread(target=press, args=(town.elm,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(done) == 1
    assert deadline(session, lan) == 20
    assert len(session.scalars(select(WindowChange)).all()) == 1


def test_a_start_in_flight_is_moved_along(app: Flask, session: Session, town: Town) -> None:
    quiz = make.quiz(session, town.city, now=NOON)
    session.commit()
    lan = begin(session, quiz, town.lan)  # Not committed yet.

    def press() -> None:
        with app.app_context():
            own = steering.place(database.session, town.elm.id, quiz.id)
            with transaction() as work:
                steering.pause(work, own, 10, Why.NETWORK, by=town.head_sun, now=NOON)

    pressing = threading.Thread(target=press)
    pressing.start()
    pressing.join(0.5)
    assert pressing.is_alive()  # It waits for the start.
    session.commit()
    pressing.join(30)

    assert deadline(session, lan) == 20
