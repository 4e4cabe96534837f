"""Reads a class list as a school has it: any order of columns, titles above, sums below.

Values only: no database, no request, no clock. All faults are told at once, so that a school mends
its file once.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from quizapp.core import headed
from quizapp.core.headed import Fault, Headings
from quizapp.core.i18n import _
from quizapp.core.sheets import Row
from quizapp.rosters.cells import folded
from quizapp.rosters.class_names import School
from quizapp.rosters.list_doubles import tell_doubles
from quizapp.rosters.list_headings import (
    heading_key,
    left_out,
    missing,
    no_headings,
    seats_for_numbers,
)
from quizapp.rosters.list_lines import Line, read_line

# Rows that are no pupils: sums and signatures below, examples that a template leaves.
ASIDE = re.compile(
    "合计|总计|小计|共计|总人数|学生人数|共[0-9]+[人名]|班主任|填表|填报|制表|审核|示例|样例|填写说明|"
    "(?:说明|备注|注|日期|联系电话|男生?|女生?):"
)


@dataclass(frozen=True)
class Listed:
    """A pupil as listed. `row` is the sheet's, `grade` 1–12, `seat` 1–99; None: not given."""

    row: int
    name: str
    grade: int
    class_number: int
    seat: int | None
    number: str | None


@dataclass(frozen=True)
class ClassList:
    """The pupils without a fault, and all faults, both by row; notes say what was left out."""

    pupils: tuple[Listed, ...]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...] = ()


def read(
    rows: Sequence[Row],
    *,
    stages: Collection[str] | None = None,
    school_year: int | None = None,
    default_grade: int | None = None,
    default_class: int | None = None,
) -> ClassList:
    """Read a list; a fault never raises.

    `stages` are keys of GRADES. `school_year` is the year in which it began, 2026 for 2026–27, and
    is needed for grades like 2026级. What a row says goes before the defaults.
    """
    school = School(stages, school_year, default_grade, default_class)
    top = headed.row_of(rows, heading_key, leading="name")
    if top is None:
        return ClassList((), (no_headings(rows),))
    twice = _(
        "“%(first)s” and “%(second)s” mean the same. Keep one of the columns; where pupils stand "
        "side by side, put them all beneath one another."
    )
    headings, doubles = headed.columns(rows[top], heading_key, twice=twice)
    below = [row for row in rows[top + 1 :] if not _is_aside(row)]
    faults = doubles or list(missing(rows[top], headings, below, school))
    if faults:
        return ClassList((), tuple(faults))

    headings, notes = seats_for_numbers(headings, below)
    lines = [Line(row, headings) for row in below if _is_filled(row, headings)]
    for line in lines:
        read_line(line, school)
    tell_doubles(lines)
    if not lines:
        faults = [Fault(rows[top].number, "", _("There is no pupil under the headings."), "empty")]
    faults += [fault for line in lines for fault in line.faults]
    notes = (*left_out(rows[top]), *notes)
    return ClassList(tuple(_listed(lines)), tuple(faults), notes)


def _listed(lines: Iterable[Line]) -> Iterator[Listed]:
    for line in lines:
        if not line.faults and line.name and line.grade and line.class_number:
            yield Listed(
                line.row.number, line.name, line.grade, line.class_number, line.seat, line.number
            )


def _is_aside(row: Row) -> bool:
    first = next((cell for cell in row.cells if cell), "")
    return ASIDE.match(folded(first)) is not None


def _is_filled(row: Row, headings: Headings) -> bool:
    """Whether the row says anything of a pupil; the headings once more on a new page do not."""
    cells = {key: row.at(column) for key, (column, _heading) in headings.items()}
    again = all(folded(cells[key]) == folded(text) for key, (_column, text) in headings.items())
    return any(cells.values()) and not again
