"""Lists of headcounts: headings in any order and two languages, all faults at once."""

from uuid import UUID

import pytest

from quizapp.core.sheets import Row
from quizapp.orgs import roll_lists
from quizapp.orgs.roll_lists import BLANK, Differences, RollList, Shift, count_fault, differences
from quizapp.orgs.rules import Exclusion, Stage

SCHOOLS = {
    "9901010001": "榆树中学", "9901010002": "枫树小学", "9901020001": "橡树中学",
    "9901020002": "同名学校", "9901020003": "同名学校",
}  # fmt: skip


def listed(*rows: str) -> RollList:
    """Read rows written with | between their cells."""
    table = [Row(n, tuple(text.split("|"))) for n, text in enumerate(rows, start=1) if text]
    return roll_lists.read(table, schools=SCHOOLS)


def codes(found: RollList) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.column, fault.code) for fault in found.faults]


def test_a_list_with_titles_sums_and_signatures_is_read() -> None:
    found = listed(
        "青禾市应参加人数统计表",
        "",
        "|".join(BLANK),
        "9901010001|榆树中学|初中|七年级|1,020|3|2||1||",
        "9901010001|榆树中学|初中|初二|98人||||||",
        "9901010001|榆树中学|初中|小计|1118",
        "合计||||1118",
        "制表：某某|||2026年9月",
    )

    assert found.faults == ()
    assert found.schools == ("9901010001",)
    first, second = found.lines
    assert (first.row, first.stage, first.grade, first.pupils) == (4, Stage.JUNIOR, 7, 1020)
    assert (first.along, dict(first.excluded)) == (
        3, {Exclusion.SUSPENDED: 2, Exclusion.TAUGHT_AT_HOME: 1},
    )  # fmt: skip
    assert (second.grade, second.pupils, second.along, dict(second.excluded)) == (8, 98, 0, {})


def test_columns_stand_in_any_order_and_either_language() -> None:
    english = listed(
        "Pupils | Taught at home (送教) |Grade|School|Other|stage".replace(" |", "|"),
        "120|2|7|9901010001|1|junior",
    )
    chinese = listed("人数（人）|学校名称|年级|随班就读人数", "120|橡树中学|7|4")

    (one,), (other,) = english.lines, chinese.lines
    assert (one.school, one.grade, one.pupils) == ("9901010001", 7, 120)
    assert dict(one.excluded) == {Exclusion.TAUGHT_AT_HOME: 2, Exclusion.OTHER: 1}
    assert (other.school, other.stage, other.along) == ("9901020001", Stage.JUNIOR, 4)


@pytest.mark.parametrize(
    ("stage", "grade", "read"),
    [
        ("", "5", (Stage.PRIMARY, 5)),
        ("", "五年级", (Stage.PRIMARY, 5)),
        ("小学", "六", (Stage.PRIMARY, 6)),
        ("", "初一", (Stage.JUNIOR, 7)),
        ("初中", "二年级", (Stage.JUNIOR, 8)),
        ("", "初中九年级", (Stage.JUNIOR, 9)),
        ("", "高二", (Stage.SENIOR, 11)),
        ("高中", "10", (Stage.SENIOR, 10)),
        ("中职", "高一", (Stage.VOCATIONAL, 10)),
        ("", "职一", (Stage.VOCATIONAL, 10)),
        ("", "十二年级", None),
        ("", "10", None),
        ("初中", "5", None),
        ("初中", "小学五年级", None),
        ("大学", "1", None),
        ("", "13", None),
        ("", "2026级", None),
        ("", "", None),
    ],
)
def test_grades_are_written_in_many_ways(
    stage: str, grade: str, read: tuple[Stage, int] | None
) -> None:
    found = listed("学校标识码|学段|年级|人数", f"9901010001|{stage}|{grade}|40")

    assert [(line.stage, line.grade) for line in found.lines] == ([read] if read else [])
    assert len(found.faults) == (read is None)


def test_all_faults_are_told_at_once_with_row_and_heading() -> None:
    found = listed(
        "学校标识码|学校名称|年级|人数|随班就读|休学",
        "9901010001||7|many|2|-1",
        "0000000000||7|40",
        "|同名学校|7|40",
        "|无名学校|5|40",
        "||7|40",
        "9901010001||8|20|21",
        "9901010001||9|20001",
        "9901020001||7|",
        "9901020001||8|10",
        "9901020001||初二|11",
        "9901020001||9|12",
    )

    assert codes(found) == [
        (2, "人数", "no_count"), (2, "休学", "no_count"), (3, "学校标识码", "no_school"),
        (4, "学校名称", "no_school"), (5, "学校名称", "no_school"), (6, "学校名称", "no_school"),
        (7, "随班就读", "along"), (8, "人数", "no_count"), (9, "人数", "no_count"),
        (11, "年级", "twice"),
    ]  # fmt: skip
    assert [line.row for line in found.lines] == [10, 12]
    assert all(fault.says.endswith(".") for fault in found.faults)


def test_a_school_alone_should_join_and_its_counts_are_to_come() -> None:
    found = listed("学校名称|年级|人数", "枫树小学", "榆树中学|7|40")

    assert (found.schools, len(found.lines), found.faults) == (
        ("9901010002", "9901010001"), 1, (),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ("just some words", "no_headings"),
        ("学校|年级|备注", "column_missing"),
        ("年级|人数", "column_missing"),
        ("学校|年级|人数|学生数", "column_twice"),
        ("学校|年级|人数", "empty"),
    ],
)
def test_a_file_without_what_is_needed_is_refused_whole(head: str, code: str) -> None:
    found = listed(head)

    assert [fault.code for fault in found.faults] == [code]
    assert (found.lines, found.schools) == ((), ())


def test_who_learns_along_is_one_of_the_pupils() -> None:
    assert count_fault(3, 3) is None
    assert count_fault(3, 4)


def test_a_list_differs_by_schools_and_by_more_than_a_tenth() -> None:
    elm, oak, ash = (UUID(int=n) for n in (1, 2, 3))
    seven = (Stage.JUNIOR, 7)
    before = {(elm, *seven): 100, (elm, Stage.JUNIOR, 8): 50, (oak, *seven): 40}
    after = {
        (elm, *seven): 110, (elm, Stage.JUNIOR, 8): 44, (elm, Stage.JUNIOR, 9): 1,
        (ash, *seven): 9,
    }  # fmt: skip

    found = differences(before, after)

    assert found == Differences(
        new=frozenset({ash}),
        gone=frozenset({oak}),
        shifts=(Shift(elm, Stage.JUNIOR, 8, 50, 44), Shift(elm, Stage.JUNIOR, 9, 0, 1)),
    )
    assert not differences(before, before)
