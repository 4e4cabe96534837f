"""Taking a child out of the changes of rosters that are kept, at every school that ever had it."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, or_, select
from sqlalchemy.orm import Session

from quizapp.accounts.models import Enrolment, Pupil
from quizapp.accounts.queries import rows_of_child
from quizapp.orgs.models import Unit
from quizapp.rosters import checked
from quizapp.rosters.journal import Step
from quizapp.rosters.matching import Step as Listing
from quizapp.rosters.models import ChangeKind, ChangeState, RosterChange
from quizapp.rosters.plans import plan_of


def forget(session: Session, pupil: Pupil) -> None:
    """Take all that tells who a child was out of the changes of its schools; before the erasure.

    What these changes did to the child cannot be undone any more. A transfer is kept by the school
    that took over, so all schools of the child are gone through for all its rows.
    """
    rows = rows_of_child(session, pupil.child_id)
    ids = ids_of(session, rows)
    schools = {row.school_id for row in rows}
    for change in session.scalars(
        select(RosterChange).where(RosterChange.school_id.in_(schools), touches(ids))
    ):
        change.steps = [step for step in change.steps or () if ids.isdisjoint(_named(step))]
    waiting = select(RosterChange).where(
        RosterChange.school_id.in_(schools),
        RosterChange.kind == ChangeKind.LIST,
        RosterChange.state == ChangeState.PROPOSED,
    )
    for change in session.scalars(waiting):
        if change.proposal:
            change.proposal = _without(session, change, change.proposal, rows)


def ids_of(session: Session, rows: Iterable[Pupil]) -> set[str]:
    """Return the ids of the rows of a child and of all its enrolments, as steps write them."""
    pupils = {row.id for row in rows}
    held = select(Enrolment.id).where(
        Enrolment.school_id.in_({row.school_id for row in rows}), Enrolment.pupil_id.in_(pupils)
    )
    return {str(one) for one in (*pupils, *session.scalars(held))}


def touches(ids: Collection[str]) -> ColumnElement[bool]:
    """Return the condition for changes whose steps name one of the ids; found without reading
    thousands of steps of an import."""
    told = cast(RosterChange.steps, Text)
    return or_(*(told.contains(one) for one in ids))


def _named(step: Step) -> Iterator[str]:
    """Yield the ids of the row and of the pupil to whom it points."""
    for part in (step["key"], step["before"] or {}, step["after"]):
        yield from (part[name] for name in ("id", "pupil_id") if part.get(name))


def _without(
    session: Session, change: RosterChange, proposal: Mapping[str, Any], rows: Collection[Pupil]
) -> dict[str, Any]:
    """Return a list that waits for a second person without the child; all others stay on it."""
    school = session.get_one(Unit, change.school_id)
    what = checked.from_told(proposal)
    plan = plan_of(session, school, what)
    own = [row for row in rows if row.school_id == school.id]
    gone = {
        one.listed.row
        for one in (*plan.steps, *plan.doubtful, *plan.elsewhere)
        if any(_may_be(one, row) for row in own)
    }
    return checked.told(replace(what, pupils=tuple(p for p in what.pupils if p.row not in gone)))


def _may_be(one: Listing, row: Pupil) -> bool:
    """Whether a listed pupil is the child, or a namesake whom no number tells apart from it."""
    if one.known:
        return one.known.pupil_id == row.id
    return one.listed.name == row.name and not (one.listed.number and row.number)
