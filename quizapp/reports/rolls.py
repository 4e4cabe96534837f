"""Which signed roll is the denominator of a school, and how many pupils it counts there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.access.scope import steps
from quizapp.core.clock import end_of
from quizapp.orgs.models import Roll, RollLine, Unit
from quizapp.reports.frame import Frame, near


@dataclass(frozen=True)
class Rolls:
    """The rolls that count, by the path of the unit at which they stand, and their heads."""

    standing: Mapping[str, Roll]
    heads: Mapping[tuple[UUID, UUID], int]  # By roll and school.

    def over(self, path: str) -> Roll | None:
        """Return the roll that counts at a path: the nearest one at it or above it."""
        return next((self.standing[p] for p in reversed(steps(path)) if p in self.standing), None)

    def pupils(self, school_id: UUID, path: str) -> int | None:
        """Return how many should take part; None without a roll, 0 when it does not list them."""
        roll = self.over(path)
        return self.heads.get((roll.id, school_id), 0) if roll else None

    def used(self, paths: Iterable[str]) -> tuple[Roll, ...]:
        """Return the rolls over these paths, from the top down."""
        found = {roll.unit.path: roll for path in paths if (roll := self.over(path))}
        return tuple(found[path] for path in sorted(found))


def signed(session: Session, frame: Frame, path: str) -> Rolls:
    """Return the rolls at, above and beneath the path that were signed by the end of the day.

    Of those of one unit the one counted last holds, or the higher version of one count date. A
    roll counted after the campaign has ended is not its roll, however late a correction was signed.
    """
    found = (
        select(Roll)
        .join(Unit, Unit.id == Roll.unit_id)
        .where(
            near(path),
            Roll.counted_on <= frame.counted_by,
            Roll.signed_at < end_of(frame.as_of),
        )
        .order_by(Roll.counted_on, Roll.version)
    )
    standing = {roll.unit.path: roll for roll in session.scalars(found)}  # The last one stays.
    if not standing:
        return NO_ROLLS
    lines = (
        select(RollLine.roll_id, RollLine.school_id, func.sum(RollLine.pupils))
        .where(
            RollLine.roll_id.in_([roll.id for roll in standing.values()]),
            frame.audience(RollLine.stage, RollLine.grade),
        )
        .group_by(RollLine.roll_id, RollLine.school_id)
    )
    counted = {(roll, school): int(heads) for roll, school, heads in session.execute(lines)}
    return Rolls(standing, counted)


NO_ROLLS = Rolls({}, {})
