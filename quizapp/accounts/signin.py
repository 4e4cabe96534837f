"""Signing in and out, and finding out again who a cookie belongs to.

The cookie carries one string, `p.<school id>.<token>` or `s.<token>`; the row behind it says
whether it still holds. How long it may lie idle is in the signed date of the cookie itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask_login import UserMixin
from sqlalchemy import ColumnElement, Row, Select, bindparam, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor, ActorKind, Role
from quizapp.accounts import actions, credentials, pins, queries, support, throttle
from quizapp.accounts.models import (
    Card,
    Enrolment,
    Invitation,
    Person,
    Pupil,
    PupilSignIn,
    StaffSignIn,
)
from quizapp.audit.actions import record
from quizapp.core.clock import local_day
from quizapp.core.db import changed
from quizapp.core.errors import Invalid, SignedOut
from quizapp.core.i18n import _
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import UnitKind

PUPIL_LIFE = timedelta(hours=12)
STAFF_LIFE = timedelta(hours=12)
# Asked for every page: columns and not rows, and put together once.
PUPIL_BEHIND = (
    select(Pupil.id, Pupil.name, Unit.path, SchoolClass.grade)
    .join(
        PupilSignIn,
        (PupilSignIn.school_id == Pupil.school_id) & (PupilSignIn.pupil_id == Pupil.id),
    )
    .join(
        Enrolment,
        (Enrolment.school_id == Pupil.school_id) & (Enrolment.pupil_id == Pupil.id),
    )
    .join(Unit, Unit.id == Enrolment.class_id)
    .join(SchoolClass, SchoolClass.unit_id == Enrolment.class_id)
    .where(
        PupilSignIn.school_id == bindparam("school_id"),
        PupilSignIn.token_hash == bindparam("token_hash"),
        PupilSignIn.ended_at.is_(None),
        PupilSignIn.expires_at > bindparam("now"),
        Enrolment.until_on.is_(None),
    )
)


class Signed(UserMixin):
    """What Flask-Login keeps for a request: the string of the cookie, and who that is."""

    def __init__(self, name: str, actor: Actor) -> None:
        self.id = name
        self.actor = actor


@dataclass(frozen=True)
class Bearer:
    """Whose a card is, told before it is used."""

    card: Card
    pupil: Pupil
    enrolment: Enrolment


class Spent(SignedOut):
    """A card or a link that opens nothing any more."""


class Wrong(SignedOut):
    """A wrong sign-in: the same sentence for an unknown account and a wrong secret."""

    def __init__(self) -> None:
        super().__init__(_("That did not fit together. Check what you typed and try again."))


def pupil(session: Session, *, school: str, login: str, secret: str) -> Pupil:
    """Return the pupil whose secret it is; Wrong, the same for every reason.

    It only reads, for hashing takes long and no writer should wait for it: throttle.reserve goes
    before, `begin_pupil` follows.
    """
    wanted = _pupil_of(school).where(Pupil.login == login, Pupil.erased_at.is_(None))
    child = session.scalar(wanted)
    if not credentials.opens(child.secret_hash if child else None, secret) or child is None:
        raise Wrong
    return child


def begin_pupil(session: Session, child: Pupil, *, device: str, now: datetime) -> Signed:
    """Write down that the pupil is signed in, and count it."""
    enrolment = queries.enrolment(session, child.school_id, child.id)
    actor = _actor_of(child, enrolment)
    token = credentials.new_token()
    session.add(
        PupilSignIn(
            school_id=child.school_id,
            pupil_id=child.id,
            token_hash=credentials.digest(token),
            started_at=now,
            expires_at=now + PUPIL_LIFE,
            device_id=device,
        )
    )
    actions.count_sign_in(session, enrolment, now=now)
    record(session, "sign-in.begun", by=actor, now=now, path=actor.seat)
    return Signed(f"p.{child.school_id}.{token}", actor)


def card(session: Session, *, school: str, token: str, now: datetime) -> Bearer:
    """Return whose QR card it is; SignedOut if it opens nothing any more."""
    rows = select(Card, Pupil).join(Pupil, _card_of_pupil()).join(Unit, Unit.id == Card.school_id)
    rows = rows.where(Unit.code == school, Card.token_hash == credentials.digest(token))
    return _bearer(session, session.execute(rows).first(), now=now)


def typed_card(
    session: Session, *, school: str, login: str, code: str, key: str, now: datetime
) -> Bearer:
    """The same for the code that is typed: throttled, for it is short. Before it: `names_card`."""
    found = _open_card(session, school, login)
    if found is None or not credentials.same(found[0].code_hash, credentials.sealed(code, key)):
        raise Wrong
    return _bearer(session, found, now=now)


def names_card(session: Session, *, school: str, login: str, code: str, key: str) -> bool:
    """Whether the first signs of the code are those of the pupil's open card.

    Who does not know them does not hold the card. Such a try is not heard at the account, so that
    a classmate who types nonsense cannot use up the tries of who does.
    """
    found = _open_card(session, school, login)
    return found is not None and credentials.names_card(code, found[0].id, key)


def check_first(bearer: Bearer, *, secret: str, pin: str | None) -> None:
    """Invalid unless the pupil chooses pictures or a secret with the card, hard to guess."""
    if not secret and not pin:
        raise Invalid(
            _("Choose three pictures, or a secret of your own."), fields={"first": "missing"}
        )
    if secret:
        actions.check_secret(secret, bearer.pupil.login, bearer.pupil.name)
    if pin:
        check_pin(pin)


def check_pin(pin: str) -> None:
    """Invalid for pictures that classmates would try first."""
    if pins.is_weak(pin):
        raise Invalid(
            _("Do not take the same picture three times: others would try that first."),
            fields={"first": "weak"},
        )


def use_card(
    session: Session,
    bearer: Bearer,
    *,
    secret_hash: str | None,
    pin_hash: str | None,
    device: str,
    key: str,
    now: datetime,
) -> Signed:
    """Spend the card, keep what the pupil has chosen, end older sign-ins, and sign in.

    What was not chosen is gone: whoever knew the old secret or the old pictures is out. Wrong
    tries before the card are forgotten. SignedOut: somebody used the card meanwhile.
    """
    child = bearer.pupil
    spent = changed(
        session,
        update(Card)
        .where(Card.school_id == child.school_id, Card.id == bearer.card.id)
        .where(Card.used_at.is_(None), Card.revoked_at.is_(None))
        .values(used_at=now),
    )
    if not spent:
        raise Spent(_("This card has been used already. Ask your teacher for a new one."))
    child.secret_hash, child.pin_hash = secret_hash, pin_hash
    actions.end_sign_ins(session, child.school_id, [child.id], now=now)
    school = bearer.enrolment.school_class.path.split("/")[-3]
    account = throttle.account_of_pupil(school, child.login, key)
    throttle.forget_pupil(session, account, device=device)
    record(session, "card.used", by=_actor_of(child, bearer.enrolment), now=now, pupil=child.id)
    return begin_pupil(session, child, device=device, now=now)


def person(session: Session, *, login: str, password: str) -> Person:
    """Return the person whose password it is; Wrong, the same for every reason. Only reads."""
    found = session.scalar(select(Person).where(Person.login == login))
    fits = credentials.opens(found.password_hash if found else None, password)
    if found is None or not fits or found.disabled_at:
        raise Wrong
    return found


def begin_person(session: Session, found: Person, *, device: str, now: datetime) -> Signed:
    """Write down that the person is signed in."""
    token = credentials.new_token()
    session.add(
        StaffSignIn(
            person_id=found.id,
            token_hash=credentials.digest(token),
            started_at=now,
            expires_at=now + STAFF_LIFE,
            device_id=device,
        )
    )
    actor = _actor_of_person(session, found, now=now)
    record(session, "sign-in.begun", by=actor, now=now)
    return Signed(f"s.{token}", actor)


def take_up(session: Session, found: Invitation, *, password_hash: str, now: datetime) -> None:
    """Spend an invitation and keep the password; Spent if somebody used the link meanwhile."""
    spent = changed(
        session,
        update(Invitation)
        .where(Invitation.id == found.id, Invitation.used_at.is_(None))
        .values(used_at=now),
    )
    if not spent:
        raise Spent(_("This link has been used already."))
    found.person.password_hash = password_hash
    _end_staff(session, found.person_id, now=now)
    record(session, "password.set", by=SYSTEM, now=now, person=found.person_id)


def invitation(session: Session, *, token: str, now: datetime) -> Invitation:
    kept = credentials.digest(token)
    found = session.scalar(select(Invitation).where(Invitation.token_hash == kept))
    if found is None or found.used_at or found.expires_at <= now:
        raise Spent(_("This link is no longer valid. Ask for a new invitation."))
    return found


def end(session: Session, name: str, *, by: Actor, now: datetime) -> None:
    """Sign out: the row ends, so every copy of the cookie is dead."""
    kept = mark(name)
    if by.school_id:
        ended = update(PupilSignIn).where(
            PupilSignIn.school_id == by.school_id, PupilSignIn.token_hash == kept
        )
    else:
        ended = update(StaffSignIn).where(StaffSignIn.token_hash == kept)
    session.execute(ended.values(ended_at=now))
    record(session, "sign-in.ended", by=by, now=now)


def end_others(session: Session, name: str, *, by: Actor, now: datetime) -> None:
    """Sign the actor out everywhere but where the cookie with this string is."""
    if by.school_id:
        actions.end_sign_ins(session, by.school_id, [by.id], now=now, but=mark(name))
    else:
        _end_staff(session, by.id, now=now, but=mark(name))
    record(session, "sign-in.others-ended", by=by, now=now)


def mark(name: str) -> str:
    """Return what is kept of the string of a cookie."""
    return credentials.digest(name.rpartition(".")[2])


@dataclass(frozen=True)
class Claim:
    """What the cookie of a pupil says; whether it holds, the row behind it tells."""

    school_id: UUID
    token_hash: str


def claimed(name: str) -> Claim | None:
    """Return what the string of a cookie claims; None if it is not a pupil's."""
    kind, _dot, rest = name.partition(".")
    school, _dot, token = rest.partition(".")
    try:
        return Claim(UUID(school), credentials.digest(token)) if kind == "p" else None
    except ValueError:
        return None


