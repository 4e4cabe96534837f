"""Tables in and out: .xlsx and CSV files become rows of text, and rows become such files.

What comes in may be hostile. A workbook is judged by the directory of its zip file and then parsed
in a child process with limits; nothing that comes out is a formula.
"""

import csv
import io
import json
import os
import re
import resource
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path, PurePath
from typing import Any, Final
from unicodedata import east_asian_width

import xlsxwriter  # type: ignore[import-untyped]  # XlsxWriter ships no types.
from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from quizapp.core.errors import DomainError
from quizapp.core.i18n import _

MAX_BYTES = 10 * 2**20
MAX_ROWS = 50_000
MAX_CHARACTERS = 20_000_000  # Of all cells together, each counted as one more than its text.
MAX_UNPACKED, MAX_RATIO, MAX_PARTS = 50 * 2**20, 100, 1000
CHILD_MEMORY, CHILD_SECONDS = 512 * 2**20, 30

LOST_DIGITS: Final = "#LOST-DIGITS"
"""Stands in a cell for a number of 16 digits and more that was typed as a number.

Spreadsheet programs keep 15 digits, so the rest was gone before the file was saved. It looks like
their own #N/A; a reader that wants the cell refuses it, others need not care.
"""

WORKBOOKS = (".xlsx", ".xlsm", ".et")
TEXTS = (".csv", ".txt", ".tsv", ".xls")  # Many school systems call tab-separated text .xls.
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
DIRECTORY_ENTRY = b"PK\x01\x02"

# Blanks of all widths and signs without any width, the byte order mark among them.
BLANKS = " \t\r\n\v\f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u2060\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x2010))
)
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?[Ee]\+(?:1[5-9]|[2-9]\d)")
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
MAX_EXACT = 10**15
MAX_CELL_TEXT, MAX_TITLE = 32_767, 31  # What Excel takes.
NARROWEST, WIDEST = 8, 60


class Unreadable(DomainError):
    """The file is no table that can be read; the sentence says what to do with it."""

    status = 422
    code = "unreadable"


@dataclass(frozen=True)
class Row:
    """A row with at least one filled cell; cells without blanks around, none after the last filled.

    `number` is the one that the spreadsheet program shows, from 1.
    """

    number: int
    cells: tuple[str, ...]

    def at(self, column: int) -> str:
        """Return the text in a column, counted from 0; "" past the end."""
        return self.cells[column] if column < len(self.cells) else ""


Reading = tuple[str | None, list[Row]]
"""A fault, a key of `_says`, and no rows; or None and the rows."""


def read(name: str, raw: bytes) -> list[Row]:
    """Return the filled rows of a CSV file, or of the first visible sheet that has any.

    `name` gives the kind by its ending. Unreadable: another kind, a password, damage, no rows, or
    more than the limits above.
    """
    fault, rows = _read(PurePath(name).suffix.lower(), raw)
    if fault or not rows:
        raise Unreadable(_says(fault or "empty", PurePath(name).name[:80]))
    return rows


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


def _zip_fault(raw: bytes) -> str | None:
    """Judge a workbook by the directory of the zip file alone; nothing is unpacked."""
    # Counted before the directory is read: 10 MB of entries would cost seconds and 100 MB.
    if raw.count(DIRECTORY_ENTRY) > MAX_PARTS:
        return "bomb"
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError):
        return "damaged"
    if any(part.flag_bits & 1 for part in parts):
        return "password"
    unpacked = sum(part.file_size for part in parts)
    # Against the whole file, for parts that lie upon one another count their bytes twice.
    if unpacked > min(MAX_UNPACKED, MAX_RATIO * len(raw)):
        return "bomb"
    return None if any(part.filename.startswith("xl/") for part in parts) else "kind"


