"""Tables in and out: .xlsx and CSV files become rows of text, and rows become such files.

What comes in may be hostile. A workbook, or a zip of CSV files, is judged by the directory of the
zip file and then parsed in a child process with limits; nothing that comes out is a formula.
"""

import csv
import io
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import chain, islice
from pathlib import PurePath
from typing import Any
from unicodedata import east_asian_width

import xlsxwriter  # type: ignore[import-untyped]  # XlsxWriter ships no types.

from quizapp.core import child
from quizapp.core.errors import DomainError
from quizapp.core.i18n import _
from quizapp.core.parsing import (
    CONTROLS,
    LOST_DIGITS,
    MAX_EXACT,
    MAX_ROWS,
    Reading,
    Row,
    capped,
    lines,
    looks_like_formula,
    text_of,
    unguarded,
)
from quizapp.core.zips import DIRECTORY_ENTRY, MAX_BYTES, ZIP, directory

__all__ = [
    "DIRECTORY_ENTRY", "LOST_DIGITS", "MAX_ROWS", "ZIP", "Packed", "Row", "Unreadable", "csv_text",
    "read", "read_zip", "text_of", "xlsx_bytes",
]  # fmt: skip

WORKBOOKS = (".xlsx", ".xlsm", ".et")
TEXTS = (".csv", ".txt", ".tsv", ".xls")  # Many school systems call tab-separated text .xls.
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")

MAX_CELL_TEXT, MAX_TITLE = 32_767, 31  # What Excel takes.
NARROWEST, WIDEST = 8, 60
LISTS, DROP_DOWNS = "lists", 2000


class Unreadable(DomainError):
    """The file is no table that can be read; the sentence says what to do with it."""

    status = 422
    code = "unreadable"


@dataclass(frozen=True)
class Packed:
    """What a zip of CSV files holds: the names of all files, and of those asked for the rows.

    A file that cannot be read has no rows and a fault instead: "encoding", "damaged", "rows" (too
    many) or "heavy".
    """

    names: tuple[str, ...]
    tables: Mapping[str, Sequence[Row]]
    faults: Mapping[str, str]


def read(name: str, raw: bytes) -> list[Row]:
    """Return the filled rows of a CSV file, or of the first visible sheet that has any.

    `name` gives the kind by its ending. Unreadable: another kind, a password, damage, no rows, or
    more than the limits above.
    """
    fault, rows = _read(PurePath(name).suffix.lower(), raw)
    if fault or not rows:
        raise Unreadable(_says(fault or "empty", PurePath(name).name[:80]))
    return rows


def read_zip(name: str, raw: bytes, wanted: Collection[str]) -> Packed:
    """Return the files of these names out of a zip of CSV files in UTF-8; nothing else is opened.

    Unreadable: no zip file, a password, damage, or more than the limits above.
    """
    fault, parts = directory(raw) if len(raw) <= MAX_BYTES else ("large", [])
    found: dict[str, Reading] | None = None
    if not fault:
        found = _packed(_in_child(raw, *wanted))
    if fault or found is None:
        raise Unreadable(_says_of_zip(fault or "heavy", PurePath(name).name[:80]))
    return Packed(
        tuple(part.orig_filename for part in parts),
        {each: rows for each, (wrong, rows) in found.items() if not wrong},
        {each: wrong for each, (wrong, _rows) in found.items() if wrong},
    )


def _packed(told: Any) -> dict[str, Reading] | None:
    """Return what the child told of each file, None if it came to grief."""
    if told is None:
        return None
    return {
        name: (fault, [Row(number, tuple(cells)) for number, cells in rows])
        for name, (fault, rows) in told.items()
    }


def _read(suffix: str, raw: bytes) -> Reading:
    if len(raw) > MAX_BYTES:
        return "large", []
    if suffix not in (*WORKBOOKS, *TEXTS):
        return "kind", []
    if not raw:
        return "empty", []
    # From here the first bytes decide: files are renamed more often than converted.
    if raw.startswith(OLE):
        return ("password" if ENCRYPTED in raw else "old"), []
    if raw.startswith(ZIP):
        fault = _zip_fault(raw)
        return (fault, []) if fault else _workbook(raw)
    return ("damaged", []) if suffix in WORKBOOKS else _csv(raw)


