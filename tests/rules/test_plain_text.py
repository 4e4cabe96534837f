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
    "no sign behind the letters": "1. 选谁？\nA甲\nB乙\nC丙\n答案：B",
    "a blank behind the letters": "1. 选谁？\nA 甲\nB 乙\nC 丙\n答案：B",
    "no sign, one line": "1. 选谁？（B）A甲 B乙 C丙",
    "no sign, two a line": "1. 选谁？\nＡ甲　Ｂ乙\nＣ丙\n答案：Ｂ",
    "colons": "1. 选谁？\nA：甲 B：乙\nC：丙\n答案：B",
    "half brackets": "1. 选谁？\nA）甲 B）乙 C）丙\n答案：B",
    "commas without blanks": "1. 选谁？\nA、甲B、乙C、丙\n答案：B",
    "two a line without blanks": "1. 选谁？\nA：甲B：乙\nC：丙\n答案：B",
    "a circled number": "① 选谁？\nA. 甲\nB. 乙\nC. 丙\n答案：B",
    "a Chinese number": "一、选谁？\nA. 甲\nB. 乙\nC. 丙\n答案：B",
    "a Chinese number in brackets": "（一）选谁？\nA. 甲\nB. 乙\nC. 丙\n答案：B",
    "a wide number": "第一题：选谁？\nA. 甲\nB. 乙\nC. 丙\n答案：B",
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


TWO = "{}选谁？\nA．甲\nB．乙\n{}选谁呢？\nA．甲\nB．乙\n"


@pytest.mark.parametrize("numbers", ["1．2．", "①②", "(1)(2)", "一、二、", "第一题第二题"])
@pytest.mark.parametrize(
    "listed",
    ["答案：1-2 AB", "参考答案\n1.A 2.B", "答案：１－２：Ａ、Ｂ", "答案：（1）A（2）B",
     "答案：①A ②B", "答案：1A2B", "参考答案：\n1~2 A B", "参考答案\n单选题：1-2 AB",
     "【答案】1.A\n2.B"],
)  # fmt: skip
def test_a_list_speaks_of_questions_however_they_are_numbered(numbers: str, listed: str) -> None:
    half = len(numbers) // 2
    items = read(TWO.format(numbers[:half], numbers[half:]) + listed)

    assert [(item.faults, zh(item).answer) for item in items] == [((), [0]), ((), [1])]


def test_chinese_numbers_of_questions_stand_in_their_list() -> None:
    for listed in ("答案：一、A 二、B", "参考答案\n一、A\n二、B"):
        items = read(TWO.format("一、", "二、") + listed)

        assert [(item.faults, zh(item).answer) for item in items] == [((), [0]), ((), [1])]


def test_a_list_with_several_right_letters_is_parted_by_commas() -> None:
    items = read(TWO.format("1．", "2．") + "答案：1-2：AB、B")

    assert [zh(item).answer for item in items] == [[0, 1], [1]]


