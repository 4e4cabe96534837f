"""Questions about people and pupils."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from quizapp.access.policy import Actor, Role
from quizapp.accounts.models import Card, Consent, Enrolment, Person, Posting, Presence, Pupil
from quizapp.accounts.names import shown_name
from quizapp.core.clock import local_day
from quizapp.core.errors import Missing
from quizapp.core.i18n import _
from quizapp.orgs.models import SchoolClass, Unit

# Asked for most pages of a pupil, and put together once: that takes longer than the answer.
ENROLMENT = select(Enrolment).where(
    Enrolment.school_id == bindparam("school_id"),
    Enrolment.pupil_id == bindparam("pupil_id"),
    Enrolment.until_on.is_(None),
)


@dataclass(frozen=True)
class Seat:
    """A pupil as a class list shows them."""

    school_id: UUID
    pupil_id: UUID
    name: str
    login: str
    seat: int | None
    has_secret: bool
    has_pictures: bool
    has_card: bool  # One that is not used yet and still opens.
    signed_in: bool
    consent: Consent = Consent.NONE

    @property
    def has_own(self) -> bool:
        """Whether the pupil has chosen something to sign in with: a secret, or pictures."""
        return self.has_secret or self.has_pictures


def seats(
    session: Session, of: SchoolClass, *, now: datetime, reader: Actor | None = None
) -> list[Seat]:
    """Return the pupils of the class today, by seat, those without one by name at the end.

    Named as the reader may see them; without a reader as they are called.
    """
    card = (
        select(Card.id)
        .where(Card.school_id == Pupil.school_id, Card.pupil_id == Pupil.id)
        .where(Card.used_at.is_(None), Card.revoked_at.is_(None), Card.expires_at > now)
        .exists()
    )
    counted = aliased(Enrolment)
    signed_in = (  # In this class, or in the one from which the pupil moved here.
        select(counted.id)
        .join(SchoolClass, SchoolClass.unit_id == counted.class_id)
        .where(counted.school_id == Pupil.school_id, counted.pupil_id == Pupil.id)
        .where(counted.signed_in_at.is_not(None), SchoolClass.school_year == of.school_year)
        .exists()
    )
    rows = session.execute(
        select(Pupil, Enrolment.seat, signed_in, card)
        .join(Enrolment, _same_pupil())
        .where(Enrolment.school_id == of.school_id, Enrolment.class_id == of.unit_id)
        .where(Enrolment.until_on.is_(None))
    )
    found = [
        Seat(
            p.school_id, p.id,
            shown_name(p.name, p.consent, seat, of=of, reader=reader) if reader else p.name,
            p.login, seat, bool(p.secret_hash), bool(p.pin_hash), has_card, been, p.consent,
        )
        for p, seat, been, has_card in rows
    ]  # fmt: skip
    return sorted(found, key=lambda s: (s.seat is None, s.seat or 0, s.name, s.login))


def enrolment(session: Session, school_id: UUID, pupil_id: UUID) -> Enrolment:
    """Return the pupil's open enrolment, with its class; Missing if the pupil has left."""
    found = session.scalar(ENROLMENT, {"school_id": school_id, "pupil_id": pupil_id})
    if found is None:
        raise Missing(_("You are in no class at the moment. Ask your teacher."))
    return found


def own_enrolment(session: Session, actor: Actor) -> Enrolment:
    """Return the open enrolment of the pupil who asks."""
    if actor.school_id is None:
        raise Missing(_("You are in no class at the moment. Ask your teacher."))
    return enrolment(session, actor.school_id, actor.id)


def postings(session: Session, person: Person, *, on: date) -> Sequence[Posting]:
    """Return the postings that the person holds on that day, the oldest first."""
    return session.scalars(
        select(Posting)
        .where(Posting.person_id == person.id, Posting.from_on <= on)
        .where(or_(Posting.until_on.is_(None), Posting.until_on >= on))
        .order_by(Posting.from_on, Posting.id)
    ).all()


def rows_of_child(session: Session, child_id: UUID) -> Sequence[Pupil]:
    """Return the rows of one child at all schools, the first school first."""
    own = select(Pupil).where(Pupil.child_id == child_id, Pupil.erased_at.is_(None))
    return session.scalars(own.order_by(Pupil.id)).all()


def administrators(session: Session, school: Unit, *, on: date) -> list[str]:
    """Return the names of those who run the school's account on that day."""
    rows = session.scalars(
        select(Person.name)
        .join(Posting, Posting.person_id == Person.id)
        .where(Posting.unit_id == school.id, Posting.role == Role.SCHOOL_ADMIN)
        .where(Posting.from_on <= on, or_(Posting.until_on.is_(None), Posting.until_on >= on))
        .where(Person.disabled_at.is_(None))
        .order_by(Posting.from_on, Person.id)
    )
    return list(dict.fromkeys(rows))


def extra_percent(child: Pupil, *, on: date) -> int:
    """Return how many per cent more time the pupil has in quizzes on that day."""
    is_over = child.extra_until is not None and child.extra_until < on
    return 0 if is_over else child.extra_percent


def roster_sizes(session: Session, class_ids: Sequence[UUID], *, on: date) -> dict[UUID, int]:
    """Return how many pupils each class had on that day; a class without any is left out."""
    rows = session.execute(
        select(Enrolment.class_id, func.count())
        .where(Enrolment.class_id.in_(class_ids), Enrolment.from_on <= on)
        .where(or_(Enrolment.until_on.is_(None), Enrolment.until_on >= on))
        .group_by(Enrolment.class_id)
    )
    return dict(rows.all())


def presence_from_facts(session: Session) -> dict[tuple[UUID, UUID, date], int]:
    """Count first sign-ins by school, class and local day: what `presence` should hold."""
    rows = session.execute(
        select(Enrolment.school_id, Enrolment.class_id, Enrolment.signed_in_at).where(
            Enrolment.signed_in_at.is_not(None)
        )
    )
    return dict(Counter((s, c, local_day(at)) for s, c, at in rows if at))


def presence_counted(session: Session) -> dict[tuple[UUID, UUID, date], int]:
    """Return the roll-up as it stands."""
    rows = session.scalars(select(Presence))
    return {(r.school_id, r.class_id, r.day): r.signed_in for r in rows if r.signed_in}


def _same_pupil() -> ColumnElement[bool]:
    return (Enrolment.school_id == Pupil.school_id) & (Enrolment.pupil_id == Pupil.id)
