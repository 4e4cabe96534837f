"""How a lesson is cut for the board, and how terms and class hours are counted."""

from datetime import date

import pytest

from quizapp.core import markup
from quizapp.lessons import slides
from quizapp.lessons.rules import class_hours, term, term_days
from quizapp.orgs.rules import Stage

LONG = "字" * 90
TABLE = "| x | y |\n| --- | --- |\n| 1 | 2 |"


def html(*parts: object) -> str:
    return "\n".join(map(str, parts))


def cut(text: str, part: str = "", lang: str = "zh") -> list[tuple[str, str]]:
    """Return part and words of each step."""
    found = slides.sheets(text, part, lang)
    return [
        (sheet.part, " ".join(each.words for each in slides.elements(sheet.html)))
        for sheet in found
    ]  # fmt: skip


def test_a_part_begins_a_step_and_is_told_beside_what_follows() -> None:
    text = markup.markdown("钩子\n\n## 一\n\n第一段\n\n## 二\n\n第二段")

    assert cut(text) == [("", "钩子"), ("一", "第一段"), ("二", "第二段")]
    assert cut(markup.markdown("再说"), part="二") == [("二", "再说")]
    assert slides.last_part(text, "") == "二"
    assert slides.last_part("<p>x</p>", "二") == "二"


def test_running_text_is_cut_where_the_board_is_full() -> None:
    text = markup.markdown(f"{LONG}\n\n短句\n\n{LONG}\n\n### 小标题\n\n{LONG}")

    assert cut(text) == [("", f"{LONG} 短句"), ("", LONG), ("", f"小标题 {LONG}")]


def test_pictures_boxes_and_what_is_folded_stand_alone() -> None:
    text = html(
        "<p>前</p>",
        markup.figure("/a/b.svg", "图 <一>", 9, 9, markup.markdown("说明")),
        markup.box("activity", markup.markdown("- 一\n- 二"), label="活动", title="题"),
        markup.fold("想一想", markup.markdown("因为\n\n- 甲\n- 乙")),
        "<p>后</p>",
    )

    assert [words for _part, words in cut(text)] == [
        "前",
        "说明",
        "活动题 一 二",
        "想一想因为 甲 乙",
        "后",
    ]
    assert [sheet.is_activity for sheet in slides.sheets(text, "", "zh")] == [
        False, False, True, False, False,
    ]  # fmt: skip


def test_what_is_said_in_a_film_stands_beside_it() -> None:
    film = markup.played("video", "/m/a.mp4", "/m/a.vtt", "zh", "一分钟")
    text = html(film, markup.fold("文字稿", markup.markdown("吸气")), markup.fold("想一想", film))

    assert len(cut(text)) == 2


def test_nothing_is_lost_and_nothing_is_changed() -> None:
    text = html(
        markup.markdown(f"一 & 二 \u2028 <b>\n\n1. a\n2. b\n\n{TABLE}\n\n> 引"),
        markup.box("compare", markup.markdown(TABLE)),
        "<hr>",
        "<p>行<br>行<img src='/a.svg' alt=''></p>",
    )
    elements = slides.elements(text)

    assert [one.tag for one in elements] == ["p", "ol", "table", "blockquote", "section", "hr", "p"]
    assert "".join(text.split()) == "".join("".join(one.html for one in elements).split())


@pytest.mark.parametrize(
    ("minutes", "stage", "hours"),
    [
        (40, Stage.PRIMARY, 1),
        (45, Stage.JUNIOR, 1),
        (90, Stage.VOCATIONAL, 2),
        (0, Stage.SENIOR, 0),
    ],
)
def test_a_class_hour_is_forty_minutes_in_primary_school_and_forty_five_above(
    minutes: int, stage: Stage, hours: float
) -> None:
    assert class_hours(minutes, stage) == hours


def test_two_terms_are_the_year() -> None:
    (first, winter), (spring, last) = term_days(2026, 1), term_days(2026, 2)

    assert (first, last) == (date(2026, 9, 1), date(2027, 8, 31))
    assert (spring - winter).days == 1
    assert [term(day) for day in (first, winter, spring, last)] == [1, 1, 2, 2]
