"""The line in front of a worker process: who comes in now, and who waits until when. Pure.

A leaky bucket that promises times. Whoever cannot come in is promised the next free slot; the line
remembers no one, only the time of the last slot. So a line of ten thousand costs as much as a line
of one, and a promise that was signed holds at every other process too.
"""

from dataclasses import dataclass, field
from math import ceil

QUIET = 10  # Seconds: so many people's worth may come at once after a quiet time.
LONGEST = 600  # Seconds: no promise is further away, or somebody could promise the day away.
SOON = 1  # Seconds until the next try of somebody who is due and finds the room full.


@dataclass(frozen=True)
class Turn:
    """Come in; or wait for the slot, as number `place` of those who wait."""

    comes_in: bool
    slot: float
    place: int = 0


@dataclass
class Line:
    """`rate` people a second; `free` is how many could come in at once, below 0 a debt."""

    rate: float
    free: float = field(default=0, init=False)
    seen: float = field(default=0, init=False)
    last: float = field(default=0, init=False)  # The last slot that was promised.

    @property
    def most(self) -> float:
        return max(1, self.rate * QUIET)

    def ask(self, now: float, slot: float | None = None, *, has_room: bool = True) -> Turn:
        """Return whether somebody comes in now; `slot` is what was promised before, if anything.

        Who is due comes first. All others come in sooner only when for a while nobody has come
        who is due: promises may have been made to people who went away.
        """
        self._pass_time(now)
        if has_room and self._may(now, slot):
            self.free -= 1
            return Turn(True, now)
        if slot is None:
            slot = self.last = min(max(self.last, now) + 1 / self.rate, now + LONGEST)
        return Turn(False, slot, max(1, ceil((slot - now) * self.rate)))

    def waits(self, now: float, slot: float) -> Turn | None:
        """Return the wait of somebody with a promise, without using it; None: it is due."""
        if slot <= now:
            return None
        return Turn(False, slot, max(1, ceil((slot - now) * self.rate)))

    def _may(self, now: float, slot: float | None) -> bool:
        if slot is not None and slot <= now:
            return self.free > -self.most  # Not all who are late at once.
        if slot is None and self.last <= now:
            return self.free >= 1
        return self.free >= self.most / 2

    def _pass_time(self, now: float) -> None:
        """Let the bucket leak; a clock that was set back neither fills nor empties it."""
        self.free = min(self.most, self.free + max(0.0, now - self.seen) * self.rate)
        self.seen = now
        self.last = min(self.last, now + LONGEST)


def returns_in(turn: Turn, now: float, *, chance: float) -> int:
    """Return after how many seconds to ask again; `chance` (0–1) keeps a crowd from coming as one.

    Well before a slot that is far away too, for it may be one's turn sooner.
    """
    wait = max(SOON, turn.slot - now)
    return ceil(wait + chance) if wait <= QUIET else ceil(QUIET * (1 + chance / 2))
