"""What changed between two versions of a lesson: by part, by line, and within a line by word."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from quizapp.bank.history import Change, Piece, difference

AROUND = 2  # Lines that are shown before and after what changed.
MOST_LINES = 2_000  # Twice what the reader takes; longer texts are shown as all gone and all new.
# Signs of a line times those of the other: what word by word may cost for a line, and for a page.
MOST_COMPARED, MOST_OF_PAGE = 100_000, 500_000


@dataclass(frozen=True)
class Line:
    """A line as it is shown; `number` is that in the newer text, None where it is only removed."""

    number: int | None
    pieces: Sequence[Piece]

    @property
    def is_kept(self) -> bool:
        return all(piece.change is Change.KEPT for piece in self.pieces)


@dataclass(frozen=True)
class Changed:
    """A part that differs: runs of lines that belong together, with some around them."""

    part: str
    hunks: Sequence[Sequence[Line]]


def changes(old: Mapping[str, str], new: Mapping[str, str], parts: Sequence[str]) -> list[Changed]:
    """Return the parts that differ, in this order."""
    budget = _Budget()
    return [
        Changed(part, list(_hunks(old.get(part, ""), new.get(part, ""), budget)))
        for part in parts
        if old.get(part, "") != new.get(part, "")
    ]


@dataclass
class _Budget:
    """How much may still be compared word by word: a page of many long lines would take minutes."""

    left: int = MOST_OF_PAGE

    def allows(self, was: str, now: str) -> bool:
        cost = len(was) * len(now)
        if cost > min(self.left, MOST_COMPARED):
            return False
        self.left -= cost
        return True


def _hunks(old: str, new: str, budget: _Budget) -> Iterator[list[Line]]:
    before, after = old.split("\n"), new.split("\n")
    if max(len(before), len(after)) > MOST_LINES:
        yield [*_pairs(before, [], 1, budget), *_pairs([], after, 1, budget)]
        return
    # Lines that stand everywhere are not looked for: to pair each with each would take minutes.
    found = SequenceMatcher(None, before, after, autojunk=True)
    for group in found.get_grouped_opcodes(AROUND):
        hunk: list[Line] = []
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                kept = enumerate(after[j1:j2], j1 + 1)
                hunk += [Line(number, [Piece(Change.KEPT, line)]) for number, line in kept]
            else:
                hunk += _pairs(before[i1:i2], after[j1:j2], j1 + 1, budget)
        yield hunk


def _pairs(old: Sequence[str], new: Sequence[str], first: int, budget: _Budget) -> Iterator[Line]:
    """Yield lines that took the place of others, each beside the one it replaced."""
    for number, (was, now) in enumerate(zip_longest(old, new), first):
        if was is None:
            yield Line(number, [Piece(Change.ADDED, now)])
        elif now is None:
            yield Line(None, [Piece(Change.REMOVED, was)])
        elif budget.allows(was, now):
            yield Line(number, difference(was, now))
        else:
            yield Line(number, [Piece(Change.REMOVED, was), Piece(Change.ADDED, now)])
