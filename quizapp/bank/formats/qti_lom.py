"""Topic, stage, difficulty and objective of a question in the manifest of a QTI package.

They are metadata of its resource, in the words of IEEE 1484.12 (LOM): a classification for each
purpose, and the difficulty of five steps, of which we know three.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from quizapp.bank.formats.entries import headed
from quizapp.bank.formats.foreign import OURS
from quizapp.bank.formats.qti_names import tag
from quizapp.core.trees import Element

SPACE: Final = "http://ltsc.ieee.org/xsd/LOM"
WORDS: Final = "LOMv1.0"  # Whose words the values are.
TOPIC, STAGE, OBJECTIVE = "discipline", "educational level", "educational objective"
PLACES: Final = ("", TOPIC, "idea")  # Purposes of what may be the name of a topic.
DIFFICULTIES: Final = {
    "very easy": 1, "easy": 1, "medium": 2, "difficult": 3, "very difficult": 3,
}  # fmt: skip
WRITTEN: Final = {1: "easy", 2: "medium", 3: "difficult"}


def element(head: Mapping[str, Any]) -> list[Element]:
    """Return the metadata of a question, [] if it has none."""
    said = list(_parts(head))
    return [tag("metadata", {}, tag("lom", {"xmlns": SPACE}, *said))] if said else []


def read(resource: Element) -> tuple[dict[str, Any], str]:
    """Return the fields of the head that the metadata of a resource say, and its category."""
    said: dict[str, Any] = {}
    steps: list[str] = []
    for lom in resource.all("lom"):
        for each in lom.all("difficulty"):
            said["difficulty"] = DIFFICULTIES.get(_value(each))
        for each in lom.all("classification"):
            purpose = each.element("purpose")
            name = _value(purpose) if purpose else ""
            taxons = [_name(taxon) for taxon in each.all("taxon")]
            if name == STAGE:
                said["stage"] = "".join(taxons)
            elif name == OBJECTIVE:
                said["objective"] = _text(each.element("description"))
            elif name in PLACES:
                steps += taxons
    head, _wrong = headed({name: value for name, value in said.items() if value})
    return head, "/".join(filter(None, steps))


def _parts(head: Mapping[str, Any]) -> Iterator[Element]:
    if difficulty := head.get("difficulty"):
        yield tag("educational", {}, tag("difficulty", {}, *_worded(WRITTEN[difficulty])))
    for purpose, name in ((TOPIC, "topic"), (STAGE, "stage")):
        if value := head.get(name):
            source = tag("source", {}, tag("string", {"language": "en"}, OURS))
            taxon = tag("taxon", {}, tag("id", {}, str(value)))
            yield _classified(purpose, tag("taxonPath", {}, source, taxon))
    if objective := head.get("objective"):
        said = tag("string", {"language": "zh"}, objective)
        yield _classified(OBJECTIVE, tag("description", {}, said))


def _classified(purpose: str, said: Element) -> Element:
    return tag("classification", {}, tag("purpose", {}, *_worded(purpose)), said)


def _worded(value: str) -> tuple[Element, Element]:
    return tag("source", {}, WORDS), tag("value", {}, value)


def _value(element: Element) -> str:
    return _text(element.element("value")).casefold()


def _name(taxon: Element) -> str:
    return _text(taxon.element("entry")) or _text(taxon.element("id"))


def _text(element: Element | None) -> str:
    return " ".join(element.text.split()) if element else ""
