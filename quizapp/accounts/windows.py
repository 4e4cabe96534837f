"""Windows: a teacher opens the class, the code stands on the board, names and pictures open.

A window lasts a part of a lesson. How pictures are heard in it is in accounts/knocks.py.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor
from quizapp.accounts import credentials
from quizapp.accounts.models import ClassWindow, Enrolment, Pupil, PupilSignIn, WindowTry
from quizapp.accounts.names import UNNAMED
from quizapp.audit.actions import record
from quizapp.core.errors import Missing, SignedOut
from quizapp.core.i18n import _
from quizapp.core.ids import new_id
from quizapp.orgs.models import SchoolClass, Unit

Asked = TypeVarTuple("Asked")
MINUTES = (10, 20, 45)


class NoWindow(SignedOut):
    """The code opens no class now: never has, or not any more."""

    def __init__(self) -> None:
        says = _("No class is open with this code. Look at the board and try again.")
        super().__init__(says)


class State(StrEnum):
    """How it stands at a name."""

    IN = "in"
    OUT = "out"
    BARE = "bare"  # Not in, and without pictures.
    CLOSED = "closed"


@dataclass(frozen=True)
class Place:
    """A name of the class as a window shows it; `signed_in_at` counts from when it opened."""

    pupil_id: UUID
    name: str
    seat: int | None
    has_pictures: bool
    signed_in_at: datetime | None
    is_closed: bool

    @property
    def state(self) -> State:
        if self.is_closed:
            return State.CLOSED
        if self.signed_in_at:
            return State.IN
        return State.OUT if self.has_pictures else State.BARE


def open_for(
    session: Session, school_class: SchoolClass, *, minutes: int, key: str, by: Actor, now: datetime
) -> ClassWindow:
    """Open the class for so many minutes; a window that was open before is closed."""
    _close(session, ClassWindow.class_id == school_class.unit_id, now=now)
    window_id = new_id()
    while _is_taken(session, school_class.school_id, window_id, key):
        window_id = new_id()
    opened = ClassWindow(
        school_id=school_class.school_id,
        id=window_id,
        class_id=school_class.unit_id,
        code_hash=_kept(window_id, key),
        opened_by=by.id,
        opened_at=now,
        closes_at=now + timedelta(minutes=minutes),
    )
    session.add(opened)
    session.flush()
    record(session, "window.opened", by=by, now=now, path=school_class.path, minutes=minutes)
    return opened


def close(session: Session, school_class: SchoolClass, *, by: Actor, now: datetime) -> None:
    """Close the class before its time; who is signed in stays signed in."""
    _close(session, ClassWindow.class_id == school_class.unit_id, now=now)
    record(session, "window.closed", by=by, now=now, path=school_class.path)


def of_class(session: Session, school_class: SchoolClass, *, now: datetime) -> ClassWindow | None:
    """Return the window of the class, if it is open."""
    return session.scalar(
        select(ClassWindow).where(
            ClassWindow.school_id == school_class.school_id,
            ClassWindow.class_id == school_class.unit_id,
            _is_open(now),
        )
    )


def behind(session: Session, *, school: str, code: str, key: str, now: datetime) -> ClassWindow:
    """Return the open window of the school with the code on the board; NoWindow otherwise."""
    found = session.scalar(
        select(ClassWindow)
        .join(Unit, Unit.id == ClassWindow.school_id)
        .where(Unit.code == school, ClassWindow.code_hash == credentials.sealed(code, key))
        .where(_is_open(now))
    )
    if found is None:
        raise NoWindow
    return found


def still_open(
    session: Session, school_id: UUID, window_id: UUID, *, now: datetime
) -> ClassWindow | None:
    """Return the window if it has not closed meanwhile."""
    return session.scalar(
        select(ClassWindow).where(
            ClassWindow.school_id == school_id, ClassWindow.id == window_id, _is_open(now)
        )
    )


def entered(session: Session, window: ClassWindow, *, now: datetime) -> None:
    """Write down that somebody with the code has come to the names."""
    of = session.get_one(SchoolClass, window.class_id)
    _have, pupils = with_pictures(session, of)
    record(
        session, "window.entered", by=SYSTEM, now=now, path=of.path,
        window=window.id, pupils=pupils,
    )  # fmt: skip


def places(session: Session, window: ClassWindow) -> list[Place]:
    """Return the names of the class today, by seat, those without one by name at the end."""
    been = (
        select(func.max(PupilSignIn.started_at))
        .where(PupilSignIn.school_id == Pupil.school_id, PupilSignIn.pupil_id == Pupil.id)
        .where(PupilSignIn.started_at >= window.opened_at)
        .scalar_subquery()
    )
    rows = session.execute(
        _of_class(select(Pupil, Enrolment.seat, been, WindowTry.is_closed), window).outerjoin(
            WindowTry,
            (WindowTry.school_id == Pupil.school_id)
            & (WindowTry.pupil_id == Pupil.id)
            & (WindowTry.window_id == window.id),
        )
    )
    found = [
        Place(p.id, called(p, seat), seat, p.pin_hash is not None, at, bool(is_closed))
        for p, seat, at, is_closed in rows
    ]
    return sorted(found, key=lambda p: (p.seat is None, p.seat or 0, p.name, p.pupil_id))


def called(child: Pupil, seat: int | None) -> str:
    """Return what the whole class may read: the seat where there is no consent to show the name."""
    if child.consent not in UNNAMED:
        return child.name
    return _("Seat %(seat)s", seat=seat) if seat else _("No name shown")


def with_pictures(session: Session, school_class: SchoolClass) -> tuple[int, int]:
    """Return how many pupils of the class have pictures, and how many there are."""
    have, pupils = session.execute(
        select(func.count(Pupil.pin_hash), func.count(Pupil.id))
        .join(Enrolment, _place_of_pupil())
        .where(Enrolment.school_id == school_class.school_id)
        .where(Enrolment.class_id == school_class.unit_id, Enrolment.until_on.is_(None))
        .where(Pupil.erased_at.is_(None))
    ).one()
    return have, pupils


def pupil(session: Session, window: ClassWindow, pupil_id: UUID) -> tuple[Pupil, str]:
    """Return the pupil of the window's class and what to call them; Missing if there is none."""
    wanted = _of_class(select(Pupil, Enrolment.seat), window).where(Pupil.id == pupil_id)
    found = session.execute(wanted).first()
    if found is None:
        raise Missing(_("This name is not in your class."))
    child, seat = found
    return child, called(child, seat)


