"""The school year turns: classes go up or graduate, as the plan of `terms` says."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Role
from quizapp.accounts.models import Enrolment, Leaving, Posting
from quizapp.audit.actions import record
from quizapp.core.clock import DAY, first_day, local_day
from quizapp.core.errors import Conflict
from quizapp.core.i18n import _
from quizapp.core.ids import new_id
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import UnitKind, class_code
from quizapp.rosters import changes, terms
from quizapp.rosters.journal import Journal
from quizapp.rosters.models import ChangeKind
from quizapp.rosters.terms import Plan, Proposed, Rise


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
    graduating = what.chosen(terms.grades(session, school, year=what.year - 1))
    todays = terms.plan(session, school, year=what.year, graduating=graduating)
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
    if terms.promotion(session, school, plan.school_year):
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
