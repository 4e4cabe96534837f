"""Reads a OneRoster CSV zip, version 1.1 or 1.2, as strictly as the standard says.

The zip is opened by core/sheets.py in a child; what is left is values only: no database, no
request, no clock. All faults are told at once, each with its code, file and row. The pupils of a
school go through the reader of class lists, so both kinds of file are judged alike.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from quizapp.core import sheets
from quizapp.core.headed import Fault
from quizapp.core.i18n import _
from quizapp.core.sheets import MAX_ROWS, Packed, Row
from quizapp.orgs.rules import school_fault
from quizapp.rosters.oneroster_fields import EXTENSION, MANIFEST, NEEDED, TABLES, Field
from quizapp.rosters.oneroster_manifest import check_files, manifest, unread
from quizapp.rosters.oneroster_rows import check_rows, check_sense
from quizapp.rosters.oneroster_tables import Table, Told, shown

WANTED: Final = tuple(f"{file}.csv" for file in (MANIFEST, *NEEDED["1.2"]))


@dataclass(frozen=True)
class OneRoster:
    """What a zip holds. `tables` has all files that are needed, or none if they are not whole.

    `faulty` are the rows with a fault, by file and number: they are left out. `askew`: headings are
    wrong, so the tables are there for their faults alone.
    """

    tables: Mapping[str, Table]
    faults: tuple[Fault, ...]
    faulty: frozenset[tuple[str, int]]
    notes: tuple[str, ...]
    askew: bool = False

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
    modes = manifest(packed, told)
    if modes is None:
        return OneRoster({}, tuple(told.faults), frozenset(told.rows), ())
    version, files = modes
    check_files(packed, version, files, told)
    tables = dict(_tables(packed, version, told))
    for table in tables.values():
        check_rows(table, version, tables, told)
    check_sense(tables, told)
    return OneRoster(
        {} if told.broken else tables,
        tuple(sorted(told.faults, key=lambda fault: (fault.column.partition(":")[0], fault.row))),
        frozenset(told.rows),
        tuple(unread(version, files)),
        askew=told.askew,
    )


def _tables(packed: Packed, version: str, told: Told) -> Iterator[tuple[str, Table]]:
    """Give each needed file whose headings can be understood."""
    for file in NEEDED[version]:
        name = f"{file}.csv"
        if name in packed.faults:
            told.breaks("OR-107", file, _unreadable(packed.faults[name]))
        elif packed.tables.get(name):
            top, *rows = packed.tables[name]
            if columns := _columns(file, top, TABLES[version][file], told):
                yield file, Table(file, columns, rows)
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


def _columns(file: str, top: Row, fields: Sequence[Field], told: Told) -> Mapping[str, int] | None:
    """Return where each column stands; None, with a fault of the whole, if there is no telling."""
    says = _headings_say(top, fields)
    if says is None:
        return {name: place for place, name in enumerate(top.cells)}
    meant = _meant(top, fields)
    if meant is None:
        told.breaks("OR-201", file, says)
    else:
        told.wrong("OR-201", file, 1, says)
        told.askew = True
    return meant


def _headings_say(top: Row, fields: Sequence[Field]) -> str | None:
    """Return what is wrong with the headings of a file; None: nothing."""
    expected, found = [each.name for each in fields], list(top.cells)
    more = found[len(expected) :]
    if found[: len(expected)] != expected:
        place = next(i for i, name in enumerate([*expected, ""]) if name != top.at(i))
        return _(
            "Heading %(place)s is “%(found)s” and must be “%(expected)s”. The standard wants all "
            "headings, in its order.",
            place=place + 1,
            found=shown(top.at(place)),
            expected=expected[place],
        )
    if len(set(more)) < len(more) or not all(name.startswith(EXTENSION) for name in more):
        return _("Further columns must be named “metadata.…”, each once.")
    return None


def _meant(top: Row, fields: Sequence[Field]) -> Mapping[str, int] | None:
    """Return where the columns of wrong headings seem to stand; None: there is no telling.

    A name counts wherever it stands. A heading that is none of them is taken for the one that
    should stand there; what may be empty may be missing.
    """
    found, names = list(top.cells), {each.name for each in fields}
    if found[:1] != [fields[0].name] or any(found.count(name) > 1 for name in names):
        return None
    columns = {name: place for place, name in enumerate(found)}
    for place, each in enumerate(fields):
        there = found[place] if place < len(found) else None
        if each.name in columns:
            continue
        if there is not None and there not in names and not there.startswith(EXTENSION):
            columns[each.name] = place
        elif each.required:
            return None
    return columns


def school_code(orgs: Table, row: Row) -> str | None:
    """Return the ten digits of a school, from its identifier or its sourcedId."""
    if orgs.text(row, "type") != "school":
        return None
    told = (orgs.text(row, "identifier"), row.at(0))
    return next((text for text in told if school_fault(text) is None), None)
