"""What a pupil did in lessons and a device kept until it could be sent: each deed counts once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.core.db import insert
from quizapp.lessons import actions, queries, walks
from quizapp.lessons.models import Lesson, Receipt


@dataclass(frozen=True)
class Opened:
    """The lesson was begun."""


@dataclass(frozen=True)
class Answered:
    """A checkpoint was answered, as a form sends it; `revision_id` is what the pupil has read."""

    position: int
    revision_id: UUID
    choice: Sequence[str]


@dataclass(frozen=True)
class Walked:
    """The pupil stands at the end of a path; `text` is the number of the text that was read."""

    path: str
    text: int


@dataclass(frozen=True)
class Entry:
    """A deed in a lesson; `id` is made by the device."""

    id: UUID
    lesson: str
    deed: Opened | Answered | Walked


def take(session: Session, actor: Actor, entry: Entry, *, now: datetime) -> bool:
    """Do what the entry says as if it were done now; return False if that was done before.

    Only an answer needs a receipt: to begin a lesson, or to stand somewhere, twice is once. Raises
    what the deed itself raises, and then leaves no receipt behind when it is rolled back.
    """
    is_new = not isinstance(entry.deed, Answered) or _received(session, actor, entry, now)
    if is_new:
        lesson = queries.own_lesson(session, actor, entry.lesson)
        _do(session, actor, lesson, entry.deed, now)
    return is_new


def _received(session: Session, actor: Actor, entry: Entry, now: datetime) -> bool:
    """Note that the entry has arrived; return False if it had arrived before."""
    key = {"school_id": actor.school_id, "pupil_id": actor.id, "id": entry.id}
    is_new = session.scalar(
        insert(session, Receipt)
        .values(**key, at=now)
        .on_conflict_do_nothing()
        .returning(Receipt.id)
    )
    return is_new is not None


def _do(
    session: Session,
    actor: Actor,
    lesson: Lesson,
    deed: Opened | Answered | Walked,
    now: datetime,
) -> None:
    match deed:
        case Opened():
            actions.open(session, actor, lesson, was_open=True, now=now)
        case Answered(position, revision_id, choice):
            actions.answer(session, actor, lesson, position, choice, read=revision_id, now=now)
        case Walked(path, text):
            walks.go(session, actor, lesson, path, read=text, now=now)
