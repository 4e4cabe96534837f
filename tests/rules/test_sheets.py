import csv
import io
import time
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from itertools import pairwise

import openpyxl
import pytest
import xlsxwriter  # type: ignore[import-untyped]  # XlsxWriter ships no types.
from hypothesis import given, settings
from hypothesis import strategies as st

from quizapp.core import child, parsing, sheets
from quizapp.core.sheets import LOST_DIGITS, Row, Unreadable, csv_text, read, text_of, xlsx_bytes

SCHOOL_LIST = [Row(1, ("姓名", "班级", "座号")), Row(2, ("张三", "七(1)班", "7"))]
CREATED = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ENTRY_SIZE = slice(24, 28)  # Of the unpacked part, in an entry of the zip's directory.


def typed(*rows: Sequence[object], hidden: Iterable[Sequence[object]] = ()) -> bytes:
    """Return a workbook as a teacher's program saves it: a hidden sheet, an empty one, the list."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"default_date_format": "yyyy-mm-dd"})
    lists = book.add_worksheet("options")
    lists.hide()
    book.add_worksheet("empty").activate()
    sheet = book.add_worksheet("list")
    for target, lines in ((lists, hidden), (sheet, rows)):
        for number, line in enumerate(lines):
            target.write_row(number, 0, line)
    book.close()
    return out.getvalue()


def hostile(sheet: str) -> bytes:
    """Return a workbook whose list is replaced by this XML."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(typed(("x",)))) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as target,
    ):
        for name in source.namelist():
            text = source.read(name)
            target.writestr(name, sheet if name == "xl/worksheets/sheet3.xml" else text)
    return out.getvalue()


