"""Time limits. No database, no request, no clock: the caller says what time it is."""

from datetime import datetime, timedelta
from enum import StrEnum

MINUTE = timedelta(minutes=1)
GRACE = timedelta(seconds=60)
MOST_EXTRA = 200  # Per cent of the minutes that a pupil may have more.


class Phase(StrEnum):
    """Where a window stands."""

    COMING = "coming"
    OPEN = "open"
    OVER = "over"


def phase(opens: datetime, closes: datetime, now: datetime) -> Phase:
    """Return where the window stands: its first moment belongs to it, its last does not."""
    if now < opens:
        return Phase.COMING
    return Phase.OPEN if now < closes else Phase.OVER


def length(minutes: int, extra_percent: int = 0) -> timedelta:
    """Return how long a sitting lasts for a pupil who has so much more time."""
    return timedelta(minutes=minutes) * (100 + extra_percent) / 100


def deadline(
    started: datetime, minutes: int, closes: datetime, *, extra_percent: int = 0
) -> datetime:
    """Return when a sitting ends: after its minutes, or with the window if that is sooner.

    For a pupil with more time the window ends later by just that: a contest whose window is no
    longer than its minutes would leave nothing of it else.
    """
    more = length(minutes, extra_percent) - length(minutes)
    return min(started + length(minutes, extra_percent), closes + more)


def all_over(closes: datetime, minutes: int) -> datetime:
    """Return when the last sitting can have ended: one may have begun just before the close,
    and a window that is called off leaves those under way their minutes, and all of the more that
    anybody has."""
    return closes + length(minutes, MOST_EXTRA) + GRACE


def in_time(deadline: datetime, now: datetime) -> bool:
    """Whether an answer still counts. The grace is for slow school networks."""
    return now <= deadline + GRACE


def is_late(deadline: datetime, now: datetime) -> bool:
    """Whether an answer came after the deadline: it counts within the grace, and is marked."""
    return now > deadline


def seconds_left(deadline: datetime, now: datetime) -> int:
    """Return the seconds until the deadline, never below 0."""
    return max(0, int((deadline - now).total_seconds()))
