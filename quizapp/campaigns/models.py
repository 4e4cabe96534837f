"""Campaigns: a drive of a city, district, school or class. Reference tables."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.core.db import Id, Instant, Model, enum
from quizapp.lessons.models import Lesson
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import Stage
from quizapp.quizzes import timing
from quizapp.quizzes.models import Quiz


class CampaignKind(StrEnum):
    CONTEST = "contest"  # 知识竞赛
    FIRST_LESSON = "first_lesson"  # 禁毒第一课
    ASSIGNMENT = "assignment"  # A teacher's, for a class.
    OTHER = "other"


class Campaign(Model):
    """A window, an audience and the parts to be done. A teacher's assignment is one of a class.

    Its ladder is that of its counting part, the quiz; lessons have counts of their own beside it.
    """

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint("opens_at < closes_at", name="opens_before_it_closes"),
        CheckConstraint("target_percent BETWEEN 0 AND 100", name="target_is_per_cent"),
    )

    id: Mapped[Id]
    key: Mapped[str] = mapped_column(String(60), unique=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    kind: Mapped[CampaignKind] = mapped_column(enum(CampaignKind))
    title: Mapped[str] = mapped_column(String(120))
    target_percent: Mapped[int] = mapped_column(default=90)
    school_year: Mapped[int]
    opens_at: Mapped[Instant]
    closes_at: Mapped[Instant]
    made_by: Mapped[UUID]
    made_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]  # Called off before its time; counts stay.

    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)
    audience: Mapped[list["CampaignAudience"]] = relationship(lazy="selectin")
    parts: Mapped[list["CampaignPart"]] = relationship(
        lazy="selectin", order_by="CampaignPart.position"
    )

    @property
    def path(self) -> str:
        return self.unit.path

    def phase(self, now: datetime) -> timing.Phase:
        return timing.phase(self.opens_at, self.closes_at, now)

    @property
    def quiz(self) -> Quiz | None:
        """The counting part; None in a campaign of lessons alone."""
        return next((part.quiz for part in self.parts if part.quiz), None)

    @property
    def lessons(self) -> list[Lesson]:
        return [part.lesson for part in self.parts if part.lesson]


class CampaignAudience(Model):
    """A stage and grade that the campaign is for."""

    __tablename__ = "campaign_audience"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    stage: Mapped[Stage] = mapped_column(enum(Stage), primary_key=True)
    grade: Mapped[int] = mapped_column(primary_key=True)


class CampaignPart(Model):
    """A quiz or a lesson of a campaign, in its order."""

    __tablename__ = "campaign_part"
    __table_args__ = (
        UniqueConstraint("quiz_id"),  # A quiz is in at most one campaign.
        CheckConstraint("(quiz_id IS NULL) <> (lesson_id IS NULL)", name="one_thing"),
    )

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[UUID | None] = mapped_column(ForeignKey("quiz.id"))
    lesson_id: Mapped[UUID | None] = mapped_column(ForeignKey("lesson.id"))

    quiz: Mapped[Quiz | None] = relationship(lazy="joined")
    lesson: Mapped[Lesson | None] = relationship(lazy="joined")
