"""Bytes become trees: the part of core/trees.py that opens what may be hostile.

Run as a program it is the child in which that happens, with limits; so it imports little.
"""

import io
import json
import sys
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, feature_namespaces
from xml.sax.xmlreader import InputSource

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from quizapp.core import child

MAX_NODES = 400_000  # Elements and attributes of all files together.
MAX_DEPTH = 60
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg")

Tree = list[Any]
"""["{namespace}name", {attribute: value}, tree or text, …]"""


class Deep(Exception):  # Elements within elements, too many of them.
    pass


class Heavy(Exception):  # More elements than a file of questions has.
    pass


class Builder(ContentHandler):
    """Builds one tree. `left`: how many nodes there may still be; a text counts for none."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left
        self.path: list[Tree] = [[]]
        self.said: list[str] = []

    def startElementNS(  # noqa: N802 - the name that SAX calls.
        self, name: tuple[str | None, str], qname: str | None, attrs: Any
    ) -> None:
        self.left -= 1 + len(attrs)
        if self.left < 0:
            raise Heavy
        if len(self.path) > MAX_DEPTH:
            raise Deep
        space, local = name
        tree: Tree = [
            f"{{{space}}}{local}" if space else local,
            {inner: value for (_space, inner), value in attrs.items()},
        ]
        self._close_text()
        self.path[-1].append(tree)
        self.path.append(tree)

    def endElementNS(  # noqa: N802
        self, name: tuple[str | None, str], qname: str | None
    ) -> None:
        self._close_text()
        self.path.pop()

    def characters(self, content: str) -> None:
        self.said.append(content)

    def _close_text(self) -> None:
        if self.said:
            self.path[-1].append("".join(self.said))
            self.said = []


def main() -> None:
    """Be the child: a file on stdin, on stdout a line of JSON, and then the pictures' bytes.

    `{"names": […], "files": [[name, fault or null, tree or null], …], "pictures": [[name, size],
    …]}`. The argument says "zip", or "xml" for a single file, which then has no name.
    """
    child.limit()
    raw = sys.stdin.buffer.read()
    pictures: dict[str, bytes] = {}
    if sys.argv[1:] == ["zip"]:
        names, files = unpack(raw, pictures)
    else:
        fault, tree, _left = parse(raw, MAX_NODES)
        names, files = [], [("", fault, tree)]
    told = {
        "names": names,
        "files": files,
        "pictures": [(name, len(picture)) for name, picture in pictures.items()],
    }
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n")
    for picture in pictures.values():
        sys.stdout.buffer.write(picture)


def unpack(
    raw: bytes, pictures: dict[str, bytes]
) -> tuple[list[str], list[tuple[str, str | None, Tree | None]]]:
    """Return all names, and name, fault and tree of each XML file; put pictures where told."""
    files: list[tuple[str, str | None, Tree | None]] = []
    left = MAX_NODES
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        parts = {part.filename: part for part in archive.infolist()}  # Of doubles, the last.
        for name, part in parts.items():
            is_xml, is_picture = (name.lower().endswith(e) for e in (".xml", PICTURES))
            if not is_xml and not is_picture:
                continue
            content = _content(archive, part)
            if is_picture and content is not None:
                pictures[name] = content
            elif content is None:
                files.append((name, "damaged", None))
            else:
                fault, tree, left = parse(content, left)
                files.append((name, fault, tree))
    return list(parts), files


def _content(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes | None:
    """Return the bytes, no more than the directory says; None if they are not as it says."""
    try:
        with archive.open(part) as opened:
            return opened.read(part.file_size)  # Without a size all of it would be unpacked first.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
        return None


def parse(raw: bytes, left: int) -> tuple[str | None, Tree | None, int]:
    """Return fault or tree, and how many nodes there may still be. Only for the child."""
    builder = Builder(left)
    parser = DefusedExpatParser(forbid_dtd=True)
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(builder)
    source = InputSource()
    source.setByteStream(io.BytesIO(raw))
    fault = next(_faults(parser, source), None)
    return fault, None if fault else builder.path[0][0], builder.left


def _faults(parser: DefusedExpatParser, source: InputSource) -> Iterator[str]:
    try:
        parser.parse(source)
    except DefusedXmlException:
        yield "doctype"
    except SAXException:
        yield "damaged"
    except (LookupError, ValueError):
        yield "encoding"
    except Deep:
        yield "deep"
    except Heavy:
        yield "heavy"


if __name__ == "__main__":
    main()
