"""A class list becomes classes, pupils and enrolments: what it would change, and the change.

A list only adds and moves. Who stands on the roster and not on the list stays: a list may be that
of one class, or of the newcomers.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import class_lists, credentials
from quizapp.accounts.class_lists import ClassList, Listed
from quizapp.accounts.models import Consent, Enrolment, Pupil
from quizapp.audit.actions import record
from quizapp.core.clock import local_day
from quizapp.core.ids import new_id
from quizapp.core.sheets import Row
from quizapp.orgs import actions as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import Stage, fits

DAY = timedelta(days=1)
Thing = TypeVar("Thing")


class Change(StrEnum):
    """What becomes of a listed pupil. Who moves may change name or seat at the same time."""

    NEW = "new"
    MOVED = "moved"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, order=True)
class Place:
    """A class of a school in a school year."""

    grade: int
    stage: Stage
    number: int

    @property
    def name(self) -> str:
        return orgs.class_name(self.stage, self.grade, self.number)


@dataclass(frozen=True)
class Known:
    """A pupil as the roster has them. From `enrolment_id` on None: the pupil has left."""

    pupil_id: UUID
    name: str
    login: str
    number: str | None
    enrolment_id: UUID | None
    class_id: UUID | None
    seat: int | None
    from_on: date | None
    signed_in_at: datetime | None


@dataclass(frozen=True)
class Step:
    """A listed pupil, who that is, and what is to be done. A list without seats or numbers
    takes none away."""

    listed: Listed
    place: Place
    class_id: UUID | None  # None: the class has to be made.
    known: Known | None

    @property
    def change(self) -> Change:
        if self.known is None:
            return Change.NEW
        if self.known.class_id is None or self.known.class_id != self.class_id:
            return Change.MOVED
        same = not (self.is_renamed or self.is_renumbered or self.is_reseated)
        return Change.UNCHANGED if same else Change.CHANGED

    @property
    def is_renamed(self) -> bool:
        return self.known is not None and self.known.name != self.listed.name

    @property
    def is_renumbered(self) -> bool:
        number = self.listed.number
        return bool(self.known and number and _plain(self.known.number) != _plain(number))

    @property
    def is_reseated(self) -> bool:
        return bool(self.known and self.listed.seat and self.known.seat != self.listed.seat)


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
    """What the list would change, in its own order; `classes` by grade, stage and number."""

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
    child twice. SQLite has one writer anyway. Not FOR UPDATE: that would keep pupils waiting
    whose rows point to the school.
    """
    session.execute(select(Unit.id).where(Unit.id == school.id).with_for_update(key_share=True))


def plan(
    session: Session,
    school: Unit,
    listed: ClassList,
    *,
    school_year: int,
    stages: Collection[Stage] = (),
) -> Plan:
    """Say what the pupils of the list without a fault would become; nothing is written.

    A pupil is found by number, else by class, name and seat, else by class and name if only one
    can be meant. `stages` tells senior from vocational; without it the school's classes do.
    """
    classes = _classes(session, school)
    ours = {c.place: c.unit_id for c in classes if c.school_year == school_year}
    every_place = [c.place for c in classes]
    names = {c.unit_id: c.name for c in classes}
    known = _known(session, school)
    placed = [
        (pupil, _place(pupil, stages, here=ours, ever=every_place)) for pupil in listed.pupils
    ]
    found = _found(placed, known, ours)
    steps = tuple(
        Step(pupil, place, ours.get(place), found.get(index))
        for index, (pupil, place) in enumerate(placed)
    )
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


# What the school has


@dataclass(frozen=True)
class _Class:
    """A class that the school has or had."""

    school_year: int
    place: Place
    unit_id: UUID
    name: str


def _classes(session: Session, school: Unit) -> list[_Class]:
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
        _Class(year, Place(grade, stage, number), unit_id, name)
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


def _place(
    pupil: Listed, stages: Collection[Stage], *, here: Mapping[Place, UUID], ever: Iterable[Place]
) -> Place:
    """Return the class that is meant: grades 10 to 12 are taught in two stages."""
    fitting = [stage for stage in Stage if fits(stage, pupil.grade)]
    fitting = [stage for stage in fitting if stage in stages] or fitting
    places = [Place(pupil.grade, stage, pupil.class_number) for stage in fitting]
    if len(places) == 1:
        return places[0]
    if there := [place for place in places if place in here]:
        return there[0]
    taught = {place.stage for place in ever if place.grade == pupil.grade}
    return next((place for place in places if taught == {place.stage}), places[0])


def _found(
    placed: Sequence[tuple[Listed, Place]], known: Sequence[Known], ours: Mapping[Place, UUID]
) -> dict[int, Known]:
    """Return who is meant, by the index of the listed pupil; nobody is meant twice."""
    found: dict[int, Known] = {}
    left = {k.pupil_id: k for k in known}
    by_number = {_plain(k.number): k for k in known if k.number}
    for index, (pupil, _where) in enumerate(placed):
        one = by_number.get(_plain(pupil.number)) if pupil.number else None
        if one and left.pop(one.pupil_id, None):
            found[index] = one

    for with_seat in (True, False):
        _find_in_class(placed, left, found, ours, with_seat=with_seat)
    return found


def _find_in_class(
    placed: Sequence[tuple[Listed, Place]],
    left: dict[UUID, Known],
    found: dict[int, Known],
    ours: Mapping[Place, UUID],
    *,
    with_seat: bool,
) -> None:
    """Find more of those who are not found yet: by class and name, and the seat if told so.

    The same name on the same seat is the same child with another number; elsewhere in the class
    it is another child, if both have numbers and these differ.
    """

    def listed_key(index: int) -> Hashable:
        pupil, place = placed[index]
        return _key(ours.get(place), pupil, with_seat=with_seat)

    listed = _alike((i for i in range(len(placed)) if i not in found), listed_key)
    theirs = _alike(left.values(), lambda k: _key(k.class_id, k, with_seat=with_seat))
    for key, indexes in listed.items():
        candidates = theirs.get(key, [])
        if len(indexes) == len(candidates) == 1:
            pupil, one = placed[indexes[0]][0], candidates[0]
            if with_seat or not (pupil.number and one.number):
                found[indexes[0]] = left.pop(one.pupil_id)


def _key(class_id: UUID | None, pupil: Listed | Known, *, with_seat: bool) -> Hashable:
    if class_id is None or (with_seat and pupil.seat is None):
        return None
    return (class_id, pupil.name, pupil.seat if with_seat else None)


def _alike(
    things: Iterable[Thing], key: Callable[[Thing], Hashable]
) -> dict[Hashable, list[Thing]]:
    groups: dict[Hashable, list[Thing]] = defaultdict(list)
    for thing in things:
        if (found := key(thing)) is not None:
            groups[found].append(thing)
    return groups


def _plain(number: str | None) -> str | None:
    return number.lower() if number else None


def _class_plans(
    steps: Sequence[Step], known: Sequence[Known], names: Mapping[UUID, str]
) -> Iterable[ClassPlan]:
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
        yield ClassPlan(
            name=names[class_id] if class_id else place.name,
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

    One that began today is put right in place. But a child who has signed in today is counted in
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
