"""Topics, sources, questions and their revisions. Reference tables."""

from datetime import date
from datetime import date as Day  # noqa: N812 - for the class that has a date of its own.
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.bank.rules import BankStage, Kind, Origin, Pool
from quizapp.core.db import Document, Id, Instant, Model, enum
from quizapp.core.i18n import in_language


class RevisionState(StrEnum):
    DRAFT = "draft"  # Waits for a person.
    APPROVED = "approved"


class Topic(Model):
    """A theme of the bank. Its key is the folder's name."""

    __tablename__ = "topic"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int]
    names: Mapped[Document]  # Language: name.


class Source(Model):
    """Where facts come from: a law, an announcement, a rule of the bank."""

    __tablename__ = "source"

    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[str] = mapped_column(String(200))
    publisher: Mapped[str] = mapped_column(String(120))
    date: Mapped[Day]  # Which the text bears, or from which it holds.
    read_on: Mapped[Day]
    certainty: Mapped[str] = mapped_column(String(8))
    passages: Mapped[Document]  # Locator: what the passage says.


class Question(Model):
    """The lasting key of a question. `current` is the number of its approved revision.

    Without `current` nothing of it has been approved; `retired_at` takes it out of every draw.
    """

    __tablename__ = "question"
    __table_args__ = (
        CheckConstraint("difficulty BETWEEN 1 AND 3", name="difficulty_known"),
        Index("ix_question_stage_topic", "stage", "topic_key", "difficulty"),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(80), unique=True)
    topic_key: Mapped[str] = mapped_column(ForeignKey("topic.key"))
    kind: Mapped[Kind] = mapped_column(enum(Kind))
    stage: Mapped[BankStage] = mapped_column(enum(BankStage))
    difficulty: Mapped[int]
    pool: Mapped[Pool] = mapped_column(enum(Pool))
    core: Mapped[bool] = mapped_column(default=False)  # Of the core set of its stage.
    current: Mapped[int | None]
    retired_at: Mapped[Instant | None]

    topic: Mapped[Topic] = relationship(lazy="joined", innerjoin=True)


class Revision(Model):
    """One immutable text of a question. Results point at it, for ever.

    `text`: language → {"stem", "options": [{"text", "feedback"}], "explain"} and what else the
    kind says (bank.kinds). `answer` holds what is right in numbers of options, from 0, in the
    order of the file; the words that fill a gap stand in `text`.
    """

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("question_id", "number"),)

    id: Mapped[Id]
    question_id: Mapped[UUID] = mapped_column(ForeignKey("question.id"))
    number: Mapped[int]
    state: Mapped[RevisionState] = mapped_column(enum(RevisionState))
    origin: Mapped[Origin] = mapped_column(enum(Origin))
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of what the file says.
    kind: Mapped[Kind] = mapped_column(enum(Kind))
    objective: Mapped[str] = mapped_column(String(200))
    sources: Mapped[Document]  # ["drug-law:2", …]
    as_of: Mapped[date]
    review_by: Mapped[date]
    text: Mapped[Document]
    answer: Mapped[Document]
    made_at: Mapped[Instant]

    question: Mapped[Question] = relationship()

    def words(self, locale: str) -> dict[str, Any]:
        """Return the text in the language, or in Chinese where it is missing, and its `lang`."""
        return in_language(self.text, locale)
