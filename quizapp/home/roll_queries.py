"""Questions about rolls: the versions, one of them by school and grade, one school's own lines."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission, allows, reach
from quizapp.access.scope import steps, within
from quizapp.core.errors import Missing
from quizapp.core.i18n import _
from quizapp.core.paging import Page, newest_first
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Roll, RollExclusion, RollLine, RollSchool, SchoolClass, Unit
from quizapp.orgs.roll_lists import Differences, RollList, differences
from quizapp.orgs.rules import IN_SCOPE, Exclusion, Stage, UnitKind

Grade = tuple[Stage, int]
DETAIL = (Permission.ROLL_CONFIRM, Permission.ROLL_SIGN)


@dataclass(frozen=True)
class Tally:
    """How much of a roll the actor may see, and how far its schools have come."""

    schools: int = 0
    confirmed: int = 0
    objecting: int = 0
    pupils: int = 0


@dataclass(frozen=True)
class Count:
    """A school, stage and grade on a roll. `excluded` are not among the pupils."""

    pupils: int = 0
    along: int = 0
    excluded: Mapping[Exclusion, int] = field(default_factory=dict)

    @property
    def left_out(self) -> int:
        return sum(self.excluded.values())

    def __add__(self, other: "Count") -> "Count":
        reasons = self.excluded.keys() | other.excluded.keys()
        return Count(
            self.pupils + other.pupils,
            self.along + other.along,
            {r: self.excluded.get(r, 0) + other.excluded.get(r, 0) for r in reasons},
        )


@dataclass(frozen=True)
class SchoolLine:
    """A school on a roll, with what it says to its counts."""

    unit: Unit
    answer: RollSchool
    counts: Mapping[Grade, Count]

    @property
    def total(self) -> Count:
        return together(self.counts.values())


@dataclass(frozen=True)
class Area:
    """The schools of a roll directly below one unit."""

    unit: Unit
    lines: Sequence[SchoolLine]

    @property
    def total(self) -> Count:
        return together(line.total for line in self.lines)

    @property
    def confirmed(self) -> int:
        return sum(line.answer.confirmed_at is not None for line in self.lines)

    @property
    def objecting(self) -> int:
        return sum(bool(line.answer.objection) for line in self.lines)


@dataclass(frozen=True)
class Sheet:
    """A roll as far as the actor may see it.

    `detailed`: school by school who learns along and who is excluded, which is for the schools and
    the bureau; one child taught at home is soon found.
    """

    roll: Roll
    lines: Sequence[SchoolLine]
    detailed: bool
    is_newest: bool

    @property
    def grades(self) -> list[Grade]:
        """All grades that stand on it, from the lowest."""
        found = {grade for line in self.lines for grade in line.counts}
        return sorted(found, key=grade_order)

    @property
    def total(self) -> Count:
        return together(line.total for line in self.lines)

    @property
    def confirmed(self) -> int:
        return sum(line.answer.confirmed_at is not None for line in self.lines)

    @property
    def objections(self) -> list[SchoolLine]:
        return [line for line in self.lines if line.answer.objection]

    @property
    def silent(self) -> list[SchoolLine]:
        return [
            line
            for line in self.lines
            if not line.answer.confirmed_at and not line.answer.objection
        ]


@dataclass(frozen=True)
class Entry:
    """A school on a roll, for who corrects it: a matter of the unit at which the roll stands."""

    roll: Roll
    school: Unit

    @property
    def path(self) -> str:
        return self.roll.path


@dataclass(frozen=True)
class Changes:
    """What a list changes against the version before it; names of the schools by id."""

    found: Differences
    names: Mapping[UUID, str]

    @property
    def new(self) -> list[str]:
        return sorted(self.names[school] for school in self.found.new)

    @property
    def gone(self) -> list[str]:
        return sorted(self.names[school] for school in self.found.gone)


def together(counts: Iterable[Count]) -> Count:
    return sum(counts, Count())


def grade_order(grade: Grade) -> tuple[int, int]:
    return grade[1], list(Stage).index(grade[0])


def sums(listed: RollList) -> list[tuple[Grade, Count]]:
    """Return what a list says of each grade, all schools together."""
    found: dict[Grade, Count] = defaultdict(Count)
    for one in listed.lines:
        found[one.stage, one.grade] += Count(one.pupils, one.along, one.excluded)
    return sorted(found.items(), key=lambda item: grade_order(item[0]))


def versions(session: Session, actor: Actor, *, after: UUID | None) -> Page[Roll]:
    """Return the rolls that stand at, beneath or above what the actor looks after, newest first."""
    found = select(Roll).join(Unit, Unit.id == Roll.unit_id).where(_seen_by(actor))
    return newest_first(session, found, Roll.id, after=after)


def tallies(session: Session, actor: Actor, rolls: Sequence[Roll]) -> dict[UUID, Tally]:
    """Return for each of these rolls what stands on it of the actor's schools."""
    ids, mine = [roll.id for roll in rolls], within(Unit.path, actor, Permission.ROLL_READ)
    answers = session.execute(
        select(
            RollSchool.roll_id,
            func.count(),
            func.count(RollSchool.confirmed_at),
            func.count(func.nullif(RollSchool.objection, "")),
        )
        .join(Unit, Unit.id == RollSchool.school_id)
        .where(RollSchool.roll_id.in_(ids), mine)
        .group_by(RollSchool.roll_id)
    )
    heads: dict[UUID, int] = dict(
        session.execute(
            select(RollLine.roll_id, func.sum(RollLine.pupils))
            .join(Unit, Unit.id == RollLine.school_id)
            .where(RollLine.roll_id.in_(ids), mine)
            .group_by(RollLine.roll_id)
        ).all()
    )
    found = {
        roll_id: Tally(schools, confirmed, objecting, int(heads.get(roll_id, 0)))
        for roll_id, schools, confirmed, objecting in answers
    }
    return {roll_id: found.get(roll_id, Tally()) for roll_id in ids}