def inline(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def worksheet(rows: str, prologue: str = "") -> str:
    return f'{prologue}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def refused(name: str, raw: bytes) -> str:
    with pytest.raises(Unreadable) as caught:
        read(name, raw)
    assert (caught.value.status, caught.value.code) == (422, "unreadable")
    return str(caught.value)


# Reading CSV


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_a_school_saves_its_list_as_csv_in_whatever_its_program_writes(
    encoding: str, delimiter: str, line_end: str
) -> None:
    text = "".join(delimiter.join(row.cells) + line_end for row in SCHOOL_LIST)

    assert read("名单.CSV", text.encode(encoding)) == SCHOOL_LIST


def test_blank_rows_are_dropped_and_the_others_keep_their_numbers() -> None:
    raw = "名单,,\r\n\r\n , \u3000,\r\n姓名,\ufeff班级\u3000,,\r\n".encode()

    assert read("a.csv", raw) == [Row(1, ("名单",)), Row(4, ("姓名", "班级"))]


def test_a_cell_of_two_lines_is_one_row_as_in_the_program() -> None:
    raw = '"学生\n姓名",班级\r\n张三,1\r\n'.encode()

    assert read("a.csv", raw) == [Row(1, ("学生\n姓名", "班级")), Row(2, ("张三", "1"))]


def test_commas_in_a_title_do_not_hide_the_semicolons_of_the_table() -> None:
    raw = "名单,2026\r\n姓名;班级;座号\r\n张三;1;7\r\n".encode()

    assert read("a.csv", raw)[1].cells == ("姓名", "班级", "座号")


def test_a_cell_past_the_last_filled_one_is_blank() -> None:
    assert (Row(1, ("张三", "1")).at(1), Row(1, ("张三", "1")).at(2)) == ("1", "")


def test_leading_zeros_kept_by_the_usual_trick_are_read() -> None:
    assert read("a.csv", b'="007",x')[0].cells == ("007", "x")


def test_a_long_number_that_a_program_wrote_as_csv_has_lost_digits() -> None:
    assert read("a.csv", b"4.40301E+17,1.5E+3")[0].cells == (LOST_DIGITS, "1.5E+3")


def test_text_that_school_systems_call_xls_is_read_and_a_page_is_not() -> None:
    assert read("a.xls", "姓名\t班级\r\n张三\t1".encode("gb18030"))[1].cells == ("张三", "1")
    assert "web page" in refused(
        "a.xls", b"\xef\xbb\xbf\r\n<html><table><tr><td>x</td></tr></table>"
    )


@pytest.mark.parametrize(
    ("name", "raw", "says"),
    [
        ("a.pdf", b"%PDF-1.7", "is no table"),
        ("a.docx", b"PK\x03\x04", "is no table"),
        ("list", b"x", "is no table"),
        ("a.xls", sheets.OLE + bytes(600), "old Excel format"),
        ("a.et", sheets.OLE + bytes(600), "old Excel format"),
        ("a.xlsx", sheets.OLE + bytes(600) + sheets.ENCRYPTED, "locked with a password"),
        ("a.xlsx", "姓名,班级".encode(), "damaged"),
        ("a.xlsx", b"", "no filled rows"),
        ("a.csv", b"", "no filled rows"),
        ("a.csv", b" ,\t,\r\n\r\n", "no filled rows"),
        ("a.csv", "张三,1".encode("utf-16-le"), "CSV UTF-8"),
        ("a.csv", b"\xff\xfe\x00", "CSV UTF-8"),
        ("a.csv", b"\x81", "CSV UTF-8"),
        ("a.csv", b"a\x00b", "CSV UTF-8"),
        ("a.csv", b'"' + b"x" * 200_000, "damaged"),
        ("a.csv", b"x\r\n" * 50_001, "more than 50,000"),
        ("a.csv", b"x" * (10 * 2**20 + 1), "larger than 10 MB"),
    ],
    ids=range(17),
)
def test_a_file_that_is_no_table_gets_a_sentence_with_its_name(
    name: str, raw: bytes, says: str
) -> None:
    sentence = refused(name, raw)

    assert says in sentence
    assert f"“{name}”" in sentence


def test_fifty_thousand_rows_are_not_too_many() -> None:
    assert len(read("a.csv", b"x\r\n" * 50_000)) == 50_000


@settings(deadline=None)
@given(
    st.one_of(st.binary(max_size=200), st.text("\"='\r\n\t,; \0张", max_size=60).map(str.encode))
)
def test_any_bytes_called_csv_are_rows_or_refused(raw: bytes) -> None:
    with suppress(Unreadable):
        assert all(row.cells[-1] for row in read("a.csv", raw))


# Reading workbooks


def test_the_first_visible_sheet_with_rows_is_read() -> None:
    raw = typed(("姓名", "学号"), (), (" 张三　", 2026001), hidden=[("男",), ("女",)])

    assert read("名单.xlsx", raw) == [Row(1, ("姓名", "学号")), Row(3, ("张三", "2026001"))]


def test_rows_above_and_columns_before_the_table_do_not_change_its_numbers() -> None:
    found = read("a.xlsx", typed((), (), (None, "姓名"), (None, "张三")))

    assert [(row.number, row.cells[-1]) for row in found] == [(3, "姓名"), (4, "张三")]


def test_numbers_dates_and_truths_come_as_people_read_them() -> None:
    raw = typed(
        (7, 7.0, 7.5, 0, -3, True, date(2014, 5, 12), 330203201405123456, "330203201405123456")
    )

    assert read("a.xlsx", raw)[0].cells == (
        *("7", "7", "7.5", "0", "-3", "TRUE", "2014-05-12", LOST_DIGITS, "330203201405123456"),
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2026001.0, "2026001"),
        (0.1 + 0.2, "0.3"),
        (999999999999999.0, "999999999999999"),
        (1e15, LOST_DIGITS),
        (-1e15, LOST_DIGITS),
        (float("nan"), LOST_DIGITS),
        (float("inf"), LOST_DIGITS),
        (datetime(2026, 9, 1), "2026-09-01"),  # noqa: DTZ001  # A sheet knows no zone.
        (datetime(2026, 9, 1, 8, 30), "2026-09-01 08:30:00"),  # noqa: DTZ001
        ("\ufeff 张 三\u3000\n", "张 三"),
        ("张\x00三\x07", "张三"),
    ],
)
def test_a_cell_becomes_text(value: object, text: str) -> None:
    assert text_of(value) == text


def test_an_old_name_on_a_new_workbook_does_no_harm() -> None:
    assert read("a.xls", typed(("姓名",)))[0].cells == ("姓名",)


def test_a_workbook_without_filled_cells_is_empty() -> None:
    assert "no filled rows" in refused("a.xlsx", typed(("", "  ")))


def test_another_zip_file_is_no_workbook() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<x/>")

    assert "is no table" in refused("a.xlsx", out.getvalue())


def test_a_zip_file_with_a_password_is_locked() -> None:
    raw = bytearray(typed(("x",)))
    raw[raw.index(sheets.DIRECTORY_ENTRY) + 8] |= 1

    assert "password" in refused("a.xlsx", bytes(raw))


