"""What came too late to count: it is written down, so that the pupil can be told."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from quizapp.core.db import insert
from quizapp.quizzes import ahead, queries
from quizapp.quizzes.models import Answer, MissedAnswer, Sitting
from quizapp.quizzes.sittings import Given


def note(session: Session, sitting: Sitting, given: Sequence[Given], *, now: datetime) -> None:
    """Write down the choices that `save` has refused as late; those sent again change nothing."""
    saved, asked = queries.answers(session, sitting), len(ahead.items(session, sitting))
    rows = {
        one.position: {
            "school_id": sitting.school_id,
            "sitting_id": sitting.id,
            "position": one.position,
            "came_at": now,
            "said_at": one.said_at,
        }
        for one in given
        if 1 <= one.position <= asked and _is_newer(one, saved)
    }
    if rows:
        made = insert(session, MissedAnswer).values(list(rows.values()))
        session.execute(made.on_conflict_do_nothing())


def _is_newer(one: Given, saved: Mapping[int, Answer]) -> bool:
    """Whether it is not what was saved in time, sent once more because the reply was lost."""
    before = saved.get(one.position)
    return one.seq is None or before is None or one.seq > before.seq
