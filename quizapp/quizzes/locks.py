"""Which answers may still be changed, where a quiz only goes forward or tells what was right."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Lock(StrEnum):
    PASSED = "passed"  # The quiz only goes forward, and a later item is answered.
    TOLD = "told"  # What is right has been shown.


@dataclass(frozen=True)
class Standing:
    """An answer as it stands: its number, and whether its feedback was shown."""

    seq: int
    is_told: bool


def locked(standing: Mapping[int, Standing], position: int, *, forward_only: bool) -> Lock | None:
    """Return why the item at the position cannot be changed any more; None if it can."""
    if position in standing and standing[position].is_told:
        return Lock.TOLD
    if forward_only and position < furthest(standing):
        return Lock.PASSED
    return None


def first_locked(
    changes: Iterable[tuple[int, int | None]],
    standing: Mapping[int, Standing],
    *,
    forward_only: bool,
) -> tuple[int, Lock] | None:
    """Return the first position, of (position, seq), whose answer would be changed and is locked.

    What is sent again with a number that stands already changes nothing, and is not refused: the
    first answer to it may have been lost on the way. None as seq is the newest there is.
    """
    for position, seq in changes:
        if seq is not None and position in standing and seq <= standing[position].seq:
            continue
        if lock := locked(standing, position, forward_only=forward_only):
            return position, lock
    return None


def furthest(standing: Mapping[int, Standing]) -> int:
    """Return the last position that was answered or passed over; 0 at the beginning."""
    return max(standing, default=0)
