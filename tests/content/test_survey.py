"""What `content check` sees in the bank as a whole: twins, words, lengths, habits, counts."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import astuple
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from quizapp.bank import files, habits, survey, tally, wording
from quizapp.bank.drafts import Head, QuestionDraft, TopicDraft
from quizapp.bank.files import Bank
from quizapp.bank.kinds.table import TEXTS
from quizapp.bank.rules import BankStage, Kind
from quizapp.bank.wording import Words
from quizapp.core.paths import data_dir

SHIPPED = data_dir("question_bank")
ROOT = SHIPPED.parent
WORDS = """
[mocking]
pattern = "瘾君子|(?i:\\\\bjunkie)"
zh = "嘲笑人"
en = "mocks people"

[article]
pattern = "第.条"
stages = ["primary"]
look = true
zh = "小学不写条号"
en = "primary reads no articles"
"""


def options(right: Sequence[int], *texts: str) -> list[dict[str, Any]]:
    """Return options with these texts, of which those at these places are right."""
    return [
        {"text": text, "right": True} if n in right else {"text": text, "feedback": f"{text}不对。"}
        for n, text in enumerate(texts)
    ]


def asking(key: str, stem: str = "", **said: Any) -> QuestionDraft:
    """Return a question with this stem, by default one that nobody else asks."""
    kind, stage = Kind(said.pop("kind", "single")), BankStage(said.pop("stage", "junior"))
    head = Head(
        key=key,
        kind=kind,
        stage=stage,
        difficulty=said.pop("difficulty", 1),
        pool=said.pop("pool", "open"),
        core=said.pop("core", False),
        objective=said.pop("objective", f"会做{key}"),
        source=["rule:leave"],
        as_of=date(2026, 11, 21),
        review_by=date(2027, 6, 30),
        zh={},
    )
    english = said.pop("en", None)
    file = said.pop("file", f"question_bank/law/{stage}-law.toml")
    zh = {"stem": stem or f"{key}问什么？", "explain": f"{key}的解释。"} | said
    if kind in (Kind.SINGLE, Kind.SITUATION, Kind.MULTIPLE, Kind.JUDGE):
        zh.setdefault("options", options([0], "走开", "留下", "等着"))
        for option in zh["options"]:
            if "feedback" in option:
                option["feedback"] += key
    texts = {"zh": TEXTS[kind].model_validate(zh)}
    if english:
        texts["en"] = TEXTS[kind].model_validate(english)
    return QuestionDraft("law", head, texts, file, 1)


def bank(*questions: QuestionDraft) -> Bank:
    return Bank(topics={"law": TopicDraft(zh="法律", en="Law")}, questions=questions)


def words(tmp_path: Path, said: str = WORDS) -> Words:
    root = tmp_path / "question_bank"
    root.mkdir()
    (root / "words.toml").write_text(said, encoding="utf-8")
    return wording.read(root)


def faults(*questions: QuestionDraft) -> list[tuple[str, str]]:
    return [(fault.key, fault.says) for fault in survey.survey(bank(*questions), Words()).faults]


def warnings(*questions: QuestionDraft) -> list[tuple[str, str]]:
    found = survey.survey(bank(*questions), Words()).warnings
    return [(warning.key, warning.says) for warning in found]


def test_what_is_asked_twice_word_for_word_is_a_fault() -> None:
    first = asking("one", "陌生人请你喝饮料，怎么做？", stage="primary")
    again = asking("two", "陌生人请你喝饮料怎么做", stage="senior")

    assert faults(first, asking("other"), again) == [
        ("two", "asks word for word what one asks; ask something else")
    ]
    assert warnings(first, again) == []


def test_the_scene_belongs_to_what_is_asked() -> None:
    said: dict[str, Any] = {"kind": "situation", "stem": "你怎么做？", "params": ROWS}
    there = asking("one", scene="在{place}，有人递来一支烟。", **said)
    here = asking("two", scene="群里有人发来{place}的链接，说能挣钱。", **said)

    assert faults(there, here) == []
    assert warnings(there, here) == []


ROWS = [{"place": "车站"}, {"place": "书店"}, {"place": "操场"}]


def test_near_twins_of_a_stage_are_a_warning() -> None:
    one = asking("one", "放学路上，陌生人请你喝饮料。怎么做最安全？")
    two = asking("two", "放学路上，一个陌生人请你喝饮料，怎么做最安全？")
    elsewhere = asking("three", "放学路上，一个陌生人请你喝饮料，怎么做安全？", stage="senior")

    [(key, says)] = warnings(one, two, elsewhere)

    assert key == "two"
    assert "what one asks; are both needed?" in says


def test_an_objective_and_a_feedback_said_again_are_warnings() -> None:
    one = asking("one", objective="会走开", explain="先走开，再告诉大人。")
    two = asking("two", objective="会 走开。", explain="先走开，再告诉大人！")

    assert [says.partition(" one")[0] for _, says in warnings(one, two)] == [
        "has the objective of",
        "says a feedback or an explanation of",
    ]


def test_rows_that_do_not_vary_are_a_warning() -> None:
    rows = [{"name": "小雨", "place": "车站"}, {"name": "小雨！", "place": "车站"},
            {"name": "小雨", "place": "书店"}]  # fmt: skip

    assert [says for _, says in warnings(asking("one", "{name}在{place}？", params=rows))] == [
        "params: name is the same in every row; vary it or write it into the text",
        "params: two rows read alike; change one",
    ]


def test_words_that_are_not_allowed_are_found_in_every_text(tmp_path: Path) -> None:
    known = words(tmp_path)
    plain = asking("plain", "第二条说什么？")
    option = asking("option", options=options([0], "走开", "瘾君子", "等着"))
    english = {"stem": "?", "explain": "A Junkie.", "options": options([0], "a", "b", "c")}

    seen = survey.survey(
        bank(
            plain,
            option,
            asking("aim", objective="不做瘾君子"),
            asking("row", "{name}？", params=[{"name": "瘾君子"}, {"name": "乙"}, {"name": "丙"}]),
            asking("english", en=english),
        ),
        known,
    )

    assert {(fault.key, fault.says) for fault in seen.faults} == {
        ("option", "option 2: text says “瘾君子”: mocks people"),
        ("option", "option 2: feedback says “瘾君子”: mocks people"),
        ("aim", "objective says “瘾君子”: mocks people"),
        ("row", "param 1: name says “瘾君子”: mocks people"),
        ("english", "en: explain says “Junkie”: mocks people"),
    }


def test_a_word_may_be_for_one_stage_and_only_for_a_look(tmp_path: Path) -> None:
    known = words(tmp_path)
    asked = [asking(stage, f"{stage}的第二条？", stage=stage) for stage in BankStage]

    seen = survey.survey(bank(*asked), known)

    assert seen.faults == []
    assert [(warning.key, warning.says) for warning in seen.warnings] == [
        ("primary", "stem says “第二条”: primary reads no articles")
    ]


def test_a_list_of_words_with_faults_says_so(tmp_path: Path) -> None:
    known = words(tmp_path, '[a]\npattern = "("\nzh = "一"\nen = "b"\n\n[b]\npattern = "b"')

    assert [(fault.line, fault.key) for fault in known.faults] == [(1, "a"), (6, "b"), (6, "b")]
    assert [fault.says for fault in known.faults][1:] == [
        "zh is missing; fill it in",
        "en is missing; fill it in",
    ]
    assert survey.survey(bank(asking("one", "b？")), known).faults == sorted(known.faults)
    assert "missing; add it" in wording.read(tmp_path).faults[0].says


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"stem": "一。" * 31}, "stem has 62 signs; 60 are enough for this stage"),
        ({"stem": "一" * 30 + "。"}, ""),
        ({"stem": "一" * 31 + "。"}, "stem has a sentence of 31 signs; make two of it"),
        ({"options": options([0], "一" * 26, "二", "三")}, "option 1: text has 26 signs"),
        ({"kind": "situation", "scene": "一。" * 46}, "scene has 92 signs; 90 are enough"),
        ({"explain": "一。" * 31}, "explain has 62 signs"),
        (
            {"kind": "order", "options": [{"text": t} for t in "甲乙丙"], "feedback": "一。" * 21},
            "feedback has 42 signs",
        ),
        (  # The longest row counts.
            {
                "stem": "一" * 25 + "{name}。",
                "params": [{"name": name} for name in ("小雨", "欧阳小雨雨", "欧阳小雨雨雨")],
            },
            "stem has a sentence of 31 signs",
        ),
    ],
)
def test_what_is_long_for_its_stage_is_a_warning(said: dict[str, Any], told: str) -> None:
    found = [says for _, says in warnings(asking("one", stage="primary", **said))]

    assert bool(found) == bool(told)
    assert all(told in says for says in found)
    assert warnings(asking("one", stage="senior", **said)) == []


@pytest.mark.parametrize("stage", BankStage)
def test_the_page_of_the_content_tells_the_limits(stage: BankStage) -> None:
    row = " | ".join(map(str, (stage, *astuple(wording.LIMITS[stage]))))

    assert f"| {row} |" in (ROOT / "docs" / "CONTENT.md").read_text(encoding="utf-8")


def of_lengths(count: int, *lengths: int, right: int = 0, **said: Any) -> list[QuestionDraft]:
    """Return questions with options of these lengths, of which one is right."""
    signs = "甲乙丙丁"
    texts = [sign * length for sign, length in zip(signs, lengths, strict=False)]
    return [asking(f"q{n}", options=options([right], *texts), **said) for n in range(count)]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (of_lengths(3, 4, 4, 4, 4), ["the right option is always number 1; move some"]),
        (of_lengths(2, 4, 4, 4, 4), []),
        (
            of_lengths(6, 9, 4, 4, 4, right=0)[:3] + of_lengths(6, 4, 9, 4, 4, right=1)[3:],
            ["who always takes the longest option is right in 100 % (by chance 25 %); "
             "make some right ones shorter"],
        ),
        (
            of_lengths(6, 2, 4, 4, 4, right=0)[:3] + of_lengths(6, 4, 2, 4, 4, right=1)[3:],
            ["who always takes the shortest option is right in 100 % (by chance 25 %); "
             "make some right ones longer"],
        ),
        (of_lengths(6, 4, 4, 4, 4)[:3] + of_lengths(6, 4, 4, 4, 4, right=1)[3:], []),
    ],
)  # fmt: skip
def test_a_file_that_gives_its_answers_away_is_told(
    asked: list[QuestionDraft], told: list[str]
) -> None:
    assert [fault.says for fault in habits.in_files(asked)] == told


def test_each_file_is_judged_by_itself() -> None:
    asked = of_lengths(2, 4, 4, 4) + of_lengths(2, 4, 4, 4, file="question_bank/law/junior-b.toml")

    assert list(habits.in_files(asked)) == []


@pytest.mark.parametrize(
    ("places", "uneven"),
    [
        ([5, 5, 5, 5], False),
        ([8, 4, 4, 4], False),
        ([14, 2, 2, 2], True),
        ([4, 0, 0, 0], False),  # Too few to say.
    ],
)
def test_places_are_uneven_where_chance_would_hardly_put_them(
    places: list[int], uneven: bool
) -> None:
    asked = [
        question
        for place, count in enumerate(places)
        for question in of_lengths(count, 4, 4, 4, 4, right=place)
    ]
    texts: list[Any] = [question.texts["zh"] for question in asked]

    assert habits.places(texts) == places
    assert habits.is_uneven(texts) is uneven
    told = [says for says in habits.in_bank(asked) if "places" not in says and "place" in says]
    assert bool(told) is uneven


def test_several_right_options_are_counted_at_each_place() -> None:
    asked = [
        asking(f"q{n}", "哪些？（可多选）", kind="multiple",
               options=options([0, 1] if n < 20 else [2, 3], "甲", "乙", "丙", "丁"))
        for n in range(24)
    ]  # fmt: skip

    assert next(habits.in_bank(asked)) == (
        "multiple with 4 options: right are, from the first place to the last, 20, 20, 4, 4; "
        "chance alone hardly does that, change some"
    )


def test_lengths_are_judged_over_a_kind_and_a_stage() -> None:
    short = [
        question
        for place in range(4)
        for question in of_lengths(8, *[2 if n == place else 4 for n in range(4)], right=place)
    ]
    never = [
        question
        for place in range(4)
        for question in of_lengths(8, *[9 if n == 3 - place else 4 for n in range(4)], right=place)
    ]
    judged = [asking("j", kind="judge", options=options([0], "对", "错"))]

    assert [says.partition(":")[0] for says in habits.in_bank(short)] == ["single, junior"]
    assert "the longest option is right in 0 % only" in next(habits.in_bank(never))
    assert list(habits.in_bank(judged)) == []
    assert list(habits.in_bank(short[:29])) == []
    assert list(habits.in_bank([])) == []


def test_words_that_only_right_or_only_wrong_options_have_are_told() -> None:
    excuse, deed = "悄悄，免得挨骂", "找老师"
    asked = [
        asking(f"q{n}", options=options([n % 3], *said, "等等看"))
        for n, said in enumerate([(deed, excuse), (excuse, deed), (excuse, excuse)] * 10)
    ]
    texts: list[Any] = [question.texts["zh"] for question in asked]

    in_wrong, in_right = habits.words(texts)

    assert in_wrong["悄悄"] == (0, 40)
    assert in_right["老师"] == (20, 0)
    assert "，免" not in in_wrong
    assert "等看" not in in_wrong | in_right  # Ten times right, twenty times wrong.
    assert [
        says.partition(":")[0] for says in habits.in_bank(asked) if says.startswith("words")
    ] == [
        "words of wrong options that right ones hardly have (wrong, right)",
        "words of right options that wrong ones hardly have (right, wrong)",
    ]


def test_what_can_be_drawn_is_counted_and_what_is_thin_is_told() -> None:
    asked = [asking(f"q{n}") for n in range(4)]
    asked += [asking("hard", difficulty=3), asking("hidden", pool="anchor", stage="senior")]

    counted = tally.cells(bank(*asked))
    thin = tally.thin(bank(*asked))

    assert counted["law", BankStage.JUNIOR, 1] == 4
    assert counted["law", BankStage.SENIOR, 1] == 0
    assert len(counted) == 9
    assert tally.Thin("law", BankStage.JUNIOR, 3, 1) in thin
    assert [cell.questions for cell in thin] == [0] * 7 + [1]


def test_the_tables_show_all_that_is_counted() -> None:
    english = {"stem": "?", "explain": "!", "options": options([0], "a", "b", "c")}

    lines = tally.tables(
        bank(
            asking("one", difficulty=2, core=True, en=english),
            asking("two", pool="anchor", stage="primary"),
            asking("three", "{place}？", params=ROWS),
        )
    ).splitlines()

    assert "| Law | 0 | 0 | 0 | 1 | 1 | 0 | 0 | 0 | 0 | 1 | 3 |" in lines
    assert "| all | 0 | 0 | 0 | 1 | 1 | 0 | 0 | 0 | 0 | 1 | 3 |" in lines
    assert "| single | 1 | 2 | 0 | 3 |" in lines
    assert "| anchor | 1 | 0 | 0 | 1 |" in lines
    assert "| core set | 0 | 1 | 0 | 1 |" in lines
    assert "| in English | 0 | 1 | 0 | 1 |" in lines
    assert "| with params | 0 | 1 | 0 | 1 |" in lines


def test_what_the_bank_lacks_is_told() -> None:
    assert list(tally.lacks([asking("one")])) == [
        "primary has 0 questions; 200 are wanted",
        "junior has 1 questions; 260 are wanted",
        "senior has 0 questions; 240 are wanted",
        "the core set of primary has 0 questions; 60 are wanted",
        "the core set of junior has 0 questions; 60 are wanted",
        "there are 0 anchors; 100 are wanted",
        "0 questions have params; 40 are wanted",
        "0 of 1 questions are situations; a third is wanted",
    ]


def test_the_bank_that_ships_lacks_nothing_and_says_nothing_forbidden() -> None:
    shipped = files.read(SHIPPED)

    seen = survey.survey(shipped, wording.read(SHIPPED))

    assert [str(fault) for fault in seen.faults] == []
    assert list(tally.lacks(shipped.questions)) == []


def test_the_page_of_the_content_tells_the_counts_of_today() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/content_table.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (0, "")
