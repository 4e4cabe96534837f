"""How far a campaign has come in a unit and in those directly below it, as of a day.

Counts come from roll-ups alone: turnout, presence and lesson tallies, the cells up to the day
summed. A unit's base is the sum of the signed rolls over its schools; of each school the nearest
roll, its own or one above it, counts. A class is on no roll: its base is its roster.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission, reach
from quizapp.campaigns.models import Campaign
from quizapp.core.errors import Missing
from quizapp.core.i18n import _
from quizapp.orgs.models import Roll, Unit
from quizapp.orgs.rules import UnitKind
from quizapp.reports import counts
from quizapp.reports.counts import LessonCount
from quizapp.reports.frame import Frame, near
from quizapp.reports.ground import Ground, levels, load, school_of, unseen
from quizapp.reports.ladder import UNKNOWN, Ladder
from quizapp.reports.parts import Part
from quizapp.reports.privacy import Vantage, vantage

QUERY_VERSION = "coverage-1"
DIGITS = 4  # Of a share in JSON.


class Base(StrEnum):
    """What a rate is measured by."""

    ROLL = "roll"
    ROSTER = "roster"


@dataclass(frozen=True)
class Snapshot:
    """What it takes to make the same figures again. `roll_version` names all rolls in use."""

    as_of: date
    roll_version: str | None
    query_version: str = QUERY_VERSION


@dataclass(frozen=True)
class Row:
    """A unit with its whole subtree counted; a suppressed row tells nothing but its name."""

    unit: Unit
    base: Base
    ladder: Ladder
    roster: int | None  # None: not counted here, or not shown.
    suppressed: bool

    @property
    def roll(self) -> int | None:
        return self.ladder.base if self.base is Base.ROLL else None

    @property
    def apart(self) -> int | None:
        """How many more are on the roster than on the roll; None where one is not known."""
        if self.roll is None or self.roster is None:
            return None
        return self.roster - self.roll


@dataclass(frozen=True)
class Coverage:
    """`rows` go from the highest rate to the lowest, those without a rate at the end by name."""

    snapshot: Snapshot
    unit: Unit
    campaign: Campaign
    total: Row
    rows: tuple[Row, ...]
    lessons: tuple[LessonCount, ...]
    rolls: tuple[Roll, ...]

    @property
    def faults(self) -> list[Row]:
        """The rows, the total first, in which more have finished than there should be."""
        return [row for row in (self.total, *self.rows) if row.ladder.over]

    def as_json(self) -> dict[str, Any]:
        """Return the shape of the API: shares 0–1, None where nothing is known or shown."""
        return {
            "snapshot": {
                "as_of": self.snapshot.as_of.isoformat(),
                "roll_version": self.snapshot.roll_version,
                "query_version": self.snapshot.query_version,
            },
            "campaign": {
                "key": self.campaign.key,
                "title": self.campaign.title,
                "target": self.campaign.target_percent / 100,
            },
            "total": _as_json(self.total),
            "rows": [_as_json(row) for row in self.rows],
            "lessons": [
                {"key": one.key, "opened": one.opened, "finished": one.finished}
                for one in self.lessons
            ],
        }


def coverage(
    session: Session,
    unit: Unit,
    campaign: Campaign,
    as_of: date,
    *,
    outside: bool,
    top: str = "/",
    rosters: bool = False,
) -> Coverage:
    """Return the report of a unit; Missing if the campaign stands neither above it nor beneath.

    `outside`: for readers outside the school, who see no group under ten. What a table hides, the
    pages below it hide too, or one could subtract; `top` is the path of the highest unit whose
    table these readers can open. `rosters`: count them for a whole city too, which takes longer.
    """
    ground = _load(session, unit, campaign, as_of, outside=outside, top=top, rosters=rosters)
    whole = ground.total()
    shut = outside and ground.shut(whole)
    table = ground.table(unit.path)
    kept_back = unseen(table) if outside else frozenset()
    rows = [
        _row(ground, child, table.get(child.path), suppressed=shut or child.path in kept_back)
        for child in _children(session, unit, campaign, table)
    ]
    one_class = unit.id if unit.kind is UnitKind.CLASS else None
    lessons = counts.lessons(session, Frame(campaign, as_of, one_class), ground.school_ids)
    rolls = ground.rolls_in_use()
    return Coverage(
        Snapshot(as_of, ", ".join(roll.name for roll in rolls) or None),
        unit,
        campaign,
        _row(ground, unit, whole, suppressed=shut),
        tuple(sorted(rows, key=_order)),
        tuple(replace(one, opened=None, finished=None) if shut else one for one in lessons),
        rolls,
    )


def for_reader(
    session: Session,
    actor: Actor,
    unit: Unit,
    campaign: Campaign,
    *,
    as_of: date,
    rosters: bool = False,
) -> Coverage:
    """Return the report as this reader may see it, who has passed the door of the unit."""
    seen = _seen(actor, unit)
    return coverage(
        session, unit, campaign, as_of, outside=seen.outside, top=seen.top, rosters=rosters
    )


def total_for_reader(
    session: Session, actor: Actor, unit: Unit, campaign: Campaign, *, as_of: date
) -> Row:
    """Return the figures of the whole unit alone, the same as in its report."""
    seen = _seen(actor, unit)
    ground = _load(session, unit, campaign, as_of, outside=seen.outside, top=seen.top)
    whole = ground.total()
    return _row(ground, unit, whole, suppressed=seen.outside and ground.shut(whole))


def _as_json(row: Row) -> dict[str, Any]:
    ladder = row.ladder
    return {
        "unit": row.unit.name,
        "code": row.unit.code,
        "kind": row.unit.kind.value,
        "base": row.base.value,
        "roll": row.roll,
        "roster": row.roster,
        "signed_in": ladder.signed_in,
        "opened": ladder.opened,
        "finished": ladder.finished,
        "valid": ladder.valid,
        "passed": ladder.passed,
        "rate": None if ladder.rate is None else round(ladder.rate, DIGITS),
        "over": ladder.over,
        "suppressed": row.suppressed,
    }


def _seen(actor: Actor, unit: Unit) -> Vantage:
    return vantage(unit.path, school_of(unit), list(reach(actor, Permission.REPORT_READ)))


def _load(
    session: Session,
    unit: Unit,
    campaign: Campaign,
    as_of: date,
    *,
    outside: bool,
    top: str,
    rosters: bool = False,
) -> Ground:
    if not (unit.path.startswith(campaign.path) or campaign.path.startswith(unit.path)):
        raise Missing(_("There is no such campaign here."))
    down = levels(unit, campaign, top) if outside else [unit.path]
    return load(session, unit, campaign, as_of, levels=down, rosters=rosters)


def _row(ground: Ground, unit: Unit, part: Part | None, *, suppressed: bool) -> Row:
    base = Base.ROSTER if ground.on_roster(unit) else Base.ROLL
    if suppressed:
        return Row(unit, base, UNKNOWN, None, True)
    shown = part or ground.nobody(unit)
    return Row(unit, base, shown.ladder, shown.roster, False)


def _children(
    session: Session, unit: Unit, campaign: Campaign, taking_part: Iterable[str]
) -> Iterable[Unit]:
    """Return the regions right below that the campaign reaches, and what else takes part."""
    regions = set(UnitKind) - {UnitKind.SCHOOL, UnitKind.CLASS}
    return session.scalars(
        select(Unit)
        .where(Unit.parent_id == unit.id, near(campaign.path))
        .where(or_(Unit.kind.in_(regions), Unit.path.in_(list(taking_part))))
    )


def _order(row: Row) -> tuple[bool, float, str, str]:
    rate = row.ladder.rate
    return rate is None, -(rate or 0), row.unit.name, row.unit.code
