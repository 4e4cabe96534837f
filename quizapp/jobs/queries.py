"""Questions about the background work: what waits, whether anybody is there to do it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.core.errors import Missing
from quizapp.core.i18n import _
from quizapp.jobs.models import ClockTurn, Heartbeat, JobRecord, JobState
from quizapp.jobs.rules import ALIVE


def job(session: Session, job_id: UUID) -> JobRecord:
    """Return the record; Missing if there is none."""
    found = session.get(JobRecord, job_id)
    if found is None:
        raise Missing(_("There is no such work."))
    return found


def turns(session: Session) -> dict[str, datetime]:
    """Return by name the last minute for which something was called by the clock."""
    return dict(session.execute(select(ClockTurn.name, ClockTurn.at)).all())


def heartbeats(session: Session) -> Sequence[Heartbeat]:
    """Return the processes of the background work, the liveliest first."""
    return session.scalars(select(Heartbeat).order_by(Heartbeat.at.desc())).all()


def is_alive(session: Session, *, now: datetime) -> bool:
    """Whether any process does the background work."""
    last: datetime | None = session.scalar(select(func.max(Heartbeat.at)))
    return last is not None and last > now - ALIVE


def by_state(session: Session) -> dict[JobState, int]:
    """Return how many records there are of each state."""
    counted = select(JobRecord.state, func.count()).group_by(JobRecord.state)
    return dict(session.execute(counted).all())
