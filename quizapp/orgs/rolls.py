"""Rolls: official headcounts are entered, confirmed by the schools and signed by the bureau.

A signed version never changes. An unsigned one takes what single schools correct, until it is
signed or the next list takes its place as a whole.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, insert, literal, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.audit.actions import record
from quizapp.core.db import Model, changed
from quizapp.core.errors import Conflict, Invalid, Missing
from quizapp.core.i18n import _, ngettext
from quizapp.core.ids import new_id
from quizapp.orgs import queries, roll_lists
from quizapp.orgs.models import Roll, RollExclusion, RollLine, RollSchool, Unit
from quizapp.orgs.roll_lists import Differences, RollList
from quizapp.orgs.rules import Exclusion, Stage

Table = RollLine | RollExclusion | RollSchool
NAMED = 10  # Schools in a sentence; a page lists them all.


@dataclass(frozen=True)
class Headcount:
    """How many pupils of a school, stage and grade should take part.

    `along` of them learn along (随班就读); those `excluded` stand beside and are not among them.
    """

    school: Unit
    stage: Stage
    grade: int
    pupils: int
    along: int = 0
    excluded: Mapping[Exclusion, int] = field(default_factory=dict)


def enter(
    session: Session,
    unit: Unit,
    counts: Iterable[Headcount],
    *,
    counted_on: date,
    source: str,
    by: Actor,
    now: datetime,
    schools: Iterable[Unit] = (),
) -> Roll:
    """Write down a new version of the roll; it is no denominator before it is signed.

    All schools of the counts should join, and beside them `schools`, whose counts are to come.
    """
    listed = list(counts)
    roll = _new_version(session, unit, counted_on=counted_on, source=source, now=now)
    should_join = {one.school.id for one in listed} | {school.id for school in schools}
    _add(session, RollSchool, ({"roll_id": roll.id, "school_id": one} for one in should_join))
    _write(session, roll, listed)
    record(
        session, "roll.entered", by=by, now=now, path=unit.path, roll=roll.id,
        schools=len(should_join), lines=len(listed),
    )  # fmt: skip
    return roll


def ask(
    session: Session,
    unit: Unit,
    schools: Iterable[Unit],
    *,
    counted_on: date,
    source: str,
    by: Actor,
    now: datetime,
) -> Roll:
    """Let the schools say their counts: a new version with those of the version before, for each
    school to confirm or to put right."""
    before = _last(session, unit)
    roll = _new_version(session, unit, counted_on=counted_on, source=source, now=now)
    listed = list(schools)
    _add(session, RollSchool, ({"roll_id": roll.id, "school_id": one.id} for one in listed))
    if before:
        kept = [one.id for one in listed]
        for table in (RollLine, RollExclusion):
            _copy(session, table, before, roll, table.school_id.in_(kept))
    record(session, "roll.asked", by=by, now=now, path=unit.path, roll=roll.id, schools=len(listed))
    return roll


def correct(
    session: Session,
    roll: Roll,
    school: Unit,
    counts: Sequence[Headcount],
    *,
    by: Actor,
    now: datetime,
    confirmed: bool,
) -> Roll:
    """Put all counts of one school anew and return the version that has them.

    That is the roll itself, or if it is signed a new version that copies the rest. `confirmed`:
    the school itself says so; what the bureau corrects the school has to confirm again. Conflict:
    a newer version has come.
    """
    _refuse_outdated(session, roll)
    if not _hold(session, roll):
        roll = _next(session, roll, now=now)
    own = {"roll_id": roll.id, "school_id": school.id}
    for table in (RollLine, RollExclusion, RollSchool):
        session.execute(delete(table).filter_by(**own))
    answer = {"confirmed_by": by.id, "confirmed_at": now} if confirmed else {}
    _add(session, RollSchool, [own | answer])
    _write(session, roll, counts)
    record(
        session, "roll.corrected", by=by, now=now, path=school.path, roll=roll.id,
        pupils=sum(one.pupils for one in counts),
    )  # fmt: skip
    return roll


def confirm(session: Session, roll: Roll, school: Unit, *, by: Actor, now: datetime) -> None:
    """The school says that its counts are right; what it objected before is settled."""
    _answer(session, roll, school, confirmed_by=by.id, confirmed_at=now, objection="")
    record(session, "roll.confirmed", by=by, now=now, path=school.path, roll=roll.id)


def object_to(
    session: Session, roll: Roll, school: Unit, objection: str, *, by: Actor, now: datetime
) -> None:
    """The school says in a sentence what is wrong with its counts."""
    _answer(session, roll, school, confirmed_by=None, confirmed_at=None, objection=objection)
    record(session, "roll.objected", by=by, now=now, path=school.path, roll=roll.id)


def sign(
    session: Session,
    roll: Roll,
    *,
    signer: str,
    by: Actor,
    now: datetime,
    unconfirmed: bool = False,
    objected: bool = False,
) -> None:
    """Make it the denominator from now on.

    Who signs has to know that schools have not confirmed, or that they object: else Invalid, with
    the field and the schools. Conflict: it is signed already, or a newer version has come.
    """
    if not _hold(session, roll, alone=True):
        raise Conflict(_("This roll is signed already."))
    _refuse_outdated(session, roll)
    silent, against = [], []
    for school, answer in queries.roll_schools(session, roll):
        if answer.objection:
            against.append(school.name)
        elif not answer.confirmed_at:
            silent.append(school.name)
    faults = {}
    if against and not objected:
        faults["objected"] = ngettext(
            "%(num)s school objects: %(names)s. Settle it, or tick that you sign nevertheless.",
            "%(num)s schools object: %(names)s. Settle it, or tick that you sign nevertheless.",
            len(against), names=_named(against),
        )  # fmt: skip
    if silent and not unconfirmed:
        faults["unconfirmed"] = ngettext(
            "%(num)s school has not confirmed: %(names)s. Wait for it, or tick that you know.",
            "%(num)s schools have not confirmed: %(names)s. Wait for them, or tick that you know.",
            len(silent), names=_named(silent),
        )  # fmt: skip
    if faults:
        raise Invalid(_("Not all schools agree with this roll."), fields=faults)
    roll.signed_at, roll.signed_by = now, signer
    record(
        session, "roll.signed", by=by, now=now, path=roll.path, roll=roll.id,
        unconfirmed=len(silent), objected=len(against),
    )  # fmt: skip


def headcounts(listed: RollList, schools: Mapping[str, Unit]) -> list[Headcount]:
    """Return the counts of a list; `schools` are all that it may name, by code."""
    return [
        Headcount(schools[one.school], one.stage, one.grade, one.pupils, one.along, one.excluded)
        for one in listed.lines
    ]


def differences(session: Session, unit: Unit, counts: Iterable[Headcount]) -> Differences:
    """Return what a list would change against the last version of the unit."""
    before = _last(session, unit)
    return roll_lists.differences(
        queries.roll_counts(session, before) if before else {},
        {(one.school.id, one.stage, one.grade): one.pupils for one in counts},
    )


def _last(session: Session, unit: Unit) -> Roll | None:
    versions = select(Roll).where(Roll.unit_id == unit.id).order_by(Roll.version.desc())
    return session.scalar(versions.limit(1))


def _new_version(
    session: Session, unit: Unit, *, counted_on: date, source: str, now: datetime
) -> Roll:
    before = _last(session, unit)
    roll = Roll(
        id=new_id(), unit=unit, version=before.version + 1 if before else 1,
        counted_on=counted_on, source=source, entered_at=now,
    )  # fmt: skip
    session.add(roll)
    session.flush()
    return roll


def _next(session: Session, roll: Roll, *, now: datetime) -> Roll:
    """Make the next version with all that stands in this one, answers of the schools included."""
    made = _new_version(session, roll.unit, counted_on=roll.counted_on, source=roll.source, now=now)
    for table in (RollLine, RollExclusion, RollSchool):
        _copy(session, table, roll, made)
    return made


def _copy(
    session: Session, table: type[Table], of: Roll, to: Roll, *which: ColumnElement[bool]
) -> None:
    others = [column for column in table.__table__.columns if column.name != "roll_id"]
    rows = select(literal(to.id), *others).where(table.roll_id == of.id, *which)
    names = ["roll_id", *(column.name for column in others)]
    session.execute(insert(table).from_select(names, rows))


def _write(session: Session, roll: Roll, counts: Iterable[Headcount]) -> None:
    lines, exclusions = [], []
    for one in counts:
        at = {
            "roll_id": roll.id, "school_id": one.school.id, "stage": one.stage, "grade": one.grade,
        }  # fmt: skip
        lines.append(at | {"pupils": one.pupils, "along": one.along})
        exclusions += [
            at | {"reason": reason, "pupils": pupils}
            for reason, pupils in one.excluded.items()
            if pupils
        ]
    _add(session, RollLine, lines)
    _add(session, RollExclusion, exclusions)


def _add(session: Session, table: type[Model], rows: Iterable[Mapping[str, object]]) -> None:
    """Add many rows; a city's roll has thousands."""
    if listed := list(rows):
        session.execute(insert(table), listed)


def _hold(session: Session, roll: Roll, *, alone: bool = False) -> bool:
    """Return whether it is unsigned, and keep it so until this transaction ends.

    Schools answer side by side; who signs waits for them, and they for who signs (`alone`).
    """
    unsigned = select(Roll.id).where(Roll.id == roll.id, Roll.signed_at.is_(None))
    return session.scalar(unsigned.with_for_update(read=not alone)) is not None


def _refuse_outdated(session: Session, roll: Roll) -> None:
    newer = select(Roll.version).where(Roll.unit_id == roll.unit_id, Roll.version > roll.version)
    if session.scalar(newer.limit(1)):
        raise Conflict(_("A newer version of this roll has come. Please look at that one."))


def _answer(
    session: Session, roll: Roll, school: Unit, **answer: UUID | datetime | str | None
) -> None:
    if not _hold(session, roll):
        raise Conflict(_("This roll is signed already. Propose other counts instead."))
    own = update(RollSchool).filter_by(roll_id=roll.id, school_id=school.id)
    if not changed(session, own.values(**answer)):
        raise Missing(_("The school is not on this roll."))


def _named(schools: Sequence[str]) -> str:
    named = _(", ").join(schools[:NAMED])
    return f"{named} …" if len(schools) > NAMED else named
