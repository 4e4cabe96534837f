"""Who guesses is slowed down, who owns the account is not: the rules of decision 0017."""

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from random import Random

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.accounts import actions, ceilings, queries, signin, throttle
from quizapp.accounts.models import BackOff, Person, Pupil
from quizapp.accounts.throttle import Secret, Try
from quizapp.core.db import database
from quizapp.core.errors import TooMany
from tests.settings import KEY
from tests.town import NOON, Town

HERE, THERE = "h" * 22, "t" * 22
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
PLAIN = (b"p 9901010001 lan", b"pupil 9901010001 lan", b"9901010001 lan")


def lan_from(session: Session, device: str, *, now: datetime = NOON) -> Try:
    return tried_at(session, "lan", device, now=now)


def tried_at(
    session: Session, login: str, device: str, what: Secret = Secret.PUPIL, *,
    school: str = "9901010001", now: datetime = NOON,
) -> Try:  # fmt: skip
    return throttle.pupil(
        session, what, school=school, login=login, device=device, address="a", key=KEY, now=now
    )


def at_ms_chen(session: Session, device: str) -> Try:
    return throttle.person(
        session, Secret.STAFF, login="ms_chen", device=device, address="a", key=KEY, now=NOON
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
    tried, now, pauses = at_ms_chen(session, THERE), NOON, []

    for _time in range(7):
        pauses.append(wait(session, tried, now))
        now += pauses[-1] * SECOND
        if pauses[-1]:
            assert wait(session, tried, now) == 0

    # Told is a second more than it takes, so that nobody comes a moment too early.
    assert pauses == [0, 0, 0, 2, 3, 5, 9]


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
            assert sum(at <= other < at + HOUR for other in heard) <= throttle.ANYBODY
        assert len(heard) >= throttle.ANYBODY


def test_one_who_gets_in_wrong_tries_before_still_count(session: Session) -> None:
    tried = lan_from(session, THERE)
    now = wrong(session, tried, 3, NOON)
    while seconds := wait(session, tried, now):
        now += seconds * SECOND
    throttle.forgive(session, tried.account)

    assert wait(session, tried, now + SECOND) == 0, "no pause any more"
    assert wait(session, tried, now + 2 * SECOND) > 3000, "the fourth wrong one in the hour"
    assert wait(session, tried, now + SECOND + HOUR) == 0


def test_who_is_always_right_never_waits(session: Session) -> None:
    tried = lan_from(session, THERE)

    for number in range(40):
        assert wait(session, tried, NOON + number * SECOND) == 0
        throttle.forgive(session, tried.account)

    assert session.scalar(select(func.count()).select_from(BackOff)) == 0


def test_a_classmate_elsewhere_cannot_lock_the_owner_out(session: Session, town: Town) -> None:
    know(session, town, HERE)
    now = wrong(session, lan_from(session, THERE), 4, NOON)

    assert wait(session, lan_from(session, THERE), now + SECOND) > 3000
    assert wait(session, lan_from(session, "x" * 22), now + SECOND) > 3000, "nor from elsewhere"
    assert wait(session, lan_from(session, HERE), now + SECOND) == 0


def test_in_an_own_browser_one_more_is_heard_and_no_third_browser_is_an_own(
    session: Session, town: Town
) -> None:
    """Whoever has sat at thirty machines of a lab does not hand thirty counters to guessers."""
    phone, desk, lab = "p" * 22, "k" * 22, [f"{number:022}" for number in range(30)]
    for device in (phone, phone, desk, desk, *lab):
        know(session, town, device)
    now = wrong(session, lan_from(session, THERE), 4, NOON) + SECOND

    assert [wait(session, lan_from(session, device), now) for device in lab] == [3600] * 30
    assert [wait(session, lan_from(session, device), now) for device in (phone, desk)] == [0, 0]
    assert wait(session, lan_from(session, phone), now + SECOND) > 3000, "its one is spent"


def test_a_device_is_known_for_half_a_year_and_to_its_account_only(
    session: Session, town: Town
) -> None:
    know(session, town, HERE, at=NOON - timedelta(days=181))
    assert not lan_from(session, HERE).is_known
    know(session, town, HERE, at=NOON - timedelta(days=179))

    assert lan_from(session, HERE).is_known
    for school, login in (("9901010001", "bo"), ("9901020001", "lan")):
        assert not tried_at(session, login, HERE, school=school).is_known


def test_staff_know_their_devices_too(session: Session, town: Town) -> None:
    person = session.get_one(Person, town.ms_chen.id)
    signin.begin_person(session, person, device=HERE, now=NOON)
    session.flush()

    def known(login: str, device: str) -> bool:
        tried = throttle.person(
            session, Secret.STAFF, login=login, device=device, address="a", key=KEY, now=NOON
        )
        return tried.is_known

    assert known("ms_chen", HERE)
    assert not known("ms_chen", THERE)
    assert not known("mr_wu", HERE)


def test_a_new_card_opens_what_guessing_has_closed(session: Session, town: Town) -> None:
    code = tried_at(session, "lan", THERE, Secret.CODE)
    now = wrong(session, lan_from(session, THERE), 4, NOON)
    now = wrong(session, code, 1, now)
    assert wait(session, code, now + SECOND) > 3000
    seat = next(
        s for s in queries.seats(session, town.elm_7a, now=NOON) if s.pupil_id == town.lan.id
    )

    (paper,) = actions.issue_cards(session, town.elm_7a, [seat], key=KEY, by=SYSTEM, now=now)

    assert wait(session, code, now) == 0, "nobody has guessed at the new code"
    assert wait(session, lan_from(session, THERE), now) > 3000, "the old secret is still guessed at"
    shown = signin.card(session, school="9901010001", token=paper.token, now=now)
    signin.use_card(
        session, shown, secret_hash="kept", pin_hash=None, device=THERE, key=KEY, now=now
    )
    assert wait(session, lan_from(session, THERE), now) == 0
    assert wait(session, lan_from(session, "x" * 22), now) == 0


def test_an_account_that_is_not_there_waits_like_one_that_is(session: Session) -> None:
    nobody = tried_at(session, "nobody", THERE)

    assert [wait(session, nobody, NOON) for _time in range(5)] == [
        wait(session, lan_from(session, THERE), NOON) for _time in range(5)
    ]


def test_an_address_waits_after_300_failures_a_minute_and_only_strangers(
    session: Session, town: Town
) -> None:
    know(session, town, HERE)
    for _time in range(299):
        ceilings.blame_address(session, "a", now=NOON)
    ceilings.heed_address(session, "a", now=NOON)

    ceilings.blame_address(session, "a", now=NOON + 20 * SECOND)

    at = NOON + 30 * SECOND
    assert wait(session, lan_from(session, THERE), at) == 31
    assert wait(session, lan_from(session, HERE), at) == 0
    ceilings.heed_address(session, "b", now=at)
    ceilings.heed_address(session, "a", now=NOON + 60 * SECOND)
    ceilings.blame_address(session, "a", now=NOON + 61 * SECOND)
    ceilings.heed_address(session, "a", now=NOON + 61 * SECOND)


def test_a_browser_waits_after_nine_wrong_an_hour_at_whatever_accounts(
    session: Session, town: Town
) -> None:
    know(session, town, HERE)
    for number in range(9):
        strange = tried_at(session, f"nobody{number}", HERE)
        assert wait(session, strange, NOON) == 0
        throttle.blame(session, strange, now=NOON)

    at = NOON + 30 * SECOND
    assert wait(session, tried_at(session, "bo", HERE), at) == 3571
    assert wait(session, tried_at(session, "bo", THERE), at) == 0, "only this browser"
    assert wait(session, lan_from(session, HERE), at) == 0, "and not for whom it knows"
    assert wait(session, tried_at(session, "hua", HERE), NOON + HOUR) == 0


def test_what_is_kept_of_an_account_cannot_be_guessed_without_the_key(session: Session) -> None:
    marks = [
        throttle.account_of_pupil("9901010001", login, key)
        for login, key in (("lan", KEY), ("lan", "x" * 40), ("bo", KEY))
    ]

    assert len(set(marks)) == 3
    assert not {hashlib.sha256(told).hexdigest() for told in PLAIN} & set(marks)


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
    assert (ceilings.place(one, KEY) == ceilings.place(other, KEY)) is same
    assert str(one) not in ceilings.place(one, KEY)


@pytest.fixture
def crowd(app: Flask) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(12) as pool:
        yield pool


def test_a_hundred_tries_at_the_same_moment_are_three(
    app: Flask, crowd: ThreadPoolExecutor
) -> None:
    tried = Try(Secret.PUPIL, "account", "address", "browser", is_known=False)

    def at_once(_number: int) -> int:
        with app.app_context():
            work = database.session
            work.connection(execution_options={"writes": True})
            seconds = wait(work, tried, NOON)
            work.commit()
            ceilings.blame_address(work, "address", now=NOON)
            work.commit()
        return seconds

    told = list(crowd.map(at_once, range(100)))

    assert told.count(0) == 3
    with app.app_context():
        assert database.session.get_one(BackOff, "account").hour_failures == 3
        assert database.session.get_one(BackOff, "address").failures == 100
