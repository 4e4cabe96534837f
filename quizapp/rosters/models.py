"""Changes of a roster as wholes, and transfers between schools (pupil-side)."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from quizapp.accounts.models import Pupil
from quizapp.core.db import Document, Id, Instant, Model, enum
from quizapp.orgs.models import SchoolId


class ChangeKind(StrEnum):
    """Where a change of the roster comes from."""

    LIST = "list"  # A class list, a paste, a OneRoster file.
    PROMOTION = "promotion"
    GRADUATION = "graduation"
    TRANSFER = "transfer"
    EDIT = "edit"  # One pupil, by hand.


class ChangeState(StrEnum):
    PROPOSED = "proposed"  # Waits for a second person.
    APPLIED = "applied"
    UNDONE = "undone"
    REFUSED = "refused"


class RosterChange(Model):
    """One change of a school's roster as a whole: who, when, how much, and the way back.

    `proposal` is what waits for the second person, gone once it is decided. `steps` are the rows
    as they were and as they became, from rosters/journal.py, gone when undoing is over. Who has
    asked to undo it, while it is applied, waits for a second person.
    """

    __tablename__ = "roster_change"
    __table_args__ = (Index("ix_roster_change_school_id_asked_at", "school_id", "asked_at"),)

    school_id: Mapped[SchoolId]
    id: Mapped[Id]
    kind: Mapped[ChangeKind] = mapped_column(enum(ChangeKind))
    state: Mapped[ChangeState] = mapped_column(enum(ChangeState))
    counts: Mapped[Document]  # {"added": 3, "moved": 0, "changed": 1, "left": 2, "classes": 0}
    proposal: Mapped[Document | None]
    steps: Mapped[Document | None] = mapped_column(deferred=True)
    asked_by: Mapped[UUID]
    asked_at: Mapped[Instant]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[Instant | None]
    undo_asked_by: Mapped[UUID | None]
    undo_asked_at: Mapped[Instant | None]
    undone_by: Mapped[UUID | None]
    undone_at: Mapped[Instant | None]


class Transfer(Model):
    """A child is let go to another school of the city, which takes it over with a code.

    The rows of both schools are tied by `child_id`; what was counted stays where it was counted.
    """

    __tablename__ = "transfer"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "pupil_id"], [Pupil.school_id, Pupil.id], ondelete="CASCADE"
        ),
        UniqueConstraint("school_id", "code_hash"),
    )

    school_id: Mapped[SchoolId]  # Of the school that lets go.
    id: Mapped[Id]
    pupil_id: Mapped[UUID]
    code_hash: Mapped[str] = mapped_column(String(64))  # HMAC.
    made_by: Mapped[UUID]
    made_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    to_school_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    taken_at: Mapped[Instant | None]
    called_off_at: Mapped[Instant | None]
