"""How far a pupil has come, and in which order a checkpoint shows its options."""

import hashlib
from enum import StrEnum

from quizapp.bank.rules import Kind

LETTERS = "ABCDEFGH"


class Progress(StrEnum):
    NOT_STARTED = "not_started"
    UNDER_WAY = "under_way"
    DONE = "done"


def shown_order(kind: Kind, options: int, seed: str) -> list[int]:
    """Return option numbers as they are shown, always the same for a seed; 对 and 错 stay put."""
    numbers = range(options)
    if kind is Kind.JUDGE:
        return list(numbers)
    return sorted(numbers, key=lambda n: hashlib.sha256(f"{seed}/{n}".encode()).digest())
