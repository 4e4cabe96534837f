"""Which items a form holds. Chance comes in as an argument."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Protocol
from uuid import UUID

Cell = tuple[str, int]  # Topic and difficulty.


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
    shelves: dict[Cell, list[Drawable]] = defaultdict(list)
    for item in sorted(pool, key=lambda item: item.revision_id.int):  # Much faster than UUIDs.
        shelves[item.topic_key, item.difficulty].append(item)
    chosen: list[Drawable] = []
    for line in sorted(lines, key=_width):
        fitting = [item for cell in shelves if _fits(line, cell) for item in shelves[cell]]
        if len(fitting) < line.items:
            raise TooFew(line, len(fitting))
        taken = chance.sample(fitting, line.items)
        chosen += taken
        gone = {item.revision_id for item in taken}
        for cell in {(item.topic_key, item.difficulty) for item in taken}:
            shelves[cell] = [item for item in shelves[cell] if item.revision_id not in gone]
    chance.shuffle(chosen)
    return [(item.revision_id, chance.getrandbits(32)) for item in chosen]


def _fits(line: Line, cell: Cell) -> bool:
    topic_key, difficulty = cell
    return line.topic_key in (None, topic_key) and line.difficulty in (None, difficulty)


def _width(line: Line) -> int:
    return (line.topic_key is None) + (line.difficulty is None)
