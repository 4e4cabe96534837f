"""question_bank/: each rule with a small broken file, and the files that ship."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from quizapp.bank import faults, files
from quizapp.bank.files import Bank
from quizapp.bank.rules import Kind
from quizapp.core.paths import data_dir
from tests.question_files import EN, HEAD, ZH

SHIPPED = data_dir("question_bank")
TOPICS = """
[law]
zh = "法律与后果"
en = "Law"

[refusal]
zh = "拒绝与求助"
en = "Refusal"
"""
SOURCES = """
[rule]
title = "守则"
publisher = "青盾课堂"
date = 2026-11-01
read_on = 2026-11-01
certainty = "rule"
[rule.passages]
leave = "走开，告诉大人。"

[list]
title = "列管公告"
publisher = "药监局"
date = 2023-10-01
read_on = 2026-11-01
certainty = "copy"
[list.passages]
etomidate = "依托咪酯已列管。"
"""
JUDGE = """
[question.zh]
stem = "吸毒是违法行为。"
options = [ { text = "对", right = true }, { text = "错", feedback = "是违法。" } ]
explain = "吸毒违法。"
"""
GOOD = HEAD + ZH + EN

Read = Callable[..., Bank]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "question_bank"
    (made / "refusal").mkdir(parents=True)
    (made / "topics.toml").write_text(TOPICS, encoding="utf-8")
    (made / "sources.toml").write_text(SOURCES, encoding="utf-8")
    return made


@pytest.fixture
def read(root: Path) -> Read:
    """Return a function that reads a bank of one file with this text."""

    def reader(text: str, name: str = "refusal/primary-drinks.toml") -> Bank:
        file = root / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return files.read(root)

    return reader


def with_options(lines: list[str], stem: str) -> str:
    options = "\n".join(lines)
    return f'[question.zh]\nstem = "{stem}"\nexplain = "因"\noptions = [\n{options}\n]'


def told(bank: Bank) -> list[str]:
    return [str(fault) for fault in bank.faults]


def test_a_sound_question_is_read(read: Read) -> None:
    bank = read(GOOD)

    assert told(bank) == []
    [question] = bank.questions
    assert (question.key, question.topic, question.answer) == (
        "primary-strange-drink",
        "refusal",
        [0],
    )
    assert question.plain()["zh"]["options"][0] == {"text": "不喝，走开"}
    assert question.plain()["en"]["options"][1]["feedback"] == "You cannot smell it."


def test_the_examples_of_the_readme_are_read(read: Read) -> None:
    manual = (SHIPPED / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", manual, re.DOTALL)
    said = re.sub(r'"rule:[a-z-]+"', '"rule:leave"', "\n".join(examples))

    bank = read(said)

    assert told(bank) == []
    assert bank.questions[0].key == "primary-refuse-strange-drink"
    assert {question.head.kind for question in bank.questions} == {
        Kind.SINGLE, Kind.SITUATION, Kind.ORDER, Kind.MATCH, Kind.FILL,
    }  # fmt: skip


def test_a_fault_says_where_it_stands_and_what_to_do(read: Read) -> None:
    broken = GOOD.replace("\nstem = ", "\nstemm = ", 1)
    broken = broken.replace('explain = "谢绝，走开，告诉大人。"', "")

    assert told(read("# 拒绝\n" + broken)) == [
        "question_bank/refusal/primary-drinks.toml:3: primary-strange-drink: "
        "explain is missing; say in a sentence or two why the answer is right",
        "question_bank/refusal/primary-drinks.toml:3: primary-strange-drink: "
        "stem is missing; write the question itself",
        "question_bank/refusal/primary-drinks.toml:3: primary-strange-drink: "
        "stemm is not a field; did you mean stem?",
    ]


def test_all_faults_of_all_files_are_told_at_once(root: Path, read: Read) -> None:
    (root / "law").mkdir()
    second = GOOD.replace("primary-strange-drink", "primary-other").replace(
        "rule:leave", "rule:run"
    )
    (root / "law" / "primary-law.toml").write_text(second, encoding="utf-8")

    bank = read(GOOD.replace("difficulty = 1", "difficulty = 4") + second)

    assert [(fault.file.rpartition("/")[2], fault.key) for fault in bank.faults] == [
        ("primary-law.toml", "primary-other"),
        ("primary-drinks.toml", "primary-strange-drink"),
        ("primary-drinks.toml", "primary-other"),
        ("primary-drinks.toml", "primary-other"),
    ]
    assert bank.questions == []


BROKEN = {  # What is wrong: what stands there, what is written instead, what is told.
    "unknown field": ("pool =", "pol =", "pol is not a field; did you mean pool?"),
    "number as text": ("difficulty = 1", 'difficulty = "1"', "difficulty must be a whole number"),
    "difficulty of four": ("difficulty = 1", "difficulty = 4", "it must be 3 or less"),
    "date as text": ("2027-06-30", '"2027-06-30"', "review_by must be a date like 2026-11-21"),
    "kind with a typo": ("single", "singel", "kind is 'singel'; did you mean single?"),
    "no such stage": ('stage = "primary"', 'stage = "tot"', "choose one of: primary, junior"),
    "stage of another file": ('stage = "primary"', 'stage = "junior"', "name of the file begins"),
    "key with capitals": ("primary-strange", "Primary-strange", "use small letters, digits"),
    "key of 81 letters": ("primary-strange-drink", "k" * 81, "key is longer than 80"),
    "no source": ('["rule:leave"]', "[]", "source is empty; name at least one passage"),
    "source without passage": ("rule:leave", "rule", "names no passage; write source:passage"),
    "unknown source": ("rule:leave", "ruel:leave", "no source ruel; did you mean rule?"),
    "unknown passage": ("rule:leave", "rule:leaf", "has no passage leaf; choose one of: leave"),
    "source twice": ('["rule:leave"]', '["rule:leave", "rule:leave"]', "rule:leave twice"),
    "review before the look": ("2027-06-30", "2026-11-20", "review_by lies before as_of"),
    "copy trusted too long": ('"rule:leave"', '"list:etomidate"', "more than six months"),
    "no right option": (", right = true", ', feedback = "x"', "0 options are right; mark"),
    "two right options": ('feedback = "闻不出来。"', "right = true", "2 options are right; mark"),
    "no feedback": (', feedback = "闻不出来。"', "", "option 2: feedback is missing; put right"),
    "same feedback twice": ("收下就给了机会。", "闻不出来。", "has the feedback of another"),
    "same option twice": ('"带回家"', '"先闻一闻"', "says the same as another"),
    "all of the above": ('"带回家"', '"以上都是"', "option 3 points at others"),
    "none of the above": ('"带回家"', '"以上都不是"', "option 3 points at others"),
    "none of them": ('"Take it home"', '"None of the above"', "en: option 3 points at others"),
    "letters of others": ('"带回家"', '"A和B都对"', "option 3 points at others"),
    "option of 201 signs": ('"带回家"', f'"{"x" * 201}"', "option 3: text is longer than 200"),
    "stem of 401 signs": ("陌生人请你喝饮料，怎么做？", "x" * 401, "stem is longer than 400"),
    "empty stem": ("陌生人请你喝饮料，怎么做？", "  ", "stem is empty; write the question"),
    "right elsewhere in English": (
        '"Say no and leave", right = true',
        '"Say no and leave", feedback = "x"',
        "en has other right options than zh",
    ),
    "no Chinese text": ("[question.zh]", "[question.cn]", "zh is missing; write the question"),
    "text that is no table": (ZH, '\nzh = "?"\n', "zh must be a table of its own"),
    "another language": ("[question.en]", "[question.fr]", "fr is not a field"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_told(read: Read, name: str) -> None:
    old, new, says = BROKEN[name]
    assert old in GOOD

    bank = read(GOOD.replace(old, new, 1))

    assert [fault for fault in told(bank) if says in fault], told(bank)
    assert bank.questions == []
    assert {fault.line for fault in bank.faults} == {2}


def test_an_option_too_few_in_english_is_told(read: Read) -> None:
    fewer = '  { text = "Take it home", feedback = "That gives a reason to come back." },\n'

    bank = read(GOOD.replace(fewer, ""))

    assert any("en has 2 options and zh 3" in fault for fault in told(bank))


@pytest.mark.parametrize(
    ("kind", "options"), [("single", 2), ("single", 6), ("multiple", 3), ("multiple", 7)]
)
def test_each_kind_has_its_number_of_options(read: Read, kind: str, options: int) -> None:
    lines = [f'  {{ text = "甲{n}", right = true }},' for n in range(1 if kind == "single" else 2)]
    lines += [f'  {{ text = "乙{n}", feedback = "丙{n}" }},' for n in range(options - len(lines))]

    bank = read(HEAD.replace('"single"', f'"{kind}"') + with_options(lines, "？（可多选）"))

    assert any(f"there are {options} options" in fault for fault in told(bank))


def test_a_multiple_question_says_so_and_has_a_wrong_option(read: Read) -> None:
    lines = [f'  {{ text = "甲{n}", right = true }},' for n in range(4)]

    bank = read(HEAD.replace('"single"', '"multiple"') + with_options(lines, "哪些对？"))

    assert any("add （可多选）" in fault for fault in told(bank))
    assert any("4 options are right" in fault for fault in told(bank))


def test_a_judge_question_has_its_two_options(read: Read) -> None:
    judge = HEAD.replace('"single"', '"judge"')
    english = (
        JUDGE.replace("question.zh", "question.en").replace("对", "False").replace("错", "True")
    )

    assert told(read(judge + JUDGE)) == []
    assert any("对 and 错" in fault for fault in told(read(judge + JUDGE.replace("错", "不对"))))
    assert any("True where zh has 错" in fault for fault in told(read(judge + JUDGE + english)))


SITUATION = """
[question.zh]
scene = "放学后，你和{name}在{place}排队。有人递来两杯饮料。"
stem = "你怎么对{name}说？"
options = [
  { text = "我们走吧", right = true, feedback = "离开最安全。" },
  { text = "你先喝", feedback = "这样{name}也有危险。" },
  { text = "一起喝", feedback = "两个人都有危险。" },
]
explain = "谢绝，走开。"
params = [
  { name = "小雨", place = "书店" },
  { name = "小禾", place = "操场边" },
  { name = "小川", place = "车站" },
]
"""
ORDER = """
[question.zh]
stem = "有人昏倒，先做什么？"
options = [ { text = "看是否安全" }, { text = "打120" }, { text = "等救护车" } ]
feedback = "先保证自己安全。"
explain = "先看，再打电话。"
"""
MATCH = """
[question.zh]
stem = "哪个号码做什么用？"
options = [
  { text = "110", pair = "报警", feedback = "110是报警。" },
  { text = "120", pair = "急救", feedback = "120是急救。" },
  { text = "12355", pair = "青少年服务", feedback = "12355听你说。" },
]
others = ["查天气"]
explain = "记住这三个号码。"
"""
FILL = """
[question.zh]
stem = "青少年服务热线是 ____。"
accept = ["12355", "一二三五五"]
wrong = [ { text = "12345", feedback = "那是市民热线。" } ]
feedback = "再想想。"
explain = "12355听你说。"
"""
BODIES = {"situation": SITUATION, "order": ORDER, "match": MATCH, "fill": FILL}


def of_kind(kind: str, body: str | None = None) -> str:
    return HEAD.replace('"single"', f'"{kind}"') + (body or BODIES[kind])


@pytest.mark.parametrize("kind", BODIES)
def test_every_kind_is_read(read: Read, kind: str) -> None:
    bank = read(of_kind(kind))

    assert told(bank) == []
    assert [question.head.kind for question in bank.questions] == [kind]


def test_a_revision_keeps_what_the_kind_says(read: Read) -> None:
    [match] = read(of_kind("match")).questions
    [fill] = read(of_kind("fill")).questions
    [situation] = read(of_kind("situation")).questions

    assert match.answer == [0, 1, 2]
    assert match.plain()["zh"]["others"] == ["查天气"]
    assert match.plain()["zh"]["options"][0]["pair"] == "报警"
    assert (fill.answer, fill.plain()["zh"]["accept"]) == ([], ["12355", "一二三五五"])
    assert situation.answer == [0]
    assert "right" not in situation.plain()["zh"]["options"][0]
    assert len(situation.plain()["zh"]["params"]) == 3


BROKEN_KINDS = {  # What is wrong: kind, what stands there, what is written instead, what is told.
    "no scene": ("situation", "scene =", "scen =", "scen is not a field; did you mean scene?"),
    "long scene": ("situation", "放学后", "长" * 301, "scene is longer than 300"),
    "right without consequence": (
        "situation", ', feedback = "离开最安全。"', "", "option 1: feedback is missing; say what"),
    "two right ways": ("situation", '"一起喝"', '"一起喝", right = true', "2 options are right"),
    "value missing": ("situation", ', place = "书店"', "", "row 1 of params has no place"),
    "value unused": ("situation", "在{place}", "", "params gives place, but {place} stands"),
    "place without value": ("situation", "谢绝", "谢绝{who}", "row 1 of params has no who"),
    "single brace": ("situation", "谢绝", "谢绝{", "a single brace"),
    "bad name": ("situation", "place", "Place", "Place is no name for a value"),
    "row twice": (
        "situation", 'name = "小川", place = "车站"', 'name = "小雨", place = "书店"', "row 3 of"),
    "two rows": ("situation", '  { name = "小川", place = "车站" },\n', "", "params has 2 rows"),
    "value as number": ("situation", '"小雨"', "7", "must be a text in quotation marks"),
    "same once filled": (
        "situation", '"你先喝", feedback = "这样{name}也有危险。" },\n  { text = "一起喝"',
        '"小雨", feedback = "这样{name}也有危险。" },\n  { text = "{name}"',
        "option 2 says the same"),
    "places without params": ("order", "先看", "{name}先看", "{name} has no value; give params"),
    "order with a right one": (
        "order", '{ text = "打120" }', '{ text = "打120", right = true }', "right is not a field"),
    "order without feedback": ("order", "feedback =", "feedbak =", "feedback is missing; say in a"),
    "order of two": ("order", ', { text = "等救护车" }', "", "there are 2 options; a order"),
    "order twice": ("order", "等救护车", "打120", "says the same as another"),
    "no pair": ("match", ', pair = "急救"', "", "pair is missing; write the right partner"),
    "pair twice": ("match", '"急救"', '"报警"', "the partner 报警 is there more than once"),
    "other like a pair": ("match", '"查天气"', '"急救"', "the partner 急救 is there more than"),
    "three others": ("match", '["查天气"]', '["甲", "乙", "丙"]', "others has more than 2 entries"),
    "match without feedback": ("match", ', feedback = "120是急救。"', "", "feedback is missing"),
    "no gap": ("fill", "____", "多少", "stem has no gap"),
    "two gaps": ("fill", "____。", "____ 和 ____。", "stem has no gap, or more than one"),
    "long gap": ("fill", "____", "______", "stem has no gap"),
    "nothing accepted": ("fill", '["12355", "一二三五五"]', "[]", "accept is empty; write every"),
    "accepted twice": ("fill", "一二三五五", "123 55", "123 55 is the same answer as another"),
    "accepted as wrong": ("fill", '"12345"', '"１２３５５"', "is the same answer as another"),
    "only punctuation": ("fill", "一二三五五", "……", "…… has neither letter nor digit"),
    "feedback of another": ("fill", "那是市民热线。", "再想想。", "has the feedback of another"),
    "options in fill": ("fill", "accept =", "options = []\naccept =", "options is not a field"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN_KINDS)
def test_a_broken_rule_of_a_kind_is_told(read: Read, name: str) -> None:
    kind, old, new, says = BROKEN_KINDS[name]
    assert old in BODIES[kind]

    bank = read(of_kind(kind, BODIES[kind].replace(old, new)))

    assert [fault for fault in told(bank) if says in fault], told(bank)
    assert bank.questions == []
    assert len(set(told(bank))) == len(told(bank)), "each sentence once, whatever the rows"


@pytest.mark.parametrize(
    ("kind", "old", "new", "says"),
    [
        ("situation", '  { name = "小川", place = "车站" },\n',
         '  { name = "小川", place = "车站" },\n  { name = "阿宁", place = "家" },\n',
         "en has 4 rows of params and zh 3"),
        ("order", ', { text = "等救护车" } ]', ', { text = "等" }, { text = "走" } ]',
         "en has 4 options and zh 3"),
        ("match", 'others = ["查天气"]\n', "", "en has 0 others and zh 1"),
        ("match", "\nothers", '\nother = []\nothers', "en: other is not a field"),
    ],
)  # fmt: skip
def test_the_english_text_is_the_same_question(
    read: Read, kind: str, old: str, new: str, says: str
) -> None:
    zh = BODIES[kind]
    en = zh.replace(old, new).replace("question.zh", "question.en")

    assert any(says in fault for fault in told(read(of_kind(kind, zh + en))))
    same = zh.replace("question.zh", "question.en")
    assert told(read(of_kind(kind, zh + same))) == []


def test_the_core_set_is_read_by_all_in_both_languages(read: Read) -> None:
    core = GOOD.replace('pool = "open"', 'pool = "open"\ncore = true')

    [question] = read(core).questions
    assert question.head.core
    assert question.digest != read(GOOD).questions[0].digest
    assert any("core is true, but anchors" in f for f in told(read(core.replace("open", "anchor"))))
    assert any("core is true, so it is read in English" in f for f in told(read(HEAD.replace(
        'pool = "open"', 'pool = "open"\ncore = true') + ZH)))  # fmt: skip


def test_a_question_that_says_nothing_new_keeps_its_digest(read: Read) -> None:
    """As it was before there were more kinds: what is in a database stays as it is."""
    [question] = read(GOOD).questions

    assert question.digest.startswith("01c795d71a67256d")


def test_a_key_is_used_once_in_all_files(root: Path, read: Read) -> None:
    (root / "law").mkdir()
    (root / "law" / "primary-law.toml").write_text(GOOD.replace("= 1", "= 9", 1), encoding="utf-8")

    assert any(
        "question_bank/law/primary-law.toml:2 has this key already" in fault
        for fault in told(read(GOOD))
    )


def test_toml_that_cannot_be_read_names_its_own_line(read: Read) -> None:
    [fault] = told(read(GOOD.replace('kind = "single"', "kind = single")))
    [open_end] = told(read(GOOD + '\nmore = "'))

    assert fault.startswith("question_bank/refusal/primary-drinks.toml:4: this is not TOML: ")
    assert open_end.startswith(
        f"question_bank/refusal/primary-drinks.toml:{GOOD.count(chr(10)) + 2}: "
    )


def test_a_file_in_another_encoding_is_told(root: Path, read: Read) -> None:
    (root / "refusal" / "primary-old.toml").write_bytes("# 1\nkey = '对'".encode("gb18030"))

    [fault] = told(read(GOOD))
    assert fault.startswith("question_bank/refusal/primary-old.toml:2: this is not UTF-8; save")


def test_a_text_that_is_nested_without_end_is_told(read: Read) -> None:
    assert any("nested too deep" in fault for fault in told(read("a = " + "[" * 20_000)))


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("a.b.c.d.e.f.g.h.i = 1", True),
        ('x = "a.b.c.d.e.f.g.h.i.j.k 1.2.3.4.5.6.7.8.9.10"', True),
        ("a.b.c.d.e.f.g.h.i.j = 1", False),
        ("""[ a . b.'c'."d".e.f.g.h.i.j ]""", False),
        ("x = { y = 1, a.b.c.d.e.f.g.h.i.j = 1 }", False),
    ],
)
def test_a_key_of_very_many_names_is_not_read(text: str, is_read: bool) -> None:
    said, wrong = faults.toml(f"z = 1\n{text}")

    assert bool(said) is is_read
    assert is_read or wrong == [(2, "a key has more than eight dots; make it flatter")]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "refusl/primary-drinks.toml",
            "refusl is not a topic of topics.toml; did you mean refusal?",
        ),
        ("primary-drinks.toml", "this file lies in no topic's folder; move it into one"),
        ("refusal/drinks.toml", "the name of the file is not <stage>-<theme>.toml; rename it"),
    ],
)
def test_a_file_in_the_wrong_place_is_told(read: Read, name: str, says: str) -> None:
    assert any(says in fault for fault in told(read(GOOD, name)))


def test_a_file_holds_questions_and_nothing_else(read: Read) -> None:
    assert any("no question in this file" in fault for fault in told(read("# 空")))
    assert any(
        "questions is not a field; did you mean question?" in fault
        for fault in told(
            read(GOOD.replace("[[question]]", "[[questions]]").replace("[question.", "[x."))
        )
    )


def test_topics_and_sources_are_read_as_strictly(root: Path, read: Read) -> None:
    (root / "topics.toml").write_text(TOPICS.replace('en = "Law"', ""), encoding="utf-8")
    late = SOURCES.replace("read_on = 2026-11-01", "read_on = 2020-01-01", 1)
    (root / "sources.toml").write_text(late.replace('"copy"', '"hearsay"'), encoding="utf-8")

    assert told(read(GOOD)) == [
        "question_bank/sources.toml:2: rule: read_on lies before date; nobody can have read it yet",
        "question_bank/sources.toml:11: list: certainty is 'hearsay'; "
        "choose one of: text, copy, rule",
        "question_bank/topics.toml:2: law: en is missing; fill it in",
    ]


def test_without_topics_and_sources_only_that_is_told(root: Path, read: Read) -> None:
    (root / "topics.toml").unlink()
    (root / "sources.toml").write_text("[rule", encoding="utf-8")

    assert [(fault.file, fault.key) for fault in read(GOOD).faults] == [
        ("question_bank/sources.toml", ""),
        ("question_bank/topics.toml", ""),
    ]


def test_what_lies_past_its_day_is_a_warning_and_no_fault(read: Read) -> None:
    bank = read(GOOD)

    assert files.overdue(bank, date(2027, 6, 30)) == []
    assert "review_by has passed" in str(files.overdue(bank, date(2027, 7, 1))[0])
    assert "as_of lies in the future" in str(files.overdue(bank, date(2026, 11, 20))[0])


def test_the_layout_of_a_file_does_not_change_its_digest(read: Read) -> None:
    plain, spaced = read(GOOD), read("# 新\n\n" + GOOD.replace(" = ", "  =  "))
    harder = read(GOOD.replace("difficulty = 1", "difficulty = 2"))

    assert plain.questions[0].digest == spaced.questions[0].digest
    assert plain.questions[0].digest != harder.questions[0].digest


def test_the_bank_that_ships_is_sound() -> None:
    bank = files.read(SHIPPED)

    assert told(bank) == []
    assert len(bank.questions) >= 90
    assert {question.topic for question in bank.questions} == set(bank.topics)
    assert {question.head.kind for question in bank.questions} == set(Kind)


# Pictures.

SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>'
)
PICTURED = GOOD.replace("review_by = 2027-06-30\n", 'review_by = 2027-06-30\npicture = "bag.svg"\n')
PICTURED = PICTURED.replace("\nstem = ", '\npicture_alt = "A bag"\nstem = ')
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def draw(root: Path) -> Callable[..., None]:
    def drawer(raw: bytes = SVG, name: str = "bag.svg") -> None:
        file = root / "refusal" / "pictures" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(raw)

    return drawer


def test_a_question_with_a_picture_is_read(read: Read, draw: Callable[..., None]) -> None:
    draw()

    bank = read(PICTURED)

    assert told(bank) == []
    (question,) = bank.questions
    assert bank.pictures[question.picture_sha256].raw == SVG
    assert {text.picture_alt for text in question.texts.values()} == {"A bag"}


def test_the_digest_is_of_what_a_picture_shows_and_not_of_its_name(
    read: Read, draw: Callable[..., None]
) -> None:
    draw()
    before = read(PICTURED).questions[0].digest
    draw(name="other.svg")
    renamed = read(PICTURED.replace("bag.svg", "other.svg")).questions[0].digest
    draw(SVG.replace(b'"9"', b'"8"'))

    assert renamed == before
    assert read(PICTURED).questions[0].digest not in (before, read(GOOD).questions[0].digest)


UNFIT_PICTURES = {
    "no file": ("bag.svg", "bags.svg", SVG, "bag.svg", "there is no picture bags.svg in pictures/"),
    "no words": ('picture_alt = "A bag"\n', "", SVG, "bag.svg", "picture_alt is missing; say in"),
    "empty words": ('"A bag"', '""', SVG, "bag.svg", "picture_alt is empty; say in a sentence"),
    "no picture": ('picture = "bag.svg"\n', "", SVG, "bag.svg", "says what no picture shows"),
    "a path": ("bag.svg", "../bag.svg", SVG, "bag.svg", "name it in small letters"),
    "another kind": ("bag.svg", "bag.gif", SVG, "bag.svg", "name it in small letters"),
    "a name that lies": ("x", "x", PNG + bytes(99), "bag.svg", "bag.svg:1: the picture is"),
    "a drawing called a photo": ("x", "x", SVG, "bag.png", "bag.png:1: this is a svg by what is"),
    "a large drawing": ("x", "x", SVG + b" " * 60_000, "bag.svg", "larger than 60 kB"),
    "a script": ("x", "x", SVG.replace(b"rect", b"script"), "bag.svg", "<script> may not stand"),
    "capitals": ("x", "x", SVG, "Bag.svg", "Bag.svg:1: the name of a picture is small letters"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNFIT_PICTURES)
def test_a_picture_that_does_not_fit_is_told(
    read: Read, draw: Callable[..., None], name: str
) -> None:
    old, new, raw, file, says = UNFIT_PICTURES[name]
    draw()
    draw(raw, file)

    faults = told(read(PICTURED.replace(old, new)))

    assert any(says in fault for fault in faults), faults
