"""A class list becomes classes, pupils and enrolments: what it would change, and the change.

A list only adds and moves. Who stands on the roster and not on the list stays: a list may be that
of one class, or of the newcomers.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import class_lists, credentials, matching
from quizapp.accounts.class_lists import ClassList
from quizapp.accounts.matching import Change, Class, Known, Place, Step
from quizapp.accounts.models import Consent, Enrolment, Pupil
from quizapp.audit.actions import record
from quizapp.core.clock import local_day
from quizapp.core.ids import new_id
from quizapp.core.sheets import Row
from quizapp.orgs import actions as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import Stage

DAY = timedelta(days=1)


@dataclass(frozen=True)
class ClassPlan:
    """A class that the list names. `absent`: on the roster and not on the list; they stay."""

    name: str
    is_new: bool
    added: int
    moved: int
    changed: int
    unchanged: int
    absent: int


@dataclass(frozen=True)
class Plan:
    """What the list would change: steps in its order, classes by grade, stage and number."""

    school_year: int
    steps: tuple[Step, ...]
    classes: tuple[ClassPlan, ...]
    missing: tuple[Place, ...]  # Classes that have to be made.
    names: Mapping[UUID, str]  # Of the school's classes of all years, by unit.
    taken: frozenset[str]  # Sign-in names and numbers of the school, which no newcomer may get.

    @property
    def altered(self) -> list[Step]:
        """Those known already to whom something happens."""
        return [step for step in self.steps if step.change in (Change.MOVED, Change.CHANGED)]

    def name_of(self, step: Step) -> str:
        """Return the name of the class that the pupil comes to."""
        place = step.place
        made = orgs.class_name(place.stage, place.grade, place.number)
        return self.names[step.class_id] if step.class_id else made

    @property
    def changes_nothing(self) -> bool:
        return all(step.change is Change.UNCHANGED for step in self.steps)


@dataclass(frozen=True)
class Applied:
    """What was done: classes made, pupils by what became of them."""

    classes: int
    added: int
    moved: int
    changed: int
    unchanged: int


def stages(session: Session, school: Unit) -> frozenset[Stage]:
    """Return the stages of all classes that the school has or had."""
    return frozenset(
        session.scalars(
            select(SchoolClass.stage).where(SchoolClass.school_id == school.id).distinct()
        )
    )


def read(rows: Sequence[Row], *, school_year: int, stages: Collection[Stage]) -> ClassList:
    """Read the rows of a file; `stages` are those that the list may hold, none for any."""
    return class_lists.read(
        rows, stages=[stage.value for stage in stages] or None, school_year=school_year
    )


def hold(session: Session, school: Unit) -> None:
    """Let no other import of this school plan or apply before this transaction ends.

    Two that look at the same time would both find a pupil without a number missing, and add the
    child twice. SQLite has one writer anyway. Not the whole FOR UPDATE: that would keep pupils
    waiting whose rows point to the school.
    """
    session.execute(select(Unit.id).where(Unit.id == school.id).with_for_update(key_share=True))
    # Nor may a pupil be counted in a class out of which the plan is about to take them.
    is_open = (Enrolment.school_id == school.id) & Enrolment.until_on.is_(None)
    session.execute(select(Enrolment.id).where(is_open).with_for_update())


def plan(
    session: Session,
    school: Unit,
    listed: ClassList,
    *,
    school_year: int,
    stages: Collection[Stage] = (),
) -> Plan:
    """Say what the pupils of the list without a fault would become; nothing is written.

    `stages` tells senior from vocational classes; without it the school's classes do.
    """
    classes, known = _classes(session, school), _known(session, school)
    names = {c.unit_id: c.name for c in classes}
    steps = matching.steps(listed.pupils, known, classes, school_year=school_year, stages=stages)
    return Plan(
        school_year=school_year,
        steps=steps,
        classes=tuple(_class_plans(steps, known, names)),
        missing=tuple(sorted({step.place for step in steps if step.class_id is None})),
        names=names,
        taken=frozenset(word for k in known for word in (k.login, k.number) if word),
    )


def apply(session: Session, school: Unit, plan: Plan, *, by: Actor, now: datetime) -> Applied:
    """Make the missing classes and pupils, move and change the others; nobody is taken away.

    For the transaction in which `hold` was called and the plan was made.
    """
    today = local_day(now)
    class_ids = _make_classes(session, school, plan)
    steps: dict[Change, list[Step]] = {change: [] for change in Change}
    for step in plan.steps:
        steps[step.change].append(step)

    _add(session, school, steps[Change.NEW], class_ids, taken=plan.taken, today=today)
    _move(session, school, steps[Change.MOVED], class_ids, today=today)
    _rename(session, school, steps[Change.MOVED] + steps[Change.CHANGED])
    _reseat(session, school, steps[Change.CHANGED])
    done = Applied(
        classes=len(plan.missing),
        added=len(steps[Change.NEW]),
        moved=len(steps[Change.MOVED]),
        changed=len(steps[Change.CHANGED]),
        unchanged=len(steps[Change.UNCHANGED]),
    )
    record(
        session, "roster.applied", by=by, now=now, path=school.path, classes=done.classes,
        added=done.added, moved=done.moved, changed=done.changed, unchanged=done.unchanged,
    )  # fmt: skip
    return done


# What the school has, and what the list makes of it


def _classes(session: Session, school: Unit) -> list[Class]:
    """Return the classes of all years."""
    rows = session.execute(
        select(
            SchoolClass.school_year,
            SchoolClass.grade,
            SchoolClass.stage,
            SchoolClass.number,
            Unit.id,
            Unit.name,
        )
        .join(Unit, Unit.id == SchoolClass.unit_id)
        .where(SchoolClass.school_id == school.id)
    )
    return [
        Class(year, Place(grade, stage, number), unit_id, name)
        for year, grade, stage, number, unit_id, name in rows
    ]


def _known(session: Session, school: Unit) -> list[Known]:
    """Return all pupils of the school, those who have left among them."""
    is_open = (
        (Enrolment.school_id == Pupil.school_id)
        & (Enrolment.pupil_id == Pupil.id)
        & Enrolment.until_on.is_(None)
    )
    rows = session.execute(
        select(
            Pupil.id,
            Pupil.name,
            Pupil.login,
            Pupil.number,
            Enrolment.id,
            Enrolment.class_id,
            Enrolment.seat,
            Enrolment.from_on,
            Enrolment.signed_in_at,
        )
        .outerjoin(Enrolment, is_open)
        .where(Pupil.school_id == school.id)
        .order_by(Pupil.id)
    )
    return [Known(*row) for row in rows]


def _class_plans(
    steps: Sequence[Step], known: Sequence[Known], names: Mapping[UUID, str]
) -> Iterator[ClassPlan]:
    listed = {step.known.pupil_id for step in steps if step.known}
    absent: dict[UUID | None, int] = defaultdict(int)
    for k in known:
        absent[k.class_id] += k.pupil_id not in listed
    classes: dict[Place, list[Step]] = defaultdict(list)
    for step in steps:
        classes[step.place].append(step)
    for place, own in sorted(classes.items()):
        changes = [step.change for step in own]
        class_id = own[0].class_id
        made = orgs.class_name(place.stage, place.grade, place.number)
        yield ClassPlan(
            name=names[class_id] if class_id else made,
            is_new=class_id is None,
            added=changes.count(Change.NEW),
            moved=changes.count(Change.MOVED),
            changed=changes.count(Change.CHANGED),
            unchanged=changes.count(Change.UNCHANGED),
            absent=absent[class_id] if class_id else 0,
        )


# The change


def _make_classes(session: Session, school: Unit, plan: Plan) -> dict[Place, UUID]:
    """Return the unit of each class of the list; those that are missing are made."""
    units = {step.place: step.class_id for step in plan.steps if step.class_id}
    for place in plan.missing:
        made = orgs.add_class(
            session, school, school_year=plan.school_year,
            stage=place.stage, grade=place.grade, number=place.number,
        )  # fmt: skip
        units[place] = made.unit_id
    session.flush()
    return units


def _add(
    session: Session,
    school: Unit,
    steps: Sequence[Step],
    class_ids: Mapping[Place, UUID],
    *,
    taken: Collection[str],
    today: date,
) -> None:
    """Add pupils: the number is the sign-in name too, unless somebody has it already."""
    if not steps:
        return
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
             "name": step.listed.name, "number": number, "consent": Consent.NONE}
        )  # fmt: skip
        enrolments.append(_enrolment(school, step, pupil_id, class_ids, today))
    session.execute(insert(Pupil), pupils)
    session.execute(insert(Enrolment), enrolments)


def _new_login(taken: Collection[str]) -> str:
    while (login := credentials.new_login()) in taken:
        pass
    return login


def _move(
    session: Session,
    school: Unit,
    steps: Sequence[Step],
    class_ids: Mapping[Place, UUID],
    *,
    today: date,
) -> None:
    """Close the old enrolment with yesterday and open one in the new class.

    One that began today is put right in place. But a child who has signed in since is counted in
    the old class, and what is counted stays there: that enrolment ends today instead.
    """
    closed, amended, opened = [], [], []
    for step in steps:
        known = step.known
        if known is None:
            continue
        began_today = known.from_on is not None and known.from_on >= today
        if began_today and not known.signed_in_at:
            row = {"class_id": class_ids[step.place], "seat": step.listed.seat}
            amended.append({"school_id": school.id, "id": known.enrolment_id, **row})
            continue
        if known.enrolment_id:
            until = today if began_today else today - DAY
            closed.append({"school_id": school.id, "id": known.enrolment_id, "until_on": until})
        opened.append(_enrolment(school, step, known.pupil_id, class_ids, today))
    # Closed first: a pupil has at most one open enrolment at any time.
    _update(session, Enrolment, closed)
    _update(session, Enrolment, amended)
    if opened:
        session.execute(insert(Enrolment), opened)


def _enrolment(
    school: Unit, step: Step, pupil_id: UUID, class_ids: Mapping[Place, UUID], today: date
) -> dict[str, object]:
    return {
        "school_id": school.id, "id": new_id(), "pupil_id": pupil_id,
        "class_id": class_ids[step.place], "seat": step.listed.seat, "from_on": today,
    }  # fmt: skip


def _rename(session: Session, school: Unit, steps: Iterable[Step]) -> None:
    """Take over names and numbers. The sign-in name stays: the child knows it by heart."""
    rows = [
        {"school_id": school.id, "id": step.known.pupil_id, "name": step.listed.name}
        | ({"number": step.listed.number} if step.is_renumbered else {})
        for step in steps
        if step.known and (step.is_renamed or step.is_renumbered)
    ]
    _update(session, Pupil, rows)


def _reseat(session: Session, school: Unit, steps: Iterable[Step]) -> None:
    rows = [
        {"school_id": school.id, "id": step.known.enrolment_id, "seat": step.listed.seat}
        for step in steps
        if step.known and step.is_reseated
    ]
    _update(session, Enrolment, rows)


def _update(
    session: Session, table: type[Pupil | Enrolment], rows: Sequence[Mapping[str, object]]
) -> None:
    """Change many rows, each by its primary key."""
    if rows:
        session.execute(update(table), rows)
