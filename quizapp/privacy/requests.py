"""What pupils wish done with their data, and what the school does about it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts.models import Enrolment, Pupil
from quizapp.audit.actions import record
from quizapp.core.db import changed
from quizapp.core.errors import Conflict, Missing
from quizapp.core.i18n import _
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.privacy.models import DataRequest, Wish, WishState
from quizapp.rosters.pupil_queries import Child


@dataclass(frozen=True)
class Request:
    """A wish about the own data, and whose it is."""

    wish: DataRequest
    child: Child

    @property
    def path(self) -> str:
        return self.child.school.path


@dataclass(frozen=True)
class Requests:
    """The wishes of a school: those that wait, the oldest first, and the last that were decided."""

    waiting: Sequence[Request] = field(default_factory=list)
    decided: Sequence[Request] = field(default_factory=list)


def ask(
    session: Session, pupil: Pupil, wish: Wish, words: str, *, by: Actor, now: datetime
) -> DataRequest:
    """Write down what the pupil wants done; Conflict while the same waits for an answer."""
    if any(one.wish is wish and one.state is WishState.OPEN for one in wishes(session, pupil)):
        raise Conflict(_("You have asked for this already; your school has yet to answer."))
    made = DataRequest(
        school_id=pupil.school_id, pupil_id=pupil.id, wish=wish, words=words, asked_at=now
    )
    session.add(made)
    path = orgs.unit(session, pupil.school_id).path
    record(session, "data.asked", by=by, now=now, path=path, pupil=pupil.id, wish=wish.value)
    return made


def wishes(session: Session, pupil: Pupil) -> Sequence[DataRequest]:
    """Return what the pupil has asked for, the newest first."""
    return session.scalars(
        select(DataRequest)
        .where(DataRequest.school_id == pupil.school_id, DataRequest.pupil_id == pupil.id)
        .order_by(DataRequest.id.desc())
    ).all()


def requests(session: Session, school: Unit, *, most: int = 50) -> Requests:
    """Return the wishes of the school's pupils; of those decided the newest."""
    of_school = select(DataRequest).where(DataRequest.school_id == school.id)
    is_open = DataRequest.state == WishState.OPEN
    waiting = session.scalars(of_school.where(is_open).order_by(DataRequest.id)).all()
    decided = session.scalars(
        of_school.where(~is_open).order_by(DataRequest.decided_at.desc()).limit(most)
    ).all()
    pupils = {one.pupil_id for one in (*waiting, *decided)}
    children = {child.pupil.id: child for child in _children(session, school, pupils)}
    return Requests(
        [Request(one, children[one.pupil_id]) for one in waiting],
        [Request(one, children[one.pupil_id]) for one in decided],
    )


def open_requests(session: Session, school: Unit) -> int:
    """Return how many wishes wait for an answer of the school."""
    rows = select(func.count()).select_from(DataRequest)
    waits = (DataRequest.school_id == school.id) & (DataRequest.state == WishState.OPEN)
    return session.scalar(rows.where(waits)) or 0


def request(session: Session, unit_id: UUID, request_id: UUID) -> Request:
    """Return a wish of the school; Missing if there is none."""
    school = orgs.school(session, unit_id)
    found = session.get(DataRequest, (school.id, request_id))
    if found is None:
        raise Missing(_("There is no such request."))
    (child,) = _children(session, school, {found.pupil_id})
    return Request(found, child)


def decide(
    session: Session, asked: Request, *, done: bool, answer: str, by: Actor, now: datetime
) -> None:
    """Answer a wish. Conflict if somebody has; a deletion is done by `erase`, never by words."""
    wish = asked.wish
    if done and wish.wish is Wish.DELETION:
        raise Conflict(_("A deletion is done on its own page."))
    state = WishState.DONE if done else WishState.REFUSED
    met = changed(
        session,
        update(DataRequest)
        .where(DataRequest.school_id == wish.school_id, DataRequest.id == wish.id)
        .where(DataRequest.state == WishState.OPEN)
        .values(state=state, answer=answer, decided_by=by.id, decided_at=now),
    )
    if not met:
        raise Conflict(_("Somebody has answered this request already."))
    record(
        session, "data.decided", by=by, now=now, path=asked.path, pupil=wish.pupil_id,
        wish=wish.wish.value, state=state.value,
    )  # fmt: skip


def _children(session: Session, school: Unit, ids: set[UUID]) -> list[Child]:
    pupils = session.scalars(select(Pupil).where(Pupil.school_id == school.id, Pupil.id.in_(ids)))
    seats = {
        one.pupil_id: one
        for one in session.scalars(
            select(Enrolment).where(
                Enrolment.school_id == school.id,
                Enrolment.pupil_id.in_(ids),
                Enrolment.until_on.is_(None),
            )
        )
    }
    return [Child(school, pupil, seats.get(pupil.id)) for pupil in pupils]
