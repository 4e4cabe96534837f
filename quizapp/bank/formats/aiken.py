"""Aiken, the smallest format of Moodle: a stem, lettered options, `ANSWER: B`."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from quizapp.bank.exchange import Item, drafted, refused
from quizapp.bank.formats.texts import (
    capped,
    decoded,
    kind_of_choice,
    lost_head,
    lost_of_spoken,
    spoken,
)
from quizapp.bank.lettering import LETTERS
from quizapp.bank.rules import Kind
from quizapp.core.i18n import _

OPTION: Final = re.compile(r"([A-Z])[.)]\s+(\S.*)")
ANSWER: Final = re.compile(r"ANSWER:\s*([A-Z]*)\s*")
KINDS: Final = (Kind.SINGLE, Kind.JUDGE, Kind.SITUATION)


def read(name: str, raw: bytes) -> list[Item]:
    text, faults = decoded(name, raw)
    return faults or capped(name, _items(name, text))


def write(items: Sequence[Item]) -> bytes:
    return "\n".join(_question(item) for item in items if item.kind in KINDS).encode()


def lost(item: Item) -> list[str]:
    if item.kind not in KINDS:
        return [_("Aiken knows no questions of the kind %(kind)s; it is left out whole.",
                  kind=str(item.kind))]  # fmt: skip
    found, said = [*lost_of_spoken(item), *lost_head(item)], spoken(item)
    if item.key:
        found.append(_("The key is left out."))
    if said["explain"] or any(option["feedback"] for option in said["options"]):
        found.append(_("Feedback and explanation are left out."))
    if item.kind is Kind.SITUATION:
        found.append(_("The scene is written before the stem; the kind becomes single."))
    texts = [said["stem"], *(option["text"] for option in said["options"])]
    if any(_line(text) != text for text in texts):
        found.append(_("Line ends and doubled spaces are written as one space."))
    if _looks_like_more(_stem(said)):
        found.append(_("The stem looks like an option or an answer; a sign was put before it."))
    return found


def _items(name: str, text: str) -> Iterator[Item]:
    """Yield the questions: each ends with its line of the answer."""
    lines: list[str] = []
    start = 1
    for number, line in enumerate(text.split("\n"), 1):
        said = line.strip()
        if not said:
            continue
        start = start if lines else number
        if answer := ANSWER.fullmatch(said):
            yield _item(f"{name} {start}", lines, answer[1])
            lines = []
        else:
            lines.append(said)
    if lines:
        yield refused(f"{name} {start}", _("it has no line ANSWER: with the letter"))


def _item(ref: str, lines: Sequence[str], letter: str) -> Item:
    found = [OPTION.fullmatch(line) for line in lines]
    first = next((n for n, option in enumerate(found) if option), len(lines))
    options = [option for option in found[first:] if option]
    letters = "".join(option[1] for option in options)
    if not first:
        return refused(ref, _("it has no stem before its options"))
    if len(options) < 2 or len(options) < len(lines) - first:
        return refused(ref, _("its options are not lines like “A. text”, each in one line"))
    if letters != LETTERS[: len(letters)].upper():
        return refused(ref, _("its options are not lettered A, B, C … in this order"))
    if len(letter) != 1 or letter not in letters:
        return refused(ref, _("ANSWER: does not name one of its options"))
    kind = kind_of_choice([option[2] for option in options], 1)
    said = [{"text": option[2], "right": option[1] == letter} for option in options]
    text, faults = drafted(kind, {"stem": "\n".join(lines[:first]), "options": said})
    return Item(ref, kind, {"zh": text}) if text else refused(ref, *faults)


def _question(item: Item) -> str:
    said = spoken(item)
    stem = _stem(said)
    lines = [f"。{stem}" if _looks_like_more(stem) else stem]
    lines += [
        f"{letter.upper()}. {_line(option['text'])}"
        for letter, option in zip(LETTERS, said["options"], strict=False)
    ]
    right = next(n for n, option in enumerate(said["options"]) if option["right"])
    return "\n".join([*lines, f"ANSWER: {LETTERS[right].upper()}", ""])


def _stem(said: dict[str, str]) -> str:
    return _line(f"{said['scene']} {said['stem']}" if "scene" in said else said["stem"])


def _line(text: str) -> str:
    return " ".join(text.split())


def _looks_like_more(line: str) -> bool:
    return bool(OPTION.fullmatch(line) or ANSWER.fullmatch(line))
