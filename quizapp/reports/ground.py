"""The figures that a report rests on, loaded once; each table of its levels is a sum of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import pairwise
from operator import add
from uuid import UUID

from sqlalchemy.orm import Session

from quizapp.access.scope import steps
from quizapp.campaigns.models import Campaign
from quizapp.orgs.models import Roll, Unit
from quizapp.orgs.rules import UnitKind
from quizapp.reports import counts, parts
from quizapp.reports.counts import School
from quizapp.reports.frame import Frame
from quizapp.reports.parts import Part
from quizapp.reports.privacy import LEAST, hidden
from quizapp.reports.rolls import NO_ROLLS, Rolls, signed

ROSTERS_SHOWN = frozenset({UnitKind.DISTRICT, UnitKind.SCHOOL})  # Of a city when asked: slow.


@dataclass(frozen=True)
class Ground:
    """Schools beneath the first of the levels, and the classes of the school asked for, by path.

    Levels are paths, from the highest table that matters down to the unit of the report; only
    what lies beneath the last one is counted, of the others the base alone is known.
    """

    frame: Frame
    unit: Unit
    levels: list[str]
    rolls: Rolls
    school_ids: list[UUID]  # Of the schools that are counted.
    schools: Mapping[str, Part]
    classes: Mapping[str, Part]

    def table(self, path: str) -> dict[str, Part]:
        """Return the parts of a unit by the paths of its children; empty ones are left out."""
        leaves = self.classes if path == school_of(self.unit) else self._beneath(path)
        table: dict[str, Part] = {}
        for leaf, part in leaves.items():
            child = path + leaf[len(path) :].split("/", 1)[0] + "/"
            table[child] = table[child] + part if child in table else part
        return table

    def total(self) -> Part:
        """Return the figures of the whole unit."""
        if self.unit.kind is UnitKind.CLASS:
            return self.classes.get(self.unit.path) or self.nobody(self.unit)
        beneath = self._beneath(self.unit.path).values()
        return reduce(add, beneath) if beneath else self.nobody(self.unit)

    def nobody(self, unit: Unit) -> Part:
        """Return the figures of a unit in which nobody takes part."""
        listed = self.on_roster(unit) or self.rolls.over(unit.path) is not None
        return parts.nobody(self.frame, listed=listed)

    def on_roster(self, unit: Unit) -> bool:
        """Whether the unit is measured by rosters and not by a roll."""
        return self.frame.on_roster or unit.kind is UnitKind.CLASS

    def rolls_in_use(self) -> tuple[Roll, ...]:
        """Return the rolls by which the unit is measured, from the top down."""
        if self.on_roster(self.unit):
            return ()
        return self.rolls.used(self._beneath(self.unit.path) or [self.unit.path])

    def shut(self, whole: Part) -> bool:
        """Whether nobody outside may see the unit, of which this is the total: there are too few
        in it, or a table above hides it."""
        return too_few(whole) or any(
            child in unseen(self.table(parent)) for parent, child in pairwise(self.levels)
        )

    def _beneath(self, path: str) -> dict[str, Part]:
        return {leaf: part for leaf, part in self.schools.items() if leaf.startswith(path)}


def load(
    session: Session,
    unit: Unit,
    campaign: Campaign,
    as_of: date,
    *,
    levels: list[str],
    rosters: bool = False,
) -> Ground:
    """Read what is counted of a campaign; the last of the levels is the unit's own path.

    `rosters`: those of larger units than a district as well.
    """
    frame = Frame(campaign, as_of)
    school_id = {UnitKind.SCHOOL: unit.id, UnitKind.CLASS: unit.parent_id}.get(unit.kind)
    classes = parts.of_classes(session, frame, school_id) if school_id else {}
    if unit.kind is UnitKind.CLASS and len(levels) == 1:
        ids = [school_id] if school_id else []
        return Ground(frame, unit, levels, NO_ROLLS, ids, {}, classes)

    def counted(school: School) -> bool:
        return school.path.startswith(unit.path) or unit.path.startswith(school.path)

    def with_roster(school: School) -> bool:
        return (rosters or unit.kind in ROSTERS_SHOWN) and counted(school)

    found = counts.schools(session, frame, levels[0])
    rolls = signed(session, frame, levels[0])
    schools = parts.of_schools(
        session, frame, found, rolls, counted=counted, with_roster=with_roster
    )
    ids = [school.id for school in found if counted(school)]
    return Ground(frame, unit, levels, rolls, ids, schools, classes)


def levels(unit: Unit, campaign: Campaign, top: str) -> list[str]:
    """Return the paths from the campaign's unit, or `top` if that is lower, down to the unit."""
    lowest = max(campaign.path, top, key=len)
    return [path for path in steps(unit.path) if path.startswith(lowest)] or [unit.path]


def unseen(table: Mapping[str, Part]) -> frozenset[str]:
    """Return the paths of the rows that nobody outside may see."""
    small = hidden({path: part.behind for path, part in table.items()})
    return small | {path for path, part in table.items() if too_few(part)}


def too_few(part: Part) -> bool:
    """Whether there is something to see that fewer people stand behind than may be."""
    return part.behind < LEAST and (part.behind > 0 or part.ladder.most > 0)


def school_of(unit: Unit) -> str | None:
    """Return the path of the school that the unit is or is a class of; None of a region."""
    if unit.kind is UnitKind.CLASS:
        return steps(unit.path)[-2]
    return unit.path if unit.kind is UnitKind.SCHOOL else None
