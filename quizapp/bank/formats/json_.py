"""JSON of our own: `{"format": "quizapp-questions", "version": 1, "questions": [entry, …]}`.

An entry has the fields of question_bank/README.md and `topic`; days are texts like "2026-11-21".
`picture` is the file itself in base64. It holds all of an item.
"""

import base64
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from quizapp.bank.exchange import Item, refused
from quizapp.bank.formats.entries import entry_of, item_of
from quizapp.bank.formats.texts import capped, decoded, from_base64
from quizapp.core.i18n import _

FORMAT, VERSION = "quizapp-questions", 1
MAX_MEGABYTES = 10  # As much as may be uploaded: the pictures are within.


def read(name: str, raw: bytes) -> list[Item]:
    text, faults = decoded(name, raw, MAX_MEGABYTES)
    if faults:
        return faults
    try:
        said = json.loads(text)
    except ValueError as error:  # Also for a number of too many digits.
        line = getattr(error, "lineno", 1)
        return [refused(name, _("line %(line)s: this is not JSON", line=line))]
    except RecursionError:
        return [refused(name, _("this is nested too deep to be read; make it flatter"))]
    if not isinstance(said, dict) or (said.get("format"), said.get("version")) != (FORMAT, VERSION):
        told = _('this is not our JSON; it begins with "format": "%(format)s", "version": '
                 "%(version)s", format=FORMAT, version=VERSION)  # fmt: skip
        return [refused(name, told)]
    entries = said.get("questions")
    if not isinstance(entries, list):
        return [refused(name, _('"questions" is no list; put the questions into square brackets'))]
    return capped(
        name, (item_of(f"{name} {n}", entry, from_base64) for n, entry in enumerate(entries, 1))
    )


def write(items: Sequence[Item]) -> bytes:
    said = {"format": FORMAT, "version": VERSION, "questions": [_entry(item) for item in items]}
    return json.dumps(said, ensure_ascii=False, indent=1, default=_day).encode() + b"\n"


def lost(item: Item) -> list[str]:
    return []


def _entry(item: Item) -> dict[str, Any]:
    drawn = {"picture": base64.b64encode(item.picture).decode()} if item.picture else {}
    return {**entry_of(item), **drawn}


def _day(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} is not JSON")
