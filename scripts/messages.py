"""Keeps the catalogue of texts complete: extract, merge, compile; with --check only look.

English is the message id itself, so only Chinese has a catalogue. Exit 1 from --check: a text
without its Chinese, one that the code no longer has, or a compiled file that is older than its
source.
"""

import io
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "quizapp"
FOLDER = PACKAGE / "translations" / "zh" / "LC_MESSAGES"
METHODS = [("templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
BEGAN = datetime(2026, 11, 21, tzinfo=UTC)
KEYWORDS = {"_": None, "lazy": None, "gettext": None, "ngettext": (1, 2)}


def extracted() -> Catalog:
    """Return the texts of the code and the templates."""
    found = Catalog(project="quizapp", charset="utf-8")
    rows = extract_from_dir(PACKAGE, METHODS, OPTIONS, KEYWORDS)
    for file, line, message, comments, context in rows:
        place = [(f"quizapp/{file}", line)]
        found.add(message, None, place, auto_comments=comments, context=context)
    return found


def stored() -> Catalog:
    """Return the Chinese catalogue as it stands, empty at the very beginning."""
    file = FOLDER / "messages.po"
    if not file.exists():
        return Catalog(locale="zh", charset="utf-8")
    with file.open("rb") as text:
        return read_po(text, locale="zh", charset="utf-8")


def faults(source: Catalog, chinese: Catalog) -> list[str]:
    """Return what is missing, too many, marked as unsure, or not compiled."""
    told = []
    for message in source:
        if not message.id:
            continue
        known = chinese.get(message.id, message.context)
        words = known.string if known else ""
        if not all(_whole(words)):
            told.append(f"no Chinese for {message.id!r} ({message.locations[0][0]})")
        elif known and known.fuzzy:
            told.append(f"unsure Chinese for {message.id!r}")
        elif known and list(known.check()):
            told.append(f"placeholders differ in {message.id!r}")
    ids = {(_whole(m.id), m.context) for m in source}
    old = [m.id for m in chinese if m.id and (_whole(m.id), m.context) not in ids]
    told += [f"no longer used: {text!r}" for text in old]
    compiled = FOLDER / "messages.mo"
    if not compiled.exists() or _texts(_read(compiled)) != _texts(chinese):
        told.append("messages.mo is older than messages.po; run: make messages")
    return told


def write(source: Catalog, chinese: Catalog) -> None:
    """Bring the catalogue up to date: new texts wait empty, old ones go."""
    chinese.update(source, no_fuzzy_matching=True)
    chinese.obsolete.clear()
    chinese.creation_date = chinese.revision_date = BEGAN  # Or every run would change the file.
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "messages.po").open("wb") as text:
        write_po(text, chinese, width=100, sort_output=True, no_location=True, omit_header=False)
    with (FOLDER / "messages.mo").open("wb") as compiled:
        write_mo(compiled, stored())


def _read(file: Path) -> Catalog:
    return read_mo(io.BytesIO(file.read_bytes()))


def _texts(catalog: Catalog) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Return message ids and what they become; one text for each form of a plural."""
    return {_whole(m.id): _whole(m.string) for m in catalog if m.id and m.string}


def _whole(text: str | Sequence[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def main() -> None:
    source, chinese = extracted(), stored()
    if "--check" not in sys.argv:
        write(source, chinese)
        chinese = stored()
    if told := faults(source, chinese):
        print("\n".join(told))
        sys.exit(1)
    print(f"{len(source)} texts, all in Chinese")


if __name__ == "__main__":
    main()
