"""lessons/: each rule with a small broken file, and the files that ship."""

import re
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizapp.bank import files as bank_files
from quizapp.bank.faults import Fault
from quizapp.bank.files import Bank
from quizapp.core import pictures
from quizapp.core.paths import data_dir
from quizapp.core.pictures import Picture
from quizapp.lessons import blocks, directives, files, folders, pages
from quizapp.lessons.blocks import Beside
from quizapp.lessons.files import Courses
from quizapp.lessons.folders import Folder
from tests import lessons
from tests.lessons import SCENARIO, SVG

SHIPPED = data_dir("lessons")
PAGE, NOTES = "primary/01-sweets.md", "primary/01-sweets.notes.toml"
ENGLISH, SCENES = "primary/01-sweets.en.md", "primary/scenarios/bag-sweets.toml"
COURSE, CAPTIONS = "courses/grade-5.toml", "primary/media/breathing.vtt"
GOOD = lessons.chinese("primary", "sweets")

Told = Callable[..., list[str]]


@pytest.fixture(scope="module")
def bank() -> Bank:
    return bank_files.read(data_dir("question_bank"))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree in which nothing is wrong, with grade 5 alone."""
    root = lessons.tree(tmp_path_factory.mktemp("sound"))
    shutil.rmtree(root / "junior")
    (root / "courses" / "grade-7.toml").unlink()
    return root


@pytest.fixture
def root(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "lessons"))


@pytest.fixture
def told_of(root: Path, bank: Bank) -> Told:
    """Return a function that changes a file and returns what is told then."""

    def changed(file: str, old: str, new: str) -> list[str]:
        said = (root / file).read_text(encoding="utf-8")
        assert old in said
        (root / file).write_text(said.replace(old, new, 1), encoding="utf-8")
        return told(files.read(root, bank))

    return changed


@pytest.fixture
def folder(sound: Path, bank: Bank, tmp_path: Path) -> Folder:
    """The folder primary with one lesson in it, beside pictures and all that is sound."""
    made, faults = folders.read(sound / "primary", sound, bank)
    assert not faults
    root = tmp_path / "lessons"
    (root / "primary").mkdir(parents=True)
    for file in sound.glob("primary/01-*"):
        shutil.copy(file, root / "primary")
    return replace(made, path=root / "primary")


def told(courses: Courses) -> list[str]:
    return [str(fault) for fault in courses.faults]


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_a_sound_lesson_becomes_blocks(root: Path, bank: Bank) -> None:
    courses = files.read(root, bank)

    assert told(courses) == []
    lesson = courses.lessons[0]
    assert (lesson.key, lesson.stage, lesson.position) == ("primary-sweets", "primary", 1)
    assert lesson.checkpoints == list(lessons.ASKED["primary"])
    said = lesson.blocks["zh"]
    kinds = ["html", "checkpoint", "html", "checkpoint", "poll", "html", "scenario", "checkpoint"]
    assert [next(iter(block)) for block in said] == [*kinds, "html", "help"]
    assert [block["checkpoint"] for block in said if "checkpoint" in block] == [0, 1, 2]
    assert re.search(
        r'<img src="/lessons/primary/pictures/two-bags.svg\?v=[0-9a-f]{8}" alt="两个一样的包装袋" '
        r'width="640" height="360" loading="lazy"><figcaption><p>图下面的<em>说明</em>。',
        said[0]["html"],
    )
    assert "<details><summary>想一想：为什么？</summary>" in said[2]["html"]
    assert '<section class="compare"><table>' in said[2]["html"]
    assert "<td>里面是<strong>什么</strong></td>" in said[2]["html"]
    assert "<li><strong>1839年6月</strong> 虎门销烟</li>" in said[2]["html"]
    assert re.search(
        r'<audio controls="" preload="none" src="/lessons/primary/media/breathing.mp3\?v=\w{8}">'
        r'<track kind="captions" src="/lessons/primary/media/breathing.vtt\?v=\w{8}" srclang="zh"',
        said[5]["html"],
    )
    assert "<summary>文字稿</summary><p>吸气，呼气。</p>" in said[5]["html"]
    assert "课堂活动 · 8 分钟</p><h3>说一说</h3><p>四人一组。</p>\n<ul>" in said[8]["html"]
    assert '<section class="takeaway"><p class="box__label">带走一句话</p>' in said[8]["html"]


def test_a_lesson_keeps_its_polls_scenario_and_notes_in_both_languages(
    root: Path, bank: Bank
) -> None:
    first, second, *_ = files.read(root, bank).lessons

    assert first.text["en"]["title"] == "Packaging tells lies"
    assert first.polls["zh"] == [
        {"asks": "你会先做什么？", "options": ["问问从哪里来", "谢谢，不要"]}
    ]
    assert first.scenario
    assert first.scenario.scenes[0].picture
    assert first.scenario.scenes[0].picture.src.startswith("/lessons/primary/pictures/two-bags.svg")
    assert first.notes.keys() == {"zh", "en"}
    assert [step["minutes"] for step in first.notes["zh"]["plan"]] == [20, 20]
    assert first.notes["zh"]["activities"] == [
        {"title": "说一说", "minutes": 8, "text": "四人一组。", "cards": ["卡片一", "卡片二"]}
    ]
    assert "In class · 8 minutes" in first.blocks["en"][-2]["html"]
    assert second.notes.keys() == second.blocks.keys() == {"zh"}


def test_the_examples_of_the_readme_are_read(root: Path, bank: Bank) -> None:
    manual = (SHIPPED / "README.md").read_text(encoding="utf-8")
    notes, story, course, *others = re.findall(r"```toml\n(.*?)```", manual, re.DOTALL)
    [pairs] = [example for example in others if "[[pair]]" in example]
    [lesson] = re.findall(r"```markdown\n(.*?)```", manual, re.DOTALL)
    for name in ("packaging.svg", "party-table.svg"):
        (root / "primary" / "pictures" / name).write_text(SVG, encoding="utf-8")
    for english in ("01-sweets.en.md", "scenarios/bag-sweets.toml"):
        (root / "primary" / english).unlink()
    both = lesson.replace("primary-refuse-strange-drink", "primary-familiar-wrapper")
    both = both.replace(
        "::: poll", "## 二\n\n::: checkpoint primary-where-from\n\n"
        "::: checkpoint primary-drugs-in-common\n\n::: poll",
    )  # fmt: skip
    (root / "look-alikes").mkdir()
    (root / "look-alikes" / "milk-tea.svg").write_text(SVG, encoding="utf-8")
    (root / "look-alikes.toml").write_text(pairs, encoding="utf-8")
    letter = "今天，孩子在课上学了……"
    (root / PAGE).write_text(both, encoding="utf-8")
    (root / NOTES).write_text(notes.replace(letter, letter * 20), encoding="utf-8")
    story = lessons.only_chinese(story)
    (root / "primary" / "scenarios" / "party-drink.toml").write_text(story, encoding="utf-8")
    keys = ("primary-sweets-from-strangers", "primary-four-ways-to-say-no")
    more = "".join(f'[[lesson]]\nkey = "primary-{s}"\nterm = 2\n' for s in ("help", "most"))
    (root / COURSE).write_text(
        course.replace(keys[1], "primary-no") + more, encoding="utf-8"
    )  # fmt: skip

    read = files.read(root, bank)
    assert told(read) == []
    assert [pair.draft.key for pair in read.look_alikes] == ["milk-tea"]

    (root / PAGE).write_text(lesson, encoding="utf-8")
    assert [fault.split(": ", 2)[2] for fault in told(files.read(root, bank))] == [
        "a lesson has at least three checkpoints; add ::: checkpoint",
        "a lesson has at least two parts; begin each with a ## heading",
        "there is no question primary-refuse-strange-drink; add it, or name one that is there",
    ]


def test_faults_of_look_alikes_stand_among_the_others(root: Path, bank: Bank) -> None:
    (root / "look-alikes.toml").write_text('[[pair]]\nkey = "milk-tea"\n', encoding="utf-8")

    found = told(files.read(root, bank))

    place = "lessons/look-alikes.toml:1: milk-tea: "
    assert f'{place}stages is missing; say who sees it, as ["primary", "junior", "senior"]' in found
    assert f"{place}en is missing; write it in English" in found


# What is wrong: what stands there, what is written instead, at which words, what is told.
BROKEN = {
    "no head": ("+++\n", "", "", "does not begin with a head between +++ and +++"),
    "head never closed": ("2027-06-30\n+++", "2027-06-30\n", "", "does not begin with a head"),
    "head no TOML": ("minutes = 12", "minutes = ", "minutes", "this is not TOML"),
    "unknown field": ("minutes", "minute", "", "minute is not a field; did you mean minutes?"),
    "too short for a pupil": ("minutes = 12", "minutes = 9", "", "minutes is 9; it must be 10"),
    "too long for a pupil": ("minutes = 12", "minutes = 16", "", "minutes is 16; it must be 15"),
    "key of another stage": ('"primary-', '"junior-', "", "key does not begin with the stage"),
    "no source": ('["rule:refuse-leave-tell"]', "[]", "", "source is empty; name at least one"),
    "unknown passage": ("rule:refuse-leave-tell", "rule:refuse", "", "rule has no passage refuse"),
    "copy trusted too long": ("rule:refuse-leave-tell", "etomidate-2023:etomidate", "", "six m"),
    "dates turned round": ("2027-06-30", "2026-01-01", "", "review_by lies before as_of"),
    "unknown question": ("primary-where-from", "primary-where-form", "::: checkpoint primary-where",
                         "did you mean"),
    "question of another stage": ("primary-where-from", "junior-law-any-amount",
                                  "::: checkpoint junior", "another stage"),
    "question twice": ("primary-where-from", "primary-familiar-wrapper",
                       "::: checkpoint primary-familiar-wrapper\n\n::: poll", "asked in this"),
    "checkpoint without key": (" primary-where-from", "", "::: checkpoint\n", "names no question"),
    "unknown directive": ("::: reveal", "::: reveel", "::: reveel", "did you mean reveal?"),
    "never closed": ("- 二\n:::", "- 二", "::: compare", "close the reveal of line"),
    "open at the end": ("::: help", "::: reveal 完\n完", "::: reveal 完", "is never closed"),
    "opened inside another": ("- 二\n", "::: poll x\n", "::: poll x", "close the reveal of"),
    "closing nothing": ("::: help", ":::\n\n::: help", ":::\n\n::: h", "this ::: closes nothing"),
    "words behind help": ("::: help", "::: help 110", "::: help", "nothing stands behind help"),
    "reveal without title": (" 想一想：为什么？", "", "::: reveal", "this reveal has no title"),
    "reveal of nothing": ("点开才看到的话。\n\n- 一\n- 二\n", "", "::: reveal", "hides nothing"),
    "no such picture": ("two-bags.svg", "two-bag.svg", "::: figure", "did you mean two-bags.svg?"),
    "picture without words": (" 两个一样的包装袋", "", "::: figure", "for those who cannot see it"),
    "picture without caption": ("图下面的*说明*。\n", "", "::: figure", "this figure has no capti"),
    "compare without heads": (" 看得见的 | 看不见的", "", "::: compare", "write LEFT | RIGHT"),
    "compare without lines": ("- 漂亮的包装 | 里面是**什么**\n- 同学的笑脸 | 东西从哪里来\n", "",
                              "::: compare", "this compare has no lines"),
    "compare of three": ("里面是**什么**", "里面 | 外面", "- 漂亮的包装", "each line is “- one |"),
    "timeline of words": ("- 1987年 | 国际禁毒日", "- 国际禁毒日", "- 国际", "in timeline each li"),
    "poll of one answer": ("- 谢谢，不要\n", "", "::: poll", "a poll has two to five answers"),
    "poll of six answers": ("- 谢谢，不要\n", "- 甲\n" * 5, "::: poll", "two to five answers"),
    "poll that asks nothing": (" 你会先做什么？", "", "::: poll", "this poll asks nothing"),
    "poll with words": ("- 谢谢，不要\n", "- 不要\n谢谢\n", "谢谢\n", "each line is an item"),
    "poll too long": ("你会先做什么？", "什么" * 41, "::: poll", "longer than 80 signs"),
    "activity without minutes": (" 8 分钟 说一说", " 说一说", "::: activity", "say how long"),
    "activity of cards alone": ("四人一组。\n", "", "::: activity", "this activity says nothing"),
    "two takeaways": ("::: help", "::: takeaway\n一\n:::\n\n::: help", "", "exactly one takeaway"),
    "takeaway too long": ("不尝、不带", "不尝" * 30, "::: takeaway", "longer than 60 signs"),
    "takeaway of nothing": ("不知道从哪来的，不尝、不带、不传。\n", "", "::: takeaway", "says not"),
    "sound that is not there": ("breathing.mp3", "breating.mp3", "::: audio", "mean breathing.mp3"),
    "sound as film": ("::: audio", "::: video", "::: video", "there is no video breathing.mp3"),
    "sound without title": (" 一次呼吸", "", "::: audio", "this audio has no title"),
    "sound without transcript": ("吸气，呼气。\n", "", "::: audio", "this audio has no transcript"),
    "no such scenario": ("bag-sweets", "bag-sweet", "::: scenario", "did you mean bag-sweets?"),
    "scenario without name": (" bag-sweets", "", "::: scenario", "this scenario has no name"),
    "no scenario": ("::: scenario bag-sweets\n", "", "", "exactly one scenario"),
    "no figure": ("::: figure two-bags.svg 两个一样的包装袋\n图下面的*说明*。\n:::\n", "", "",
                  "at least one figure"),
    "no activity": ("::: activity 8 分钟 说一说\n四人一组。\n- 卡片一\n- 卡片二\n:::\n", "", "",
                    "at least one activity"),
    "no help": ("::: help", "", "", "write ::: help at its end"),
    "words after help": ("::: help", "::: help\n\n完。", "", "something follows the help lines"),
    "no scene before the first part": ("桌上多了一个袋子。\n", "", "", "no scene stands before"),
    "raw HTML": ("四人", "<b>四</b>人", "<b>", "raw HTML may not stand here"),
    "comment": ("四人", "<!-- 四 -->人", "<!--", "raw HTML may not stand here"),
    "title again": ("## 第一", "# 第一", "# 第一", "headings start at ##"),
    "title underlined": ("四人一组。", "四人\n===", "===", "headings start at ##"),
    "picture in the text": ("桌上", "![x](/a.svg)", "![x]", "pictures stand in ::: figure"),
    "list of six levels": ("- 二", f"{' ' * 20}- 二", " - 二", "nested deeper than five"),
    "list without a gap": ("话。\n\n- 一", "话。\n- 一", "- 一", "a list begins after an empty li"),
    "one part": ("## 第二部分", "第二部分", "", "at least two parts"),
    "two checkpoints": ("::: checkpoint primary-where-from", "", "", "at least three checkpoints"),
    "20 kB": ("四人", "完。\n\n" * 3000, "", "longer than 20 kB"),
    "1,000 lines": ("四人", "\n" * 1000, "", "more than 1,000 lines"),
    "too many directives": ("桌上", ":::\n" * 150, "\n:::\n", "there are too many directives"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_told_with_its_line(folder: Folder, name: str) -> None:
    old, new, words, says = BROKEN[name]
    said = GOOD.replace(old, new, 1)
    assert said != GOOD
    root = folder.path.parent
    (root / PAGE).write_text(said, encoding="utf-8")

    page = pages.read(files.parts(root / PAGE, root), 1, folder)

    line = line_of(said, words) if words else 1
    found = [fault for fault in page.faults if fault.line == line and says in fault.says]
    assert found, [str(fault) for fault in page.faults]
    assert found[0].file == f"lessons/{PAGE}"
    assert page.draft is None


# The same of the files beside the lesson.
BESIDE = {
    "no notes": (NOTES, "[zh]", "[zn]", "zh is missing; write it in Chinese"),
    "hour too short": (NOTES, ', { minutes = 20, what = "说" }', ', { minutes = -1, what = "说" }',
                       "zh: plan 2: minutes is -1; it must be 1 or more"),
    "hour too long": (NOTES, "minutes = 20", "minutes = 30", "zh: the plan takes 50 minutes"),
    "two things to say": (NOTES, ', "先走开。"', "", "say has fewer than three entries"),
    "two things never to do": (NOTES, ', "不问家里。"', "", "never has fewer than three entries"),
    "short letter": (NOTES, lessons.LETTER, "各位家长", "the letter has 4 signs; make it 150 to 7"),
    "letter with HTML": (NOTES, "各位家长", "<b>各位家长</b>", "letter: raw HTML may not stand he"),
    "notes without English": (NOTES, lessons.ENGLISH_NOTES.format(), "", "the notes are not in th"),
    "unknown word in notes": (NOTES, "never", "nevr", "zh: nevr is not a field; did you mean neve"),
    "way to nowhere": (SCENES, 'to = "pocket"', 'to = "pockets"', "did you mean pocket?"),
    "unknown skill": (SCENES, '"refuse"', '"refuze"', "scene 1: choice 1: skill is 'refuze'; did"),
    "scene without its picture": (SCENES, "two-bags.svg", "bags.svg", "no picture bags.svg"),
    "scenario half in English": (SCENES, '[scene.choice.en]\nsays = "No, thanks."\nthen = "He '
                                 'takes it back."\n', "", "in English too, but not all of start"),
    "course of no grade": (COURSE, "grade = 5", "grade = 4", "grade is 4; this stage has 5, 6"),
    "course of no stage": (COURSE, '"primary"', '"nursery"', "stage is 'nursery'; choose one of"),
    "course without a summary": (COURSE, "summary", "sumary", "sumary is not a field; did you mea"),
    "course without second term": (COURSE, "term = 2", "term = 3", "it must be 2 or less"),
    "course with no first lesson": (COURSE, "first = true\n", "", "write first = true once"),
    "course without a day": (COURSE, 'day = "06-26"\n', "", "no lesson is for a themed day"),
    "day that is none": (COURSE, "06-26", "06-27", "day: Input should be '06-01', '06-03' or '06-"),
    "lesson that is not there": (COURSE, "primary-no", "primary-non", "did you mean primary-no?"),
    "lesson twice": (COURSE, "primary-no", "primary-sweets", "stands in this course already"),
    "after a later one": (COURSE, '"primary-no"', '"primary-no"\nafter = "primary-help"',
                          "primary-help does not stand before this lesson"),
    "captions without head": (CAPTIONS, "WEBVTT", "VTT", "captions begin with WEBVTT"),
    "captions without time": (CAPTIONS, "00:00.000 --> ", "--> ", "this is not a time"),
    "captions turned round": (CAPTIONS, "00:00.000", "00:03.000", "this time ends before it begin"),
    "captions without words": (CAPTIONS, "吸气，呼气。", "", "no words stand below this time"),
    "captions with tags": (CAPTIONS, "吸气", "<b>吸气", "captions are plain words"),
    "other English key": (ENGLISH, '"primary-sweets"', '"primary-sours"', "key is not that of the"),
    "other English question": (ENGLISH, "primary-where-from", "primary-drugs-in-common",
                               "the directives checkpoint are not those"),
    "other English poll": (ENGLISH, "- 谢谢，不要\n", "- 谢谢\n- 不要\n", "the directives poll ar"),
    "other English cards": (ENGLISH, "- 卡片二\n", "", "the directives activity are not those"),
    "English without a timeline": (ENGLISH, "::: timeline\n- 1839年6月 | 虎门销烟\n- 1987年 | "
                                   "国际禁毒日\n:::\n", "", "the directives timeline are not thos"),
    "English with minutes": (ENGLISH, "title =", "minutes = 3\ntitle =", "minutes is not a field"),
}  # fmt: skip


@pytest.mark.parametrize("name", BESIDE)
def test_a_broken_rule_is_told_of_the_files_beside(told_of: Told, name: str) -> None:
    file, old, new, says = BESIDE[name]

    found = told_of(file, old, new)

    assert [fault for fault in found if fault.startswith(f"lessons/{file}:") and says in fault], (
        found
    )


def test_all_faults_of_all_files_are_told_at_once(told_of: Told) -> None:
    told_of(NOTES, "minutes = 20", "minutes = 30")
    told_of(SCENES, 'to = "pocket"', 'to = "pockets"')
    found = told_of(PAGE, "::: help", "")

    assert [fault.split(":")[0].removeprefix("lessons/") for fault in found] == [
        ENGLISH, PAGE, NOTES, SCENES, SCENES, SCENES,
    ]  # fmt: skip


def test_a_lesson_without_notes_is_told(root: Path, bank: Bank) -> None:
    (root / NOTES).unlink()

    assert told(files.read(root, bank)) == [
        f"lessons/{PAGE}:1: primary-sweets: this lesson has no notes for those who teach it; "
        "add 01-sweets.notes.toml"
    ]


def test_a_scenario_is_told_in_the_languages_of_its_lesson(root: Path, bank: Bank) -> None:
    (root / SCENES).write_text(lessons.only_chinese(SCENARIO), encoding="utf-8")

    [fault] = told(files.read(root, bank))

    assert "bag-sweets is not in the languages of this lesson" in fault


def test_a_scenario_that_no_lesson_names_is_told(root: Path, bank: Bank) -> None:
    shutil.copy(root / SCENES, root / "primary" / "scenarios" / "spare.toml")

    assert told(files.read(root, bank)) == [
        "lessons/primary/scenarios/spare.toml:1: spare: no lesson names this scenario; name it or "
        "take it out"
    ]


def test_a_fault_of_a_scene_is_told_at_its_line(told_of: Told) -> None:
    line = line_of(SCENARIO, '[[scene]]\nid = "pocket"')

    found = told_of(SCENES, 'skill = "help"\n', "")

    assert found == [
        f"lessons/{SCENES}:{line}: bag-sweets: no choice of pocket practises a skill; add one that "
        "does"
    ]


FOREIGN = {
    ".mp3": (b"ID3\x04", b"<html>"), ".ogg": (b"OggS\x00", b"Ogg"),
    ".wav": (b"RIFF\x00\x00\x00\x00WAVEfmt ", b"RIFF\x00\x00\x00\x00AVI "),
    ".m4a": (b"\x00\x00\x00\x20ftypM4A ", b"\x00\x00\x00\x20ftypheic"),
    ".mp4": (b"\x00\x00\x00\x20ftypisom", b"MZ\x90\x00"),
    ".webm": (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", b"\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska"),
}  # fmt: skip


@pytest.mark.parametrize("suffix", FOREIGN)
def test_sound_and_film_are_known_by_what_is_in_them(root: Path, bank: Bank, suffix: str) -> None:
    own, foreign = FOREIGN[suffix]
    file = root / "primary" / "media" / f"wave{suffix}"

    file.write_bytes(own + bytes(100))
    assert told(files.read(root, bank)) == []

    file.write_bytes(foreign + bytes(100))
    [fault] = told(files.read(root, bank))
    assert f"media/wave{suffix}:1: what is in this file is not " in fault


def test_sound_and_film_have_a_size_and_a_name(root: Path, bank: Bank) -> None:
    media = root / "primary" / "media"
    (media / "long.mp3").write_bytes(b"ID3" + bytes(8_000_000))
    (media / "Long Film.mp4").write_bytes(b"x")
    (media / "notes.doc").write_bytes(b"x")

    found = told(files.read(root, bank))

    assert [f.split(": ")[1].split(";")[0] for f in found] == [
        "the name of a sound or film is small letters, digits and hyphens, then .mp3, .ogg, .m4a, "
        ".wav, .mp4, .webm or .vtt",
        "the file is larger than 8000 kB",
        "the name of a sound or film is small letters, digits and hyphens, then .mp3, .ogg, .m4a, "
        ".wav, .mp4, .webm or .vtt",
    ]


def test_sound_without_captions_is_told(root: Path, bank: Bank) -> None:
    (root / CAPTIONS).unlink()

    assert all(
        "breathing.mp3 has no captions; add media/breathing.vtt" in fault
        for fault in told(files.read(root, bank))
    )
    assert len(told(files.read(root, bank))) == 5


def test_two_courses_do_not_want_the_same(root: Path, bank: Bank) -> None:
    shutil.copy(root / COURSE, root / "courses" / "grade-six.toml")

    assert [fault.split(": ", 2)[2] for fault in told(files.read(root, bank))] == [
        "grade-5 has this order already; choose another",
        "grade-5 is for this grade already; a grade has one course",
    ]


def test_a_course_names_lessons_of_its_stage(root: Path, bank: Bank, told_of: Told) -> None:
    found = told_of(COURSE, 'stage = "primary"\ngrade = 5', 'stage = "junior"\ngrade = 7')

    assert len([f for f in found if "is a lesson for another stage; choose one of this" in f]) == 4


def test_a_course_may_name_a_lesson_with_faults_of_its_own(told_of: Told) -> None:
    assert all("primary/01-sweets" in fault for fault in told_of(PAGE, "::: help", ""))


def test_a_checkpoint_asks_only_what_every_pupil_may_see(told_of: Told, bank: Bank) -> None:
    kept = next(
        question
        for question in bank.questions
        if question.head.pool != "open" and question.head.stage == "primary"
    )

    found = told_of(PAGE, "primary-where-from", kept.key)

    assert any("is not in the pool open" in fault for fault in found)


@pytest.mark.parametrize("file", [PAGE, ENGLISH])
def test_a_lesson_that_is_only_a_head_is_told(root: Path, bank: Bank, file: str) -> None:
    lines = (root / file).read_text(encoding="utf-8").splitlines(keepends=True)
    end = lines.index("+++\n", 1) + 1
    (root / file).write_text("".join(lines[:end]) + "\n  \n", encoding="utf-8")

    courses = files.read(root, bank)

    says = "this lesson says nothing; write its text"
    assert f"lessons/{file}:{end}: primary-sweets: {says}" in told(courses)
    assert "primary-sweets" not in [lesson.key for lesson in courses.lessons]


def test_an_english_lesson_does_not_stand_alone(root: Path, bank: Bank) -> None:
    shutil.copy(root / ENGLISH, root / "primary" / "09-alone.en.md")
    shutil.copy(root / NOTES, root / "primary" / "09-alone.notes.toml")

    assert told(files.read(root, bank)) == [
        f"lessons/primary/09-alone.{kind}:1: there is no Chinese lesson beside this one; "
        "add 09-alone.md"
        for kind in ("en.md", "notes.toml")
    ]


def test_keys_and_numbers_are_used_once(root: Path, bank: Bank) -> None:
    for suffix in (".md", ".en.md", ".notes.toml"):
        shutil.copy(root / f"primary/01-sweets{suffix}", root / f"primary/01-again{suffix}")

    assert [fault.split(": ", 2)[2] for fault in told(files.read(root, bank))] == [
        "lessons/primary/01-again.md has this key already; choose another",
        "lessons/primary/01-again.md has this number already; choose another",
    ]


def test_files_and_folders_have_their_names(root: Path, bank: Bank) -> None:
    (root / "extra").mkdir()
    (root / "primary" / "films").mkdir()
    (root / "primary" / "sweets.md").write_text(GOOD, encoding="utf-8")
    (root / "courses" / "Grade 5.toml").write_text("", encoding="utf-8")

    found = told(files.read(root, bank))

    assert [fault.removeprefix("lessons/").split(";")[0] for fault in found] == [
        "courses/Grade 5.toml:1: Grade 5: the name of a course is small letters, digits and "
        "hyphens, 40 at most, and .toml",
        "extra:1: only the folders primary, junior, senior and courses stand here",
        "primary/films:1: only the folders pictures, media and scenarios stand here",
        "primary/sweets.md:1: the name of the file is not NN-slug.md, NN-slug.en.md or "
        "NN-slug.notes.toml",
    ]


def test_a_question_with_faults_of_its_own_is_told_once(root: Path, bank: Bank) -> None:
    left = [question for question in bank.questions if question.key != "primary-where-from"]
    fault = Fault("x", 1, "primary-where-from", "difficulty is missing")

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
def test_a_harmful_picture_is_told(root: Path, bank: Bank, name: str) -> None:
    old, new, says = HARMFUL[name]
    assert old in SVG
    file = root / "primary" / "pictures" / "two-bags.svg"
    file.write_text(SVG.replace(old, new), encoding="utf-8")

    faults = told(files.read(root, bank))

    assert [
        f for f in faults if f.startswith("lessons/primary/pictures/two-bags.svg:") and says in f
    ]


def test_a_picture_with_another_name_is_told(root: Path, bank: Bank) -> None:
    (root / "primary" / "pictures" / "Bag 1.png").write_bytes(b"x")

    [fault] = told(files.read(root, bank))

    assert "Bag 1.png:1: the name of a picture is small letters" in fault


def test_the_size_of_a_picture_keeps_its_place() -> None:
    picture, faults = pictures.examine_svg(SVG.encode())

    assert faults == []
    assert picture
    assert (picture.width, picture.height) == (640, 360)


NEW = {
    "picture": ("primary/pictures/two-bags.svg", 'width="9"', 'width="8"'),
    "captions": (CAPTIONS, "呼气", "呼"),
    "notes": (NOTES, "先走开", "走开"),
    "scenario": (SCENES, "算了", "好吧"),
    "poll": (PAGE, "谢谢，不要", "不要，谢谢"),
    "English": (ENGLISH, "Packaging", "A bag"),
}


@pytest.mark.parametrize("name", NEW)
def test_whatever_changes_makes_a_new_digest(
    root: Path, bank: Bank, told_of: Told, name: str
) -> None:
    before = files.read(root, bank).lessons[0].digest

    assert told_of(*NEW[name]) == []

    assert files.read(root, bank).lessons[0].digest != before


def test_what_lies_past_its_day_is_a_warning_and_no_fault(root: Path, bank: Bank) -> None:
    courses = files.read(root, bank)

    assert files.overdue(courses, date(2027, 6, 30)) == []
    assert "review_by has passed" in str(files.overdue(courses, date(2027, 7, 1))[0])


def test_only_files_of_a_stage_are_found(root: Path) -> None:
    assert files.picture(root, "primary", "two-bags.svg")
    assert files.medium(root, "primary", "breathing.vtt")
    for stage, name in [
        ("primary", "../01-sweets.md"), ("primary", "01-sweets.md"), ("..", "two-bags.svg"),
        ("junior", "two-bags.svg"), ("primary", "two-bags.SVG"), ("courses", "grade-5.toml"),
    ]:  # fmt: skip
        assert files.picture(root, stage, name) is None
        assert files.medium(root, stage, name) is None


BESIDE_NOTHING = Beside("/lessons/primary", {"a.svg": Picture("image/svg+xml", 1, 1, b"")}, {})
# Each as long as a lesson may be: what costs a reader most.
DEAR = {
    "folds": "::: reveal a\n*b*\n:::\n" * 75,
    "folds never closed": "::: reveal a\n" * 150,
    "figures": "::: figure a.svg c\nd\n:::\n" * 50,
    "activities": "::: activity 1 分钟 a\nb\n- c\n:::\n" * 37,
    "marks without end": ":::\n" * 990,
    "lines of a table": "::: compare a | b\n" + "- a | *b*\n" * 980 + ":::\n",
    "a line of a table": "::: compare a | b\n- a | " + "*b" * 9_900 + "\n:::\n",
    "bars": "::: compare a | b\n- " + "| " * 9_900 + "\n:::",
    "years": "::: timeline\n" + "- a | b\n" * 980 + ":::\n",
    "answers": "::: poll a\n" + "- b\n" * 980 + ":::\n",
    "lists": "\n".join("    " * (step % 5) + "- a" for step in range(980)),
    "spaces": "::: poll a\n-" + " " * 19_900 + "x \n:::",
    "a long mark": "::: " + " " * 19_900 + "x",
    "spaces in a title": "::: reveal x" + " " * 18_500 + "y\nz\n:::",
    "spaces in an answer": "::: poll a\n- x" + " " * 18_500 + "y\n- z\n:::",
    "spaces in a card": "::: activity 1 分钟 a\nb\n- c" + " " * 18_500 + "d\n:::",
    "spaces in the name of an activity": "::: activity 1 分钟 a" + " " * 18_500 + "b\nc\n:::",
    "a wide table": "a|" * 5_000 + "\n" + "-|" * 4_900,
    "backslashes": "\\" * 19_900,
    "emphasis": "**a*" * 4_900,
}


@pytest.mark.parametrize("name", DEAR)
def test_no_lesson_costs_more_than_a_moment(name: str) -> None:
    assert len(DEAR[name].encode()) <= 20_000
    start = time.process_time()

    blocks.read(DEAR[name], first_line=1, lang="zh", beside=BESIDE_NOTHING)

    assert time.process_time() - start < 1


LINES = st.sampled_from([
    ":::", "::: reveal a", "::: poll b", "::: help", "::: compare a | b", "::: timeline",
    "::: takeaway", "::: figure a.svg c", "::: x", "- a", "- a | b", "    - c", "## d", "e", "",
])  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(LINES, max_size=40))
def test_every_fault_stands_at_a_line_and_what_is_sound_is_shown_whole(lines: list[str]) -> None:
    made = blocks.read("\n".join(lines), first_line=1, lang="zh", beside=BESIDE_NOTHING)

    assert all(1 <= line <= max(1, len(lines)) and says for line, says in made.faults)
    if not made.faults:
        marked = [directives.DIRECTIVE.fullmatch(line) for line in lines]
        words = [found[1] for found in marked if found and found[1]]
        assert sum(made.counts.get(word, 0) for word in set(words)) == len(words)
        assert made.counts.get("poll", 0) == len(made.polls)
        html = "".join(block.get("html", "") for block in made.blocks)
        assert html.count("<details>") == words.count("reveal")


def test_the_lessons_that_ship_are_sound(bank: Bank) -> None:
    courses = files.read(SHIPPED, bank)

    assert told(courses) == []
    assert len(courses.courses) == 9
    assert len(courses.lessons) >= 28
