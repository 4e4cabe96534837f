"""The turn of the school year: classes go up by a grade (升级), the last ones graduate.

Newcomers come with the class list. What was counted stays with the class of the old year.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Role
from quizapp.accounts import changes
from quizapp.accounts.journal import Journal
from quizapp.accounts.matching import Place
from quizapp.accounts.models import (
    ChangeKind,
    ChangeState,
    Enrolment,
    Leaving,
    Posting,
    RosterChange,
)
from quizapp.audit.actions import record
from quizapp.core.clock import first_day, local_day, school_year
from quizapp.core.errors import Conflict, Missing
from quizapp.core.i18n import _
from quizapp.core.ids import new_id
from quizapp.orgs import queries as orgs
from quizapp.orgs.actions import class_name
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import Stage, UnitKind, class_code, next_grade

DAY: Final = timedelta(days=1)


@dataclass(frozen=True, order=True)
class Grade:
    """A grade of a school, as the form names it: "primary-6"."""

    grade: int
    stage: Stage

    @property
    def key(self) -> str:
        return f"{self.stage}-{self.grade}"

    @property
    def next(self) -> "Grade | None":
        onward = next_grade(self.stage, self.grade)
        return Grade(onward[1], onward[0]) if onward else None


@dataclass(frozen=True)
class Rise:
    """What becomes of a class. Without a place to go to its pupils graduate."""

    school_class: SchoolClass
    pupils: int
    place: Place | None
    there: SchoolClass | None  # The class of the new year, if a list has made it already.

    @property
    def grade(self) -> Grade:
        return Grade(self.school_class.grade, self.school_class.stage)

    @property
    def name(self) -> str | None:
        """Return the name that the class has in the new year."""
        if self.there or not self.place:
            return self.there.unit.name if self.there else None
        return class_name(self.place.stage, self.place.grade, self.place.number)


@dataclass(frozen=True)
class Plan:
    """What becomes of each class that has pupils, by grade, stage and number."""

    school_year: int  # Into which the school goes up.
    rises: tuple[Rise, ...]

    @property
    def promoted(self) -> int:
        return sum(rise.pupils for rise in self.rises if rise.place)

    @property
    def graduated(self) -> int:
        return sum(rise.pupils for rise in self.rises if not rise.place)

    @property
    def leaving(self) -> list[Rise]:
        return [rise for rise in self.rises if not rise.place]


@dataclass(frozen=True)
class Proposed:
    """What somebody asked for and a second person has to agree to. It holds grades, no names."""

    school: Unit
    change: RosterChange
    proposal: Mapping[str, Any]

    @property
    def path(self) -> str:
        return self.school.path

    @property
    def year(self) -> int:
        return int(self.proposal["year"])

    @property
    def with_teachers(self) -> bool:
        return bool(self.proposal["with_teachers"])

    def chosen(self, grades: Iterable[Grade]) -> frozenset[Grade]:
        """Return those of the grades that are to leave."""
        return frozenset(one for one in grades if one.key in self.proposal["graduating"])


def year_to_come(session: Session, school: Unit, *, today: date) -> int:
    """Return the year into which the school goes up next: this one, until it has done so."""
    this = school_year(today)
    behind = (
        select(Enrolment.id)
        .join(SchoolClass, SchoolClass.unit_id == Enrolment.class_id)
        .where(Enrolment.school_id == school.id, Enrolment.until_on.is_(None))
        .where(SchoolClass.school_year < this)
    )
    waits = session.scalar(select(behind.exists())) and promotion(session, school, this) is None
    return this if waits else this + 1


def grades(session: Session, school: Unit, *, year: int) -> list[Grade]:
    """Return the grades that have pupils in a school year."""
    return sorted({Grade(c.grade, c.stage) for c, _pupils in _filled(session, school, year)})


def last_grades(session: Session, school: Unit, wanted: Iterable[Grade]) -> frozenset[Grade]:
    """Return those of the grades that usually graduate: the last of a stage, unless the school
    teaches the next one, too. From junior to senior there is an examination: these graduate."""
    taught = set(
        session.scalars(
            select(SchoolClass.stage).where(SchoolClass.school_id == school.id).distinct()
        )
    )
    return frozenset(grade for grade in wanted if _usually_ends(grade, taught))


def plan(session: Session, school: Unit, *, year: int, graduating: Collection[Grade] = ()) -> Plan:
    """Say what becomes of each class in the school year; nothing is written.

    `graduating` are the grades that leave; who has no further grade leaves, too.
    """
    there = {_place(one): one for one in orgs.classes(session, school.id, school_year=year)}
    rises = []
    for old, pupils in _filled(session, school, year - 1):
        grade = Grade(old.grade, old.stage)
        onward = None if grade in graduating else grade.next
        place = Place(onward.grade, onward.stage, old.number) if onward else None
        rises.append(Rise(old, pupils, place, there.get(place) if place else None))
    return Plan(year, tuple(sorted(rises, key=lambda rise: _place(rise.school_class))))


def promotion(session: Session, school: Unit, year: int) -> RosterChange | None:
    """Return the promotion into the school year that holds, if there was one."""
    found = session.scalars(
        select(RosterChange)
        .where(RosterChange.school_id == school.id)
        .where(RosterChange.kind == ChangeKind.PROMOTION)
        .where(RosterChange.state == ChangeState.APPLIED)
        .order_by(RosterChange.id.desc())
    )
    made_at = ((one, one.decided_at or one.asked_at) for one in found)
    return next((one for one, at in made_at if school_year(local_day(at)) == year), None)


def proposal(session: Session, school: Unit, kind: ChangeKind) -> RosterChange | None:
    """Return the change of the kind that waits for a second person."""
    return session.scalar(
        select(RosterChange)
        .where(RosterChange.school_id == school.id, RosterChange.kind == kind)
        .where(RosterChange.state == ChangeState.PROPOSED)
        .order_by(RosterChange.id.desc())
        .limit(1)
    )


def proposed(session: Session, unit_id: UUID, change_id: UUID) -> Proposed:
    """Return a promotion or graduation of the school that somebody asked for; Missing if none."""
    school = orgs.school(session, unit_id)
    change = changes.change_of(session, school.id, change_id)
    if change.kind not in (ChangeKind.PROMOTION, ChangeKind.GRADUATION) or not change.proposal:
        raise Missing(_("There is no such change of the roster."))
    return Proposed(school, change, change.proposal)


def turn(
    session: Session,
    school: Unit,
    kind: ChangeKind,
    plan: Plan,
    *,
    with_teachers: bool,
    percent: int,
    by: Actor,
    now: datetime,
) -> bool:
    """Promote or graduate; of more than so many per cent of the school a second person decides.

    False: it waits for that. For the transaction in which `changes.hold` was called and the plan
    was made.
    """
    _may_begin(session, school, kind, plan, now=now)
    counts = _counts(kind, plan)
    if not changes.needs_second(counts, changes.on_roster(session, school.id), percent):
        journal = _written(session, school, kind, plan, with_teachers, by=by, now=now)
        changes.keep(session, school, kind, journal, counts, by=by, now=now)
        return True
    proposal = {
        "year": plan.school_year,
        "graduating": sorted({rise.grade.key for rise in plan.leaving}),
        "with_teachers": with_teachers,
    }
    changes.propose(session, school, kind, counts, proposal, by=by, now=now)
    return False


def agree(session: Session, what: Proposed, *, by: Actor, now: datetime) -> None:
    """Do what was proposed, by the classes as they stand today; Conflict for who proposed it."""
    changes.check_second(session, what.change, by)
    school, kind = what.school, what.change.kind
    graduating = what.chosen(grades(session, school, year=what.year - 1))
    todays = plan(session, school, year=what.year, graduating=graduating)
    _may_begin(session, school, kind, todays, now=now)
    journal = _written(session, school, kind, todays, what.with_teachers, by=by, now=now)
    changes.approve(session, what.change, journal, _counts(kind, todays), by=by, now=now)


def _counts(kind: ChangeKind, plan: Plan) -> dict[str, int]:
    """What the change will have done, as `RosterChange.counts` names it."""
    if kind is ChangeKind.GRADUATION:
        return {"graduated": plan.graduated}
    made = sum(rise.place is not None and rise.there is None for rise in plan.rises)
    return {"promoted": plan.promoted, "graduated": plan.graduated, "classes": made}


def _may_begin(
    session: Session, school: Unit, kind: ChangeKind, plan: Plan, *, now: datetime
) -> None:
    """Conflict if there is nothing to do, or a promotion comes too early or a second time."""
    told = f"{plan.school_year}–{plan.school_year + 1}"
    if kind is ChangeKind.GRADUATION:
        if not plan.leaving:
            raise Conflict(_("No grade with pupils is chosen to leave."))
        return
    if local_day(now) < first_day(plan.school_year):
        raise Conflict(
            _("The school year %(year)s begins on 1 September. Until then nothing goes up.",
              year=told)
        )  # fmt: skip
    if promotion(session, school, plan.school_year):
        raise Conflict(
            _("The school has gone up into %(year)s already. Undo that first, if it was wrong.",
              year=told)
        )  # fmt: skip
    if not plan.rises:
        raise Conflict(_("There is no class of last year with pupils in it."))


def _written(
    session: Session,
    school: Unit,
    kind: ChangeKind,
    plan: Plan,
    with_teachers: bool,
    *,
    by: Actor,
    now: datetime,
) -> Journal:
    """Do it, and return what was written."""
    if kind is ChangeKind.GRADUATION:
        return _graduate(session, school, plan, today=local_day(now))
    journal, begins = Journal(session), first_day(plan.school_year)
    becomes = _make_classes(journal, school, plan)
    _promote(journal, school, plan, becomes, begins=begins, today=local_day(now))
    if with_teachers:
        _take_teachers(journal, school, becomes, begins=begins, by=by, now=now)
    return journal


def _graduate(session: Session, school: Unit, plan: Plan, *, today: date) -> Journal:
    """End today what the leaving classes have; the others stay as they are."""
    journal = Journal(session)
    end = {"until_on": today, "until_why": Leaving.GRADUATED}
    left = _open(session, school, plan.leaving)
    journal.change(Enrolment, [{"school_id": school.id, "id": one.id} | end for one in left])
    return journal


def _promote(
    journal: Journal,
    school: Unit,
    plan: Plan,
    becomes: Mapping[UUID, UUID],
    *,
    begins: date,
    today: date,
) -> None:
    """Close the enrolments of the old year with its last day and open those of the new.

    Who has come into an old class since the year began goes up today.
    """
    closed: list[dict[str, Any]] = []
    opened: list[dict[str, Any]] = []
    for one in _open(journal.session, school, plan.rises):
        class_id = becomes.get(one.class_id)
        is_late = one.from_on >= begins
        last = max(one.from_on, today - DAY) if is_late else begins - DAY
        why = Leaving.PROMOTED if class_id else Leaving.GRADUATED
        closed.append({"school_id": school.id, "id": one.id, "until_on": last, "until_why": why})
        if class_id:
            opened.append(
                {"school_id": school.id, "id": new_id(), "pupil_id": one.pupil_id,
                 "class_id": class_id, "seat": one.seat, "from_on": today if is_late else begins}
            )  # fmt: skip
    # Closed first: a pupil has at most one open enrolment at any time.
    journal.change(Enrolment, closed)
    journal.add(Enrolment, opened)


def _usually_ends(grade: Grade, taught: Collection[Stage]) -> bool:
    onward = grade.next
    if onward is None or onward.stage not in taught:
        return True
    return grade.stage is Stage.JUNIOR and onward.stage is Stage.SENIOR


def _place(of: SchoolClass) -> Place:
    return Place(of.grade, of.stage, of.number)


def _filled(session: Session, school: Unit, year: int) -> Iterator[tuple[SchoolClass, int]]:
    """Yield the classes of a school year that have pupils, and how many."""
    classes = orgs.classes(session, school.id, school_year=year)
    sizes = dict(
        session.execute(
            select(Enrolment.class_id, func.count())
            .where(Enrolment.school_id == school.id, Enrolment.until_on.is_(None))
            .where(Enrolment.class_id.in_([one.unit_id for one in classes]))
            .group_by(Enrolment.class_id)
        ).all()
    )
    return ((one, sizes[one.unit_id]) for one in classes if one.unit_id in sizes)


def _open(
    session: Session, school: Unit, rises: Iterable[Rise]
) -> Sequence[Row[UUID, UUID, UUID, int | None, date]]:
    """Return who sits in these classes. Columns: what is changed by key is not read again."""
    return session.execute(
        select(
            Enrolment.id, Enrolment.pupil_id, Enrolment.class_id, Enrolment.seat, Enrolment.from_on
        )
        .where(Enrolment.school_id == school.id, Enrolment.until_on.is_(None))
        .where(Enrolment.class_id.in_([rise.school_class.unit_id for rise in rises]))
        .order_by(Enrolment.id)
    ).all()


def _make_classes(journal: Journal, school: Unit, plan: Plan) -> dict[UUID, UUID]:
    """Return by class of the old year that of the new one; those that are missing are made.

    One that is there already, from a list that came first, takes over the cohort.
    """
    becomes, units, made, known = {}, [], [], []
    for rise in plan.rises:
        old, place = rise.school_class, rise.place
        if place is None:
            continue
        if rise.there:
            becomes[old.unit_id] = rise.there.unit_id
            known.append({"unit_id": rise.there.unit_id, "cohort": old.cohort})
            continue
        unit_id = becomes[old.unit_id] = new_id()
        code = class_code(school.code, plan.school_year, place.stage, place.grade, place.number)
        units.append(
            {"id": unit_id, "parent_id": school.id, "kind": UnitKind.CLASS, "code": code,
             "name": rise.name, "path": f"{school.path}{code}/"}
        )  # fmt: skip
        made.append(
            {"unit_id": unit_id, "school_id": school.id, "school_year": plan.school_year,
             "stage": place.stage, "grade": place.grade, "number": place.number,
             "cohort": old.cohort}
        )  # fmt: skip
    journal.add(Unit, units)
    journal.add(SchoolClass, made)
    journal.change(SchoolClass, known)
    return becomes


def _take_teachers(
    journal: Journal,
    school: Unit,
    becomes: Mapping[UUID, UUID],
    *,
    begins: date,
    by: Actor,
    now: datetime,
) -> None:
    """Let class teachers go up with their classes."""
    held = journal.session.execute(
        select(Posting.id, Posting.person_id, Posting.unit_id, Posting.from_on, Posting.until_on)
        .where(Posting.unit_id.in_(becomes), Posting.role == Role.TEACHER)
        .where(or_(Posting.until_on.is_(None), Posting.until_on >= local_day(now)))
        .order_by(Posting.id)
    ).all()
    journal.change(
        Posting, [{"id": one.id, "until_on": max(one.from_on, begins - DAY)} for one in held]
    )
    journal.add(
        Posting,
        [
            {"id": new_id(), "person_id": one.person_id, "unit_id": becomes[one.unit_id],
             "role": Role.TEACHER, "from_on": begins, "until_on": one.until_on}
            for one in held
        ],
    )  # fmt: skip
    if held:
        record(
            journal.session, "posting.moved", by=by, now=now, path=school.path, postings=len(held)
        )
