"""Which items a form holds and in which order their options stand. Chance comes in as an argument.

A seed gives the order of the options again at any time, so that only the seed is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol
from uuid import UUID

from quizapp.bank.rules import Kind

LETTERS = "abcdefgh"


class Drawable(Protocol):
    """A question as the draw sees it."""

    @property
    def revision_id(self) -> UUID: ...
    @property
    def topic_key(self) -> str: ...
    @property
    def difficulty(self) -> int: ...


@dataclass(frozen=True)
class Line:
    """So many items of a topic and a difficulty; None: of any."""

    topic_key: str | None
    difficulty: int | None
    items: int


class TooFew(Exception):
    """The bank does not hold what a line asks for; `line` and `found` say which and how many."""

    def __init__(self, line: Line, found: int) -> None:
        super().__init__(f"{line} finds only {found}")
        self.line = line
        self.found = found


def draw(lines: Sequence[Line], pool: Sequence[Drawable], chance: Random) -> list[tuple[UUID, int]]:
    """Return (revision, seed) of each item in the order of the form, none twice.

    The narrow lines are served first, so that a wide one does not take what only they can use.
    TooFew if the pool does not suffice.
    """
    left = sorted(pool, key=lambda item: item.revision_id)
    chosen: list[Drawable] = []
    for line in sorted(lines, key=_width):
        fitting = [item for item in left if _fits(line, item)]
        if len(fitting) < line.items:
            raise TooFew(line, len(fitting))
        taken = chance.sample(fitting, line.items)
        chosen += taken
        gone = {item.revision_id for item in taken}
        left = [item for item in left if item.revision_id not in gone]
    chance.shuffle(chosen)
    return [(item.revision_id, chance.getrandbits(32)) for item in chosen]


def order(kind: Kind, options: int, seed: int) -> list[int]:
    """Return the option numbers in the order in which they are shown; 对 and 错 stay in theirs."""
    numbers = list(range(options))
    if kind is not Kind.JUDGE:
        Random(seed).shuffle(numbers)  # noqa: S311 - an order to be had again, not a secret.
    return numbers


def numbers_of(letters: Sequence[str], shown: Sequence[int]) -> list[int]:
    """Return the option numbers behind letters as shown; ValueError for one that is not there."""
    behind = dict(zip(LETTERS, shown, strict=False))
    if unknown := [letter for letter in letters if letter not in behind]:
        raise ValueError(f"no option is shown as {unknown[0]!r}")
    return [behind[letter] for letter in letters]


def letters_of(numbers: Sequence[int], shown: Sequence[int]) -> list[str]:
    """Return the letters under which these options are shown, in alphabetical order."""
    return sorted(LETTERS[shown.index(number)] for number in numbers)


def _fits(line: Line, item: Drawable) -> bool:
    return line.topic_key in (None, item.topic_key) and line.difficulty in (None, item.difficulty)


def _width(line: Line) -> int:
    return (line.topic_key is None) + (line.difficulty is None)
