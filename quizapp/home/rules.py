"""How far a pupil has come in a campaign, and what a class has reached. Values in, values out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import ceil

from quizapp.quizzes.counting import counting
from quizapp.quizzes.rules import Counting

SAVING = timedelta(seconds=30)  # Whoever saved within it is saving now.
QUIET = timedelta(minutes=3)
# Within how many seconds the last save was made, of those under way; the last step is the rest.
LAGS = (10, 20, 30, 60, 120, 180, 300)
BANDS = (0, 60, 70, 80, 90)  # Each begins here, in per cent, and ends before the next.


class Step(StrEnum):
    NOT_BEGUN = "not_begun"
    UNDER_WAY = "under_way"
    FINISHED = "finished"


class Pace(StrEnum):
    """How the sitting of a pupil goes at this moment."""

    NOT_BEGUN = "not_begun"
    SAVING = "saving"
    UNDER_WAY = "under_way"
    QUIET = "quiet"  # Nothing was saved for long enough to go and look.
    HANDED_IN = "handed_in"
    BELL = "bell"


@dataclass(frozen=True)
class Attempt:
    """One sitting. `share` (0–1) is None until it is closed."""

    is_open: bool
    finished: bool
    share: float | None

    @property
    def score(self) -> float | None:
        return self.share


@dataclass(frozen=True)
class Band:
    """Scores from `least` to `most` per cent, both included, and how many pupils have them."""

    least: int
    most: int
    pupils: int


def pace(*, is_open: bool, by_bell: bool, quiet: timedelta) -> Pace:
    """Return how a sitting goes; `quiet` is how long nothing was saved in it."""
    if not is_open:
        return Pace.BELL if by_bell else Pace.HANDED_IN
    if quiet <= SAVING:
        return Pace.SAVING
    return Pace.UNDER_WAY if quiet <= QUIET else Pace.QUIET


def middle(within: Sequence[int], of: int) -> int | None:
    """Return within how many seconds half of them have saved; None: not within the last step.

    `within` counts them for each of `LAGS`, the shorter in the longer.
    """
    return next((lag for lag, count in zip(LAGS, within, strict=True) if 2 * count >= of), None)


def told_as(lag: timedelta) -> int:
    """Return seconds fit to be told, rounded up: to ten up to two minutes, then to minutes."""
    step = 10 if lag <= timedelta(minutes=2) else 60
    return max(0, ceil(lag.total_seconds() / step) * step)


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


def counted_share(attempts: Sequence[Attempt], which: Counting) -> float | None:
    """Return the score, 0–1, of the attempt that counts; None while none is finished."""
    counted = counting(attempts, which)
    return counted.share if counted else None


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
