"""Reads a class list as a school has it: any order of columns, titles above, sums below.

Values only: no database, no request, no clock. All faults are told at once, so that a school mends
its file once.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from quizapp.core.i18n import _
from quizapp.core.sheets import LOST_DIGITS, Row
from quizapp.orgs import rules

GRADES = {stage.value: grades for stage, grades in rules.GRADES.items()}
"""The grades of each stage."""
SCHOOL_GRADES = range(1, 13)

NAME_LENGTHS, SEATS, NUMBER_LENGTH = range(2, 41), range(1, 100), 20
# A younger grade has no forty classes: "71" is then 七(1)班 written short, and must not be guessed.
CLASSES, SENIOR_CLASSES = range(1, 41), range(1, 100)
HEADINGS_WITHIN = 15  # Rows; above them stand titles.

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
FILLERS = {"", "/", "\\", "-", "--", "—", "——", "无", "暂无", "空"}

IDENTITY = re.compile(
    r"(?:[GL]?[1-9]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]"
    r"|[GL]\d{17}[\dX]"
    r"|[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3})",
    re.IGNORECASE,
)
"""The shape of an ID card number, 18 or 15 signs, and of a 学籍号, which may hold one."""

NUMERAL = r"(?:\d{1,2}|[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])"
STAGE_WORDS = {
    "primary": "小学|小",
    "junior": "初级中学|初中|初",
    "senior": "高级中学|普通高中|普高|高中|高",
    "vocational": "中等职业|中职|职高|中专|技校|职",
}
# A digit right behind a digit, or 一 right behind 十, leaves two readings: such a name is refused.
GRADE = (
    f"(?P<stage>{'|'.join(STAGE_WORDS.values())})?"
    r"(?:(?P<entry>20\d\d|\d\d)级"
    r"|(?P<ordinal>\d{1,2}(?!\d)|十[一二]?(?![一二三四五六七八九])|[一二三四五六七八九])(?:年级?)?)"
)
GRADE_NAME = re.compile(GRADE)
ENGLISH_GRADE, ENGLISH_CLASS = re.compile(r"(?:grade|g)(\d{1,2})"), re.compile(r"class(\d{1,2})")
BLANK_BETWEEN_DIGITS = re.compile(r"(?<=\d)\s+(?=\d)")
ALIKE = str.maketrans("級【】[]〔〕—–－", "级()()()---")
PLAIN_CLASS = re.compile(rf"\(?(?P<number>{NUMERAL})\)?班?")
DIGIT_CLASS = re.compile(r"(?P<grade>\d{1,2})(?P<number>\d\d)班?")
FULL_CLASS = re.compile(
    rf"(?P<grade>{GRADE})-?(?:\((?P<inner>{NUMERAL})\)|(?P<number>{NUMERAL}))班?"
)

HANZI = "〇\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
ANY_HANZI = re.compile(f"[{HANZI}]")
# Blanks are single ones by then: runs of them would be searched again from each of their signs.
DOTS = re.compile(rf" ?[·‧•・∙⋅●]+ ?|(?<=[{HANZI}])[.。]+(?=[{HANZI}])")
BLANK_BY_HANZI = re.compile(rf" (?=[{HANZI}])|(?<=[{HANZI}]) ")
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]")
LOST_SIGNS = set("?□■�")  # What programs put where a character was lost.


Headings = Mapping[str, tuple[int, str]]
"""By key of HEADINGS: the column, from 0, and the heading as the file has it."""


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
class Fault:
    """What is wrong in a row, under which heading of the file, and what to do; "": no heading."""

    row: int
    column: str
    says: str
    code: str


@dataclass(frozen=True)
class ClassList:
    """The pupils without a fault, and all faults, both by row; notes say what was left out."""

    pupils: tuple[Listed, ...]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class School:
    """What the list may leave unsaid; the fields are the arguments of `read`."""

    stages: Collection[str] | None
    school_year: int | None
    default_grade: int | None
    default_class: int | None


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
    top = _heading_row(rows)
    if top is None:
        return ClassList((), (_no_headings(rows),))
    headings, doubles = _headings(rows[top])
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
    return COLUMNS.get(REMARK.sub("", _folded(text)).strip(":*"))


def _folded(text: str) -> str:
    return _compact(text).lower()


def _compact(text: str) -> str:
    """Return a cell without blanks, full-width letters, digits and brackets made plain."""
    return "".join(_visible(text).split())


def _visible(text: str) -> str:
    if text.isascii():  # Most cells of a long list are digits; nothing is to be done for them.
        return text
    return INVISIBLE.sub("", unicodedata.normalize("NFKC", text))


def _shown(text: str) -> str:
    """Return a cell for a sentence. What may be a phone or identity number is not repeated."""
    return "“…”" if re.search(r"\d{5}", text) else f"“{text[:20]}”"


def _heading_row(rows: Sequence[Row]) -> int | None:
    """Return the index of the row with most headings, a name's before all; None: there is none."""

    def worth(index: int) -> tuple[bool, int]:
        keys = {key for cell in rows[index].cells if (key := _heading_key(cell))}
        return "name" in keys, len(keys)

    best = max(range(min(len(rows), HEADINGS_WITHIN)), key=worth, default=None)
    return best if best is not None and worth(best)[1] else None


