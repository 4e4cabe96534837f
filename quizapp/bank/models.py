"""Topics, sources, questions and their revisions. Reference tables."""

from datetime import date
from datetime import date as Day  # noqa: N812 - for the class that has a date of its own.
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from quizapp.access.policy import Aspect
from quizapp.accounts.models import Person
from quizapp.bank.rules import BankStage, Kind, Origin, Pool
from quizapp.core.db import Document, Id, Instant, Model, enum
from quizapp.core.i18n import in_language

MOST_SOUGHT, MOST_CITED = 8000, 1000


class RevisionState(StrEnum):
    DRAFT = "draft"  # Waits for a person.
    IN_REVIEW = "in_review"  # Waits for its three sign-offs.
    APPROVED = "approved"


class RemarkKind(StrEnum):
    SAID = "said"
    SUBMITTED = "submitted"  # It went into review.
    RETURNED = "returned"  # It is a draft again, and this is why.


class Thing(Model):
    """The lasting key of what goes through review, whatever it is: the columns of several tables.

    `current` is the number of its approved revision; without it nothing of it has been approved.
    `retired_at` takes it out of use; without `retired_by` it went because the files no longer had
    it, and comes back with them.
    """

    __abstract__ = True

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(80), unique=True)
    current: Mapped[int | None]
    retired_at: Mapped[Instant | None]
    retired_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class Reviewed(Model):
    """A revision of such a thing."""

    __abstract__ = True

    id: Mapped[Id]
    number: Mapped[int]
    state: Mapped[RevisionState] = mapped_column(enum(RevisionState))
    origin: Mapped[Origin] = mapped_column(enum(Origin))
    digest: Mapped[str] = mapped_column(String(64))  # SHA-256 of what the file says.
    written_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))  # None: a file.
    made_at: Mapped[Instant]

    @declared_attr
    def writer(cls) -> Mapped[Person | None]:  # noqa: N805
        return relationship("Person")

    @property
    def thing(self) -> Thing:
        """Return what it is a revision of."""
        raise NotImplementedError


class Signed(Model):
    """That a reviewer found one aspect of a revision right. With all three it is approved.

    Nobody gives two of them. No row: not looked at yet, or the revision was sent back since.
    """

    __abstract__ = True

    revision_id: Mapped[UUID] = mapped_column(primary_key=True)
    aspect: Mapped[Aspect] = mapped_column(enum(Aspect), primary_key=True)
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    at: Mapped[Instant]

    @declared_attr
    def by(cls) -> Mapped[Person]:  # noqa: N805
        return relationship("Person", lazy="joined", innerjoin=True)


class Said(Model):
    """What somebody said of a revision, in plain text."""

    __abstract__ = True

    id: Mapped[Id]
    revision_id: Mapped[UUID]
    kind: Mapped[RemarkKind] = mapped_column(enum(RemarkKind))
    text: Mapped[str] = mapped_column(String(1000))  # "" where submitting said it all.
    by_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    at: Mapped[Instant]

    @declared_attr
    def by(cls) -> Mapped[Person]:  # noqa: N805
        return relationship("Person", lazy="joined", innerjoin=True)


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


