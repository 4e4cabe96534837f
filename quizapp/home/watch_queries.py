"""Questions about a window that runs: how far each school or class is, at this moment.

Who started and finished is in the roll-up. Who is under way is asked of the open sittings alone,
through an index that holds no others: what is over costs nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Subquery, func, literal, or_, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission, reach
from quizapp.access.scope import steps, within
from quizapp.accounts.queries import Seat
from quizapp.campaigns.models import Campaign, CampaignPart
from quizapp.core.clock import local_day
from quizapp.core.errors import Missing
from quizapp.core.i18n import _
from quizapp.home.rules import LAGS, SAVING, Pace, middle, pace
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import UnitKind
from quizapp.quizzes import queries as quizzes
from quizapp.quizzes.models import (
    ClosedBy,
    Publication,
    Quiz,
    SchoolWindow,
    Sitting,
    SittingState,
    Turnout,
    WindowTally,
)
from quizapp.quizzes.pausing import Standing
from quizapp.reports import counts, rolls
from quizapp.reports.frame import Frame, near
from quizapp.reports.privacy import LEAST, hidden

By = Literal["school_id", "class_id"]
MOST = 50  # Windows in a list.


@dataclass(frozen=True)
class Counted:
    """What is counted of a window: pupils who started and finished, sittings for the rest."""

    started: int = 0
    finished: int = 0
    under_way: int = 0
    bell: int = 0
    late: int = 0
    refused: int = 0
    oldest: datetime | None = None  # The last save of whoever has been quiet for longest.
    within: tuple[int, ...] = (0,) * len(LAGS)  # Who saved, or began, within each of these.

    @property
    def saving(self) -> int:
        return self.within[LAGS.index(int(SAVING.total_seconds()))]

    @property
    def middle(self) -> int | None:
        """Within how many seconds half of those under way have saved; None: longer ago."""
        return middle(self.within, self.under_way)

    def __add__(self, other: "Counted") -> "Counted":
        numbers = ("started", "finished", "under_way", "bell", "late", "refused")
        return Counted(
            **{name: getattr(self, name) + getattr(other, name) for name in numbers},
            oldest=min((at for at in (self.oldest, other.oldest) if at), default=None),
            within=tuple(map(sum, zip(self.within, other.within, strict=True))),
        )


@dataclass(frozen=True)
class Line:
    """A school or class on the board. `roll` None: nobody has said how many should take part."""

    id: UUID
    name: str
    path: str
    roll: int | None
    counted: Counted
    standing: Standing
    is_hidden: bool = False

    @property
    def base(self) -> int:
        """How many stand behind it."""
        return self.roll or self.counted.started


@dataclass(frozen=True)
class Board:
    """All that is watched, with its total; `roll` None where one of the lines has none."""

    quiz: Quiz
    lines: Sequence[Line]
    total: Counted
    roll: int | None
    is_shut: bool = False  # The reader may not see a single figure of it.

    def paused(self, now: datetime) -> int:
        """Return at how many schools the clock stands still."""
        return sum(line.standing.is_paused(now) for line in self.lines)


@dataclass(frozen=True)
class Placed:
    """A quiz in a class."""

    quiz: Quiz
    school_class: SchoolClass

    @property
    def path(self) -> str:
        return self.school_class.path


@dataclass(frozen=True)
class Seen:
    """A pupil of the class and how the sitting goes."""

    seat: Seat
    pace: Pace
    saved_at: datetime | None = None


def windows(session: Session, actor: Actor, *, now: datetime) -> Sequence[Quiz]:
    """Return the quizzes whose window is open at, above or beneath the reader, large ones first."""
    tops = list(reach(actor, Permission.REPORT_READ))
    above = Unit.path.in_([step for top in tops for step in steps(top)])
    return session.scalars(
        select(Quiz)
        .join(Unit, Unit.id == Quiz.unit_id)
        .join(Publication, Publication.quiz_id == Quiz.id)
        .where(or_(above, within(Unit.path, actor, Permission.REPORT_READ)))
        .where(Quiz.opens_at <= now, now < quizzes.LAST_END, Quiz.mock_of.is_(None))
        .order_by(func.length(Unit.path), Quiz.closes_at, Quiz.id)
        .limit(MOST)
    ).all()


def of_schools(session: Session, actor: Actor, quiz: Quiz, *, now: datetime) -> Board:
    """Return the schools of the reader that the quiz is for, or that take part in it all the same.

    Of a school with few pupils the reader outside it sees no figure, as in the reports.
    """
    own = within(Unit.path, actor, Permission.REPORT_READ)
    counted = _counted(session, quiz, "school_id", select(Unit.id).where(own), now=now)
    frame = _frame(session, quiz, now)
    meant: ColumnElement[bool] = Unit.id.in_(list(counted))
    if frame:
        classes = select(SchoolClass.unit_id).where(SchoolClass.school_id == Unit.id, frame.classes)
        meant = or_(meant, classes.exists())
    schools = session.execute(
        select(Unit.id, Unit.name, Unit.path)
        .where(Unit.kind == UnitKind.SCHOOL, near(quiz.path), own, meant)
        .order_by(Unit.path)
    ).all()
    signed = rolls.signed(session, frame, quiz.path) if frame else rolls.NO_ROLLS
    stands = _standings(session, quiz)
    lines = [
        Line(
            *school, signed.pupils(school.id, school.path), counted.get(school.id, Counted()),
            stands.get(school.id) or quizzes.stands(quiz, None),
        )
        for school in schools
    ]  # fmt: skip
    return _board(quiz, _kept_back(lines, actor))


def of_school(session: Session, actor: Actor, quiz: Quiz, school: Unit, *, now: datetime) -> Board:
    """Return the classes of the school; only the total knows what is counted by school.

    What the table of the schools hides from the reader, this one hides too.
    """
    if not _is_inside(actor, school.path):
        above = of_schools(session, actor, quiz, now=now).lines
        if any(line.id == school.id and line.is_hidden for line in above):
            return Board(quiz, (), Counted(), None, is_shut=True)
    frame = _frame(session, quiz, now)
    here = select(Unit.id).where(Unit.id == school.id)
    counted = _counted(session, quiz, "class_id", here, now=now)
    meant = frame.classes if frame else SchoolClass.unit_id.in_(list(counted))
    enrolled = counts.enrolled(session, frame, [school.id], "class_id") if frame else {}
    classes = session.execute(
        select(Unit.id, Unit.name, Unit.path)
        .join(SchoolClass, SchoolClass.unit_id == Unit.id)
        .where(SchoolClass.school_id == school.id)
        .where(or_(meant, SchoolClass.unit_id.in_(list(counted))))
        .order_by(SchoolClass.grade, SchoolClass.stage, SchoolClass.number)
    ).all()
    standing = quizzes.standing(session, quiz, school.id)
    lines = [
        Line(*one, enrolled.get(one.id), counted.get(one.id, Counted()), standing)
        for one in classes
    ]
    board = _board(quiz, _kept_back(lines, actor, school))
    tally = session.get(WindowTally, (school.id, quiz.id), populate_existing=True)
    if tally is None:
        return board
    total = replace(board.total, late=tally.late, refused=tally.refused)
    return replace(board, total=total)


def placed(session: Session, unit_id: UUID, quiz_id: UUID) -> Placed:
    """Return the quiz in the class; Missing if it does not reach it."""
    where = Placed(quizzes.quiz(session, quiz_id), orgs.school_class(session, unit_id))
    if where.path.startswith(where.quiz.path):
        return where
    raise Missing(_("There is no such quiz."))


def of_class(
    session: Session, where: Placed, seats: Sequence[Seat], *, now: datetime
) -> list[Seen]:
    """Return how it goes at each seat, by the newest sitting of each pupil."""
    own = where.school_class
    rows = session.execute(
        select(
            Sitting.pupil_id, Sitting.state, Sitting.closed_by,
            func.coalesce(Sitting.last_saved_at, Sitting.started_at),
        )
        .where(Sitting.school_id == own.school_id, Sitting.quiz_id == where.quiz.id)
        .where(Sitting.pupil_id.in_([seat.pupil_id for seat in seats]))
        .order_by(Sitting.attempt)
    )  # fmt: skip
    newest = {pupil: (state, by, at) for pupil, state, by, at in rows}
    return [_seen(seat, newest.get(seat.pupil_id), now) for seat in seats]


def _seen(
    seat: Seat, newest: tuple[SittingState, ClosedBy | None, datetime] | None, now: datetime
) -> Seen:
    if newest is None:
        return Seen(seat, Pace.NOT_BEGUN)
    state, closed_by, saved_at = newest
    return Seen(
        seat,
        pace(
            is_open=state is SittingState.OPEN,
            by_bell=closed_by is ClosedBy.BELL,
            quiet=now - saved_at,
        ),
        saved_at,
    )


def _counted(
    session: Session, quiz: Quiz, by: By, schools: Select[UUID], *, now: datetime
) -> Mapping[UUID, Counted]:
    """Count what there is of the quiz in these schools, in one statement."""
    rows = session.execute(counting(quiz.id, by, schools, now=now))
    return {place: _figures(*told) for place, *told in rows}


def _figures(*told: Any) -> Counted:
    """Return the figures of a place, in the order of `Counted`; what nobody did is 0."""
    started, finished, under_way, bell, late, refused = (number or 0 for number in told[:6])
    within = tuple(int(number or 0) for number in told[7:])
    return Counted(started, finished, under_way, bell, late, refused, told[6], within)


def counting(
    quiz_id: UUID, by: By, schools: Select[UUID], *, now: datetime
) -> Select[*tuple[Any, ...]]:
    """Return the statement: place, and the figures in the order of `Counted`."""
    climbed = (
        select(
            getattr(Turnout, by).label("place"),
            func.sum(Turnout.opened).label("started"),
            func.sum(Turnout.finished).label("finished"),
        )
        .where(Turnout.quiz_id == quiz_id, Turnout.school_id.in_(schools))
        .group_by(getattr(Turnout, by))
        .subquery()
    )
    going, rung = _under_way(quiz_id, by, schools, now), _rung(quiz_id, by, schools)
    tallied: tuple[Any, ...] = (WindowTally.late, WindowTally.refused)
    told = select(
        climbed.c.place, climbed.c.started, climbed.c.finished, going.c.under_way, rung.c.bell,
        *(tallied if by == "school_id" else (literal(0), literal(0))),
        going.c.oldest, *(going.c[f"within_{lag}"] for lag in LAGS),
    ).select_from(climbed)  # fmt: skip
    told = told.outerjoin(going, going.c.place == climbed.c.place)
    told = told.outerjoin(rung, rung.c.place == climbed.c.place)
    if by == "class_id":
        return told
    here = (WindowTally.school_id == climbed.c.place) & (WindowTally.quiz_id == quiz_id)
    return told.outerjoin(WindowTally, here)


def _under_way(quiz_id: UUID, by: By, schools: Select[UUID], now: datetime) -> Subquery:
    """Return who is under way at each place, and how long nothing was saved there."""
    place = getattr(Sitting, by)
    said = func.coalesce(Sitting.last_saved_at, Sitting.started_at)
    within = [
        func.count().filter(said >= now - timedelta(seconds=lag)).label(f"within_{lag}")
        for lag in LAGS
    ]
    return (
        select(
            place.label("place"),
            func.count().label("under_way"),
            func.min(said).label("oldest"),
            *within,
        )
        .where(Sitting.quiz_id == quiz_id, Sitting.state == SittingState.OPEN)
        .where(Sitting.school_id.in_(schools))
        .group_by(place)
        .subquery()
    )


def _rung(quiz_id: UUID, by: By, schools: Select[UUID]) -> Subquery:
    """Return how many sittings the bell has closed at each place."""
    place = getattr(Sitting, by)
    return (
        select(place.label("place"), func.count().label("bell"))
        .where(Sitting.quiz_id == quiz_id, Sitting.closed_by == ClosedBy.BELL)
        .where(Sitting.school_id.in_(schools))
        .group_by(place)
        .subquery()
    )


def _frame(session: Session, quiz: Quiz, now: datetime) -> Frame | None:
    """Return what counts for the campaign of the quiz today; None for a quiz without one."""
    part = select(CampaignPart.campaign_id).where(CampaignPart.quiz_id == quiz.id)
    campaign_id = session.scalar(part)
    return Frame(session.get_one(Campaign, campaign_id), local_day(now)) if campaign_id else None


def _standings(session: Session, quiz: Quiz) -> dict[UUID, Standing]:
    own = session.scalars(select(SchoolWindow).where(SchoolWindow.quiz_id == quiz.id))
    return {one.school_id: quizzes.stands(quiz, one) for one in own}


def _board(quiz: Quiz, lines: Sequence[Line]) -> Board:
    """Put the lines together; where the total is that of a hidden handful, nothing is shown."""
    total = sum((line.counted for line in lines), Counted())
    known = [line.roll for line in lines if line.roll is not None]
    roll = sum(known) if lines and len(known) == len(lines) else None
    shut = [line.base for line in lines if line.is_hidden]
    return Board(quiz, lines, total, roll, is_shut=0 < sum(shut) < LEAST)


def _kept_back(lines: Sequence[Line], actor: Actor, school: Unit | None = None) -> list[Line]:
    """Hide the lines that the reports hide from a reader outside the school."""
    bases = {
        line.path: line.base
        for line in lines
        if not _is_inside(actor, school.path if school else line.path)
    }
    shut = hidden(bases)
    return [replace(line, is_hidden=line.path in shut) for line in lines]


def _is_inside(actor: Actor, school: str) -> bool:
    """Whether the reader belongs to the school at the path."""
    return any(top.startswith(school) for top in reach(actor, Permission.REPORT_READ))
