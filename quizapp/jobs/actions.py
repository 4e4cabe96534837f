"""The life of a job record: asked for, taken, ended; taken up again when its worker died."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Update, delete, or_, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.core.db import changed, insert
from quizapp.core.ids import new_id
from quizapp.jobs.models import ClockTurn, Heartbeat, JobRecord, JobState
from quizapp.jobs.rules import LEASE, MOST_TRIES, pause


@dataclass(frozen=True)
class Held:
    """A piece of work as the worker holds it. The number of the try tells one holder from the next:
    who lost the lease changes nothing any more."""

    id: UUID
    kind: str
    arguments: Mapping[str, object]
    tries: int


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


def take(session: Session, *, now: datetime) -> Held | None:
    """Lease the oldest work that waits or whose worker is gone; None if there is none.

    One UPDATE decides between workers that want the same row.
    """
    rested = or_(JobRecord.not_before.is_(None), JobRecord.not_before <= now)
    free = or_(
        (JobRecord.state == JobState.WAITING) & rested,
        (JobRecord.state == JobState.RUNNING) & (JobRecord.lease_until < now),
    )
    oldest = (
        select(JobRecord.id)
        .where(free, JobRecord.tries < MOST_TRIES)
        .order_by(JobRecord.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taken = session.execute(
        update(JobRecord)
        .where(JobRecord.id == oldest.scalar_subquery(), free)
        .values(state=JobState.RUNNING, lease_until=now + LEASE, tries=JobRecord.tries + 1)
        .returning(JobRecord.id, JobRecord.kind, JobRecord.arguments, JobRecord.tries)
        .execution_options(synchronize_session=False)
    ).first()
    return Held(*taken) if taken else None


def step(session: Session, held: Held, *, progress: int, now: datetime) -> bool:
    """Renew the lease and say how far the work is (0–100).

    False: it is to end, for it was cancelled or somebody else has taken it up.
    """
    mine = _mine(held).where(JobRecord.cancelled_by.is_(None))
    return bool(changed(session, mine.values(progress=progress, lease_until=now + LEASE)))


def bury(session: Session, *, now: datetime) -> None:
    """End the work whose workers died as often as it may be tried: its key is free again."""
    session.execute(
        update(JobRecord)
        .where(JobRecord.state == JobState.RUNNING, JobRecord.tries >= MOST_TRIES)
        .where(JobRecord.lease_until < now)
        .values(state=JobState.FAILED, ended_at=now, error="its workers died")
    )


def finish(session: Session, held: Held, result: Mapping[str, object], *, now: datetime) -> bool:
    """End the work well; False if somebody else has taken it up meanwhile."""
    values = {"state": JobState.DONE, "result": dict(result), "progress": 100, "error": None}
    return bool(changed(session, _mine(held).values(values | {"ended_at": now})))


def fail(session: Session, held: Held, error: str, *, now: datetime) -> None:
    """Let it wait for the next try, or end it after the last one."""
    rest = pause(held.tries)
    ended: dict[str, object] = {"state": JobState.FAILED, "ended_at": now}
    again = {"state": JobState.WAITING, "lease_until": None, "not_before": now + (rest or LEASE)}
    changed(session, _mine(held).values({"error": error[:500]} | (again if rest else ended)))


def cancel(session: Session, job: JobRecord, *, by: Actor, now: datetime) -> bool:
    """End the work that waits; let the work that runs end at its next step. False: it is over."""
    this = update(JobRecord).where(JobRecord.id == job.id)
    waiting = this.where(JobRecord.state == JobState.WAITING)
    running = this.where(JobRecord.state == JobState.RUNNING)
    over = {"state": JobState.CANCELLED, "cancelled_by": by.id, "ended_at": now}
    return bool(
        changed(session, waiting.values(over))
        or changed(session, running.values(cancelled_by=by.id))
    )


def stop(session: Session, held: Held, *, now: datetime) -> None:
    """End the work that was cancelled while it ran; what somebody else took up goes on."""
    mine = _mine(held).where(JobRecord.cancelled_by.is_not(None))
    changed(session, mine.values(state=JobState.CANCELLED, ended_at=now))


def call(session: Session, name: str, minute: datetime) -> bool:
    """Whether this minute of the clock is ours to serve: of several processes one is told so."""
    turn = insert(session, ClockTurn).values(name=name, at=minute)
    turn = turn.on_conflict_do_update(
        index_elements=["name"], set_={"at": turn.excluded.at}, where=ClockTurn.at < minute
    )
    return session.scalar(turn.returning(ClockTurn.name)) is not None


def beat(session: Session, worker: str, *, began: datetime, now: datetime) -> None:
    """Say that the process lives."""
    alive = insert(session, Heartbeat).values(worker=worker, began_at=began, at=now)
    session.execute(
        alive.on_conflict_do_update(index_elements=["worker"], set_={"at": now, "began_at": began})
    )


def leave(session: Session, worker: str, *, dead_since: datetime) -> None:
    """Take away the heartbeat of a process that ends, and those of long dead ones."""
    gone = or_(Heartbeat.worker == worker, Heartbeat.at < dead_since)
    session.execute(delete(Heartbeat).where(gone))


def _mine(held: Held) -> Update:
    return update(JobRecord).where(
        JobRecord.id == held.id,
        JobRecord.state == JobState.RUNNING,
        JobRecord.tries == held.tries,
    )
