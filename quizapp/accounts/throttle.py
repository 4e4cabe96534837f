"""How often a secret may be tried at an account: by anybody, and with what only the owner has.

The rules, and the sum of them, are written down in docs/decisions/0017. Every counter is a row, and
every try is one statement, so that a hundred tries at the same moment are not a hundred tries.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, delete, func, literal, or_, select, true, update
from sqlalchemy.orm import Session

from quizapp.accounts import ceilings, credentials
from quizapp.accounts.models import BackOff, Person, Pupil, PupilSignIn, StaffSignIn
from quizapp.core.db import changed, insert
from quizapp.core.errors import TooMany
from quizapp.core.i18n import _
from quizapp.orgs.models import Unit

HOUR = timedelta(hours=1)
KNOWN_FOR = timedelta(days=180)
# Wrong ones without an hour's rest. All that can be spent on one pupil is nine, fewer than ten:
# 4 by anybody, 1 in each of 2 own browsers, 1 with the card, 1 in a window, 1 in an opened name.
ANYBODY = 4  # At a pupil's account: secret, card and pictures together.
ANYBODY_STAFF = 7  # At a person's, where there are only the own browsers besides.
RESERVE = 1
OWN_BROWSERS = 2


class Secret(StrEnum):
    """What is tried."""

    PUPIL = "p"  # The pupil's own secret.
    CODE = "c"  # The typed code of a card, by somebody who knows its number.
    STAFF = "s"  # A password.
    FACTOR = "2"  # The code of a second factor, or a recovery code.
    TRANSFER = "t"  # The code with which another school lets a child go.


@dataclass(frozen=True)
class Try:
    """One try at a secret, also of an account that is not there."""

    what: Secret
    account: str  # The counter that all share.
    address: str
    browser: str
    is_known: bool  # Whether the owner has signed in with this browser lately.
    own: str | None = None  # The counter of what only the owner has: a browser, a card.

    @property
    def most(self) -> int:
        """Return how many wrong ones the shared counter hears."""
        return ANYBODY if self.what in (Secret.PUPIL, Secret.CODE) else ANYBODY_STAFF


def pupil(
    session: Session, what: Secret, *, school: str, login: str, device: str, address: str,
    key: str, now: datetime,
) -> Try:  # fmt: skip
    """Return the try at a secret of the pupil whose school and number were typed."""
    account, devices = account_of_pupil(school, login, key), _devices(session, school, login, now)
    own = _own(account, device, devices)
    if what is Secret.CODE:
        own = card_of(account)
    return Try(
        what, account, address, ceilings.browser(device, key), device in devices, own
    )  # fmt: skip


def person(
    session: Session, what: Secret, *, login: str, device: str, address: str, key: str,
    now: datetime,
) -> Try:  # fmt: skip
    """Return the try at a secret of the person whose sign-in name was typed."""
    account = credentials.marked(f"{what} {login}", key)
    devices = session.scalars(
        select(StaffSignIn.device_id)
        .join(Person, Person.id == StaffSignIn.person_id)
        .where(Person.login == login, StaffSignIn.started_at > now - KNOWN_FOR)
        .group_by(StaffSignIn.device_id)
        .order_by(func.count().desc(), func.max(StaffSignIn.started_at).desc())
    ).all()
    own = _own(account, device, devices)
    return Try(what, account, address, ceilings.browser(device, key), device in devices, own)


def by_person(what: Secret, person_id: UUID, *, device: str, address: str, key: str) -> Try:
    """Return the try of a person who is signed in, at a secret that others gave."""
    by = credentials.marked(f"{what} {person_id}", key)
    return Try(what, by, address, ceilings.browser(device, key), is_known=True)


def account_of_pupil(school: str, login: str, key: str) -> str:
    """Return under which key wrong ones at a pupil's account are counted, whatever was tried."""
    return credentials.marked(f"pupil {school} {login}", key)


