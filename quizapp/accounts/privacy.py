"""All that is stored of one child: told to the child, forgotten at an erasure.

Each feature says what it holds (`hold`); a test walks the tables and finds one that nobody told.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Role
from quizapp.accounts import consent
from quizapp.accounts.models import (
    DataRequest,
    Enrolment,
    Leaving,
    Posting,
    Pupil,
    Wish,
    WishState,
)
from quizapp.audit.actions import record
from quizapp.audit.models import AuditEntry
from quizapp.audit.words import LOOKS, page_said
from quizapp.core.clock import end_of, local_day, school_year, start_of
from quizapp.core.db import Model, changed
from quizapp.core.errors import Conflict, Missing
from quizapp.core.i18n import _
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass, Unit

Told = Mapping[str, object]  # By the keys of `Holding.words`; plain values, days and instants.
Tell = Callable[[Session, Pupil, datetime], list[Told]]
Forget = Callable[[Session, Pupil], None]


@dataclass(frozen=True)
class Holding:
    """What one feature stores of a pupil, in these tables.

    `words` says what each key of a told row means. `tell` gets the pupil and the present instant:
    a result that is not released yet is not told here either. `erase` takes away whatever tells
    who it was, and leaves what was counted.
    """

    title: object  # Translated when it is shown.
    tables: tuple[type[Model], ...]
    words: Mapping[str, object]
    tell: Tell
    erase: Forget


@dataclass(frozen=True)
class Section:
    """A holding with the rows of one child."""

    title: str
    words: Mapping[str, str]
    rows: Sequence[Told]


@dataclass(frozen=True)
class Look:
    """Pages on which the child's name stood, of a day. `role` None: it is not known any more."""

    day: date
    role: Role | None
    why: str
    times: int


@dataclass(frozen=True)
class Child:
    """A pupil at a school as those see them who decide there; with the class of today, if any."""

    pupil: Pupil
    school: Unit
    seat: int | None
    school_class: SchoolClass | None

    @property
    def path(self) -> str:
        return self.school.path

    def name_for(self, reader: Actor) -> str:
        of = self.school_class or self.school
        return consent.shown_name(
            self.pupil.name, self.pupil.consent, self.seat, of=of, reader=reader
        )


@dataclass(frozen=True)
class Asked:
    """A wish about the own data, and whose it is."""

    wish: DataRequest
    child: Child

    @property
    def path(self) -> str:
        return self.child.path


@dataclass(frozen=True)
class Requests:
    """The wishes of a school: those that wait, the oldest first, and the last that were decided."""

    waiting: Sequence[Asked] = field(default_factory=list)
    decided: Sequence[Asked] = field(default_factory=list)


def init_app(app: Flask) -> None:
    app.extensions["holdings"] = []


def hold(app: Flask, *holdings: Holding) -> None:
    app.extensions["holdings"].extend(holdings)


def holdings() -> list[Holding]:
    found: list[Holding] = current_app.extensions["holdings"]
    return found


def own_pupil(session: Session, actor: Actor) -> Pupil:
    """Return the row of the pupil who asks."""
    found = session.get(Pupil, (actor.school_id, actor.id)) if actor.school_id else None
    if found is None or found.erased_at:
        raise Missing(_("There is no such pupil."))
    return found


def rows_of(session: Session, pupil: Pupil) -> Sequence[Pupil]:
    """Return the rows of the same child at all schools of the site, the oldest first."""
    return session.scalars(
        select(Pupil)
        .where(Pupil.child_id == pupil.child_id, Pupil.erased_at.is_(None))
        .order_by(Pupil.id)
    ).all()


def told(session: Session, pupil: Pupil, *, now: datetime) -> list[Section]:
    """Return everything stored of the child, at earlier schools too."""
    rows = rows_of(session, pupil)
    return [
        Section(
            str(one.title),
            {key: str(word) for key, word in one.words.items()},
            [said for row in rows for said in one.tell(session, row, now)],
        )
        for one in holdings()
    ]


def looks(session: Session, pupil: Pupil) -> list[Look]:
    """Return when pages of staff named the pupils of the child's classes or schools, newest first.

    The log knows pages and counts, no names; a page that named one other pupil is left out.
    """
    seen: Counter[tuple[date, UUID, str, str]] = Counter()
    for row in rows_of(session, pupil):
        for entry in _looks_at(session, row):
            one = entry.about.get("pupil")
            if one in (None, str(row.id)):
                page = str(entry.about.get("page") or entry.event)
                seen[local_day(entry.at), entry.actor_id, entry.path, page_said(page)] += 1
    roles = _roles(session, {actor for _day, actor, _path, _why in seen})
    told_by: Counter[tuple[date, Role | None, str]] = Counter()
    for (day, actor, path, why), times in seen.items():
        told_by[day, roles(actor, path, day), why] += times
    found = [Look(day, role, why, times) for (day, role, why), times in told_by.items()]
    return sorted(found, key=lambda look: (look.day, look.role or "", look.why), reverse=True)


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
        [Asked(one, children[one.pupil_id]) for one in waiting],
        [Asked(one, children[one.pupil_id]) for one in decided],
    )


def open_requests(session: Session, school: Unit) -> int:
    """Return how many wishes wait for an answer of the school."""
    rows = select(func.count()).select_from(DataRequest)
    waits = (DataRequest.school_id == school.id) & (DataRequest.state == WishState.OPEN)
    return session.scalar(rows.where(waits)) or 0


def request(session: Session, unit_id: UUID, request_id: UUID) -> Asked:
    """Return a wish of the school; Missing if there is none."""
    school = orgs.school(session, unit_id)
    found = session.get(DataRequest, (school.id, request_id))
    if found is None:
        raise Missing(_("There is no such request."))
    (child_of,) = _children(session, school, {found.pupil_id})
    return Asked(found, child_of)


