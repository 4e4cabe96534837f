"""Whether a picture is harmless, and how large it is; photographs are made anew and small.

What a file is, its bytes tell and never its name. An SVG is drawing and nothing else, or it is
refused (`examine_svg`). Everything else is opened in a child process with limits and written
anew as WebP (core/picture_parsing.py): without place, camera and whatever else was in the file.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from xml.parsers import expat

from quizapp.core import child
from quizapp.core.i18n import _
from quizapp.core.picture_parsing import MAX_BYTES

MAX_FILE = 10 * 2**20
SVG, WEBP = "image/svg+xml", "image/webp"
ENDINGS = {SVG: "svg", "image/png": "png", "image/jpeg": "jpg", WEBP: "webp", "image/gif": "gif"}
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.svg")
VIEW = re.compile(r"0 0 ([1-9]\d{0,3})(?:\.\d+)? ([1-9]\d{0,3})(?:\.\d+)?")
# Whatever draws and neither runs, moves, frames nor fetches. No marker: it is drawn at each corner.
ELEMENTS = {
    "circle", "clipPath", "defs", "desc", "ellipse", "g", "line", "linearGradient", "mask", "path",
    "pattern", "polygon", "polyline", "radialGradient", "rect", "stop", "svg", "symbol", "text",
    "title", "tspan", "use",
}  # fmt: skip
LINK = "href"  # With any prefix: which one means a link is the file's choice.
# A backslash hides signs from this search, and no drawing needs one.
FOREIGN = re.compile(
    r"url\((?!\s*['\"]?#[\w.:-]+['\"]?\s*\))|src\(|image\(|image-set\(|@import|javascript:|https?:|//|\\",
    re.IGNORECASE,
)
WITHIN, PAINT = re.compile(r"#([\w.:-]+)"), re.compile(r"url\(\s*['\"]?#([\w.:-]+)", re.IGNORECASE)
MOST_DRAWN = 1_000_000  # Bytes, each counted as often as it is drawn.
DEEPEST = 8  # So many times what is referred to may refer on.
BLANK = b" \t\r\n\xef\xbb\xbf"

Faults = list[tuple[int, str]]  # Line and sentence.


@dataclass(frozen=True)
class Picture:
    """A harmless picture, its size in pixels."""

    media_type: str
    width: int
    height: int
    raw: bytes

    @cached_property
    def sha256(self) -> str:
        """The name of exactly these bytes."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def version(self) -> str:
        """Eight signs that change whenever the file does."""
        return self.sha256[:8]


def media_type(raw: bytes) -> str:
    """Return what a file is by its first bytes; "" if it is no picture that is read here."""
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if raw.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if raw.startswith(b"RIFF") and raw[8:12] == b"WEBP":
        return WEBP
    if raw.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return SVG if raw[:200].lstrip(BLANK).startswith(b"<") else ""


def ending(raw: bytes) -> str:
    """Return the ending that a file of these bytes has, "" if it is no picture."""
    return ENDINGS.get(media_type(raw), "")


def examine(raws: Sequence[bytes]) -> list[tuple[Picture | None, Faults]]:
    """Return each picture, or None and what is wrong with it, in their order.

    All that are no SVG are opened in one child: what it cannot do in its time is refused.
    """
    wrong = [_wrong(raw) for raw in raws]
    opened = [raw for raw, told in zip(raws, wrong, strict=True)
              if not told and media_type(raw) != SVG]  # fmt: skip
    made = iter(_made_anew(opened))
    return [
        (None, told) if told else examine_svg(raw) if media_type(raw) == SVG else next(made)
        for raw, told in zip(raws, wrong, strict=True)
    ]


def examine_svg(raw: bytes) -> tuple[Picture | None, Faults]:
    """Return the drawing, or None and line and sentence of everything that is wrong with it."""
    if len(raw) > MAX_BYTES:
        return None, [(1, _("the picture is larger than 60 kB; draw it simpler"))]
    look = _Look()
    try:
        look.parser.Parse(raw, True)
    except _DoctypeMet:
        return None, look.found
    except expat.ExpatError as error:
        return None, [*look.found, (error.lineno, _("this is not XML: %(told)s", told=error))]
    if look.found or not look.size:
        return None, look.found
    return Picture(SVG, *look.size, raw), []


def _wrong(raw: bytes) -> Faults:
    if not media_type(raw):
        return [(1, _("this is no picture; take an SVG, PNG, JPEG or WebP"))]
    if len(raw) > MAX_FILE:
        return [(1, _("the picture is larger than 10 MB; make it smaller first"))]
    return []


def _made_anew(raws: Sequence[bytes]) -> list[tuple[Picture | None, Faults]]:
    if not raws:
        return []
    sizes = json.dumps([len(raw) for raw in raws]).encode()
    told = child.ask("quizapp.core.picture_parsing", b"\n".join((sizes, b"".join(raws))))
    if told is None:
        return [(None, [(1, _says("heavy"))])] * len(raws)
    head, _newline, blobs = told.partition(b"\n")
    found: list[tuple[Picture | None, Faults]] = []
    for fault, width, height, size in json.loads(head):
        made, blobs = blobs[:size], blobs[size:]
        picture = None if fault else Picture(WEBP, width, height, made)
        found.append((picture, [(1, _says(fault))] if fault else []))
    return found


