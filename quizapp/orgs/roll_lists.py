"""Reads a list of headcounts as a bureau has it: any order of columns, titles above, sums below.

Values only: no database, no request, no clock. All faults are told at once, so that an office mends
its file once.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from quizapp.core import headed
from quizapp.core.headed import Fault, Headings
from quizapp.core.i18n import _
from quizapp.core.sheets import Row
from quizapp.orgs.rules import GRADES, Exclusion, Stage, fits

MOST = 20_000  # Pupils of one grade of a school.

HEADINGS = {
    "school": "学校标识码 学校代码 学校编码 标识码 机构代码 学校编号 school schoolcode code",
    "name": "学校名称 学校 校名 单位名称 schoolname name",
    "stage": "学段 学段名称 stage",
    "grade": "年级 年级名称 grade",
    "pupils": "应参加人数 应参加 适龄学生数 适龄人数 人数 学生人数 学生数 pupils headcount",
    "along": "随班就读 随班就读人数 along learnsalong",
    Exclusion.SUSPENDED: "休学 休学人数 suspended",
    Exclusion.GONE: "转出 转出人数 gone transferredout",
    Exclusion.TAUGHT_AT_HOME: "送教上门 送教上门人数 送教 taughtathome",
    Exclusion.ABROAD: "境外就读 境外就读人数 境外 abroad",
    Exclusion.OTHER: "其他 其他人数 其他原因 其它 other",
}
"""The usual headings of each column, without blanks and in small letters."""
BLANK = (
    "学校标识码", "学校名称", "学段", "年级", "应参加人数", "随班就读",
    "休学", "转出", "送教上门", "境外就读", "其他",
)  # fmt: skip
"""The head of the list that an office is given to fill in."""

COLUMNS = {heading: key for key, usual in HEADINGS.items() for heading in usual.split()}
BY_THE_WAY = re.compile(r"\([^)]*\)|^其中|[:*_]")  # In a heading: 其中：随班就读（人）.
# Rows that are no headcounts: sums and signatures.
ASIDE = re.compile(
    "合计|总计|小计|共计|填表|填报|制表|审核|负责人|(?:说明|备注|注|note|日期|联系电话):"
)
SUM = re.compile("合计|总计|小计|共计|全校")
FILLERS = {"", "/", "-", "--", "—", "——", "无"}

STAGE_WORDS = {
    Stage.PRIMARY: "小学 小 primary",
    Stage.JUNIOR: "初级中学 初中 初 junior",
    Stage.SENIOR: "高级中学 普通高中 普高 高中 高 senior",
    Stage.VOCATIONAL: "中等职业学校 中等职业 中职 职高 中专 技校 职 vocational",
}
STAGES = {word: stage for stage, words in STAGE_WORDS.items() for word in words.split()}
NUMERALS = {sign: number for number, sign in enumerate("一二三四五六七八九十", start=1)} | {
    "十一": 11, "十二": 12,
}  # fmt: skip
GRADE = re.compile(
    rf"(?P<stage>{'|'.join(sorted(STAGES, key=len, reverse=True))}|grade)?"
    r"(?P<number>\d{1,2}|十[一二]?|[一二三四五六七八九])(?:年级)?"
)
COUNT = re.compile(r"(?P<number>\d{1,3}(?:,\d{3})+|\d+)[人名]?")

Counts = Mapping[tuple[UUID, Stage, int], int]
"""Pupils by school, stage and grade."""


@dataclass(frozen=True)
class Listed:
    """The headcount of a school, stage and grade as listed; `school` is its code."""

    row: int
    school: str
    stage: Stage
    grade: int
    pupils: int
    along: int
    excluded: Mapping[Exclusion, int]


@dataclass(frozen=True)
class RollList:
    """The headcounts without a fault and all faults, by row; codes of all schools that it names."""

    lines: tuple[Listed, ...]
    schools: tuple[str, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Shift:
    """A count that is not nearly what it was in the version before."""

    school: UUID
    stage: Stage
    grade: int
    before: int
    after: int


@dataclass(frozen=True)
class Differences:
    """What a list changes against the version before; schools by id."""

    new: frozenset[UUID]
    gone: frozenset[UUID]
    shifts: tuple[Shift, ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.shifts)

    @property
    def schools(self) -> frozenset[UUID]:
        return self.new | self.gone | {shift.school for shift in self.shifts}


@dataclass
class _Line:
    """A row while it is read."""

    row: Row
    headings: Headings
    faults: list[Fault] = field(default_factory=list)

    def text(self, key: str) -> str:
        text = _folded(self.row.at(self.headings[key][0])) if key in self.headings else ""
        return "" if text in FILLERS else text

    def wrong(self, code: str, key: str, says: str) -> None:
        heading = self.headings[key][1] if key in self.headings else ""
        self.faults.append(Fault(self.row.number, heading, says, code))

    def count(self, key: str) -> int:
        """Return the number in a column, 0 for nothing."""
        text = self.text(key)
        if not text:
            return 0
        found = COUNT.fullmatch(text)
        number = int(found["number"].replace(",", "")) if found else MOST + 1
        if number <= MOST:
            return number
        self.wrong(
            "no_count", key,
            _("“%(text)s” is no whole number from 0 to %(most)s.", text=text[:20], most=MOST),
        )  # fmt: skip
        return 0


def read(rows: Sequence[Row], *, schools: Mapping[str, str]) -> RollList:
    """Read a list; a fault never raises. `schools` are the names by code of those it may name.

    A row with a school and nothing else says that the school should join; its counts are to come.
    """
    top = headed.row_of(rows, _heading_key, least=2)
    if top is None:
        return RollList((), (), (_no_headings(rows),))
    twice = _("“%(first)s” and “%(second)s” mean the same. Keep one of the columns.")
    headings, faults = headed.columns(rows[top], _heading_key, twice=twice)
    faults += _missing(rows[top], headings)
    if faults:
        return RollList((), (), tuple(faults))
    codes = _codes(schools)
    listed: dict[tuple[str, Stage, int], Listed] = {}
    named: dict[str, None] = {}
    for row in rows[top + 1 :]:
        line = _Line(row, headings)
        if _is_aside(line):
            continue
        one = _read_line(line, schools, codes, named)
        if one and not line.faults:
            first = listed.setdefault((one.school, one.stage, one.grade), one)
            if first is not one:
                says = _(
                    "This school, stage and grade stand in row %(row)s already. Keep one of them.",
                    row=first.row,
                )
                line.wrong("twice", "grade", says)
        faults += line.faults
    if not named and not faults:
        faults = [Fault(rows[top].number, "", _("There is no school under the headings."), "empty")]
    return RollList(tuple(listed.values()), tuple(named), tuple(faults))


def count_fault(pupils: int, along: int) -> str | None:
    """Return what is wrong with a headcount, or None: who learns along is one of the pupils."""
    if along <= pupils:
        return None
    return _(
        "%(along)s learn along, but only %(pupils)s should take part. Count them among these.",
        along=along, pupils=pupils,
    )  # fmt: skip


def differences(before: Counts, after: Counts) -> Differences:
    """Return schools that came and went, and counts that changed by more than a tenth."""
    was, now = {key[0] for key in before}, {key[0] for key in after}
    shifts = [
        Shift(*key, before.get(key, 0), after.get(key, 0))
        for key in sorted(before.keys() | after.keys())
        if key[0] in was & now
        and abs(after.get(key, 0) - before.get(key, 0)) * 10 > before.get(key, 0)
    ]
    return Differences(frozenset(now - was), frozenset(was - now), tuple(shifts))


# Headings


def _folded(text: str) -> str:
    """Return a cell in small letters without blanks, full-width signs made plain."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return "".join(plain.split()).lower()


