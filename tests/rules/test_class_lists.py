from collections.abc import Collection
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizapp.core.headed import Fault
from quizapp.core.sheets import LOST_DIGITS, Row
from quizapp.rosters.cells import neat_name
from quizapp.rosters.class_lists import ClassList, Listed, read

HEADINGS = ("姓名", "年级", "班级", "座号", "学号")
ID_NUMBER = "330203201405123456"  # Shaped like one; its check digit is wrong, so it is nobody's.


def table(*lines: tuple[str, ...]) -> list[Row]:
    return [Row(number, cells) for number, cells in enumerate(lines, start=1)]


def pupils(*lines: tuple[str, ...]) -> list[Row]:
    return table(HEADINGS, *lines)


def codes(found: ClassList) -> list[tuple[int, str]]:
    return [(fault.row, fault.code) for fault in found.faults]


def grade_and_class(
    grade: str,
    class_name: str,
    *,
    stages: Collection[str] | None = None,
    school_year: int | None = 2026,
) -> tuple[int, int] | str:
    """Return what one pupil's cells were read as, or the code of the first fault."""
    rows = pupils(("张三", grade, class_name, "1", ""))
    found = read(rows, stages=stages, school_year=school_year)
    if found.faults:
        return found.faults[0].code
    return found.pupils[0].grade, found.pupils[0].class_number


def name_read(text: str) -> str:
    """Return the name as kept, or the code of the fault."""
    found = read(pupils((text, "5", "1", "1", "")))
    return found.faults[0].code if found.faults else found.pupils[0].name


# Where the columns are


def test_a_school_uploads_its_list_with_a_title_above_and_a_sum_below() -> None:
    found = read(
        table(
            ("红枫学校2026级学生名单",),
            ("学校：红枫学校", "", "填表日期：2026-09-01"),
            ("序号", "学号", "姓名", "性别", "年级", "班级", "座号"),
            ("1", "2026001", "张三", "男", "七年级", "1班", "3"),
            ("2", "2026002", "李 四", "女", "七年级", "1班", "4"),
            ("合计", "", "2人"),
            ("班主任：王老师", "", "", "审核：赵校长"),
        )
    )

    assert found == ClassList(
        (
            Listed(4, "张三", 7, 1, 3, "2026001"),
            Listed(5, "李四", 7, 1, 4, "2026002"),
        ),
        (),
    )


@pytest.mark.parametrize(
    "headings",
    [
        ("姓名", "年级", "班级", "座号", "学号"),
        ("学生姓名", "年级名称", "班级名称", "座位号", "学生编号"),
        ("名字", "所在年级", "所在班级", "座次", "校内学号"),
        (" 姓　名：", "年 级", "行政班", "座 号 ", "学\n号"),
        ("*姓名", "年级*", "班级（必填）", "座号(选填)", "学号（选填）："),
        ("Ｎａｍｅ", "Grade", "Class", "Seat", "Student number"),
    ],
)
def test_usual_headings_are_known_however_they_are_typed(headings: tuple[str, ...]) -> None:
    found = read(table(headings, ("张三", "5", "2", "7", "2026001")))

    assert found.pupils == (Listed(2, "张三", 5, 2, 7, "2026001"),)


def test_columns_may_stand_in_any_order_with_strange_ones_between() -> None:
    found = read(
        table(("家长电话", "班级", "备注", "姓名"), ("13800000000", "五(2)班", "走读", "张三"))
    )

    assert found.pupils == (Listed(2, "张三", 5, 2, None, None),)


def test_the_running_number_of_the_sheet_is_no_seat() -> None:
    found = read(table(("序号", "姓名", "班级"), ("17", "张三", "五(2)班")))

    assert found.pupils[0].seat is None


def test_identity_numbers_are_read_past_and_the_school_is_told() -> None:
    found = read(
        table(
            ("姓名", "身份证号", "全国学籍号", "性别", "班级"),
            ("张三", ID_NUMBER, "G" + ID_NUMBER, "男", "五(2)班"),
        )
    )

    assert found.pupils == (Listed(2, "张三", 5, 2, None, None),)
    assert "身份证号、全国学籍号" in found.notes[0]
    assert ID_NUMBER not in repr(found)


