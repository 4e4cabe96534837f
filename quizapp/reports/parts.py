"""Schools and classes with all that is counted of them; larger units are sums of these."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from quizapp.reports import counts
from quizapp.reports.counts import Climbed, School
from quizapp.reports.frame import Frame
from quizapp.reports.ladder import Ladder
from quizapp.reports.rolls import Rolls


@dataclass(frozen=True)
class Part:
    """A school or class, or several together.

    `roster` is None where it was not counted. `behind` is how many people stand behind the
    figures, which decides whether they may leave the school.
    """

    ladder: Ladder
    roster: int | None
    behind: int

    def __add__(self, other: "Part") -> "Part":
        known = self.roster is not None and other.roster is not None
        roster = (self.roster or 0) + (other.roster or 0) if known else None
        return Part(self.ladder + other.ladder, roster, self.behind + other.behind)


def of_schools(
    session: Session,
    frame: Frame,
    schools: Sequence[School],
    rolls: Rolls,
    *,
    counted: Callable[[School], bool],
    with_roster: Callable[[School], bool],
) -> dict[str, Part]:
    """Return by path each school that takes part: by the roll, by its classes, or by what it did.

    Of schools that are not counted only the base is known. Without heads on a roll the roster is
    counted in any case, to know who stands behind the figures.
    """
    active = [s.id for s in schools if counted(s)]
    climbed = counts.climbed(session, frame, active, "school_id")
    signed_in = counts.signed_in(session, frame, active, "school_id")
    heads = {s.id: rolls.pupils(s.id, s.path) for s in schools}
    part = [s for s in schools if s.has_classes or heads[s.id] or s.id in climbed]
    listed = [s.id for s in part if not heads[s.id] or with_roster(s)]
    rosters: dict[UUID, int] = dict.fromkeys(listed, 0)
    rosters |= counts.enrolled(session, frame, listed, "school_id")
    return {
        school.path: _part(
            frame,
            rosters.get(school.id) if frame.on_roster else heads[school.id],
            rosters.get(school.id),
            signed_in.get(school.id, 0),
            climbed.get(school.id),
        )
        for school in part
    }


def of_classes(session: Session, frame: Frame, school_id: UUID) -> dict[str, Part]:
    """Return by path each class of a school that takes part, measured by its roster."""
    climbed = counts.climbed(session, frame, [school_id], "class_id")
    signed_in = counts.signed_in(session, frame, [school_id], "class_id")
    rosters = counts.enrolled(session, frame, [school_id], "class_id")
    return {
        path: _part(
            frame,
            rosters.get(class_id, 0),
            rosters.get(class_id, 0),
            signed_in.get(class_id, 0),
            climbed.get(class_id),
        )
        for class_id, path in counts.classes(session, frame, [school_id], also=list(climbed))
    }


def nobody(frame: Frame, *, listed: bool) -> Part:
    """Return the figures of a unit in which nobody takes part; unlisted, it has no base."""
    return _part(frame, 0 if listed else None, 0, 0, None)


def _part(
    frame: Frame, base: int | None, roster: int | None, signed_in: int, climbed: Climbed | None
) -> Part:
    nothing = (0, 0, 0, 0) if frame.campaign.quiz else (None, None, None, None)
    return Part(Ladder(base, signed_in, *(climbed or nothing)), roster, base or roster or 0)
