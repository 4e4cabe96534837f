"""Staff (reference) and pupils (pupil-side), and the ways in which both sign in."""

from datetime import date
from enum import StrEnum
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

from quizapp.access.policy import Role
from quizapp.core.db import Id, Instant, Model, enum
from quizapp.orgs.models import SchoolClass, SchoolId, Unit


class Consent(StrEnum):
    """What the guardian of a child under 14 said; refused, all works and no name is kept."""

    NONE = "none"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    OF_AGE = "of_age"  # 14 or older: the pupil's own.


class Leaving(StrEnum):
    """Why an enrolment ended."""

    MOVED = "moved"  # To another class of the school, in the middle of a year.
    PROMOTED = "promoted"
    GRADUATED = "graduated"
    TRANSFERRED = "transferred"  # To another school of the city.
    LEFT = "left"


class ExtraTime(StrEnum):
    """Why a pupil has more time; shown to the pupil and the own teachers only."""

    LEARNS_ALONG = "learns_along"  # 随班就读.
    MEDICAL = "medical"
    OTHER = "other"


class Person(Model):
    """A member of staff. Without a password the invitation has not been taken up."""

    __tablename__ = "person"

    id: Mapped[Id]
    login: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    password_hash: Mapped[str | None] = mapped_column(String(160))
    totp_secret: Mapped[str | None] = mapped_column(String(200))  # Encrypted; None: not set up.
    totp_step: Mapped[int | None]  # The last time step taken: a code opens once.
    disabled_at: Mapped[Instant | None]

    postings: Mapped[list["Posting"]] = relationship(back_populates="person")


class Posting(Model):
    """A role that a person holds at a unit and beneath it, from a day until a day or for good."""

    __tablename__ = "posting"
    __table_args__ = (
        UniqueConstraint("person_id", "unit_id", "role", "from_on"),
        CheckConstraint("until_on IS NULL OR from_on <= until_on", name="from_before_until"),
    )

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    role: Mapped[Role] = mapped_column(enum(Role))
    from_on: Mapped[date]
    until_on: Mapped[date | None]  # The last day of it.

    person: Mapped[Person] = relationship(back_populates="postings")
    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)


class Invitation(Model):
    """A one-time link with which a person sets the first password, or a new one."""

    __tablename__ = "invitation"

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256.
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class RecoveryCode(Model):
    """Opens once for who has lost the second factor."""

    __tablename__ = "recovery_code"

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))  # HMAC.
    used_at: Mapped[Instant | None]


class SupportVisit(Model):
    """That platform staff may look at a school for a while, and why. The school sees it."""

    __tablename__ = "support_visit"
    __table_args__ = (CheckConstraint("begins_at < ends_at", name="begins_before_it_ends"),)

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    reason: Mapped[str] = mapped_column(String(300))
    begins_at: Mapped[Instant]
    ends_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]  # Before its time, by either side.

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
    unit: Mapped[Unit] = relationship(lazy="joined", innerjoin=True)

    @property
    def path(self) -> str:
        return self.unit.path


class StaffSignIn(Model):
    """That a person is signed in. The cookie names it; ended or run out, the cookie is dead."""

    __tablename__ = "staff_sign_in"

    id: Mapped[Id]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)  # SHA-256.
    started_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    device_id: Mapped[str] = mapped_column(String(22))

    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)


class Pupil(Model):
    """A child at one school. `child_id` ties the rows of one child through transfers."""

    __tablename__ = "pupil"
    __table_args__ = (
        UniqueConstraint("school_id", "login"),
        UniqueConstraint("school_id", "number"),
        CheckConstraint("extra_percent BETWEEN 0 AND 200", name="extra_sane"),
    )

    school_id: Mapped[SchoolId]
    id: Mapped[Id]
    child_id: Mapped[UUID] = mapped_column(index=True)
    login: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(40))
    number: Mapped[str | None] = mapped_column(String(20))  # 校内学号, given by the school.
    secret_hash: Mapped[str | None] = mapped_column(String(160))  # None: only a card opens.
    pin_hash: Mapped[str | None] = mapped_column(String(64))  # HMAC of the picture PIN.
    consent: Mapped[Consent] = mapped_column(enum(Consent), default=Consent.NONE)
    # What the name sounds like, to be found by: "wangxiaoqing wxq".
    pinyin: Mapped[str] = mapped_column(String(200), default="")
    extra_percent: Mapped[int] = mapped_column(default=0)  # More time in quizzes.
    extra_why: Mapped[ExtraTime | None] = mapped_column(enum(ExtraTime))
    extra_until: Mapped[date | None]  # The last day of it.
    erased_at: Mapped[Instant | None]  # All that tells who it was is gone; what was counted stays.


class Enrolment(Model):
    """A pupil's membership of a class, from a day until a day; the open one is today's.

    `signed_in_at` is the pupil's first sign-in of the school year, which came while in this class:
    the fact under `presence`. None: none came, or it came while in an earlier class.
    """

    __tablename__ = "enrolment"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "pupil_id"], [Pupil.school_id, Pupil.id], ondelete="CASCADE"
        ),
        Index(
            "uq_enrolment_open", "school_id", "pupil_id", unique=True,
            sqlite_where=text("until_on IS NULL"), postgresql_where=text("until_on IS NULL"),
        ),
        Index("ix_enrolment_school_id_class_id", "school_id", "class_id"),
        CheckConstraint("until_on IS NULL OR from_on <= until_on", name="from_before_until"),
        CheckConstraint("seat IS NULL OR seat BETWEEN 1 AND 99", name="seat_sane"),
    )  # fmt: skip

    school_id: Mapped[SchoolId]
    id: Mapped[Id]
    pupil_id: Mapped[UUID]
    class_id: Mapped[UUID] = mapped_column(ForeignKey("school_class.unit_id"))
    seat: Mapped[int | None]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    until_why: Mapped[Leaving | None] = mapped_column(enum(Leaving))
    signed_in_at: Mapped[Instant | None]

    pupil: Mapped[Pupil] = relationship()
    school_class: Mapped[SchoolClass] = relationship(lazy="joined", innerjoin=True)