def roll(session: Session, roll_id: UUID) -> Roll:
    """Return the roll; Missing if there is none."""
    if found := session.get(Roll, roll_id):
        return found
    raise Missing(_("There is no such roll."))


def entry(session: Session, roll_id: UUID, school_id: UUID) -> Entry:
    """Return the roll and a school beneath its unit; Missing if either is not there."""
    of, school = roll(session, roll_id), orgs.school(session, school_id)
    if not school.path.startswith(of.path):
        raise Missing(_("There is no such school."))
    return Entry(of, school)


def sheet(session: Session, actor: Actor, roll_id: UUID) -> Sheet:
    """Return the roll with those of its schools that the actor may see; Missing if it is not
    theirs at all."""
    found = session.scalar(
        select(Roll).join(Unit, Unit.id == Roll.unit_id).where(Roll.id == roll_id, _seen_by(actor))
    )
    if found is None:
        raise Missing(_("There is no such page for you."))
    mine = within(Unit.path, actor, Permission.ROLL_READ)
    answers = session.execute(
        select(Unit, RollSchool)
        .join(RollSchool, RollSchool.school_id == Unit.id)
        .where(RollSchool.roll_id == found.id, mine)
        .order_by(Unit.path)
    )
    counts = _counts(session, found, mine)
    lines = [SchoolLine(unit, answer, counts.get(unit.id, {})) for unit, answer in answers]
    newest = select(func.max(Roll.version)).where(Roll.unit_id == found.unit_id)
    return Sheet(
        found,
        lines,
        all(any(allows(actor, p, line.unit) for p in DETAIL) for line in lines),
        session.scalar(newest) == found.version,
    )


def areas(session: Session, lines: Sequence[SchoolLine]) -> list[Area]:
    """Return the schools by the unit right above them, in the order of the tree."""
    below: dict[UUID, list[SchoolLine]] = defaultdict(list)
    for line in lines:
        if line.unit.parent_id:
            below[line.unit.parent_id].append(line)
    units = session.scalars(select(Unit).where(Unit.id.in_(below)).order_by(Unit.path))
    return [Area(unit, below[unit.id]) for unit in units]


def own_counts(session: Session, of: Roll, school: Unit) -> dict[Grade, Count]:
    """Return the counts of one school on a roll, by grade."""
    counts = _counts(session, of, Unit.id == school.id).get(school.id, {})
    return dict(sorted(counts.items(), key=lambda item: grade_order(item[0])))


