"""Files made to harm who opens them, and what the site says of each.

`python -m tests.faults.hostile [names…]` opens them one by one, each in a process of its own, and
prints how long it took and the most memory that the process and its child held.
"""

import importlib
import io
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from quizapp.core import sheets
from quizapp.rosters import oneroster
from tests.faults import opened
from tests.oneroster import files, manifest, texts, zipped

MEGABYTE = 2**20
SHEET = "xl/worksheets/sheet1.xml"
SIZE, FLAGS = 24, 8  # Where an entry of a zip's directory has the unpacked size, and the flags.


def packed(named: Iterable[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, raw in named:
            archive.writestr(name, raw)
    return out.getvalue()


def workbook(**parts: bytes) -> bytes:
    """Return a workbook of one sheet, some of whose parts are replaced: `sheet`, `more`."""
    plain = sheets.xlsx_bytes("x", ("姓名",), [("张三",)], created=datetime(2026, 9, 1, tzinfo=UTC))
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        named = {name: archive.read(name) for name in archive.namelist()}
    if "sheet" in parts:
        named[SHEET] = parts["sheet"]
    if "more" in parts:
        named["xl/more.bin"] = parts["more"]
    return packed(named.items())


def roster(**changed: bytes) -> bytes:
    """Return a faultless OneRoster zip, some of whose files are replaced."""
    tables = files("1.2")
    named: dict[str, str | bytes] = dict(texts("1.2", tables, manifest("1.2", tables)))
    return zipped(named | {f"{name}.csv": raw for name, raw in changed.items()})


def with_name(raw: bytes, old: str, new: str) -> bytes:
    """Return the zip with another name of the same length for a file."""
    assert len(old) == len(new)
    return raw.replace(old.encode(), new.encode())


def with_sizes(raw: bytes, size: int) -> bytes:
    """Return the zip whose directory claims this size for every file."""
    out = bytearray(raw)
    entry = out.find(sheets.DIRECTORY_ENTRY)
    while entry >= 0:
        out[entry + SIZE : entry + SIZE + 4] = size.to_bytes(4, "little")
        entry = out.find(sheets.DIRECTORY_ENTRY, entry + 1)
    return bytes(out)


def locked(raw: bytes) -> bytes:
    """Return the zip whose directory says that its first file has a password."""
    out = bytearray(raw)
    out[out.index(sheets.DIRECTORY_ENTRY) + FLAGS] |= 1
    return bytes(out)


def overlapping(raw: bytes, times: int) -> bytes:
    """Return the zip whose directory names its first file so often, each time the same bytes."""
    start = raw.index(sheets.DIRECTORY_ENTRY)
    end = raw.index(b"PK\x05\x06")
    first = raw[start : raw.find(sheets.DIRECTORY_ENTRY, start + 1)]
    if first == raw[start:-1]:
        first = raw[start:end]
    directory = first * times
    closing = bytearray(raw[end:])
    closing[8:12] = times.to_bytes(2, "little") * 2
    closing[12:16] = len(directory).to_bytes(4, "little")
    return raw[:start] + directory + bytes(closing)


def nested(depth: int) -> bytes:
    raw = packed([("zeros", bytes(10 * MEGABYTE))])
    for level in range(depth):
        raw = packed([(f"{level}-{n}.zip", raw) for n in range(10)])
    return raw


def rows(xml: str, count: int) -> bytes:
    top = f'<worksheet xmlns="{"http://schemas.openxmlformats.org/spreadsheetml/2006/main"}">'
    return f"{top}<sheetData>{xml * count}</sheetData></worksheet>".encode()


def noise(size: int) -> bytes:
    """Return bytes that do not pack, to hide behind: the ratio of the whole zip is then small."""
    return Random(1).randbytes(size)


CELL = '<c t="inlineStr"><is><t>x</t></is></c>'
FILES: dict[str, Callable[[], tuple[str, bytes]]] = {
    "workbook: 200 MB of zeros": lambda: ("a.xlsx", workbook(more=bytes(200 * MEGABYTE))),
    "workbook: 781 kB that unpack to 192 MB": lambda: (
        "a.xlsx", workbook(sheet=rows(f"<row>{CELL * 5}</row>", 1_050_000))
    ),
    "workbook: the directory hides the size": lambda: (
        "a.xlsx", with_sizes(workbook(sheet=rows(f"<row>{CELL * 5}</row>", 1_050_000)), 900)
    ),
    "workbook: the directory claims 4 GB": lambda: ("a.xlsx", with_sizes(workbook(), 2**32 - 2)),
    "workbook: zips in zips": lambda: ("a.xlsx", nested(5)),
    "workbook: 100,000 parts": lambda: (
        "a.xlsx", packed((f"xl/{n}", b"") for n in range(100_000))
    ),
    "workbook: parts lie upon one another": lambda: (
        "a.xlsx", overlapping(packed([(SHEET, bytes(9 * MEGABYTE))]), 900)
    ),
    "workbook: one cell in the last corner": lambda: (
        "a.xlsx",
        workbook(sheet=rows('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', 1)
                 .replace(b"<sheetData>", b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row>')),
    ),
    "workbook: a password": lambda: ("a.xlsx", locked(workbook())),
    "workbook: a name with NUL": lambda: (
        "a.xlsx", with_name(workbook(more=b"x"), "xl/more.bin", "xl/more\0bin")
    ),
    "OneRoster: 200 MB of zeros": lambda: ("a.zip", roster(users=bytes(200 * MEGABYTE))),
    "OneRoster: the directory hides the size": lambda: (
        "a.zip", with_sizes(roster(users=bytes(200 * MEGABYTE)), 900)
    ),
    "OneRoster: a cell of 100 MB": lambda: (
        "a.zip", roster(users=b'sourcedId,"' + b"x" * (100 * MEGABYTE))
    ),
    "OneRoster: a cell of 40 MB beside noise": lambda: (
        "a.zip", roster(users=b'sourcedId,"' + b"x" * (40 * MEGABYTE), more=noise(MEGABYTE))
    ),
    "OneRoster: a line of 40 MB beside noise": lambda: (
        "a.zip", roster(users=b"x," * (20 * MEGABYTE), more=noise(MEGABYTE))
    ),
    "OneRoster: 40 MB of blank lines": lambda: (
        "a.zip", roster(users=b"\n" * (40 * MEGABYTE), more=noise(MEGABYTE))
    ),
    "OneRoster: zips in zips": lambda: ("a.zip", nested(5)),
    "OneRoster: 100,000 files": lambda: (
        "a.zip", packed((f"{n}.csv", b"") for n in range(100_000))
    ),
    "OneRoster: files lie upon one another": lambda: (
        "a.zip", overlapping(packed([("users.csv", bytes(9 * MEGABYTE))]), 900)
    ),
    "OneRoster: a password": lambda: ("a.zip", locked(roster())),
    "OneRoster: a name that leaves the folder": lambda: (
        "a.zip", roster(**{"../../../../etc/cron.d/x": b"x"})
    ),
    "OneRoster: a name with NUL": lambda: (
        "a.zip", with_name(roster(more=b"x"), "more.csv", "mor\0.csv")
    ),
    "OneRoster: no zip file": lambda: ("a.zip", b"PK\x03\x04" + bytes(5 * MEGABYTE)),
    "CSV: 10 MB of blank lines": lambda: ("a.csv", b"\n" * (10 * MEGABYTE)),
    "CSV: 10 MB of commas": lambda: ("a.csv", b"," * (10 * MEGABYTE)),
    "CSV: one cell of 10 MB": lambda: ("a.csv", b'"' + b"x" * (10 * MEGABYTE - 1)),
    "CSV: a million quotation marks": lambda: ("a.csv", b'"' * MEGABYTE),
}  # fmt: skip


def said(what: str, name: str, raw: bytes) -> str:
    """Return what the site says of a file: why it was refused, the codes of faults, or "read"."""
    try:
        if not name.endswith(".zip"):
            return f"read: {len(sheets.read(name, raw))} rows"
        found = oneroster.read(raw, name)
    except sheets.Unreadable as refused:
        return str(refused)
    return " ".join(sorted({fault.code for fault in found.faults})) or "read"


def main() -> None:
    here = importlib.import_module("tests.faults.hostile")
    with tempfile.TemporaryDirectory() as home:
        for number, what in enumerate(sys.argv[1:] or FILES):
            path = opened.make(here, what, Path(home) / str(number))
            (one,) = opened.in_a_process(here, {what: path})
            size = path.stat().st_size // 1024
            sys.stdout.write(
                f"{what} ({size} kB): {one['seconds']:.2f} s, {one['own']} MB, child "
                f"{one['child']} MB: {one['said']}\n"
            )
            sys.stdout.flush()
            path.unlink()


if __name__ == "__main__":
    main()
