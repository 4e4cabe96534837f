"""What a report counts: the classes of a campaign, up to the end of a day."""

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, or_, true
from sqlalchemy.orm import InstrumentedAttribute

from quizapp.access.scope import steps
from quizapp.campaigns.models import Campaign
from quizapp.core.clock import local_day
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import Stage, UnitKind

AnySelect: TypeAlias = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Frame:
    """A campaign, the last day that counts, and a class if all but that one is left out."""

    campaign: Campaign
    as_of: date
    class_id: UUID | None = None

    @property
    def counted_by(self) -> date:
        """The last day on which heads are counted; a campaign that is over keeps its own heads,
        for the next school year has other classes and other rolls."""
        return min(self.as_of, local_day(self.campaign.closes_at))

    @property
    def on_roster(self) -> bool:
        """Whether rosters are the base of all figures: a class's own campaign stands on no roll."""
        return self.campaign.unit.kind is UnitKind.CLASS

    def audience(
        self, stage: InstrumentedAttribute[Stage], grade: InstrumentedAttribute[int]
    ) -> ColumnElement[bool]:
        """Return the WHERE clause for the stages and grades that the campaign is for."""
        grades: dict[Stage, list[int]] = {}
        for line in self.campaign.audience:
            grades.setdefault(line.stage, []).append(line.grade)
        return or_(false(), *(and_(stage == s, grade.in_(g)) for s, g in grades.items()))

    @property
    def classes(self) -> ColumnElement[bool]:
        """The WHERE clause for the classes that take part, over `SchoolClass`."""
        only = self.campaign.unit_id if self.on_roster else self.class_id
        return and_(
            SchoolClass.school_year == self.campaign.school_year,
            self.audience(SchoolClass.stage, SchoolClass.grade),
            SchoolClass.unit_id == only if only else true(),
        )

    def kept(self, rows: AnySelect, class_id: InstrumentedAttribute[UUID]) -> AnySelect:
        """Keep the rows of the classes that take part."""
        return rows.join(SchoolClass, SchoolClass.unit_id == class_id).where(self.classes)


def near(path: str) -> ColumnElement[bool]:
    """Return the WHERE clause for the unit at the path, those above it and those beneath."""
    return or_(Unit.path.in_(steps(path)), Unit.path.startswith(path, autoescape=True))