@pytest.mark.parametrize(
    "harm",
    [
        lambda raw: raw[: len(raw) // 2],
        lambda raw: raw[:4] + bytes(1000),
        lambda raw: raw.replace(b"xl/workbook.xml", b"xl/workbook.xmm"),
        lambda raw: raw.replace(b"xl/worksheets/sheet3.xml", b"xl/worksheets/sheet9.xml"),
    ],
)
def test_a_damaged_workbook_is_told(harm: Callable[[bytes], bytes]) -> None:
    assert "damaged" in refused("a.xlsx", harm(typed(("姓名",), ("张三",))))


def test_a_part_that_does_not_unpack_is_damage() -> None:
    raw = bytearray(typed(*[("张三", number) for number in range(500)]))
    sheet = raw.index(b"xl/worksheets/sheet3.xml")
    raw[sheet + 100 : sheet + 140] = bytes(40)

    assert "damaged" in refused("a.xlsx", bytes(raw))


ONE_NAME = typed(("姓名",))


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), min_size=1, max_size=30))
@settings(max_examples=300, deadline=None)
def test_no_change_of_bytes_breaks_the_look_at_the_directory(
    changes: list[tuple[int, int]],
) -> None:
    raw = bytearray(ONE_NAME)
    for place, byte in changes:
        raw[-1 - place] = byte

    assert sheets._zip_fault(bytes(raw)) in {None, "bomb", "damaged", "kind", "password"}


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    raw = hostile(worksheet(f"<row>{inline('x') * 5}</row>" * 300_000))
    assert len(raw) < 2**20

    assert "unpacks to far more" in refused("a.xlsx", raw)


def test_a_workbook_of_too_many_parts_is_refused_without_reading_their_directory() -> None:
    assert "unpacks to far more" in refused("a.xlsx", sheets.ZIP + sheets.DIRECTORY_ENTRY * 200_000)


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    raw = bytearray(hostile(worksheet(f"<row>{inline('x') * 5}</row>" * 300_000)))
    entry = raw.find(sheets.DIRECTORY_ENTRY)
    while entry >= 0:
        raw[entry + ENTRY_SIZE.start : entry + ENTRY_SIZE.stop] = (900).to_bytes(4, "little")
        entry = raw.find(sheets.DIRECTORY_ENTRY, entry + 1)

    assert refused("a.xlsx", bytes(raw))


def test_nested_entities_are_refused() -> None:
    levels = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi"))
    prologue = f'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">{levels}]>'

    assert "damaged" in refused(
        "a.xlsx", hostile(worksheet(f"<row>{inline('&i;')}</row>", prologue))
    )


def test_a_stray_cell_at_the_end_of_the_sheet_costs_the_child_its_memory_not_the_server() -> None:
    rows = f'<row r="1">{inline("x")}</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'

    assert "needs more memory or time" in refused("a.xlsx", hostile(worksheet(rows)))


def test_a_stray_cell_far_below_a_narrow_table_is_only_a_row() -> None:
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="400000"><c r="B400000"><v>2</v></c></row>'
    )

    assert [row.number for row in read("a.xlsx", hostile(worksheet(rows)))] == [1, 400_000]


def test_too_many_rows_of_a_workbook_are_told() -> None:
    rows = '<row><c><v>1</v></c><c t="n"><v>2</v></c></row>' * 50_001
    raw = hostile(
        worksheet(rows).replace("</sheetData>", "</sheetData>" + "".join(map(str, range(9))))
    )

    assert parsing.parse(raw) == ("rows", [])


def test_one_long_text_used_in_every_row_is_too_much() -> None:
    raw = typed(*[("题" * 30_000,)] * 700)

    assert parsing.parse(raw) == ("heavy", [])


def test_what_needs_more_memory_than_a_list_is_refused() -> None:
    rows = f'<row r="1">{inline("x")}</row><row r="1048576"><c r="H1048576"><v>1</v></c></row>'

    assert "needs more memory or time" in refused("a.xlsx", hostile(worksheet(rows)))


def test_a_child_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "SECONDS", 0.001)

    assert "needs more memory or time" in refused("a.xlsx", typed(("姓名",)))


def test_four_thousand_pupils_are_read_alike_from_both_kinds_of_file() -> None:
    header = ("序号", "姓名", "性别", "年级", "班级", "座号", "学号", "备注")
    rows = [
        (n, f"学生{n}", "女", "七年级", f"{n // 50 + 1}班", n % 50 + 1, 20260000 + n, "")
        for n in range(4000)
    ]
    raw = xlsx_bytes("名单", header, rows, created=CREATED)

    assert len(read("a.xlsx", raw)) == 4001
    assert read("a.xlsx", raw) == read("a.csv", csv_text(header, rows))


# Writing


def test_csv_opens_by_a_double_click() -> None:
    raw = csv_text(["姓名", "率"], [("张三", 0.5), (None, -3), (True, date(2026, 9, 1))])

    assert raw == "\ufeff姓名,率\r\n张三,0.5\r\n,-3\r\nTRUE,2026-09-01\r\n".encode()


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u3000=1",
        "\ufeff=1",
        "＝1+1",
    ],
)
def test_text_that_a_program_would_run_gets_an_apostrophe(text: str) -> None:
    assert csv_text([text], []).decode("utf-8-sig").lstrip('"').startswith("'")


