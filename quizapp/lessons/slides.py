"""Cuts the HTML of a lesson into what fits on a board: one thing a step."""

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "track"}
HEADS = {"h3", "h4", "h5", "h6"}  # They stand with what follows.
ALONE = {"details", "figure", "section", "table"}  # Each is a step of its own.
FULL = {"zh": 160, "en": 400}  # Signs of running text that are read from the last row.


@dataclass(frozen=True)
class Element:
    """An element that stands in no other: its tag, its class, its words, and its HTML as it is."""

    tag: str
    name: str
    words: str
    html: str


@dataclass(frozen=True)
class Sheet:
    """HTML for one step. `part` is the heading under which it stands, "" before the first."""

    part: str
    html: str
    is_activity: bool


class _Cutter(HTMLParser):
    """Notes where the elements begin and end that stand in no other."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._html = html
        self._lines = [0]
        for line in html.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._depth = 0
        self._start, self._tag, self._name = 0, "", ""
        self._words: list[str] = []
        self.found: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._depth == 0:
            self._start, self._tag = self._at(), tag
            self._name, self._words = dict(attrs).get("class") or "", []
        if tag not in VOID:
            self._depth += 1
        elif self._depth == 0:
            self._end()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        self._depth -= 1
        if self._depth == 0:
            self._end()

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def _end(self) -> None:
        stop = self._html.index(">", self._at()) + 1
        words = " ".join("".join(self._words).split())
        self.found.append(Element(self._tag, self._name, words, self._html[self._start : stop]))


def elements(html: str) -> list[Element]:
    """Return the elements of HTML that core/markup.py made, those within others left inside."""
    cutter = _Cutter(html)
    cutter.feed(html)
    cutter.close()
    return cutter.found


def sheets(html: str, part: str, lang: str) -> Iterator[Sheet]:
    """Yield the steps of a block; `part` is the heading before it.

    Headings of parts begin a step and are told beside it. Pictures, boxes and what is folded stand
    alone, a text beside sound or film with it; running text is cut where a board is full.
    """
    held: list[Element] = []
    for element in elements(html):
        if element.tag == "h2":
            yield from _held(held, part)
            part, held = element.words, []
        elif not _fits(held, element, lang):
            yield from _held(held, part)
            held = [element]
        else:
            held.append(element)
    yield from _held(held, part)


def last_part(html: str, part: str) -> str:
    """Return the heading under which stands what follows this block."""
    heads = [element.words for element in elements(html) if element.tag == "h2"]
    return heads[-1] if heads else part


def _fits(held: list[Element], element: Element, lang: str) -> bool:
    """Whether the element stands on one board with those before it."""
    if not held or held[-1].tag in HEADS:
        return True
    if element.tag == "details" and any(tag in held[-1].html for tag in ("<audio", "<video")):
        return True  # What is said in it.
    if element.tag in ALONE | HEADS or held[-1].tag in ALONE:
        return False
    signs = sum(len(one.words) for one in held) + len(element.words)
    return signs <= FULL.get(lang, FULL["en"])


def _held(held: list[Element], part: str) -> Iterator[Sheet]:
    if held:
        html = "\n".join(element.html for element in held)
        yield Sheet(part, html, any(element.name == "activity" for element in held))