def _of_class(rows: Select[*Asked], window: ClassWindow) -> Select[*Asked]:
    """Join the pupils with their places in the window's class, as it is today."""
    return (
        rows.join(Enrolment, _place_of_pupil())
        .where(Enrolment.school_id == window.school_id, Enrolment.class_id == window.class_id)
        .where(Enrolment.until_on.is_(None), Pupil.erased_at.is_(None))
    )


def _place_of_pupil() -> ColumnElement[bool]:
    return (Enrolment.school_id == Pupil.school_id) & (Enrolment.pupil_id == Pupil.id)


def _is_open(now: datetime) -> ColumnElement[bool]:
    return and_(ClassWindow.closed_at.is_(None), ClassWindow.closes_at > now)


def _close(session: Session, which: ColumnElement[bool], *, now: datetime) -> None:
    session.execute(
        update(ClassWindow).where(which, ClassWindow.closed_at.is_(None)).values(closed_at=now)
    )


def _kept(window_id: UUID, key: str) -> str:
    """Return what is kept of the code of a window."""
    return credentials.sealed(credentials.window_code(window_id, key), key)


def _is_taken(session: Session, school_id: UUID, window_id: UUID, key: str) -> bool:
    """Whether another window of the school has, or had, the same code."""
    taken = select(ClassWindow.id).where(
        ClassWindow.school_id == school_id, ClassWindow.code_hash == _kept(window_id, key)
    )
    return session.scalar(taken) is not None
