"""Turns the text of a lesson, Markdown with three directives, into HTML and checkpoints."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from quizapp.bank.faults import nearest
from quizapp.core import markup
from quizapp.core.i18n import _
from quizapp.core.pictures import Picture

DIRECTIVE = re.compile(r":::\s*(\S*)\s*(.*?)\s*")
CHECKPOINT, FIGURE, REVEAL = WORDS = ("checkpoint", "figure", "reveal")
Faults = list[tuple[int, str]]  # Line and sentence.
TOP_HEADING = re.compile(r"#(?!#)|=+\s*$")


@dataclass
class Blocks:
    """What a text came to. `blocks` as LessonText keeps them; `checkpoints` are (line, key)."""

    blocks: list[dict[str, Any]] = field(default_factory=list)
    checkpoints: list[tuple[int, str]] = field(default_factory=list)
    figures: int = 0
    parts: int = 0
    faults: Faults = field(default_factory=list)

    def show(self, html: Markup) -> None:
        """Add HTML to the last block, or begin a new one after a checkpoint."""
        self.parts += html.count("<h2>")
        if html and self.blocks and "html" in self.blocks[-1]:
            self.blocks[-1]["html"] += "\n" + str(html)
        elif html:
            self.blocks.append({"html": str(html)})

    def ask(self, line: int, key: str) -> None:
        self.blocks.append({"checkpoint": len(self.checkpoints)})
        self.checkpoints.append((line, key))


@dataclass(frozen=True)
class _Piece:
    """Lines between directives, or held by one. `line` is that of the directive before them."""

    line: int
    word: str = ""
    told: str = ""
    lines: list[str] = field(default_factory=list)


def read(text: str, *, first_line: int, folder: str, pictures: Mapping[str, Picture]) -> Blocks:
    """Read a text whose first line has this number; `folder` is the address of its pictures."""
    made = Blocks()
    for number, line in enumerate(text.splitlines(), first_line):
        made.faults += [(number, says) for says in _line_faults(line)]
    for piece in _pieces(text, first_line, made.faults):
        if piece.word == CHECKPOINT:
            made.ask(piece.line, piece.told)
        elif piece.word == FIGURE:
            made.figures += 1
            made.show(_figure(piece, made.faults, folder, pictures))
        elif piece.word == REVEAL:
            if not piece.told:
                made.faults.append((piece.line, _("this reveal has no title; write one behind it")))
            made.show(markup.fold(piece.told, _html(piece, made.faults)))
        else:
            made.show(_html(piece, made.faults))
    made.faults.sort()
    return made


def _pieces(text: str, first_line: int, faults: Faults) -> Iterator[_Piece]:
    """Cut the text at its directives."""
    piece = _Piece(first_line - 1)
    for number, line in enumerate(text.splitlines(), first_line):
        found = DIRECTIVE.fullmatch(line)
        if not found:
            piece.lines.append(line)
            continue
        yield piece
        word, told = found.groups()
        faults += [(number, says) for says in _order_faults(piece, word, told)]
        if word == CHECKPOINT:
            yield _Piece(number, word, told)
        piece = _Piece(number, word, told) if word in (FIGURE, REVEAL) else _Piece(number)
    if piece.word:
        says = _("this %(word)s is never closed; end it with :::", word=piece.word)
        faults.append((piece.line, says))
    yield piece


def _order_faults(before: _Piece, word: str, told: str) -> Iterator[str]:
    if word and before.word:
        yield _("close the %(word)s of line %(line)s first", word=before.word, line=before.line)
    if word and word not in WORDS:
        yield _("%(word)s is not a directive; %(words)s", word=word, words=nearest(word, WORDS))
    if word == CHECKPOINT and not told:
        yield _("this checkpoint names no question; write its key behind it")
    if not word and not before.word:
        yield _("this ::: closes nothing; take it out")


def _line_faults(line: str) -> Iterator[str]:
    if markup.RAW_HTML.search(line):
        yield _("raw HTML may not stand here; write Markdown")
    if TOP_HEADING.match(line):
        yield _("headings start at ##, for the title of the lesson is the first; add a #")
    if "![" in line:
        yield _("pictures stand in ::: figure, with a caption; write it so")


def _html(piece: _Piece, faults: Faults) -> Markup:
    """Return the lines as HTML; nothing if a fault forbids it."""
    text = "\n".join(piece.lines)
    if found := markup.faults(text):
        faults += [(piece.line + number, says) for number, says in found]
        return Markup()
    return markup.markdown(text)


def _figure(piece: _Piece, faults: Faults, folder: str, pictures: Mapping[str, Picture]) -> Markup:
    name, _space, alt = piece.told.partition(" ")
    caption = _html(piece, faults)
    if not alt.strip():
        says = _("this figure has no text for those who cannot see it; write it behind the file")
        faults.append((piece.line, says))
    if not caption:
        faults.append((piece.line, _("this figure has no caption; write a sentence below it")))
    if name not in pictures:
        words = nearest(name, sorted(pictures))
        says = _("there is no picture %(name)s in pictures/; %(words)s", name=name, words=words)
        faults.append((piece.line, says))
        return Markup()
    picture = pictures[name]
    src = f"{folder}/{name}?v={picture.version}"
    return markup.figure(src, alt.strip(), picture.width, picture.height, caption)
