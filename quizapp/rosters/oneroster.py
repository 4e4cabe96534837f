"""Reads a OneRoster CSV zip, version 1.1 or 1.2, as strictly as the standard says.

The zip is opened by core/sheets.py in a child; what is left is values only: no database, no
request, no clock. All faults are told at once, each with its code, file and row. The pupils of a
school go through the reader of class lists, so both kinds of file are judged alike.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final

from quizapp.core import sheets
from quizapp.core.headed import Fault
from quizapp.core.i18n import _
from quizapp.core.sheets import MAX_ROWS, Packed, Row
from quizapp.orgs.rules import school_fault
from quizapp.rosters.oneroster_fields import (
    EXTENSIBLE,
    EXTENSION,
    FILES,
    GUID,
    MANIFEST,
    MODES,
    NEEDED,
    OWN_WORD,
    TABLES,
    VERSIONS,
    Field,
)

WANTED: Final = tuple(f"{file}.csv" for file in (MANIFEST, *NEEDED["1.2"]))
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
NAMES_SHOWN = 3


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if DATE.fullmatch(text) else None
    except ValueError:
        return None


SHAPES: Final[Mapping[str, tuple[str, Callable[[str], object]]]] = {
    "bulk": ("OR-209", lambda _text: False),
    "guid": ("OR-204", GUID.fullmatch),
    "bool": ("OR-207", lambda text: text in ("true", "false")),
    "date": ("OR-208", _day),
    "year": ("OR-208", re.compile(r"\d{4}", re.ASCII).fullmatch),
}
"""For each kind of field the code of its fault, and whether a text fits."""


@dataclass(frozen=True)
class Table:
    """The rows of a file, without the headings; `file` is its name without ".csv"."""

    file: str
    columns: Mapping[str, int]
    rows: Sequence[Row]

    def text(self, row: Row, name: str) -> str:
        """Return a cell; "" where there is no such column."""
        return row.at(self.columns[name]) if name in self.columns else ""

    def many(self, row: Row, name: str) -> list[str]:
        return _parted(self.text(row, name))

    @cached_property
    def by_id(self) -> dict[str, Row]:
        """The rows by their sourcedId."""
        return {row.at(0): row for row in self.rows}


@dataclass
class Told:
    """The faults found so far. `broken`: the files do not make a whole, so nobody is read."""

    faults: list[Fault] = field(default_factory=list)
    rows: set[tuple[str, int]] = field(default_factory=set)
    broken: bool = False

    def wrong(self, code: str, file: str, row: int, says: str, name: str = "") -> None:
        """Add a fault of a row; the row is left out."""
        column = f"{file}.csv: {name}" if name else f"{file}.csv"
        self.faults.append(Fault(row, column, f"{says} ({code})", code))
        self.rows.add((file, row))

    def breaks(self, code: str, file: str, says: str, *, row: int = 1, name: str = "") -> None:
        """Add a fault of the file as a whole."""
        self.wrong(code, file, row, says, name)
        self.broken = True


@dataclass(frozen=True)
class OneRoster:
    """What a zip holds. `tables` has all files that are needed, or none if they are not whole.

    `faulty` are the rows with a fault, by file and number: they are left out.
    """

    tables: Mapping[str, Table]
    faults: tuple[Fault, ...]
    faulty: frozenset[tuple[str, int]]
    notes: tuple[str, ...]

    @property
    def schools(self) -> tuple[str, ...]:
        """The ten digits of each school, in the order of orgs.csv."""
        if "orgs" not in self.tables:
            return ()
        codes = (school_code(self.tables["orgs"], row) for row in self.tables["orgs"].rows)
        return tuple(code for code in codes if code)


def read(raw: bytes, name: str = "OneRoster.zip") -> OneRoster:
    """Read a zip; a fault of the standard never raises. sheets.Unreadable: it cannot be opened."""
    return judged(sheets.read_zip(name, raw, WANTED))


def judged(packed: Packed) -> OneRoster:
    """Return what the files hold, and all that is wrong with them."""
    told = Told()
    modes = _manifest(packed, told)
    if modes is None:
        return OneRoster({}, tuple(told.faults), frozenset(told.rows), ())
    version, files = modes
    _check_files(packed, version, files, told)
    tables = dict(_tables(packed, version, told))
    for table in tables.values():
        _check_rows(table, version, tables, told)
    _check_sense(tables, told)
    return OneRoster(
        {} if told.broken else tables,
        tuple(sorted(told.faults, key=lambda fault: (fault.column.partition(":")[0], fault.row))),
        frozenset(told.rows),
        tuple(_unread(version, files)),
    )


# The manifest and the files


def _manifest(packed: Packed, told: Told) -> tuple[str, dict[str, str]] | None:
    """Return the version and the mode of each file; None if there is no saying what this is."""
    rows = packed.tables.get(f"{MANIFEST}.csv", ())
    if not rows:
        says = _(
            "There is no readable manifest.csv at the top of the zip, so this is no OneRoster "
            "file. Export it again as “OneRoster 1.1 CSV” or “OneRoster 1.2 CSV”."
        )
        told.breaks("OR-101", MANIFEST, says)
        return None
    if rows[0].cells != ("propertyName", "value"):
        says = _("The first row must be “propertyName,value”.")
        told.breaks("OR-111", MANIFEST, says)
        return None
    found: dict[str, str] = {}
    for row in rows[1:]:
        if row.at(0) in found:
            says = _("“%(name)s” stands here twice.", name=_shown(row.at(0)))
            told.breaks("OR-112", MANIFEST, says, row=row.number)
        found[row.at(0)] = row.at(1)
    version = found.get("oneroster.version", "")
    if version not in VERSIONS:
        says = _(
            "oneroster.version is “%(version)s”. Versions 1.1 and 1.2 are read: export in one of "
            "them.",
            version=_shown(version),
        )
        told.breaks("OR-113", MANIFEST, says, name="oneroster.version")
        return None
    if found.get("manifest.version") != "1.0":
        says = _("manifest.version must be 1.0.")
        told.breaks("OR-113", MANIFEST, says, name="manifest.version")
    for name in found:
        if name.startswith("file.") and name.removeprefix("file.") not in FILES[version]:
            says = _("Version %(version)s knows no file of this name.", version=version)
            told.breaks("OR-112", MANIFEST, says, name=_shown(name))
    return version, dict(_modes(found, version, told))


def _modes(found: Mapping[str, str], version: str, told: Told) -> Iterator[tuple[str, str]]:
    for file in FILES[version]:
        name = f"file.{file}"
        mode = found.get(name)
        if mode is None:
            says = _("The manifest must name this file, if only as “absent”.")
            told.breaks("OR-112", MANIFEST, says, name=name)
        elif mode not in MODES:
            says = _("“%(mode)s” is not one of absent, bulk, delta.", mode=_shown(mode))
            told.breaks("OR-113", MANIFEST, says, name=name)
        else:
            yield file, mode


def _check_files(packed: Packed, version: str, modes: Mapping[str, str], told: Told) -> None:
    """Tell where the zip holds other files than the manifest says, or than can be read."""
    known = {f"{file}.csv" for file in (*FILES[version], MANIFEST)}
    inside = [name for name in packed.names if "/" in name or "\\" in name]
    strange = [name for name in packed.names if name not in known and name not in inside]
    twice = [name for name, count in Counter(packed.names).items() if count > 1]
    for code, names, says in (
        ("OR-102", inside, _("All files must lie at the top of the zip, in no folder: %(names)s")),
        ("OR-103", strange, _("Files that the standard does not know: %(names)s")),
        ("OR-104", twice, _("Files that lie in the zip twice: %(names)s")),
    ):
        if names:
            more = " …" if len(names) > NAMES_SHOWN else ""
            listed = "、".join(_shown(name) for name in names[:NAMES_SHOWN])
            told.breaks(code, MANIFEST, says % {"names": f"{listed}{more}"})
    for file, mode in modes.items():
        there = f"{file}.csv" in packed.names
        if there and mode == "absent":
            says = _("The manifest calls this file absent, and it is there. Export again.")
            told.breaks("OR-105", file, says)
        elif not there and mode != "absent":
            says = _("The manifest names this file, and it is not in the zip. Export again.")
            told.breaks("OR-106", file, says)
        elif mode == "absent" and file in NEEDED[version]:
            says = _("Without this file no pupil can be read. Include it in the export.")
            told.breaks("OR-108", file, says)
        elif mode == "delta" and file in NEEDED[version]:
            says = _(
                "This file holds only what has changed (delta). Export the whole list (bulk): what "
                "it means for the roster is worked out here."
            )
            told.breaks("OR-109", file, says)


def _unread(version: str, modes: Mapping[str, str]) -> Iterator[str]:
    left = [f for f, mode in modes.items() if mode != "absent" and f not in NEEDED[version]]
    if left:
        yield _("Not read, and not stored: %(files)s", files="、".join(f"{f}.csv" for f in left))


# The rows


def _tables(packed: Packed, version: str, told: Told) -> Iterator[tuple[str, Table]]:
    """Give each needed file whose headings are right."""
    for file in NEEDED[version]:
        name = f"{file}.csv"
        if name in packed.faults:
            told.breaks("OR-107", file, _unreadable(packed.faults[name]))
        elif packed.tables.get(name):
            top, *rows = packed.tables[name]
            if _check_headings(file, top, TABLES[version][file], told):
                yield file, Table(file, {text: i for i, text in enumerate(top.cells)}, rows)
                if not rows:
                    says = _("There is no row under the headings. A file without rows is “absent”.")
                    told.breaks("OR-202", file, says)
        elif name in packed.names:
            told.breaks("OR-202", file, _("The file is empty."))


def _unreadable(fault: str) -> str:
    sentences: dict[str, str] = {
        "encoding": _("The file is not in UTF-8. Export it again, or save it as “CSV UTF-8”."),
        "damaged": _("The file is damaged, or no CSV. Export it again."),
        "rows": _("There are more than %(most)s rows. Export one school.", most=f"{MAX_ROWS:,}"),
        "heavy": _("There is more text than a list of pupils needs. Export one school."),
    }
    return sentences[fault]


def _check_headings(file: str, top: Row, fields: Sequence[Field], told: Told) -> bool:
    expected, found = [each.name for each in fields], list(top.cells)
    more = found[len(expected) :]
    if found[: len(expected)] != expected:
        place = next(i for i, name in enumerate([*expected, ""]) if name != top.at(i))
        says = _(
            "Heading %(place)s is “%(found)s” and must be “%(expected)s”. The standard wants all "
            "headings, in its order.",
            place=place + 1,
            found=_shown(top.at(place)),
            expected=expected[place],
        )
        told.breaks("OR-201", file, says)
        return False
    if len(set(more)) < len(more) or not all(name.startswith(EXTENSION) for name in more):
        says = _("Further columns must be named “metadata.…”, each once.")
        told.breaks("OR-201", file, says)
        return False
    return True


def _check_rows(table: Table, version: str, tables: Mapping[str, Table], told: Told) -> None:
    """Check each cell against its field, and that nothing has the same sourcedId twice."""
    fields = TABLES[version][table.file]
    # A text that may be empty can be anything; most cells are of this kind.
    checked = [(n, f) for n, f in enumerate(fields) if f.required or f.kind != "text"]
    seen: dict[str, int] = {}
    for row in table.rows:
        if len(row.cells) > len(table.columns):
            says = _("There are more cells than headings. Is a comma missing its quotation marks?")
            told.wrong("OR-210", table.file, row.number, says)
        if any("\n" in cell or "\r" in cell for cell in row.cells):
            says = _("A cell holds a line break, which the standard forbids.")
            told.wrong("OR-213", table.file, row.number, says)
        for column, each in checked:
            text = row.at(column)
            fault = _cell_fault(text, each, version, tables) if text or each.required else None
            if fault and each.kind == "bulk":
                told.breaks(fault[0], table.file, fault[1], row=row.number, name=each.name)
            elif fault:
                told.wrong(fault[0], table.file, row.number, fault[1], each.name)
        first = seen.setdefault(row.at(0), row.number)
        if first != row.number and row.at(0):
            says = _("The same sourcedId stands in row %(row)s.", row=first)
            told.wrong("OR-205", table.file, row.number, says, "sourcedId")


def _cell_fault(
    text: str, of: Field, version: str, tables: Mapping[str, Table]
) -> tuple[str, str] | None:
    """Return code and sentence of what is wrong with a cell; none repeats what may be personal."""
    if not text:
        return "OR-203", _("This must be filled in.")
    if of.kind == "text":
        return None
    if of.kind == "ref":
        return _ref_fault(text, of, tables)
    if of.kind == "enum":
        return _word_fault(text, of, version)
    code, fits = SHAPES[of.kind]
    return None if fits(text) else (code, _shape_says(of.kind))


def _ref_fault(text: str, of: Field, tables: Mapping[str, Table]) -> tuple[str, str] | None:
    pointed = tables.get(of.file)  # A file that is not there is told once, not in each row.
    given = _parted(text) if of.many else [text]
    if pointed is None or all(one in pointed.by_id for one in given):
        return None
    return "OR-206", _("%(file)s has no such sourcedId.", file=f"{of.file}.csv")


def _word_fault(text: str, of: Field, version: str) -> tuple[str, str] | None:
    own = version != "1.1" and of.name in EXTENSIBLE and text.startswith(OWN_WORD)
    if own or text in of.words:
        return None
    return "OR-207", _("This must be one of: %(words)s.", words=", ".join(sorted(of.words)))


def _shape_says(kind: str) -> str:
    sentences: dict[str, str] = {
        "bulk": _(
            "In a whole list (bulk) this must be empty. If rows are marked as deleted, leave them "
            "out; then clear the column."
        ),
        "guid": _(
            "An identifier has at most 255 of the signs 0–9 a–z A–Z . - _ / @ and no others."
        ),
        "bool": _("This must be one of: %(words)s.", words="false, true"),
        "date": _("This must be a date like 2026-09-01."),
        "year": _("This must be a year like 2027."),
    }
    return sentences[kind]


def _check_sense(tables: Mapping[str, Table], told: Told) -> None:
    """Tell rows that are right one by one and do not fit together."""
    if sessions := tables.get("academicSessions"):
        _check_span(sessions, "startDate", "endDate", told)
    for file in ("enrollments", "roles"):
        if table := tables.get(file):
            _check_span(table, "beginDate", "endDate", told)
    if not {"orgs", "classes", "enrollments"} <= tables.keys():
        return
    orgs, classes, enrollments = tables["orgs"], tables["classes"], tables["enrollments"]
    for table in (classes, enrollments):
        for row in table.rows:
            school = orgs.by_id.get(table.text(row, "schoolSourcedId"))
            if school and orgs.text(school, "type") != "school":
                says = _("This points to an org that is no school.")
                told.wrong("OR-212", table.file, row.number, says, "schoolSourcedId")
    for row in enrollments.rows:
        taught = classes.by_id.get(enrollments.text(row, "classSourcedId"))
        school_id = enrollments.text(row, "schoolSourcedId")
        if taught and classes.text(taught, "schoolSourcedId") != school_id:
            says = _(
                "The class is of another school: row %(row)s of classes.csv.", row=taught.number
            )
            told.wrong("OR-214", "enrollments", row.number, says, "schoolSourcedId")


def _check_span(table: Table, first: str, last: str, told: Told) -> None:
    for row in table.rows:
        begins, ends = _day(table.text(row, first)), _day(table.text(row, last))
        if begins and ends and ends < begins:
            says = _("It ends before it begins.")
            told.wrong("OR-211", table.file, row.number, says, last)


def school_code(orgs: Table, row: Row) -> str | None:
    """Return the ten digits of a school, from its identifier or its sourcedId."""
    if orgs.text(row, "type") != "school":
        return None
    told = (orgs.text(row, "identifier"), row.at(0))
    return next((text for text in told if school_fault(text) is None), None)


def _parted(text: str) -> list[str]:
    return [part for each in text.split(",") if (part := each.strip())]


def _shown(text: str) -> str:
    """Return a name from the file for a sentence: not too long, nothing that cannot be seen."""
    return "".join(sign if sign.isprintable() else "�" for sign in text[:60])
