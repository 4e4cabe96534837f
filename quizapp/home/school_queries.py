"""Questions about schools: the list, one school's classes, its signed roll beside its roster."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission
from quizapp.access.scope import within
from quizapp.accounts.models import Card, ClassWindow, Consent, Enrolment, ExtraTime, Pupil
from quizapp.home.class_queries import Line, rosters
from quizapp.home.roll_queries import Count, Grade, grade_order, own_counts, together
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Roll, SchoolClass, Unit
from quizapp.orgs.rules import IN_SCOPE, Stage, UnitKind
from quizapp.privacy.models import DataRequest, WishState
from quizapp.rosters.models import ChangeState, RosterChange


@dataclass(frozen=True)
class Area:
    """A unit with schools directly below it."""

    unit: Unit
    schools: int


@dataclass(frozen=True)
class School:
    """A school in a list; `roster` 0 means that it has imported no list yet."""

    unit: Unit
    classes: int
    roster: int


@dataclass(frozen=True)
class GradeLine:
    """A stage and grade of a school, on the roll and on its roster. No count: no roll."""

    stage: Stage
    grade: int
    count: Count | None
    roster: int

    @property
    def difference(self) -> int | None:
        """How many more are on the roster than on the roll; negative: fewer."""
        return None if self.count is None else self.roster - self.count.pupils


@dataclass(frozen=True)
class Heads:
    """A roll beside the roster of a school, by grade. No roll: nobody has signed one."""

    roll: Roll | None
    lines: Sequence[GradeLine]

    @property
    def count(self) -> Count:
        """All on the roll."""
        return together(line.count for line in self.lines if line.count)

    @property
    def roster(self) -> int:
        """All on the roster of these grades."""
        return sum(line.roster for line in self.lines)


@dataclass(frozen=True)
class Waiting:
    """What waits for the office of a school."""

    windows: Sequence[Unit]  # Classes that are open for signing in now.
    changes: int  # Of the roster, for a second person.
    requests: int  # About data, not yet decided.
    cannot_sign_in: int  # Pupils with neither card nor secret nor picture PIN.
    unasked: int  # Pupils of whom nobody knows what the guardian says.


def areas(session: Session, actor: Actor) -> list[Area]:
    """Return the units that have schools of the actor directly below them, by path."""
    counted = (
        select(Unit.parent_id, func.count().label("schools"))
        .where(Unit.kind == UnitKind.SCHOOL, within(Unit.path, actor, Permission.UNIT_READ))
        .group_by(Unit.parent_id)
        .subquery()
    )
    rows = session.execute(
        select(Unit, counted.c.schools)
        .join(counted, counted.c.parent_id == Unit.id)
        .order_by(Unit.path)
    )
    return [Area(unit, schools) for unit, schools in rows]


def schools_in(session: Session, actor: Actor, area: Unit, *, school_year: int) -> list[School]:
    """Return the actor's schools directly below the unit, by name, with what they have imported."""
    found = session.scalars(
        select(Unit)
        .where(Unit.kind == UnitKind.SCHOOL, Unit.parent_id == area.id)
        .where(within(Unit.path, actor, Permission.UNIT_READ))
        .order_by(Unit.name, Unit.code)
    ).all()
    ids = [school.id for school in found]
    of_year = SchoolClass.school_year == school_year
    classes = _counts(
        session,
        select(SchoolClass.school_id, func.count())
        .where(SchoolClass.school_id.in_(ids), of_year)
        .group_by(SchoolClass.school_id),
    )
    pupils = _counts(
        session,
        select(Enrolment.school_id, func.count())
        .join(SchoolClass, SchoolClass.unit_id == Enrolment.class_id)
        .where(Enrolment.school_id.in_(ids), Enrolment.until_on.is_(None), of_year)
        .group_by(Enrolment.school_id),
    )
    return [School(one, classes.get(one.id, 0), pupils.get(one.id, 0)) for one in found]