class Card(Model):
    """A single-use printed secret: a QR code of 128 bits and a code of ten characters to type.

    Used, revoked or run out, it opens nothing. The newest open card of a pupil is the valid one.
    """

    __tablename__ = "card"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "pupil_id"], [Pupil.school_id, Pupil.id], ondelete="CASCADE"
        ),
        UniqueConstraint("school_id", "token_hash"),
        Index(
            "uq_card_open", "school_id", "pupil_id", unique=True,
            sqlite_where=text("used_at IS NULL AND revoked_at IS NULL"),
            postgresql_where=text("used_at IS NULL AND revoked_at IS NULL"),
        ),
    )  # fmt: skip

    school_id: Mapped[SchoolId]
    id: Mapped[Id]
    pupil_id: Mapped[UUID]
    token_hash: Mapped[str] = mapped_column(String(64))  # SHA-256 of the QR secret.
    code_hash: Mapped[str] = mapped_column(String(64))  # HMAC of the typed code: 50 bits only.
    issued_by: Mapped[UUID]
    issued_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    used_at: Mapped[Instant | None]
    revoked_at: Mapped[Instant | None]


class PupilSignIn(Model):
    """That a pupil is signed in. The cookie names it; ended or run out, the cookie is dead."""

    __tablename__ = "pupil_sign_in"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "pupil_id"], [Pupil.school_id, Pupil.id], ondelete="CASCADE"
        ),
        UniqueConstraint("school_id", "token_hash"),
        Index("ix_pupil_sign_in_school_id_pupil_id", "school_id", "pupil_id"),
    )  # fmt: skip

    school_id: Mapped[SchoolId]
    id: Mapped[Id]
    pupil_id: Mapped[UUID]
    token_hash: Mapped[str] = mapped_column(String(64))  # SHA-256.
    started_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    ended_at: Mapped[Instant | None]
    device_id: Mapped[str] = mapped_column(String(22))


class ClassWindow(Model):
    """A teacher has opened the class for signing in: the code stands on the board.

    Pupils pick their name and show their picture PIN.
    """

    __tablename__ = "class_window"
    __table_args__ = (
        UniqueConstraint("school_id", "code_hash"),
        Index(
            "uq_class_window_open", "school_id", "class_id", unique=True,
            sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL"),
        ),
    )  # fmt: skip

    school_id: Mapped[SchoolId]
    id: Mapped[Id]
    class_id: Mapped[UUID] = mapped_column(ForeignKey("school_class.unit_id"))
    code_hash: Mapped[str] = mapped_column(String(64))  # HMAC: the code is short.
    opened_by: Mapped[UUID]
    opened_at: Mapped[Instant]
    closes_at: Mapped[Instant]
    closed_at: Mapped[Instant | None]  # Set when it is closed, or when the next one opens.


class WindowTry(Model):
    """Wrong pictures for one name in one window; without a row, none.

    Closed, it hears only the own browsers of the pupil, until the teacher has opened it again.
    """

    __tablename__ = "window_try"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "window_id"], [ClassWindow.school_id, ClassWindow.id], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["school_id", "pupil_id"], [Pupil.school_id, Pupil.id], ondelete="CASCADE"
        ),
    )

    school_id: Mapped[SchoolId]
    window_id: Mapped[UUID] = mapped_column(primary_key=True)
    pupil_id: Mapped[UUID] = mapped_column(primary_key=True)
    wrong: Mapped[int] = mapped_column(default=0)
    is_closed: Mapped[bool] = mapped_column(default=False)
    was_opened: Mapped[bool] = mapped_column(default=False)  # By the teacher, at least once.


class WindowBrowser(Model):
    """Wrong pictures in one browser for all names of a window; without a row, none."""

    __tablename__ = "window_browser"
    __table_args__ = (
        ForeignKeyConstraint(
            ["school_id", "window_id"], [ClassWindow.school_id, ClassWindow.id], ondelete="CASCADE"
        ),
    )

    school_id: Mapped[SchoolId]
    window_id: Mapped[UUID] = mapped_column(primary_key=True)
    browser: Mapped[str] = mapped_column(String(64), primary_key=True)  # HMAC of its mark.
    wrong: Mapped[int] = mapped_column(default=0)


class Presence(Model):
    """Roll-up: how many pupils of a class signed in for the first time on a local day."""

    __tablename__ = "presence"

    school_id: Mapped[SchoolId]
    class_id: Mapped[UUID] = mapped_column(ForeignKey("school_class.unit_id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    signed_in: Mapped[int] = mapped_column(default=0)


class BackOff(Model):
    """Wrong tries lately: at one account, or from one address or browser. No row: none.

    `account` is an HMAC of what was typed, or of the address or the mark of the browser.
    """

    __tablename__ = "back_off"

    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[Instant]
    hour_failures: Mapped[int] = mapped_column(default=0)  # Without an hour of rest between them.
    hour_began: Mapped[Instant | None]  # Of the last wrong try.
