"""The figures that a report rests on, loaded once; each table of its levels is a sum of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import pairwise
from operator import add

from sqlalchemy.orm import Session

from quizapp.access.scope import steps
from quizapp.campaigns.models import Campaign
from quizapp.orgs.models import Roll, Unit
from quizapp.orgs.rules import UnitKind
from quizapp.reports import parts
from quizapp.reports.frame import Frame
from quizapp.reports.parts import Part
from quizapp.reports.privacy import LEAST, hidden
from quizapp.reports.rolls import NO_ROLLS, Rolls, signed

ROSTERS_SHOWN = frozenset({UnitKind.DISTRICT, UnitKind.SCHOOL})  # Of a whole city: too slow.


@dataclass(frozen=True)
class Ground:
    """Schools beneath the first of the levels, and the classes of the school asked for, by path.

    Levels are paths, from the highest table that matters down to the unit of the report.
    """

    frame: Frame
    levels: list[str]
    school: str | None  # The path of the school that is, or holds, the unit of the report.
    rolls: Rolls
    schools: Mapping[str, Part]
    classes: Mapping[str, Part]

    def table(self, path: str) -> dict[str, Part]:
        """Return the parts of a unit by the paths of its children; empty ones are left out."""
        table: dict[str, Part] = {}
        for leaf, part in (self.classes if path == self.school else self._beneath(path)).items():
            child = path + leaf[len(path) :].split("/", 1)[0] + "/"
            table[child] = table[child] + part if child in table else part
        return table

    def total(self, unit: Unit) -> Part:
        """Return the figures of a whole unit."""
        if unit.kind is UnitKind.CLASS:
            return self.classes.get(unit.path) or self.nobody(unit)
        beneath = self._beneath(unit.path).values()
        return reduce(add, beneath) if beneath else self.nobody(unit)

    def nobody(self, unit: Unit) -> Part:
        """Return the figures of a unit in which nobody takes part."""
        listed = self.on_roster(unit) or self.rolls.over(unit.path) is not None
        return parts.nobody(self.frame, listed=listed)

    def on_roster(self, unit: Unit) -> bool:
        """Whether the unit is measured by rosters and not by a roll."""
        return self.frame.on_roster or unit.kind is UnitKind.CLASS

    def rolls_of(self, unit: Unit) -> tuple[Roll, ...]:
        """Return the rolls by which the unit is measured, from the top down."""
        if self.on_roster(unit):
            return ()
        return self.rolls.used(self._beneath(unit.path) or [unit.path])

    def shut(self, unit: Unit) -> bool:
        """Whether nobody outside may see the unit: too few stand behind it, or a table hides it."""
        return 0 < self.total(unit).behind < LEAST or any(
            child in unseen(self.table(parent)) for parent, child in pairwise(self.levels)
        )

    def _beneath(self, path: str) -> dict[str, Part]:
        return {leaf: part for leaf, part in self.schools.items() if leaf.startswith(path)}


def load(
    session: Session, unit: Unit, campaign: Campaign, as_of: date, *, levels: list[str]
) -> Ground:
    """Read what is counted of a campaign; the last of the levels is the unit's own path."""
    frame = Frame(campaign, levels[0], as_of)
    school = school_of(unit)
    classes = parts.of_classes(session, Frame(campaign, school, as_of)) if school else {}
    if unit.kind is UnitKind.CLASS and len(levels) == 1:
        return Ground(frame, levels, school, NO_ROLLS, {}, classes)
    rolls = signed(session, frame)
    shown = unit.path if unit.kind in ROSTERS_SHOWN else None
    schools = parts.of_schools(session, frame, rolls, rosters_beneath=shown)
    return Ground(frame, levels, school, rolls, schools, classes)


def levels(unit: Unit, campaign: Campaign, top: str) -> list[str]:
    """Return the paths from the campaign's unit, or `top` if that is lower, down to the unit."""
    lowest = max(campaign.path, top, key=len)
    return [path for path in steps(unit.path) if path.startswith(lowest)] or [unit.path]


def unseen(table: Mapping[str, Part]) -> frozenset[str]:
    """Return the paths of the rows that nobody outside may see."""
    return hidden({path: part.behind for path, part in table.items()})


def school_of(unit: Unit) -> str | None:
    """Return the path of the school that the unit is or is a class of; None of a region."""
    if unit.kind is UnitKind.CLASS:
        return steps(unit.path)[-2]
    return unit.path if unit.kind is UnitKind.SCHOOL else None
