"""OneRoster files: what is read, and each fault with its code, file and row."""

import io
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from quizapp.core.sheets import Unreadable
from quizapp.rosters import oneroster
from quizapp.rosters.class_lists import ClassList, Listed
from quizapp.rosters.oneroster import OneRoster
from quizapp.rosters.oneroster_fields import FILES, TABLES, VERSIONS
from quizapp.rosters.oneroster_pupils import pupils_of
from tests.oneroster import CODE, SCHOOL_YEAR, Rows, files, manifest, read, sample, texts, zipped

Tables = dict[str, Rows]


def pupils(zipped: OneRoster, code: str = CODE) -> ClassList:
    return pupils_of(zipped, code, school_year=SCHOOL_YEAR)


def changed(version: str, change: Callable[[Tables], object]) -> OneRoster:
    """Return what is read when the files were changed; the manifest names those that are left."""
    tables = files(version)
    change(tables)
    return read(zipped(texts(version, tables, manifest(version, tables))))


def told(found: OneRoster) -> list[tuple[str, str, int]]:
    return [(fault.code, fault.column, fault.row) for fault in found.faults]


def put(file: str, index: int, **values: str) -> Callable[[Tables], object]:
    return lambda tables: tables[file][index].update(values)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_pupils_of_a_school_are_listed_with_the_class_of_this_year(version: str) -> None:
    found = read(sample(version))

    assert found.faults == ()
    assert found.schools == (CODE, "9901020001")
    listed = pupils(found)
    assert listed.pupils == (
        Listed(2, "林兰", 7, 1, None, "2026001"),
        Listed(3, "欧阳娜娜", 7, 2, None, None),
        Listed(4, "Ada Lovelace", 7, 2, None, "A-17"),
    )
    assert listed.faults == ()
    assert "1 pupils have classes in other school years" in listed.notes[-1]
    assert [one.name for one in pupils(found, "9901020001").pupils] == ["梅雪"]


def test_a_mark_at_the_beginning_of_a_file_is_no_part_of_it() -> None:
    tables = files("1.2")
    named = texts("1.2", tables, manifest("1.2", tables))

    found = read(zipped({name: f"\ufeff{text}" for name, text in named.items()}))

    assert found.faults == ()
    assert len(pupils(found).pupils) == 3


def test_our_own_columns_give_seat_and_the_name_as_it_is_written() -> None:
    def change(tables: Tables) -> None:
        tables["users"][0]["metadata.fullName"] = "阿依古丽·买买提"
        tables["enrollments"][0]["metadata.seat"] = "17"

    (lan, *_others) = pupils(changed("1.2", change)).pupils

    assert (lan.name, lan.seat) == ("阿依古丽·买买提", 17)


# Faults of cells: file, index of the row, what is changed, code, field. Row 2 is the first.
CELLS = [
    ("users", 0, {"username": ""}, "OR-203", "username"),
    ("orgs", 1, {"name": ""}, "OR-203", "name"),
    ("users", 0, {"sourcedId": "u lan"}, "OR-204", "sourcedId"),
    ("classes", 0, {"sourcedId": "七一"}, "OR-204", "sourcedId"),
    ("classes", 1, {"sourcedId": "k-71"}, "OR-205", "sourcedId"),
    ("classes", 0, {"courseSourcedId": "c-9"}, "OR-206", "courseSourcedId"),
    ("classes", 1, {"termSourcedIds": "t1,t9"}, "OR-206", "termSourcedIds"),
    ("orgs", 1, {"parentSourcedId": "d-9"}, "OR-206", "parentSourcedId"),
    ("enrollments", 0, {"userSourcedId": "u-9"}, "OR-206", "userSourcedId"),
    ("users", 0, {"agentSourcedIds": "u-9"}, "OR-206", "agentSourcedIds"),
    ("users", 0, {"enabledUser": "TRUE"}, "OR-207", "enabledUser"),
    ("orgs", 1, {"type": "School"}, "OR-207", "type"),
    ("classes", 0, {"classType": "class"}, "OR-207", "classType"),
    ("academicSessions", 0, {"startDate": "2026/9/1"}, "OR-208", "startDate"),
    ("academicSessions", 0, {"startDate": "2026-02-30"}, "OR-208", "startDate"),
    ("academicSessions", 0, {"startDate": "20260901"}, "OR-208", "startDate"),
    ("academicSessions", 0, {"schoolYear": "26"}, "OR-208", "schoolYear"),
    ("enrollments", 0, {"beginDate": "1.9.2026"}, "OR-208", "beginDate"),
    ("users", 0, {"status": "active"}, "OR-209", "status"),
    ("users", 5, {"status": "tobedeleted"}, "OR-209", "status"),
    ("users", 5, {"dateLastModified": "2026-09-01T00:00:00.000Z"}, "OR-209", "dateLastModified"),
    ("academicSessions", 1, {"endDate": "2026-08-31"}, "OR-211", "endDate"),
    ("classes", 0, {"schoolSourcedId": "d-1"}, "OR-212", "schoolSourcedId"),
    ("enrollments", 0, {"schoolSourcedId": "s-2"}, "OR-214", "schoolSourcedId"),
    ("orgs", 1, {"name": "榆树\n中学"}, "OR-213", ""),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("file", "index", "change", "code", "field"), CELLS)
