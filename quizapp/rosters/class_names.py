"""What a cell of a class list says of grade and class: 七(1)班, 初二, 2026级, 701, Grade 5.

Values only; a wording that leaves two readings is refused.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from quizapp.orgs import rules
from quizapp.rosters.cells import FILLERS, compact, visible

GRADES = {stage.value: grades for stage, grades in rules.GRADES.items()}
"""The grades of each stage."""
SCHOOL_GRADES = range(1, 13)
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


@dataclass(frozen=True)
class School:
    """What the list may leave unsaid; the fields are the arguments of `read`."""

    stages: Collection[str] | None
    school_year: int | None
    default_grade: int | None
    default_class: int | None


def is_class(text: str) -> bool:
    """Whether a class name is understood, with or without a grade in it."""
    return class_parts(worded(text)) is not None


def class_parts(wording: str) -> tuple[str, int] | None:
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


def grades_meant(wording: str, stage: str | None, school: School) -> set[int]:
    """Return the grades that a wording may mean: none if it is no grade, several for 2026级."""
    found = GRADE_NAME.fullmatch(wording)
    if not found:
        return set()
    stage = stage_meant(found["stage"] or "") or stage
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


def stage_meant(word: str) -> str | None:
    return next((key for key, words in STAGE_WORDS.items() if word in words.split("|")), None)


def _counted(numeral: str) -> int:
    """Return the number that 12 or 十二 means."""
    if numeral.isdigit():
        return int(numeral)
    tens, ten, ones = numeral.rpartition("十")
    return (_digit(tens or "一") * 10 if ten else 0) + _digit(ones)


def _digit(sign: str) -> int:
    return "零一二三四五六七八九".index(sign or "零")


def worded(text: str) -> str:
    """Return a grade or class in the wording that the patterns know; "" for a filler like "/"."""
    wording = BLANK_BETWEEN_DIGITS.sub("-", visible(text))
    wording = compact(wording).lower().translate(ALIKE)
    wording = ENGLISH_CLASS.sub(r"\1班", ENGLISH_GRADE.sub(r"\1年级", wording))
    return "" if wording in FILLERS else wording
