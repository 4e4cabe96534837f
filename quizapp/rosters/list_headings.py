"""The headings of a class list: which column is which, and what is missing."""

import re
from collections.abc import Iterable, Iterator, Sequence

from quizapp.core import headed
from quizapp.core.headed import Fault, Headings
from quizapp.core.i18n import _
from quizapp.core.sheets import Row
from quizapp.rosters.cells import FILLERS, SEATS, folded, seat_of
from quizapp.rosters.class_names import School, class_parts, worded

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


def heading_key(text: str) -> str | None:
    """Return the key of HEADINGS, None for any other heading."""
    return COLUMNS.get(REMARK.sub("", folded(text)).strip(":*"))


def no_headings(rows: Sequence[Row]) -> Fault:
    says = _(
        "No headings were found in the first %(count)s rows. Put a row above the pupils that says "
        "what each column is: 姓名, 年级, 班级, and if you have them 座号 and 学号.",
        count=headed.WITHIN,
    )
    return Fault(rows[0].number if rows else 1, "", says, "no_headings")


def missing(top: Row, headings: Headings, below: Iterable[Row], school: School) -> Iterator[Fault]:
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


def seats_for_numbers(headings: Headings, below: Iterable[Row]) -> tuple[Headings, tuple[str, ...]]:
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


def left_out(top: Row) -> tuple[str, ...]:
    columns = [cell for cell in top.cells if IDENTITY_HEADING.search(folded(cell))]
    if not columns:
        return ()
    says = _(
        "%(columns)s: not stored. Identity numbers are not needed here; better leave the column "
        "out of the file.",
        columns="、".join(columns),
    )
    return (says,)
