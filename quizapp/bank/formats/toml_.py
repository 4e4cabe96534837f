"""TOML as question_bank/ holds it: one file of questions, or the whole folder as a zip."""

import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any

from quizapp.bank import faults
from quizapp.bank.exchange import Item, refused, unpictured
from quizapp.bank.formats.entries import entry_of, item_of
from quizapp.bank.formats.texts import capped, decoded, lost_picture
from quizapp.core.i18n import _
from quizapp.core.pictures import ending

ENTRY = "question"
FOLDER = "question_bank"
STAMP = (1980, 1, 1, 0, 0, 0)  # The same bank gives the same bytes.


def read(name: str, raw: bytes) -> list[Item]:
    """Read one file of questions. `topic` may stand in an entry, for a file lies in no folder."""
    text, wrong = decoded(name, raw)
    if wrong:
        return wrong
    said, broken = faults.toml(text)
    if broken:
        return [refused(f"{name} {line}", told) for line, told in broken]
    entries = said.get(ENTRY)
    if not isinstance(entries, list):
        return [refused(name, _("there is no question in this file; begin each one with "
                                "[[question]]"))]  # fmt: skip
    return capped(name, (item_of(f"{name} {n}", entry) for n, entry in enumerate(entries, 1)))


def write(items: Sequence[Item]) -> bytes:
    return "\n".join(_question(entry_of(unpictured(item))) for item in items).encode()


def lost(item: Item) -> list[str]:
    """Return what one file alone cannot hold; the folder has pictures beside it."""
    return lost_picture(item)


def folder(
    items: Sequence[Item],
    topics: Mapping[str, Mapping[str, Any]],
    sources: Mapping[str, Mapping[str, Any]],
) -> bytes:
    """Return the folder question_bank/ as a zip, a file for each topic and stage, and the pictures.

    `topics` and `sources` by key, with the fields of their files. Every item has a whole head.
    """
    files: dict[str, list[dict[str, Any]]] = defaultdict(list)
    drawn: dict[str, bytes] = {}
    for item in items:
        entry = entry_of(item)
        if item.picture:
            picture = f"{item.key}.{ending(item.picture)}"
            entry["picture"] = picture
            drawn[f"{entry['topic']}/pictures/{picture}"] = item.picture
        files[f"{entry.pop('topic')}/{item.head['stage']}-questions.toml"].append(entry)
    texts = {
        "topics.toml": "\n".join(chain.from_iterable(_table(k, v) for k, v in topics.items())),
        "sources.toml": "\n".join(chain.from_iterable(_table(k, v) for k, v in sources.items())),
        **{name: "\n".join(map(_question, files[name])) for name in sorted(files)},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(zipfile.ZipInfo(f"{FOLDER}/{name}", STAMP), text + "\n",
                             zipfile.ZIP_DEFLATED)  # fmt: skip
        for name, raw in drawn.items():
            archive.writestr(zipfile.ZipInfo(f"{FOLDER}/{name}", STAMP), raw, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _question(entry: Mapping[str, Any]) -> str:
    """Return an entry as a file writes it: the head, then a table for each language."""
    lines = [f"[[{ENTRY}]]"]
    lines += [_line(name, value) for name, value in entry.items() if not _is_table(value)]
    for lang, text in entry.items():
        if _is_table(text):
            lines += ["", f"[{ENTRY}.{lang}]"]
            lines += [_line(name, value) for name, value in text.items()]
    return "\n".join(lines) + "\n"


def _table(key: str, fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a table and, behind its own, of the tables within."""
    yield f"[{key}]"
    yield from (_line(name, value) for name, value in fields.items() if not _is_table(value))
    for name, value in fields.items():
        if _is_table(value):
            yield from _table(f"{key}.{name}", value)
    yield ""


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _line(name: str, value: Any) -> str:
    if isinstance(value, list) and value and _is_table(value[0]):
        return f"{_name(name)} = [\n" + "".join(f"  {_value(each)},\n" for each in value) + "]"
    return f"{_name(name)} = {_value(value)}"


def _name(name: str) -> str:
    bare = name.replace("-", "").replace("_", "")
    return name if bare.isascii() and bare.isalnum() else _value(name)


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case date():
            return value.isoformat()
        case Mapping():
            return "{ " + ", ".join(f"{_name(k)} = {_value(v)}" for k, v in value.items()) + " }"
        case list():
            return "[" + ", ".join(map(_value, value)) + "]"
    # JSON's texts are TOML's, but for a sign that JSON lets stand.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
