"""Bytes become rows of text: the part of core/sheets.py that opens what may be hostile.

Run as a program it is the child in which that happens, with limits; so it imports little.
"""

import csv
import io
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import partial
from itertools import islice
from typing import Any, Final, TextIO

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from quizapp.core import child

# A list of 4,000 rows takes 45 MB and less than a second, one of 50,000 with eight columns 100 MB
# and two seconds: what takes more is no list of a school.
MEMORY, SECONDS = 128 * 2**20, 4
MAX_ROWS = 50_000
MAX_RECORDS = 2**19  # Blank ones too.
MAX_LINE = 2**20  # Signs of a CSV file between two line ends.
MAX_CHARACTERS = 20_000_000  # Of all cells together, each counted as one more than its text.
CHUNK = 2**16

LOST_DIGITS: Final = "#LOST-DIGITS"
"""Stands in a cell for a number of 16 digits and more that was typed as a number.

Spreadsheet programs keep 15 digits, so the rest was gone before the file was saved. It looks like
their own #N/A; a reader that wants the cell refuses it, others need not care.
"""

# Blanks of all widths and signs without any width, the byte order mark among them.
BLANKS = " \t\r\n\v\f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u2060\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x2010))
)
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?[Ee]\+(?:1[5-9]|[2-9]\d)")
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
MAX_EXACT = 10**15


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
"""A fault, a key of `_says` in core/sheets.py, and no rows; or None and the rows."""


def main() -> None:
    """Be the child: a workbook on stdin, `[fault or null, [[number, [cell, …]], …]]` on stdout.

    With names as arguments it is a zip of CSV files, and an object with such an answer for each of
    the names that is there.
    """
    child.limit(MEMORY, SECONDS)
    raw, wanted = sys.stdin.buffer.read(), sys.argv[1:]
    told = {n: _told(r) for n, r in unpack(raw, wanted).items()} if wanted else _told(parse(raw))
    json.dump(told, sys.stdout)


def _told(reading: Reading) -> list[Any]:
    fault, rows = reading
    return [fault, [[row.number, row.cells] for row in rows]]


def unpack(raw: bytes, wanted: Collection[str]) -> dict[str, Reading]:
    """Return a fault or the rows of each wanted CSV file of a zip. Only for the child."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        there = set(archive.namelist())
        return {name: _part(archive, name) for name in wanted if name in there}


def _part(archive: zipfile.ZipFile, name: str) -> Reading:
    try:
        with (
            archive.open(name) as part,
            io.TextIOWrapper(part, "utf-8-sig", newline="") as text,
        ):
            records = csv.reader(lines(text), strict=True)
            return capped([unguarded(cell) for cell in record] for record in records)
    except UnicodeDecodeError:
        return "encoding", []
    except (csv.Error, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        return "damaged", []


def lines(text: TextIO) -> Iterator[str]:
    """Yield line by line: a file that is one long line must not become one long text."""
    while line := text.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise csv.Error("a line is too long")
        yield line


def _lies(raw: bytes) -> bool:
    """Whether a part of a zip unpacks to more than the directory says. Only for the child.

    Not every parser looks at that size, so it is measured first, piece by piece.
    """
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for part in archive.infolist():
            part.file_size += 1  # One byte more than there should be is asked for.
            with archive.open(part) as unpacked:
                size = sum(map(len, iter(partial(unpacked.read, CHUNK), b"")))
            if size == part.file_size:
                return True
    return False


def parse(raw: bytes) -> Reading:
    """Return a fault or the rows of a workbook. Only for the child: this sets no limits."""
    try:
        if _lies(raw):
            return "bomb", []
        with CalamineWorkbook.from_filelike(io.BytesIO(raw)) as book:
            if not book.sheets_metadata:
                return "damaged", []
            for position, sheet in enumerate(book.sheets_metadata):
                # Templates keep the entries of their drop-down lists on a hidden sheet.
                if (sheet.typ, sheet.visible) == (
                    SheetTypeEnum.WorkSheet,
                    SheetVisibleEnum.Visible,
                ):
                    fault, rows = capped(book.get_sheet_by_index(position).iter_rows())
                    if fault or rows:
                        return fault, rows
    except PasswordError:
        return "password", []
    except (CalamineError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        return "damaged", []
    return "empty", []


def unguarded(text: str) -> str:
    """Take off the apostrophe that csv_text puts on, and the ="…" that keeps leading zeros."""
    if text.startswith("'") and looks_like_formula(text[1:]):
        return text[1:]
    return text[2:-1] if re.fullmatch(r'="[^"]*"', text) else text


def capped(table: Iterable[Sequence[object]]) -> Reading:
    rows, characters, table = [], 0, iter(table)
    for row in _rows(islice(table, MAX_RECORDS)):
        rows.append(row)
        characters += sum(len(cell) + 1 for cell in row.cells)
        if len(rows) > MAX_ROWS:
            return "rows", []
        if characters > MAX_CHARACTERS:
            return "heavy", []
    return ("rows", []) if next(table, None) is not None else (None, rows)


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


def looks_like_formula(text: str) -> bool:
    # Programs differ in whether blanks before the sign save one, so they do not here.
    return text.startswith(("\t", "\r", "\n")) or text.lstrip(BLANKS).startswith(FORMULA_STARTS)


if __name__ == "__main__":
    main()
