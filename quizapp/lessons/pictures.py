"""Whether a picture is a harmless SVG, and how large it is drawn."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.parsers import expat

from quizapp.core.i18n import _

MAX_BYTES = 60_000
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.svg")
VIEW = re.compile(r"0 0 (\d+)(?:\.\d+)? (\d+)(?:\.\d+)?")
# Whatever draws and neither runs, moves, frames nor fetches.
ELEMENTS = {
    "circle", "clipPath", "defs", "desc", "ellipse", "g", "line", "linearGradient", "marker",
    "mask", "path", "pattern", "polygon", "polyline", "radialGradient", "rect", "stop", "svg",
    "symbol", "text", "title", "tspan", "use",
}  # fmt: skip
LINKS = ("href", "xlink:href")
FOREIGN = re.compile(r"url\(\s*['\"]?(?!\s*['\"]?#)|@import|javascript:", re.IGNORECASE)


@dataclass(frozen=True)
class Picture:
    """Its size in pixels, and eight signs that change whenever the file does."""

    width: int
    height: int
    version: str


def examine(raw: bytes) -> tuple[Picture | None, list[tuple[int, str]]]:
    """Return the picture, or None and line and sentence of everything that is wrong with it."""
    if len(raw) > MAX_BYTES:
        return None, [(1, _("the picture is larger than 60 kB; draw it simpler"))]
    look = _Look()
    try:
        look.parser.Parse(raw, True)
    except expat.ExpatError as error:
        return None, [*look.found, (error.lineno, _("this is not XML: %(told)s", told=error))]
    if look.found or not look.size:
        return None, look.found
    return Picture(*look.size, hashlib.sha256(raw).hexdigest()[:8]), []


class _Look:
    """One walk over a picture."""

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []
        self.size: tuple[int, int] | None = None
        self._root = True
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._element
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
            elif attribute in LINKS and not value.startswith("#"):
                self._tell(_("the picture links to %(link)s; keep all within it", link=value))
        if any(FOREIGN.search(value) for value in _styles(attributes)):
            self._tell(_("the picture fetches something from elsewhere; keep all within it"))

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

    def _instruction(self, *_told: object) -> None:
        self._tell(_("only pictures without <?…?> are shown; take it out"))


def _styles(attributes: dict[str, str]) -> Iterable[str]:
    return (value for name, value in attributes.items() if not name.startswith("xmlns"))
