"""Saving answers by one statement: whose cookie it is, whether the sitting is open, and the rows.

Here a whole city meets in the same hour, so nothing is asked twice and no row becomes an object.
What the statement does not take, `sittings.save` looks at again and tells why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from quizapp.accounts.models import PupilSignIn
from quizapp.accounts.signin import Claim
from quizapp.bank import marking, texts
from quizapp.bank.asked import Asked
from quizapp.core.db import alone, database, writing
from quizapp.core.kept import Kept
from quizapp.quizzes import ahead, queries
from quizapp.quizzes.arranging import Order
from quizapp.quizzes.models import Answer, Quiz, Sitting, SittingState
from quizapp.quizzes.sittings import Given, Saved

Row = dict[str, Any]  # Of an answer, as far as it differs from answer to answer.
# The sitting is held by its own UPDATE, so that no hand-in comes between; one row comes back for
# each answer that was written, or one without an answer.
IN_ONE = """
WITH held AS (
    UPDATE sitting SET last_saved_at = %(now)s, first_saved_at = coalesce(first_saved_at, %(now)s)
    FROM pupil_sign_in
    WHERE sitting.school_id = %(school)s AND sitting.id = %(sitting)s
      AND sitting.state = 'open' AND sitting.deadline >= %(now)s
      AND pupil_sign_in.school_id = %(school)s AND pupil_sign_in.token_hash = %(token_hash)s
      AND pupil_sign_in.ended_at IS NULL AND pupil_sign_in.expires_at > %(now)s
      AND pupil_sign_in.pupil_id = sitting.pupil_id
    RETURNING sitting.deadline
), written AS (
    INSERT INTO answer (school_id, sitting_id, position, revision_id, seed, choice, seq,
                        first_at, last_at, said_at, late)
    SELECT %(school)s, %(sitting)s, one.position, one.revision_id, one.seed, one.choice, one.seq,
           %(now)s, %(now)s, one.said_at, false
    FROM held, (VALUES {rows}) AS one (position, revision_id, seed, choice, seq, said_at)
    ON CONFLICT (school_id, sitting_id, position) DO UPDATE
    SET choice = excluded.choice, seq = excluded.seq, last_at = excluded.last_at,
        said_at = excluded.said_at, late = excluded.late
    WHERE excluded.seq > answer.seq
    RETURNING position, seq
)
SELECT held.deadline, written.position, written.seq FROM held LEFT JOIN written ON true
"""
ROW = (
    "(%(position{n})s::int, %(revision_id{n})s::uuid, %(seed{n})s::bigint, %(choice{n})s::text,"
    " %(seq{n})s::bigint, %(said_at{n})s::timestamptz)"
)

# The same in two steps, for a database that has one writer at a time.
HOLD = (
    update(Sitting)
    .where(Sitting.school_id == bindparam("school"), Sitting.id == bindparam("sitting"))
    .where(Sitting.state == SittingState.OPEN, Sitting.deadline >= bindparam("now"))
    .where(PupilSignIn.school_id == bindparam("school"))
    .where(PupilSignIn.token_hash == bindparam("token_hash"), PupilSignIn.ended_at.is_(None))
    .where(PupilSignIn.expires_at > bindparam("now"), PupilSignIn.pupil_id == Sitting.pupil_id)
    .values(last_saved_at=bindparam("now"))
    .values(first_saved_at=func.coalesce(Sitting.first_saved_at, bindparam("now")))
    .returning(Sitting.deadline)
)
MADE = insert(Answer)
KEEP = MADE.on_conflict_do_update(
    index_elements=["school_id", "sitting_id", "position"],
    set_={name: MADE.excluded[name] for name in ("choice", "seq", "last_at", "said_at", "late")},
    where=MADE.excluded.seq > Answer.seq,
).returning(Answer.position, Answer.seq)
FROZEN = (
    select(Sitting.form_id, Sitting.seed, Quiz)
    .join(Quiz, Quiz.id == Sitting.quiz_id)
    .where(Sitting.school_id == bindparam("school"), Sitting.id == bindparam("sitting"))
)
_frozen: Kept["Frozen"] = Kept("sittings", 20_000)


@dataclass(frozen=True)
class Frozen:
    """What of a sitting never changes; kept of those in which no answer is ever locked."""

    form_id: UUID
    seed: int
    order: Order


def save(sitting_id: UUID, claim: Claim, given: Sequence[Given], *, now: datetime) -> Saved | None:
    """Keep the choices and commit; None, and nothing is changed, if that is not quite simple.

    Simple is a sitting of one's own that is open and before its deadline, and answers that its
    form has. What comes within the grace is counted as late, and so is saved the longer way.
    """
    with database.sessionmaker() as session:  # In most cases it has nothing to ask.
        frozen = _frozen.get([sitting_id], lambda _missing: _read(session, sitting_id, claim))
        rows = _rows(session, frozen[sitting_id], given) if sitting_id in frozen else []
    if not rows:
        return None
    asked = {"school": claim.school_id, "token_hash": claim.token_hash, "now": now,
             "sitting": sitting_id}  # fmt: skip
    is_postgresql = database.engine.dialect.name == "postgresql"
    deadline, seqs = (_in_one if is_postgresql else _in_two)(asked, rows)
    if deadline is None:
        return None
    older = {row["position"] for row in rows} - seqs.keys()
    if older:  # What came before it stays; it is told which that is.
        with database.sessionmaker() as session:
            seqs |= queries.seqs(session, claim.school_id, sitting_id, older)
    return Saved(seqs, deadline)


def _in_one(
    asked: Mapping[str, Any], rows: Sequence[Row]
) -> tuple[datetime | None, dict[int, int]]:
    of_rows = {f"{name}{n}": value for n, row in enumerate(rows) for name, value in row.items()}
    found = alone(_statement(len(rows)), {**asked, **of_rows})
    deadline = found[0][0] if found else None
    return deadline, {position: seq for _until, position, seq in found if position}


@lru_cache  # By the number of answers: the database prepares each of them once.
def _statement(many: int) -> str:
    return IN_ONE.format(rows=", ".join(ROW.format(n=n) for n in range(many)))


def _in_two(
    asked: Mapping[str, Any], rows: Sequence[Row]
) -> tuple[datetime | None, dict[int, int]]:
    with writing() as connection:
        deadline: datetime | None = connection.scalar(HOLD, asked)
        if deadline is None:
            return None, {}
        same = {
            "school_id": asked["school"],
            "sitting_id": asked["sitting"],
            "first_at": asked["now"],
            "last_at": asked["now"],
            "late": False,
        }
        kept = [connection.execute(KEEP, same | row).first() for row in rows]
    return deadline, {one.position: one.seq for one in kept if one}


def _read(session: Session, sitting_id: UUID, claim: Claim) -> dict[UUID, Frozen]:
    found = session.execute(FROZEN, {"school": claim.school_id, "sitting": sitting_id}).first()
    if found is None or found.Quiz.has_locks:  # What may be locked is looked at one by one.
        return {}
    return {sitting_id: Frozen(found.form_id, found.seed, Order.of(found.Quiz))}


def _rows(session: Session, frozen: Frozen, given: Sequence[Given]) -> list[Row]:
    """Return the rows to be written, the newest one of each position; none if one is at fault."""
    items = ahead.dealt(session, frozen.form_id, frozen.seed, frozen.order)
    if any(not 1 <= one.position <= len(items) or one.seq is None for one in given):
        return []
    said = texts.said(session, [items[one.position - 1][0] for one in given])
    rows: dict[int, Row] = {}
    for one in sorted(given, key=lambda one: one.seq or 0):
        revision_id, seed = items[one.position - 1]
        asked = Asked(said[revision_id], seed)
        try:
            choice = asked.understood(one.sent)
        except ValueError:
            return []
        rows[one.position] = {
            "position": one.position,
            "revision_id": revision_id,
            "seed": seed,
            "choice": marking.written(asked.kind, choice),
            "seq": one.seq,
            "said_at": one.said_at,
        }
    return list(rows.values())