# Words that begin with a letter, in every place where a letter could be that of an option.
LETTERED = {
    "in the stem": (
        "1. B族维生素是毒品吗？\nA. 是\nB. 不是\n答案：B", "B族维生素是毒品吗？", ["是", "不是"],
    ),
    "in a line of the stem": (
        "1. 选哪个？\nA型血的人\nB型血的人\nA. 甲\nB. 乙\n答案：B",
        "选哪个？\nA型血的人\nB型血的人", ["甲", "乙"],
    ),
    "in a row in the stem": (
        "1. 维生素有 A族 B族 C族吗？\nA. 有\nB. 没有\n答案：A",
        "维生素有 A族 B族 C族吗？", ["有", "没有"],
    ),
    "as options": (
        "1. 哪个？\nA. K粉 B. B族维生素 C. A4纸\n答案：A", "哪个？", ["K粉", "B族维生素", "A4纸"],
    ),
    "in an option": (
        "1. 哪个？\nA. 甲 B族维生素 C族 B. 乙 C. 丙\n答案：A",
        "哪个？", ["甲 B族维生素 C族", "乙", "丙"],
    ),
    "in the next line of an option": (
        "1. 哪个？\nA. 维生素\nB族也算\nB. 糖\n答案：A", "哪个？", ["维生素\nB族也算", "糖"],
    ),
    "before a comma in the last option": (
        "1. 哪个？\nA、甲\nB、维生素C、糖\n答案：A", "哪个？", ["甲", "维生素C、糖"],
    ),
    "before a comma, and blanks between options": (
        "1. 哪个？\nA、含维生素B、糖的 B、乙 C、丙\n答案：A",
        "哪个？", ["含维生素B、糖的", "乙", "丙"],
    ),
    "people in a true sentence": (
        "1. 小明说：\nA君来了，\nB君走了。\n答案：对",
        "小明说：\nA君来了，\nB君走了。", ["对", "错"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("where", LETTERED)
def test_a_word_that_begins_with_a_letter_is_not_split(where: str) -> None:
    text, stem, said = LETTERED[where]
    item = one(text)

    assert item.faults == ()
    assert (zh(item).stem, options(item)) == (stem, said)


TWO_WAYS = {
    "words, not options": "1. 哪个？\nA型血\nB型血\nC型血\n答案：B",
    "a word after an option": "1. 哪个？\nA甲 B族维生素 C盐\n答案：A",
    "no blanks and no signs": "1. 选谁？\nA甲B乙C丙\n答案：B",
    "some blanks and no signs": "1. 选谁？\nA甲 B乙C丙\n答案：B",
    "two of one letter": "1. 选谁？\nA甲 B族\nB乙\n答案：B",
    "people in the stem": "1. 问 A同学 B同学 谁对？（B）",
    "commas with and without blanks": "1. 选谁？\nA、甲 B、乙C、丙 D、丁\n答案：B",
    "words before letters": "1. 哪个？\nA、维生素B、维生素C、糖\n答案：A",
    "a word before a letter": "1. 哪个？\nA、糖B、维生素C、盐\n答案：A",
    "the same words before letters": "1. 哪个？\nA、甲级B、甲级C、糖\n答案：A",
    "two, and commas without blanks": "1. 哪个？\nA、含钙B、糖\n答案：A",
}


@pytest.mark.parametrize("what", TWO_WAYS)
def test_letters_that_could_be_read_in_two_ways_are_told(what: str) -> None:
    item = one(TWO_WAYS[what])

    assert item.texts == {}
    assert "where each option begins" in item.faults[0]


@pytest.mark.parametrize("inner", ["①甲\n②乙", "（1）甲\n（2）乙", "⑴甲\n⑵乙"])
def test_what_is_numbered_within_a_question_is_no_question(inner: str) -> None:
    first, second = read(
        f"1. 正确的是\n{inner}\nA. 第一句\nB. 第二句\n答案：A\n2. 选谁？\nA. 甲\nB. 乙\n答案：B"
    )

    assert zh(first).stem == f"正确的是\n{inner}"
    assert (options(first), zh(second).answer) == (["第一句", "第二句"], [1])


def test_a_title_between_questions_belongs_to_none() -> None:
    items = read(
        "一、常识\n1. 选谁？\nA. 甲\nB. 乙\n二、法律\n2. 选谁呢？\nA. 丙\nB. 丁\n答案：1-2 AB"
    )

    assert [options(item) for item in items] == [["甲", "乙"], ["丙", "丁"]]


DOUBTS = {
    "letters without numbers": (TWO.format("1．", "2．") + "参考答案：\nAB", "may be a list"),
    "no number before the next": (
        "选谁？\nA. 甲\nB. 乙\n答案：B\n选谁呢？\nA. 甲\nB. 乙\n答案：B",
        "options behind its answer",
    ),
    "answers in two brackets": ("1. 判断\n（1）是真的（√）\n（2）也是真的（√）", "in 2 brackets"),
    "words with numbers": ("1. 报警电话是____\n2. 急救电话是____\n答案：1.110 2.120", "several"),
    "letters and a word with numbers": (
        "1. 选谁？\nA. 甲\nB. 乙\n2. 警察是____\n3. 急救是____\n答案：1.A 2.110 3.120", "several",
    ),
    "a word with a number, and the next below": (
        "1. 警察是____\n2. 急救是____\n答案：1.110\n2.120", "several",
    ),
    "words with numbers in a list": (
        "1. 警察是____\n2. 急救是____\n参考答案：\n1.110 2.120", "line of its own",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", DOUBTS)
def test_what_may_be_two_questions_is_told(what: str) -> None:
    text, says = DOUBTS[what]
    told = read(text)

    assert all(item.texts == {} for item in told)
    assert says in " ".join(fault for item in told for fault in item.faults)


def test_a_decimal_is_no_list_where_the_others_have_their_answers() -> None:
    items = read("1. 一半是____\n答案：0.5\n2. 一个半是____\n答案：1.5")

    assert [zh(item).accept for item in items] == [["0.5"], ["1.5"]]


PARTED = {
    "under the last of three": "1. 甲好。\n2. 乙好。\n3. 判断：\n（1）甲对。\n（2）乙对。\n{}",
    "under the only one": "1. 判断：（1）甲对。（2）乙对。\n{}",
    "under the second, as many": "1. 甲好。\n2. 判断：①甲对。②乙对。\n{}",
    "under a Chinese number": "一、甲好。\n二、这么说：（1）甲对。（2）乙对。\n{}",
}  # fmt: skip


@pytest.mark.parametrize("which", PARTED)
@pytest.mark.parametrize(
    "listed",
    ["答案：（1）√（2）×", "（1）√（2）×", "答案：①√ ②×", "答案：（1）√\n（2）×",
     "答案：\n（1）√\n（2）×"],
)  # fmt: skip
def test_answers_for_parts_are_given_to_no_other_question(which: str, listed: str) -> None:
    items = read(PARTED[which].format(listed))

    assert [item.texts for item in items] == [{}] * PARTED[which].count("好") + [{}]
    assert "for parts of it" in items[-1].faults[0]


def test_the_question_behind_one_with_parts_is_read() -> None:
    behind = "答案：（1）√（2）×\n3. 选谁？\nA. 甲\nB. 乙\n答案：B"
    parted, item = read(PARTED["under the only one"].format(behind))

    assert "for parts of it" in parted.faults[0]
    assert (options(item), zh(item).answer) == (["甲", "乙"], [1])


SECTIONED = f"一、单选题\n{TWO.format('1．', '2．')}{{}}\n{{}}\n1. 真的。\n2. 假的。\n{{}}"


@pytest.mark.parametrize("second", ["二、判断题", "二、法律", "判断题"])
@pytest.mark.parametrize(
    "listed",
    [("答案：1-2 AB", "答案：1-2 √×"), ("答案：\n1. A\n2. B", "答案：\n1. √\n2. ×"),
     ("1-2 AB", "1.√ 2.×"), ("参考答案\n一、1-2 AB", "参考答案：\n1-2：√×")],
)  # fmt: skip
def test_each_section_has_its_list_behind_it(second: str, listed: tuple[str, str]) -> None:
    items = read(SECTIONED.format(listed[0], second, listed[1]))

    assert [item.faults for item in items] == [()] * 4
    assert [zh(item).answer for item in items] == [[0], [1], [0], [1]]


def test_a_list_behind_a_section_says_nothing_of_the_next_one() -> None:
    first, second, told = read(
        "一、单选题\n1. 选谁？\nA. 甲\nB. 乙\n答案：1-2 AB\n二、单选题\n2. 选谁呢？\nA. 丙\nB. 丁"
    )

    assert zh(first).answer == [0]
    assert "no answer was found" in second.faults[0]
    assert "not clear which question" in told.faults[0]


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
