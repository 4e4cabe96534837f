"""The little of Markdown that is set on paper: paragraphs, headings, lists and bold words.

What comes of it is data. Whatever else a text holds, `#` and `*` and `[` among it, stays as it is
written.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

HEADING = re.compile(r"#{2,6}[ \t]+(.*?)[ \t#]*")
BULLET = re.compile(r"[-*+][ \t]+(.*)")
NUMBER = re.compile(r"\d{1,3}\.[ \t]+(.*)")
BOLD = "**"
UNSPACED = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef“”‘’…—]")


class Shape(StrEnum):
    TEXT = "text"
    HEADING = "heading"
    BULLETS = "bullets"
    NUMBERS = "numbers"


MARKS = {Shape.HEADING: HEADING, Shape.BULLETS: BULLET, Shape.NUMBERS: NUMBER}


@dataclass(frozen=True)
class Run:
    """Words of one weight."""

    says: str
    is_bold: bool


@dataclass(frozen=True)
class Part:
    """A paragraph, a heading or a list; `lines` are its items, and one alone but for a list."""

    shape: Shape
    lines: Sequence[Sequence[Run]]


def parts(text: str) -> list[Part]:
    """Return the parts of a text in their order."""
    found: list[tuple[Shape, list[str]]] = []
    is_new = True  # After an empty line nothing goes on, but for a list.
    for line in text.splitlines():
        shape, words = _line(line.strip())
        goes_on = bool(found) and found[-1][0] is not Shape.HEADING
        if not words:
            is_new = True
            continue
        if shape is Shape.TEXT and goes_on and not is_new:
            found[-1][1][-1] = _joined(found[-1][1][-1], words)
        elif shape in (Shape.BULLETS, Shape.NUMBERS) and found and found[-1][0] is shape:
            found[-1][1].append(words)
        else:
            found.append((shape, [words]))
        is_new = False
    return [Part(shape, [runs(line) for line in lines]) for shape, lines in found]


def runs(line: str) -> list[Run]:
    """Return the words of a line; what stands between two pairs of stars is bold."""
    return [Run(says, is_bold) for says, is_bold in _weighed(line) if says]


def _weighed(line: str) -> Iterator[tuple[str, bool]]:
    pieces = line.split(BOLD)
    if len(pieces) % 2 == 0:  # The last stars open what nothing closes: they are signs.
        pieces[-2:] = [BOLD.join(pieces[-2:])]
    return ((piece, number % 2 == 1) for number, piece in enumerate(pieces))


def _line(line: str) -> tuple[Shape, str]:
    for shape, mark in MARKS.items():
        if found := mark.fullmatch(line):
            return shape, found[1].strip()
    return Shape.TEXT, line


def _joined(before: str, after: str) -> str:
    """Return two lines as one: a break between hanzi is no space."""
    is_spaced = not (UNSPACED.match(before[-1]) and UNSPACED.match(after[0]))
    return f"{before} {after}" if is_spaced else before + after
