"""Cuts the text of a lesson at its directives, and tells which of them cannot be understood."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from quizapp.bank.faults import nearest
from quizapp.core import markup
from quizapp.core.i18n import _

ALONE = ("checkpoint", "scenario", "help")
HOLDING = (
    "figure", "reveal", "compare", "timeline", "poll", "activity", "takeaway", "audio", "video",
)  # fmt: skip
WORDLESS = ("help", "takeaway", "timeline")  # Nothing is written behind them.
DIRECTIVE = re.compile(r":::\s*(\S*)(.*)")  # Groups are stripped: a lazy one costs the square.
MARKED = re.compile(r"^:::", re.MULTILINE)
ITEM = re.compile(r"[-*]\s(.*)")
LISTED = re.compile(r"(?:[-*+]|\d+\.)[ \t]")
TOP_HEADING = re.compile(r"#(?!#)|=+\s*$")
Faults = list[tuple[int, str]]  # Line and sentence.


@dataclass(frozen=True)
class Piece:
    """Lines between directives, or held by one. `line` is that of the directive before them; its
    `word` is "" between directives, `told` is what stands behind the word."""

    line: int
    word: str = ""
    told: str = ""
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def pieces(text: str, first_line: int, faults: Faults) -> Iterator[Piece]:
    """Cut a text whose first line has this number; what is at fault is added to `faults`."""
    piece = Piece(first_line - 1)
    for number, line in enumerate(text.splitlines(), first_line):
        faults += [(number, says) for says in line_faults(line)]
        found = DIRECTIVE.fullmatch(line)
        if not found:
            piece.lines.append(line)
            continue
        yield piece
        word, told = (part.strip() for part in found.groups())
        faults += [(number, says) for says in _order_faults(piece, word)]
        faults += [(number, says) for says in _told_faults(word, told)]
        if word in ALONE:
            yield Piece(number, word, told)
        piece = Piece(number, word, told) if word in HOLDING else Piece(number)
    if piece.word:
        says = _("this %(word)s is never closed; end it with :::", word=piece.word)
        faults.append((piece.line, says))
    yield piece


def named(text: str, word: str) -> str | None:
    """Return what stands behind the first directive of this word; None: none says anything."""
    found = (DIRECTIVE.fullmatch(line) for line in text.splitlines())
    told = (one[2].strip() for one in found if one and one[1] == word)
    return next(filter(None, told), None)


def line_faults(line: str) -> Iterator[str]:
    """Yield what may not stand in a line of a lesson or of a letter."""
    if markup.RAW_HTML.search(line):
        yield _("raw HTML may not stand here; write Markdown")
    if TOP_HEADING.match(line):
        yield _("headings start at ##, for the title of the lesson is the first; add a #")
    if "![" in line:
        yield _("pictures stand in ::: figure, with a caption; write it so")


def list_faults(piece: Piece) -> list[tuple[int, str]]:
    """Return line, from 1, and sentence for each list that Markdown would read as running text."""
    found, before = [], ""
    for number, line in enumerate(piece.lines, 1):
        follows_text = before.strip() and not before[0].isspace() and not LISTED.match(before)
        if LISTED.match(line) and follows_text:
            found.append((number, _("a list begins after an empty line; put one before it")))
        before = line
    return found


def item_of(line: str) -> str | None:
    """Return what stands behind the hyphen; None if the line is no item."""
    item = ITEM.fullmatch(line)
    return item[1].strip() if item else None


def items(piece: Piece, faults: Faults) -> list[str]:
    """Return the lines of a directive that holds nothing but a list."""
    found = []
    for number, line in enumerate(piece.lines, piece.line + 1):
        item = item_of(line)
        if item:
            found.append(item)
        elif line.strip():
            says = _("in %(word)s each line is an item; begin it with a hyphen", word=piece.word)
            faults.append((number, says))
    return found


def pairs(piece: Piece, faults: Faults) -> list[tuple[str, str]]:
    """Return the lines of a directive that holds nothing but a list of pairs."""
    found = []
    for number, line in enumerate(piece.lines, piece.line + 1):
        if pair := pair_of(item_of(line) or ""):
            found.append(pair)
        elif line.strip():
            says = _("in %(word)s each line is “- one | other”; write it so", word=piece.word)
            faults.append((number, says))
    return found


def pair_of(text: str) -> tuple[str, str] | None:
    """Return what stands left and right of the one bar, if there is one with words at each side."""
    left, bar, right = (part.strip() for part in text.partition("|"))
    return (left, right) if left and bar and right and "|" not in right else None


def _order_faults(before: Piece, word: str) -> Iterator[str]:
    if word and before.word:
        yield _("close the %(word)s of line %(line)s first", word=before.word, line=before.line)
    if word and word not in ALONE + HOLDING:
        words = nearest(word, ALONE + HOLDING)
        yield _("%(word)s is not a directive; %(words)s", word=word, words=words)
    if not word and not before.word:
        yield _("this ::: closes nothing; take it out")


def _told_faults(word: str, told: str) -> Iterator[str]:
    if word in WORDLESS and told:
        yield _("nothing stands behind %(word)s; take it out", word=word)
    if word == "checkpoint" and not told:
        yield _("this checkpoint names no question; write its key behind it")
    if word == "scenario" and not told:
        yield _("this scenario has no name; write that of its file behind it")
    if word == "reveal" and not told:
        yield _("this reveal has no title; write one behind it")