def test_a_fault_of_a_cell_is_told_with_file_row_and_field(
    version: str, file: str, index: int, change: dict[str, str], code: str, field: str
) -> None:
    found = changed(version, put(file, index, **change))

    column = f"{file}.csv: {field}" if field else f"{file}.csv"
    assert (code, column, index + 2) in told(found)
    assert not any(fault.code in fault.says for fault in found.faults), "it stands beside"


def test_each_version_has_its_own_roles() -> None:
    assert ("OR-207", "users.csv: role", 5) in told(changed("1.1", put("users", 3, role="staff")))
    assert ("OR-207", "roles.csv: role", 5) in told(changed("1.2", put("roles", 3, role="staff")))
    assert changed("1.2", put("roles", 3, role="ext:staff")).faults == ()
    assert told(changed("1.1", put("users", 3, role="ext:staff")))


def test_all_faults_are_told_at_once() -> None:
    def change(tables: Tables) -> None:
        tables["users"][0]["username"] = ""
        tables["classes"][1]["courseSourcedId"] = "c-9"
        tables["orgs"][0]["type"] = "place"

    assert told(changed("1.2", change)) == [
        ("OR-206", "classes.csv: courseSourcedId", 3),
        ("OR-207", "orgs.csv: type", 2),
        ("OR-203", "users.csv: username", 2),
    ]


def test_a_row_with_a_fault_takes_only_its_own_pupil_out() -> None:
    listed = pupils(changed("1.2", put("users", 0, username="")))

    assert [one.name for one in listed.pupils] == ["欧阳娜娜", "Ada Lovelace"]
    assert [fault.code for fault in listed.faults] == ["OR-203"]


def test_a_class_with_a_fault_leaves_its_pupils_without_one() -> None:
    listed = pupils(changed("1.2", put("classes", 1, courseSourcedId="c-9")))

    assert [one.name for one in listed.pupils] == ["林兰"]
    assert [fault.code for fault in listed.faults] == ["OR-206", "OR-304", "OR-304"]


# Faults of the manifest and of the files: nobody is read.


Change = Callable[[dict[str, str]], object]
"""Of the texts of the files, by their names."""


def without(name: str) -> Change:
    return lambda named: named.pop(name)


def extra(name: str) -> Change:
    return lambda named: named.update({name: "x"})


def rewrite(name: str, old: str, new: str) -> Change:
    def change(named: dict[str, str]) -> None:
        assert old in named[name]
        named[name] = named[name].replace(old, new, 1)

    return change


def in_manifest(name: str, value: str) -> Change:
    def change(named: dict[str, str]) -> None:
        named["manifest.csv"] = re.sub(rf"{name},.*\r", f"{name},{value}\r", named["manifest.csv"])

    return change


def both(first: Change, second: Change) -> Change:
    return lambda named: (first(named), second(named))


