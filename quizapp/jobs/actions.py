"""The life of a job record: asked for, taken, ended; taken up again when its worker died."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.core.db import insert
from quizapp.core.ids import new_id
from quizapp.jobs.models import JobRecord, JobState

LEASE = timedelta(minutes=10)  # Longer than any batch; work in batches renews it.
MOST_TRIES = 3


def ask(
    session: Session, kind: str, *, key: str, by: Actor, now: datetime, **arguments: object
) -> UUID | None:
    """Write down work to be done and return its id; None if the same is under way already."""
    made = (
        insert(session, JobRecord)
        .values(
            id=new_id(), kind=kind, key=key, arguments=arguments, state=JobState.WAITING, tries=0,
            progress=0, asked_by=by.id, asked_at=now,
        )
        .on_conflict_do_nothing()
        .returning(JobRecord.id)
    )  # fmt: skip
    made_id: UUID | None = session.scalar(made)
    return made_id


def take(session: Session, *, now: datetime) -> JobRecord | None:
    """Lease the oldest work that waits or whose worker is gone; None if there is none.

    One UPDATE decides between workers that want the same row.
    """
    free = or_(
        JobRecord.state == JobState.WAITING,
        (JobRecord.state == JobState.RUNNING) & (JobRecord.lease_until < now),
    )
    oldest = select(JobRecord.id).where(free, JobRecord.tries < MOST_TRIES)
    taken = session.scalar(
        update(JobRecord)
        .where(JobRecord.id == oldest.order_by(JobRecord.id).limit(1).scalar_subquery(), free)
        .values(state=JobState.RUNNING, lease_until=now + LEASE, tries=JobRecord.tries + 1)
        .returning(JobRecord.id)
    )
    return session.get(JobRecord, taken, populate_existing=True) if taken else None


def bury(session: Session, *, now: datetime) -> None:
    """End the work whose workers died as often as it may be tried: its key is free again."""
    session.execute(
        update(JobRecord)
        .where(JobRecord.state == JobState.RUNNING, JobRecord.tries >= MOST_TRIES)
        .where(JobRecord.lease_until < now)
        .values(state=JobState.FAILED, ended_at=now, error="its workers died")
    )


def finish(job: JobRecord, result: Mapping[str, object], *, now: datetime) -> None:
    job.state, job.result, job.progress, job.ended_at = JobState.DONE, dict(result), 100, now


def fail(job: JobRecord, error: str, *, now: datetime) -> None:
    """Let it wait for the next try, or end it after the last one."""
    job.error = error[:500]
    if job.tries < MOST_TRIES:
        job.state, job.lease_until = JobState.WAITING, None
    else:
        job.state, job.ended_at = JobState.FAILED, now
