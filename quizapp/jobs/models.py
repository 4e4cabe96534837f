"""Job records: what was asked of the background, how far it is, what came of it."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from quizapp.core.db import Document, Id, Instant, Model, enum


class JobState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobRecord(Model):
    """One piece of background work. The queue only wakes a worker; this row is the truth.

    A worker that died leaves a lease that runs out, and the work is taken up again.
    """

    __tablename__ = "job_record"
    __table_args__ = (
        # The same work is not asked for twice while it is still under way.
        Index(
            "uq_job_record_open_key",
            "key",
            unique=True,
            sqlite_where=text("state IN ('waiting', 'running')"),
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
        CheckConstraint("progress BETWEEN 0 AND 100", name="progress_is_per_cent"),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(60))  # feature.verb
    key: Mapped[str] = mapped_column(String(120))
    arguments: Mapped[Document] = mapped_column(default=dict)  # Ids only.
    state: Mapped[JobState] = mapped_column(enum(JobState), default=JobState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    progress: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[Instant | None]
    not_before: Mapped[Instant | None]  # Of work that failed: when it is tried again.
    cancelled_by: Mapped[UUID | None]  # Work that runs ends at its next step.
    result: Mapped[Document | None]
    error: Mapped[str | None] = mapped_column(String(500))
    asked_by: Mapped[UUID]
    asked_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]


class ClockTurn(Model):
    """The last minute for which something was called by the clock. No row: not called yet."""

    __tablename__ = "clock_turn"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)  # feature.verb
    at: Mapped[Instant]


class Heartbeat(Model):
    """A process of the background work, and when it was last alive. One that ends takes it away."""

    __tablename__ = "heartbeat"

    worker: Mapped[str] = mapped_column(String(120), primary_key=True)  # host:process id
    began_at: Mapped[Instant]
    at: Mapped[Instant]