WHOLE = [
    (without("manifest.csv"), "OR-101", "manifest.csv"),
    (extra("list/users.csv"), "OR-102", "manifest.csv"),
    (extra("../users.csv"), "OR-102", "manifest.csv"),
    (extra("C:\\users.csv"), "OR-102", "manifest.csv"),
    (extra("Users.csv"), "OR-103", "manifest.csv"),
    (extra("more.zip"), "OR-103", "manifest.csv"),
    (extra("demographics.csv"), "OR-105", "demographics.csv"),
    (without("users.csv"), "OR-106", "users.csv"),
    (in_manifest("file.demographics", "bulk"), "OR-106", "demographics.csv"),
    (both(without("users.csv"), in_manifest("file.users", "absent")), "OR-108", "users.csv"),
    (in_manifest("file.users", "delta"), "OR-109", "users.csv"),
    (rewrite("manifest.csv", "propertyName", "name"), "OR-111", "manifest.csv"),
    (rewrite("manifest.csv", "file.users,bulk", "file.orgs,bulk"), "OR-112", "manifest.csv"),
    (rewrite("manifest.csv", "file.results", "file.marks"), "OR-112", "manifest.csv: file.marks"),
    (in_manifest("oneroster.version", "1.0"), "OR-113", "manifest.csv: oneroster.version"),
    (in_manifest("manifest.version", "2"), "OR-113", "manifest.csv: manifest.version"),
    (in_manifest("file.users", "Bulk"), "OR-113", "manifest.csv: file.users"),
    (rewrite("users.csv", "sourcedId,status", "status,sourcedId"), "OR-201", "users.csv"),
    (rewrite("users.csv", "username", "userName"), "OR-201", "users.csv"),
    (rewrite("orgs.csv", "parentSourcedId", "parentSourcedId,colour"), "OR-201", "orgs.csv"),
]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("change", "code", "column"), WHOLE)
def test_files_that_make_no_whole_are_told_and_nobody_is_read(
    version: str, change: Change, code: str, column: str
) -> None:
    tables = files(version)
    named = texts(version, tables, manifest(version, tables))
    change(named)

    found = read(zipped(named))

    assert (code, column) in {(fault.code, fault.column) for fault in found.faults}
    assert pupils(found).pupils == ()


@pytest.mark.parametrize(
    "headings",
    [
        rewrite("users.csv", "username", "userName"),
        rewrite("orgs.csv", "parentSourcedId", "parentSourcedId,colour"),
        rewrite("users.csv", "email,sms", "sms,email"),
        rewrite("users.csv", ",sms", ""),
    ],
    ids=["misspelt", "one too many", "another order", "one missing"],
)
def test_wrong_headings_hide_no_fault_of_the_rows(headings: Change) -> None:
    def spoil(tables: Tables) -> None:
        tables["classes"][0]["classCode"] = tables["classes"][0]["title"] = "?"
        tables["enrollments"][0]["role"] = "pupil"

    tables = files("1.2")
    spoil(tables)
    named = texts("1.2", tables, manifest("1.2", tables))
    rows = {(f.code, f.column, f.row) for f in pupils(read(zipped(named))).faults}
    headings(named)

    listed = pupils(read(zipped(named)))

    told = {(fault.code, fault.column, fault.row) for fault in listed.faults}
    assert {code for code, _column, _row in rows} >= {"OR-207", "OR-303"}
    assert {fault for fault in told if fault[0] != "OR-201"} == rows
    assert len(told) == len(rows) + 1
    assert listed.pupils == ()


def test_a_file_that_lies_in_the_zip_twice_is_told() -> None:
    out = io.BytesIO(sample("1.2"))
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(out, "a") as archive:
        archive.writestr("orgs.csv", "x")

    assert "OR-104" in {fault.code for fault in read(out.getvalue()).faults}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "OR-202"),
        (b"\r\n", "OR-202"),
        ("姓名,班级\r\n".encode("gb18030"), "OR-107"),
        (b'sourcedId,"' + b"x" * 200_000, "OR-107"),
        (b"x,y\r\n" * 50_001, "OR-107"),
    ],
    ids=["empty", "blank", "not UTF-8", "a cell without end", "too many rows"],
)
def test_a_file_that_cannot_be_read_is_told_by_name(text: bytes, code: str) -> None:
    tables = files("1.2")
    named: dict[str, Any] = dict(texts("1.2", tables, manifest("1.2", tables)))

    found = read(zipped(named | {"courses.csv": text}))

    assert (code, "courses.csv") in {(fault.code, fault.column) for fault in found.faults}


