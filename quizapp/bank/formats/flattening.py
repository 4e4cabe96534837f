"""HTML becomes words: the part of flattened.py that opens what may be hostile.

Run as a program it is the child in which that happens, with limits; so it imports little.
"""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from html.parser import HTMLParser

import nh3

from quizapp.core import child

BREAK, BLOCK = "\x1f", "\x1e"  # Stand for a new line and for the bounds of a block, while reading.
BLANKS = re.compile(r"[ \t\r\n\f\v\xa0]+")
CONTROLS = re.compile(r"[^\t\n\r\x20-\x7e\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TAG = re.compile(r"<([a-zA-Z][a-zA-Z0-9:-]{0,30})")

BLOCKS = frozenset(
    "address article aside blockquote body caption center dd div dl dt figcaption figure footer h1 "
    "h2 h3 h4 h5 h6 header hr html li main nav ol p pre prompt section table tbody td tfoot th "
    "thead tr ul".split()
)
UNSAID = BLOCKS - {"table", "caption", "tbody", "td", "tfoot", "th", "thead", "tr", "pre", "hr"} | {
    "br", "img", "span", "font", "wbr",
}  # fmt: skip
"""What leaves no trace that a reader would miss; of everything else the name is told."""
ACTIVE = frozenset(
    "applet audio button canvas embed form frame iframe input link meta noscript object script "
    "select source style svg template textarea title track video include stylesheet".split()
)
FORMULAS = frozenset({"math"})
UNREAD = ACTIVE | FORMULAS  # Nothing within is read either.
MARKS = frozenset(
    "a abbr b bdi bdo big cite code del dfn em i ins kbd mark q rp rt ruby s samp small strike "
    "strong sub sup tt u var".split()
)
SCENE = "scene"  # The class of the block in which we write a scene.


@dataclass(frozen=True)
class Flat:
    """The words of a text by blocks, those of its scene, and what else was in it.

    `marks`: names of elements, each once. `pictures`: source and alternative text.
    """

    blocks: Sequence[str] = ()
    scene: Sequence[str] = ()
    marks: Sequence[str] = ()
    pictures: Sequence[tuple[str, str]] = ()

    @property
    def text(self) -> str:
        return "\n".join(self.blocks)


def main() -> None:
    """Be the child: HTML texts on stdin, on stdout what `Flat` holds of each; both are lists."""
    child.limit()
    flats = [astuple(of_html(said)) for said in json.load(sys.stdin.buffer)]
    sys.stdout.buffer.write(json.dumps(flats).encode())


def of_html(said: str) -> Flat:
    """Flatten an HTML text. It is cleaned first, so that its elements are whole and known."""
    walk = Walk()
    names = {name.lower() for name in TAG.findall(said)}
    walk.marks = dict.fromkeys(sorted(names & UNREAD))  # For the cleaner takes them out.
    reader = _Html(walk)
    reader.feed(
        nh3.clean(
            said,
            tags=set(BLOCKS | MARKS | {"br", "img", "span"}),
            clean_content_tags=set(UNREAD),
            attributes={"img": {"src", "alt"}, "div": {"class"}},
            link_rel=None,
        )
    )
    reader.close()
    return walk.flat()


class Walk:
    """Takes starts, texts and ends in their order, and tells what they say."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.apart: list[str] = []
        self.depth = 0  # How many blocks are open,
        self.scene = 0  # and at which depth a scene began; 0 outside of one.
        self.marks: dict[str, None] = {}
        self.pictures: list[tuple[str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name not in UNSAID:
            self.marks[name] = None
        if name in BLOCKS:
            self._write(BLOCK)
            self.depth += 1
            if not self.scene and SCENE in attributes.get("class", "").split():
                self.scene = self.depth
            self._write(BLOCK)
        elif name == "br":
            self._write(BREAK)
        elif name == "img":
            self.pictures.append((attributes.get("src", ""), attributes.get("alt", "")))
        elif name == "sup":
            self._write("^")  # 10 to the fifth is not 105.

    def text(self, said: str) -> None:
        self._write(CONTROLS.sub("", said))

    def end(self, name: str) -> None:
        if name in BLOCKS:
            self._write(BLOCK)
            self.scene = 0 if self.scene == self.depth else self.scene
            self.depth -= 1
            self._write(BLOCK)

    def flat(self) -> Flat:
        return Flat(
            _blocks(self.said), _blocks(self.apart), tuple(self.marks), tuple(self.pictures)
        )

    def _write(self, said: str) -> None:
        (self.apart if self.scene else self.said).append(said)


def _blocks(said: Sequence[str]) -> list[str]:
    blocks = "".join(said).split(BLOCK)
    lines = ([BLANKS.sub(" ", line).strip(" ") for line in b.split(BREAK)] for b in blocks)
    return [block for each in lines if (block := "\n".join(each).strip("\n"))]


class _Html(HTMLParser):
    def __init__(self, walk: Walk) -> None:
        super().__init__(convert_charrefs=True)
        self.walk = walk

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.walk.start(tag, {name: value or "" for name, value in attrs})
        if tag == "hr":
            self.walk.end(tag)

    def handle_endtag(self, tag: str) -> None:
        self.walk.end(tag)

    def handle_data(self, data: str) -> None:
        self.walk.text(data)


if __name__ == "__main__":
    main()