def _headings(row: Row) -> tuple[Headings, list[Fault]]:
    """Return column and heading for each key, and a fault for each key that stands twice."""
    found: dict[str, tuple[int, str]] = {}
    faults = []
    for column, text in enumerate(row.cells):
        key = _heading_key(text)
        if key in found:
            says = _(
                "“%(first)s” and “%(second)s” mean the same. Keep one of the columns; where pupils "
                "stand side by side, put them all beneath one another.",
                first=found[key][1],
                second=text,
            )
            faults.append(Fault(row.number, text, says, "column_twice"))
        elif key:
            found[key] = (column, text)
    return found, faults


def _no_headings(rows: Sequence[Row]) -> Fault:
    says = _(
        "No headings were found in the first %(count)s rows. Put a row above the pupils that says "
        "what each column is: 姓名, 年级, 班级, and if you have them 座号 and 学号.",
        count=HEADINGS_WITHIN,
    )
    return Fault(rows[0].number if rows else 1, "", says, "no_headings")


def _missing(top: Row, headings: Headings, below: Iterable[Row], school: School) -> Iterator[Fault]:
    """Give one fault if columns are missing that no default and no class name makes up for."""
    lacks = [] if "name" in headings else ["姓名"]
    if "class" not in headings and school.default_class is None:
        lacks.append("班级")
    if "grade" not in headings and school.default_grade is None:
        classes = [row.at(headings["class"][0]) for row in below] if "class" in headings else []
        if not any((parts := _class_parts(_wording(text))) and parts[0] for text in classes):
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
    given = [text for row in below if (text := _folded(row.at(column))) not in FILLERS]
    if not given or any(_seat(text) is None for text in given):
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
    columns = [cell for cell in top.cells if IDENTITY_HEADING.search(_folded(cell))]
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
    return ASIDE.match(_folded(first)) is not None


def _is_filled(row: Row, headings: Headings) -> bool:
    """Whether the row says anything of a pupil; the headings once more on a new page do not."""
    cells = {key: row.at(column) for key, (column, _heading) in headings.items()}
    again = all(_folded(cells[key]) == _folded(text) for key, (_column, text) in headings.items())
    return any(cells.values()) and not again


def _read_line(line: Line, school: School) -> None:
    line.name = _read_name(line)
    others = ("stage", "grade", "class", "seat", "number")
    alone = all(_compact(line.text(key)) in FILLERS for key in others)
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
    if fault:
        line.wrong(fault[0], line.heading("name"), fault[1])
        return None
    return name