def _workbook(raw: bytes) -> Reading:
    """Parse a workbook in a child with limits: what kills the parser must not kill the server."""
    # The child gets no secrets of ours, only what it takes to find the same modules.
    root = str(Path(__file__).parents[2])
    kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
    try:
        child = subprocess.run(
            [sys.executable, "-P", "-m", "quizapp.core.sheets"],
            input=raw,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=CHILD_SECONDS,
            env=kept | {"PYTHONPATH": os.pathsep.join([*filter(None, sys.path), root])},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "heavy", []
    if child.returncode:
        return "heavy", []
    fault, rows = json.loads(child.stdout)
    return fault, [Row(number, tuple(cells)) for number, cells in rows]


def main() -> None:
    """Be the child: a workbook on stdin, `[fault or null, [[number, [cell, …]], …]]` on stdout."""
    resource.setrlimit(resource.RLIMIT_AS, (CHILD_MEMORY, CHILD_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CHILD_SECONDS, CHILD_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # A core file would hold pupils' names.
    fault, rows = parse(sys.stdin.buffer.read())
    json.dump([fault, [[row.number, row.cells] for row in rows]], sys.stdout)


def parse(raw: bytes) -> Reading:
    """Return a fault or the rows of a workbook. Only for the child: this sets no limits."""
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(raw)) as book:
            if not book.sheets_metadata:
                return "damaged", []
            for position, sheet in enumerate(book.sheets_metadata):
                # Templates keep the entries of their drop-down lists on a hidden sheet.
                if (sheet.typ, sheet.visible) == (
                    SheetTypeEnum.WorkSheet,
                    SheetVisibleEnum.Visible,
                ):
                    fault, rows = _capped(book.get_sheet_by_index(position).iter_rows())
                    if fault or rows:
                        return fault, rows
    except PasswordError:
        return "password", []
    except CalamineError:
        return "damaged", []
    return "empty", []


def _csv(raw: bytes) -> Reading:
    text = _decoded(raw)
    if text is None or "\0" in text:
        return "encoding", []
    if text.lstrip()[:1] == "<":  # Many school systems export a page and call it .xls.
        return "page", []
    # A record is a row of the program, even where a cell holds several lines.
    records = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        return _capped([_unguarded(cell) for cell in record] for record in records)
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


def _unguarded(text: str) -> str:
    """Take off the apostrophe that csv_text puts on, and the ="…" that keeps leading zeros."""
    if text.startswith("'") and _looks_like_formula(text[1:]):
        return text[1:]
    return text[2:-1] if re.fullmatch(r'="[^"]*"', text) else text


def _capped(table: Iterable[Sequence[object]]) -> Reading:
    rows, characters = [], 0
    for row in _rows(table):
        rows.append(row)
        characters += sum(len(cell) + 1 for cell in row.cells)
        if len(rows) > MAX_ROWS:
            return "rows", []
        if characters > MAX_CHARACTERS:
            return "heavy", []
    return None, rows


def _rows(table: Iterable[Sequence[object]]) -> Iterator[Row]:
    for number, values in enumerate(table, start=1):
        if values.count("") == len(values):  # A stray cell far below brings a million of them.
            continue
        cells = [text_of(value) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield Row(number, tuple(cells))


def text_of(value: object) -> str:
    """Return a cell as text: 2026001.0 is "2026001", a date is ISO, a lost number LOST_DIGITS."""
    match value:
        case bool():
            return str(value).upper()
        case int() | float():
            if not abs(value) < MAX_EXACT:  # So "not a number" is caught as well.
                return LOST_DIGITS
            return str(int(value)) if value == int(value) else format(value, ".15g")
        case datetime():
            midnight = value.time() == time()
            return str(value.date()) if midnight else value.isoformat(" ", "seconds")
    text = str(value)
    if not text.isprintable():
        text = CONTROLS.sub("", text)
    text = text.strip(BLANKS)
    # A program that saves a number as CSV writes 4.40301E+17: the digits are as lost as in .xlsx.
    return LOST_DIGITS if "+" in text and SCIENTIFIC.fullmatch(text) else text


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
    return f"'{written}" if _looks_like_formula(written) else written


def _looks_like_formula(text: str) -> bool:
    # Programs differ in whether blanks before the sign save one, so they do not here.
    return text.startswith(("\t", "\r", "\n")) or text.lstrip(BLANKS).startswith(FORMULA_STARTS)


def xlsx_bytes(
    title: str, header: Sequence[str], rows: Iterable[Sequence[object]], *, created: datetime
) -> bytes:
    """Return a workbook of one sheet, `title` on its tab, the header bold and always in view.

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
    return out.getvalue()


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


if __name__ == "__main__":
    main()