def _says(fault: str, name: str) -> str:
    """Return the sentence for a fault, a key below: what is wrong, and what to do."""
    sentences: dict[str, str] = {
        "large": _("“%(name)s” is larger than 10 MB. Take pictures out, or split it.", name=name),
        "kind": _(
            "“%(name)s” is no table that can be read here. Save it as .xlsx or .csv.", name=name
        ),
        "old": _("“%(name)s” is in the old Excel format. Open it and save it as .xlsx.", name=name),
        "page": _(
            "“%(name)s” is a web page in spite of its name. Open it in Excel or WPS and save it "
            "as .xlsx.",
            name=name,
        ),
        "password": _(
            "“%(name)s” is locked with a password. Open it, take the password off and save it "
            "again.",
            name=name,
        ),
        "damaged": _(
            "“%(name)s” is damaged. Open it in Excel or WPS, save it as a new .xlsx and try again.",
            name=name,
        ),
        "encoding": _(
            "The characters of “%(name)s” cannot be read. Save it as .xlsx, or as CSV UTF-8.",
            name=name,
        ),
        "empty": _("“%(name)s” has no filled rows. Is the table on another sheet?", name=name),
        "rows": _(
            "“%(name)s” has more than %(most)s filled rows. Split it into several files.",
            name=name,
            most=f"{MAX_ROWS:,}",
        ),
        "bomb": _(
            "“%(name)s” unpacks to far more than a table needs and was not opened. Copy the table "
            "into a new workbook and save it as .xlsx.",
            name=name,
        ),
        "heavy": _(
            "“%(name)s” needs more memory or time than a table does. Copy only the filled rows "
            "and columns into a new workbook and save it as .xlsx.",
            name=name,
        ),
    }
    return sentences[fault]


def _says_of_zip(fault: str, name: str) -> str:
    """Return the sentence for a zip of CSV files that was not opened."""
    sentences: dict[str, str] = {
        "large": _("“%(name)s” is larger than 10 MB. Export one school at a time.", name=name),
        "password": _("“%(name)s” is locked with a password. Export it without one.", name=name),
        "damaged": _("“%(name)s” is damaged, or no zip file. Export it again.", name=name),
        "bomb": _(
            "“%(name)s” unpacks to far more than a list needs and was not opened. Export one "
            "school at a time.",
            name=name,
        ),
        "heavy": _(
            "“%(name)s” needs more memory or time than a list does. Export one school at a time.",
            name=name,
        ),
    }
    return sentences[fault]


def _zip_fault(raw: bytes) -> str | None:
    """Judge a workbook by the directory of the zip file alone; nothing is unpacked."""
    fault, parts = directory(raw)
    if fault:
        return fault
    return None if any(part.filename.startswith("xl/") for part in parts) else "kind"


def _workbook(raw: bytes) -> Reading:
    told = _in_child(raw)
    if told is None:
        return "heavy", []
    fault, rows = told
    return fault, [Row(number, tuple(cells)) for number, cells in rows]


def _in_child(raw: bytes, *wanted: str) -> Any:
    """Parse in a child with limits: what kills the parser must not kill the server.

    Return what `parsing.main` told of a workbook, or of the wanted files of a zip; None if it was
    killed.
    """
    told = child.ask("quizapp.core.parsing", raw, *wanted)
    return None if told is None else json.loads(told)


def _csv(raw: bytes) -> Reading:
    text = _decoded(raw)
    if text is None or "\0" in text:
        return "encoding", []
    if text.lstrip()[:1] == "<":  # Many school systems export a page and call it .xls.
        return "page", []
    # A record is a row of the program, even where a cell holds several lines.
    records = csv.reader(lines(io.StringIO(text, newline="")), delimiter=_delimiter(text))
    try:
        return capped([unguarded(cell) for cell in record] for record in records)
    except csv.Error:
        return "damaged", []


