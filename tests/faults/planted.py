"""The save path of the site with one of its parts taken back, to see that tests notice.

Whatever statements the path is made of: what the part would have kept from happening is made to
happen around it.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from quizapp.quizzes import sittings
from quizapp.quizzes.models import Answer, Sitting, SittingState
from quizapp.quizzes.sittings import Given, Saved

Planted = Callable[..., Saved]


def older_choices_win(
    session: Session, sitting: Sitting, given: Sequence[Given], *, now: datetime
) -> Saved:
    """Without the comparison of seq: what is there is forgotten first."""
    places = [one.position for one in given]
    session.execute(
        delete(Answer).where(Answer.sitting_id == sitting.id, Answer.position.in_(places))
    )
    return sittings.save(session, sitting, given, now=now)


def taken_after_the_end(
    session: Session, sitting: Sitting, given: Sequence[Given], *, now: datetime
) -> Saved:
    """Without the check of the state: a sitting that is handed in is open for a moment."""
    with _as_if(session, sitting, state=SittingState.OPEN):
        return sittings.save(session, sitting, given, now=now)


def taken_after_the_grace(
    session: Session, sitting: Sitting, given: Sequence[Given], *, now: datetime
) -> Saved:
    """Without the check of the deadline: it is another one for a moment."""
    with _as_if(session, sitting, deadline=now + timedelta(minutes=1)):
        return sittings.save(session, sitting, given, now=now)


def late_unmarked(
    session: Session, sitting: Sitting, given: Sequence[Given], *, now: datetime
) -> Saved:
    """Without the mark of what came after the deadline."""
    saved = sittings.save(session, sitting, given, now=now)
    session.execute(update(Answer).where(Answer.sitting_id == sitting.id).values(late=False))
    return saved


def looked_at_without_a_lock(
    session: Session, sitting: Sitting, given: Sequence[Given], *, now: datetime
) -> Saved:
    """Without the lock: what was open when it was looked at is written to, whatever it is now."""
    looked = select(Sitting.state).where(Sitting.id == sitting.id)
    if session.scalar(looked) is SittingState.OPEN:
        return taken_after_the_end(session, sitting, given, now=now)
    return sittings.save(session, sitting, given, now=now)


ALL: tuple[Planted, ...] = (
    older_choices_win, taken_after_the_end, taken_after_the_grace, late_unmarked,
    looked_at_without_a_lock,
)  # fmt: skip


@contextmanager
def _as_if(session: Session, sitting: Sitting, **other: Any) -> Iterator[None]:
    """Let the row say something else for a moment."""
    this = update(Sitting).where(Sitting.id == sitting.id)
    session.refresh(sitting, with_for_update={"of": Sitting})
    was = {name: getattr(sitting, name) for name in other}
    session.execute(this.values(**other).execution_options(synchronize_session=False))
    session.refresh(sitting)
    yield
    session.execute(this.values(**was).execution_options(synchronize_session=False))
