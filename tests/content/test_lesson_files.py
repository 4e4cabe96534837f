"""lessons/: each rule with a small broken file, and the files that ship."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from quizapp.bank import files as bank_files
from quizapp.bank.faults import Fault
from quizapp.bank.files import Bank
from quizapp.core import pictures
from quizapp.core.paths import data_dir
from quizapp.lessons import files
from quizapp.lessons.files import Courses

SHIPPED = data_dir("lessons")
COURSE = """
stage = "primary"
order = 1
[zh]
title = "小学高段"
summary = "短课。"
[en]
title = "Upper primary"
summary = "Short lessons."
"""
HEAD = """+++
key = "primary-sweets"
title = "包装会骗人"
minutes = 12
objective = "会谢绝来历不明的东西"
subjects = ["班会"]
source = ["rule:refuse-leave-tell"]
as_of = 2026-11-21
review_by = 2027-06-30
+++
"""
BODY = """
桌上多了一个袋子。

## 第一部分

::: figure two-bags.svg 两个一样的包装袋
图下面的*说明*。
:::

::: checkpoint primary-familiar-wrapper

::: reveal 想一想：为什么？
点开才看到的话。

- 一
- 二
:::

## 第二部分

::: checkpoint primary-where-from

完。
"""
ENGLISH = (
    """+++
