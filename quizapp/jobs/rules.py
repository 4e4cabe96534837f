"""When the background does what: pauses between tries, minutes of the clock that were missed."""

from collections.abc import Callable
from datetime import datetime, timedelta

Schedule = Callable[[datetime], bool]  # Whether something is to be done in this minute, by UTC.
LEASE = timedelta(minutes=10)  # Longer than any batch; work in batches renews it.
MOST_TRIES = 3
PAUSES = (timedelta(seconds=30), timedelta(minutes=5))  # After the first try, after the second.
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
# What the clock has not called by then is called without it: its queue may be away.
PATIENCE = timedelta(seconds=45)
BEAT = timedelta(seconds=10)
ALIVE = timedelta(seconds=60)  # Who has not been heard of for longer is dead.


def pause(tries: int) -> timedelta | None:
    """Return how long work that failed waits for its next try; None: it has had the last one."""
    return PAUSES[tries - 1] if tries < MOST_TRIES else None


def minute_of(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def missed(schedule: Schedule, *, since: datetime, now: datetime) -> datetime | None:
    """Return the last minute, of a day at most, for which the clock has not called; None: none.

    `since` is the minute of the last call.
    """
    minute = minute_of(now - PATIENCE)
    first = max(since + timedelta(microseconds=1), minute - DAY)
    while minute >= first:
        if schedule(minute):
            return minute
        minute -= MINUTE
    return None