def test_a_student_number_that_only_counts_within_the_class_is_the_seat() -> None:
    found = read(
        table(
            ("姓名", "班级", "学号"),
            ("张三", "五(1)班", "01"),
            ("李四", "五(1)班", "02号"),
            ("王五", "五(2)班", "1"),
            ("赵六", "五(2)班", ""),
        )
    )

    assert [(pupil.seat, pupil.number) for pupil in found.pupils] == [
        (1, None),
        (2, None),
        (1, None),
        (None, None),
    ]
    assert "学号" in found.notes[0]


def test_a_student_number_that_counts_through_the_school_stays_one() -> None:
    found = read(
        table(("姓名", "班级", "学号"), ("张三", "五(1)班", "99"), ("李四", "五(2)班", "100"))
    )

    assert [(pupil.seat, pupil.number) for pupil in found.pupils] == [(None, "99"), (None, "100")]
    assert found.notes == ()


def test_a_student_number_stays_one_where_there_are_seats_too() -> None:
    found = read(pupils(("张三", "5", "1", "7", "12")))

    assert (found.pupils[0].seat, found.pupils[0].number) == (7, "12")


def test_a_list_without_headings_gets_one_sentence() -> None:
    found = read(table(("张三", "五年级", "1班"), ("李四", "五年级", "1班")))

    assert codes(found) == [(1, "no_headings")]
    assert codes(read([])) == [(1, "no_headings")]


def test_headings_below_the_fifteenth_row_are_not_looked_for() -> None:
    titles = [(f"第{number}行",) for number in range(15)]

    assert codes(read(table(*titles, HEADINGS))) == [(1, "no_headings")]
    assert codes(read(table(*titles[1:], HEADINGS))) == [(15, "empty")]


def test_what_is_missing_is_told_once_with_what_was_found() -> None:
    found = read(table(("年级", "学生", "学号"), ("五年级", "张三", "2026001")))

    assert codes(found) == [(1, "column_missing")]
    assert "姓名、班级" in found.faults[0].says
    assert "年级、学号" in found.faults[0].says


def test_a_missing_grade_is_told_once_if_no_class_names_one() -> None:
    rows = table(("姓名", "班级"), ("张三", "1班"), ("李四", "2班"))

    assert codes(read(rows)) == [(1, "column_missing")]
    assert [pupil.grade for pupil in read(rows, default_grade=6).pupils] == [6, 6]


def test_two_blocks_side_by_side_are_asked_to_stand_beneath_one_another() -> None:
    found = read(
        table(("座号", "姓名", "班级", "座号", "姓名"), ("1", "张三", "五(1)班", "2", "李四"))
    )

    assert codes(found) == [(1, "column_twice"), (1, "column_twice")]
    assert found.pupils == ()


def test_headings_printed_again_on_the_next_page_are_no_pupil() -> None:
    first, second = ("张三", "5", "1", "1", ""), ("李四", "5", "1", "2", "")

    found = read(pupils(first, HEADINGS, second))

    assert ([pupil.row for pupil in found.pupils], found.faults) == ([2, 4], ())


def test_other_headings_further_down_are_told() -> None:
    found = read(pupils(("张三", "5", "1", "1", ""), ("姓名", "班级", "年级", "学号", "座号")))

    assert (3, "headings_again") in codes(found)


@pytest.mark.parametrize(
    "last",
    [
        ("合计", "45人"),
        ("", "合 计", "45"),
        ("共45人",),
        ("总人数：45",),
        ("班主任：王芳",),
        ("填表人：李四", "", "日期：2026-09-01"),
        ("注：座号按身高排",),
        ("男：23", "女：22"),
        ("示例", "五年级", "1班", "1", "2026001"),
    ],
)
def test_sums_signatures_and_examples_are_no_pupils(last: tuple[str, ...]) -> None:
    found = read(pupils(("张三", "5", "1", "1", ""), last))

    assert (len(found.pupils), found.faults) == (1, ())


