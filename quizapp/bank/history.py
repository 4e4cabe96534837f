"""What changed between two versions of a question, line by line and word by word."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from quizapp.bank.models import BankPicture
from quizapp.bank.written import Written
from quizapp.core.i18n import lazy

# A word of letters or digits; every other sign, so each Chinese one, stands by itself.
WORD = re.compile(r"[A-Za-z0-9]+|\s+|.", re.DOTALL)
NAMES: Mapping[str, object] = {
    "topic_key": lazy("Topic"),
    "kind": lazy("Kind"),
    "stage": lazy("Stage"),
    "difficulty": lazy("Difficulty"),
    "pool": lazy("Used in"),
    "core": lazy("Core set"),
    "objective": lazy("Objective"),
    "sources": lazy("Where it comes from"),
    "as_of": lazy("Compared with its sources"),
    "review_by": lazy("To be checked by"),
    "answer": lazy("Right options, by number"),
    "picture": lazy("Picture"),
    "scene": lazy("Scene"),
    "stem": lazy("Question"),
    "picture_alt": lazy("What the picture shows"),
    "options": lazy("Option"),
    "text": lazy("Text"),
    "pair": lazy("Its partner"),
    "feedback": lazy("Feedback"),
    "others": lazy("Partners of nobody"),
    "accept": lazy("Words that are right"),
    "wrong": lazy("Wrong answer"),
    "explain": lazy("Why that is right"),
    "params": lazy("Values that differ from pupil to pupil"),
}
HEAD = (
    "topic_key", "kind", "stage", "difficulty", "pool", "core", "objective", "sources", "as_of",
    "review_by", "answer", "picture",
)  # fmt: skip
Place = tuple[str | int, ...]  # ("zh", "options", 0, "feedback"), counted from 0.


class Change(StrEnum):
    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True)
class Piece:
    change: Change
    text: str


@dataclass(frozen=True)
class Line:
    """A field that changed; `lang` is "" for what belongs to every language."""

    lang: str
    place: Place
    pieces: Sequence[Piece]

    @property
    def name(self) -> str:
        """The field in words: "Option 2 · Feedback"."""
        return " · ".join(_steps(self.place))


def changes(old: Written, new: Written) -> list[Line]:
    """Return the fields that differ, in the order of a page; what is the same is left out."""
    found = []
    before, after = dict(_lines(old)), dict(_lines(new))
    for place in dict.fromkeys([*before, *after]):
        one, two = before.get(place, ""), after.get(place, "")
        if one != two:
            lang = str(place[0]) if place[0] in ("zh", "en") else ""
            found.append(Line(lang, place[1:] if lang else place, difference(one, two)))
    return sorted(found, key=lambda line: ("", "zh", "en").index(line.lang))


def difference(old: str, new: str) -> list[Piece]:
    """Return the words of both texts in their order, each as kept, removed or added."""
    before, after = WORD.findall(old), WORD.findall(new)
    pieces: list[Piece] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(Change.KEPT, "".join(before[i1:i2])))
            continue
        if i1 < i2:
            pieces.append(Piece(Change.REMOVED, "".join(before[i1:i2])))
        if j1 < j2:
            pieces.append(Piece(Change.ADDED, "".join(after[j1:j2])))
    return pieces


def _lines(said: Written) -> Iterator[tuple[Place, str]]:
    """Yield every field with its text, one after the other."""
    for name in HEAD:
        value = getattr(said, name)
        if name == "answer":
            value = [number + 1 for number in value]
        yield (name,), _told(value)
    for lang, words in said.text.items():
        for name in NAMES:
            if name in words and name not in HEAD:
                yield from _inner((lang, name), words[name])


def _inner(at: Place, value: Any) -> Iterator[tuple[Place, str]]:
    if isinstance(value, Mapping) and at[1] != "params":
        for name, inner in value.items():
            yield (*at, name), _told(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for number, inner in enumerate(value):
            yield from _inner((*at, number), inner)
    else:
        yield at, _told(value)


def _told(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, BankPicture):
        return f"{value.width} × {value.height}, {value.sha256[:8]}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {said}" for name, said in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


def _steps(place: Place) -> Iterator[str]:
    """Yield a place in words, each name with the number that follows it."""
    for step, after in zip_longest(place, place[1:]):
        if isinstance(step, str):
            number = f" {after + 1}" if isinstance(after, int) else ""
            yield f"{NAMES.get(step, step)}{number}"
