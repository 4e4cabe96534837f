"""What was said about a pupil's data, and what somebody wishes done with it (pupil-side)."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from quizapp.accounts.models import Consent, Pupil
from quizapp.core.db import Id, Instant, Model, enum
from quizapp.orgs.models import SchoolId


class ConsentEntry(Model):
    """What the guardian, or a pupil of 14 and older, said on a day, and how it is known."""

    __tablename__ = "consent_entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "pupil_id"], [Pupil.school_id, Pupil.id], ondelete="CASCADE"
        ),
        Index("ix_consent_entry_school_id_pupil_id", "school_id", "pupil_id"),
    )

    school_id: Mapped[SchoolId]
    id: Mapped[Id]
    pupil_id: Mapped[UUID]
    said: Mapped[Consent] = mapped_column(enum(Consent))
    said_on: Mapped[date]
    on_paper: Mapped[bool]
    recorded_by: Mapped[UUID]
    recorded_at: Mapped[Instant]


class Wish(StrEnum):
    """What somebody may want done with the data about them."""

    CORRECTION = "correction"
    DELETION = "deletion"


class WishState(StrEnum):
    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"


class DataRequest(Model):
    """A pupil's wish about the own data, and what the school did with it."""

    __tablename__ = "data_request"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "pupil_id"], [Pupil.school_id, Pupil.id], ondelete="CASCADE"
        ),
        Index("ix_data_request_school_id_state", "school_id", "state"),
    )

    school_id: Mapped[SchoolId]
    id: Mapped[Id]
    pupil_id: Mapped[UUID]
    wish: Mapped[Wish] = mapped_column(enum(Wish))
    words: Mapped[str] = mapped_column(String(500), default="")
    state: Mapped[WishState] = mapped_column(enum(WishState), default=WishState.OPEN)
    asked_at: Mapped[Instant]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[Instant | None]
    answer: Mapped[str] = mapped_column(String(500), default="")
