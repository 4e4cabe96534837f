"""Quizzes and blueprints (reference); sittings, answers and turnout (pupil-side)."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.accounts.models import Pupil
from quizapp.bank.models import Revision
from quizapp.bank.rules import BankStage
from quizapp.core.db import Document, Id, Instant, Model, enum
from quizapp.orgs.models import SchoolId, Unit
from quizapp.orgs.rules import Stage
from quizapp.quizzes import timing


class Release(StrEnum):
    """When a pupil sees score, right answers and explanations."""

    AFTER_SUBMISSION = "after_submission"
    AFTER_CLOSE = "after_close"


class SittingState(StrEnum):
    OPEN = "open"
    FINISHED = "finished"


class ClosedBy(StrEnum):
    PUPIL = "pupil"
    BELL = "bell"  # The sweeper, after the deadline and its grace.


class Quiz(Model):
    """The rules of a test that a unit offers to all beneath it, between two instants."""

    __tablename__ = "quiz"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 1 AND 180", name="minutes_sane"),
        CheckConstraint("attempts BETWEEN 1 AND 20", name="attempts_sane"),
        CheckConstraint("pass_percent BETWEEN 0 AND 100", name="pass_mark_is_per_cent"),
        CheckConstraint("opens_at < closes_at", name="opens_before_it_closes"),
    )

    id: Mapped[Id]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    minutes: Mapped[int]
    attempts: Mapped[int] = mapped_column(default=1)
    pass_percent: Mapped[int] = mapped_column(default=60)
    points: Mapped[int] = mapped_column(default=5)  # For each item.
    release: Mapped[Release] = mapped_column(enum(Release), default=Release.AFTER_SUBMISSION)
    opens_at: Mapped[Instant]
    closes_at: Mapped[Instant]
    made_by: Mapped[UUID]
    made_at: Mapped[Instant]

    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)
    publication: Mapped["Publication | None"] = relationship(lazy="joined")
    lines: Mapped[list["BlueprintLine"]] = relationship(order_by="BlueprintLine.position")
    audience: Mapped[list["QuizAudience"]] = relationship()

    @property
    def path(self) -> str:
        return self.unit.path

    def phase(self, now: datetime) -> timing.Phase:
        return timing.phase(self.opens_at, self.closes_at, now)

    @property
    def items(self) -> int:
        """How many items a form has; the lines are the same for each stage."""
        return sum(line.items for line in self.lines_of(self.lines[0].stage))

    def lines_of(self, stage: BankStage) -> list["BlueprintLine"]:
        """Return what is drawn for pupils of the stage."""
        return [line for line in self.lines if line.stage is stage]


class Publication(Model):
    """That a quiz is open, since when and by whom. No row, not open."""

    __tablename__ = "publication"

    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quiz.id"), primary_key=True)
    by_id: Mapped[UUID]
    at: Mapped[Instant]


class BlueprintLine(Model):
    """So many items of a topic and a difficulty, for pupils of a stage. None: of any.

    A line with a `rule` draws from what these filters of bank.search find on that day. They are a
    copy of the saved filter as it stood when the quiz was made; `filter_id` tells which, as long
    as there is one.
    """

    __tablename__ = "blueprint_line"
    __table_args__ = (CheckConstraint("items BETWEEN 1 AND 100", name="items_sane"),)

    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quiz.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    stage: Mapped[BankStage] = mapped_column(enum(BankStage))
    topic_key: Mapped[str | None] = mapped_column(ForeignKey("topic.key"))
    difficulty: Mapped[int | None]
    items: Mapped[int]
    rule: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    filter_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("saved_filter.id", ondelete="SET NULL")
    )


class QuizAudience(Model):
    """A stage and grade whose pupils may take the quiz."""

    __tablename__ = "quiz_audience"

    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quiz.id"), primary_key=True)
    stage: Mapped[Stage] = mapped_column(enum(Stage), primary_key=True)
    grade: Mapped[int] = mapped_column(primary_key=True)


class Sitting(Model):
    """One pupil's attempt at one quiz.

    `form` is frozen at the start: for each item, in order, [revision id, seed]; the seed gives
    the order of its options and its row of params.
    """

    __tablename__ = "sitting"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "pupil_id"], [Pupil.school_id, Pupil.id], ondelete="CASCADE"
        ),
        UniqueConstraint("school_id", "pupil_id", "quiz_id", "attempt"),
        Index(  # One open at a time.
            "uq_sitting_open", "school_id", "pupil_id", "quiz_id", unique=True,
            sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'"),
        ),
        Index(  # What the sweeper looks for.
            "ix_sitting_deadline", "deadline",
            sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'"),
        ),
        Index("ix_sitting_class", "school_id", "class_id", "quiz_id"),
    )  # fmt: skip

    school_id: Mapped[SchoolId]
    id: Mapped[Id]
    pupil_id: Mapped[UUID]
    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quiz.id"))
    class_id: Mapped[UUID] = mapped_column(ForeignKey("school_class.unit_id"))  # On that day.
    attempt: Mapped[int]
    state: Mapped[SittingState] = mapped_column(enum(SittingState), default=SittingState.OPEN)
    form: Mapped[Document]
    maximum: Mapped[int]
    started_at: Mapped[Instant]
    deadline: Mapped[Instant]
    finished_at: Mapped[Instant | None]
    closed_by: Mapped[ClosedBy | None] = mapped_column(enum(ClosedBy))
    answered: Mapped[int | None]  # Items with a choice, once closed.
    score: Mapped[int | None]
    finished: Mapped[bool | None]  # Whether it counts as finished, once closed.
    passed: Mapped[bool | None]
    receipt: Mapped[str] = mapped_column(String(12))
    device_id: Mapped[str] = mapped_column(String(22))
    first_saved_at: Mapped[Instant | None]
    last_saved_at: Mapped[Instant | None]

    quiz: Mapped[Quiz] = relationship(lazy="joined", innerjoin=True)

    @property
    def items(self) -> list[tuple[UUID, int]]:
        """The revision and the seed of each item, in the order of the form."""
        return [(UUID(revision), seed) for revision, seed in self.form]


class Answer(Model):
    """One choice for one item. `seq` only grows: an older one changes nothing.

    `choice` holds option numbers of the revision, never letters as shown, or the word
    that was written; in the way of bank.marking. Scoring adds a row, with `seq` 0, for each item
    without one; `right` is None until then.
    """

    __tablename__ = "answer"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "sitting_id"], [Sitting.school_id, Sitting.id], ondelete="CASCADE"
        ),
        Index("ix_answer_revision_id", "revision_id"),
    )  # fmt: skip

    school_id: Mapped[SchoolId]
    sitting_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  # From 1.
    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revision.id"))
    seed: Mapped[int] = mapped_column(BigInteger)
    choice: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[Instant | None]
    last_at: Mapped[Instant | None]
    said_at: Mapped[Instant | None]  # By the page's clock: evidence, decides nothing.
    late: Mapped[bool] = mapped_column(default=False)  # Between the deadline and its grace.
    right: Mapped[bool | None]

    revision: Mapped[Revision] = relationship()


class Turnout(Model):
    """Roll-up: the rungs that pupils of a class climbed in a quiz on a local day.

    A cell is the change of that day; as of D is the sum up to D. A child counts once a rung and
    quiz, in the class of the first sitting.
    """

    __tablename__ = "turnout"
    __table_args__ = (Index("ix_turnout_quiz_id_school_id", "quiz_id", "school_id"),)

    school_id: Mapped[SchoolId]
    class_id: Mapped[UUID] = mapped_column(ForeignKey("school_class.unit_id"), primary_key=True)
    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quiz.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    opened: Mapped[int] = mapped_column(default=0)
    finished: Mapped[int] = mapped_column(default=0)
    valid: Mapped[int] = mapped_column(default=0)
    passed: Mapped[int] = mapped_column(default=0)