def card_of(account: str) -> str:
    """Return the counter of who knows the number of the account's card."""
    return _part(account, "card")


def window_of(account: str) -> str:
    """Return the counter of browsers in a window in which nothing was wrong before."""
    return _part(account, "window")


def opened_of(account: str) -> str:
    """Return the counter of a name that the teacher has opened again."""
    return _part(account, "opened")


def own_browser(
    session: Session, account: str, *, school: str, login: str, device: str, now: datetime
) -> str | None:
    """Return the counter of the browser, if it is one of the two that are the pupil's own."""
    return _own(account, device, _devices(session, school, login, now))


def reserve(session: Session, tried: Try, *, now: datetime) -> str:
    """Count a try before its secret is looked at; TooMany while it has to wait.

    Return the counter, for `forgive`.
    """
    heed(session, tried, now=now)
    if hears(session, tried.account, tried.most, now=now):
        return tried.account
    if tried.own and hears(session, tried.own, RESERVE, now=now):
        return tried.own
    raise _refused(session, tried, now=now)


def heed(session: Session, tried: Try, *, now: datetime) -> None:
    """TooMany while address or browser have to wait, for accounts that do not know the browser."""
    if not tried.is_known:
        ceilings.heed_address(session, tried.address, now=now)
        ceilings.heed_browser(session, tried.browser, now=now)


def blame(session: Session, tried: Try, *, now: datetime) -> None:
    """Count a wrong try from its address, and in its browser where the account does not know it."""
    ceilings.blame_address(session, tried.address, now=now)
    if not tried.is_known:
        ceilings.blame_browser(session, tried.browser, now=now)


def hears(
    session: Session, counter: str, most: int, *, now: datetime, is_paced: bool = True
) -> bool:
    """Count a try, unless so many were wrong without an hour's rest, or the pause is not over."""
    fresh = BackOff.last_at <= now - HOUR
    rested = BackOff.hour_began <= now - HOUR
    has_waited = _has_waited(now) if is_paced else true()
    counted = insert(session, BackOff).values(
        account=counter, failures=1, last_at=now, hour_failures=1, hour_began=now
    )
    counted = counted.on_conflict_do_update(
        index_elements=["account"],
        set_={
            "failures": case((fresh, 1), else_=BackOff.failures + 1),
            "last_at": now,
            "hour_failures": case((rested, 1), else_=BackOff.hour_failures + 1),
            "hour_began": now,
        },
        where=and_(or_(BackOff.hour_failures < most, rested), has_waited),
    )
    return session.scalar(counted.returning(BackOff.account)) is not None


def first_that_hears(session: Session, reserves: Iterable[str], *, now: datetime) -> str | None:
    """Count a try with the first of these reserves that hears it."""
    return next((one for one in reserves if hears(session, one, RESERVE, now=now)), None)


def forgive(session: Session, counter: str) -> None:
    """Take the try back, for it was right; wrong ones before it still count for their hour."""
    mine = BackOff.account == counter
    if not changed(session, delete(BackOff).where(mine, BackOff.hour_failures <= 1)):
        less = {"failures": 0, "hour_failures": BackOff.hour_failures - 1}
        changed(session, update(BackOff).where(mine).values(less))


def forget(session: Session, *counters: str) -> None:
    """Begin anew with these counters: what they count tries at is new."""
    session.execute(delete(BackOff).where(BackOff.account.in_(counters)))


def forget_pupil(session: Session, account: str, *, device: str) -> None:
    """Begin anew with the account of a pupil: secret and pictures are new."""
    parts = (card_of(account), window_of(account), opened_of(account), _part(account, device))
    forget(session, account, *parts)


def strike(session: Session, account: str, *, now: datetime) -> int:
    """Count a try that is one of few, and return how many there were; `forget` begins anew."""
    counted = insert(session, BackOff).values(account=account, failures=1, last_at=now)
    counted = counted.on_conflict_do_update(
        index_elements=["account"], set_={"failures": BackOff.failures + 1, "last_at": now}
    )
    tries: int = session.scalars(counted.returning(BackOff.failures)).one()
    return tries