def answer(session: Session, of: Roll, school: Unit) -> RollSchool | None:
    """Return what the school says to its counts; None if it is not on the list."""
    return session.get(RollSchool, (of.id, school.id))


def mark(session: Session, of: Roll, school: Unit) -> str:
    """Return a text that changes when the roll or the counts of the school on it change."""
    told = [
        (*grade, count.pupils, count.along, sorted(count.excluded.items()))
        for grade, count in own_counts(session, of, school).items()
    ]
    return f"{of.id}-{sha256(repr(told).encode()).hexdigest()[:16]}"


def grades_for(session: Session, school: Unit, counts: Iterable[Grade]) -> list[Grade]:
    """Return the grades that a school is asked for: in scope of its stages, and all it has named.

    A school without classes is asked for all grades in scope.
    """
    stages = session.scalars(
        select(SchoolClass.stage).where(SchoolClass.school_id == school.id).distinct()
    ).all()
    listed = set(counts)
    own = {*stages, *(stage for stage, _grade in listed)} or set(Stage)
    asked = {(stage, grade) for stage in own for grade in IN_SCOPE[stage]}
    return sorted(asked | listed, key=grade_order)


def grades_of(session: Session, schools: Iterable[Unit]) -> list[tuple[Unit, list[Grade]]]:
    """Return each school with the grades in scope of which it has or had classes."""
    listed = list(schools)
    found: dict[UUID, set[Grade]] = defaultdict(set)
    rows = session.execute(
        select(SchoolClass.school_id, SchoolClass.stage, SchoolClass.grade)
        .where(SchoolClass.school_id.in_([school.id for school in listed]))
        .distinct()
    )
    for school_id, stage, grade in rows:
        if grade in IN_SCOPE[stage]:
            found[school_id].add((stage, grade))
    return [(school, sorted(found[school.id], key=grade_order)) for school in listed]


def changes(session: Session, found: Differences) -> Changes:
    """Return differences with the names of their schools."""
    return Changes(found, orgs.names(session, found.schools))


def changes_of(session: Session, roll: Roll) -> Changes | None:
    """Return what a roll changes against the version before; None of the first."""
    wanted = select(Roll).where(Roll.unit_id == roll.unit_id, Roll.version == roll.version - 1)
    before = session.scalar(wanted)
    if before is None:
        return None
    return changes(
        session, differences(orgs.roll_counts(session, before), orgs.roll_counts(session, roll))
    )


def signs_for(session: Session, actor: Actor) -> Sequence[Unit]:
    """Return the cities and districts for which the actor may enter rolls, by path."""
    return session.scalars(
        select(Unit)
        .where(Unit.kind.in_((UnitKind.CITY, UnitKind.DISTRICT)))
        .where(within(Unit.path, actor, Permission.ROLL_SIGN))
        .order_by(Unit.path)
    ).all()


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    tops = list(reach(actor, Permission.ROLL_READ))
    above = {step for top in tops for step in steps(top)}
    return or_(within(Unit.path, actor, Permission.ROLL_READ), Unit.path.in_(above))


def _counts(
    session: Session, of: Roll, mine: ColumnElement[bool]
) -> dict[UUID, dict[Grade, Count]]:
    """Return by school the counts of each grade."""
    excluded: dict[tuple[UUID, Stage, int], dict[Exclusion, int]] = defaultdict(dict)
    rows = session.execute(
        select(
            RollExclusion.school_id, RollExclusion.stage, RollExclusion.grade,
            RollExclusion.reason, RollExclusion.pupils,
        )
        .join(Unit, Unit.id == RollExclusion.school_id)
        .where(RollExclusion.roll_id == of.id, mine)
    )  # fmt: skip
    for school, stage, grade, reason, pupils in rows:
        excluded[school, stage, grade][reason] = pupils
    found: dict[UUID, dict[Grade, Count]] = defaultdict(dict)
    lines = session.execute(
        select(RollLine.school_id, RollLine.stage, RollLine.grade, RollLine.pupils, RollLine.along)
        .join(Unit, Unit.id == RollLine.school_id)
        .where(RollLine.roll_id == of.id, mine)
    )
    for school, stage, grade, pupils, along in lines:
        found[school][stage, grade] = Count(pupils, along, excluded.get((school, stage, grade), {}))
    return found
