"""The little of Markdown that is set on paper."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.paragraphs import Part, Run, Shape, parts, runs


def plain(*lines: str, shape: Shape = Shape.TEXT) -> Part:
    return Part(shape, [[Run(line, False)] for line in lines])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("各位家长：\n\n今天学了。", [plain("各位家长："), plain("今天学了。")]),
        ("今天，孩子\n上了课。", [plain("今天，孩子上了课。")]),
        ("Dear parents,\ntoday we read.", [plain("Dear parents, today we read.")]),
        ("## 一\n说说看。", [plain("一", shape=Shape.HEADING), plain("说说看。")]),
        ("- 一\n- 二\n\n- 三", [plain("一", "二", "三", shape=Shape.BULLETS)]),
        ("1. 先\n2. 再\n\n完", [plain("先", "再", shape=Shape.NUMBERS), plain("完")]),
        ("- 一\n  还是一\n- 二", [plain("一还是一", "二", shape=Shape.BULLETS)]),
        ("四人一组：\n- 一", [plain("四人一组："), plain("一", shape=Shape.BULLETS)]),
        ("", []),
        ("\n \n", []),
    ],
)
def test_a_text_falls_into_its_parts(text: str, told: list[Part]) -> None:
    assert parts(text) == told


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("先**停**一停", [Run("先", False), Run("停", True), Run("一停", False)]),
        ("**停**", [Run("停", True)]),
        ("三颗 ** 星", [Run("三颗 ** 星", False)]),
        ("**停**再**看", [Run("停", True), Run("再**看", False)]),
        ("晚上____点", [Run("晚上____点", False)]),
    ],
)
def test_words_between_two_pairs_of_stars_are_bold(line: str, told: list[Run]) -> None:
    assert runs(line) == told


@pytest.mark.parametrize(
    "line", ["#let x = 1", "*a* _b_ `c` $d$", "[a](https://a.example)", "<b>", "@li #li \\#"]
)
def test_what_else_looks_like_markup_stays_as_it_is(line: str) -> None:
    assert parts(line) == [plain(line)]


@given(st.text(alphabet="*#-1. 学a\n", max_size=80))
def test_no_word_is_lost(text: str) -> None:
    kept = "".join(run.says for part in parts(text) for line in part.lines for run in line)

    for sign in "学a":
        assert kept.count(sign) == text.count(sign)
