"""Which items a form holds, and how it is dealt to a pupil. Chance comes in as an argument."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
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
    """So many items of a topic and a difficulty, and of these revisions; None: of any."""

    topic_key: str | None
    difficulty: int | None
    items: int
    among: frozenset[UUID] | None = None


class TooFew(Exception):
    """No form exists: `line` finds only so many items, or the others leave it only so many."""

    def __init__(self, line: Line, found: int) -> None:
        super().__init__(f"{line} finds only {found}")
        self.line = line
        self.found = found


def draw(lines: Sequence[Line], pool: Sequence[Drawable], chance: Random) -> list[UUID]:
    """Return the revisions of a form, none twice; `dealt` gives them an order.

    Lines that find little are served first, so that a wide one does not take what only they can
    use. TooFew if there is no form that serves all.
    """
    items = sorted(pool, key=lambda item: item.revision_id.int)  # Much faster than UUIDs.
    form = _Form(_fitting(lines, items), chance)
    for number in sorted(range(len(lines)), key=lambda number: len(form.fitting[number])):
        wanted, found = lines[number].items, len(form.fitting[number])
        if found < wanted or (found := form.serve(number, wanted)) < wanted:
            raise TooFew(lines[number], found)
    return [items[place].revision_id for held in form.held for place in held]


def dealt(revisions: Iterable[UUID], seed: int) -> list[tuple[UUID, int]]:
    """Return (revision, seed) of each item as they stand in the sitting of this seed.

    Nothing else is kept of the order, so it must be the same for ever: no library's chance decides
    it, but a digest of the seed and the revision.
    """
    marks = sorted((_mark(revision, seed), revision) for revision in revisions)
    return [(revision, mark & 0xFFFF_FFFF) for mark, revision in marks]


def _mark(revision: UUID, seed: int) -> int:
    told = blake2b(revision.bytes, key=seed.to_bytes(8, "big"), digest_size=12)
    return int.from_bytes(told.digest(), "big")


class _Form:
    """What each line holds while a form is drawn; items and lines are told by their numbers."""

    def __init__(self, fitting: Sequence[Sequence[int]], chance: Random) -> None:
        self.fitting = fitting
        self.held: list[list[int]] = [[] for _line in fitting]
        self._taken: set[int] = set()
        self._chance = chance

    def serve(self, line: int, wanted: int) -> int:
        """Let the line hold so many items and return how many it has in the end."""
        # Enough that `wanted` are left when those of other lines are put aside.
        many = min(len(self.fitting[line]), wanted + len(self._taken))
        drawn = self._chance.sample(self.fitting[line], many)
        free = [item for item in drawn if item not in self._taken][:wanted]
        self.held[line] += free
        self._taken.update(free)
        while len(self.held[line]) < wanted and self._one_more(line, set()):
            pass
        return len(self.held[line])

    def _one_more(self, line: int, asked: set[int]) -> bool:
        """Let the line have one more item: a free one, or one that another line can replace.

        `asked` holds the lines that were asked already. An augmenting path: where there is none,
        no form serves them all. Berge, Proc. Natl. Acad. Sci. 43 (1957), 842–844.
        """
        asked.add(line)
        if free := [item for item in self.fitting[line] if item not in self._taken]:
            item = self._chance.choice(free)
            self._taken.add(item)
            self.held[line].append(item)
            return True
        fitting = set(self.fitting[line])
        for other, held in enumerate(self.held):
            spare = [item for item in held if item in fitting] if other not in asked else []
            if spare and self._one_more(other, asked):
                item = self._chance.choice(spare)
                held.remove(item)
                self.held[line].append(item)
                return True
        return False


def _fitting(lines: Sequence[Line], items: Sequence[Drawable]) -> list[list[int]]:
    """Return for each line the numbers of the items that it may draw."""
    shelves: dict[Cell, list[int]] = defaultdict(list)
    for number, item in enumerate(items):
        shelves[item.topic_key, item.difficulty].append(number)
    found = []
    for line in lines:
        fitting = [n for cell, shelf in shelves.items() if _fits(line, cell) for n in shelf]
        if line.among is not None:
            fitting = [n for n in fitting if items[n].revision_id in line.among]
        found.append(fitting)
    return found


def _fits(line: Line, cell: Cell) -> bool:
    topic_key, difficulty = cell
    return line.topic_key in (None, topic_key) and line.difficulty in (None, difficulty)
