"""How far a pupil has come in a campaign, and what a class has reached. Values in, values out."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

BANDS = (0, 60, 70, 80, 90)  # Each begins here, in per cent, and ends before the next.


class Step(StrEnum):
    NOT_BEGUN = "not_begun"
    UNDER_WAY = "under_way"
    FINISHED = "finished"


@dataclass(frozen=True)
class Attempt:
    """One sitting. `share` (0–1) is None until it is closed."""

    is_open: bool
    finished: bool
    share: float | None


@dataclass(frozen=True)
class Band:
    """Scores from `least` to `most` per cent, both included, and how many pupils have them."""

    least: int
    most: int
    pupils: int


def quiz_step(attempts: Sequence[Attempt]) -> Step:
    """Return the step; an attempt that the bell closed half empty is begun and no more."""
    if any(attempt.finished for attempt in attempts):
        return Step.FINISHED
    return Step.UNDER_WAY if attempts else Step.NOT_BEGUN


def lessons_step(lessons: Sequence[Step]) -> Step:
    """Return the step of several lessons together: finished when all are."""
    if lessons and all(step is Step.FINISHED for step in lessons):
        return Step.FINISHED
    return Step.NOT_BEGUN if all(step is Step.NOT_BEGUN for step in lessons) else Step.UNDER_WAY


def first_share(attempts: Sequence[Attempt]) -> float | None:
    """Return the score of the first finished attempt, 0–1: figures rest on first attempts."""
    return next((attempt.share for attempt in attempts if attempt.finished), None)


def mean(shares: Sequence[float]) -> float | None:
    return sum(shares) / len(shares) if shares else None


def bands(shares: Sequence[float]) -> list[Band]:
    """Return how the scores are spread, the lowest band first; per cent are rounded down."""
    scores = [int(share * 100 + 1e-9) for share in shares]
    ends = [*(start - 1 for start in BANDS[1:]), 100]
    return [
        Band(least, most, sum(least <= score <= most for score in scores))
        for least, most in zip(BANDS, ends, strict=True)
    ]
