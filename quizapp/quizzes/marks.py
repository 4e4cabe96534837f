"""What a pupil does with an item beside answering it: mark it, ask whether the answer is right."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from quizapp.core.db import changed
from quizapp.core.errors import Conflict, Invalid
from quizapp.core.i18n import _
from quizapp.quizzes import ahead
from quizapp.quizzes.models import Answer, Bookmark, Sitting, SittingState


def marked(session: Session, sitting: Sitting) -> set[int]:
    """Return the positions that the pupil has marked to come back to."""
    rows = session.scalars(
        select(Bookmark.position).where(
            Bookmark.school_id == sitting.school_id, Bookmark.sitting_id == sitting.id
        )
    )
    return set(rows)


def mark(
    session: Session,
    sitting: Sitting,
    positions: Collection[int],
    *,
    among: Collection[int] | None = None,
    now: datetime,
) -> None:
    """Let these positions be marked and no others; `among`: of those only, others stay.

    Conflict `finished`: it is handed in. Invalid: a position that the form does not have.
    """
    every = range(1, len(ahead.items(session, sitting)) + 1)
    if wrong := [position for position in positions if position not in every]:
        says = _("There is no item %(position)s in this quiz.", position=wrong[0])
        raise Invalid(says, fields={"positions": "unknown"})
    _hold_open(session, sitting, now=now)
    session.execute(
        delete(Bookmark).where(
            Bookmark.school_id == sitting.school_id,
            Bookmark.sitting_id == sitting.id,
            Bookmark.position.in_(every if among is None else among),
        )
    )
    rows = [
        {"school_id": sitting.school_id, "sitting_id": sitting.id, "position": position}
        for position in sorted(set(positions))
    ]
    if rows:
        session.execute(insert(Bookmark), rows)


def tell(session: Session, sitting: Sitting, position: int, *, now: datetime) -> None:
    """Let the feedback of an item be shown while the sitting is open; its answer stays from then.

    Again: nothing changes. Conflict `not_released`: this quiz tells nothing before it is handed
    in; `finished`; `unanswered`: there is nothing to tell about yet.
    """
    if not sitting.quiz.feedback.is_during:
        says = _("This quiz tells what is right only once it is handed in.")
        raise Conflict(says, code="not_released")
    _hold_open(session, sitting, now=now)
    answer = session.get(Answer, (sitting.school_id, sitting.id, position), populate_existing=True)
    if answer is None or not answer.choice:
        raise Conflict(_("Answer the question first."), code="unanswered")
    answer.told_at = answer.told_at or now
    session.flush()


def _hold_open(session: Session, sitting: Sitting, *, now: datetime) -> None:
    """Lock the sitting against being closed or answered meanwhile; Conflict if it is closed."""
    held = changed(
        session,
        update(Sitting)
        .where(Sitting.school_id == sitting.school_id, Sitting.id == sitting.id)
        .where(Sitting.state == SittingState.OPEN)
        .values(last_saved_at=now),
    )
    if not held:
        raise Conflict(_("This quiz is handed in already. Your answers count."), code="finished")
