"""Questions as teachers paste them: what is understood, and what is told instead of guessed."""

from typing import Any

import pytest

from quizapp.bank.exchange import Item
from quizapp.bank.formats import plain
from quizapp.bank.kinds.choices import Choices
from quizapp.bank.kinds.fill import Fill
from quizapp.bank.rules import Kind


def read(text: str) -> list[Item]:
    return plain.read("粘贴", text.encode())


def one(text: str) -> Item:
    (item,) = read(text)
    return item


def zh(item: Item) -> Any:
    return item.texts["zh"]


def options(item: Item) -> list[str]:
    said = zh(item)
    return [option.text for option in said.options] if isinstance(said, Choices) else []


ABC = ["甲", "乙", "丙"]
WAYS = {
    "a line each": "1. 选谁？\nA. 甲\nB. 乙\nC. 丙\n答案：B",
    "one line": "1. 选谁？ A. 甲 B. 乙 C. 丙 答案：B",
    "options in one line": "1、选谁？\nA. 甲  B. 乙  C. 丙\n答案：B",
    "full width": "１．选谁？\nＡ．甲\nＢ．乙\nＣ．丙\n答案：Ｂ",
    "enumeration commas": "1、选谁？\nA、甲\nB、乙\nC、丙\n【答案】B",
    "brackets": "（1）选谁？\n（A）甲 （B）乙 （C）丙\n参考答案：B",
    "no blanks": "1.选谁？A.甲B.乙C.丙 答案:B",
    "the answer in brackets": "1. 选谁？（B）\nA. 甲\nB. 乙\nC. 丙",
    "a wide answer in brackets": "1. 选谁？（　Ｂ　）\nA. 甲\nB. 乙\nC. 丙",
    "both say the same": "1. 选谁？（ B ）\nA. 甲\nB. 乙\nC. 丙\n答案：B",
    "a word for the answer": "第1题 选谁？\nA. 甲\nB. 乙\nC. 丙\n正确答案是 B。",
    "behind the last option": "1. 选谁？\nA. 甲\nB. 乙\nC. 丙 答案：B",
    "no number": "选谁？\nA. 甲\nB. 乙\nC. 丙\n答案：B",
    "the answer below": "1. 选谁？\nA. 甲\nB. 乙\nC. 丙\n答案：\nB",
    "a list": "1. 选谁？\nA. 甲\nB. 乙\nC. 丙\n答案：\n1. B",
    "blank lines": "1. 选谁？\n\nA. 甲\n\nB. 乙\n\nC. 丙\n\n答案：B",
}


@pytest.mark.parametrize("way", WAYS)
def test_one_question_is_pasted_in_many_ways(way: str) -> None:
    item = one(WAYS[way])

    assert (item.kind, item.faults) == (Kind.SINGLE, ())
    assert (options(item), zh(item).answer) == (ABC, [1])
    assert zh(item).stem.startswith("选谁？")


@pytest.mark.parametrize("written", ["解析：因为。", "【解析】因为。", "答案解析：因为。"])
def test_an_explanation_stands_behind_the_answer_or_below(written: str) -> None:
    for between in ("\n", " "):
        item = one(f"1. 选谁？\nA. 甲\nB. 乙\nC. 丙\n答案：B{between}{written}")

        assert zh(item).explain == "因为。"


@pytest.mark.parametrize(
    ("written", "is_true"),
    [("（√）", True), ("（×）", False), ("（对）", True), ("（错）", False), ("(√)", True),
     ("\n答案：正确", True), ("\n答案：错误", False), ("\n答案：×", False), (" 答案：对", True),
     ("（T）", True), ("\nA. 正确 B. 错误\n答案：A", True), ("\nA. 对\nB. 错\n答案：B", False)],
)  # fmt: skip
def test_true_or_false_is_said_in_many_ways(written: str, is_true: bool) -> None:
    item = one(f"1. 毒品一次也不能试。{written}")

    assert (item.kind, item.faults) == (Kind.JUDGE, ())
    assert options(item) == ["对", "错"]
    assert zh(item).answer == [0 if is_true else 1]
    assert zh(item).stem == "毒品一次也不能试。"


@pytest.mark.parametrize("said", ["ABD", "A、B、D", "A,B,D", "A B D", "ＡＢＤ"])
def test_several_right_letters_make_a_question_with_several(said: str) -> None:
    item = one(f"1. 哪些？\nA. 甲\nB. 乙\nC. 丙\nD. 丁\n答案：{said}")

    assert (item.kind, zh(item).answer) == (Kind.MULTIPLE, [0, 1, 3])
    assert zh(item).stem == "哪些？（可多选）"
    assert item.dropped


def test_a_gap_is_filled_in() -> None:
    item = one("1. 热线是________。\n答案：12355 / 一二三五五")

    said = zh(item)
    assert isinstance(said, Fill)
    assert (said.stem, said.accept) == ("热线是____。", ["12355", "一二三五五"])


def test_under_a_heading_brackets_are_the_gap() -> None:
    item = one("一、填空题\n1. 热线是（　　）。\n答案：12355")

    assert (item.kind, zh(item).stem) == (Kind.FILL, "热线是____。")


