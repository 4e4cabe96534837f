"""A lesson on the board and polls of a class: who sees and does what."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Role
from quizapp.accounts.actions import appoint
from quizapp.accounts.models import Person
from quizapp.bank.rules import Kind
from quizapp.core.clock import now
from quizapp.lessons import polls, queries
from quizapp.lessons.classes import ClassLesson
from quizapp.lessons.models import Lesson, Poll, Vote
from quizapp.lessons.rules import LEAST
from tests import kinds, stories
from tests.actions.test_walks import classmates
from tests.conftest import Visitor
from tests.rules.test_pictures import SVG
from tests.town import SYSTEM, Town

ClientAs = Callable[[Actor], Visitor]
KEY = "junior-drink"
FIRST_STOP, POLL, STORY, LAST = 4, 8, 9, 11  # Steps of the lesson of tests/stories.py.


@pytest.fixture
def lesson(session: Session, town: Town) -> Lesson:
    made = stories.lesson(session, KEY, title="一杯饮料")
    stories.course(session, [made, stories.lesson(session, "junior-more", title="再来一课")])
    session.commit()
    return made


def board(town: Town, step: int, **more: str) -> str:
    query = "".join(f"&{name}={value}" for name, value in more.items())
    return f"/lessons/{KEY}/teach?class={town.elm_7a.unit_id}&step={step}{query}"


def sent(step: int, **more: object) -> dict[str, object]:
    return {"lesson": KEY, "step": step, "position": 0, **more}


def ways(page: str) -> dict[str, str]:
    """Return where the keys of the board lead."""
    found = re.findall(r'<a [^>]*href="([^"]+)"[^>]*data-go="(\w+)"', page)
    return {name: url.replace("&amp;", "&") for url, name in found}


@pytest.mark.usefixtures("lesson")
def test_a_teacher_goes_through_the_lesson_step_by_step(client_as: ClientAs, town: Town) -> None:
    chen, seen = client_as(town.ms_chen), []
    page = chen.get(board(town, 1)).text
    assert "previous" not in ways(page)
    while "next" in ways(page):
        seen.append(re.sub(r"<[^>]+>", " ", page.split('data-part="slide"')[1].split("<nav")[0]))
        page = chen.get(ways(page)["next"]).text

    assert len(seen) == LAST - 1
    for step, words in enumerate(
        [
            "会说不",
            "小雨的书包",
            "看清来历",
            *["问题"] * stories.ASKED,
            "你会先做什么",
            "端来一杯没见过的饮料",
            "Whom you can ask",
        ]
    ):
        assert words in seen[step]
    assert f"{LAST} / {LAST}" in page
    assert "Record this hour" in page
    assert ways(page)["first"] == board(town, 1)
    assert chen.get(board(town, LAST + 1)).status_code == 404
    assert chen.get(board(town, 0)).status_code == 404


@pytest.mark.usefixtures("lesson")
def test_answers_stand_on_the_board_only_when_they_are_asked_for(
    client_as: ClientAs, town: Town
) -> None:
    chen = client_as(town.ms_chen)
    hidden = chen.get(board(town, FIRST_STOP)).text
    shown = chen.get(ways(hidden)["reveal"]).text

    assert "因为" not in hidden
    assert "This is right" not in hidden
    assert "因为 0" in shown
    assert "This is right" in shown
    assert "reveal" not in ways(shown)


def test_the_board_shows_the_picture_and_how_to_answer(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    kept = stories.picture(session, lesson, SVG, alt="一只没有字的小袋子")
    text = queries.text(session, lesson)
    made = kinds.questions(session)
    for stop, kind in zip(
        text.checkpoints[1:], (Kind.MULTIPLE, Kind.ORDER, Kind.FILL), strict=True
    ):
        stop.question_id = made[kind].id
    session.commit()
    chen = client_as(town.ms_chen)

    hidden, shown = (chen.get(board(town, FIRST_STOP, **more)).text for more in ({}, {"show": "1"}))

    for page in (hidden, shown):
        assert kept.sha256 in page
        assert 'alt="一只没有字的小袋子"' in page
    for step, says in enumerate(
        ["More than one answer may be right", "in the right order", "belongs into the gap"],
        FIRST_STOP + 1,
    ):
        assert says in chen.get(board(town, step)).text


@pytest.mark.usefixtures("lesson")
def test_every_link_that_a_lecturer_is_shown_leads_somewhere(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    guest = session.get_one(Person, town.zhou.id)
    appoint(session, guest, Role.LECTURER, town.elm, by=SYSTEM, now=now())
    session.commit()
    hours, results = f"/classes/{town.elm_7a.unit_id}/hours", "Results of the class"

    for visitor, tells in ((client_as(town.zhou), False), (client_as(town.ms_chen), True)):
        for url in (board(town, LAST), hours):
            page = visitor.get(url).text
            links = {
                link.replace("&amp;", "&") for link in re.findall(r'<a [^>]*href="(/[^"]*)"', page)
            }
            assert len(links) > 2
            for link in links:
                assert visitor.get(link).status_code in (200, 303), link
        assert (results in visitor.get(board(town, LAST)).text) is tells


@pytest.mark.usefixtures("lesson")
def test_a_class_walks_through_the_story_by_raised_hands(client_as: ClientAs, town: Town) -> None:
    chen = client_as(town.ms_chen)
    page = chen.get(board(town, STORY)).text
    choices = re.findall(r'href="([^"]+)" data-go data-choice="(\d)"', page)
    assert [number for _url, number in choices] == ["1", "2"]

    sip = chen.get(choices[1][0].replace("&amp;", "&")).text
    assert "杯子有点凉" in sip
    assert "杯子到了嘴边" in sip
    assert ways(sip)["previous"] == board(town, STORY, path="")
    end = chen.get(board(town, STORY, path="10")).text
    assert "Walking away" in end
    assert "A good way" in end
    assert ways(end)["previous"] == board(town, STORY, path="1")
    assert chen.get(board(town, STORY, path="5")).status_code == 404


def test_notes_for_the_teacher_are_not_on_the_board(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    text = stories.write(session, lesson)
    plan = [{"minutes": 20, "what": "读第一部分"}, {"minutes": 20, "what": "说一说"}]
    said = {
        "prepare": ["卡片"],
        "plan": plan,
        "say": ["多数人不碰。"],
        "never": ["不吓人。"],
        "letter": "…",
    }
    text.notes = {"zh": said}
    session.commit()
    chen = client_as(town.ms_chen)

    notes = chen.get(f"/lessons/{KEY}/teach/notes").text
    assert all(
        words in notes for words in ("读第一部分", "多数人不碰。", "不吓人。", "卡片", "40 minutes")
    )
    for step in range(1, LAST + 1):
        page = chen.get(board(town, step)).text
        assert "多数人不碰。" not in page
        assert "不吓人。" not in page


@pytest.mark.usefixtures("lesson")
def test_who_may_stand_at_the_board(client_as: ClientAs, session: Session, town: Town) -> None:
    start = f"/lessons/{KEY}/teach"
    guest = session.get_one(Person, town.zhou.id)
    appoint(session, guest, Role.LECTURER, town.elm, by=SYSTEM, now=now())
    session.commit()

    assert town.elm_7a.unit.name in client_as(town.ms_chen).get(start).text
    assert "Without a class" in client_as(town.editor_yu).get(start).text
    assert client_as(town.editor_yu).get(f"{start}?step=1").status_code == 200
    assert client_as(town.editor_yu).get(board(town, 1)).status_code == 403
    assert client_as(town.mr_wu).get(board(town, 1)).status_code == 404
    assert client_as(town.lan).get(start).status_code == 403
    assert client_as(town.lan).get(f"{start}/notes").status_code == 403
    assert client_as(town.zhou).get(board(town, 1)).status_code == 200
    assert client_as(town.zhou).get(f"/classes/{town.elm_7a.unit_id}").status_code == 403


@pytest.mark.usefixtures("lesson")
def test_a_class_votes_on_devices_and_nobody_is_named(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    others = classmates(session, town.elm_7a, LEAST - 1)
    session.commit()
    chen, lan = client_as(town.ms_chen), client_as(town.lan)
    assert "Nothing is asked just now" in lan.get("/poll").text
    answer = chen.post(f"/classes/{town.elm_7a.unit_id}/polls", data=sent(POLL))
    assert answer.location == board(town, POLL)
    poll = session.scalars(select(Poll)).one()
    session.commit()
    assert "0 have voted" in chen.get(board(town, POLL)).text

    assert "Your teacher asks the class something" in lan.get("/").text
    assert "你会先做什么？" in lan.get("/poll").text
    assert "Nothing is asked" in client_as(town.tao).get("/poll").text
    lan.post("/poll", data={"poll": poll.id, "option": 0})
    changed = lan.post("/poll", data={"poll": poll.id, "option": 1}, follow_redirects=True).text
    assert "You can change it until the poll is closed" in changed
    for pupil in others:
        session.add(Vote(school_id=poll.school_id, poll_id=poll.id, pupil_id=pupil.id, option=0))
    session.commit()
    open_page = chen.get(board(town, POLL)).text
    assert "10 have voted" in open_page
    assert "%" not in open_page.split("<main")[1].split("</main>")[0]

    chen.post(f"/classes/{town.elm_7a.unit_id}/polls/{poll.id}/close", data=sent(POLL))
    page = chen.get(board(town, POLL)).text
    session.expire_all()
    assert session.get_one(Poll, (poll.school_id, poll.id)).counts == [9, 1]
    assert session.scalars(select(Vote)).all() == []
    assert "90.0%" in page
    assert "林兰" not in page
    assert lan.post("/poll", data={"option": 0}).status_code == 404
    late = lan.post("/poll", data={"poll": poll.id, "option": 0}, follow_redirects=True).text
    assert "This poll is over" in late


@pytest.mark.usefixtures("lesson")
def test_raised_hands_are_typed_in(client_as: ClientAs, session: Session, town: Town) -> None:
    chen, hands = client_as(town.ms_chen), f"/classes/{town.elm_7a.unit_id}/polls/hands"
    form = chen.get(board(town, POLL, hands="1")).text
    assert form.count('name="hands"') == 2

    wrong = chen.post(hands, data=sent(POLL, hands=["3", "x"]), follow_redirects=True).text
    assert "Write a number of hands for each answer" in wrong
    page = chen.post(hands, data=sent(POLL, hands=["1", "3"]), follow_redirects=True).text

    assert "25.0%" in page
    assert "75.0%" in page
    assert session.scalars(select(Poll)).one().counts == [1, 3]


def test_a_page_that_asks_again_is_told_only_what_is_new(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    lan, chen = client_as(town.lan), client_as(town.ms_chen)
    of = ClassLesson(town.elm_7a, lesson)

    assert lan.get("/poll/state", headers={"If-None-Match": '"none"'}).status_code == 304
    poll = polls.start(session, of, 0, by=town.ms_chen, now=now())
    session.commit()
    news = lan.get("/poll/state", headers={"If-None-Match": '"none"'})
    assert (news.status_code, news.headers["ETag"]) == (200, f'"{poll.id}"')
    state = f"/classes/{town.elm_7a.unit_id}/polls/{poll.id}/state"
    told = chen.get(state)
    assert told.json == {"says": "0 have voted"}
    same = chen.get(state, headers={"If-None-Match": told.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    lan.post("/poll", data={"poll": poll.id, "option": 0})
    assert chen.get(state, headers={"If-None-Match": told.headers["ETag"]}).json == {
        "says": "1 has voted"
    }
    assert client_as(town.mr_wu).get(state).status_code == 404
    assert lan.get(state).status_code == 403
