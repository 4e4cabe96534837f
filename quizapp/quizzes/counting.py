"""Which of a pupil's attempts counts. Values in, values out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from quizapp.quizzes.rules import Counting


class Attempt(Protocol):
    """An attempt as the choice sees it; `score` (points, or a share) is None until it is closed."""

    @property
    def finished(self) -> bool | None: ...
    @property
    def score(self) -> float | None: ...


A = TypeVar("A", bound=Attempt)


def counting(attempts: Sequence[A], which: Counting) -> A | None:
    """Return the attempt that counts, of those in their order; None while none is finished.

    What was broken off, so that it does not count as finished, takes nothing away from another
    one. Of two that are equally good the earlier one is the best.
    """
    finished = [one for one in attempts if one.finished]
    if not finished:
        return None
    if which is Counting.BEST:
        return max(finished, key=lambda one: one.score or 0)
    return finished[0 if which is Counting.FIRST else -1]


@dataclass(frozen=True)
class Tried:
    """A closed attempt, as far as the rungs of turnout are concerned."""

    attempt: int
    finished: bool
    score: int
    passed: bool


def climbed(before: Sequence[Tried], one: Tried, which: Counting) -> tuple[int, int]:
    """Return what an attempt adds, beside those closed before it, to finished and to passed.

    Where the last attempt counts it may take a pass away: -1.
    """
    old = counting(_in_order(before), which)
    new = counting(_in_order([*before, one]), which)
    finished = int(new is not None) - int(old is not None)
    passed = int(bool(new and new.passed)) - int(bool(old and old.passed))
    return finished, passed


def _in_order(tried: Sequence[Tried]) -> list[Tried]:
    return sorted(tried, key=lambda one: one.attempt)