def test_a_label_that_is_translated_late_is_guarded_too() -> None:
    class Label:
        def __str__(self) -> str:
            return "=1+1"

    assert csv_text(["x"], [(Label(),)]).endswith(b"'=1+1\r\n")


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
INJECTED = st.builds(
    "{}{}".format, st.sampled_from(["=", "+", "-", "@", "\t=", "\r", " =", "＝"]), TEXT
)
CELL = st.one_of(TEXT, INJECTED, st.integers(), st.floats(), st.none(), st.booleans(), st.dates())


@settings(deadline=None)  # The machine may be busy with something else.
@given(st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=6))
def test_no_cell_of_a_csv_file_is_a_formula(rows: list[list[object]]) -> None:
    text = csv_text(["x"], rows).decode("utf-8-sig")
    written = list(csv.reader(io.StringIO(text, newline="")))

    cells = [
        cell
        for values, row in zip(rows, written[1:], strict=True)
        for value, cell in zip(values, row, strict=True)
        if not isinstance(value, int | float)
    ]
    assert [cell for cell in cells if cell.strip().startswith(tuple("=+-@＝＋－＠"))] == []


@settings(deadline=None)  # The machine may be busy with something else.
@given(st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=6))
def test_no_cell_of_a_workbook_is_a_formula_or_a_link(rows: list[list[object]]) -> None:
    raw = xlsx_bytes("x", ["=1+1", "http://example.org"], rows, created=CREATED)

    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(raw))["x"] for cell in row]

    assert [cell for cell in cells if cell.data_type == "f" or cell.hyperlink] == []


@settings(deadline=None)
@given(
    st.lists(st.text("=+-@＝'a张 ", min_size=1).map(lambda text: f"={text.strip()}"), min_size=1)
)
def test_what_was_written_as_csv_is_read_back_without_apostrophes(cells: list[str]) -> None:
    assert read("a.csv", csv_text(["x"], [cells]))[1].cells == tuple(cells)


def test_a_workbook_is_read_back_as_it_was_written() -> None:
    rows = [("张三", 7, "=1+1", None, 0.25), ("李四", 8, "http://example.org", "-", 10**17)]

    raw = xlsx_bytes("七(1)班", ["姓名", "座号", "说明", "", "率"], rows, created=CREATED)

    assert [row.cells for row in read("a.xlsx", raw)] == [
        ("姓名", "座号", "说明", "", "率"),
        ("张三", "7", "=1+1", "", "0.25"),
        ("李四", "8", "http://example.org", "-", "100000000000000000"),
    ]


def test_the_same_report_gives_the_same_bytes_on_any_day(monkeypatch: pytest.MonkeyPatch) -> None:
    first = xlsx_bytes("x", ["a"], [("b",)], created=CREATED)
    monkeypatch.setenv("TZ", "America/Lima")
    time.tzset()
    later = xlsx_bytes("x", ["a"], [("b",)], created=CREATED)
    monkeypatch.undo()
    time.tzset()

    assert first == later
    assert xlsx_bytes("x", ["a"], [("b",)], created=datetime(2027, 1, 1, tzinfo=UTC)) != first


def test_the_header_stays_in_view_and_columns_fit_what_they_hold() -> None:
    raw = xlsx_bytes("x", ["号", "学校名称"], [(1, "宁海县第一职业中学")], created=CREATED)

    sheet = openpyxl.load_workbook(io.BytesIO(raw))["x"]

    assert sheet.freeze_panes == "A2"
    assert sheet["A1"].font.b
    assert sheet.column_dimensions["A"].width < 10
    assert sheet.column_dimensions["B"].width > 20


@pytest.mark.parametrize(
    ("title", "tab"),
    [
        ("七(1)班", "七(1)班"),
        ("a/b:c?[d]*\\", "a b c  d"),
        ("'x'", "x"),
        ("", "Sheet1"),
        ("History", "Sheet1"),
        ("名" * 40, "名" * 31),
    ],
)
def test_any_title_makes_a_tab(title: str, tab: str) -> None:
    raw = xlsx_bytes(title, ["a"], [], created=CREATED)

    assert openpyxl.load_workbook(io.BytesIO(raw)).sheetnames == [tab]


def test_text_past_what_a_cell_holds_is_cut_not_dropped() -> None:
    raw = xlsx_bytes("x", ["a"], [("题" * 40_000,)], created=CREATED)

    assert len(parsing.parse(raw)[1][1].cells[0]) == 32_767


def test_columns_past_the_end_of_a_sheet_are_an_error_not_a_loss() -> None:
    with pytest.raises(ValueError, match="no cell 0, 16384"):
        xlsx_bytes("x", ["a"] * 16_385, [], created=CREATED)
