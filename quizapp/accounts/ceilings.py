"""How much an address, or a browser, may try wrong whatever the account: far above honest use.

An address is shared by a school, a browser by a few pupils. The rules are in docs/decisions/0017.
"""

import ipaddress
from datetime import datetime, timedelta

from sqlalchemy import case, delete, literal, select
from sqlalchemy.orm import Session

from quizapp.accounts import credentials
from quizapp.accounts.models import BackOff
from quizapp.core.db import insert
from quizapp.core.errors import TooMany
from quizapp.core.i18n import _

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
OF_ADDRESS = 300  # Wrong ones in a minute.
OF_BROWSER = 9  # Wrong ones in an hour, at accounts that have never signed in there.


def place(address: str | None, key: str) -> str:
    """Return what is kept of an address: an HMAC, of IPv6 of the network that one line is given."""
    try:
        given = ipaddress.ip_address(address or "")
    except ValueError:
        return credentials.marked("address", key)
    if given.version == 6:
        return credentials.marked(f"address {int(given) >> 64}", key)
    return credentials.marked(f"address {given}", key)


def browser(device: str, key: str) -> str:
    """Return what is kept of a browser, by the mark in its cookie: an HMAC."""
    return credentials.marked(f"browser {device}", key)


def heed_address(session: Session, address: str, *, now: datetime) -> None:
    """TooMany while too many tries from the address were wrong in this minute."""
    if seconds := _rests(session, address, OF_ADDRESS, MINUTE, now=now):
        says = _(
            "Too many wrong tries from your school or network. Wait %(seconds)s seconds, then try "
            "again. The square on a card opens at once.",
            seconds=seconds,
        )
        raise TooMany(says, retry_after=seconds)


def heed_browser(session: Session, browser: str, *, now: datetime) -> None:
    """TooMany while too many tries in the browser were wrong in this hour."""
    if seconds := _rests(session, browser, OF_BROWSER, HOUR, now=now):
        says = _(
            "Too many wrong tries in this browser. For %(minutes)s minutes it opens only for those "
            "who have signed in here before, with the square on a card, or in a class that a "
            "teacher has opened.",
            minutes=-(-seconds // 60),
        )
        raise TooMany(says, retry_after=seconds)


def blame_address(session: Session, address: str, *, now: datetime) -> None:
    """Count a wrong try from the address; its row holds when the minute began."""
    _count(session, address, MINUTE, now=now)


def blame_browser(session: Session, browser: str, *, now: datetime) -> None:
    """Count a wrong try in the browser; its row holds when the hour began."""
    _count(session, browser, HOUR, now=now)


def has_erred(session: Session, browser: str, *, now: datetime) -> bool:
    """Whether any try in the browser was wrong within the hour."""
    return bool(_rests(session, browser, 1, HOUR, now=now))


def pardon(session: Session, browser: str) -> None:
    """Forget what was wrong in the browser."""
    session.execute(delete(BackOff).where(BackOff.account == browser))


def _rests(session: Session, whose: str, most: int, span: timedelta, *, now: datetime) -> int:
    """Return for how many seconds so many wrong ones keep others waiting; 0: not at all."""
    began = session.scalar(
        select(BackOff.last_at)
        .where(BackOff.account == whose, BackOff.last_at > now - span)
        .where(BackOff.failures >= most)
    )
    return max(1, int((began + span - now).total_seconds()) + 1) if began else 0


def _count(session: Session, whose: str, span: timedelta, *, now: datetime) -> None:
    over = BackOff.last_at <= now - span
    counted = insert(session, BackOff).values(account=whose, failures=1, last_at=now)
    session.execute(
        counted.on_conflict_do_update(
            index_elements=["account"],
            set_={
                "failures": case((over, 1), else_=BackOff.failures + 1),
                "last_at": case((over, literal(now, BackOff.last_at.type)), else_=BackOff.last_at),
            },
        )
    )
