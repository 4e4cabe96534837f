"""What a list would change: who is new, back, moved, changed or leaving. Nothing is written.

A list says how far it reaches: it may be that of the school, of some classes or of the newcomers.
Who stands where it reaches and not on it has left.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from quizapp.accounts.models import Enrolment, Leaving, Pupil
from quizapp.core import sheets
from quizapp.core.headed import Fault
from quizapp.core.i18n import _
from quizapp.core.sheets import Row
from quizapp.orgs import actions as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import Stage
from quizapp.rosters import checked, class_lists, matching, oneroster, oneroster_pupils
from quizapp.rosters.checked import Checked
from quizapp.rosters.class_lists import ClassList
from quizapp.rosters.matching import Change, Class, Known, Place, Reach, Step


@dataclass(frozen=True)
class ClassPlan:
    """A class that the list names, or that somebody leaves. `stay`: not on the list, and stay."""

    name: str
    is_new: bool
    added: int
    returned: int
    moved: int
    changed: int
    unchanged: int
    left: int
    stay: int


@dataclass(frozen=True)
class Plan:
    """What the list would change: steps in its order, classes by grade, stage and number."""

    school_year: int
    reach: Reach
    seems_whole: bool  # It may be the list of the whole school.
    steps: tuple[Step, ...]
    leavers: tuple[Known, ...]  # By class, seat and name.
    doubtful: tuple[Step, ...]  # Left out: nobody can tell whether the child is there already.
    elsewhere: tuple[Step, ...]  # Left out: they are in a class of another school.
    missing: tuple[Place, ...]  # Classes that have to be made.
    classes: tuple[ClassPlan, ...]
    ours: Mapping[UUID, Class]  # The school's classes of all years, by unit.
    taken: frozenset[str]  # Sign-in names and numbers of the school, which no newcomer may get.
    pupils: int  # On the roster before.

    def of(self, change: Change) -> list[Step]:
        return [step for step in self.steps if step.change is change]

    def name_of(self, class_id: UUID | None, place: Place | None = None) -> str:
        """Return the name of a class that is there, or of one that will be made."""
        if class_id:
            return self.ours[class_id].name
        return orgs.class_name(place.stage, place.grade, place.number) if place else ""

    @property
    def counts(self) -> dict[str, int]:
        """Pupils by what becomes of them, and the classes to be made."""
        found = Counter(step.change for step in self.steps)
        return {
            "classes": len(self.missing),
            "added": found[Change.NEW],
            "returned": found[Change.RETURNED],
            "moved": found[Change.MOVED],
            "changed": found[Change.CHANGED],
            "left": len(self.leavers),
            "unchanged": found[Change.UNCHANGED],
        }

    @property
    def changes_nothing(self) -> bool:
        return not self.leavers and all(step.change is Change.UNCHANGED for step in self.steps)

    @property
    def digest(self) -> str:
        """The same for the same difference: whoever agrees to it has seen this one."""
        told = [(s.change, s.listed, s.place, s.class_id, s.known) for s in self.steps]
        return hashlib.sha256(repr((told, self.leavers)).encode()).hexdigest()


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


def read_file(
    school: Unit, name: str, raw: bytes, *, school_year: int, stages: Collection[Stage]
) -> ClassList:
    """Read a file: a sheet, text, or a OneRoster zip. sheets.Unreadable: it is none of these."""
    if PurePath(name).suffix.lower() != ".zip":
        return read(sheets.read(name, raw), school_year=school_year, stages=stages)
    return oneroster_pupils.pupils_of(
        oneroster.read(raw, name),
        school.code,
        school_year=school_year,
        stages=[stage.value for stage in stages] or None,
    )


def plan(
    session: Session,
    school: Unit,
    listed: ClassList,
    *,
    school_year: int,
    stages: Collection[Stage] = (),
    reach: Reach | None = Reach.NONE,
) -> Plan:
    """Say what the pupils of the list without a fault would become; nothing is written.

    `stages` tells senior from vocational classes; without it the school's classes do. `reach`
    None: as far as such a list usually speaks.
    """
    classes, everybody = _classes(session, school), list(_known(session, school, school_year))
    known = [k for k in everybody if k.name]

    def steps_for(how_far: Reach) -> tuple[Step, ...]:
        return matching.steps(
            listed.pupils, known, classes, school_year=school_year, stages=stages, reach=how_far
        )

    if reach is None:
        reach = matching.usual_reach(steps_for(Reach.CLASSES), known)
    steps = steps_for(reach)
    doubtful = matching.doubtful(steps, known)
    unclear = {(step.class_id, step.listed.name) for step in doubtful}
    leavers = [
        k for k in matching.leaving(steps, known, reach) if (k.class_id, k.name) not in unclear
    ]
    ours = {c.unit_id: c for c in classes}
    leavers.sort(key=lambda k: (_place_of(k, ours), k.seat or 100, k.name, k.pupil_id))
    elsewhere = [s for s in steps if s.known and s.known.is_elsewhere]
    rows = {step.listed.row for step in (*doubtful, *elsewhere)}
    steps = tuple(step for step in steps if step.listed.row not in rows)
    return Plan(
        school_year=school_year,
        reach=reach,
        seems_whole=matching.seems_whole(steps, known),
        steps=steps,
        leavers=tuple(leavers),
        doubtful=tuple(doubtful),
        elsewhere=tuple(elsewhere),
        missing=tuple(sorted({step.place for step in steps if step.class_id is None})),
        classes=tuple(_class_plans(steps, leavers, known, ours)),
        ours=ours,
        taken=frozenset(word for k in everybody for word in (k.login, k.number) if word),
        pupils=sum(k.class_id is not None for k in everybody),
    )


def check(
    session: Session,
    school: Unit,
    listed: ClassList,
    *,
    school_year: int,
    stages: Collection[Stage] = (),
    reach: Reach | None = None,
) -> tuple[ClassList, Checked]:
    """Return the list with all its faults, and what of it may be taken in.

    Who cannot be told apart from a pupil of the school is a fault as well. `reach` None: as far as
    such a list usually speaks; with faults nobody leaves.
    """
    far = Reach.NONE if listed.faults else reach
    found = plan(session, school, listed, school_year=school_year, stages=stages, reach=far)
    listed = _without(listed, dict(_plan_faults(found)))
    return listed, checked.checked(
        listed, school_year=school_year, stages=stages, reach=found.reach
    )


def _plan_faults(plan: Plan) -> Iterator[tuple[int, Fault]]:
    """Yield what only the roster can tell of the list, by row."""
    for step in plan.doubtful:
        says = _(
            "A pupil of this name stands in the class already, and it cannot be told whether it "
            "is the same. Add the seat or the number that the pupil has on the roster."
        )
        yield step.listed.row, Fault(step.listed.row, "", says, "pupil_unclear")
    for step in plan.elsewhere:
        says = _(
            "This child is in a class of another school now. Delete the row, or take the child "
            "over with a transfer code."
        )
        yield step.listed.row, Fault(step.listed.row, "", says, "pupil_elsewhere")


def _without(listed: ClassList, faults: Mapping[int, Fault]) -> ClassList:
    """Return the list with the pupils of these rows among its faults."""
    if not faults:
        return listed
    return ClassList(
        tuple(pupil for pupil in listed.pupils if pupil.row not in faults),
        tuple(sorted([*listed.faults, *faults.values()], key=lambda fault: fault.row)),
        listed.notes,
    )


def plan_of(session: Session, school: Unit, what: Checked) -> Plan:
    """Say what a checked list would change today."""
    return plan(
        session, school, what.listed,
        school_year=what.school_year, stages=what.stages, reach=what.reach,
    )  # fmt: skip


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


def _known(session: Session, school: Unit, school_year: int) -> Iterator[Known]:
    """Yield all pupils of the school, those who have left among them; the erased have no name."""
    enrolments = session.execute(
        select(
            Enrolment.pupil_id, Enrolment.until_on, Enrolment.id, Enrolment.class_id,
            Enrolment.seat, Enrolment.from_on, Enrolment.signed_in_at,
            SchoolClass.grade, SchoolClass.school_year,
        )
        .join(SchoolClass, SchoolClass.unit_id == Enrolment.class_id)
        .where(Enrolment.school_id == school.id)
        .order_by(Enrolment.until_on.is_(None), Enrolment.id)
    )  # fmt: skip
    last = {one.pupil_id: one for one in enrolments}  # The open one, else the newest.
    away = _elsewhere(session, school)
    pupils = session.execute(
        select(Pupil.id, Pupil.name, Pupil.login, Pupil.number, Pupil.erased_at)
        .where(Pupil.school_id == school.id)
        .order_by(Pupil.id)
    )
    for pupil in pupils:
        one = last.get(pupil.id)
        here = one if one and one.until_on is None else None
        yield Known(
            pupil_id=pupil.id,
            name="" if pupil.erased_at else pupil.name,
            login=pupil.login,
            number=pupil.number,
            enrolment_id=here and here.id,
            class_id=here and here.class_id,
            seat=here and here.seat,
            from_on=here and here.from_on,
            signed_in_at=here and here.signed_in_at,
            grade=one and one.grade + school_year - one.school_year,
            is_elsewhere=pupil.id in away,
        )


def _elsewhere(session: Session, school: Unit) -> set[UUID]:
    """Return those pupils of the school who were transferred and are in a class elsewhere."""
    there, gone = aliased(Pupil), aliased(Enrolment)
    return set(
        session.scalars(
            select(Pupil.id)
            .join(gone, (gone.school_id == Pupil.school_id) & (gone.pupil_id == Pupil.id))
            .join(there, (there.child_id == Pupil.child_id) & (there.school_id != school.id))
            .join(
                Enrolment,
                (Enrolment.school_id == there.school_id) & (Enrolment.pupil_id == there.id),
            )
            .where(Pupil.school_id == school.id, gone.until_why == Leaving.TRANSFERRED)
            .where(Enrolment.until_on.is_(None))
        )
    )


def _place_of(k: Known, ours: Mapping[UUID, Class]) -> tuple[int, Place] | tuple[()]:
    """Return where a class stands in lists: by year, grade, stage and number."""
    found = ours[k.class_id] if k.class_id else None
    return (found.school_year, found.place) if found else ()


def _class_plans(
    steps: Sequence[Step],
    leavers: Sequence[Known],
    known: Sequence[Known],
    ours: Mapping[UUID, Class],
) -> Iterator[ClassPlan]:
    listed = {step.known.pupil_id for step in steps if step.known}
    absent = Counter(k.class_id for k in known if k.pupil_id not in listed)
    left = Counter(k.class_id for k in leavers)
    classes: dict[Place, list[Step]] = defaultdict(list)
    for step in steps:
        classes[step.place].append(step)
    named = {own[0].class_id for own in classes.values()}
    for place, own in sorted(classes.items()):
        class_id = own[0].class_id
        made = orgs.class_name(place.stage, place.grade, place.number)
        found = Counter(step.change for step in own)
        yield ClassPlan(
            name=ours[class_id].name if class_id else made,
            is_new=class_id is None,
            added=found[Change.NEW],
            returned=found[Change.RETURNED],
            moved=found[Change.MOVED],
            changed=found[Change.CHANGED],
            unchanged=found[Change.UNCHANGED],
            left=left[class_id] if class_id else 0,
            stay=absent[class_id] - left[class_id] if class_id else 0,
        )
    for class_id, count in left.items():
        if class_id and class_id not in named:
            yield ClassPlan(ours[class_id].name, False, 0, 0, 0, 0, 0, count, 0)
