"""Forms drawn ahead of the window: a start then writes one small row, and waits for no draw.

A child gets one of them by a keyed hash, so that nobody can tell beforehand which, and the same
child meets another one at each attempt.
"""

import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b, sha256
from random import Random
from secrets import randbits
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, bindparam, func, select
from sqlalchemy.orm import Session

from quizapp.bank import queries as bank
from quizapp.bank.rules import BankStage
from quizapp.core.errors import Conflict
from quizapp.core.i18n import _
from quizapp.core.ids import new_id
from quizapp.core.kept import Kept
from quizapp.orgs.rules import UnitKind
from quizapp.quizzes import arranging, drawing, queries
from quizapp.quizzes.arranging import Order
from quizapp.quizzes.models import DrawnForm, Quiz, Sitting

AT_ONCE, OF_A_CLASS, OF_MANY = 20, 50, 500  # Forms for each stage.
BATCH = 50  # Drawn in one transaction: a tenth of a second.
MOST = 20_000  # Of some 300 bytes each.
_kept: Kept[tuple[UUID, ...]] = Kept("forms", MOST)


def wanted(quiz: Quiz) -> int:
    """Return how many forms a quiz is to have for each stage before its window opens."""
    return OF_A_CLASS if quiz.unit.kind is UnitKind.CLASS else OF_MANY


def draw(session: Session, quiz: Quiz, stage: BankStage, many: int) -> int:
    """Draw so many more forms; return how many there are in use. TooFew if there is no form."""
    lines = queries.blueprint(session, quiz, stage)
    pool = bank.pool(session, stage, queries.pools_of(quiz))
    chance, mark = Random(randbits(64)), _mark(item.revision_id for item in pool)  # noqa: S311
    first = session.scalar(_of(quiz.id, stage, func.coalesce(func.max(DrawnForm.number), 0))) or 0
    for number in range(first + 1, first + many + 1):
        drawn = drawing.draw(lines, pool, chance)
        if not quiz.shuffle_items:
            drawn = arranging.from_easy_to_hard(drawn, pool)
        session.add(
            DrawnForm(
                id=new_id(), quiz_id=quiz.id, stage=stage, number=number, pool_mark=mark,
                revisions=[str(revision) for revision in drawn],
            )
        )  # fmt: skip
    session.flush()
    return in_use(session, quiz, stage)


def in_use(session: Session, quiz: Quiz, stage: BankStage) -> int:
    """Return how many forms can be given out."""
    many = _of(quiz.id, stage, func.count()).where(DrawnForm.withdrawn_at.is_(None))
    return session.scalar(many) or 0


def refresh(session: Session, quiz: Quiz, stage: BankStage, *, now: datetime) -> bool:
    """Withdraw what is fit no more, draw a batch of what is missing; whether that was all.

    TooFew if the bank has no form any more.
    """
    withdraw(session, quiz, stage, now=now)
    missing = wanted(quiz) - in_use(session, quiz, stage)
    if missing > 0:
        draw(session, quiz, stage, min(missing, BATCH))
    return missing <= BATCH


def withdraw(session: Session, quiz: Quiz, stage: BankStage, *, now: datetime) -> int:
    """Withdraw the forms with an item that is asked no more, or in other words; return how many.

    Before the window opens they all go when the bank has changed: what is new shall be drawn too.
    """
    pool = {item.revision_id for item in bank.pool(session, stage, queries.pools_of(quiz))}
    mark, gone = _mark(pool), 0
    older = _of(quiz.id, stage, DrawnForm).where(
        DrawnForm.withdrawn_at.is_(None), DrawnForm.pool_mark != mark
    )
    for form in session.scalars(older):
        if now >= quiz.opens_at and pool.issuperset(map(UUID, form.revisions)):
            form.pool_mark = mark
        else:
            form.withdrawn_at = now
            gone += 1
    session.flush()
    return gone


def chosen(
    session: Session, quiz_id: UUID, stage: BankStage, *, child_id: UUID, attempt: int, key: str
) -> tuple[UUID, int]:
    """Return the form that this child gets and how many items it has; Conflict if there is none."""
    place = int.from_bytes(
        hmac.digest(key.encode(), quiz_id.bytes + child_id.bytes, sha256)[:6], "big"
    )
    asked = {"quiz_id": quiz_id, "stage": stage, "place": place + attempt}
    if row := session.execute(CHOSEN, asked).first():
        return row.id, len(row.revisions)
    says = _("This quiz has too few questions at the moment. Your teacher can help.")
    raise Conflict(says, code="not_open")


def forms(session: Session, quiz: Quiz, stage: BankStage) -> list[tuple[UUID, list[UUID]]]:
    """Return the forms that can be given out, with the items of each."""
    rows = _of(quiz.id, stage, DrawnForm).where(DrawnForm.withdrawn_at.is_(None))
    found = session.scalars(rows.order_by(DrawnForm.number))
    return [(form.id, [UUID(item) for item in form.revisions]) for form in found]


def items(session: Session, sitting: Sitting) -> list[tuple[UUID, int]]:
    """Return the revision and the seed of each item of a sitting, in its order."""
    return dealt(session, sitting.form_id, sitting.seed, arranging.Order.of(sitting.quiz))


def dealt(session: Session, form_id: UUID, seed: int, order: Order) -> list[tuple[UUID, int]]:
    """Return the same for a form, a seed, and what the quiz says of its order."""
    found = _kept.get([form_id], lambda _missing: {form_id: _read(session, form_id)})
    return arranging.dealt(found[form_id], seed, order)


def _chosen() -> Select[UUID, Sequence[str]]:
    usable = (
        select(
            DrawnForm.id,
            DrawnForm.revisions,
            (func.row_number().over(order_by=DrawnForm.number) - 1).label("place"),
            func.count().over().label("many"),
        )
        .where(DrawnForm.quiz_id == bindparam("quiz_id"), DrawnForm.stage == bindparam("stage"))
        .where(DrawnForm.withdrawn_at.is_(None))
        .subquery()
    )
    place = bindparam("place", type_=BigInteger) % usable.c.many
    return select(usable.c.id, usable.c.revisions).where(usable.c.place == place)


CHOSEN = _chosen()


def _read(session: Session, form_id: UUID) -> tuple[UUID, ...]:
    said = session.scalars(select(DrawnForm.revisions).where(DrawnForm.id == form_id)).one()
    return tuple(map(UUID, said))


def _of(quiz_id: UUID, stage: BankStage, what: Any) -> Select[Any]:
    return select(what).where(DrawnForm.quiz_id == quiz_id, DrawnForm.stage == stage)


def _mark(pool: Iterable[UUID]) -> str:
    """Return by what a state of the bank is known: the same for the same texts in any order."""
    told = blake2b(digest_size=8)
    for revision in sorted(one.bytes for one in pool):
        told.update(revision)
    return told.hexdigest()