def _decoded(raw: bytes) -> str | None:
    """Return the text, None if it is in no encoding that Excel, WPS and school systems write."""
    marked = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _delimiter(text: str) -> str:
    """Return the one of comma, tab and semicolon that cuts the first 20 rows into most cells."""
    opening = text[:65_536]  # Less than the longest field that csv takes, so it never refuses.

    def cells(delimiter: str) -> int:
        rows = csv.reader(io.StringIO(opening, newline=""), delimiter=delimiter)
        return sum(len(row) for row in islice(rows, 20))

    return max(",\t;", key=cells)


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV file as Excel opens it by a double click: UTF-8 with its mark, CRLF.

    Text that a program would take for a formula gets an apostrophe before it; numbers stay.
    """
    out = io.StringIO(newline="")
    sheet = csv.writer(out)
    for row in chain((header,), rows):
        sheet.writerow([_guarded(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def _written(value: object) -> str | int | float | Decimal:
    """Return what goes into a cell: a number that a program keeps whole, else text; None is ""."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float | Decimal):
        return value if -MAX_EXACT < value < MAX_EXACT else str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    return CONTROLS.sub("", str(value))


def _guarded(value: object) -> str | int | float | Decimal:
    written = _written(value)
    if isinstance(value, int | float | Decimal) or not isinstance(written, str):
        return written
    return f"'{written}" if looks_like_formula(written) else written


def xlsx_bytes(
    title: str,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    created: datetime,
    choices: Mapping[int, Sequence[str]] | None = None,
) -> bytes:
    """Return a workbook of one sheet, `title` on its tab, the header bold and always in view.

    `choices`: the texts of a drop-down list by column, from 0; they stand on a hidden sheet.
    The same arguments give the same bytes; `created` knows its zone and is written in UTC. Text
    past 32,767 characters is cut. ValueError: more rows than a sheet has.
    """
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:  # Else rows that fail leave a file in /tmp.
        book.set_properties({"created": created.astimezone(UTC)})
        sheet = book.add_worksheet(_tab(title))
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        widths: dict[int, int] = {}
        for number, row in enumerate(chain((header,), rows)):
            for column, value in enumerate(row):
                width = _write(sheet, number, column, value, None if number else bold)
                widths[column] = max(widths.get(column, NARROWEST), min(width, WIDEST))
        for column, width in widths.items():
            sheet.set_column(column, column, width)
        if choices:
            _offer(book, sheet, choices)
    return out.getvalue()


def _offer(book: Any, sheet: Any, choices: Mapping[int, Sequence[str]]) -> None:
    """Give columns their drop-down lists, down to row DROP_DOWNS."""
    lists = book.add_worksheet(LISTS)
    lists.hide()
    for row in range(max(map(len, choices.values()))):  # Row by row: memory is constant.
        for column, texts in choices.items():
            if row < len(texts):
                lists.write_string(row, column, texts[row])
    for column, texts in choices.items():
        letter = xlsxwriter.utility.xl_col_to_name(column)
        source = f"={LISTS}!${letter}$1:${letter}${len(texts)}"
        sheet.data_validation(1, column, DROP_DOWNS, column, {"validate": "list", "source": source})


def _write(sheet: Any, row: int, column: int, value: object, look: Any) -> int:
    """Write one cell and return its width in Latin letters."""
    written = _written(value)
    if isinstance(written, str):
        written = written[:MAX_CELL_TEXT]
        refused = sheet.write_string(row, column, written, look)
    else:
        refused = sheet.write_number(row, column, written, look)
    if refused:  # XlsxWriter drops what lies outside of the sheet without a word.
        raise ValueError(f"no cell {row}, {column} in a sheet")
    return 2 + sum(2 if east_asian_width(sign) in "WF" else 1 for sign in str(written)[:WIDEST])


def _tab(title: str) -> str:
    """Return a title fit for a tab: Excel forbids some signs and the word History."""
    tab = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", title)[:MAX_TITLE].strip(" '")
    return tab if tab and tab.lower() != "history" else "Sheet1"