class BankPicture(Model):
    """A picture of questions, called by what it is: the same bytes are one row.

    What no revision names is swept a day after somebody last brought it in.
    """

    __tablename__ = "bank_picture"
    __table_args__ = (CheckConstraint("length(raw) <= 60000", name="small_enough"),)

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_type: Mapped[str] = mapped_column(String(20))
    width: Mapped[int]  # Pixels.
    height: Mapped[int]
    kept_at: Mapped[Instant]
    raw: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class Question(Thing):
    """The lasting key of a question; `retired_at` takes it out of every draw.

    `sought` and `cited` are of the revision that a list shows: the one in use, or else the newest.
    They stand here so that a search reads these rows and nothing else.
    """

    __tablename__ = "question"
    __table_args__ = (
        CheckConstraint("difficulty BETWEEN 1 AND 3", name="difficulty_known"),
        Index("ix_question_stage_topic", "stage", "topic_key", "difficulty"),
        Index(  # A search without words reads this and no row, in the order of its pages.
            "ix_question_heads", "key", "stage", "topic_key", "kind", "difficulty", "pool",
            "current", "retired_at",
        ),
    )  # fmt: skip

    topic_key: Mapped[str] = mapped_column(ForeignKey("topic.key"))
    kind: Mapped[Kind] = mapped_column(enum(Kind))
    stage: Mapped[BankStage] = mapped_column(enum(BankStage))
    difficulty: Mapped[int]
    pool: Mapped[Pool] = mapped_column(enum(Pool))
    core: Mapped[bool] = mapped_column(default=False)  # Of the core set of its stage.
    # " drug-law rule ", the keys of sources, each between blanks.
    cited: Mapped[str] = mapped_column(String(MOST_CITED), default="", deferred=True)
    sought: Mapped[str] = mapped_column(String(MOST_SOUGHT), default="", deferred=True)

    topic: Mapped[Topic] = relationship(lazy="joined", innerjoin=True)

    def found_by(self, revision: "Revision") -> None:
        """Let searches find the question by what this revision asks, without case, and by the
        sources that it cites."""
        said = [self.key, revision.objective]
        for words in revision.text.values():
            said += [words.get("scene") or "", words["stem"]]
            said += [option["text"] for option in words.get("options", [])]
        self.sought = "\n".join(said).casefold()[:MOST_SOUGHT]
        keys = sorted({ref.partition(":")[0] for ref in revision.sources})
        self.cited = f" {' '.join(keys)} "[:MOST_CITED]


class Revision(Reviewed):
    """One immutable text of a question. Results point at it, for ever.

    `text`: language → {"stem", "options": [{"text", "feedback"}], "explain"} and what else the
    kind says (bank.kinds), and "picture_alt" where there is a picture. `answer` holds what is right
    in numbers of options, from 0, in the order of the file; the words that fill a gap stand in
    `text`. A draft may still break the rules of the files: texts that are missing are "", and days
    may be None.

    `head` holds what the question itself takes over at the approval: topic_key, stage, difficulty,
    pool, core. None: it stays as it is.
    """

    __tablename__ = "revision"
    __table_args__ = (
        UniqueConstraint("question_id", "number"),
        CheckConstraint(
            "state = 'draft' OR (as_of IS NOT NULL AND review_by IS NOT NULL)",
            name="only_drafts_lack_days",
        ),
        Index("ix_revision_state", "state", "question_id", "number"),
        Index("ix_revision_written_by", "written_by"),
        Index("ix_revision_picture_sha256", "picture_sha256"),
    )

    question_id: Mapped[UUID] = mapped_column(ForeignKey("question.id"))
    kind: Mapped[Kind] = mapped_column(enum(Kind))
    objective: Mapped[str] = mapped_column(String(200))
    sources: Mapped[Document]  # ["drug-law:2", …]
    as_of: Mapped[date | None]
    review_by: Mapped[date | None]
    text: Mapped[Document]
    answer: Mapped[Document]
    head: Mapped[Document | None]
    picture_sha256: Mapped[str | None] = mapped_column(ForeignKey("bank_picture.sha256"))

    question: Mapped[Question] = relationship()
    picture: Mapped[BankPicture | None] = relationship(lazy="selectin")

    @property
    def thing(self) -> Question:
        return self.question

    def words(self, locale: str) -> dict[str, Any]:
        """Return the text in the language, or in Chinese where it is missing, and its `lang`."""
        return in_language(self.text, locale)


class SignOff(Signed):
    """A sign-off of a question."""

    __tablename__ = "sign_off"
    __table_args__ = (UniqueConstraint("revision_id", "by_id"),)

    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revision.id"), primary_key=True)


class Remark(Said):
    """What somebody said of a question."""

    __tablename__ = "remark"
    __table_args__ = (Index("ix_remark_revision_id", "revision_id"),)

    revision_id: Mapped[UUID] = mapped_column(ForeignKey("revision.id"))


class SavedFilter(Model):
    """What somebody looks for in the bank, under a name: a rule by which quizzes draw.

    `rule` holds the filters that want something, as bank.search.Filters names them. A quiz copies
    it when it is made, so that what is changed here holds for quizzes to come.
    """

    __tablename__ = "saved_filter"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(60), unique=True)
    rule: Mapped[Document]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[Instant]