def classes(session: Session, school: Unit, *, school_year: int) -> list[Line]:
    """Return the classes of the school in the year, by grade, stage and number."""
    found = orgs.classes(session, school.id, school_year=school_year)
    counted = rosters(session, found)
    return [Line(one, school.name, *counted[one.unit_id]) for one in found]


def heads(session: Session, school: Unit, lines: Sequence[Line], roll: Roll | None) -> Heads:
    """Return the roll beside the roster, by grade in scope or on the roll."""
    listed = own_counts(session, roll, school) if roll else {}
    roster: Counter[Grade] = Counter()
    for line in lines:
        roster[line.school_class.stage, line.school_class.grade] += line.roster
    grades = {(stage, grade) for stage, grade in roster if grade in IN_SCOPE[stage]} | set(listed)
    return Heads(
        roll,
        [
            GradeLine(*grade, listed.get(grade, Count()) if roll else None, roster[grade])
            for grade in sorted(grades, key=grade_order)
        ],
    )


def learning_along(session: Session, school: Unit, *, today: date) -> int:
    """Return how many pupils of the roster have more time because they learn along."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Pupil)
            .join(Enrolment, _open_enrolment())
            .where(Pupil.school_id == school.id, Pupil.extra_why == ExtraTime.LEARNS_ALONG)
            .where(Pupil.extra_percent > 0)
            .where(or_(Pupil.extra_until.is_(None), Pupil.extra_until >= today))
        )
        or 0
    )


def waiting(session: Session, school: Unit, *, now: datetime) -> Waiting:
    """Return what waits for the office of the school."""
    cannot_sign_in, unasked = _pupils_waiting(session, school, now=now)
    open_windows = (
        select(Unit)
        .join(ClassWindow, ClassWindow.class_id == Unit.id)
        .where(ClassWindow.school_id == school.id)
        .where(ClassWindow.closed_at.is_(None), ClassWindow.closes_at > now)
        .order_by(Unit.path)
    )
    return Waiting(
        windows=session.scalars(open_windows).all(),
        changes=_number(session, RosterChange, school, _for_second()),
        requests=_number(session, DataRequest, school, DataRequest.state == WishState.OPEN),
        cannot_sign_in=cannot_sign_in,
        unasked=unasked,
    )


def _pupils_waiting(session: Session, school: Unit, *, now: datetime) -> tuple[int, int]:
    """Return how many have nothing to sign in with, and of how many no consent is known."""
    card = (
        select(Card.id)
        .where(Card.school_id == Pupil.school_id, Card.pupil_id == Pupil.id)
        .where(Card.used_at.is_(None), Card.revoked_at.is_(None), Card.expires_at > now)
        .exists()
    )
    nothing = and_(Pupil.secret_hash.is_(None), Pupil.pin_hash.is_(None), ~card)
    cannot, unasked = session.execute(
        select(
            func.count().filter(nothing),
            func.count().filter(Pupil.consent == Consent.NONE),
        )
        .select_from(Pupil)
        .join(Enrolment, _open_enrolment())
        .where(Pupil.school_id == school.id)
    ).one()
    return cannot, unasked


def _for_second() -> ColumnElement[bool]:
    """Whether a change, or undoing it, waits for a second person."""
    asked = RosterChange.undo_asked_by.is_not(None) & RosterChange.steps.is_not(None)
    return or_(
        RosterChange.state == ChangeState.PROPOSED,
        (RosterChange.state == ChangeState.APPLIED) & asked,
    )


def _open_enrolment() -> ColumnElement[bool]:
    return and_(
        Enrolment.school_id == Pupil.school_id,
        Enrolment.pupil_id == Pupil.id,
        Enrolment.until_on.is_(None),
        Pupil.erased_at.is_(None),
    )


def _number(
    session: Session,
    table: type[RosterChange | DataRequest],
    school: Unit,
    waits: ColumnElement[bool],
) -> int:
    own = select(func.count()).select_from(table).where(table.school_id == school.id, waits)
    return session.scalar(own) or 0


def _counts(session: Session, rows: Select[UUID, int]) -> dict[UUID, int]:
    return dict(session.execute(rows).all())