def test_numbered_lines_left_empty_for_newcomers_are_no_pupils() -> None:
    found = read(table(("序号", "姓名", "班级"), ("1", "张三", "五(1)班"), ("2",), ("3",)))

    assert (len(found.pupils), found.faults) == (1, ())


def test_a_list_of_one_class_needs_only_names() -> None:
    found = read(table(("姓名",), ("张三",), ("李四",)), default_grade=8, default_class=3)

    assert [(pupil.grade, pupil.class_number) for pupil in found.pupils] == [(8, 3), (8, 3)]


def test_what_a_row_says_goes_before_the_class_that_the_list_is_for() -> None:
    rows = table(("姓名", "班级"), ("张三", "七(2)班"), ("李四", ""))

    found = read(rows, default_grade=8, default_class=3)

    assert [(pupil.grade, pupil.class_number) for pupil in found.pupils] == [(7, 2), (8, 3)]


# Grades and classes


@pytest.mark.parametrize(
    ("grade", "means"),
    [
        ("5", 5),
        ("05", 5),
        ("５", 5),
        ("五", 5),
        ("小五", 5),
        ("5年级", 5),
        ("五年级", 5),
        ("五 年 级", 5),
        ("五年級", 5),
        ("小学五年级", 5),
        ("小学5年级", 5),
        ("七年级", 7),
        ("初一", 7),
        ("初1", 7),
        ("初一年级", 7),
        ("初中一年级", 7),
        ("初中七年级", 7),
        ("初二", 8),
        ("初中三年级", 9),
        ("高一", 10),
        ("高中二年级", 11),
        ("高三年级", 12),
        ("十年级", 10),
        ("十二年级", 12),
        ("职一", 10),
        ("职高二", 11),
        ("中职一年级", 10),
        ("中专三年级", 12),
        ("Grade 7", 7),
        ("grade12", 12),
        ("G7", 7),
    ],
)
def test_a_grade_is_understood_as_schools_write_it(grade: str, means: int) -> None:
    assert grade_and_class(grade, "1班") == (means, 1)


@pytest.mark.parametrize(
    "grade", ["0", "13", "十三年级", "初四", "高四", "大班", "五(2)", "2026", "届"]
)
def test_what_is_no_grade_is_refused(grade: str) -> None:
    assert grade_and_class(grade, "1班") == "grade_unread"


@pytest.mark.parametrize(
    ("class_name", "grade", "number"),
    [
        ("七(1)班", 7, 1),
        ("七（1）班", 7, 1),
        ("七【1】班", 7, 1),
        ("七(一)班", 7, 1),
        ("七一班", 7, 1),
        ("七1班", 7, 1),
        ("七（十二）班", 7, 12),
        ("七年级1班", 7, 1),
        ("七年级（1）班", 7, 1),
        ("7年级1班", 7, 1),
        ("三年二班", 3, 2),
        ("7年1班", 7, 1),
        ("7(1)", 7, 1),
        ("7-1班", 7, 1),
        ("7 1班", 7, 1),
        ("701", 7, 1),
        ("７０１班", 7, 1),
        ("0712", 7, 12),
        ("1003班", 10, 3),
        ("初一3班", 7, 3),
        ("初一(3)班", 7, 3),
        ("初二十一班", 8, 11),
        ("高一(3)班", 10, 3),
        ("高一3", 10, 3),
        ("高一年级三班", 10, 3),
        ("高三(25)班", 12, 25),
        ("中职一(2)班", 10, 2),
        ("小五(2)班", 5, 2),
        ("高2025级(3)班", 11, 3),
        ("高25级3班", 11, 3),
        ("Grade 7 Class 2", 7, 2),
    ],
)
def test_a_class_name_tells_the_grade_where_there_is_no_such_column(
    class_name: str, grade: int, number: int
) -> None:
    found = read(table(("姓名", "班级"), ("张三", class_name)), school_year=2026)

    assert found == ClassList((Listed(2, "张三", grade, number, None, None),), ())