key = "primary-sweets"
title = "Packaging tells lies"
objective = "Refuse what comes from nowhere"
+++
"""
    + BODY
)
GOOD = HEAD + BODY
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360"><title>t</title>'
    '<rect width="9" height="9" fill="url(#a)"/><use href="#b"/></svg>'
)

Read = Callable[..., Courses]


@pytest.fixture(scope="module")
def bank() -> Bank:
    return bank_files.read(data_dir("question_bank"))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "lessons"
    (made / "primary" / "pictures").mkdir(parents=True)
    (made / "primary" / "course.toml").write_text(COURSE, encoding="utf-8")
    (made / "primary" / "pictures" / "two-bags.svg").write_text(SVG, encoding="utf-8")
    return made


@pytest.fixture
def read(root: Path, bank: Bank) -> Read:
    """Return a function that reads a course with this lesson, and with this one in English."""

    def reader(text: str, english: str | None = None, name: str = "01-sweets.md") -> Courses:
        (root / "primary" / name).write_text(text, encoding="utf-8")
        if english:
            beside = root / "primary" / name.replace(".md", ".en.md")
            beside.write_text(english, encoding="utf-8")
        return files.read(root, bank)

    return reader


def told(courses: Courses) -> list[str]:
    return [str(fault) for fault in courses.faults]


def test_a_sound_lesson_becomes_blocks(read: Read) -> None:
    courses = read(GOOD, ENGLISH)

    assert told(courses) == []
    [lesson] = courses.lessons
    assert (lesson.key, lesson.course, lesson.position) == ("primary-sweets", "primary", 1)
    assert lesson.checkpoints == ["primary-familiar-wrapper", "primary-where-from"]
    first, ask, second, ask_again, last = lesson.blocks["zh"]
    assert (ask, ask_again) == ({"checkpoint": 0}, {"checkpoint": 1})
    assert "<h2>第一部分</h2>" in first["html"]
    assert "<figcaption><p>图下面的<em>说明</em>。</p></figcaption>" in first["html"]
    assert re.search(
        r'<img src="/lessons/primary/pictures/two-bags.svg\?v=[0-9a-f]{8}" alt="两个一样的包装袋" '
        r'width="640" height="360" loading="lazy">',
        first["html"],
    )
    assert "<details><summary>想一想：为什么？</summary>" in second["html"]
    assert "<li>一</li>" in second["html"]
    assert last["html"] == "<p>完。</p>"
    assert lesson.text["en"]["title"] == "Packaging tells lies"


def test_the_examples_of_the_readme_are_read(root: Path, read: Read) -> None:
    manual = (SHIPPED / "README.md").read_text(encoding="utf-8")
    [course] = re.findall(r"```toml\n(.*?)```", manual, re.DOTALL)
    [lesson] = re.findall(r"```markdown\n(.*?)```", manual, re.DOTALL)
    (root / "primary" / "course.toml").write_text(course, encoding="utf-8")
    (root / "primary" / "pictures" / "packaging.svg").write_text(SVG, encoding="utf-8")

    whole = lesson + "\n## 第二部分\n\n::: checkpoint primary-where-from\n"
    whole = whole.replace("primary-refuse-strange-drink", "primary-familiar-wrapper")

    assert told(read(whole)) == []
    assert [fault.split(": ", 2)[2] for fault in told(read(lesson))] == [
        "a lesson has at least two checkpoints; add ::: checkpoint",
        "a lesson has at least two parts; begin each with a ## heading",
        "there is no question primary-refuse-strange-drink; add it, or name one that is there",
    ]


BROKEN = {  # What is wrong: what stands there, what is written instead, the line, what is told.
    "no head": ("+++\n", "", 1, "does not begin with a head between +++ and +++"),
    "head never closed": ("2027-06-30\n+++", "2027-06-30\n", 1, "does not begin with a head"),
    "head no TOML": ("minutes = 12", "minutes = ", 4, "this is not TOML"),
    "unknown field": ("minutes", "minute", 1, "minute is not a field; did you mean minutes?"),
    "no source": ('["rule:refuse-leave-tell"]', "[]", 1, "source is empty; name at least one"),
    "unknown passage": ("rule:refuse-leave-tell", "rule:refuse", 1, "rule has no passage refuse"),
    "copy trusted too long": ("rule:refuse-leave-tell", "etomidate-2023:etomidate", 1, "six m"),
    "dates turned round": ("2027-06-30", "2026-01-01", 1, "review_by lies before as_of"),
    "unknown question": ("primary-where-from", "primary-where-form", 31, "did you mean"),
    "question of another stage": ("primary-where-from", "junior-law-any-amount", 31, "another s"),
    "question twice": ("primary-where-from", "primary-familiar-wrapper", 31, "asked in this"),
    "checkpoint without key": (" primary-where-from", "", 31, "names no question"),
    "unknown directive": ("::: reveal", "::: reveel", 22, "did you mean reveal?"),
    "never closed": ("- 二\n:::", "- 二", 30, "close the reveal of line 22 first"),
    "open at the end": ("完。", "::: reveal 完", 33, "this reveal is never closed; end it with"),
    "opened inside another": ("- 二\n", "::: checkpoint x\n", 26, "close the reveal of line 22"),
    "closing nothing": ("完。", ":::", 33, "this ::: closes nothing"),
    "reveal without title": (" 想一想：为什么？", "", 22, "this reveal has no title"),
    "no such picture": ("two-bags.svg", "two-bag.svg", 16, "did you mean two-bags.svg?"),
    "picture without words": (" 两个一样的包装袋", "", 16, "no text for those who cannot see it"),
    "picture without caption": ("图下面的*说明*。\n", "", 16, "this figure has no caption"),
    "raw HTML": ("完。", "<b>完</b>", 33, "raw HTML may not stand here"),
    "comment": ("完。", "<!-- 完 -->", 33, "raw HTML may not stand here"),
    "title again": ("## 第一", "# 第一", 14, "headings start at ##"),
    "title underlined": ("完。", "完\n===", 34, "headings start at ##"),
    "picture in the text": ("完。", "![x](/a.svg)", 33, "pictures stand in ::: figure"),
    "list of six levels": ("- 二", f"{' ' * 20}- 二", 26, "nested deeper than five"),
    "one part": ("## 第二部分", "第二部分", 1, "at least two parts"),
    "one checkpoint": ("::: checkpoint primary-where-from", "", 1, "at least two checkpoints"),
    "20 kB": ("完。", "完。\n\n" * 3000, 1, "longer than 20 kB"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_told_with_its_line(read: Read, name: str) -> None:
    old, new, line, says = BROKEN[name]
    assert old in GOOD

    courses = read(GOOD.replace(old, new, 1))

    place = f"lessons/primary/01-sweets.md:{line}: "
    assert [fault for fault in told(courses) if fault.startswith(place) and says in fault], told(
        courses
    )
    assert courses.lessons == []


def test_a_lesson_without_a_picture_is_told(read: Read) -> None:
    bare = re.sub(r"::: figure.*?\n:::\n", "", GOOD, flags=re.DOTALL)

    assert any("at least one figure" in fault for fault in told(read(bare)))


def test_a_checkpoint_asks_only_what_every_pupil_may_see(read: Read, bank: Bank) -> None:
    kept = next(question for question in bank.questions if question.head.pool != "open")

    courses = read(GOOD.replace("primary-where-from", kept.key))

    assert any("is not in the pool open" in fault for fault in told(courses))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("primary-where-from", "primary-drugs-in-common", "the checkpoints are not those"),
        ('"primary-sweets"', '"primary-sours"', "key is not that of the Chinese lesson"),
        ('objective = "Refuse', 'minutes = 3\nobjective = "Refuse', "minutes is not a field"),
    ],
)
def test_an_english_lesson_follows_the_chinese_one(
    read: Read, old: str, new: str, says: str
) -> None:
    courses = read(GOOD, ENGLISH.replace(old, new))

    assert [f for f in told(courses) if "01-sweets.en.md:1: " in f and says in f]


def test_an_english_lesson_does_not_stand_alone(root: Path, read: Read) -> None:
    (root / "primary" / "02-alone.en.md").write_text(ENGLISH, encoding="utf-8")

    assert told(read(GOOD)) == [
        "lessons/primary/02-alone.en.md:1: there is no Chinese lesson beside this one; "
        "add 02-alone.md"
    ]


def test_keys_and_numbers_are_used_once(root: Path, read: Read) -> None:
    (root / "primary" / "01-again.md").write_text(GOOD, encoding="utf-8")

    assert [fault.split(": ", 2)[2] for fault in told(read(GOOD))] == [
        "lessons/primary/01-again.md has this key already; choose another",
        "lessons/primary/01-again.md has this number already; choose another",
    ]


def test_files_and_folders_have_their_names(root: Path, read: Read) -> None:
    (root / "Extra").mkdir()

    faults = told(read(GOOD, name="sweets.md"))

    assert "lessons/Extra/course.toml:1: this file is missing; add it" in faults
    assert any("name of the file is not NN-slug.md" in fault for fault in faults)


def test_a_course_is_read_as_strictly(root: Path, read: Read) -> None:
    course = COURSE.replace("primary", "nursery").replace("summary", "sumary", 1)
    (root / "primary" / "course.toml").write_text(course, encoding="utf-8")

    assert [fault.rpartition("primary: ")[2] for fault in told(read(GOOD))] == [
        "stage is 'nursery'; choose one of: primary, junior, senior",
        "zh: sumary is not a field; did you mean summary?",
        "zh: summary is missing; say in a sentence what the course is about",
    ]


def test_a_question_with_faults_of_its_own_is_told_once(root: Path, read: Read, bank: Bank) -> None:
    left = [question for question in bank.questions if question.key != "primary-where-from"]
    fault = Fault("x", 1, "primary-where-from", "difficulty is missing")
    read(GOOD)

    courses = files.read(root, Bank(bank.topics, bank.sources, left, [fault]))

    assert told(courses) == []


HARMFUL = {
    "script": ("<title>t</title>", "<script>alert(1)</script>", "<script> may not stand"),
    "script in a prefix": ("<title>t</title>", "<svg:script/>", "<svg:script> may not stand"),
    "page within": ("<title>t</title>", "<foreignObject/>", "<foreignObject> may not stand"),
    "link": ("<title>t</title>", '<a href="https://x"/>', "<a> may not stand"),
    "movement": ("<title>t</title>", '<animate attributeName="x"/>', "<animate> may not stand"),
    "sheet": ("<title>t</title>", "<style>@import 'x'</style>", "<style> may not stand"),
    "handler": ('width="9"', 'onload="x()"', "onload may not stand in a picture"),
    "handler in capitals": ('width="9"', 'ONCLICK="x()"', "ONCLICK may not stand in a picture"),
    "foreign use": ('href="#b"', 'href="https://x/#b"', "links to https://x/#b; keep all within"),
    "script in a link": ('href="#b"', 'xlink:href="javascript:x"', "links to javascript:x"),
    "foreign fill": ("url(#a)", "url(https://x/a)", "fetches something from elsewhere"),
    "foreign style": ('width="9"', "style=\"fill: URL( 'https://x')\"", "fetches something"),
    "entities": ("<svg ", '<!DOCTYPE svg [<!ENTITY a "b">]><svg ', "DOCTYPE may not stand"),
    "sheet from elsewhere": ("<svg ", '<?xml-stylesheet href="x"?><svg ', "without <?…?>"),
    "no size": ('viewBox="0 0 640 360"', "", 'has no size; write viewBox="0 0 640 360"'),
    "another root": ("svg", "g", "does not begin with <svg"),
    "no XML": ("</svg>", "", "this is not XML"),
    "60 kB": ("<title>t</title>", f"<title>{'t' * 60_000}</title>", "larger than 60 kB"),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_a_harmful_picture_is_told(root: Path, read: Read, name: str) -> None:
    old, new, says = HARMFUL[name]
    assert old in SVG
    file = root / "primary" / "pictures" / "two-bags.svg"
    file.write_text(SVG.replace(old, new), encoding="utf-8")

    faults = told(read(GOOD))

    assert [
        f for f in faults if f.startswith("lessons/primary/pictures/two-bags.svg:") and says in f
    ]


def test_a_picture_with_another_name_is_told(root: Path, read: Read) -> None:
    (root / "primary" / "pictures" / "Bag 1.png").write_bytes(b"x")

    assert any("Bag 1.png:1: the name of a picture is small letters" in f for f in told(read(GOOD)))


def test_the_size_of_a_picture_keeps_its_place() -> None:
    picture, faults = pictures.examine_svg(SVG.encode())

    assert faults == []
    assert picture
    assert (picture.width, picture.height) == (640, 360)


def test_a_new_picture_makes_a_new_digest(root: Path, read: Read) -> None:
    before = read(GOOD).lessons[0].digest
    file = root / "primary" / "pictures" / "two-bags.svg"
    file.write_text(SVG.replace('width="9"', 'width="8"'), encoding="utf-8")

    assert read(GOOD).lessons[0].digest != before


def test_what_lies_past_its_day_is_a_warning_and_no_fault(read: Read) -> None:
    courses = read(GOOD)

    assert files.overdue(courses, date(2027, 6, 30)) == []
    assert "review_by has passed" in str(files.overdue(courses, date(2027, 7, 1))[0])


def test_only_pictures_of_a_course_are_found(root: Path) -> None:
    assert files.picture(root, "primary", "two-bags.svg")
    for course, name in [
        ("primary", "../course.toml"), ("primary", "course.toml"), ("..", "two-bags.svg"),
        ("junior", "two-bags.svg"), ("primary", "two-bags.SVG"),
    ]:  # fmt: skip
        assert files.picture(root, course, name) is None


def test_the_lessons_that_ship_are_sound(bank: Bank) -> None:
    courses = files.read(SHIPPED, bank)

    assert told(courses) == []
    assert {course.stage for course in courses.courses.values()} == {"primary", "junior", "senior"}
    assert len(courses.lessons) >= 6