def neat_name(text: str) -> str:
    """Return a name as it is kept: one middle dot "·", no blanks by hanzi, else single ones."""
    name = _visible(text).replace("’", "'")
    return DOTS.sub("·", BLANK_BY_HANZI.sub("", " ".join(name.split())))


def name_fault(name: str) -> tuple[str, str] | None:
    """Return code and sentence of what is wrong with a neat name, the most telling first."""
    if name in FILLERS:
        says = _("The name is missing. Fill it in, or clear the whole row.")
        return "name_missing", says
    if _heading_key(name) == "name":
        says = _(
            "Other headings begin here. Put the rows beneath into a file of their own, or into "
            "the same columns as above."
        )
        return "headings_again", says
    if any(sign in LOST_SIGNS or unicodedata.category(sign) == "Co" for sign in name):
        says = _(
            "The name holds a character that cannot be shown on other machines. Type it again "
            "with a current input method, or write it as the school roll does."
        )
        return "name_lost_character", says
    if not _is_name(name):
        says = _(
            "The name holds digits or signs. Leave only the name; two pupils of the same name "
            "are told apart by seat or number."
        )
        return "name_signs", says
    if len(name) not in NAME_LENGTHS:
        says = _(
            "The name must have %(least)s to %(most)s characters. Write it in full.",
            least=NAME_LENGTHS[0],
            most=NAME_LENGTHS[-1],
        )
        return "name_length", says
    return None


def _is_name(name: str) -> bool:
    """Whether it is letters, with middle dots between; Latin names have a few signs more."""
    between = "· " if ANY_HANZI.search(name) else "· '-."
    ends = _is_letter(name[0]) and (_is_letter(name[-1]) or name[-1] in between.strip("· '-"))
    return ends and all(_is_letter(sign) or sign in between for sign in name)


def _is_letter(sign: str) -> bool:
    # The rarest hanzi are younger than Python's tables, so their planes are let in as they are.
    return unicodedata.category(sign)[0] in "LM" or ANY_HANZI.match(sign) is not None


# Grade and class


