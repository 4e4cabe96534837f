"""The rows of a OneRoster zip: each cell against its field, and rows that do not fit together."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

from quizapp.core.i18n import _
from quizapp.rosters.oneroster_fields import EXTENSIBLE, GUID, OWN_WORD, TABLES, Field
from quizapp.rosters.oneroster_tables import Table, Told, parted

DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if DATE.fullmatch(text) else None
    except ValueError:
        return None


SHAPES: Final[Mapping[str, tuple[str, Callable[[str], object]]]] = {
    "bulk": ("OR-209", lambda _text: False),
    "guid": ("OR-204", GUID.fullmatch),
    "bool": ("OR-207", lambda text: text in ("true", "false")),
    "date": ("OR-208", day_of),
    "year": ("OR-208", re.compile(r"\d{4}", re.ASCII).fullmatch),
}
"""For each kind of field the code of its fault, and whether a text fits."""


def check_rows(table: Table, version: str, tables: Mapping[str, Table], told: Told) -> None:
    """Check each cell against its field, and that nothing has the same sourcedId twice."""
    fields = TABLES[version][table.file]
    # A text that may be empty can be anything; most cells are of this kind.
    checked = [
        (table.columns[f.name], f)
        for f in fields
        if f.name in table.columns and (f.required or f.kind != "text")
    ]
    seen: dict[str, int] = {}
    for row in table.rows:
        if len(row.cells) > table.width:
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
    given = parted(text) if of.many else [text]
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


def check_sense(tables: Mapping[str, Table], told: Told) -> None:
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
        begins, ends = day_of(table.text(row, first)), day_of(table.text(row, last))
        if begins and ends and ends < begins:
            says = _("It ends before it begins.")
            told.wrong("OR-211", table.file, row.number, says, last)