def _says(fault: str) -> str:
    """Return the sentence for a fault that the child has found."""
    sentences: dict[str, str] = {
        "damaged": _("the picture is damaged, or is not what it says; save it again"),
        "bomb": _("the picture has more than 40 million dots; make it smaller first"),
        "moves": _("the picture moves; take one that stands still"),
        "heavy": _("the picture needs more memory or time than pictures do; make it smaller, or "
                   "take fewer at once"),
    }  # fmt: skip
    return sentences[fault]


class _DoctypeMet(Exception):
    """Nothing behind it is read: it could make a small file a large one."""


class _Look:
    """One walk over a drawing."""

    def __init__(self) -> None:
        self.found: Faults = []
        self.size: tuple[int, int] | None = None
        self._root = True
        self._open: list[_Shape] = []
        self._shapes: list[_Shape] = []  # Each behind those that are in it.
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._element
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.ProcessingInstructionHandler = self._instruction

    def _tell(self, says: str) -> None:
        self.found.append((self.parser.CurrentLineNumber, says))

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        if self._root:
            self._root = False
            self._measure(name, attributes)
        if name not in ELEMENTS:
            self._tell(_("<%(name)s> may not stand in a picture; take it out", name=name))
        for attribute, value in attributes.items():
            if attribute.lower().startswith("on"):
                self._tell(_("%(name)s may not stand in a picture; take it out", name=attribute))
            elif attribute.rpartition(":")[2] == LINK and not WITHIN.fullmatch(value):
                self._tell(_("the picture links to %(link)s; keep all within it", link=value))
        if any(FOREIGN.search(value) for value in _styles(attributes)):
            self._tell(_("the picture fetches something from elsewhere; keep all within it"))
        self._open.append(_shape(attributes, self.parser.CurrentByteIndex))

    def _end(self, _name: str) -> None:
        shape = self._open.pop()
        shape.size = self.parser.CurrentByteIndex - shape.begins
        self._shapes.append(shape)
        if self._open:
            self._open[-1].within.append(shape)
        elif _drawn(self._shapes) > MOST_DRAWN:
            self._tell(_("the picture draws the same things too often; draw it simpler"))

    def _measure(self, name: str, attributes: dict[str, str]) -> None:
        view = VIEW.fullmatch(attributes.get("viewBox", ""))
        if name != "svg" or attributes.get("xmlns") != "http://www.w3.org/2000/svg":
            self._tell(
                _('the picture does not begin with <svg xmlns="http://www.w3.org/2000/svg">')
            )
        elif view is None:
            self._tell(_('the picture has no size; write viewBox="0 0 640 360"'))
        else:
            self.size = int(view[1]), int(view[2])

    def _doctype(self, *_told: object) -> None:
        self._tell(_("DOCTYPE may not stand in a picture; take it out"))
        raise _DoctypeMet

    def _instruction(self, *_told: object) -> None:
        self._tell(_("only pictures without <?…?> are shown; take it out"))


@dataclass
class _Shape:
    """An element: what stands in it, and the names of what it draws and what it is painted with.

    `count` and `drawn` are its elements and bytes with all that it refers to, so far as known.
    """

    names: Sequence[str]
    draws: Sequence[str]
    paints: Sequence[str]
    begins: int
    size: int = 0
    within: list["_Shape"] = field(default_factory=list)
    count: int = 0
    drawn: int = 0


def _shape(attributes: dict[str, str], begins: int) -> _Shape:
    named = [(name.rpartition(":")[2], value) for name, value in attributes.items()]
    return _Shape(
        [value for name, value in named if name == "id"],
        [found for name, value in named if name == LINK for found in WITHIN.findall(value)],
        [found for value in attributes.values() for found in PAINT.findall(value)],
        begins,
    )


def _drawn(shapes: Sequence[_Shape]) -> int:
    """Return how many bytes are drawn, each as often as it is; of circles, more than MOST_DRAWN.

    What an element is painted with may be painted for each that stands in it.
    """
    known: dict[str, tuple[int, int]] = {}
    for _depth in range(DEEPEST):
        for one in shapes:
            draws = [known.get(name, (0, 0)) for name in one.draws]
            one.count = 1 + sum(each.count for each in one.within)
            one.count += sum(count for count, _bytes in draws)
            one.drawn = one.size - sum(each.size for each in one.within)
            one.drawn += sum(each.drawn for each in one.within) + sum(size for _n, size in draws)
            one.drawn += one.count * sum(known.get(name, (0, 0))[1] for name in one.paints)
        before, known = known, {}
        for one in shapes:
            for name in one.names:  # The same name twice: whichever is meant.
                count, size = known.get(name, (0, 0))
                known[name] = count + one.count, size + one.drawn
        if known == before:
            return shapes[-1].drawn
    return MOST_DRAWN + 1


def _styles(attributes: dict[str, str]) -> Iterable[str]:
    return (value for name, value in attributes.items() if not name.startswith("xmlns"))
