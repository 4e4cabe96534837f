"""What people change about their own sign-in: secret, pictures, password; what they are told."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import credentials, pins
from quizapp.accounts.models import Card, Person, Pupil, PupilSignIn
from quizapp.audit.actions import record
from quizapp.core.errors import Missing
from quizapp.core.i18n import _

TRIES = 4  # Wrong ones at the present secret, then the sign-in ends: all that are heard.


@dataclass(frozen=True)
class NewCard:
    """A card that waits to be used: if the pupil knows nothing of it, somebody else may."""

    issued_at: datetime
    by: str


def child(session: Session, actor: Actor) -> Pupil:
    """Return the pupil who asks."""
    found = session.get(Pupil, (actor.school_id, actor.id))
    if found is None:
        raise Missing(_("There is no such page for you."))
    return found


def fits(pupil: Pupil, *, secret: str, pin: str | None, key: str) -> bool:
    """Whether the pupil has shown the present secret, or the pictures where there is none."""
    if pupil.secret_hash:
        return credentials.opens(pupil.secret_hash, secret)
    if pupil.pin_hash is None or pin is None:
        return False
    return credentials.same(pupil.pin_hash, pins.sealed(pin, pupil_id=pupil.id, key=key))


def change_secret(
    session: Session, pupil: Pupil, secret_hash: str, *, by: Actor, now: datetime
) -> None:
    pupil.secret_hash = secret_hash
    record(session, "secret.changed", by=by, now=now, path=by.seat)


def change_pictures(
    session: Session, pupil: Pupil, pin_hash: str, *, by: Actor, now: datetime
) -> None:
    pupil.pin_hash = pin_hash
    record(session, "pictures.changed", by=by, now=now, path=by.seat)


def change_password(
    session: Session, person: Person, password_hash: str, *, by: Actor, now: datetime
) -> None:
    person.password_hash = password_hash
    record(session, "password.set", by=by, now=now, person=person.id)


def signed_in_before(session: Session, pupil: Pupil, *, mark: str) -> datetime | None:
    """Return when the pupil signed in before the sign-in with this mark; None: never."""
    return session.scalar(
        select(PupilSignIn.started_at)
        .where(PupilSignIn.school_id == pupil.school_id, PupilSignIn.pupil_id == pupil.id)
        .where(PupilSignIn.token_hash != mark)
        .order_by(PupilSignIn.started_at.desc())
        .limit(1)
    )


def new_card(session: Session, pupil: Pupil, *, now: datetime) -> NewCard | None:
    """Return the card that somebody has made for the pupil and that is not used yet."""
    row = session.execute(
        select(Card.issued_at, Person.name)
        .outerjoin(Person, Person.id == Card.issued_by)
        .where(Card.school_id == pupil.school_id, Card.pupil_id == pupil.id)
        .where(Card.used_at.is_(None), Card.revoked_at.is_(None), Card.expires_at > now)
    ).first()
    return NewCard(row[0], row[1] or _("Your school")) if row else None