@pytest.mark.parametrize(
    ("class_name", "number"),
    [
        ("1", 1),
        ("01", 1),
        ("1班", 1),
        ("(1)班", 1),
        ("（１）班", 1),
        ("(1)", 1),
        ("一班", 1),
        ("十一班", 11),
        ("二十班", 20),
        ("七(1)班", 1),
        ("初一(1)班", 1),
        ("701", 1),
        ("2602班", 2),
        ("Class 4", 4),
    ],
)
def test_a_class_beside_its_grade_may_be_only_a_number(class_name: str, number: int) -> None:
    assert grade_and_class("七年级", class_name) == (7, number)


@pytest.mark.parametrize(
    "class_name",
    [
        "实验班",
        "A班",
        "七年级",
        "0班",
        "71班",
        "高13班",
        "高十一班",
        "2026-07-01",
        "1、2班",
        "七(100)班",
    ],
)
def test_what_is_no_class_or_leaves_two_readings_is_refused(class_name: str) -> None:
    assert grade_and_class("七年级", class_name) == "class_unread"


def test_large_senior_schools_have_classes_past_forty() -> None:
    assert grade_and_class("高一", "71班") == (10, 71)


@pytest.mark.parametrize(
    ("grade", "class_name"), [("七年级", "八(1)班"), ("初一", "801"), ("5", "高一(1)班")]
)
def test_a_grade_that_contradicts_the_class_is_told_with_both(grade: str, class_name: str) -> None:
    (fault,) = read(pupils(("张三", grade, class_name, "", ""))).faults

    assert (fault.code, fault.column) == ("grades_differ", "年级")
    assert grade in fault.says


@pytest.mark.parametrize(
    ("grade", "stages", "school_year", "read_as"),
    [
        ("2026级", {"junior"}, 2026, 7),
        ("2024级", {"junior"}, 2026, 9),
        ("24级", {"senior"}, 2026, 12),
        ("2025级", {"senior", "vocational"}, 2026, 11),
        ("初2025级", None, 2026, 8),
        ("小学2022级", None, 2026, 5),
        ("2022级", {"primary", "junior"}, 2026, 5),  # The junior ones have left.
        ("2025级", {"primary", "junior"}, 2026, "grade_ambiguous"),
        ("2025级", None, 2026, "grade_ambiguous"),
        ("2027级", {"junior"}, 2026, "grade_unread"),
        ("2026级", {"junior"}, None, "grade_unread"),
        ("2026届", {"junior"}, 2026, "grade_unread"),  # Some count from the end, some from entry.
    ],
)
def test_a_year_of_entry_is_turned_into_the_grade_where_only_one_is_possible(
    grade: str, stages: Collection[str] | None, school_year: int | None, read_as: int | str
) -> None:
    found = grade_and_class(grade, "1班", stages=stages, school_year=school_year)

    assert found == (read_as if isinstance(read_as, str) else (read_as, 1))


def test_a_year_of_entry_and_a_class_name_settle_one_another() -> None:
    assert grade_and_class("2025级", "初二(1)班", stages={"primary", "junior"}) == (8, 1)
    assert grade_and_class("初二", "2025级1班", stages={"primary", "junior"}) == (8, 1)


def test_a_year_of_entry_is_settled_by_the_class_that_the_list_is_for() -> None:
    rows = table(("姓名", "年级"), ("张三", "2025级"))

    found = read(rows, school_year=2026, default_grade=8, default_class=1)

    assert found.pupils[0].grade == 8


def test_first_grade_of_the_junior_stage_is_the_seventh() -> None:
    rows = table(
        ("姓名", "学段", "年级", "班级"),
        ("张三", "初中", "一年级", "1班"),
        ("李四", "小学", "一年级", "1班"),
    )

    assert [pupil.grade for pupil in read(rows).pupils] == [7, 1]


