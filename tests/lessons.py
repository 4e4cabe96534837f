"""A small lessons/ of its own: two courses, of grade 5 and grade 7, with four lessons each."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.bank import actions as bank
from quizapp.bank import files as bank_files
from quizapp.bank.files import Bank
from quizapp.core.paths import data_dir
from quizapp.lessons import actions, files
from tests.town import NOON

ASKED = {
    "primary": ("primary-familiar-wrapper", "primary-where-from", "primary-drugs-in-common"),
    "junior": (
        "junior-law-summer-job-in-bar",
        "junior-law-not-a-prank",
        "junior-law-sealed-record",
    ),
}
SLUGS = ("sweets", "no", "help", "most")
HEAD = """+++
key = "{key}"
title = "{title}"
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

::: checkpoint {0}

::: reveal 想一想：为什么？
点开才看到的话。

- 一
- 二
:::

::: compare 看得见的 | 看不见的
- 漂亮的包装 | 里面是**什么**
- 同学的笑脸 | 东西从哪里来
:::

## 第二部分

::: timeline
- 1839年6月 | 虎门销烟
- 1987年 | 国际禁毒日
:::

::: checkpoint {1}

::: poll 你会先做什么？
- 问问从哪里来
- 谢谢，不要
:::

::: audio breathing.mp3 一次呼吸
吸气，呼气。
:::

::: scenario {scenario}

::: checkpoint {2}

::: activity 8 分钟 说一说
四人一组。
- 卡片一
- 卡片二
:::

::: takeaway
不知道从哪来的，不尝、不带、不传。
:::

::: help
"""
ENGLISH_HEAD = """+++
key = "{key}"
title = "Packaging tells lies"
objective = "Refuse what comes from nowhere"
+++
"""
LETTER = "各位家长：今天孩子学了怎样谢绝来历不明的东西。" * 10
NOTES = """[zh]
plan = [{{ minutes = 20, what = "读" }}, {{ minutes = 20, what = "说" }}]
say = ["多数人不碰。", "说“不”可以练。", "先走开。"]
never = ["不讲感受。", "不吓人。", "不问家里。"]
letter = "{letter}"
"""
ENGLISH_NOTES = NOTES.replace("[zh]", "[en]").replace("{letter}", "Dear parents, " * 40)
SCENARIO = """
[zh]
title = "一袋糖"
[en]
title = "A bag of sweets"

[[scene]]
id = "start"
picture = "two-bags.svg"
[scene.zh]
alt = "两个袋子"
lines = [{ says = "阿哲递来一袋糖。" }, { who = "阿哲", says = "尝尝？" }]
[scene.en]
alt = "Two bags"
lines = [{ says = "A boy offers sweets." }, { who = "The boy", says = "Try one?" }]

[[scene.choice]]
to = "good"
skill = "refuse"
[scene.choice.zh]
says = "谢谢，不要。"
then = "他收了回去。"
[scene.choice.en]
says = "No, thanks."
then = "He takes it back."

[[scene.choice]]
to = "pocket"
[scene.choice.zh]
says = "先收下。"
then = "袋子在口袋里。"
[scene.choice.en]
says = "Take it for now."
then = "The bag is in your pocket."

[[scene]]
id = "pocket"
[scene.zh]
lines = [{ says = "你想起老师的话。" }]
[scene.en]
lines = [{ says = "You remember your teacher." }]

[[scene.choice]]
to = "good"
skill = "help"
[scene.choice.zh]
says = "去找老师。"
then = "老师在。"
[scene.choice.en]
says = "Go to the teacher."
then = "The teacher is there."

[[scene.choice]]
to = "again"
[scene.choice.zh]
says = "算了。"
then = "糖还在。"
[scene.choice.en]
says = "Never mind."
then = "The sweets are still there."

[[scene]]
id = "good"
ending = "good"
[scene.zh]
lines = [{ says = "你没有尝，也告诉了大人。" }]
[scene.en]
lines = [{ says = "You did not try, and told an adult." }]

