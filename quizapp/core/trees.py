"""XML that may be hostile, alone or in a zip, becomes trees of plain values.

It is judged by its size and by the directory of the zip, then parsed in a child process with
limits (core/tree_parsing.py). A document type is refused, and with it every entity of its own.
Nothing is written anywhere, whatever a name within the zip says.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from quizapp.core import child, zips
from quizapp.core.errors import DomainError
from quizapp.core.i18n import _
from quizapp.core.tree_parsing import PICTURES

__all__ = [
    "PICTURES",
    "Element",
    "Files",
    "Unreadable",
    "is_zip",
    "read",
    "read_zip",
    "says",
    "shown",
]

MAX_PARTS = 5000


class Unreadable(DomainError):
    """The file is no XML that can be read; the sentence says what to do with it."""

    status = 422
    code = "unreadable"


@dataclass(frozen=True, slots=True)
class Element:
    """An element: its name and those of its attributes without prefix; text and elements within."""

    name: str
    space: str  # The namespace; "" for none.
    attributes: Mapping[str, str]
    within: Sequence["Element | str"]

    def elements(self, *names: str) -> list["Element"]:
        """Return the elements right within, all of them or those of these names."""
        inner = [each for each in self.within if isinstance(each, Element)]
        return [each for each in inner if each.name in names] if names else inner

    def element(self, *names: str) -> "Element | None":
        """Go down by first elements of these names; None where there is none."""
        here = self
        for name in names:
            found = here.elements(name)
            if not found:
                return None
            here = found[0]
        return here

    def all(self, *names: str) -> Iterator["Element"]:
        """Yield the elements of these names at any depth, in their order."""
        for each in self.elements():
            if each.name in names:
                yield each
            yield from each.all(*names)

    @property
    def text(self) -> str:
        """All text within, as it is written."""
        return "".join(each if isinstance(each, str) else each.text for each in self.within)


@dataclass(frozen=True)
class Files:
    """What a zip holds. `trees` has the XML files that could be read, `faults` what is wrong with
    the others, `pictures` the bytes of pictures; each by name. All in the order of the zip."""

    names: Sequence[str]
    trees: Mapping[str, Element]
    faults: Mapping[str, str]
    pictures: Mapping[str, bytes]


def is_zip(raw: bytes) -> bool:
    return raw.startswith(zips.ZIP)


def read(name: str, raw: bytes) -> Element:
    """Return the root of an XML file. Unreadable: it is none, is hostile, or too large."""
    fault, files = ("large", None) if len(raw) > zips.MAX_BYTES else (None, _files(raw, "xml"))
    if fault or files is None or files.faults:
        raise Unreadable(says(fault or (files.faults[""] if files else "heavy"), name))
    return files.trees[""]


def read_zip(name: str, raw: bytes) -> Files:
    """Return what a zip holds. Unreadable: it is none, is hostile, or too large."""
    fault, parts = zips.directory(raw, MAX_PARTS) if len(raw) <= zips.MAX_BYTES else ("large", [])
    outside = [part.orig_filename for part in parts if _leads_out(part.orig_filename)]
    if outside:
        raise Unreadable(
            _(
                "“%(name)s” holds a file whose name leads out of it, %(part)s, and was not opened.",
                name=shown(name),
                part=shown(outside[0]),
            )
        )
    files = None if fault else _files(raw, "zip")
    if files is None:
        raise Unreadable(says(fault or "heavy", name))
    return files


def shown(name: str) -> str:
    """Return a name from outside as a sentence may hold it."""
    return "".join(sign if sign.isprintable() else "?" for sign in name)[-80:]


def says(fault: str, name: str) -> str:
    """Return the sentence for a fault: what is wrong with the file, and what to do."""
    name = shown(PurePath(name).name)
    sentences: dict[str, str] = {
        "large": _("“%(name)s” is larger than 10 MB. Export fewer questions at a time.", name=name),
        "damaged": _(
            "“%(name)s” is damaged, or is not what its name says. Export it again.", name=name
        ),
        "password": _("“%(name)s” is locked with a password. Export it without one.", name=name),
        "bomb": _(
            "“%(name)s” unpacks to far more than questions need and was not opened. Export fewer "
            "at a time.",
            name=name,
        ),
        "heavy": _(
            "“%(name)s” needs more memory or time than questions do. Export fewer at a time.",
            name=name,
        ),
        "doctype": _(
            "“%(name)s” has a document type of its own (DOCTYPE), which can hide other files, and "
            "was not opened. Take that line out, or export it from another program.",
            name=name,
        ),
        "encoding": _("The characters of “%(name)s” cannot be read. Save it as UTF-8.", name=name),
        "deep": _("“%(name)s” is nested deeper than questions are and was not read.", name=name),
    }
    return sentences[fault]


def _leads_out(name: str) -> bool:
    steps = name.replace("\\", "/").split("/")
    return ".." in steps or name.startswith(("/", "\\")) or ":" in steps[0]


def _files(raw: bytes, what: str) -> Files | None:
    """Return what the child told of an "xml" file, as the only one and without a name, or "zip"."""
    told = child.ask("quizapp.core.tree_parsing", raw, what)
    if told is None:
        return None
    head, _newline, blobs = told.partition(b"\n")
    says = json.loads(head)
    pictures, at = {}, 0
    for name, size in says["pictures"]:
        pictures[name] = blobs[at : at + size]
        at += size
    return Files(
        names=says["names"],
        trees={name: _element(tree) for name, fault, tree in says["files"] if not fault},
        faults={name: fault for name, fault, _tree in says["files"] if fault},
        pictures=pictures,
    )


def _element(told: list[Any]) -> Element:
    name, attributes, *within = told
    space, _brace, local = name.rpartition("}")
    return Element(
        local,
        space.removeprefix("{"),
        attributes,
        [each if isinstance(each, str) else _element(each) for each in within],
    )
