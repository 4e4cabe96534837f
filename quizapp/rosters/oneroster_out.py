"""Writes the roster of schools as a OneRoster CSV zip, version 1.1 or 1.2, as bulk files.

Of a pupil it holds name, number, sign-in name, grade, class and seat: no secret, no birthday, no
parent. The file leaves the school: whose name was refused is left out, and who is under 14 and
whose guardian has not said yes.
"""

import io
import zipfile
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVarTuple
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from quizapp.accounts.models import Enrolment, Pupil
from quizapp.accounts.names import UNNAMED, may_leave
from quizapp.core.sheets import csv_text
from quizapp.orgs import actions as orgs
from quizapp.orgs import queries
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import Stage, UnitKind
from quizapp.rosters.cells import ANY_HANZI
from quizapp.rosters.oneroster_fields import FILES, FULL_NAME, MANIFEST, NEEDED, SEAT, TABLES

Values = Mapping[str, object]
"""A row by the names of its fields; what is missing is empty."""

ORG_TYPES: Final = {
    UnitKind.NATION: "national",
    UnitKind.PROVINCE: "state",
    UnitKind.CITY: "local",
    UnitKind.DISTRICT: "district",
    UnitKind.SCHOOL: "school",
}
TWO_SIGNS: Final = frozenset(
    """欧阳 上官 司马 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙
    司徒 司空 夏侯 端木 轩辕 百里 东郭 南宫 呼延 澹台 公冶 宗政
    濮阳 淳于 单于 太叔 申屠 仲孙 钟离 鲜于 闾丘 赫连 独孤 拓跋""".split()
)
NO_NAME: Final = "."  # The standard wants both names; some people have one.


@dataclass(frozen=True)
class Going:
    """How many pupils a file holds, and how many it leaves out: a no was said, or nothing yet."""

    pupils: int
    refused: int
    unasked: int


@dataclass(frozen=True)
class Written:
    raw: bytes
    going: Going


def write(session: Session, of: Unit, *, version: str, school_year: int) -> Written:
    """Return the schools at and beneath the unit with the classes and pupils of the school year."""
    schools = list(queries.schools_beneath(session, of).values())
    classes = _classes(session, of, school_year)
    named = [
        (pupil, sits)
        for pupil, sits in _seated(session, of, school_year)
        if may_leave(pupil.consent, sits.school_class.grade)
    ]
    tables: dict[str, Iterator[Values]] = {
        "orgs": _orgs(session, schools),
        "academicSessions": _sessions(school_year),
        "courses": _courses(schools, classes),
        "classes": _class_rows(schools, classes),
        "users": _users(schools, named),
        "roles": _roles(schools, named),
        "enrollments": _enrollments(schools, named),
    }
    written = {file: list(tables[file]) for file in NEEDED[version]}
    # A file without rows is not permitted, so a school without pupils has fewer files.
    files = {file: _csv(file, version, rows) for file, rows in written.items() if rows}
    zipped = _zipped({MANIFEST: _manifest(version, files), **files})
    return Written(zipped, going(session, of, school_year=school_year))


def going(session: Session, of: Unit, *, school_year: int) -> Going:
    """Count who would be in the file, and who not."""
    words = select(Pupil.consent, SchoolClass.grade, func.count())
    counts: Counter[str] = Counter()
    for consent, grade, pupils in session.execute(
        _today(words, of, school_year).group_by(Pupil.consent, SchoolClass.grade)
    ):
        goes = may_leave(consent, grade)
        counts["pupils" if goes else "refused" if consent in UNNAMED else "unasked"] += pupils
    return Going(counts["pupils"], counts["refused"], counts["unasked"])


# What is written


Seated = tuple[Pupil, Enrolment]
Wanted = TypeVarTuple("Wanted")


def _classes(session: Session, of: Unit, school_year: int) -> Sequence[SchoolClass]:
    return session.scalars(
        select(SchoolClass)
        .join(Unit, Unit.id == SchoolClass.unit_id)
        .where(Unit.path.startswith(of.path, autoescape=True))
        .where(SchoolClass.school_year == school_year)
        .order_by(Unit.path)
    ).all()


def _seated(session: Session, of: Unit, school_year: int) -> list[Seated]:
    """Return the pupils with their open enrolments, by class and seat."""
    wanted = _today(select(Pupil, Enrolment), of, school_year)
    rows = session.execute(wanted.order_by(Unit.path, Enrolment.seat, Pupil.name, Pupil.id))
    return [(pupil, sits) for pupil, sits in rows]


def _today(wanted: Select[*Wanted], of: Unit, school_year: int) -> Select[*Wanted]:
    """Look at the pupils who sit in a class of the year at or beneath the unit."""
    return (
        wanted.select_from(Pupil)
        .join(
            Enrolment,
            (Enrolment.school_id == Pupil.school_id) & (Enrolment.pupil_id == Pupil.id),
        )
        .join(Enrolment.school_class)
        .join(Unit, Unit.id == SchoolClass.unit_id)
        .where(Unit.path.startswith(of.path, autoescape=True))
        .where(SchoolClass.school_year == school_year)
        .where(Enrolment.until_on.is_(None), Pupil.erased_at.is_(None))
    )


def _orgs(session: Session, schools: Sequence[Unit]) -> Iterator[Values]:
    """Give the schools, and before them the units right above: what is pointed to must be there."""
    above = {school.parent_id for school in schools if school.parent_id}
    parents = session.scalars(select(Unit).where(Unit.id.in_(above)).order_by(Unit.path)).all()
    codes = {parent.id: parent.code for parent in parents}
    for unit in (*parents, *schools):
        yield {
            "sourcedId": unit.code, "name": unit.name, "type": ORG_TYPES[unit.kind],
            "identifier": unit.code,
            "parentSourcedId": codes.get(unit.parent_id, "") if unit.parent_id else "",
        }  # fmt: skip