@pytest.mark.parametrize(
    ("grade", "stages", "read_as"),
    [
        ("六年级", {"primary"}, (6, 1)),
        ("六年级", {"junior"}, "grade_not_taught"),
        ("一年级", {"junior"}, "grade_not_taught"),
        ("初一", {"primary"}, "grade_not_taught"),
        ("高一", {"junior", "senior"}, (10, 1)),
        ("高一", {"vocational"}, (10, 1)),
        ("中职一年级", {"vocational"}, (10, 1)),
        ("高一", {"primary", "junior"}, "grade_not_taught"),
        ("高一", None, (10, 1)),
    ],
)
def test_a_school_lists_only_grades_that_it_teaches(
    grade: str, stages: Collection[str] | None, read_as: tuple[int, int] | str
) -> None:
    assert grade_and_class(grade, "1班", stages=stages) == read_as


# Names


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("张三", "张三"),
        ("张 三", "张三"),
        ("张　三", "张三"),
        ("欧阳 娜娜", "欧阳娜娜"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("阿依古丽‧买买提", "阿依古丽·买买提"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("阿依古丽・买买提", "阿依古丽·买买提"),
        ("阿依古丽.买买提", "阿依古丽·买买提"),
        ("阿依古丽．买买提", "阿依古丽·买买提"),
        ("阿依古丽。买买提", "阿依古丽·买买提"),
        ("阿依古丽 · 买买提", "阿依古丽·买买提"),
        ("Ａｎｎａ　Ｓｍｉｔｈ", "Anna Smith"),
        ("Anna   Maria  Smith", "Anna Maria Smith"),
        ("Seán O’Neil-Smith Jr.", "Seán O'Neil-Smith Jr."),
        ("李Anna", "李Anna"),
        ("李 Anna", "李Anna"),
        ("\u200b张三\ufeff", "张三"),
        ("⾼⼀", "高一"),  # Radicals, as text copied from a PDF has them.
        ("王䶮", "王䶮"),
        ("李〇", "李〇"),
        ("张\U00020164", "张\U00020164"),  # Extension B
        ("王\U0002b5af", "王\U0002b5af"),  # Extension C
        ("赵\U0002ce88", "赵\U0002ce88"),  # Extension E
        ("钱\U00030edd", "钱\U00030edd"),  # Extension G
        ("孙\U000323a0", "孙\U000323a0"),  # Extension H, unknown to Python 3.11
        ("葛\U000e0100西", "葛西"),
        ("买买提" * 13, "买买提" * 13),
    ],
)
def test_a_name_is_kept_as_the_child_writes_it(written: str, kept: str) -> None:
    assert name_read(written) == kept
    assert neat_name(kept) == kept


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "name_missing"),
        ("无", "name_missing"),
        ("张", "name_length"),
        ("A", "name_length"),
        ("买买提" * 14, "name_length"),
        ("张伟1", "name_signs"),
        ("张伟（大）", "name_signs"),
        ("张伟①", "name_signs"),
        ("张*三", "name_signs"),
        ("张-三", "name_signs"),
        ("张三.", "name_signs"),
        ("·张三", "name_signs"),
        ("--.", "name_signs"),
        ("=张三", "name_signs"),
        ("<b>张三</b>", "name_signs"),
        ("张三😀", "name_signs"),
        ("13800000000", "name_signs"),
        ("王\ue81e", "name_lost_character"),
        ("王\U000f0001", "name_lost_character"),
        ("王?", "name_lost_character"),
        ("王？", "name_lost_character"),
        ("王□", "name_lost_character"),
        ("王�", "name_lost_character"),
    ],
)
def test_what_cannot_be_a_name_is_told(written: str, code: str) -> None:
    assert name_read(written) == code


# Seats and numbers


