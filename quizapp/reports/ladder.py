"""The ladder of taking part: roll → signed in → opened → finished → valid → passed. Pure."""

from dataclasses import dataclass
from enum import StrEnum

CLOSE = 10  # Per cent points under the target that still count as close.


class Status(StrEnum):
    """How a rate stands to its target."""

    REACHED = "reached"
    CLOSE = "close"
    BEHIND = "behind"


@dataclass(frozen=True)
class Ladder:
    """How many stand on each rung. None: not known, or not shown.

    `base` is how many should take part: the signed roll, in a class its roster.
    """

    base: int | None = None
    signed_in: int | None = None
    opened: int | None = None
    finished: int | None = None
    valid: int | None = None
    passed: int | None = None

    def __add__(self, other: "Ladder") -> "Ladder":
        """Return the sums, rung by rung; a sum with something unknown is unknown."""
        pairs = zip(self.rungs, other.rungs, strict=True)
        return Ladder(*(None if a is None or b is None else a + b for a, b in pairs))

    @property
    def rungs(self) -> tuple[int | None, ...]:
        return (
            self.base, self.signed_in, self.opened, self.finished, self.valid, self.passed
        )  # fmt: skip

    @property
    def rate(self) -> float | None:
        """学生参与率: finished ÷ base, a share. Never capped: above 1 it tells of a fault."""
        return share(self.finished, self.base)

    @property
    def passed_share(self) -> float | None:
        """及格率: passed ÷ finished, a share."""
        return share(self.passed, self.finished)

    @property
    def over(self) -> bool:
        """分子大于分母: whether more have finished than there should be."""
        return self.finished is not None and self.base is not None and self.finished > self.base

    @property
    def most(self) -> int:
        """The greatest count on any rung but the base."""
        return max(count or 0 for count in self.rungs[1:])

    def status(self, target: int) -> Status | None:
        """Return how the rate stands to a target in per cent; None without a rate."""
        if not self.base or self.finished is None:
            return None
        # Whole numbers: 0.8 - 0.1 is more than 0.7, and 70 of 100 would be behind.
        if self.finished * 100 >= target * self.base:
            return Status.REACHED
        if self.finished * 100 >= (target - CLOSE) * self.base:
            return Status.CLOSE
        return Status.BEHIND


UNKNOWN = Ladder()


def share(part: int | None, whole: int | None) -> float | None:
    """Return part ÷ whole; None where one is unknown or there is nobody."""
    return part / whole if part is not None and whole else None
