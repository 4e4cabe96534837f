"""Are the roll-ups what the facts say? Compares all of them, and can make them again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import queries as accounts
from quizapp.accounts.models import Presence
from quizapp.audit.actions import record
from quizapp.core.clock import now
from quizapp.core.db import Model, lock
from quizapp.lessons import queries as lessons
from quizapp.lessons.models import LessonTally
from quizapp.quizzes import queries as quizzes
from quizapp.quizzes.models import Turnout

Key = tuple[object, ...]
TABLES = (Presence, Turnout, LessonTally)
PLACE = ("school_id", "class_id")
Counts = tuple[int, ...]


@dataclass(frozen=True)
class RollUp:
    """A table of counts: the columns of its key and of its counts, as stored and from facts."""

    table: type[Model]
    keys: tuple[str, ...]
    counts: tuple[str, ...]
    stored: Mapping[Key, Counts]
    facts: Mapping[Key, Counts]


@dataclass(frozen=True)
class Difference:
    """A cell that does not hold what the facts say."""

    table: str
    key: str
    stored: Counts | None
    facts: Counts | None


def differences(session: Session, *tables: type[Model]) -> list[Difference]:
    """Return every cell that is wrong, missing or too many; an empty list is what should be.

    Of all roll-ups, unless some are named.
    """
    found = []
    for rollup in _rollups(session, *(tables or TABLES)):
        for key in sorted(rollup.stored.keys() | rollup.facts.keys(), key=str):
            stored, facts = rollup.stored.get(key), rollup.facts.get(key)
            if stored != facts:
                told = " ".join(str(part) for part in key)
                found.append(Difference(rollup.table.__tablename__, told, stored, facts))
    return found


def rebuild(session: Session, *, by: Actor) -> int:
    """Make all roll-ups again from the facts; return how many cells differed."""
    lock(session, *TABLES)  # Who counts meanwhile waits, and adds to what is made here.
    wrong = len(differences(session))
    for rollup in _rollups(session, *TABLES):
        session.execute(delete(rollup.table))
        rows = [
            dict(zip(rollup.keys + rollup.counts, key + counts, strict=True))
            for key, counts in rollup.facts.items()
        ]
        if rows:
            session.execute(insert(rollup.table), rows)
    record(session, "rollups.rebuilt", by=by, now=now(), cells=wrong)
    return wrong


def _rollups(session: Session, *tables: type[Model]) -> Iterator[RollUp]:
    made = {Presence: _presence, Turnout: _turnout, LessonTally: _lessons}
    return (read(session) for table, read in made.items() if table in tables)


def _presence(session: Session) -> RollUp:
    return RollUp(
        Presence, (*PLACE, "day"), ("signed_in",),
        {key: (n,) for key, n in accounts.presence_counted(session).items()},
        {key: (n,) for key, n in accounts.presence_from_facts(session).items()},
    )  # fmt: skip


def _turnout(session: Session) -> RollUp:
    return RollUp(
        Turnout, (*PLACE, "quiz_id", "day"), ("opened", "finished", "valid", "passed"),
        {key: r.counts for key, r in quizzes.turnout_counted(session).items()},
        {key: r.counts for key, r in quizzes.turnout_from_facts(session).items()},
    )  # fmt: skip


def _lessons(session: Session) -> RollUp:
    return RollUp(
        LessonTally, (*PLACE, "lesson_id", "day"), ("opened", "finished"),
        lessons.tally_counted(session), lessons.tally_from_facts(session),
    )  # fmt: skip
