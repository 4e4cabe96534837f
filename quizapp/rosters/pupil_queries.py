"""Questions about one pupil, and finding pupils of a school."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission, allows
from quizapp.accounts.models import Card, Enrolment, Leaving, Pupil
from quizapp.accounts.names import UNNAMED, shown_name
from quizapp.accounts.queries import rows_of_child
from quizapp.core.errors import Missing
from quizapp.core.i18n import _
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.rosters.models import Transfer

MOST_FOUND: Final = 50


@dataclass(frozen=True)
class Child:
    """A pupil of a school, and the enrolment of today. Without one the pupil has left."""

    school: Unit
    pupil: Pupil
    enrolment: Enrolment | None

    @property
    def path(self) -> str:
        """Those who teach the class may look; who has left is the school's office's alone."""
        return self.enrolment.school_class.path if self.enrolment else self.school.path

    @property
    def seat(self) -> int | None:
        return self.enrolment.seat if self.enrolment else None

    def is_named(self, reader: Actor) -> bool:
        """Whether the reader may see how the child is called."""
        return self.pupil.consent not in UNNAMED or allows(reader, Permission.PROGRESS_READ, self)

    def name(self, reader: Actor) -> str:
        """Return the name as the reader may see it."""
        pupil = self.pupil
        return shown_name(pupil.name, pupil.consent, self.seat, of=self, reader=reader)


@dataclass(frozen=True)
class Stay:
    """A time in a class, at this school or at an earlier one."""

    school: str
    class_name: str
    school_year: int
    from_on: date
    until_on: date | None
    why: Leaving | None


@dataclass(frozen=True)
class Found:
    """A pupil who fits what was looked for; without a class the pupil has left."""

    pupil_id: UUID
    name: str
    login: str
    class_name: str | None
    seat: int | None


def child(session: Session, unit_id: UUID, pupil_id: UUID) -> Child:
    """Return the pupil of the school; Missing if there is none, or nothing is left to tell."""
    school = orgs.school(session, unit_id)
    pupil = session.get(Pupil, (school.id, pupil_id))
    if pupil is None or pupil.erased_at:
        raise Missing(_("There is no such pupil."))
    is_open = (Enrolment.school_id == school.id) & (Enrolment.pupil_id == pupil_id)
    open_one = session.scalar(select(Enrolment).where(is_open, Enrolment.until_on.is_(None)))
    return Child(school, pupil, open_one)


def stays(session: Session, of: Child) -> list[Stay]:
    """Return the pupil's times in classes, the newest first.

    The school where the child is now sees the earlier ones, too; one that the child has left sees
    its own.
    """
    rows = rows_of_child(session, of.pupil.child_id) if of.enrolment else [of.pupil]
    own = or_(
        *((Enrolment.school_id == row.school_id) & (Enrolment.pupil_id == row.id) for row in rows)
    )
    found = session.execute(
        select(Enrolment, Unit.name)
        .join(Unit, Unit.id == Enrolment.school_id)
        .where(own)
        .order_by(Enrolment.from_on.desc(), Enrolment.id.desc())
    )
    return [
        Stay(
            school=school,
            class_name=one.school_class.unit.name,
            school_year=one.school_class.school_year,
            from_on=one.from_on,
            until_on=one.until_on,
            why=one.until_why,
        )
        for one, school in found
    ]


def has_card(session: Session, pupil: Pupil, *, now: datetime) -> bool:
    """Whether a card is out that still opens."""
    own = (Card.school_id == pupil.school_id) & (Card.pupil_id == pupil.id)
    is_open = Card.used_at.is_(None) & Card.revoked_at.is_(None) & (Card.expires_at > now)
    return bool(session.scalar(select(select(Card.id).where(own, is_open).exists())))


def transfer(session: Session, pupil: Pupil, *, now: datetime) -> Transfer | None:
    """Return the transfer whose code another school may still use."""
    return session.scalar(
        select(Transfer)
        .where(Transfer.school_id == pupil.school_id, Transfer.pupil_id == pupil.id)
        .where(Transfer.taken_at.is_(None), Transfer.called_off_at.is_(None))
        .where(Transfer.expires_at > now)
        .order_by(Transfer.id.desc())
        .limit(1)
    )


def went_to(session: Session, pupil: Pupil) -> Unit | None:
    """Return the school that has taken the child over last."""
    return session.scalar(
        select(Unit)
        .join(Transfer, Transfer.to_school_id == Unit.id)
        .where(Transfer.school_id == pupil.school_id, Transfer.pupil_id == pupil.id)
        .where(Transfer.taken_at.is_not(None))
        .order_by(Transfer.taken_at.desc())
        .limit(1)
    )


def search(
    session: Session, school: Unit, wanted: str, *, reader: Actor
) -> tuple[list[Found], int]:
    """Return those of the school who fit, by class and seat, and how many there are in all.

    By a part of the name, of its sound ("xiaoqing") or its initials, by the beginning of the
    number or of the sign-in name. Who has left comes last. Nobody is found by a name that the
    reader may not see.
    """
    plain = "".join(wanted.lower().split())
    if not plain:
        return [], 0
    open_one = (
        (Enrolment.school_id == Pupil.school_id)
        & (Enrolment.pupil_id == Pupil.id)
        & Enrolment.until_on.is_(None)
    )
    fits = _fits(plain, all_named=allows(reader, Permission.PROGRESS_READ, school))
    ours = (Pupil.school_id == school.id) & Pupil.erased_at.is_(None) & fits
    total = session.scalar(select(func.count()).select_from(Pupil).where(ours)) or 0
    rows = session.execute(
        select(Pupil, Unit, Enrolment.seat)
        .outerjoin(Enrolment, open_one)
        .outerjoin(SchoolClass, SchoolClass.unit_id == Enrolment.class_id)
        .outerjoin(Unit, Unit.id == Enrolment.class_id)
        .where(ours)
        .order_by(
            Enrolment.id.is_(None), SchoolClass.grade, SchoolClass.stage, SchoolClass.number,
            Enrolment.seat.is_(None), Enrolment.seat, Pupil.name, Pupil.id,
        )
        .limit(MOST_FOUND)
    )  # fmt: skip
    found = [
        Found(
            pupil_id=pupil.id,
            name=shown_name(pupil.name, pupil.consent, seat, of=unit or school, reader=reader),
            login=pupil.login,
            class_name=unit.name if unit else None,
            seat=seat,
        )
        for pupil, unit, seat in rows
    ]
    return found, total


def _fits(plain: str, *, all_named: bool) -> ColumnElement[bool]:
    named = or_(
        func.replace(func.lower(Pupil.name), " ", "").contains(plain, autoescape=True),
        Pupil.pinyin.contains(plain, autoescape=True),
    )
    if not all_named:
        named &= Pupil.consent.not_in(UNNAMED)
    return or_(
        named,
        func.lower(Pupil.login).startswith(plain, autoescape=True),
        func.lower(Pupil.number).startswith(plain, autoescape=True),
    )