def test_a_file_without_rows_and_a_row_with_too_many_cells_are_told() -> None:
    tables = files("1.1")
    named = texts("1.1", tables, manifest("1.1", tables))
    named["courses.csv"] = named["courses.csv"].splitlines(keepends=True)[0]
    named["orgs.csv"] = named["orgs.csv"].replace("北区,district,,", "北,区,district,,,,more")

    found = {(fault.code, fault.column) for fault in read(zipped(named)).faults}

    assert {("OR-202", "courses.csv"), ("OR-210", "orgs.csv")} <= found


def test_what_is_no_zip_file_is_no_list_of_faults() -> None:
    with pytest.raises(Unreadable, match="no zip file"):
        oneroster.read(b"sourcedId,status\r\n")


# The school, its classes and its pupils


def test_a_school_that_is_not_in_the_file_is_told_with_those_that_are() -> None:
    listed = pupils(read(sample("1.2")), "9901010009")

    (fault,) = listed.faults
    assert (fault.code, fault.column) == ("OR-301", "orgs.csv: identifier")
    assert f"{CODE}、9901020001" in fault.says


def test_a_school_may_be_known_by_its_sourced_id_and_stands_once() -> None:
    def rename(tables: Tables) -> None:
        tables["orgs"][2] |= {"identifier": "7"}
        tables["orgs"].append(
            {"sourcedId": "9901030001", "name": "柳树中学", "type": "school", "identifier": ""}
        )

    assert changed("1.2", rename).schools == (CODE, "9901030001")
    twice = changed("1.2", put("orgs", 2, identifier=CODE))
    assert [fault.code for fault in pupils(twice).faults] == ["OR-302"]


@pytest.mark.parametrize(
    ("change", "code", "column", "row"),
    [
        (put("classes", 0, classCode="A", title="花园"), "OR-303", "classes.csv: classCode", 2),
        (put("classes", 2, classType="homeroom"), "OR-305", "users.csv", 2),
        (put("users", 0, grades="KG"), "OR-306", "users.csv: grades", 2),
        (put("users", 0, grades="08"), "grades_differ", "users.csv: grades", 2),
        (put("users", 0, familyName="林1"), "name_signs", "users.csv: familyName, givenName", 2),
        (put("users", 0, identifier="99010120140101001X"), "number_identity",
         "users.csv: identifier", 2),
    ],
)  # fmt: skip
def test_what_a_school_cannot_be_meant_by_is_told(
    change: Callable[[Tables], object], code: str, column: str, row: int
) -> None:
    listed = pupils(changed("1.2", change))

    assert (code, column, row) in [(f.code, f.column, f.row) for f in listed.faults]
    assert row not in [one.row for one in listed.pupils] or column.startswith("classes")


def test_a_pupil_in_no_class_is_told_and_one_who_moved_sits_where_no_end_is_set() -> None:
    def alone(tables: Tables) -> None:
        tables["enrollments"] = [
            row for row in tables["enrollments"] if row["userSourcedId"] != "u-ada"
        ]

    def move(tables: Tables) -> None:
        old = tables["enrollments"][0]
        old["endDate"] = "2026-10-01"
        tables["enrollments"].append(
            old | {"sourcedId": "e-x", "classSourcedId": "k-72", "endDate": ""}
        )

    assert [(f.code, f.row) for f in pupils(changed("1.2", alone)).faults] == [("OR-304", 4)]
    assert pupils(changed("1.2", move)).pupils[0].class_number == 2


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0702", 2),
        ("7.2", 2),
        ("七年级2班", 2),
        ("初一(2)班", 2),
        ("2026级12班", 12),
        ("Class 3", 3),
    ],
)
def test_the_number_of_a_class_is_found_in_the_usual_wordings(written: str, number: int) -> None:
    found = changed("1.2", put("classes", 0, classCode="", title=written))

    assert pupils(found).pupils[0].class_number == number


def test_the_tables_hold_what_the_standard_says() -> None:
    headings = {file: ",".join(f.name for f in fields) for file, fields in TABLES["1.2"].items()}

    assert headings["orgs"] == (
        "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId"
    )
    assert headings["roles"] == (
        "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,"
        "orgSourcedId,userProfileSourcedId"
    )
    assert (len(FILES["1.1"]), len(FILES["1.2"])) == (13, 21)
    required = {f.name for f in TABLES["1.1"]["users"] if f.required}
    assert required == set(
        "sourcedId enabledUser orgSourcedIds role username givenName familyName".split()
    )
