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
from quizapp.bank.models import Question, Revision
from quizapp.bank.rules import BankStage
from quizapp.core.db import Document, Id, Instant, Model, enum
from quizapp.orgs.models import SchoolId, Unit
from quizapp.orgs.rules import Stage
from quizapp.quizzes import timing
from quizapp.quizzes.feedback import Feedback
from quizapp.quizzes.rules import Counting, Layout, Release


class Steered(StrEnum):
    """What is done to the window of a quiz at one school while it runs."""

    PAUSE = "pause"
    EXTENSION = "extension"


class Why(StrEnum):
    """The reason, out of a list: a free text might name somebody."""

    NETWORK = "network"
    POWER = "power"
    ALARM = "alarm"  # The building had to be left, a drill among the reasons.
    SITE = "site"  # This site was slow or away.
    OTHER = "other"


class SittingState(StrEnum):
    OPEN = "open"
    FINISHED = "finished"


class ClosedBy(StrEnum):
    PUPIL = "pupil"
    BELL = "bell"  # The sweeper, after the deadline and its grace.


class Quiz(Model):
    """The rules of a test that a unit offers to all beneath it, between two instants.

    `release` is that of the marks; without a `key_release` the right answers are shown with them,
    without an `explain_release` the explanations with the right answers. `mock_of` is the contest
    that this one is a rehearsal of: it asks other questions, and counts nowhere.
    """

    __tablename__ = "quiz"
    __table_args__ = (
        CheckConstraint("minutes BETWEEN 1 AND 180", name="minutes_sane"),
        CheckConstraint("attempts BETWEEN 1 AND 20", name="attempts_sane"),
        CheckConstraint("pass_percent BETWEEN 0 AND 100", name="pass_mark_is_per_cent"),
        CheckConstraint("opens_at < closes_at", name="opens_before_it_closes"),
        CheckConstraint("NOT forward_only OR layout = 'one'", name="forward_is_one_by_one"),
    )

    id: Mapped[Id]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    title: Mapped[str] = mapped_column(String(120))
    minutes: Mapped[int]
    attempts: Mapped[int] = mapped_column(default=1)
    pass_percent: Mapped[int] = mapped_column(default=60)
    points: Mapped[int] = mapped_column(default=5)  # For each item.
    release: Mapped[Release] = mapped_column(enum(Release), default=Release.AFTER_SUBMISSION)
    key_release: Mapped[Release | None] = mapped_column(enum(Release, of="key_release"))
    explain_release: Mapped[Release | None] = mapped_column(enum(Release, of="explain_release"))
    counts: Mapped[Counting] = mapped_column(enum(Counting), default=Counting.BEST)
    shuffle_items: Mapped[bool] = mapped_column(default=True)
    shuffle_options: Mapped[bool] = mapped_column(default=True)
    layout: Mapped[Layout] = mapped_column(enum(Layout), default=Layout.ONE)
    forward_only: Mapped[bool] = mapped_column(default=False)
    mock_of: Mapped[UUID | None] = mapped_column(ForeignKey("quiz.id"), index=True)
    opens_at: Mapped[Instant]
    closes_at: Mapped[Instant]
    made_up_until: Mapped[Instant | None]  # The end of the last make-up window.
    # The latest end of a school that was given more time; None: no school was.
    closes_last_at: Mapped[Instant | None]
    made_by: Mapped[UUID]
    made_at: Mapped[Instant]

    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)
    publication: Mapped["Publication | None"] = relationship(lazy="joined")
    lines: Mapped[list["BlueprintLine"]] = relationship(order_by="BlueprintLine.position")
    audience: Mapped[list["QuizAudience"]] = relationship()

    @property
    def path(self) -> str:
        return self.unit.path

    @property
    def over_at(self) -> datetime:
        """When the window is over at the last of the schools."""
        return self.closes_last_at or self.closes_at

    def phase(self, now: datetime) -> timing.Phase:
        return timing.phase(self.opens_at, self.closes_at, now)

    @property
    def feedback(self) -> Feedback:
        key = self.key_release or self.release
        return Feedback(self.release, key, self.explain_release or key)

    @property
    def all_over(self) -> datetime:
        """When nobody can be answering any more, at any school and in any make-up window."""
        last = max(self.over_at, self.made_up_until or self.over_at)
        return timing.all_over(last, self.minutes)

    @property
    def has_locks(self) -> bool:
        """Whether an answer may be locked before the sitting is handed in."""
        return self.forward_only or self.feedback.is_during

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


class DrawnForm(Model):
    """The items of a form, drawn ahead: a quiz has some of them for each stage.

    `pool_mark` tells of which state of the bank it was last known to be fit to be asked.
    """

    __tablename__ = "drawn_form"
    __table_args__ = (UniqueConstraint("quiz_id", "stage", "number"),)

    id: Mapped[Id]
    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quiz.id"))
    stage: Mapped[BankStage] = mapped_column(enum(BankStage))
    number: Mapped[int]
    revisions: Mapped[Document]  # The ids of what is asked.
    pool_mark: Mapped[str] = mapped_column(String(16))
    withdrawn_at: Mapped[Instant | None]  # Given to nobody any more; who has it goes on.


