"""Reads a class list as a school has it: any order of columns, titles above, sums below.

Values only: no database, no request, no clock. All faults are told at once, so that a school mends
its file once.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from quizapp.core import headed
from quizapp.core.headed import Fault, Headings
from quizapp.core.i18n import _
from quizapp.core.sheets import Row
from quizapp.rosters.cells import (
    FILLERS,
    SEATS,
    compact,
    folded,
    name_fault,
    neat_name,
    number_fault,
    seat_of,
    shown,
)
from quizapp.rosters.class_names import (
    GRADES,
    SCHOOL_GRADES,
    School,
    class_parts,
    grades_meant,
    stage_meant,
    worded,
)

# A younger grade has no forty classes: "71" is then 七(1)班 written short, and must not be guessed.
CLASSES, SENIOR_CLASSES = range(1, 41), range(1, 100)

HEADINGS = {
    "name": "姓名 学生姓名 名字 学生名字 name",
    "stage": "学段 学段名称 所在学段",
    "grade": "年级 年级名称 所在年级 就读年级 grade",
    "class": "班级 班级名称 行政班 行政班级 所在班级 所在班 就读班级 班别 年级班级 班 class",
    "seat": "座号 座位号 座位 座次 班内座号 班内学号 seat",
    "number": "学号 学生学号 学生编号 校内学号 学校学号 studentnumber",
}
"""The usual headings of each column. 序号 is none of them: it counts the rows of the sheet."""

COLUMNS = {heading: key for key, usual in HEADINGS.items() for heading in usual.split()}
IDENTITY_HEADING = re.compile("身份证|证件号|学籍.*号|全国学号|个人标识|护照号")
REMARK = re.compile(r"\((?:必填|选填|可选|可不填|必填项|required|optional)\)")
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


@dataclass
class Line:
    """A row while it is read: what could be read, and what is wrong with the rest."""

    row: Row
    headings: Headings
    name: str | None = None
    grade: int | None = None
    class_number: int | None = None
    seat: int | None = None
    number: str | None = None
    faults: list[Fault] = field(default_factory=list)

    def text(self, key: str) -> str:
        return self.row.at(self.headings[key][0]) if key in self.headings else ""

    def heading(self, *keys: str) -> str:
        return next((self.headings[key][1] for key in keys if key in self.headings), "")

    def wrong(self, code: str, column: str, says: str) -> None:
        self.faults.append(Fault(self.row.number, column, says, code))


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
    top = headed.row_of(rows, _heading_key, leading="name")
    if top is None:
        return ClassList((), (_no_headings(rows),))
    twice = _(
        "“%(first)s” and “%(second)s” mean the same. Keep one of the columns; where pupils stand "
        "side by side, put them all beneath one another."
    )
    headings, doubles = headed.columns(rows[top], _heading_key, twice=twice)
    below = [row for row in rows[top + 1 :] if not _is_aside(row)]
    faults = doubles or list(_missing(rows[top], headings, below, school))
    if faults:
        return ClassList((), tuple(faults))

    headings, notes = _seats_for_numbers(headings, below)
    lines = [Line(row, headings) for row in below if _is_filled(row, headings)]
    for line in lines:
        _read_line(line, school)
    _tell_doubles(lines)
    if not lines:
        faults = [Fault(rows[top].number, "", _("There is no pupil under the headings."), "empty")]
    faults += [fault for line in lines for fault in line.faults]
    notes = (*_left_out(rows[top]), *notes)
    return ClassList(tuple(_listed(lines)), tuple(faults), notes)


def _listed(lines: Iterable[Line]) -> Iterator[Listed]:
    for line in lines:
        if not line.faults and line.name and line.grade and line.class_number:
            yield Listed(
                line.row.number, line.name, line.grade, line.class_number, line.seat, line.number
            )


# Headings


def _heading_key(text: str) -> str | None:
    """Return the key of HEADINGS, None for any other heading."""
    return COLUMNS.get(REMARK.sub("", folded(text)).strip(":*"))


def _no_headings(rows: Sequence[Row]) -> Fault:
    says = _(
        "No headings were found in the first %(count)s rows. Put a row above the pupils that says "
        "what each column is: 姓名, 年级, 班级, and if you have them 座号 and 学号.",
        count=headed.WITHIN,
    )
    return Fault(rows[0].number if rows else 1, "", says, "no_headings")


def _missing(top: Row, headings: Headings, below: Iterable[Row], school: School) -> Iterator[Fault]:
    """Give one fault if columns are missing that no default and no class name makes up for."""
    lacks = [] if "name" in headings else ["姓名"]
    if "class" not in headings and school.default_class is None:
        lacks.append("班级")
    if "grade" not in headings and school.default_grade is None:
        classes = [row.at(headings["class"][0]) for row in below] if "class" in headings else []
        if not any((parts := class_parts(worded(text))) and parts[0] for text in classes):
            lacks.append("年级")
    if lacks:
        says = _(
            "There is no column for %(missing)s. Found: %(found)s. Add the column, or write the "
            "usual heading above it.",
            missing="、".join(lacks),
            found="、".join(heading for _column, heading in headings.values()),
        )
        yield Fault(top.number, "", says, "column_missing")


def _seats_for_numbers(
    headings: Headings, below: Iterable[Row]
) -> tuple[Headings, tuple[str, ...]]:
    """Take 学号 for the seat where it only counts 1, 2, 3 … in each class, as many schools do."""
    if "seat" in headings or "number" not in headings:
        return headings, ()
    column, heading = headings["number"]
    given = [text for row in below if (text := folded(row.at(column))) not in FILLERS]
    if not given or any(seat_of(text) is None for text in given):
        return headings, ()
    others = {key: place for key, place in headings.items() if key != "number"}
    note = _(
        "“%(heading)s” holds only %(least)s to %(most)s and was read as the seat in the class.",
        heading=heading,
        least=SEATS[0],
        most=SEATS[-1],
    )
    return others | {"seat": (column, heading)}, (note,)


def _left_out(top: Row) -> tuple[str, ...]:
    columns = [cell for cell in top.cells if IDENTITY_HEADING.search(folded(cell))]
    if not columns:
        return ()
    says = _(
        "%(columns)s: not stored. Identity numbers are not needed here; better leave the column "
        "out of the file.",
        columns="、".join(columns),
    )
    return (says,)


# Rows


def _is_aside(row: Row) -> bool:
    first = next((cell for cell in row.cells if cell), "")
    return ASIDE.match(folded(first)) is not None


def _is_filled(row: Row, headings: Headings) -> bool:
    """Whether the row says anything of a pupil; the headings once more on a new page do not."""
    cells = {key: row.at(column) for key, (column, _heading) in headings.items()}
    again = all(folded(cells[key]) == folded(text) for key, (_column, text) in headings.items())
    return any(cells.values()) and not again


def _read_line(line: Line, school: School) -> None:
    line.name = _read_name(line)
    others = ("stage", "grade", "class", "seat", "number")
    alone = all(compact(line.text(key)) in FILLERS for key in others)
    if alone and (school.default_class is None or school.default_grade is None):
        if line.name:
            says = _("Only the name is filled in. Add grade and class, or delete the row.")
            line.wrong("only_name", line.heading("name"), says)
        return
    line.grade, line.class_number = _grade_and_class(line, school)
    line.seat = _read_seat(line)
    line.number = _read_number(line)


def _read_name(line: Line) -> str | None:
    name = neat_name(line.text("name"))
    fault = name_fault(name)
    if _heading_key(name) == "name":
        says = _(
            "Other headings begin here. Put the rows beneath into a file of their own, or into "
            "the same columns as above."
        )
        fault = "headings_again", says
    if fault:
        line.wrong(fault[0], line.heading("name"), fault[1])
        return None
    return name


# Grade and class


def _grade_and_class(line: Line, school: School) -> tuple[int | None, int | None]:
    """Read both together, for a class name like 七(1)班 says both."""
    grade_text, class_text = worded(line.text("grade")), worded(line.text("class"))
    if not class_text:
        grade = _grade(line, {"grade": grade_text} if grade_text else {}, school)
        if school.default_class is None:
            says = _("The class is missing. Fill it in in each row, in joined cells as well.")
            line.wrong("class_missing", line.heading("class"), says)
        return grade, school.default_class
    parts = class_parts(class_text)
    if parts is None:
        says = _(
            "%(text)s is not understood as a class. Write 七(1)班, or 1 with 七年级 as its grade.",
            text=shown(class_text),
        )
        line.wrong("class_unread", line.heading("class"), says)
        return (_grade(line, {"grade": grade_text}, school) if grade_text else None), None
    in_class, number = parts
    told = {"grade": grade_text, "class": in_class}
    grade = _grade(line, {column: wording for column, wording in told.items() if wording}, school)
    return grade, _class_number(line, number, grade)


def _class_number(line: Line, number: int, grade: int | None) -> int | None:
    if number in (SENIOR_CLASSES if grade is None or grade in GRADES["senior"] else CLASSES):
        return number
    says = _("There is hardly a class %(number)s. If 七(1)班 is meant, write it so.", number=number)
    line.wrong("class_unread", line.heading("class"), says)
    return None


def _grade(line: Line, told: Mapping[str, str], school: School) -> int | None:
    """Return the grade on which all agree; `told` is what each column says of it, by its key."""
    heading = line.heading("grade", "class")
    if not told:
        # Without a column of its own the grade is missing only because the class is.
        if school.default_grade is None and ("grade" in line.headings or line.text("class")):
            says = _("The grade is missing. Fill it in, or write the class as 七(1)班.")
            line.wrong("grade_missing", heading, says)
        return school.default_grade
    stage = stage_meant(compact(line.text("stage")))
    agreed = set(SCHOOL_GRADES)
    for column, wording in told.items():
        meant = grades_meant(wording, stage, school)
        if not meant:
            says = _(
                "%(text)s is not understood as a grade. Write 五年级, 初二 or 高一, or 5, 8 or 10.",
                text=shown(wording),
            )
            line.wrong("grade_unread", line.heading(column), says)
            return None
        agreed &= meant
    if school.default_grade in agreed and len(agreed) > 1:
        return school.default_grade
    fault = _disagreement(agreed, told, school)
    if fault:
        line.wrong(fault[0], heading, fault[1])
        return None
    return agreed.pop()


def _disagreement(
    agreed: Collection[int], told: Mapping[str, str], school: School
) -> tuple[str, str] | None:
    """Return code and sentence where no grade, or several, or one not taught here is left."""
    if not agreed:
        texts = [shown(wording) for wording in told.values()]
        says = _(
            "The grade says %(first)s, the class %(second)s. Mend the one that is wrong.",
            first=texts[0],
            second=texts[-1],
        )
        return "grades_differ", says
    if len(agreed) > 1:
        says = _(
            "%(text)s may be grade %(grades)s. Write 五年级, 初二 or 高一.",
            text=shown(next(iter(told.values()))),
            grades=" / ".join(map(str, sorted(agreed))),
        )
        return "grade_ambiguous", says
    (grade,) = agreed
    if school.stages is not None and not any(grade in GRADES[stage] for stage in school.stages):
        says = _(
            "Grade %(grade)s is not taught at this school. Write 初一 or 七年级, not 一年级, and "
            "leave out pupils of other schools.",
            grade=grade,
        )
        return "grade_not_taught", says
    return None


# Seat and number


def _read_seat(line: Line) -> int | None:
    text = compact(line.text("seat"))
    if text in FILLERS:
        return None
    seat = seat_of(text)
    if seat is None:
        says = _(
            "The seat must be a number from %(least)s to %(most)s, or empty.",
            least=SEATS[0],
            most=SEATS[-1],
        )
        line.wrong("seat_unread", line.heading("seat"), says)
    return seat


def _read_number(line: Line) -> str | None:
    text = compact(line.text("number"))
    if text in FILLERS:
        return None
    fault = number_fault(text)
    if fault:
        line.wrong(fault[0], line.heading("number"), fault[1])
        return None
    return text


# Doubles


def _tell_doubles(lines: Sequence[Line]) -> None:
    """Tell each of the rows that may not stand beside one another; one such fault a row."""
    told: set[int] = set()
    for group in _alike(lines, _person):
        if not _told_apart(group):
            says = _(
                "The same class and name stand in row %(rows)s. Delete the row that is too much, "
                "or give both pupils a seat or a number."
            )
            _tell(group, told, "pupil_twice", "name", says)
    for group in _alike(lines, lambda line: line.number and line.number.lower()):
        says = _("The same number stands in row %(rows)s. Each pupil needs an own one.")
        _tell(group, told, "number_twice", "number", says)
    for group in _alike(lines, _place):
        says = _("The same seat of this class stands in row %(rows)s. Mend one of them.")
        _tell(group, told, "seat_twice", "seat", says)


def _alike(lines: Iterable[Line], key: Callable[[Line], Hashable]) -> Iterator[list[Line]]:
    groups: dict[Hashable, list[Line]] = defaultdict(list)
    for line in lines:
        if found := key(line):
            groups[found].append(line)
    return (group for group in groups.values() if len(group) > 1)


def _person(line: Line) -> Hashable:
    complete = line.name and line.grade and line.class_number
    return (line.grade, line.class_number, line.name) if complete else None


def _place(line: Line) -> Hashable:
    complete = line.seat and line.grade and line.class_number
    return (line.grade, line.class_number, line.seat) if complete else None


def _told_apart(group: Sequence[Line]) -> bool:
    """Whether all have numbers, or all have seats, and no two the same."""
    numbers, seats = {line.number for line in group}, {line.seat for line in group}
    return any(None not in given and len(given) == len(group) for given in (numbers, seats))


def _tell(group: Sequence[Line], told: set[int], code: str, column: str, says: str) -> None:
    """Add the fault to each line of the group that has none of its kind; `says` has `rows`."""
    for line in group:
        if line.row.number not in told:
            others = [other.row.number for other in group[:4] if other is not line][:3]
            rows = "、".join(map(str, others))
            line.wrong(code, line.heading(column), says % {"rows": rows})
    told |= {line.row.number for line in group}
