"""The way back from a change of the roster, around all that has happened since.

What was counted stays where it was counted, and nobody who has done something is deleted.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from typing import Any
from uuid import UUID

from sqlalchemy import Column, RowMapping, Table, case, insert, select, tuple_, update
from sqlalchemy.orm import Session

from quizapp.accounts.models import Card, Enrolment, Leaving, Pupil
from quizapp.core.clock import DAY
from quizapp.core.db import Model
from quizapp.core.ids import new_id
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.rosters import journal
from quizapp.rosters.journal import Step, in_parts
from quizapp.rosters.models import Transfer

PUPIL, ENROLMENT, UNIT, CLASS, TRANSFER = (
    Model.metadata.tables[model.__tablename__]
    for model in (Pupil, Enrolment, Unit, SchoolClass, Transfer)
)
PLACE = ("class_id", "seat", "from_on", "until_on")  # What others may change in an enrolment.

Key = tuple[UUID, UUID]  # School and pupil, or school and enrolment.
Rows = Mapping[Key, RowMapping]  # Enrolments as they stand, by school and enrolment.


class Fate(Enum):
    """What undoing does with a pupil; who has none goes back as if nothing had been."""

    KEPT = auto()  # Was added and has done something since: stays on the books, leaves the class.
    GONE_ON = auto()  # Others have moved the pupil since: the enrolments stay as they are.
    COUNTED = auto()  # Signed in in the new class since: goes back with a new enrolment.


@dataclass(frozen=True)
class Undone:
    """What came of undoing a change.

    `rows` were put back; `left` somebody has changed since, and they stay. `kept` are the pupils
    who were added and have done something since.
    """

    rows: int
    left: int
    kept: int = 0


def undo(session: Session, steps: Sequence[Step], *, today: date, now: datetime) -> Undone:
    """Put the rows back, but for those that others have changed since.

    Classes that were made go, too, if nothing stands in them.
    """
    session.flush()
    made = [step for step in steps if step["before"] is None and _is_class(step)]
    rest = [step for step in steps if step["before"] is not None or not _is_class(step)]
    rows = _enrolments(session, rest)
    fates = _fates(session, rest, rows)
    ours = [step for step in rest if not _stays(step, rows, fates)]
    ours = _without_taken_numbers(session, ours)
    left = journal.undo(session, ours)
    _send_back(session, rest, rows, fates, today=today)
    _send_away(session, _with(fates, Fate.KEPT), today=today, now=now)
    free = _free(session, made)
    left += journal.undo(session, free)
    back = len(ours) + len(free) - len(left)
    stay = sum(_fate(step, rows, fates) in (Fate.KEPT, Fate.COUNTED) for step in rest)
    return Undone(
        rows=back + len(_with(fates, Fate.COUNTED)),
        left=len(steps) - back - stay,
        kept=len(_with(fates, Fate.KEPT)),
    )


# Who has done what since


def _fates(session: Session, steps: Sequence[Step], rows: Rows) -> dict[Key, Fate]:
    added = {_key(step) for step in steps if _is(step, PUPIL) and step["before"] is None}
    gone_on = set(_gone_on(session, steps, rows))
    counted = {
        _whose(row)
        for step in steps
        if _is(step, ENROLMENT) and "class_id" in step["after"]
        and (row := rows.get(_key(step))) and row["signed_in_at"] and row["until_on"] is None
    }  # fmt: skip
    kept = added & (gone_on | counted | set(_busy(session, added, steps)))
    return (
        dict.fromkeys(counted, Fate.COUNTED)
        | dict.fromkeys(gone_on, Fate.GONE_ON)
        | dict.fromkeys(kept, Fate.KEPT)
    )


def _gone_on(session: Session, steps: Sequence[Step], rows: Rows) -> Iterator[Key]:
    """Yield those whose enrolments are not as the change left them."""
    expected: dict[Key, dict[str, Any]] = {}
    for step in steps:
        if _is(step, ENROLMENT):
            new = dict.fromkeys(PLACE) if step["before"] is None else {}
            expected.setdefault(_key(step), new).update(step["after"])
    for key, row in rows.items():
        told = {name: value for name, value in expected[key].items() if name in PLACE}
        if any(journal.plain(row[name]) != value for name, value in told.items()):
            yield _whose(row)
    pupils = {_whose(row) for row in rows.values()}
    for row in _found(session, ENROLMENT, ENROLMENT.c.pupil_id, pupils):
        if row["until_on"] is None and (row["school_id"], row["id"]) not in rows:
            yield _whose(row)
    yield from _elsewhere(session, pupils, rows)


def _elsewhere(session: Session, pupils: Collection[Key], rows: Rows) -> Iterator[Key]:
    """Yield those who are in a class of another school since."""
    own = {
        row["child_id"]: (row["school_id"], row["id"])
        for row in _found(session, PUPIL, PUPIL.c.id, pupils)
    }
    there = (
        select(PUPIL.c.child_id, ENROLMENT.c.school_id, ENROLMENT.c.id)
        .join(
            ENROLMENT,
            (ENROLMENT.c.school_id == PUPIL.c.school_id) & (ENROLMENT.c.pupil_id == PUPIL.c.id),
        )
        .where(ENROLMENT.c.until_on.is_(None))
    )
    for some in in_parts(own):
        for child_id, *key in session.execute(there.where(PUPIL.c.child_id.in_(some))):
            if tuple(key) not in rows and key[0] != own[child_id][0]:
                yield own[child_id]


def _busy(session: Session, added: Collection[Key], steps: Sequence[Step]) -> Iterator[Key]:
    """Yield those of the added pupils to whom a row points that the change did not make."""
    ours = {(step["table"], *step["key"].values()) for step in steps}
    for table, column in _pointing(PUPIL):
        for row in _found(session, table, column, added):
            key = tuple(str(row[each.name]) for each in table.primary_key)
            if (table.name, *key) not in ours:
                yield row["school_id"], row[column.name]
    now = {
        (row["school_id"], row["id"]): dict(row)
        for row in _found(session, PUPIL, PUPIL.c.id, added)
    }
    for step in steps:
        is_made = _is(step, PUPIL) and step["before"] is None
        if is_made and journal.changed_since(step, now.get(_key(step))):
            yield _key(step)


def _stays(step: Step, rows: Rows, fates: Mapping[Key, Fate]) -> bool:
    """Whether a step is not undone: that of a kept pupil, or of an enrolment with a fate."""
    fate = _fate(step, rows, fates)
    return fate is Fate.KEPT or (fate is not None and _is(step, ENROLMENT))


def _fate(step: Step, rows: Rows, fates: Mapping[Key, Fate]) -> Fate | None:
    if _is(step, PUPIL):
        return fates.get(_key(step))
    row = rows.get(_key(step)) if _is(step, ENROLMENT) else None
    return fates.get(_whose(row)) if row else None


def _without_taken_numbers(session: Session, steps: Sequence[Step]) -> list[Step]:
    """Leave those steps out that would give back a number which another pupil has by now."""
    back = {
        step["before"]["number"]: _key(step)
        for step in steps
        if _is(step, PUPIL) and step["before"] and step["before"].get("number")
    }
    if not back:
        return list(steps)
    going = {_key(step) for step in steps if _is(step, PUPIL) and step["before"] is None}
    schools = {school_id for school_id, _pupil_id in back.values()}
    taken = set()
    for numbers in in_parts(back):
        held = (PUPIL.c.school_id.in_(schools)) & PUPIL.c.number.in_(numbers)
        for row in session.execute(select(PUPIL).where(held)).mappings():
            whose = back[row["number"]]
            key = (row["school_id"], row["id"])
            if key != whose and key not in going and key[0] == whose[0]:
                taken.add(whose)
    return [step for step in steps if not (_is(step, PUPIL) and _key(step) in taken)]


# What is done beside the steps


def _send_back(
    session: Session,
    steps: Sequence[Step],
    rows: Rows,
    fates: Mapping[Key, Fate],
    *,
    today: date,
) -> None:
    """Let those counted in the new class end there and begin again where they were."""
    places = dict(_places(steps, rows))
    ended, begun = [], []
    for key, row in rows.items():
        whose = _whose(row)
        if fates.get(whose) is not Fate.COUNTED or row["until_on"] is not None:
            continue
        place = places.get(whose)
        why = Leaving.MOVED if place else Leaving.LEFT
        until = max(row["from_on"], today - DAY if place else today)
        ended.append({"school_id": key[0], "id": key[1], "until_on": until, "until_why": why})
        if place:
            begun.append(
                {"school_id": key[0], "id": new_id(), "pupil_id": whose[1],
                 "class_id": place[0], "seat": place[1], "from_on": today}
            )  # fmt: skip
    if ended:
        session.execute(update(Enrolment), ended)
    if begun:
        session.execute(insert(Enrolment), begun)


def _places(steps: Sequence[Step], rows: Rows) -> Iterator[tuple[Key, tuple[UUID, int | None]]]:
    """Yield class and seat from which the change took each pupil."""
    for step in steps:
        row = rows.get(_key(step)) if _is(step, ENROLMENT) else None
        before = step["before"]
        if row is None or before is None:
            continue
        if "class_id" in before:  # Put right in place.
            yield _whose(row), (UUID(before["class_id"]), before.get("seat", row["seat"]))
        elif "until_on" in before and before["until_on"] is None:
            yield _whose(row), (row["class_id"], row["seat"])


def _send_away(session: Session, pupils: Collection[Key], *, today: date, now: datetime) -> None:
    """Let pupils leave their classes today; their unused cards open nothing any more."""
    for some in in_parts(pupils):
        of_enrolment = tuple_(Enrolment.school_id, Enrolment.pupil_id).in_(some)
        session.execute(
            update(Enrolment)
            .where(of_enrolment, Enrolment.until_on.is_(None))
            .values(
                until_on=case((Enrolment.from_on > today, Enrolment.from_on), else_=today),
                until_why=Leaving.LEFT,
            )
            .execution_options(synchronize_session=False)
        )
        of_card = tuple_(Card.school_id, Card.pupil_id).in_(some)
        session.execute(
            update(Card)
            .where(of_card, Card.used_at.is_(None), Card.revoked_at.is_(None))
            .values(revoked_at=now)
            .execution_options(synchronize_session=False)
        )


def _free(session: Session, made: Sequence[Step]) -> list[Step]:
    """Return the steps that made those classes at which nothing stands any more."""
    ids = {step["key"].get("unit_id") or step["key"]["id"] for step in made}
    used = set()
    for pointed in (UNIT, CLASS):
        for table, column in _pointing(pointed):
            if table is CLASS and column.name == "unit_id":
                continue
            for some in in_parts(ids):
                found = select(column).where(column.in_([UUID(each) for each in some])).distinct()
                used |= {str(each) for each in session.scalars(found)}
    return [step for step in made if (step["key"].get("unit_id") or step["key"]["id"]) not in used]


# Rows and steps


def _enrolments(session: Session, steps: Sequence[Step]) -> Rows:
    keys = {_key(step) for step in steps if _is(step, ENROLMENT)}
    found = _found(session, ENROLMENT, ENROLMENT.c.id, keys)
    return {(row["school_id"], row["id"]): row for row in found}


def _found(
    session: Session, table: Table, column: Column[Any], keys: Collection[Key]
) -> Iterator[RowMapping]:
    """Yield the rows of a pupil-side table by school and one more column."""
    for some in in_parts(keys):
        wanted = select(table).where(tuple_(table.c.school_id, column).in_(some))
        yield from session.execute(wanted).mappings()


def _pointing(to: Table) -> Iterator[tuple[Table, Column[Any]]]:
    """Yield the tables of the floors above, too, that point to one, with the column that does.

    Of a pupil-side key it is the last: the school leads it. Enrolments are looked at by
    themselves.
    """
    for table in Model.metadata.sorted_tables:
        for foreign in table.foreign_key_constraints:
            if foreign.referred_table is to and not (to is PUPIL and table is ENROLMENT):
                yield table, list(foreign.columns)[-1]


def _with(fates: Mapping[Key, Fate], wanted: Fate) -> set[Key]:
    return {who for who, fate in fates.items() if fate is wanted}


def _whose(row: RowMapping) -> Key:
    return row["school_id"], row["pupil_id"]


def _is(step: Step, table: Table) -> bool:
    return bool(step["table"] == table.name)


def _is_class(step: Step) -> bool:
    return _is(step, UNIT) or _is(step, CLASS)


def _key(step: Step) -> Key:
    return UUID(step["key"]["school_id"]), UUID(step["key"]["id"])
