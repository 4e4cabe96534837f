"""How often a secret may be tried: for an account, on a known device, from an address.

The rules are written down in docs/decisions/0017. Every counter is a row, and every try is one
statement, so that a hundred tries at the same moment are not a hundred tries.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, delete, literal, or_, select, update
from sqlalchemy.orm import Session

from quizapp.accounts import credentials
from quizapp.accounts.models import BackOff, Person, Pupil, PupilSignIn, StaffSignIn
from quizapp.core.db import insert
from quizapp.core.errors import TooMany
from quizapp.core.i18n import _
from quizapp.orgs.models import Unit

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
GUESSES = 9  # Wrong ones without an hour's rest: fewer than ten an hour.
FAILURES_OF_ADDRESS = 300  # In a minute: a school shares one address.
KNOWN_FOR = timedelta(days=180)


class Secret(StrEnum):
    """What is tried. Each has counters of its own."""

    PUPIL = "p"  # The pupil's own secret.
    CODE = "c"  # The typed code of a card.
    STAFF = "s"  # A password.
    FACTOR = "2"  # The code of a second factor, or a recovery code.
    OWN = "o"  # The present secret, asked again of who is signed in.


@dataclass(frozen=True)
class Try:
    """One try at a secret, also of an account that is not there."""

    what: Secret
    account: str
    device: str
    address: str
    is_known: bool  # Whether the owner has signed in on this device lately.

    @property
    def counter(self) -> str:
        """Return under which key wrong ones are counted: a known device has its own."""
        return _key(self.account, self.device) if self.is_known else self.account


def pupil(
    session: Session, what: Secret, *, school: str, login: str, device: str, address: str,
    now: datetime,
) -> Try:  # fmt: skip
    """Return the try at a secret of the pupil whose school and number were typed."""
    known = session.scalar(
        select(PupilSignIn.id)
        .join(
            Pupil,
            (Pupil.school_id == PupilSignIn.school_id) & (Pupil.id == PupilSignIn.pupil_id),
        )
        .join(Unit, Unit.id == Pupil.school_id)
        .where(Unit.code == school, Pupil.login == login)
        .where(PupilSignIn.device_id == device, PupilSignIn.started_at > now - KNOWN_FOR)
        .limit(1)
    )
    return Try(what, account_of_pupil(what, school, login), device, address, known is not None)


def person(
    session: Session, what: Secret, *, login: str, device: str, address: str, now: datetime
) -> Try:
    """Return the try at a secret of the person whose sign-in name was typed."""
    known = session.scalar(
        select(StaffSignIn.id)
        .join(Person, Person.id == StaffSignIn.person_id)
        .where(Person.login == login)
        .where(StaffSignIn.device_id == device, StaffSignIn.started_at > now - KNOWN_FOR)
        .limit(1)
    )
    return Try(what, _key(what, login), device, address, known is not None)


def account_of_pupil(what: Secret, school: str, login: str) -> str:
    """Return under which key tries on unknown devices are counted."""
    return _key(what, school, login)


def place(address: str | None, key: str) -> str:
    """Return what is kept of an address: an HMAC, of IPv6 of the network that one line is given."""
    try:
        given = ipaddress.ip_address(address or "")
    except ValueError:
        return credentials.sealed("address", key)
    if given.version == 6:
        return credentials.sealed(f"address {int(given) >> 64}", key)
    return credentials.sealed(f"address {given}", key)


def reserve(session: Session, tried: Try, *, now: datetime) -> None:
    """Count a try before its secret is looked at; TooMany while it has to wait."""
    if not tried.is_known:
        heed_address(session, tried.address, now=now)
    fresh = BackOff.last_at <= now - HOUR
    rested = BackOff.hour_began <= now - HOUR
    counted = insert(session, BackOff).values(
        account=tried.counter, failures=1, last_at=now, hour_failures=1, hour_began=now
    )
    counted = counted.on_conflict_do_update(
        index_elements=["account"],
        set_={
            "failures": case((fresh, 1), else_=BackOff.failures + 1),
            "last_at": now,
            "hour_failures": case((rested, 1), else_=BackOff.hour_failures + 1),
            "hour_began": now,
        },
        where=and_(or_(BackOff.hour_failures < GUESSES, rested), _has_waited(now)),
    )
    if session.scalar(counted.returning(BackOff.account)) is None:
        raise _refused(session, tried, now=now)


def forgive(session: Session, tried: Try) -> None:
    """Take the try back, for it was right; wrong ones before it still count for their hour."""
    mine = BackOff.account == tried.counter
    session.execute(
        update(BackOff)
        .where(mine)
        .values(failures=0, hour_failures=BackOff.hour_failures - 1)
        .execution_options(synchronize_session=False)
    )
    session.execute(delete(BackOff).where(mine, BackOff.hour_failures <= 0))


def forget(session: Session, *accounts: str, device: str | None = None) -> None:
    """Begin anew with these accounts, on unknown devices and on this one: the secret is new."""
    kept = [*accounts, *(_key(account, device) for account in accounts if device)]
    session.execute(delete(BackOff).where(BackOff.account.in_(kept)))


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
    return _key(Secret.OWN, mark)


def heed_address(session: Session, address: str, *, now: datetime) -> None:
    """TooMany while too many tries from the address were wrong in this minute."""
    began = session.scalar(
        select(BackOff.last_at)
        .where(BackOff.account == address, BackOff.last_at > now - MINUTE)
        .where(BackOff.failures >= FAILURES_OF_ADDRESS)
    )
    if began:
        seconds = _seconds(began + MINUTE - now)
        says = _(
            "Too many wrong tries from your school or network. Wait %(seconds)s seconds, then try "
            "again. The square on a card opens at once.",
            seconds=seconds,
        )
        raise TooMany(says, retry_after=seconds)


def blame_address(session: Session, address: str, *, now: datetime) -> None:
    """Count a wrong try from the address; its row holds when the minute began."""
    over = BackOff.last_at <= now - MINUTE
    counted = insert(session, BackOff).values(account=address, failures=1, last_at=now)
    session.execute(
        counted.on_conflict_do_update(
            index_elements=["account"],
            set_={
                "failures": case((over, 1), else_=BackOff.failures + 1),
                "last_at": case((over, literal(now, BackOff.last_at.type)), else_=BackOff.last_at),
            },
        )
    )


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
    row = session.get_one(BackOff, tried.counter, populate_existing=True)
    rests_until = (row.hour_began or now) + HOUR
    if row.hour_failures >= GUESSES and rests_until > now:
        seconds = _seconds(rests_until - now)
        return TooMany(_closed(tried.what, -(-seconds // 60)), retry_after=seconds)
    pause = timedelta(seconds=credentials.wait_after(row.failures))
    seconds = _seconds(row.last_at + pause - now)
    says = _("Too many wrong tries. Wait %(seconds)s seconds, then try again.", seconds=seconds)
    return TooMany(says, retry_after=seconds)


def _closed(what: Secret, minutes: int) -> str:
    if what is Secret.FACTOR:
        return _("Too many wrong codes. Try again in %(minutes)s minutes.", minutes=minutes)
    if what is Secret.STAFF:
        return _(
            "Too many wrong tries. For %(minutes)s minutes this account opens only on a device on "
            "which you have signed in before, or with a new link from whoever looks after your "
            "accounts.",
            minutes=minutes,
        )
    return _(
        "Too many wrong tries. For %(minutes)s minutes this number opens only on a device on which "
        "you have signed in before, or with a new card. Ask your teacher for one.",
        minutes=minutes,
    )


def _seconds(left: timedelta) -> int:
    return max(1, int(left.total_seconds()) + 1)


def _key(*told: str) -> str:
    return credentials.digest(" ".join(told))
