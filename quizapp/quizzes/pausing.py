"""Pauses and more time at one school: what they do to its end and to deadlines. Pure.

A pause is given with its length, and all of it is added at once; what is not used is taken back
when it ends sooner. So it ends by itself, what is stored is true at every moment, and no sitting
can be closed early because somebody forgot.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from quizapp.quizzes import timing
from quizapp.quizzes.timing import MINUTE, Phase

PAUSES = (5, 10, 20, 40, 60)  # Minutes.
EXTENSIONS = (5, 10, 15, 20, 30)
TO_TAKE_BACK = 2 * MINUTE  # How long more time can be taken back: long enough to see a slip.
WARNING = MINUTE  # What everybody keeps of it then, so that no bell rings out of the blue.


@dataclass(frozen=True)
class Standing:
    """How a window stands at a school: its own end, and the last pause, if there was one.

    For a pupil who may make up for it: with the times of that window; the pauses are the school's.
    """

    opens: datetime
    closes: datetime
    paused_at: datetime | None = None
    paused_until: datetime | None = None

    def phase(self, now: datetime) -> Phase:
        return timing.phase(self.opens, self.closes, now)

    def is_paused(self, now: datetime) -> bool:
        return self.paused_until is not None and now < self.paused_until

    def left(self, now: datetime) -> timedelta:
        """Return how much of the pause is still to come."""
        return max(self.paused_until - now, timedelta()) if self.paused_until else timedelta()

    def seconds_left(self, deadline: datetime, now: datetime) -> int:
        """Return what a pupil has left; while it is paused that stands still."""
        goes_on = self.paused_until if self.is_paused(now) else now
        return timing.seconds_left(deadline, goes_on or now)

    def pause(self, length: timedelta, now: datetime) -> "Standing":
        return replace(self, closes=self.closes + length, paused_at=now, paused_until=now + length)

    def resume(self, now: datetime) -> "Standing":
        return replace(self, closes=self.closes - self.left(now), paused_until=now)

    def extend(self, more: timedelta) -> "Standing":
        return replace(self, closes=self.closes + more)


def concerning(standings: Sequence[Standing], now: datetime) -> Standing:
    """Return the one that concerns a pupil: of the window itself and of those to make up for it.

    The open one that closes last; or else the next to open; or else the last that was open.
    """
    if running := [one for one in standings if one.phase(now) is Phase.OPEN]:
        return max(running, key=lambda one: one.closes)
    if coming := [one for one in standings if one.phase(now) is Phase.COMING]:
        return min(coming, key=lambda one: one.opens)
    return max(standings, key=lambda one: one.closes)


def moved(deadline: datetime, by: timedelta, *, still_open: datetime) -> datetime:
    """Return the new deadline: only sittings that are in time at that instant are moved.

    For a pause and for more time that instant is now. For the end of a pause it is the end that
    the pause had: whom it did not move is not in time then, and is not moved back.
    """
    return deadline + by if timing.in_time(deadline, still_open) else deadline


def to_lose(more: timedelta, now: datetime) -> datetime:
    """Return the instant for `moved` when more time is taken back: who would be left with less
    than the warning keeps it."""
    return now + more + WARNING + timing.GRACE
