"""The tree of units, the terms of its cities, and the official rolls. Reference tables, all."""

from datetime import date
from typing import Annotated
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quizapp.core.db import Id, Instant, Model, enum
from quizapp.orgs.rules import Exclusion, Stage, UnitKind

SchoolId = Annotated[UUID, mapped_column(ForeignKey("unit.id"), primary_key=True)]


class Unit(Model):
    """A nation, province, city, district, school or class.

    `path` spells out the codes from the top, "/cn/330000/330200/330203/", so that "all beneath"
    is a prefix. `code` is unique in the site: GB/T 2260 or an own code for regions, 学校标识码
    (10 digits) for schools, school-year-number for classes.
    """

    __tablename__ = "unit"
    __table_args__ = (
        Index("ix_unit_path", "path", unique=True, postgresql_ops={"path": "text_pattern_ops"}),
    )

    id: Mapped[Id]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    kind: Mapped[UnitKind] = mapped_column(enum(UnitKind))
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    path: Mapped[str] = mapped_column(String(200))

    parent: Mapped["Unit | None"] = relationship(remote_side="Unit.id")


class SchoolClass(Model):
    """That a unit is a class: one class in one school year. Promotion makes new class units.

    `cohort` is the same for a class through the years.
    """

    __tablename__ = "school_class"
    __table_args__ = (
        UniqueConstraint("school_id", "school_year", "stage", "grade", "number"),
        CheckConstraint("grade BETWEEN 1 AND 12", name="grade_known"),
    )

    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    school_year: Mapped[int]  # The year in which it begins: 2026 for 2026–2027.
    stage: Mapped[Stage] = mapped_column(enum(Stage))
    grade: Mapped[int]
    number: Mapped[int]
    cohort: Mapped[UUID]

    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id], lazy="joined", innerjoin=True)

    @property
    def path(self) -> str:
        return self.unit.path


class Term(Model):
    """A term of a city: both days belong to it."""

    __tablename__ = "term"
    __table_args__ = (
        UniqueConstraint("city_id", "school_year", "number"),
        CheckConstraint("starts <= ends", name="starts_before_it_ends"),
    )

    id: Mapped[Id]
    city_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    school_year: Mapped[int]
    number: Mapped[int]
    starts: Mapped[date]
    ends: Mapped[date]


class Roll(Model):
    """The official headcounts of all schools beneath a unit on a count date: 应参加人数.

    Each list replaces the one before as a whole; `version` counts them. It is a denominator only
    once somebody has signed it.
    """

    __tablename__ = "roll"
    __table_args__ = (UniqueConstraint("unit_id", "version"),)

    id: Mapped[Id]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    version: Mapped[int]
    counted_on: Mapped[date]
    source: Mapped[str] = mapped_column(String(200))
    entered_at: Mapped[Instant]
    signed_at: Mapped[Instant | None]
    signed_by: Mapped[str | None] = mapped_column(String(80))  # Office and name, as on the paper.

    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)
    lines: Mapped[list["RollLine"]] = relationship(back_populates="roll")

    @property
    def path(self) -> str:
        return self.unit.path

    @property
    def name(self) -> str:
        """The version as reports print it: "330200-3"."""
        return f"{self.unit.code}-{self.version}"


class RollLine(Model):
    """How many pupils of a school, stage and grade should take part."""

    __tablename__ = "roll_line"
    __table_args__ = (
        CheckConstraint("pupils >= 0", name="pupils_not_negative"),
        CheckConstraint("grade BETWEEN 1 AND 12", name="grade_known"),
    )

    roll_id: Mapped[UUID] = mapped_column(ForeignKey("roll.id"), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    stage: Mapped[Stage] = mapped_column(enum(Stage), primary_key=True)
    grade: Mapped[int] = mapped_column(primary_key=True)
    pupils: Mapped[int]  # Without those excluded; those who learn along (随班就读) among them.
    along: Mapped[int] = mapped_column(default=0)

    roll: Mapped[Roll] = relationship(back_populates="lines")


class RollExclusion(Model):
    """How many pupils of a school, stage and grade need not take part, and why."""

    __tablename__ = "roll_exclusion"
    __table_args__ = (CheckConstraint("pupils > 0", name="pupils_positive"),)

    roll_id: Mapped[UUID] = mapped_column(ForeignKey("roll.id"), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    stage: Mapped[Stage] = mapped_column(enum(Stage), primary_key=True)
    grade: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[Exclusion] = mapped_column(enum(Exclusion), primary_key=True)
    pupils: Mapped[int]


class RollSchool(Model):
    """A school that should join, and what it says to its counts before the bureau signs."""

    __tablename__ = "roll_school"

    roll_id: Mapped[UUID] = mapped_column(ForeignKey("roll.id"), primary_key=True)
    school_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    confirmed_by: Mapped[UUID | None]
    confirmed_at: Mapped[Instant | None]
    objection: Mapped[str] = mapped_column(String(300), default="")  # What is wrong, if anything.
