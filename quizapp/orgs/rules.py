"""What is true of stages, grades and codes, whatever the database holds."""

import re
from enum import StrEnum


class UnitKind(StrEnum):
    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    DISTRICT = "district"
    SCHOOL = "school"
    CLASS = "class"


class Stage(StrEnum):
    """学段 of a class, not of its school: many schools have two."""

    PRIMARY = "primary"
    JUNIOR = "junior"
    SENIOR = "senior"
    VOCATIONAL = "vocational"


class Exclusion(StrEnum):
    """Why a pupil on the school's books need not take part."""

    SUSPENDED = "suspended"  # 休学
    GONE = "gone"  # 转出, still on the books.
    TAUGHT_AT_HOME = "taught_at_home"  # 送教上门
    ABROAD = "abroad"  # 境外就读
    OTHER = "other"


GRADES = {
    Stage.PRIMARY: range(1, 7),
    Stage.JUNIOR: range(7, 10),
    Stage.SENIOR: range(10, 13),
    Stage.VOCATIONAL: range(10, 13),
}
IN_SCOPE = {
    Stage.PRIMARY: (5, 6),
    Stage.JUNIOR: (7, 8, 9),
    Stage.SENIOR: (10, 11),
    Stage.VOCATIONAL: (10, 11),
}  # 适龄学生: grade 5 to senior 2 and the first two years of vocational schools.
BENEATH = {
    UnitKind.NATION: {UnitKind.PROVINCE},
    UnitKind.PROVINCE: {UnitKind.CITY},
    UnitKind.CITY: {UnitKind.DISTRICT, UnitKind.SCHOOL},
    UnitKind.DISTRICT: {UnitKind.SCHOOL},
    UnitKind.SCHOOL: {UnitKind.CLASS},
    UnitKind.CLASS: set[UnitKind](),
}


def fits(stage: Stage, grade: int) -> bool:
    """Whether there is such a grade in the stage."""
    return grade in GRADES[stage]


def next_grade(stage: Stage, grade: int) -> tuple[Stage, int] | None:
    """Return the stage and grade of the next school year; None after the last one.

    After the last grade of a stage it is the next stage, if the school has one: 九年一贯制 and
    完全中学.
    """
    if fits(stage, grade + 1):
        return stage, grade + 1
    onward = {Stage.PRIMARY: Stage.JUNIOR, Stage.JUNIOR: Stage.SENIOR}.get(stage)
    return (onward, grade + 1) if onward else None


def region_fault(kind: UnitKind, code: str) -> str | None:
    """Return what is wrong with the code of a region, or None: six digits as in GB/T 2260.

    The nation is "cn". A prefix that the standard does not use is an own code and stands.
    """
    if kind is UnitKind.NATION:
        return None if code == "cn" else "the code of the nation is cn"
    if not re.fullmatch(r"[0-9]{6}", code):
        return "a region has six digits (GB/T 2260 or an own code)"
    zeros = {UnitKind.PROVINCE: "0000", UnitKind.CITY: "00"}.get(kind, "")
    if not code.endswith(zeros):
        return f"the code of a {kind} ends in {zeros}"
    if kind is UnitKind.DISTRICT and code.endswith("00"):
        return "a code that ends in 00 is that of a city"
    return None


def school_fault(code: str) -> str | None:
    """Return what is wrong with a school's code, or None: 学校标识码 has ten digits."""
    return None if re.fullmatch(r"[0-9]{10}", code) else "a school has ten digits (学校标识码)"


def class_code(school_code: str, school_year: int, stage: Stage, grade: int, number: int) -> str:
    """Return school-year-number: "3302030001-2026-0703", a v before it in vocational classes."""
    mark = "v" if stage is Stage.VOCATIONAL else ""
    return f"{school_code}-{school_year}-{mark}{grade:02d}{number:02d}"
