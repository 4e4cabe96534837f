"""Time limits. No database, no request, no clock: the caller says what time it is."""

from datetime import datetime, timedelta
from enum import StrEnum

GRACE = timedelta(seconds=60)


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


def deadline(started: datetime, minutes: int, closes: datetime) -> datetime:
    """Return when a sitting ends: after its minutes, or with the window if that is sooner."""
    return min(started + timedelta(minutes=minutes), closes)


def all_over(closes: datetime, minutes: int) -> datetime:
    """Return when the last sitting can have ended: one may have begun just before the close,
    and a window that is called off leaves those under way their minutes."""
    return closes + timedelta(minutes=minutes) + GRACE


def in_time(deadline: datetime, now: datetime) -> bool:
    """Whether an answer still counts. The grace is for slow school networks."""
    return now <= deadline + GRACE


def is_late(deadline: datetime, now: datetime) -> bool:
    """Whether an answer came after the deadline: it counts within the grace, and is marked."""
    return now > deadline


def seconds_left(deadline: datetime, now: datetime) -> int:
    """Return the seconds until the deadline, never below 0."""
    return max(0, int((deadline - now).total_seconds()))
