"""What the formats that are plain text have in common: their signs, and one language of an item."""

import base64
from collections.abc import Collection, Iterable
from itertools import islice
from typing import Any

from quizapp.bank.exchange import MAX_ITEMS, Item, refused, too_many
from quizapp.bank.kinds.choices import JUDGED
from quizapp.bank.params import filled
from quizapp.bank.rules import Kind
from quizapp.core.i18n import _
from quizapp.core.parsing import CONTROLS

MEGABYTE = 2**20
MAX_MEGABYTES = 4
MAX_LINES = 100_000
MARKS = (b"\xff\xfe", b"\xfe\xff")  # Of UTF-16.


def decoded(name: str, raw: bytes, most: int = MAX_MEGABYTES) -> tuple[str, list[Item]]:
    """Return the text with plain line ends, or "" and an item that says why there is none.

    It has at most so many megabytes.
    """
    if len(raw) > most * MEGABYTE:
        told = _("this is larger than %(most)s MB; split it into several files", most=most)
        return "", [refused(name, told)]
    for encoding in ("utf-16",) if raw.startswith(MARKS) else ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            lines = text.splitlines()
            if len(lines) > MAX_LINES:
                return "", [too_many(name)]
            return CONTROLS.sub("", "\n".join(lines)), []
    return "", [refused(name, _("its characters cannot be read; save it as text in UTF-8"))]


def capped(name: str, items: Iterable[Item]) -> list[Item]:
    """Return the items, or one that says that there are none, or too many to be made at all."""
    found = list(islice(items, MAX_ITEMS + 1))
    if not found:
        return [refused(name, _("there is no question in it; was another format meant?"))]
    return [too_many(name)] if len(found) > MAX_ITEMS else found


def spoken(item: Item) -> dict[str, Any]:
    """Return what the item says in one language, Chinese first, with the first row of its params.

    The fields are those of question_bank/README.md; options that are marked have `right`.
    """
    text = item.texts.get("zh") or next(iter(item.texts.values()))
    said = dict(text.model_dump(exclude={"params"}))
    plain: dict[str, Any] = filled(said, text.params[0]) if text.params else said
    return plain


def lost_of_spoken(item: Item) -> list[str]:
    """Return what `spoken` leaves out."""
    found = []
    if len(item.texts) > 1:
        found.append(_("The text in the other language is left out."))
    if any(text.params for text in item.texts.values()):
        found.append(_("Only the first row of params is written; the others are left out."))
    return found + lost_picture(item)


def lost_picture(item: Item) -> list[str]:
    """Return what is lost where a format holds no picture."""
    return [_("Its picture is left out.")] if item.picture else []


def from_base64(said: str) -> bytes:
    """Return the bytes of a base64 text, b"" if it is none."""
    try:
        return base64.b64decode("".join(said.split()), validate=True)
    except ValueError:
        return b""


def lost_head(item: Item) -> list[str]:
    """Return what is lost where a format holds no stage, topic, source and dates."""
    return [_("Stage, topic, sources and dates are left out.")] if item.head else []


def lost_of_tagged(item: Item) -> list[str]:
    """Return what is lost where topic, stage and difficulty are a category and two tags."""
    return [_("Objective, pool, sources and dates are left out.")] if item.head else []


def lost_of_described(item: Item) -> list[str]:
    """Return what is lost where metadata hold topic, stage, difficulty and objective."""
    return [_("Pool, sources and dates are left out.")] if item.head else []


def kind_of_choice(options: Collection[str], right: int) -> Kind:
    """Return the kind of a question with options of which so many are right."""
    if any(set(options) == set(words) for words in JUDGED.values()):
        return Kind.JUDGE
    return Kind.MULTIPLE if right > 1 else Kind.SINGLE