@pytest.mark.parametrize(
    ("seat", "means"),
    [
        ("", None),
        ("/", None),
        ("无", None),
        ("1", 1),
        ("01", 1),
        ("１２", 12),
        ("7号", 7),
        ("99", 99),
    ],
)
def test_a_seat_is_a_number_or_not_given(seat: str, means: int | None) -> None:
    assert read(pupils(("张三", "5", "1", seat, ""))).pupils[0].seat == means


@pytest.mark.parametrize("seat", ["0", "100", "-1", "1.5", "第一排", "2026-01-02"])
def test_what_is_no_seat_is_refused(seat: str) -> None:
    assert codes(read(pupils(("张三", "5", "1", seat, "")))) == [(2, "seat_unread")]


@pytest.mark.parametrize(
    ("number", "kept"),
    [
        ("", None),
        ("—", None),
        ("暂无", None),
        ("2026001", "2026001"),
        ("００１２３", "00123"),
        ("2026 001", "2026001"),
        ("HF-2026-a1", "HF-2026-a1"),
        ("12345678901234567890", "12345678901234567890"),
        ("202600000000000001", "202600000000000001"),  # 18 digits, but no such date of birth
    ],
)
def test_a_school_gives_its_own_numbers(number: str, kept: str | None) -> None:
    assert read(pupils(("张三", "5", "1", "1", number))).pupils[0].number == kept


@pytest.mark.parametrize(
    "number",
    [
        ID_NUMBER,
        "33020320140512345X",
        "33020320140512345x",
        "３３０２０３２０１４０５１２３４５６",
        "330203 20140512 3456",
        "330203-20140512-3456",
        "330203140512345",
        "G330203201405123456",
        "l33020320140512345x",
        "G123456789012345678",
    ],
)
def test_an_identity_number_is_refused_and_never_repeated(number: str) -> None:
    found = read(pupils(("张三", "5", "1", "1", number)))

    assert codes(found) == [(2, "number_identity")]
    assert "20140512" not in repr(found)
    assert number not in repr(found)


@pytest.mark.parametrize("place", range(5))
def test_an_identity_number_in_the_wrong_column_is_not_repeated_either(place: int) -> None:
    cells = ["张三", "5", "1", "1", ""]
    cells[place] = ID_NUMBER

    found = read(pupils(tuple(cells)))

    assert found.faults
    assert "20140512" not in repr(found)


@pytest.mark.parametrize("number", ["123456789012345678901", "2026_001", "学2026", "-1", "1e9+"])
def test_what_is_no_number_is_refused(number: str) -> None:
    assert codes(read(pupils(("张三", "5", "1", "1", number)))) == [(2, "number_unread")]


def test_a_number_whose_digits_the_program_has_lost_is_refused() -> None:
    found = read(pupils(("张三", "5", "1", "1", LOST_DIGITS)))

    assert codes(found) == [(2, "number_lost_digits")]


# Doubles


def test_a_number_given_twice_is_told_on_both_rows() -> None:
    found = read(pupils(("张三", "5", "1", "1", "A1"), ("李四", "5", "2", "1", "a1")))

    assert codes(found) == [(2, "number_twice"), (3, "number_twice")]
    assert ("3" in found.faults[0].says, "2" in found.faults[1].says) == (True, True)
    assert found.pupils == ()


def test_the_same_child_listed_twice_is_told_once_a_row() -> None:
    child = ("张三", "5", "1", "1", "2026001")

    assert codes(read(pupils(child, child))) == [(2, "pupil_twice"), (3, "pupil_twice")]


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [
        (("", ""), ("", ""), False),
        (("1", ""), ("", ""), False),
        (("1", ""), ("2", ""), True),
        (("", "2026001"), ("", "2026002"), True),
        (("", "2026001"), ("2", ""), False),
    ],
)
def test_two_of_the_same_name_in_a_class_need_a_seat_or_number_each(
    first: tuple[str, str], second: tuple[str, str], apart: bool
) -> None:
    found = read(pupils(("张伟", "5", "1", *first), ("张 伟", "五年级", "五(1)班", *second)))

    assert codes(found) == ([] if apart else [(2, "pupil_twice"), (3, "pupil_twice")])


