"""Lessons written on the site, for tests: a version under another title, in review, approved; and
what a later release says."""

from dataclasses import replace

from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor
from quizapp.bank.actions import Loaded
from quizapp.lessons import actions, directives, editing, queries, review_queries, reviews
from quizapp.lessons.drafts import LessonDraft
from quizapp.lessons.files import Courses
from quizapp.lessons.models import Lesson, LessonRevision
from tests.reviewers import Reviewers
from tests.town import NOON

KEY = "junior-what-drugs-are"
TITLE = "毒品是什么，不是什么"


def lesson(session: Session, key: str = KEY) -> Lesson:
    return review_queries.lesson(session, key)


def newest(session: Session, key: str = KEY) -> LessonRevision:
    return review_queries.history(session, lesson(session, key))[0]


def titled(session: Session, title: str, key: str = KEY) -> dict[str, str]:
    """Return the files of the newest version under another title."""
    said = dict(newest(session, key).files)
    head, sign, rest = said["zh"].partition("\ntitle = ")
    return said | {"zh": f'{head}{sign}"{title}"\n{rest.partition(chr(10))[2]}'}


def edited(
    session: Session, by: Actor, title: str = "另一个名字", *, key: str = KEY
) -> LessonRevision:
    said, base = titled(session, title, key), newest(session, key)
    return editing.edit(session, lesson(session, key), said, base=base, by=by, now=NOON)


def submitted(
    session: Session, by: Actor, title: str = "另一个名字", *, key: str = KEY
) -> LessonRevision:
    made = edited(session, by, title, key=key)
    reviews.submit(session, made, text="", by=by, now=NOON)
    return made


def approved(
    session: Session, by: Actor, three: Reviewers, title: str = "另一个名字", *, key: str = KEY
) -> LessonRevision:
    made = submitted(session, by, title, key=key)
    for aspect, each in three.each():
        reviews.sign(session, made, aspect, by=each, now=NOON)
    return made


def read_by_pupils(session: Session, key: str = KEY) -> str:
    session.expire_all()
    title: str = queries.text(session, queries.lesson(session, key)).text["zh"]["title"]
    return title


def new_files(session: Session, key: str) -> dict[str, str]:
    """Return the files of a lesson that says what another one says, with a scenario of its own."""
    said = dict(newest(session).files)
    story = directives.named(said["zh"], "scenario")
    zh = said["zh"].replace(KEY, key)
    zh = zh.replace(f"::: scenario {story}", "::: scenario another-story")
    return said | {"zh": zh}


def cards(session: Session, pupil: Actor) -> set[str]:
    shelves = queries.shelves_for(session, pupil, "zh")
    return {card.key for shelf in shelves for card in shelf.cards}


def release(shipped: Courses, title: str) -> Courses:
    """Return what a later release says: one lesson has another title."""

    def renamed(one: LessonDraft) -> LessonDraft:
        if one.key != KEY:
            return one
        front = one.front.model_copy(update={"title": title})
        text = {"zh": {**one.text["zh"], "title": title}}
        written = one.files["zh"].replace(TITLE, title, 1)
        return replace(one, front=front, text=text, files={**one.files, "zh": written})

    return replace(shipped, lessons=[renamed(one) for one in shipped.lessons])


def load(session: Session, content: Courses) -> Loaded:
    return actions.load(session, content, by=SYSTEM, now=NOON)