LISTED = """一、单选题（每题2分，共6分）
1. 选谁？
A. 甲 B. 乙 C. 丙
2. 选谁呢？
A. 甲 B. 乙 C. 丙
3.15岁的人选谁？
A. 甲 B. 乙 C. 丙
二、多选题
1. 哪些？
A. 甲 B. 乙 C. 丙 D. 丁
三、判断题
1. 是真的。（ ）
2. 是假的。（ ）
"""
LISTS = {
    "spans": "参考答案\n一、1-3 ABC\n二、1. ABD\n三、1-2 √×",
    "entries": "答案：\n一、1.A 2.B 3.C\n二、1.ABD\n三、1.√ 2.×",
    "headings": "参考答案：\n一、单选题\n1-3：ABC\n二、多选题\n1、ABD\n三、判断题\n1.对 2.错",
    "a line each, with reasons": (
        "参考答案与解析\n一、单选题\n1. A 解析：因为甲。\n2. B\n3.【答案】C【解析】因为丙。\n"
        "二、多选题\n1. ABD\n三、判断题\n1. 正确\n2. 错误"
    ),
}


@pytest.mark.parametrize("way", LISTS)
def test_the_answers_stand_at_the_end(way: str) -> None:
    items = read(LISTED + LISTS[way])

    assert [item.faults for item in items] == [()] * 6
    assert [zh(item).answer for item in items] == [[0], [1], [2], [0, 1, 3], [0], [1]]
    assert zh(items[2]).stem == "15岁的人选谁？"


def test_reasons_of_the_list_come_along() -> None:
    items = read(LISTED + LISTS["a line each, with reasons"])

    assert [zh(item).explain for item in items[:3]] == ["因为甲。", "", "因为丙。"]


def test_numbers_that_go_on_over_sections_are_found_without_headings() -> None:
    text = LISTED.replace("\n1. 哪些", "\n4. 哪些").replace("\n1. 是真", "\n5. 是真")
    items = read(text.replace("\n2. 是假", "\n6. 是假") + "答案：1-3 ABC 4.ABD 5.√ 6.×")

    assert [zh(item).answer for item in items] == [[0], [1], [2], [0, 1, 3], [0], [1]]


UNCLEAR = {
    "no answer": ("1. 选谁？\nA. 甲\nB. 乙\nC. 丙", "no answer was found"),
    "an answer that is no option": ("1. 选谁？\nA. 甲\nB. 乙\n答案：D", "none of its options"),
    "two answers": ("1. 选谁（A）？\nA. 甲\nB. 乙\n答案：B", "different answers"),
    "a letter is missing": ("1. 选谁？\nA. 甲\nC. 丙\n答案：A", "lettered AC"),
    "a free text": ("一、简答题\n1. 谈谈。\n答案：略", "free text"),
    "two gaps": ("1. 从____到____。\n答案：一 / 二", "2 gaps"),
    "neither options nor truth": ("1. 选谁？\n答案：大家", "no options"),
    "one of several": ("一、多选题\n1. 哪些？\nA. 甲\nB. 乙\n答案：A", "several right answers"),
    "several of one": ("一、单选题\n1. 哪个？\nA. 甲\nB. 乙\n答案：AB", "one right answer"),
}


@pytest.mark.parametrize("what", UNCLEAR)
def test_what_is_not_clear_is_told_and_not_guessed(what: str) -> None:
    text, says = UNCLEAR[what]
    item = one(text)

    assert item.texts == {}
    assert says in " ".join(item.faults)


def test_a_span_with_another_count_is_told() -> None:
    *items, told = read("1. 真的。（ ）\n2. 假的。（ ）\n3. 那个。（ ）\n答案：1-3 √×")

    assert "1 to 3 has 2 answers" in told.faults[0]
    assert all("no answer was found" in item.faults[0] for item in items)


def test_a_number_that_two_questions_have_is_not_given_to_either() -> None:
    *items, told = read("1. 真的。（ ）\n1. 假的。（ ）\n答案：\n1. √")

    assert [bool(item.faults) for item in items] == [True, True]
    assert "not clear which question" in told.faults[0]


def test_titles_are_told_and_marks_are_left_out() -> None:
    title, item = read("禁毒知识练习\n1. 选谁？（2分）\nA. 甲\nB. 乙\nC. 丙\n答案：A")

    assert "belongs to no question" in title.faults[0]
    assert zh(item).stem == "选谁？"
    assert "marks" in item.dropped[0]


def test_a_situation_has_its_scene_above_the_question() -> None:
    item = one("1. 【情境】放学路上有人递来饮料。\n你怎么做？\nA. 喝\nB. 走开\nC. 收\n答案：B")

    assert (item.kind, zh(item).scene, zh(item).stem) == (
        Kind.SITUATION, "放学路上有人递来饮料。", "你怎么做？",
    )  # fmt: skip


def test_letters_within_an_option_are_no_options() -> None:
    item = one("1. 选谁（ A ） A、维生素A、B、C B、乙 C、丙")

    assert options(item) == ["维生素A、B、C", "乙", "丙"]