def whose(session: Session, name: str, *, now: datetime) -> Signed | None:
    """Return who the string of a cookie belongs to; None if it is dead."""
    kind, _dot, rest = name.partition(".")
    claim = claimed(name)
    actor = _pupil_behind(session, claim, now=now) if claim else None
    actor = _person_behind(session, rest, now=now) if kind == "s" else actor
    return Signed(name, actor) if actor else None


def _pupil_of(school: str) -> Select[Pupil]:
    return (
        select(Pupil)
        .join(Unit, Unit.id == Pupil.school_id)
        .where(Unit.code == school, Unit.kind == UnitKind.SCHOOL)
    )


def _card_of_pupil() -> ColumnElement[bool]:
    return (Card.school_id == Pupil.school_id) & (Card.pupil_id == Pupil.id)


def _open_card(session: Session, school: str, login: str) -> Row[Card, Pupil] | None:
    rows = select(Card, Pupil).join(Pupil, _card_of_pupil()).join(Unit, Unit.id == Card.school_id)
    rows = rows.where(Unit.code == school, Pupil.login == login, Card.used_at.is_(None))
    return session.execute(rows.where(Card.revoked_at.is_(None))).first()


def _bearer(session: Session, found: Row[Card, Pupil] | None, *, now: datetime) -> Bearer:
    if found is None:
        raise Spent(_("This card is not valid. Ask your teacher for a new one."))
    paper, child = found
    if paper.used_at or paper.revoked_at or paper.expires_at <= now:
        raise Spent(_("This card has been used or is too old. Ask your teacher for a new one."))
    return Bearer(paper, child, queries.enrolment(session, child.school_id, child.id))