def test_the_same_name_in_two_classes_is_no_double() -> None:
    assert read(pupils(("张伟", "5", "1", "", ""), ("张伟", "5", "2", "", ""))).faults == ()


def test_a_seat_belongs_to_one_child_of_a_class() -> None:
    found = read(
        pupils(
            ("张三", "5", "1", "7", ""), ("李四", "5", "1", "7", ""), ("王五", "5", "2", "7", "")
        )
    )

    assert codes(found) == [(2, "seat_twice"), (3, "seat_twice")]
    assert [pupil.name for pupil in found.pupils] == ["王五"]


def test_doubles_are_found_in_rows_with_other_faults_too() -> None:
    found = read(
        pupils(("张三", "5", "1", "first", "2026001"), ("李四", "5", "9x", "2", "2026001"))
    )

    assert codes(found) == [
        (2, "seat_unread"),
        (2, "number_twice"),
        (3, "class_unread"),
        (3, "number_twice"),
    ]


# Faults


def test_all_faults_are_told_at_once_in_the_order_of_the_rows() -> None:
    found = read(
        table(
            ("姓名", "所在年级", "班级", "座位号", "学号"),
            ("张", "5", "1", "1", "2026001"),
            ("李四", "", "", "", ""),
            ("王五", "五年级", "六(1)班", "0", ID_NUMBER),
            ("赵六", "五年级", "1班", "2", "2026002"),
            ("", "五年级", "1班", "3", ""),
            ("钱七", "五年级", "", "4", ""),
            ("孙八", "", "1班", "5", ""),
        )
    )

    assert [(fault.row, fault.column, fault.code) for fault in found.faults] == [
        (2, "姓名", "name_length"),
        (3, "姓名", "only_name"),
        (4, "所在年级", "grades_differ"),
        (4, "座位号", "seat_unread"),
        (4, "学号", "number_identity"),
        (6, "姓名", "name_missing"),
        (7, "班级", "class_missing"),
        (8, "所在年级", "grade_missing"),
    ]
    assert [pupil.name for pupil in found.pupils] == ["赵六"]


def test_a_class_left_out_is_one_fault_where_the_class_names_the_grade() -> None:
    found = read(table(("姓名", "班级", "座号"), ("张三", "五(1)班", "1"), ("李四", "", "2")))

    assert codes(found) == [(3, "class_missing")]


def test_a_fault_says_what_is_wrong_and_what_to_do() -> None:
    (fault,) = read(pupils(("张三", "五年级", "实验班", "1", ""))).faults

    assert fault == Fault(
        2,
        "班级",
        "“实验班” is not understood as a class. Write 七(1)班, or 1 with 七年级 as its grade.",
        "class_unread",
    )


def test_thousands_of_the_same_row_do_not_slow_the_reading_down() -> None:
    rows = [Row(1, HEADINGS)] + [Row(n, ("张三", "5", "1", "1", "")) for n in range(2, 10_002)]

    began = perf_counter()
    found = read(rows)

    assert len(found.faults) == 10_000
    assert perf_counter() - began < 10  # Compared pair by pair it would be minutes.


TYPED = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["五年级", "七(1)班", "2025级", "初", "高十", "十十", "张三", "合计", "²", "٣", *HEADINGS]
    ),
)


@settings(deadline=None)  # The machine may be busy with something else.
@given(st.lists(st.lists(TYPED, max_size=6).map(tuple), max_size=8), st.booleans())
def test_whatever_is_typed_is_read_or_told_and_never_breaks_the_reading(
    lines: list[tuple[str, ...]], headed: bool
) -> None:
    rows = pupils(*lines) if headed else table(*lines)

    found = read(rows, stages={"primary", "junior"}, school_year=2026)

    assert {pupil.row for pupil in found.pupils}.isdisjoint(fault.row for fault in found.faults)
    assert [fault.row for fault in found.faults] == sorted(fault.row for fault in found.faults)
    assert all(pupil.grade in range(1, 10) for pupil in found.pupils)
