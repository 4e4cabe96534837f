"""Parts of a lesson's page are drawn once for all: each reader is told of nobody else."""

import re
from collections.abc import Callable

import pytest
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.bank import queries as bank
from quizapp.bank.asked import Asked
from quizapp.lessons import actions, queries, walks
from quizapp.lessons.models import Lesson
from quizapp.lessons.rules import seed
from tests import stories
from tests.conftest import Visitor
from tests.settings import KEY
from tests.town import NOON, Town

ClientAs = Callable[[Actor], Visitor]
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
MARK = re.compile(r'data-reader="([^"]+)"')
HERE = "/lessons/one"


@pytest.fixture
def lesson(session: Session, town: Town) -> Lesson:
    made = stories.lesson(session, "one")
    session.commit()
    return made


def own(page: str) -> set[str]:
    """Return what of a page belongs to its reader: what its tokens stand for, and the mark."""
    signed = URLSafeTimedSerializer(KEY, salt="wtf-csrf-token")
    return {*map(signed.loads, TOKEN.findall(page)), *MARK.findall(page)}


def with_token(visitor: Visitor, raw: str) -> Visitor:
    with visitor.session_transaction() as kept:
        kept["csrf_token"] = raw
    return visitor


def test_classmates_are_each_told_only_of_themselves(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    letters = stories.sent(session, town.lan, lesson, 0, right=False)
    actions.answer(session, town.lan, lesson, 0, letters, now=NOON)
    walks.go(session, town.lan, lesson, "10", now=NOON)
    session.commit()
    lan, bo = with_token(client_as(town.lan), "l" * 40), with_token(client_as(town.bo), "b" * 40)

    first, second, again = lan.get(HERE).text, bo.get(HERE).text, lan.get(HERE).text

    assert own(first) == own(again) > {"l" * 40}
    assert own(second) > {"b" * 40}
    assert not own(first) & own(second)
    assert [len(own(page)) for page in (first, second)] == [2, 2]
    assert ("林兰" in first, "林兰" in second) == (True, False)
    assert ("你站了起来</p>" in first, "你站了起来</p>" in second) == (True, False)
    assert ("Look at this again" in first, "Look at this again" in second) == (True, False)


def test_each_pupil_meets_the_choices_in_an_own_order(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    stop = queries.text(session, lesson).checkpoints[0]
    said = bank.current(session, [stop.question_id])[stop.question_id]
    for pupil in (town.lan, town.bo, town.hua):
        page = client_as(pupil).get(HERE).text
        posed = Asked(said, seed(pupil.id, stop.question_id)).posed([], "zh")
        shown = [page.index(f">{choice.text}<") for choice in posed.choices]
        assert shown == sorted(shown)


def test_the_language_of_one_reader_is_not_that_of_the_next(
    client_as: ClientAs, town: Town, lesson: Lesson
) -> None:
    lan, bo = client_as(town.lan), client_as(town.bo)
    bo.set_cookie("locale", "zh")

    english, chinese, again = lan.get(HERE).text, bo.get(HERE).text, lan.get(HERE).text

    asked = [
        ("What do you do?" in page, "你会怎么做？" in page) for page in (english, chinese, again)
    ]
    assert asked == [(True, False), (False, True), (True, False)]


def test_a_new_text_of_a_lesson_stands_on_the_page_at_once(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    lan = client_as(town.lan)
    before = lan.get(HERE).text
    stories.write(session, lesson, title="新的一课")
    session.commit()

    after = lan.get(HERE).text

    assert ("新的一课" in before, "新的一课" in after) == (False, True)