def _sessions(school_year: int) -> Iterator[Values]:
    """Give the school year; the standard names it by its end, and ends it with the day after."""
    yield {
        "sourcedId": _year_id(school_year), "title": f"{school_year}–{school_year + 1}学年",
        "type": "schoolYear", "startDate": f"{school_year}-09-01",
        "endDate": f"{school_year + 1}-09-01", "schoolYear": school_year + 1,
    }  # fmt: skip


def _courses(schools: Sequence[Unit], classes: Sequence[SchoolClass]) -> Iterator[Values]:
    """Give one for each grade: the standard wants a course to each class, schools have none."""
    codes = _codes(schools)
    grades = {(one.school_id, one.school_year, one.stage, one.grade): one for one in classes}
    for one in grades.values():
        yield {
            "sourcedId": _course_id(codes[one.school_id], one),
            "schoolYearSourcedId": _year_id(one.school_year),
            "title": orgs.class_name(one.stage, one.grade, 0).removesuffix("0班"),
            "grades": f"{one.grade:02d}", "orgSourcedId": codes[one.school_id],
        }  # fmt: skip


def _class_rows(schools: Sequence[Unit], classes: Sequence[SchoolClass]) -> Iterator[Values]:
    codes = _codes(schools)
    for one in classes:
        yield {
            "sourcedId": one.unit.code, "title": one.unit.name, "grades": f"{one.grade:02d}",
            "courseSourcedId": _course_id(codes[one.school_id], one),
            "classCode": f"{one.grade:02d}{one.number:02d}", "classType": "homeroom",
            "schoolSourcedId": codes[one.school_id], "termSourcedIds": _year_id(one.school_year),
        }  # fmt: skip


def _users(schools: Sequence[Unit], seated: Sequence[Seated]) -> Iterator[Values]:
    """Give the pupils with the fields of both versions; each version takes its own."""
    codes = _codes(schools)
    for pupil, sits in seated:
        family, given = parted(pupil.name)
        yield {
            "sourcedId": pupil.id, "enabledUser": "true",
            "orgSourcedIds": codes[pupil.school_id], "role": "student", "username": pupil.login,
            "givenName": given, "familyName": family, "identifier": pupil.number,
            "grades": f"{sits.school_class.grade:02d}",
            "primaryOrgSourcedId": codes[pupil.school_id], FULL_NAME: pupil.name,
        }  # fmt: skip


def _roles(schools: Sequence[Unit], seated: Sequence[Seated]) -> Iterator[Values]:
    codes = _codes(schools)
    for pupil, _sits in seated:
        yield {
            "sourcedId": f"{pupil.id}-student", "userSourcedId": pupil.id, "roleType": "primary",
            "role": "student", "orgSourcedId": codes[pupil.school_id],
        }  # fmt: skip


def _enrollments(schools: Sequence[Unit], seated: Sequence[Seated]) -> Iterator[Values]:
    codes = _codes(schools)
    for pupil, sits in seated:
        yield {
            "sourcedId": sits.id, "classSourcedId": sits.school_class.unit.code,
            "schoolSourcedId": codes[pupil.school_id], "userSourcedId": pupil.id,
            "role": "student", SEAT: sits.seat,
        }  # fmt: skip


def parted(name: str) -> tuple[str, str]:
    """Return family name and given name: 王 小青, 欧阳 娜娜, Lovelace Ada.

    Only for others to sort by: we read the whole name again from our own column.
    """
    if "·" in name or not ANY_HANZI.search(name):
        given, sign, family = name.partition("·") if "·" in name else name.rpartition(" ")
        return (family, given) if sign else (name, NO_NAME)
    signs = 2 if len(name) > 2 and name[:2] in TWO_SIGNS else 1
    return name[:signs], name[signs:] or NO_NAME


def _codes(schools: Sequence[Unit]) -> dict[UUID, str]:
    return {school.id: school.code for school in schools}


def _year_id(school_year: int) -> str:
    return f"year-{school_year}"


def _course_id(school_code: str, one: SchoolClass) -> str:
    mark = "v" if one.stage is Stage.VOCATIONAL else ""
    return f"{school_code}-{one.school_year}-{mark}{one.grade:02d}"


# How it is written


EXTENSIONS: Final = {"users": (FULL_NAME,), "enrollments": (SEAT,)}


def _csv(file: str, version: str, rows: Sequence[Values]) -> bytes:
    """Return a file with all headings of the standard, in its order, and then our own."""
    header = [*(each.name for each in TABLES[version][file]), *EXTENSIONS.get(file, ())]
    made = csv_text(header, ([row.get(name) for name in header] for row in rows))
    return made.removeprefix(BOM_UTF8)  # Some readers take the mark for a part of the heading.


def _manifest(version: str, files: Mapping[str, bytes]) -> bytes:
    modes = ((f"file.{file}", "bulk" if file in files else "absent") for file in FILES[version])
    top = (("manifest.version", "1.0"), ("oneroster.version", version))
    source = (("source.systemName", "quizapp"), ("source.systemCode", ""))
    return csv_text(("propertyName", "value"), (*top, *modes, *source)).removeprefix(BOM_UTF8)


def _zipped(files: Mapping[str, bytes]) -> bytes:
    """Return the files at the top of a zip; the same files give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, raw in files.items():
            archive.writestr(zipfile.ZipInfo(f"{file}.csv"), raw, zipfile.ZIP_DEFLATED)
    return out.getvalue()
