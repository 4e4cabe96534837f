"""Courses and a story for tests: four scenes, two endings; lessons with questions of the town.

From "table" 0 (saying no) leads to "outside", a good ending, and 1 to "sip"; from there 0 (walking
away) leads to "outside" and 1 to "later", a mixed ending.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.bank import pictures
from quizapp.bank import queries as bank
from quizapp.bank.asked import Asked
from quizapp.bank.models import BankPicture, Question, Source
from quizapp.bank.rules import BankStage, bank_stage
from quizapp.core.ids import new_id
from quizapp.core.pictures import Picture, media_type
from quizapp.lessons import queries
from quizapp.lessons.models import Checkpoint, Course, CourseLine, Lesson, LessonText
from quizapp.lessons.rules import seed
from quizapp.lessons.scenarios import Choice, Ending, Scenario, Scene, Skill
from quizapp.orgs.rules import Stage
from tests.town import NOON

ASKED = 4  # Checkpoints of a lesson, the first questions of the town.
NOTES = {
    "zh": {
        "prepare": ["把卡片剪好"],
        "plan": [{"minutes": 15, "what": "读"}, {"minutes": 25, "what": "说"}],
        "say": ["多数人不碰。", "说“不”可以练。", "先走开。"],
        "never": ["不讲感受。", "不吓人。", "不问家里。"],
        "letter": "各位家长：\n\n今天孩子学了怎样**谢绝**来历不明的东西。",
        "activities": [
            {"title": "站一站", "minutes": 8, "text": "四人一组。", "cards": ["外婆买的橘子"]}
        ],
    }
}


def _scene(name: str, says: str, *choices: Choice, ending: Ending | None = None) -> Scene:
    lines = [{"who": None, "says": says}, {"who": "表哥的朋友", "says": f"{says}？"}]
    return Scene(name, None, ending, {"zh": {"alt": None, "lines": lines}}, choices)


def _choice(to: str, says: str, then: str, skill: Skill | None = None) -> Choice:
    return Choice(to, skill, {"zh": {"says": says, "then": then}})


STORY = Scenario(
    "party-drink",
    {"zh": {"title": "生日会上的饮料"}},
    [
        _scene(
            "table", "端来一杯没见过的饮料",
            _choice("outside", "我喝自己的水", "他把杯子放下了", Skill.REFUSE),
            _choice("sip", "端起杯子", "杯子有点凉"),
        ),
        _scene(
            "sip", "杯子到了嘴边",
            _choice("outside", "放下杯子去门口", "你站了起来", Skill.LEAVE),
            _choice("later", "偷偷倒掉", "没人看见"),
        ),
        _scene("outside", "你告诉了姑姑", ending=Ending.GOOD),
        _scene("later", "现在告诉大人也不晚", ending=Ending.MIXED),
    ],
)  # fmt: skip


def course(
    session: Session, lessons: Sequence[Lesson], *, stage: Stage = Stage.JUNIOR, grade: int = 7
) -> Course:
    """Make a course: the first half of the lessons in term 1, the last one for 26 June.

    The first lesson must be done before the second.
    """
    text = {"zh": {"title": f"{grade}年级课程", "summary": "几节短课"}}
    made = Course(key=f"{stage}-{grade}", stage=stage, grade=grade, position=grade, text=text)
    session.add(made)
    session.flush()
    last = len(lessons) - 1
    made.lines = [
        CourseLine(
            position=place, lesson_id=lesson.id, term=1 if 2 * place <= last else 2,
            is_first=place == 0, day="06-26" if place == last else None,
            after_id=lessons[0].id if place == 1 else None,
        )
        for place, lesson in enumerate(lessons)
    ]  # fmt: skip
    session.flush()
    return made


def lesson(
    session: Session, key: str, *, title: str = "说不", stage: Stage = Stage.JUNIOR
) -> Lesson:
    """Make an approved lesson with everything that a page can hold."""
    made = Lesson(id=new_id(), key=key, stage=bank_stage(stage), position=1)
    session.add(made)
    session.flush()
    write(session, made, title=title)
    return made


def write(session: Session, of: Lesson, *, title: str = "说不") -> LessonText:
    """Make the next text of a lesson."""
    of.current = (of.current or 0) + 1
    passages = {
        "town": {"keep-away": "不接、不尝、不替别人带。"},
        "law": {"8": "第八条。", "9": "第九条。"},
    }
    for key, says in passages.items():
        session.merge(
            Source(
                key=key, title=f"出处 {key}", publisher="青禾市", date=date(2026, 1, 1),
                read_on=date(2026, 10, 30), certainty="rule", passages=says,
            )
        )  # fmt: skip
    wanted = select(Question).where(Question.stage == BankStage.JUNIOR).order_by(Question.key)
    questions = session.scalars(wanted.limit(ASKED)).all()
    blocks: list[dict[str, Any]] = [
        {"html": "<p>小雨的书包里多了一包软糖。</p><h2>第一部分</h2><p>看清来历。</p>"},
        *({"checkpoint": number} for number in range(ASKED)),
        {"poll": 0},
        {"scenario": STORY.key},
        {"help": True},
    ]
    said = LessonText(
        id=new_id(),
        lesson_id=of.id,
        number=of.current,
        digest=f"{of.current:064d}",
        minutes=12,
        subjects=["班会"],
        sources=["town:keep-away", "law:8", "law:9"],
        as_of=date(2026, 11, 1),
        review_by=date(2027, 6, 30),
        text={"zh": {"title": title, "objective": "会说不"}},
        blocks={"zh": blocks},
        polls={"zh": [{"asks": "你会先做什么？", "options": ["先问问", "谢谢，不要"]}]},
        scenario=STORY.as_document(),
        notes=NOTES,
        made_at=NOON,
        checkpoints=[
            Checkpoint(position=number, question_id=question.id)
            for number, question in enumerate(questions)
        ],
    )
    session.add(said)
    session.flush()
    return said


def picture(session: Session, of: Lesson, raw: bytes, *, alt: str) -> BankPicture:
    """Give the first question of the lesson a picture."""
    kind = media_type(raw)
    kept = pictures.keep(session, Picture(kind, 640, 360, raw), now=NOON)
    asked = queries.text(session, of).checkpoints[0].question_id
    said = bank.current(session, [asked])[asked]
    said.picture = kept
    said.text = {lang: words | {"picture_alt": alt} for lang, words in said.text.items()}
    session.flush()
    return kept


def sent(
    session: Session, pupil: Actor, of: Lesson, position: int, *, right: bool = True
) -> list[str]:
    """Return what the pupil's form sends for a right answer at a checkpoint, or for a wrong one."""
    stop = queries.text(session, of).checkpoints[position]
    revision = bank.current(session, [stop.question_id])[stop.question_id]
    asked = Asked(revision, seed(pupil.id, stop.question_id))
    letters = asked.sent(asked.key)
    if right:
        return letters
    return [choice.key for choice in asked.posed([], "zh").choices if choice.key not in letters][:1]
