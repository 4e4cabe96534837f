"""OneRoster files as another system writes them, to be changed by tests."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Final

from quizapp.core import parsing, sheets
from quizapp.rosters import oneroster
from quizapp.rosters.oneroster import OneRoster
from quizapp.rosters.oneroster_fields import FILES, NEEDED, TABLES

Rows = list[dict[str, str]]
CODE: Final = "9901010001"
SCHOOL_YEAR: Final = 2026

ORGS: Final = [
    {"sourcedId": "d-1", "name": "北区", "type": "district"},
    {"sourcedId": "s-1", "name": "榆树中学", "type": "school", "identifier": CODE,
     "parentSourcedId": "d-1"},
    {"sourcedId": "s-2", "name": "橡树中学", "type": "school", "identifier": "9901020001"},
]  # fmt: skip
SESSIONS: Final = [
    {"sourcedId": "y26", "title": "2026-2027", "type": "schoolYear", "startDate": "2026-09-01",
     "endDate": "2027-07-10", "schoolYear": "2027"},
    {"sourcedId": "t1", "title": "上学期", "type": "term", "startDate": "2026-09-01",
     "endDate": "2027-01-20", "parentSourcedId": "y26", "schoolYear": "2027"},
    {"sourcedId": "y25", "title": "2025-2026", "type": "schoolYear", "startDate": "2025-09-01",
     "endDate": "2026-07-10", "schoolYear": "2026"},
]  # fmt: skip
COURSES: Final = [
    {"sourcedId": "c-7", "title": "七年级", "orgSourcedId": "s-1", "schoolYearSourcedId": "y26"},
]
CLASSES: Final = [
    {"sourcedId": "k-71", "title": "七年级1班", "grades": "07", "courseSourcedId": "c-7",
     "classCode": "0701", "classType": "homeroom", "schoolSourcedId": "s-1",
     "termSourcedIds": "y26"},
    {"sourcedId": "k-72", "title": "Class 2", "grades": "07", "courseSourcedId": "c-7",
     "classType": "homeroom", "schoolSourcedId": "s-1", "termSourcedIds": "t1,y26"},
    {"sourcedId": "k-en", "title": "English", "grades": "07,08", "courseSourcedId": "c-7",
     "classCode": "EN-7", "classType": "scheduled", "schoolSourcedId": "s-1",
     "termSourcedIds": "t1"},
    {"sourcedId": "k-old", "title": "六年级1班", "grades": "06", "courseSourcedId": "c-7",
     "classType": "homeroom", "schoolSourcedId": "s-1", "termSourcedIds": "y25"},
    {"sourcedId": "k-oak", "title": "7.1", "courseSourcedId": "c-7", "classType": "homeroom",
     "schoolSourcedId": "s-2", "termSourcedIds": "y26"},
]  # fmt: skip
# Who, family name, given name, number, grades, role, school, classes.
PEOPLE: Final = [
    ("u-lan", "林", "兰", "2026001", "07", "student", "s-1", ("k-71", "k-en")),
    ("u-na", "欧阳", "娜娜", "", "7", "student", "s-1", ("k-72", "k-old")),
    ("u-ada", "Lovelace", "Ada", "A-17", "", "student", "s-1", ("k-72",)),
    ("u-chen", "陈", "老师", "", "", "teacher", "s-1", ("k-71",)),
    ("u-mei", "梅", "雪", "", "", "student", "s-2", ("k-oak",)),
    ("u-gone", "高", "飞", "", "07", "student", "s-1", ("k-old",)),
]


def files(version: str) -> dict[str, Rows]:
    """Return a faultless set of files, by name without ".csv"; each row by its fields."""
    users, roles, enrollments = [], [], []
    for who, family, given, number, grades, role, school, classes in PEOPLE:
        users.append(
            {"sourcedId": who, "enabledUser": "true", "orgSourcedIds": school, "role": role,
             "username": f"{who}@example.cn", "familyName": family, "givenName": given,
             "identifier": number, "grades": grades}
        )  # fmt: skip
        roles.append(
            {"sourcedId": f"r-{who}", "userSourcedId": who, "roleType": "primary", "role": role,
             "orgSourcedId": school}
        )  # fmt: skip
        enrollments += [
            {"sourcedId": f"e-{who}-{n}", "classSourcedId": k, "schoolSourcedId": school,
             "userSourcedId": who, "role": role}
            for n, k in enumerate(classes)
        ]  # fmt: skip
    made: dict[str, Sequence[Mapping[str, str]]] = {
        "orgs": ORGS, "academicSessions": SESSIONS, "courses": COURSES, "classes": CLASSES,
        "users": users, "roles": roles, "enrollments": enrollments,
    }  # fmt: skip
    return {name: [dict(row) for row in made[name]] for name in NEEDED[version]}


def manifest(version: str, present: Mapping[str, object]) -> dict[str, str]:
    """Return the manifest that names these files as bulk and all others as absent."""
    modes = {f"file.{f}": "bulk" if f in present else "absent" for f in FILES[version]}
    return {"manifest.version": "1.0", "oneroster.version": version, **modes}


def texts(version: str, tables: Mapping[str, Rows], told: Mapping[str, str]) -> dict[str, str]:
    """Return the CSV files by their names; `told` is the manifest."""
    rows = [("propertyName", "value"), *told.items()]
    made = {"manifest.csv": "".join(f"{name},{value}\r\n" for name, value in rows)}
    for file, lines in tables.items():
        header = [each.name for each in TABLES[version][file]]
        header += sorted({key for line in lines for key in line if key.startswith("metadata.")})
        cells = [header, *([line.get(name, "") for name in header] for line in lines)]
        made[f"{file}.csv"] = "".join(",".join(map(quoted, row)) + "\r\n" for row in cells)
    return made


def quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"' if set(text) & set(',"\r\n') else text


def zipped(named: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in named.items():
            archive.writestr(name, text)
    return out.getvalue()


def sample(version: str) -> bytes:
    """Return the faultless zip."""
    tables = files(version)
    return zipped(texts(version, tables, manifest(version, tables)))


def read(raw: bytes) -> OneRoster:
    """Read a zip as the site does, but without a child: nothing here is hostile."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        names = tuple(archive.namelist())
    found = parsing.unpack(raw, oneroster.WANTED)
    return oneroster.judged(
        sheets.Packed(
            names,
            {name: rows for name, (fault, rows) in found.items() if not fault},
            {name: fault for name, (fault, _rows) in found.items() if fault},
        )
    )