def child(session: Session, unit_id: UUID, pupil_id: UUID) -> Child:
    """Return a pupil of the school who has not been erased; Missing otherwise."""
    school = orgs.school(session, unit_id)
    found = _children(session, school, {pupil_id})
    if not found or found[0].pupil.erased_at:
        raise Missing(_("There is no such pupil."))
    return found[0]


def decide(
    session: Session, asked: Asked, *, done: bool, answer: str, by: Actor, now: datetime
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


def erase(session: Session, pupil: Pupil, *, by: Actor, now: datetime) -> int:
    """Take away all that tells who the child was, at all schools; return how many rows that were.

    The rows themselves, their enrolments and what was counted from them stay, so that every
    figure stays what it was. It cannot be undone. Conflict if it has been done.
    """
    rows = rows_of(session, pupil)
    if not rows:
        raise Conflict(_("This pupil has been erased already."))
    for row in rows:
        session.refresh(row, with_for_update=True)
        if row.erased_at:
            raise Conflict(_("This pupil has been erased already."))
        _close_requests(session, row, by=by, now=now)
        _close_enrolment(session, row, today=local_day(now))
        for one in reversed(holdings()):  # The features above first: they may need the pupil.
            one.erase(session, row)
        row.erased_at = now
        path = orgs.unit(session, row.school_id).path
        record(session, "pupil.erased", by=by, now=now, path=path, pupil=row.id)
    session.flush()
    return len(rows)


def leavers(session: Session, *, until_on: date, most: int) -> Sequence[Pupil]:
    """Return one row each of children who are in no class of the site since that day or longer."""
    gone = (
        select(Pupil.child_id)
        .join(
            Enrolment,
            (Enrolment.school_id == Pupil.school_id) & (Enrolment.pupil_id == Pupil.id),
        )
        .where(Pupil.erased_at.is_(None))
        .group_by(Pupil.child_id)
        .having(func.count() == func.count(Enrolment.until_on))
        .having(func.max(Enrolment.until_on) <= until_on)
        .limit(most)
    )
    found = session.scalars(
        select(Pupil).where(Pupil.child_id.in_(gone), Pupil.erased_at.is_(None)).order_by(Pupil.id)
    )
    return list({one.child_id: one for one in found}.values())


def last_leaving(today: date, months: int) -> date:
    """Return the end of the last school year whose leavers are to be erased by today.

    It ends on 31 August; the months are counted from there.
    """
    ended = school_year(today)
    while _months_after(ended, months) > today:
        ended -= 1
    return date(ended, 8, 31)


def _months_after(year: int, months: int) -> date:
    """Return the first day so many whole months after 31 August of the year."""
    count = year * 12 + 8 + months  # From the September that follows, which is month 8 from 0.
    return date(count // 12, count % 12 + 1, 1)


def _close_requests(session: Session, row: Pupil, *, by: Actor, now: datetime) -> None:
    session.execute(
        update(DataRequest)
        .where(DataRequest.school_id == row.school_id, DataRequest.pupil_id == row.id)
        .where(DataRequest.state == WishState.OPEN)
        .values(state=WishState.DONE, decided_by=by.id, decided_at=now)
    )


def _close_enrolment(session: Session, row: Pupil, *, today: date) -> None:
    for enrolment in session.scalars(
        select(Enrolment).where(
            Enrolment.school_id == row.school_id,
            Enrolment.pupil_id == row.id,
            Enrolment.until_on.is_(None),
        )
    ):
        enrolment.until_on = max(today, enrolment.from_on)
        enrolment.until_why = Leaving.LEFT


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
    return [
        Child(
            pupil,
            school,
            seats[pupil.id].seat if pupil.id in seats else None,
            seats[pupil.id].school_class if pupil.id in seats else None,
        )
        for pupil in pupils
    ]


def _looks_at(session: Session, row: Pupil) -> Iterator[AuditEntry]:
    school = orgs.unit(session, row.school_id)
    held = session.scalars(
        select(Enrolment)
        .where(Enrolment.school_id == row.school_id, Enrolment.pupil_id == row.id)
        .order_by(Enrolment.from_on)
    ).all()
    spans = [(one.school_class.path, one.from_on, one.until_on) for one in held]
    if held:
        ends = [one.until_on for one in held]
        last = None if None in ends else max(day for day in ends if day)
        spans.append((school.path, held[0].from_on, last))
    for path, begins, ends_on in spans:
        entries = select(AuditEntry).where(
            AuditEntry.event.in_(LOOKS), AuditEntry.path == path, AuditEntry.at >= start_of(begins)
        )
        if ends_on:
            entries = entries.where(AuditEntry.at < end_of(ends_on))
        yield from session.scalars(entries)


def _roles(session: Session, people: set[UUID]) -> Callable[[UUID, str, date], Role | None]:
    """Return what tells the role in which somebody looked at a unit on a day."""
    postings: dict[UUID, list[Posting]] = {}
    for posting in session.scalars(select(Posting).where(Posting.person_id.in_(people))):
        postings.setdefault(posting.person_id, []).append(posting)

    def role(person: UUID, path: str, day: date) -> Role | None:
        held = [
            one
            for one in postings.get(person, [])
            if path.startswith(one.unit.path)
            and one.from_on <= day
            and (one.until_on is None or day <= one.until_on)
        ]
        # The nearest post is the one in whose name a page of the class is opened.
        return max(held, key=lambda one: len(one.unit.path)).role if held else None

    return role
