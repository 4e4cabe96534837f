"""All ways of guessing together: fewer than ten an hour at one pupil, and the owner gets in."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.accounts import actions, knocks, pins, queries, signin, throttle, windows
from quizapp.accounts.actions import PrintedCard
from quizapp.accounts.knocks import Knock
from quizapp.accounts.models import ClassWindow, Pupil
from quizapp.accounts.throttle import Secret
from quizapp.core.errors import TooMany
from tests.settings import KEY
from tests.town import NOON, Town

SCHOOL, SECOND, MINUTE = "9901010001", timedelta(seconds=1), timedelta(minutes=1)
PHONE, DESK = "p" * 22, "k" * 22
LAB = [f"lab{number:019}" for number in range(30)]
RIGHT, WRONG = "sun cat boat", "cat sun boat"


@pytest.fixture
def lan(session: Session, town: Town) -> Pupil:
    """Lan has pictures, and has signed in at home, at a desk, and at every machine of a lab."""
    child = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    child.pin_hash = pins.sealed(RIGHT, pupil_id=child.id, key=KEY)
    for device in (PHONE, PHONE, DESK, DESK, *LAB):
        signin.begin_pupil(session, child, device=device, now=NOON - timedelta(days=2))
    session.flush()
    return child


@pytest.fixture
def card(session: Session, town: Town, lan: Pupil) -> PrintedCard:
    seats = queries.seats(session, town.elm_7a, now=NOON)
    mine = [seat for seat in seats if seat.pupil_id == lan.id]
    (paper,) = actions.issue_cards(session, town.elm_7a, mine, key=KEY, by=SYSTEM, now=NOON)
    session.flush()
    return paper


def is_heard(session: Session, what: Secret, device: str, now: datetime) -> bool:
    """Whether a wrong secret, or a wrong rest of the card's code, is looked at."""
    tried = throttle.pupil(
        session, what, school=SCHOOL, login="lan", device=device, address="a", key=KEY, now=now
    )
    try:
        throttle.reserve(session, tried, now=now)
    except TooMany:
        return False
    return True


class Guessers:
    """Classmates who try every way, with new browsers as often as they like."""

    def __init__(self, session: Session, town: Town, lan: Pupil) -> None:
        self.session, self.town, self.lan = session, town, lan
        self.browsers = 0
        self.window = self.opened(NOON)

    def opened(self, now: datetime) -> ClassWindow:
        return windows.open_for(
            self.session, self.town.elm_7a, minutes=45, key=KEY, by=SYSTEM, now=now
        )

    def pictures(self, now: datetime, pin: str = WRONG, device: str | None = None) -> Knock:
        self.browsers += 1
        return knocks.knock(
            self.session, self.window, self.lan, pin, device=device or f"{self.browsers:022}",
            key=KEY, now=now,
        )  # fmt: skip

    def round(self, now: datetime, *, own: tuple[str, ...]) -> int:
        """Try every way once; the teacher frees the name and opens the class again. How many
        were heard?"""
        devices = (*LAB, f"{self.browsers:022}", *own)
        heard = sum(is_heard(self.session, Secret.PUPIL, device, now) for device in devices)
        heard += sum(self.pictures(now) is Knock.WRONG for _time in range(3))
        knocks.free(self.session, self.town.elm_7a, by=SYSTEM, now=now)
        heard += sum(self.pictures(now, device=device) is Knock.WRONG for device in (*own, LAB[0]))
        self.window = self.opened(now)
        return heard


@pytest.mark.parametrize("first", ["secrets", "pictures"])
def test_all_ways_together_are_fewer_than_ten_in_any_hour(
    session: Session, town: Town, lan: Pupil, card: PrintedCard, first: str
) -> None:
    """Also where guessers sit at the pupil's own machines, and hold the card."""
    guessers, heard = Guessers(session, town, lan), []
    if first == "pictures":
        heard += [NOON for _n in range(9) if guessers.pictures(NOON) is Knock.WRONG]
    for step in range(30):  # Five hours.
        now = NOON + step * 10 * MINUTE
        times = guessers.round(now, own=(PHONE, DESK))
        times += is_heard(session, Secret.CODE, "x" * 22, now)
        heard += [now] * times

    for at in heard:
        assert sum(at <= other < at + timedelta(hours=1) for other in heard) <= 9
    assert len(heard) > 18, "they were heard again after an hour's rest"


def test_when_all_is_used_up_the_owner_comes_in_by_every_way_of_the_own(
    session: Session, town: Town, lan: Pupil, card: PrintedCard
) -> None:
    guessers = Guessers(session, town, lan)
    for step in range(6):
        guessers.round(NOON + step * MINUTE, own=())
    now = NOON + 6 * MINUTE
    assert not is_heard(session, Secret.PUPIL, "x" * 22, now)

    ways: dict[str, Callable[[], bool]] = {
        "secret in an own browser": lambda: is_heard(session, Secret.PUPIL, PHONE, now),
        "pictures in an own browser": lambda: guessers.pictures(now, RIGHT, DESK) is Knock.RIGHT,
        "the card's square": lambda: bool(
            signin.card(session, school=SCHOOL, token=card.token, now=now)
        ),
        "the card's code": lambda: is_heard(session, Secret.CODE, "x" * 22, now),
    }
    assert {way: goes() for way, goes in ways.items()} == dict.fromkeys(ways, True)


def test_nonsense_typed_as_a_code_uses_up_nothing_of_who_holds_the_card(
    session: Session, lan: Pupil, card: PrintedCard
) -> None:
    def names(code: str) -> bool:
        return signin.names_card(session, school=SCHOOL, login="lan", code=code, key=KEY)

    assert names(card.code)
    assert names(f"{card.code[:4]} aaaaaa")
    assert not names("AAAA" + card.code[4:])
    assert not signin.names_card(session, school=SCHOOL, login="bo", code=card.code, key=KEY)