def _pupil_behind(session: Session, claim: Claim, *, now: datetime) -> Actor | None:
    row = session.execute(PUPIL_BEHIND, {**vars(claim), "now": now}).first()
    return _actor(row.id, row.name, row.path, claim.school_id, row.grade) if row else None


def _person_behind(session: Session, token: str, *, now: datetime) -> Actor | None:
    found = session.scalar(
        select(StaffSignIn).where(
            StaffSignIn.token_hash == credentials.digest(token),
            StaffSignIn.ended_at.is_(None),
            StaffSignIn.expires_at > now,
        )
    )
    if found is None or found.person.disabled_at:
        return None
    return _actor_of_person(session, found.person, now=now)


def _actor_of(child: Pupil, enrolment: Enrolment) -> Actor:
    own = enrolment.school_class
    return _actor(child.id, child.name, own.path, child.school_id, own.grade)


def _actor(pupil_id: UUID, name: str, seat: str, school_id: UUID, grade: int) -> Actor:
    return Actor(pupil_id, ActorKind.PUPIL, name, ((Role.PUPIL, seat),), school_id, grade)


def _actor_of_person(session: Session, found: Person, *, now: datetime) -> Actor:
    posts = queries.postings(session, found, on=local_day(now))
    held = [(p.role, p.unit.path) for p in posts]
    held += support.held(session, found.id, [role for role, _path in held], now=now)
    return Actor(found.id, ActorKind.STAFF, found.name, tuple(held))


def _end_staff(session: Session, person_id: UUID, *, now: datetime, but: str | None = None) -> None:
    ended = update(StaffSignIn).where(
        StaffSignIn.person_id == person_id, StaffSignIn.ended_at.is_(None)
    )
    if but:
        ended = ended.where(StaffSignIn.token_hash != but)
    session.execute(ended.values(ended_at=now))
