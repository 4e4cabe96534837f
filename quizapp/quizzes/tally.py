"""What goes wrong while a window runs, counted by school and quiz and nothing more."""

from uuid import UUID

from sqlalchemy.orm import Session

from quizapp.core.db import count
from quizapp.quizzes.models import WindowTally


def late(session: Session, school_id: UUID, quiz_id: UUID) -> None:
    """Count a save that was taken between the deadline and the end of its grace."""
    count(session, WindowTally, {"school_id": school_id, "quiz_id": quiz_id}, late=1)


def refused(session: Session, school_id: UUID, quiz_id: UUID) -> None:
    """Count a start, a save or a handing in that was answered with an error."""
    count(session, WindowTally, {"school_id": school_id, "quiz_id": quiz_id}, refused=1)
