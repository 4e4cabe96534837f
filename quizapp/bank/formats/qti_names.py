"""The versions of QTI: namespaces, names of elements, and XML as text.

Everything is read and made in the words of 2.x; those of 3.0 are turned into them and back.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html import escape

from quizapp.core.trees import Element

HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")
HYPHEN = re.compile(r"-([a-z0-9])")
NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
HTML = frozenset("blockquote br div img p span".split())  # As far as we write it.
BODIED = frozenset({"modalFeedback"})  # In 3.0 their content stands in a body of its own.
BODY = "contentBody"


@dataclass(frozen=True)
class Version:
    """A version of the standard. `schema` and `schemaversion` stand in the manifest."""

    number: str
    space: str
    manifest_space: str
    resource: str
    schema: str
    schemaversion: str

    @property
    def is_3(self) -> bool:
        return self.number.startswith("3")


_CP = "http://www.imsglobal.org/xsd/imscp_v1p1"
VERSIONS = {
    version.number: version
    for version in (
        Version("2.1", "http://www.imsglobal.org/xsd/imsqti_v2p1", _CP,
                "imsqti_item_xmlv2p1", "QTIv2.1 Package", "1.0.0"),
        Version("2.2", "http://www.imsglobal.org/xsd/imsqti_v2p2", _CP,
                "imsqti_item_xmlv2p2", "QTIv2.2 Package", "1.0.0"),
        Version("3.0", "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
                "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
                "imsqti_item_xmlv3p0", "QTI Package", "3.0.0"),
    )
}  # fmt: skip


def in_2(element: Element) -> Element:
    """Return the element in the words of 2.x, whatever version it is in."""
    within = [each if isinstance(each, str) else in_2(each) for each in element.within]
    if not element.name.startswith("qti-"):
        return replace(element, within=within)
    name = HYPHEN.sub(lambda found: found[1].upper(), element.name.removeprefix("qti-"))
    attributes = {
        HYPHEN.sub(lambda found: found[1].upper(), attribute): value
        for attribute, value in element.attributes.items()
    }
    return replace(element, name=name, attributes=attributes, within=within)


def in_3(element: Element) -> Element:
    """Return an element of ours, in the words of 2.x, in those of 3.0."""
    within = [each if isinstance(each, str) else in_3(each) for each in element.within]
    if element.name in HTML:
        return replace(element, within=within)
    if element.name in BODIED:
        within = [tag(f"qti-{_hyphened(BODY)}", {}, *within)]
    attributes = {_hyphened(name): value for name, value in element.attributes.items()}
    return replace(
        element, name=f"qti-{_hyphened(element.name)}", attributes=attributes, within=within
    )


def _hyphened(name: str) -> str:
    return HUMP.sub(lambda found: f"-{found[1].lower()}", name)


def tag(name: str, attributes: Mapping[str, str], *within: Element | str) -> Element:
    """Return an element without a namespace; empty texts are left out."""
    return Element(name, "", attributes, [each for each in within if each != ""])


def document(root: Element) -> bytes:
    """Return the XML file of a tree; the names of its attributes may have a prefix."""
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + _written(root, "") + "\n").encode()


def _written(element: Element, margin: str) -> str:
    attributes = "".join(
        f' {name}="{_in_quotes(value)}"' for name, value in element.attributes.items()
    )
    opening = f"<{element.name}{attributes}"
    if not element.within:
        return f"{opening}/>"
    if any(isinstance(each, str) for each in element.within):  # Blanks would be part of the text.
        inner = "".join(
            escape(_fit(each), quote=False) if isinstance(each, str) else _written(each, margin)
            for each in element.within
        )
        return f"{opening}>{inner}</{element.name}>"
    deeper = margin + "  "
    inner = "".join(f"\n{deeper}{_written(each, deeper)}" for each in element.elements())
    return f"{opening}>{inner}\n{margin}</{element.name}>"


def _in_quotes(said: str) -> str:
    """Return the value of an attribute; a reader would take a bare line end for a blank."""
    return escape(_fit(said)).replace("\n", "&#10;")


def _fit(said: str) -> str:
    return NO_XML.sub("", said)