class Sitting(Model):
    """One pupil's attempt at one quiz.

    What it asks is frozen at the start: the form, and the seed by which it is dealt. The seed
    gives the order of the items, and to each a seed of its own for its options and its params.
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
        Index(  # Who is under way, and whom the bell closed: what those who watch are told.
            "ix_sitting_under_way", "quiz_id", "school_id",
            sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_sitting_bell", "quiz_id", "school_id",
            sqlite_where=text("closed_by = 'bell'"), postgresql_where=text("closed_by = 'bell'"),
        ),
    )  # fmt: skip

    school_id: Mapped[SchoolId]
    id: Mapped[Id]
    pupil_id: Mapped[UUID]
    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quiz.id"))
    class_id: Mapped[UUID] = mapped_column(ForeignKey("school_class.unit_id"))  # On that day.
    attempt: Mapped[int]
    state: Mapped[SittingState] = mapped_column(enum(SittingState), default=SittingState.OPEN)
    form_id: Mapped[UUID] = mapped_column(ForeignKey("drawn_form.id"))
    seed: Mapped[int] = mapped_column(BigInteger)
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
    told_at: Mapped[Instant | None]  # Its feedback was shown: from then on it stays as it is.

    revision: Mapped[Revision] = relationship()


class Bookmark(Model):
    """A pupil's own mark to come back to an item. No row, not marked."""

    __tablename__ = "bookmark"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "sitting_id"], [Sitting.school_id, Sitting.id], ondelete="CASCADE"
        ),
    )

    school_id: Mapped[SchoolId]
    sitting_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)


class MakeUp(Model):
    """A later window of a quiz, for a pupil or for all of a class who have missed it.

    No `pupil_id`: whoever of the class has not begun the quiz before it opens.
    """

    __tablename__ = "make_up"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "pupil_id"], [Pupil.school_id, Pupil.id], ondelete="CASCADE"
        ),
        CheckConstraint("opens_at < closes_at", name="opens_before_it_closes"),
        Index("ix_make_up_class", "school_id", "class_id", "quiz_id"),
    )

    school_id: Mapped[SchoolId]
    id: Mapped[Id]
    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quiz.id"))
    class_id: Mapped[UUID] = mapped_column(ForeignKey("school_class.unit_id"))
    pupil_id: Mapped[UUID | None]
    opens_at: Mapped[Instant]
    closes_at: Mapped[Instant]
    made_by: Mapped[UUID]
    made_at: Mapped[Instant]


class Mistake(Model):
    """A question that a pupil answered wrong and has practised since; `box` as in spacing.py.

    `right` is what the last answer was; it was given to the `revision_id` under its `seed`. No
    row: not practised yet.
    """

    __tablename__ = "mistake"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "pupil_id"], [Pupil.school_id, Pupil.id], ondelete="CASCADE"
        ),
    )

    school_id: Mapped[SchoolId]
    pupil_id: Mapped[UUID] = mapped_column(primary_key=True)
    question_id: Mapped[UUID] = mapped_column(ForeignKey(Question.id), primary_key=True)
    box: Mapped[int]
    due_on: Mapped[date]
    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revision.id"))
    seed: Mapped[int] = mapped_column(BigInteger)
    choice: Mapped[str] = mapped_column(String(40))
    right: Mapped[bool]
    at: Mapped[Instant]

    revision: Mapped[Revision] = relationship()


class MissedAnswer(Model):
    """That a choice for an item came when the time and its grace were over: it does not count.

    The pupil is told of it. Older than what was saved in time, or sent once more: no row.
    """

    __tablename__ = "missed_answer"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "sitting_id"], [Sitting.school_id, Sitting.id], ondelete="CASCADE"
        ),
    )

    school_id: Mapped[SchoolId]
    sitting_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)  # From 1.
    came_at: Mapped[Instant]
    said_at: Mapped[Instant | None]  # By the page's clock, as in an answer.


class Turnout(Model):
    """Roll-up: the rungs that pupils of a class climbed in a quiz on a local day.

    A cell is the change of that day; as of D is the sum up to D. A child counts once a rung and
    quiz, in the class of the first sitting. Where the last attempt counts, one that is not passed
    takes a pass away again.
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


class SchoolWindow(Model):
    """How the window of a quiz stands at a school that was given a pause or more time.

    No row: as for all. A pause is over once `paused_until` has come; until then nobody begins.
    """

    __tablename__ = "school_window"
    __table_args__ = (
        CheckConstraint("(paused_at IS NULL) = (paused_until IS NULL)", name="paused_from_to"),
        Index("ix_school_window_quiz_id", "quiz_id"),
    )

    school_id: Mapped[SchoolId]
    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quiz.id"), primary_key=True)
    closes_at: Mapped[Instant]  # The school's own end.
    paused_at: Mapped[Instant | None]
    paused_until: Mapped[Instant | None]


class WindowChange(Model):
    """A pause or more time, as somebody gave it to a school; `seconds` is what it came to.

    `ended_at`: when a pause was ended before its time, or more time was taken back.
    """

    __tablename__ = "window_change"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "quiz_id"], [SchoolWindow.school_id, SchoolWindow.quiz_id],
            ondelete="CASCADE",
        ),
        CheckConstraint("seconds >= 0", name="seconds_sane"),
        Index("ix_window_change_quiz", "school_id", "quiz_id"),
    )  # fmt: skip

    school_id: Mapped[SchoolId]
    id: Mapped[Id]
    quiz_id: Mapped[UUID]
    kind: Mapped[Steered] = mapped_column(enum(Steered))
    why: Mapped[Why] = mapped_column(enum(Why))
    seconds: Mapped[int]
    at: Mapped[Instant]
    by_id: Mapped[UUID]
    ended_at: Mapped[Instant | None]


class WindowTally(Model):
    """How many saves of a quiz came late at a school, and how many requests were refused."""

    __tablename__ = "window_tally"
    __table_args__ = (Index("ix_window_tally_quiz_id", "quiz_id"),)

    school_id: Mapped[SchoolId]
    quiz_id: Mapped[UUID] = mapped_column(ForeignKey("quiz.id"), primary_key=True)
    late: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
