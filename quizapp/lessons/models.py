"""Courses and lessons (reference); a pupil's visits and what they answered (pupil-side)."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.accounts.models import Pupil
from quizapp.bank.models import Revision
from quizapp.bank.rules import BankStage
from quizapp.core.db import Document, Id, Instant, Model, enum
from quizapp.orgs.models import SchoolId


class Course(Model):
    """The lessons of a stage. Its key is the folder's name."""

    __tablename__ = "course"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    stage: Mapped[BankStage] = mapped_column(enum(BankStage))
    position: Mapped[int]
    text: Mapped[Document]  # Language: {"title", "summary"}.

    lessons: Mapped[list["Lesson"]] = relationship(
        back_populates="course", order_by="Lesson.position"
    )


class Lesson(Model):
    """The lasting key of a lesson. `current` is the number of its approved text."""

    __tablename__ = "lesson"

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(80), unique=True)
    course_key: Mapped[str] = mapped_column(ForeignKey("course.key"))
    position: Mapped[int]
    current: Mapped[int]
    retired_at: Mapped[Instant | None]

    course: Mapped[Course] = relationship(back_populates="lessons", lazy="joined", innerjoin=True)
    path = "/"  # Approved lessons are open to all of their stage.


class LessonText(Model):
    """One immutable text of a lesson.

    `text`: language → {"title", "objective"}. `blocks`: language → a list of {"html"} and
    {"checkpoint": n}, the place of the checkpoint from 0; lists of lessons do without them.
    """

    __tablename__ = "lesson_text"
    __table_args__ = (UniqueConstraint("lesson_id", "number"),)

    id: Mapped[Id]
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id"))
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    minutes: Mapped[int]
    subjects: Mapped[Document]
    sources: Mapped[Document]
    as_of: Mapped[date]
    review_by: Mapped[date]
    text: Mapped[Document]
    blocks: Mapped[Document] = mapped_column(deferred=True)
    made_at: Mapped[Instant]

    lesson: Mapped[Lesson] = relationship(lazy="joined", innerjoin=True)
    checkpoints: Mapped[list["Checkpoint"]] = relationship(order_by="Checkpoint.position")


class Checkpoint(Model):
    """A question that is answered inside a lesson, at its place there."""

    __tablename__ = "checkpoint"

    text_id: Mapped[UUID] = mapped_column(ForeignKey("lesson_text.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[UUID] = mapped_column(ForeignKey("question.id"))


class Visit(Model):
    """That a pupil opened a lesson, and since when it is done. No row: not begun.

    Done means that every checkpoint of the text is answered; seconds count for nothing.
    """

    __tablename__ = "visit"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "pupil_id"], [Pupil.school_id, Pupil.id], ondelete="CASCADE"
        ),
    )  # fmt: skip

    school_id: Mapped[SchoolId]
    pupil_id: Mapped[UUID] = mapped_column(primary_key=True)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id"), primary_key=True)
    class_id: Mapped[UUID] = mapped_column(ForeignKey("school_class.unit_id"))  # On that day.
    opened_at: Mapped[Instant]
    finished_at: Mapped[Instant | None]


class CheckpointAnswer(Model):
    """A pupil's last answer at a checkpoint; `tries` counts all of them."""

    __tablename__ = "checkpoint_answer"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "pupil_id", "lesson_id"],
            [Visit.school_id, Visit.pupil_id, Visit.lesson_id],
            ondelete="CASCADE",
        ),
    )

    school_id: Mapped[SchoolId]
    pupil_id: Mapped[UUID] = mapped_column(primary_key=True)
    lesson_id: Mapped[UUID] = mapped_column(primary_key=True)
    question_id: Mapped[UUID] = mapped_column(ForeignKey("question.id"), primary_key=True)
    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revision.id"))
    choice: Mapped[str] = mapped_column(String(40))  # As bank.marking writes it.
    right: Mapped[bool]
    tries: Mapped[int]
    first_right: Mapped[bool]
    at: Mapped[Instant]

    revision: Mapped[Revision] = relationship()


class LessonTally(Model):
    """Roll-up: how many pupils of a class opened and finished a lesson on a local day."""

    __tablename__ = "lesson_tally"

    school_id: Mapped[SchoolId]
    class_id: Mapped[UUID] = mapped_column(ForeignKey("school_class.unit_id"), primary_key=True)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    opened: Mapped[int] = mapped_column(default=0)
    finished: Mapped[int] = mapped_column(default=0)
