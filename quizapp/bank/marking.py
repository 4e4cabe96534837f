"""Whether one answer is right. Called by quizzes and lessons alike."""

from collections.abc import Collection, Sequence

from quizapp.bank.rules import Kind


def is_right(kind: Kind, answer: Collection[int], choice: Collection[int]) -> bool:
    """Compare option numbers: exactly the right ones and no other; nothing chosen is wrong.

    ValueError: a kind that cannot be answered yet.
    """
    if kind not in (Kind.SINGLE, Kind.MULTIPLE, Kind.JUDGE):
        raise ValueError(f"{kind} has no marking yet")
    return bool(choice) and set(choice) == set(answer)


def fits(kind: Kind, options: int, choice: Sequence[int]) -> bool:
    """Whether a choice is possible: known options, none twice, one at most but for `multiple`."""
    known = all(0 <= number < options for number in choice) and len(set(choice)) == len(choice)
    return known and (kind is Kind.MULTIPLE or len(choice) <= 1)


def written(choice: Sequence[int]) -> str:
    """Return how a choice is stored: "0,2"; "" for nothing chosen."""
    return ",".join(str(number) for number in sorted(choice))


def read(stored: str) -> list[int]:
    return [int(number) for number in stored.split(",")] if stored else []