[[scene]]
id = "again"
ending = "again"
[scene.zh]
lines = [{ says = "糖还在口袋里。回去再试一次。" }]
[scene.en]
lines = [{ says = "The sweets are still there. Go back and try again." }]
"""
COURSE = """stage = "{stage}"
grade = {grade}
order = {grade}
[zh]
title = "{grade}年级"
summary = "短课。"
[en]
title = "Grade {grade}"
summary = "Short lessons."
"""
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360"><title>t</title>'
    '<rect width="9" height="9" fill="url(#a)"/><use href="#b"/></svg>'
)
MP3 = b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(54)
VTT = "WEBVTT\n\n00:00.000 --> 00:02.000\n吸气，呼气。\n"


def body(stage: str, *, scenario: str = "bag") -> str:
    return BODY.format(*ASKED[stage], scenario=scenario)


def chinese(stage: str, slug: str, title: str = "包装会骗人") -> str:
    return HEAD.format(key=f"{stage}-{slug}", title=title) + body(stage, scenario=f"bag-{slug}")


def english(stage: str, slug: str) -> str:
    said = body(stage, scenario=f"bag-{slug}").replace("8 分钟", "8 minutes")
    return ENGLISH_HEAD.format(key=f"{stage}-{slug}") + said


def tree(folder: Path) -> Path:
    """Write lessons/ into the folder and return it; the first lesson of a course is in English."""
    root = folder / "lessons"
    (root / "courses").mkdir(parents=True)
    for stage, grade in (("primary", 5), ("junior", 7)):
        stage_folder(root / stage, stage, SLUGS)
        said = COURSE.format(stage=stage, grade=grade) + "".join(
            f'[[lesson]]\nkey = "{stage}-{slug}"\nterm = {1 + number // 2}\n'
            + ("first = true\n" if number == 0 else "")
            + (f'day = "06-26"\nafter = "{stage}-sweets"\n' if number == len(SLUGS) - 1 else "")
            for number, slug in enumerate(SLUGS)
        )  # fmt: skip
        (root / "courses" / f"grade-{grade}.toml").write_text(said, encoding="utf-8")
    return root


def stage_folder(path: Path, stage: str, slugs: Sequence[str]) -> None:
    for name in ("pictures", "media", "scenarios"):
        (path / name).mkdir(parents=True)
    (path / "pictures" / "two-bags.svg").write_text(SVG, encoding="utf-8")
    (path / "media" / "breathing.mp3").write_bytes(MP3)
    (path / "media" / "breathing.vtt").write_text(VTT, encoding="utf-8")
    for number, slug in enumerate(slugs, 1):
        name = f"{number:02d}-{slug}"
        (path / f"{name}.md").write_text(chinese(stage, slug), encoding="utf-8")
        notes, scenario = NOTES.format(letter=LETTER), SCENARIO
        if number == 1:
            (path / f"{name}.en.md").write_text(english(stage, slug), encoding="utf-8")
            notes += ENGLISH_NOTES.format()
        else:
            scenario = only_chinese(SCENARIO)
        (path / f"{name}.notes.toml").write_text(notes, encoding="utf-8")
        (path / "scenarios" / f"bag-{slug}.toml").write_text(scenario, encoding="utf-8")


def only_chinese(scenario: str) -> str:
    """Return the scenario without its English tables."""
    parts = scenario.split("\n[")
    return "\n[".join(
        part for part in parts if not part.startswith(("en]", "scene.en]", "scene.choice.en]"))
    )


def few(shipped: Bank) -> Bank:
    """Return of the bank that ships only the questions that this small tree asks."""
    asked = {key for keys in ASKED.values() for key in keys}
    return replace(shipped, questions=[one for one in shipped.questions if one.key in asked])


def load(session: Session, folder: Path) -> Path:
    """Bring this small tree and the questions that it asks into the database; return the tree."""
    root = tree(folder)
    questions = few(bank_files.read(data_dir("question_bank")))
    bank.load(session, questions, by=SYSTEM, now=NOON)
    actions.load(session, files.read(root, questions), by=SYSTEM, now=NOON)
    session.commit()
    return root
