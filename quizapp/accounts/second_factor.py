"""The second factor of staff: six digits of an app (TOTP, RFC 6238), or a recovery code.

The secret is kept encrypted under a key made from that of the site, recovery codes as HMAC. A time
step and a recovery code open once each.
"""

import base64
import hmac
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import SECOND_FACTOR, Actor, Role
from quizapp.accounts import credentials
from quizapp.accounts.models import Person, RecoveryCode
from quizapp.audit.actions import record
from quizapp.core.db import changed

STEP: Final = 30  # Seconds.
DRIFT: Final = 1  # Steps by which a telephone may be early or late.
CODES: Final = 10
SET_UP_WITHIN: Final = timedelta(minutes=30)


@dataclass(frozen=True)
class Proof:
    """What a code opened with: a time step, or a recovery code."""

    step: int | None = None
    recovery_id: UUID | None = None


def is_needed(roles: Iterable[Role], *, is_public: bool) -> bool:
    """Whether somebody with these roles enters a public site with a second factor only."""
    return is_public and any(role in SECOND_FACTOR for role in roles)


def new_secret() -> str:
    return pyotp.random_base32()


def address(secret: str, *, login: str, site: str) -> str:
    """Return the otpauth:// address that an app reads from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=site)


def packed(secret: str, person_id: UUID, *, key: str) -> str:
    """Return the secret for the page on which it is set up: the site keeps nothing until then."""
    return _fernet(key).encrypt(f"{person_id}.{secret}".encode()).decode()


def unpacked(text: str, person_id: UUID, *, key: str) -> str | None:
    """Return the secret; None if it is too old, another's, or not from here."""
    try:
        told = _fernet(key).decrypt(text.encode(), ttl=int(SET_UP_WITHIN.total_seconds()))
    except InvalidToken:
        return None
    owner, _dot, secret = told.decode().partition(".")
    return secret if owner == str(person_id) else None


def step_of(secret: str, code: str, *, now: datetime) -> int | None:
    """Return the time step whose code it is, a step early and late included; None: of none."""
    app, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP
    plain = "".join(unicodedata.normalize("NFKC", code).split())  # １ is typed for 1.
    for step in range(current - DRIFT, current + DRIFT + 1):
        if hmac.compare_digest(app.generate_otp(step).encode(), plain.encode()):
            return step
    return None


def set_up(
    session: Session, person: Person, secret: str, *, step: int, key: str, by: Actor, now: datetime
) -> list[str]:
    """Keep the secret, whose code of that step was shown, and return ten recovery codes."""
    person.totp_secret = _fernet(key).encrypt(secret.encode()).decode()
    person.totp_step = step
    record(session, "second-factor.set", by=by, now=now, path=_path(by), person=person.id)
    return _new_codes(session, person, key=key)


def renew(session: Session, person: Person, *, key: str, by: Actor, now: datetime) -> list[str]:
    """Return ten new recovery codes; the old ones are dead."""
    record(session, "recovery-codes.renewed", by=by, now=now, path=_path(by), person=person.id)
    return _new_codes(session, person, key=key)


def turn_off(session: Session, person: Person, *, by: Actor, now: datetime, path: str) -> None:
    person.totp_secret = person.totp_step = None
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    record(session, "second-factor.ended", by=by, now=now, path=path, person=person.id)


def prove(session: Session, person: Person, code: str, *, key: str, now: datetime) -> Proof | None:
    """Return what the code opens with; None if it is wrong. Only reads: `spend` follows."""
    step = step_of(_secret(person, key) or new_secret(), code, now=now)
    if person.totp_secret and step and step > (person.totp_step or 0):
        return Proof(step=step)
    kept = credentials.sealed(code, key)
    found = session.scalar(
        select(RecoveryCode.id)
        .where(RecoveryCode.person_id == person.id, RecoveryCode.code_hash == kept)
        .where(RecoveryCode.used_at.is_(None))
    )
    return Proof(recovery_id=found) if found else None


def spend(session: Session, person: Person, proof: Proof, *, by: Actor, now: datetime) -> bool:
    """Let the code open no more; False if it has opened meanwhile."""
    if proof.recovery_id:
        used = update(RecoveryCode).values(used_at=now)
        used = used.where(RecoveryCode.id == proof.recovery_id, RecoveryCode.used_at.is_(None))
        record(session, "recovery-code.used", by=by, now=now, person=person.id)
    else:
        used = update(Person).values(totp_step=proof.step).where(Person.id == person.id)
        used = used.where(or_(Person.totp_step.is_(None), Person.totp_step < proof.step))
    return changed(session, used) == 1


def codes_left(session: Session, person: Person) -> int:
    left = select(func.count()).select_from(RecoveryCode)
    left = left.where(RecoveryCode.person_id == person.id, RecoveryCode.used_at.is_(None))
    return session.scalar(left) or 0


def _new_codes(session: Session, person: Person, *, key: str) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    codes = [credentials.new_code() for _number in range(CODES)]
    session.add_all(
        RecoveryCode(person_id=person.id, code_hash=credentials.sealed(code, key)) for code in codes
    )
    return codes


def _secret(person: Person, key: str) -> str | None:
    """Return the secret; None without one, and under a key with which it was not kept."""
    try:
        return _fernet(key).decrypt((person.totp_secret or "").encode()).decode()
    except InvalidToken:
        return None


def _fernet(key: str) -> Fernet:
    made = HKDF(SHA256(), length=32, salt=None, info=b"second factor").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(made))


def _path(by: Actor) -> str:
    return min(by.paths, key=len, default="/")
