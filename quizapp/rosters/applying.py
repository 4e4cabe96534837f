"""A list becomes classes, pupils and enrolments, as its plan says."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import credentials
from quizapp.accounts.models import Consent, Enrolment, Leaving, Pupil
from quizapp.core import pinyin
from quizapp.core.clock import DAY, local_day
from quizapp.core.errors import Conflict
from quizapp.core.i18n import _
from quizapp.core.ids import new_id
from quizapp.orgs import actions as orgs
from quizapp.orgs.models import Unit
from quizapp.rosters import changes, checked
from quizapp.rosters.checked import Checked
from quizapp.rosters.journal import Journal
from quizapp.rosters.matching import Change, Known, Place, Step
from quizapp.rosters.models import ChangeKind, ChangeState, RosterChange
from quizapp.rosters.plans import Plan, plan_of


def apply(session: Session, school: Unit, plan: Plan, *, by: Actor, now: datetime) -> RosterChange:
    """Do what the plan says, and keep the way back.

    For the transaction in which `changes.hold` was called and the plan was made.
    """
    journal = _write(session, school, plan, today=local_day(now))
    return changes.keep(session, school, ChangeKind.LIST, journal, plan.counts, by=by, now=now)


def take_in(
    session: Session, school: Unit, what: Checked, *, percent: int, by: Actor, now: datetime
) -> RosterChange | None:
    """Bring a checked list into the roster, or propose it where a second person must agree.

    None: nothing was to be changed. `percent` of the pupils may be changed by one person alone.
    """
    changes.hold(session, school)
    found = plan_of(session, school, what)
    if found.changes_nothing:
        return None
    if changes.needs_second(found.counts, found.pupils, percent):
        return changes.propose(
            session, school, ChangeKind.LIST, found.counts, checked.told(what), by=by, now=now
        )
    return apply(session, school, found, by=by, now=now)


def proposed(change: RosterChange) -> Checked:
    """Return the list that waits for a second person; Conflict once somebody has decided."""
    if change.state is not ChangeState.PROPOSED or change.proposal is None:
        raise Conflict(_("Somebody has decided about this change already."))
    return checked.from_told(change.proposal)


def approve(
    session: Session, school: Unit, change: RosterChange, *, seen: str, by: Actor, now: datetime
) -> bool:
    """Do what somebody else has proposed, as it is today; False if that is not what was `seen`.

    `seen` is the digest of the plan that was shown. Conflict for who asked, and once it is decided.
    """
    changes.check_second(session, change, by)
    changes.hold(session, school)
    session.refresh(change)
    found = plan_of(session, school, proposed(change))
    if found.digest != seen:
        return False
    journal = _write(session, school, found, today=local_day(now))
    changes.approve(session, change, journal, found.counts, by=by, now=now)
    return True


def _write(session: Session, school: Unit, plan: Plan, *, today: date) -> Journal:
    """Make the missing classes and pupils, move and change the others, let go who has left."""
    journal = Journal(session)
    class_ids = _make_classes(journal, school, plan)
    new, back = plan.of(Change.NEW), plan.of(Change.RETURNED)
    moved, same = plan.of(Change.MOVED), plan.of(Change.CHANGED)
    _let_go(journal, school, plan.leavers, today=today)
    opened = _move(journal, school, moved, plan, class_ids, today=today)
    opened += _add(journal, school, new, class_ids, taken=plan.taken, today=today)
    opened += [
        _enrolment(school, step, step.known.pupil_id, class_ids, today)
        for step in back
        if step.known
    ]
    # Opened last: a pupil has at most one open enrolment at any time.
    journal.add(Enrolment, opened)
    _rename(journal, school, [*moved, *back, *same])
    _reseat(journal, school, same)
    return journal


def _make_classes(journal: Journal, school: Unit, plan: Plan) -> dict[Place, UUID]:
    """Return the unit of each class of the list; those that are missing are made."""
    units = {step.place: step.class_id for step in plan.steps if step.class_id}
    for place in plan.missing:
        made = orgs.add_class(
            journal.session, school, school_year=plan.school_year,
            stage=place.stage, grade=place.grade, number=place.number,
        )  # fmt: skip
        journal.made(made.unit, made)
        units[place] = made.unit_id
    return units


def _let_go(journal: Journal, school: Unit, leavers: Iterable[Known], *, today: date) -> None:
    """End what they have with yesterday; where something of today is counted in it, with today."""
    rows = []
    for k in leavers:
        is_of_today = k.signed_in_at is not None and local_day(k.signed_in_at) >= today
        rows.append(_ended(school, k, Leaving.LEFT, today if is_of_today else today - DAY))
    journal.change(Enrolment, rows)


def _ended(school: Unit, k: Known, why: Leaving, last_day: date) -> dict[str, Any]:
    until = max(k.from_on, last_day) if k.from_on else last_day
    return {"school_id": school.id, "id": k.enrolment_id, "until_on": until, "until_why": why}


def _add(
    journal: Journal,
    school: Unit,
    steps: Sequence[Step],
    class_ids: Mapping[Place, UUID],
    *,
    taken: Collection[str],
    today: date,
) -> list[dict[str, Any]]:
    """Add pupils, and return their enrolments.

    The number is the sign-in name, too, unless somebody has it already.
    """
    used = {word.lower() for word in taken}
    kept = used | {step.listed.number.lower() for step in steps if step.listed.number}
    pupils, enrolments = [], []
    for step in steps:
        number = step.listed.number
        login = number if number and number.lower() not in used else _new_login(kept)
        used.add(login.lower())
        kept.add(login.lower())
        pupil_id = new_id()
        pupils.append(
            {"school_id": school.id, "id": pupil_id, "child_id": new_id(), "login": login,
             "name": step.listed.name, "pinyin": pinyin.spelled(step.listed.name),
             "number": number, "consent": Consent.NONE}
        )  # fmt: skip
        enrolments.append(_enrolment(school, step, pupil_id, class_ids, today))
    journal.add(Pupil, pupils)
    return enrolments


def _new_login(taken: Collection[str]) -> str:
    while (login := credentials.new_login()) in taken:
        pass
    return login


def _move(
    journal: Journal,
    school: Unit,
    steps: Sequence[Step],
    plan: Plan,
    class_ids: Mapping[Place, UUID],
    *,
    today: date,
) -> list[dict[str, Any]]:
    """Close the old enrolment with yesterday and return those to open in the new class.

    One that began today is put right in place. But a child who has signed in since is counted in
    the old class, and what is counted stays there: that enrolment ends today instead.
    """
    closed, amended, opened = [], [], []
    for step in steps:
        known = step.known
        if known is None or known.class_id is None:
            continue
        began_today = known.from_on is not None and known.from_on >= today
        if began_today and not known.signed_in_at:
            row = {"class_id": class_ids[step.place], "seat": step.listed.seat}
            amended.append({"school_id": school.id, "id": known.enrolment_id, **row})
            continue
        is_of_year = plan.ours[known.class_id].school_year == plan.school_year
        why = Leaving.MOVED if is_of_year else Leaving.PROMOTED
        closed.append(_ended(school, known, why, today - DAY))
        opened.append(_enrolment(school, step, known.pupil_id, class_ids, today))
    journal.change(Enrolment, closed)
    journal.change(Enrolment, amended)
    return opened


def _enrolment(
    school: Unit, step: Step, pupil_id: UUID, class_ids: Mapping[Place, UUID], today: date
) -> dict[str, Any]:
    return {
        "school_id": school.id, "id": new_id(), "pupil_id": pupil_id,
        "class_id": class_ids[step.place], "seat": step.listed.seat, "from_on": today,
    }  # fmt: skip


def _rename(journal: Journal, school: Unit, steps: Iterable[Step]) -> None:
    """Take over names and numbers. The sign-in name stays: the child knows it by heart."""
    named, numbered = [], []
    for step in steps:
        if step.known and step.is_renamed:
            sound = pinyin.spelled(step.listed.name)
            named.append(
                {"school_id": school.id, "id": step.known.pupil_id,
                 "name": step.listed.name, "pinyin": sound}
            )  # fmt: skip
        if step.known and step.is_renumbered:
            numbered.append(
                {"school_id": school.id, "id": step.known.pupil_id, "number": step.listed.number}
            )
    journal.change(Pupil, named)
    journal.change(Pupil, numbered)


def _reseat(journal: Journal, school: Unit, steps: Iterable[Step]) -> None:
    rows = [
        {"school_id": school.id, "id": step.known.enrolment_id, "seat": step.listed.seat}
        for step in steps
        if step.known and step.is_reseated
    ]
    journal.change(Enrolment, rows)
