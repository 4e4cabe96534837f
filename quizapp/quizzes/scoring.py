"""What a sitting is worth. Values in, values out."""

from collections.abc import Sequence
from dataclasses import dataclass

ENOUGH = 0.5  # The share of items a sitting closed by the bell needs to count as finished.


@dataclass(frozen=True)
class Marked:
    """One item of a closed sitting."""

    is_answered: bool
    is_right: bool


@dataclass(frozen=True)
class Result:
    answered: int
    score: int
    finished: bool
    passed: bool


def result(items: Sequence[Marked], *, points: int, pass_percent: int, by_pupil: bool) -> Result:
    """Return what the sitting is worth; `points` are for each right item.

    Finished: handed in by the pupil, or closed by the bell with at least half of the items
    answered. Passed: finished, and at or above the pass mark in per cent of the maximum.
    """
    answered = sum(item.is_answered for item in items)
    score = points * sum(item.is_right for item in items)
    finished = by_pupil or answered >= ENOUGH * len(items)
    passed = finished and score * 100 >= pass_percent * points * len(items)
    return Result(answered, score, finished, passed)
