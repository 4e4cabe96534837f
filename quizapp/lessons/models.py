"""Courses and lessons (reference); what pupils and classes do in them (pupil-side)."""

from datetime import date
from uuid import UUID

from sqlalchemy import (
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
from quizapp.bank.models import Reviewed, Revision, Said, Signed, Thing
from quizapp.bank.rules import BankStage
from quizapp.core.db import Document, Id, Instant, Model, enum
from quizapp.orgs.models import SchoolId
from quizapp.orgs.rules import Stage


class Course(Model):
    """The lessons of a grade, with a plan for its two terms. Its key is the file's name."""

    __tablename__ = "course"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    stage: Mapped[Stage] = mapped_column(enum(Stage))  # A vocational school has own courses.
    grade: Mapped[int]
    position: Mapped[int]
    text: Mapped[Document]  # Language: {"title", "summary"}.

    lines: Mapped[list["CourseLine"]] = relationship(
        order_by="CourseLine.position", cascade="all, delete-orphan"
    )


class CourseLine(Model):
    """A lesson in its place in a course. A lesson may stand in several courses."""

    __tablename__ = "course_line"
    __table_args__ = (UniqueConstraint("course_key", "lesson_id"),)

    course_key: Mapped[str] = mapped_column(ForeignKey("course.key"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id"), index=True)
    term: Mapped[int]  # 1: from September; 2: from February.
    is_first: Mapped[bool]  # 禁毒第一课
    day: Mapped[str | None] = mapped_column(String(5))  # A themed day, as in "06-26".
    after_id: Mapped[UUID | None] = mapped_column(ForeignKey("lesson.id"))  # To be done before.

    lesson: Mapped["Lesson"] = relationship(
        lazy="joined", innerjoin=True, foreign_keys="CourseLine.lesson_id"
    )


class Lesson(Thing):
    """The lasting key of a lesson. Its files lie in the folder of its stage, as 01-slug.md."""

    __tablename__ = "lesson"

    stage: Mapped[BankStage] = mapped_column(enum(BankStage))
    position: Mapped[int]
    slug: Mapped[str] = mapped_column(String(80), default="")

    path = "/"  # Approved lessons are open to all of their stage.


class LessonRevision(Reviewed):
    """One immutable version of a lesson as it was written, whole or not yet.

    `files`: part → what its file says, as drafts.LessonDraft has it; exactly that is exported.
    `title` is what lists call it, "" where none can be read. `digest`: that of the draft where the
    files keep the rules. An approved one has a LessonText of its number.
    """

    __tablename__ = "lesson_revision"
    __table_args__ = (UniqueConstraint("lesson_id", "number"),)

    lesson_id: Mapped[UUID] = mapped_column(ForeignKey("lesson.id"))
    title: Mapped[str] = mapped_column(String(80))
    files: Mapped[Document] = mapped_column(deferred=True)

    lesson: Mapped[Lesson] = relationship(lazy="joined", innerjoin=True)

    @property
    def thing(self) -> Lesson:
        return self.lesson


class LessonSignOff(Signed):
    """A sign-off of a lesson."""

    __tablename__ = "lesson_sign_off"
    __table_args__ = (UniqueConstraint("revision_id", "by_id"),)

    revision_id: Mapped[UUID] = mapped_column(ForeignKey("lesson_revision.id"), primary_key=True)


class LessonRemark(Said):
    """What somebody said of a lesson."""

    __tablename__ = "lesson_remark"
    __table_args__ = (Index("ix_lesson_remark_revision_id", "revision_id"),)

    revision_id: Mapped[UUID] = mapped_column(ForeignKey("lesson_revision.id"))


class LessonText(Model):
    """One immutable text of a lesson, as its readers see it: what was made of its files.

    `text`: language → {"title", "objective"}. `blocks`: language → a list of {"html"},
    {"checkpoint": n}, the place of the checkpoint from 0, {"poll": n}, the same of the poll,
    {"scenario": key} and {"help": true}. `polls`: language → a list of {"asks", "options"}.
    `scenario`: as `scenarios.Scenario` writes it, None without one. `readings`: how each run of
    hanzi sounds, {"毒品": "dú pǐn"}, for grades 5 and 6; only these are ever corrected in place.
    `notes`: language → what `drafts.NotesText` holds, for those who teach, and "activities": a
    list of {"title", "minutes", "text", "cards"}, in Markdown. Lists of lessons do without the
    large ones.
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
    polls: Mapped[Document] = mapped_column(deferred=True)
    scenario: Mapped[Document | None] = mapped_column(deferred=True)
    readings: Mapped[Document] = mapped_column(deferred=True, default=dict)
    notes: Mapped[Document] = mapped_column(deferred=True)
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


class Walk(Model):
    """How a pupil goes through the scenario of a lesson: one digit a choice, from the first scene.

    `first` is the first walk that came to an ending, in the class of that day: what is counted,
    and shown to nobody but as a count. `path` is where the pupil stands now.
    """

    __tablename__ = "walk"
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
    text_id: Mapped[UUID] = mapped_column(ForeignKey("lesson_text.id"))
    class_id: Mapped[UUID] = mapped_column(ForeignKey("school_class.unit_id"))
    path: Mapped[str] = mapped_column(String(20))
    first: Mapped[str | None] = mapped_column(String(20))
    ended_at: Mapped[Instant | None]


class Receipt(Model):
    """That an answer which a pupil's device has kept has arrived: it counts once.

    `id` is made by the pupil's device. Receipts are kept for 30 days.
    """

    __tablename__ = "receipt"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "pupil_id"], [Pupil.school_id, Pupil.id], ondelete="CASCADE"
        ),
    )

    school_id: Mapped[SchoolId]
    pupil_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[Instant]


class Poll(Model):
    """A poll of a lesson that a class is asked. Open: `closed_at` is None, for one poll a class.

    `counts` holds, by option, the raised hands, or the votes once it is closed: then who voted is
    deleted. It is [] while the poll is open, and where too few have voted to be told of.
    """

    __tablename__ = "poll"
    __table_args__ = (
        Index(
            "uq_poll_open", "school_id", "class_id", unique=True,
            sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL"),
        ),
    )  # fmt: skip

    school_id: Mapped[SchoolId]
    id: Mapped[UUID] = mapped_column(primary_key=True)
    class_id: Mapped[UUID] = mapped_column(ForeignKey("school_class.unit_id"), index=True)
    text_id: Mapped[UUID] = mapped_column(ForeignKey("lesson_text.id"))
    position: Mapped[int]
    opened_by: Mapped[UUID]
    opened_at: Mapped[Instant]
    closed_at: Mapped[Instant | None]
    counts: Mapped[Document]


class Vote(Model):
    """What a pupil says in an open poll: the number of the option, from 0."""

    __tablename__ = "vote"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "poll_id"], [Poll.school_id, Poll.id], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["school_id", "pupil_id"], [Pupil.school_id, Pupil.id], ondelete="CASCADE"
        ),
    )

    school_id: Mapped[SchoolId]
    poll_id: Mapped[UUID] = mapped_column(primary_key=True)
    pupil_id: Mapped[UUID] = mapped_column(primary_key=True)
    option: Mapped[int]


class TaughtHour(Model):
    """That a class was taught: what 开课率 counts. A lesson of the site, or something else."""

    __tablename__ = "taught_hour"
    __table_args__ = (
        CheckConstraint("(lesson_id IS NULL) <> (subject IS NULL)", name="one_thing"),
        CheckConstraint("minutes BETWEEN 5 AND 240", name="minutes_of_a_day"),
    )

    school_id: Mapped[SchoolId]
    id: Mapped[UUID] = mapped_column(primary_key=True)
    class_id: Mapped[UUID] = mapped_column(ForeignKey("school_class.unit_id"), index=True)
    day: Mapped[date]
    minutes: Mapped[int]
    lesson_id: Mapped[UUID | None] = mapped_column(ForeignKey("lesson.id"))
    subject: Mapped[str | None] = mapped_column(String(80))
    taught_by: Mapped[UUID]
    made_at: Mapped[Instant]
    struck_at: Mapped[Instant | None]  # Taken back: it counts no more.