def account_of_sign_in(mark: str) -> str:
    """Return under which key tries at the present secret are counted, of who is signed in."""
    return _part(mark, "present")


def _devices(session: Session, school: str, login: str, now: datetime) -> Sequence[str]:
    """Return the browsers in which the pupil has signed in, the most used first."""
    return session.scalars(
        select(PupilSignIn.device_id)
        .join(
            Pupil,
            (Pupil.school_id == PupilSignIn.school_id) & (Pupil.id == PupilSignIn.pupil_id),
        )
        .join(Unit, Unit.id == Pupil.school_id)
        .where(Unit.code == school, Pupil.login == login)
        .where(PupilSignIn.started_at > now - KNOWN_FOR)
        .group_by(PupilSignIn.device_id)
        .order_by(func.count().desc(), func.max(PupilSignIn.started_at).desc())
    ).all()


def _own(account: str, device: str, devices: Sequence[str]) -> str | None:
    """Return the counter of an own browser: one of the two most used, so that there are few."""
    return _part(account, device) if device in devices[:OWN_BROWSERS] else None


def _has_waited(now: datetime) -> ColumnElement[bool]:
    """Whether the pause after so many wrong ones is over, for any of them."""
    longest = next(n for n in range(99) if credentials.wait_after(n) == credentials.LONGEST_WAIT)
    heard = {n: now - timedelta(seconds=credentials.wait_after(n)) for n in range(longest + 1)}
    instant = BackOff.last_at.type
    before = case(
        {n: literal(at, instant) for n, at in heard.items()},
        value=BackOff.failures,
        else_=literal(heard[longest], instant),
    )
    return BackOff.last_at <= before


def _refused(session: Session, tried: Try, *, now: datetime) -> TooMany:
    """Return the sentence with which a try is turned away, and for how long."""
    waits = [_wait(session, tried.account, tried.most, now=now)]
    if tried.own:
        waits.append(_wait(session, tried.own, RESERVE, now=now))
    seconds, is_closed = min(waits)
    if is_closed:
        return TooMany(_closed(tried.what, -(-seconds // 60)), retry_after=seconds)
    says = _("Too many wrong tries. Wait %(seconds)s seconds, then try again.", seconds=seconds)
    return TooMany(says, retry_after=seconds)


def _wait(session: Session, counter: str, most: int, *, now: datetime) -> tuple[int, bool]:
    """Return for how many seconds a counter hears nothing, and whether for its hour."""
    row = session.get_one(BackOff, counter, populate_existing=True)
    rests_until = (row.hour_began or now) + HOUR
    if row.hour_failures >= most and rests_until > now:
        return _seconds(rests_until - now), True
    pause = timedelta(seconds=credentials.wait_after(row.failures))
    return _seconds(row.last_at + pause - now), False


def _closed(what: Secret, minutes: int) -> str:
    if what in (Secret.FACTOR, Secret.TRANSFER):
        return _("Too many wrong codes. Try again in %(minutes)s minutes.", minutes=minutes)
    if what is Secret.STAFF:
        return _(
            "Too many wrong tries. For %(minutes)s minutes this account opens only on a device on "
            "which you often sign in, or with a new link from whoever looks after your accounts.",
            minutes=minutes,
        )
    return _(
        "Too many wrong tries. For %(minutes)s minutes this number opens only on a device on which "
        "you often sign in, in a class that your teacher has opened, or with a new card. Ask your "
        "teacher.",
        minutes=minutes,
    )


def _seconds(left: timedelta) -> int:
    return max(1, int(left.total_seconds()) + 1)


def _part(mark: str, part: str) -> str:
    """Return a counter beside the one of an account, whose mark is sealed already."""
    return credentials.digest(f"{mark} {part}")