def _heading_key(text: str) -> str | None:
    return COLUMNS.get(BY_THE_WAY.sub("", _folded(text)))


def _no_headings(rows: Sequence[Row]) -> Fault:
    says = _(
        "No headings were found in the first %(count)s rows. Put a row above the counts that says "
        "what each column is: %(needed)s.",
        count=headed.WITHIN, needed="、".join(BLANK),
    )  # fmt: skip
    return Fault(rows[0].number if rows else 1, "", says, "no_headings")


def _missing(top: Row, headings: Headings) -> list[Fault]:
    lacks = [] if headings.keys() & {"school", "name"} else ["学校标识码"]
    lacks += [
        name for key, name in (("grade", "年级"), ("pupils", "应参加人数")) if key not in headings
    ]
    if not lacks:
        return []
    says = _(
        "There is no column for %(missing)s. Found: %(found)s. Add the column, or write the usual "
        "heading above it.",
        missing="、".join(lacks), found="、".join(heading for _at, heading in headings.values()),
    )  # fmt: skip
    return [Fault(top.number, "", says, "column_missing")]


# Rows


def _is_aside(line: _Line) -> bool:
    first = next((cell for cell in line.row.cells if cell), "")
    again = all(_folded(line.row.at(at)) == _folded(text) for at, text in line.headings.values())
    return again or bool(ASIDE.match(_folded(first))) or bool(SUM.match(line.text("grade")))


