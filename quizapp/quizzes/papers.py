"""What of a sitting may be shown: the form while it is open, right and wrong once released."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from quizapp.bank import asked as bank_asked
from quizapp.bank import marking, texts
from quizapp.bank import queries as bank
from quizapp.bank.asked import Asked, Posed
from quizapp.bank.queries import Cited
from quizapp.core.errors import Conflict
from quizapp.core.i18n import _
from quizapp.quizzes import ahead, feedback, locks, queries
from quizapp.quizzes.feedback import Shown
from quizapp.quizzes.locks import Lock, Standing
from quizapp.quizzes.models import Answer, Quiz, Sitting, SittingState


@dataclass(frozen=True)
class Item(Posed):
    """A question as it stands in the form. `fault`: what was sent for it could not be kept.

    `lock` says why it cannot be changed any more; None while it can.
    """

    position: int
    seq: int
    fault: bool = False
    lock: Lock | None = None


@dataclass(frozen=True)
class Explained(bank_asked.Explained):
    """An item with as much of what was right and why as may be `shown`; the rest is empty.

    `told` is what was chosen, in words.
    """

    item: Item
    is_right: bool
    told: Sequence[str]
    cited: Sequence[Cited]
    late: bool
    shown: Shown


def paper(session: Session, sitting: Sitting, locale: str, *, is_new: bool = False) -> list[Item]:
    """Return the form of the sitting with the choices saved so far; of a new one there are none."""
    given = {} if is_new else queries.answers(session, sitting)
    standing, forward = standing_of(given), sitting.quiz.forward_only
    return [
        _item(
            position, asked, given.get(position),
            locks.locked(standing, position, forward_only=forward), locale,
        )
        for position, asked in enumerate(asked_in(session, sitting), start=1)
    ]  # fmt: skip


def asked_in(session: Session, sitting: Sitting) -> list[Asked]:
    """Return what the sitting asks, in its order."""
    items = ahead.items(session, sitting)
    said = texts.said(session, (revision for revision, _seed in items))
    return [Asked(said[revision], seed) for revision, seed in items]


def _item(
    position: int, asked: Asked, answer: Answer | None, lock: Lock | None, locale: str
) -> Item:
    posed = asked.posed(marking.read(asked.kind, answer.choice if answer else ""), locale)
    seq = answer.seq if answer else 0
    return Item(**vars(posed), position=position, seq=seq, lock=lock)


def standing_of(given: Mapping[int, Answer]) -> dict[int, Standing]:
    """Return the answers as the rules of locks see them."""
    return {
        position: Standing(answer.seq, answer.told_at is not None)
        for position, answer in given.items()
    }


def shown(quiz: Quiz, sitting: Sitting, *, now: datetime, is_told: bool = False) -> Shown:
    """Return what the pupil may see of an item of the sitting."""
    is_open = sitting.state is SittingState.OPEN
    return feedback.shown(
        quiz.feedback, is_open=is_open, is_told=is_told, all_over=quiz.all_over, now=now
    )


def is_released(quiz: Quiz, sitting: Sitting, *, now: datetime) -> bool:
    """Whether the pupil may see the score of a closed sitting, and right or wrong."""
    return shown(quiz, sitting, now=now).marks


def counting(quiz: Quiz, taken: Sequence[Sitting], *, now: datetime) -> Sitting | None:
    """Return the attempt that counts, once its marks may be seen: which one it is tells of them."""
    found = queries.counting_of(quiz, taken)
    return found if found and is_released(quiz, found, now=now) else None


def explained(session: Session, sitting: Sitting, locale: str, *, now: datetime) -> list[Explained]:
    """Return every item with what may be shown of it; Conflict `not_released` before its time."""
    if not is_released(sitting.quiz, sitting, now=now):
        raise Conflict(
            _("The result is not released yet. Your answers are kept."), code="not_released"
        )
    return _explained(session, sitting, locale, queries.answers(session, sitting), now=now)


def told(session: Session, sitting: Sitting, locale: str, *, now: datetime) -> dict[int, Explained]:
    """Return the items of an open sitting whose feedback was asked for, by position."""
    if not sitting.quiz.feedback.is_during:
        return {}
    given = queries.answers(session, sitting)
    asked_for = {position: answer for position, answer in given.items() if answer.told_at}
    if not asked_for:
        return {}
    found = _explained(session, sitting, locale, asked_for, now=now)
    return {one.item.position: one for one in found}


def _explained(
    session: Session,
    sitting: Sitting,
    locale: str,
    given: Mapping[int, Answer],
    *,
    now: datetime,
) -> list[Explained]:
    """Return the items that have an answer in `given`."""
    form = {
        position: asked
        for position, asked in enumerate(asked_in(session, sitting), start=1)
        if position in given
    }
    cited = bank.sources_of(session, [asked.revision for asked in form.values()])
    found = []
    for position, asked in form.items():
        answer = given[position]
        choice = marking.read(asked.kind, answer.choice)
        may = shown(sitting.quiz, sitting, now=now, is_told=answer.told_at is not None)
        said = asked.explained(choice, locale)
        found.append(
            Explained(
                right=said.right if may.key else (),
                compared=said.compared if may.key else (),
                feedback=said.feedback if may.explanation else (),
                explain=said.explain if may.explanation else "",
                item=_item(position, asked, answer, None, locale),
                is_right=may.marks and asked.is_right(choice),
                told=asked.told(choice, locale),
                cited=cited[asked.revision.id] if may.explanation else (),
                late=answer.late,
                shown=may,
            )
        )
    return found