def _grade_and_class(line: Line, school: School) -> tuple[int | None, int | None]:
    """Read both together, for a class name like 七(1)班 says both."""
    grade_text, class_text = _wording(line.text("grade")), _wording(line.text("class"))
    if not class_text:
        grade = _grade(line, {"grade": grade_text} if grade_text else {}, school)
        if school.default_class is None:
            says = _("The class is missing. Fill it in in each row, in joined cells as well.")
            line.wrong("class_missing", line.heading("class"), says)
        return grade, school.default_class
    parts = _class_parts(class_text)
    if parts is None:
        says = _(
            "%(text)s is not understood as a class. Write 七(1)班, or 1 with 七年级 as its grade.",
            text=_shown(class_text),
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


def is_class(text: str) -> bool:
    """Whether a class name is understood, with or without a grade in it."""
    return _class_parts(_wording(text)) is not None


def _class_parts(wording: str) -> tuple[str, int] | None:
    """Return what a class name says of the grade, "" for nothing, and the class's number."""
    if plain := PLAIN_CLASS.fullmatch(wording):
        return "", _counted(plain["number"])
    if digits := DIGIT_CLASS.fullmatch(wording):
        # 701 is 七(1)班, 1203 高三(3)班; 2401 is the first class of those who came in 2024.
        grade = int(digits["grade"])
        return f"{grade}{'年级' if grade in SCHOOL_GRADES else '级'}", int(digits["number"])
    if full := FULL_CLASS.fullmatch(wording):
        return full["grade"], _counted(full["inner"] or full["number"])
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
    stage = _stage(_compact(line.text("stage")))
    agreed = set(SCHOOL_GRADES)
    for column, wording in told.items():
        meant = _grades_meant(wording, stage, school)
        if not meant:
            says = _(
                "%(text)s is not understood as a grade. Write 五年级, 初二 or 高一, or 5, 8 or 10.",
                text=_shown(wording),
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
        texts = [_shown(wording) for wording in told.values()]
        says = _(
            "The grade says %(first)s, the class %(second)s. Mend the one that is wrong.",
            first=texts[0],
            second=texts[-1],
        )
        return "grades_differ", says
    if len(agreed) > 1:
        says = _(
            "%(text)s may be grade %(grades)s. Write 五年级, 初二 or 高一.",
            text=_shown(next(iter(told.values()))),
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


def _grades_meant(wording: str, stage: str | None, school: School) -> set[int]:
    """Return the grades that a wording may mean: none if it is no grade, several for 2026级."""
    found = GRADE_NAME.fullmatch(wording)
    if not found:
        return set()
    stage = _stage(found["stage"] or "") or stage
    if found["entry"]:
        return _grades_since(int(found["entry"]) % 100 + 2000, stage, school)
    ordinal = _counted(found["ordinal"])
    grades = GRADES[stage] if stage else SCHOOL_GRADES
    if ordinal in grades:
        return {ordinal}
    return {grades[ordinal - 1]} if 1 <= ordinal <= len(grades) else set()


def _grades_since(entry: int, stage: str | None, school: School) -> set[int]:
    """Return the grades in which those are who came to a stage in the September of `entry`."""
    if school.school_year is None:
        return set()
    passed = school.school_year - entry
    stages = {stage} if stage else school.stages or GRADES
    return {GRADES[each][passed] for each in stages if 0 <= passed < len(GRADES[each])}


def _stage(word: str) -> str | None:
    return next((key for key, words in STAGE_WORDS.items() if word in words.split("|")), None)


def _counted(numeral: str) -> int:
    """Return the number that 12 or 十二 means."""
    if numeral.isdigit():
        return int(numeral)
    tens, ten, ones = numeral.rpartition("十")
    return (_digit(tens or "一") * 10 if ten else 0) + _digit(ones)


def _digit(sign: str) -> int:
    return "零一二三四五六七八九".index(sign or "零")


def _wording(text: str) -> str:
    """Return a grade or class in the wording that the patterns know; "" for a filler like "/"."""
    wording = BLANK_BETWEEN_DIGITS.sub("-", _visible(text))
    wording = _compact(wording).lower().translate(ALIKE)
    wording = ENGLISH_CLASS.sub(r"\1班", ENGLISH_GRADE.sub(r"\1年级", wording))
    return "" if wording in FILLERS else wording


# Seat and number


def _read_seat(line: Line) -> int | None:
    text = _compact(line.text("seat"))
    if text in FILLERS:
        return None
    seat = _seat(text)
    if seat is None:
        says = _(
            "The seat must be a number from %(least)s to %(most)s, or empty.",
            least=SEATS[0],
            most=SEATS[-1],
        )
        line.wrong("seat_unread", line.heading("seat"), says)
    return seat


def _seat(text: str) -> int | None:
    found = re.fullmatch(r"(\d{1,3})号?", text, re.ASCII)
    return int(found[1]) if found and int(found[1]) in SEATS else None


def _read_number(line: Line) -> str | None:
    text = _compact(line.text("number"))
    if text in FILLERS:
        return None
    fault = number_fault(text)
    if fault:
        line.wrong(fault[0], line.heading("number"), fault[1])
        return None
    return text


def number_fault(text: str) -> tuple[str, str] | None:
    """Return code and sentence of what is wrong with a number; no sentence repeats any of it."""
    if text == LOST_DIGITS:
        says = _(
            "The spreadsheet program has cut the last digits of this long number. Use the number "
            "that the school gave, in a column formatted as text; no identity number."
        )
        return "number_lost_digits", says
    if IDENTITY.fullmatch(text.replace("-", "")):
        says = _(
            "This looks like an identity number, which is not stored here. Use the number that "
            "the school gave, or leave it empty."
        )
        return "number_identity", says
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*", text) or len(text) > NUMBER_LENGTH:
        says = _(
            "The number must have at most %(most)s letters, digits and hyphens.",
            most=NUMBER_LENGTH,
        )
        return "number_unread", says
    return None


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