def _codes(schools: Mapping[str, str]) -> dict[str, str | None]:
    """Return the code of each name; None where two schools bear it."""
    codes: dict[str, str | None] = {}
    for code, name in schools.items():
        folded = _folded(name)
        codes[folded] = None if folded in codes else code
    return codes


def _read_line(
    line: _Line,
    schools: Mapping[str, str],
    codes: Mapping[str, str | None],
    named: dict[str, None],
) -> Listed | None:
    """Return the headcount of a row; None if it has a fault or only names a school."""
    school = _school(line, schools, codes)
    if school:
        named[school] = None
        if not any(
            line.text(key) for key in line.headings if key not in ("school", "name", "stage")
        ):
            return None
    where = _stage_and_grade(line)
    if not line.text("pupils"):
        line.wrong("no_count", "pupils", _("The number of pupils is missing; write 0 for none."))
    pupils, along = line.count("pupils"), line.count("along")
    excluded = {reason: count for reason in Exclusion if (count := line.count(reason))}
    if not line.faults and (says := count_fault(pupils, along)):
        line.wrong("along", "along", says)
    if school is None or where is None or line.faults:
        return None
    return Listed(line.row.number, school, *where, pupils, along, excluded)


def _school(line: _Line, schools: Mapping[str, str], codes: Mapping[str, str | None]) -> str | None:
    """Return the code of the row's school, which is told by its code or its name."""
    key = "school" if line.text("school") else "name"
    told = line.text(key)
    code = told if told in schools else codes.get(told)
    if code is None:
        line.wrong("no_school", key, _unknown(told, twice=told in codes))
    return code


def _unknown(told: str, *, twice: bool) -> str:
    if not told:
        return _("It is not said which school this is. Write its code or its name.")
    if twice:
        return _("Two schools are called %(name)s. Write the code of the one meant.", name=told)
    return _(
        "There is no school %(told)s beneath this unit. Check the code, or have the school put in.",
        told=told[:40],
    )


def _stage_and_grade(line: _Line) -> tuple[Stage, int] | None:
    """Return stage and grade 1–12. The grade tells the stage, but for senior and vocational."""
    told = STAGES.get(line.text("stage"))
    if line.text("stage") and told is None:
        says = _(
            "“%(text)s” is no stage. Write 小学, 初中, 高中 or 中职.", text=line.text("stage")[:20]
        )
        line.wrong("no_stage", "stage", says)
        return None
    found = GRADE.fullmatch(line.text("grade"))
    if found is None:
        says = _("“%(text)s” is no grade. Write 5, 五年级 or 初一.", text=line.text("grade")[:20])
        line.wrong("no_grade", "grade", says)
        return None
    by_name = STAGES.get(found["stage"] or "")
    number = NUMERALS.get(found["number"]) or int(found["number"])
    stage = told or by_name or _stage_of(number)
    if stage is None:
        line.wrong(
            "no_stage",
            "stage" if "stage" in line.headings else "grade",
            _(
                "Grade %(grade)s is senior or vocational. Write which, in a column 学段.",
                grade=number,
            ),
        )
        return None
    grade = number if fits(stage, number) else number + GRADES[stage][0] - 1
    # Vocational schools say 高一 too.
    alike = (stage, Stage.SENIOR if stage is Stage.VOCATIONAL else stage)
    if not fits(stage, grade) or (by_name and by_name not in alike):
        says = _("There is no grade %(grade)s in this stage.", grade=line.text("grade")[:20])
        line.wrong("no_grade", "grade", says)
        return None
    return stage, grade


def _stage_of(grade: int) -> Stage | None:
    """Return the only stage that has the grade; None if several have."""
    found = [stage for stage in Stage if fits(stage, grade)]
    return found[0] if len(found) == 1 else None
