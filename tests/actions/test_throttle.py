"""Who guesses is slowed down, who owns the account is not: the rules of decision 0017."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.accounts import actions, queries, signin, throttle
from quizapp.accounts.models import BackOff, Person, Pupil
from quizapp.accounts.throttle import Secret, Try
from quizapp.core.db import database
from quizapp.core.errors import TooMany
from tests.settings import KEY
from tests.town import NOON, Town

HERE, THERE = "h" * 22, "t" * 22
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)


def lan_from(session: Session, device: str, *, now: datetime = NOON) -> Try:
    return throttle.pupil(
        session, Secret.PUPIL, school="9901010001", login="lan", device=device, address="a", now=now
    )


def wait(session: Session, tried: Try, now: datetime) -> int:
    """Return for how many seconds the try is refused; 0: it was heard, and was wrong."""
    try:
        throttle.reserve(session, tried, now=now)
    except TooMany as refused:
        return refused.retry_after
    return 0


def wrong(session: Session, tried: Try, times: int, now: datetime) -> datetime:
    """Try so often, each as soon as it is heard; return when the last one was."""
    for _time in range(times):
        while seconds := wait(session, tried, now):
            now += seconds * SECOND
    return now


def know(session: Session, town: Town, device: str, *, at: datetime = NOON) -> None:
    """Let Lan have signed in on the device."""
    child = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    signin.begin_pupil(session, child, device=device, now=at)
    session.flush()


def test_after_three_wrong_the_pause_doubles(session: Session) -> None:
    tried, now, pauses = lan_from(session, THERE), NOON, []

    for _time in range(8):
        pauses.append(wait(session, tried, now))
        now += pauses[-1] * SECOND
        if pauses[-1]:
            assert wait(session, tried, now) == 0

    # Told is a second more than it takes, so that nobody comes a moment too early.
    assert pauses == [0, 0, 0, 2, 3, 5, 9, 17]


def test_in_no_hour_are_ten_guesses_heard(session: Session) -> None:
    chance = Random(3)
    for pace in (5, 120, 400):  # Seconds between two tries of somebody who never rests.
        tried = lan_from(session, f"{pace:022}")
        session.query(BackOff).delete()
        now, heard = NOON, []
        for _time in range(600):
            now += chance.uniform(0.2, 1.8) * pace * SECOND
            if not wait(session, tried, now):
                heard.append(now)
        for at in heard:
            assert sum(at <= other < at + HOUR for other in heard) < 10
        assert len(heard) >= 9


def test_one_who_gets_in_wrong_tries_before_still_count(session: Session) -> None:
    tried = lan_from(session, THERE)
    now = wrong(session, tried, 8, NOON)
    while seconds := wait(session, tried, now):
        now += seconds * SECOND
    throttle.forgive(session, tried)

    assert wait(session, tried, now + SECOND) == 0, "no pause any more"
    assert wait(session, tried, now + 2 * SECOND) > 3000, "the ninth wrong one in the hour"
    assert wait(session, tried, now + SECOND + HOUR) == 0


def test_who_is_always_right_never_waits(session: Session) -> None:
    tried = lan_from(session, THERE)

    for number in range(40):
        assert wait(session, tried, NOON + number * SECOND) == 0
        throttle.forgive(session, tried)

    assert session.scalar(select(func.count()).select_from(BackOff)) == 0


def test_a_classmate_elsewhere_cannot_lock_the_owner_out(session: Session, town: Town) -> None:
    know(session, town, HERE)
    now = wrong(session, lan_from(session, THERE), 9, NOON)

    assert wait(session, lan_from(session, THERE), now + SECOND) > 3000
    assert wait(session, lan_from(session, "x" * 22), now + SECOND) > 3000, "nor from elsewhere"
    assert wait(session, lan_from(session, HERE), now + SECOND) == 0


def test_the_known_device_has_a_limit_of_its_own(session: Session, town: Town) -> None:
    know(session, town, HERE)
    now = wrong(session, lan_from(session, HERE), 9, NOON)

    assert wait(session, lan_from(session, HERE), now + SECOND) > 3000
    assert wait(session, lan_from(session, THERE), now + SECOND) == 0


def test_a_device_is_known_for_half_a_year_and_to_its_account_only(
    session: Session, town: Town
) -> None:
    know(session, town, HERE, at=NOON - timedelta(days=181))
    assert not lan_from(session, HERE).is_known
    know(session, town, HERE, at=NOON - timedelta(days=179))

    assert lan_from(session, HERE).is_known
    for school, login in (("9901010001", "bo"), ("9901020001", "lan")):
        other = throttle.pupil(
            session, Secret.PUPIL, school=school, login=login, device=HERE, address="a", now=NOON
        )
        assert not other.is_known


def test_staff_know_their_devices_too(session: Session, town: Town) -> None:
    person = session.get_one(Person, town.ms_chen.id)
    signin.begin_person(session, person, device=HERE, now=NOON)
    session.flush()

    def known(login: str, device: str) -> bool:
        tried = throttle.person(
            session, Secret.STAFF, login=login, device=device, address="a", now=NOON
        )
        return tried.is_known

    assert known("ms_chen", HERE)
    assert not known("ms_chen", THERE)
    assert not known("mr_wu", HERE)


def test_a_new_card_opens_what_guessing_has_closed(session: Session, town: Town) -> None:
    code = throttle.pupil(
        session, Secret.CODE, school="9901010001", login="lan", device=THERE, address="a", now=NOON
    )
    now = wrong(session, lan_from(session, THERE), 9, NOON)
    now = wrong(session, code, 9, now)
    seat = next(s for s in queries.seats(session, town.elm_7a) if s.pupil_id == town.lan.id)

    (paper,) = actions.issue_cards(session, town.elm_7a, [seat], key=KEY, by=SYSTEM, now=now)

    assert wait(session, code, now) == 0, "nobody has guessed at the new code"
    assert wait(session, lan_from(session, THERE), now) > 3000, "the old secret is still guessed at"
    shown = signin.card(session, school="9901010001", token=paper.token, now=now)
    signin.use_card(session, shown, secret_hash="kept", pin_hash=None, device=THERE, now=now)
    assert wait(session, lan_from(session, THERE), now) == 0
    assert wait(session, lan_from(session, "x" * 22), now) == 0


def test_an_account_that_is_not_there_waits_like_one_that_is(session: Session) -> None:
    def nobody() -> Try:
        told = {"school": "9901010001", "login": "nobody", "device": THERE, "address": "a"}
        return throttle.pupil(session, Secret.PUPIL, **told, now=NOON)

    assert [wait(session, nobody(), NOON) for _time in range(5)] == [
        wait(session, lan_from(session, THERE), NOON) for _time in range(5)
    ]


def test_an_address_waits_after_300_failures_a_minute_and_only_strangers(
    session: Session, town: Town
) -> None:
    know(session, town, HERE)
    for _time in range(299):
        throttle.blame_address(session, "a", now=NOON)
    throttle.heed_address(session, "a", now=NOON)

    throttle.blame_address(session, "a", now=NOON + 20 * SECOND)

    at = NOON + 30 * SECOND
    assert wait(session, lan_from(session, THERE), at) == 31
    assert wait(session, lan_from(session, HERE), at) == 0
    throttle.heed_address(session, "b", now=at)
    throttle.heed_address(session, "a", now=NOON + 60 * SECOND)
    throttle.blame_address(session, "a", now=NOON + 61 * SECOND)
    throttle.heed_address(session, "a", now=NOON + 61 * SECOND)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        (None, "no address", True),
    ],
)
def test_of_an_address_a_mark_is_kept(one: str | None, other: str | None, same: bool) -> None:
    assert (throttle.place(one, KEY) == throttle.place(other, KEY)) is same
    assert str(one) not in throttle.place(one, KEY)


@pytest.fixture
def crowd(app: Flask) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(12) as pool:
        yield pool


def test_a_hundred_tries_at_the_same_moment_are_three(
    app: Flask, crowd: ThreadPoolExecutor
) -> None:
    tried = Try(Secret.PUPIL, "account", THERE, "address", is_known=False)

    def at_once(_number: int) -> int:
        with app.app_context():
            work = database.session
            work.connection(execution_options={"writes": True})
            seconds = wait(work, tried, NOON)
            work.commit()
            throttle.blame_address(work, "address", now=NOON)
            work.commit()
        return seconds

    told = list(crowd.map(at_once, range(100)))

    assert told.count(0) == 3
    with app.app_context():
        assert database.session.get_one(BackOff, "account").hour_failures == 3
        assert database.session.get_one(BackOff, "address").failures == 100
