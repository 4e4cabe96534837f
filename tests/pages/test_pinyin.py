"""Pinyin over the pages of grades 5 and 6: offered to whom, on and off, over what; kept how."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor
from quizapp.bank import files as bank_files
from quizapp.bank.asked import Asked
from quizapp.bank.rules import Kind
from quizapp.core.clock import now
from quizapp.core.paths import data_dir
from quizapp.lessons import actions, queries
from quizapp.lessons import files as lesson_files
from quizapp.lessons.models import Lesson, LessonText
from quizapp.orgs.models import SchoolClass
from quizapp.orgs.rules import Stage
from quizapp.web.pinyin import sounded
from tests import kinds, lessons, make
from tests.conftest import Visitor
from tests.town import NOON, Town

ClientAs = Callable[[Actor], Visitor]
PAGE = "/lessons/primary-sweets"
RUBY = '<ruby>{}<rt aria-hidden="true">{}</rt></ruby>'


def over(text: str, sound: str) -> str:
    return "".join(RUBY.format(*pair) for pair in zip(text, sound.split(), strict=True))


@pytest.fixture
def fifth_grade(session: Session, town: Town, tmp_path: Path) -> None:
    """Lan's class is of grade 5, and its lessons are there."""
    own = session.get_one(SchoolClass, town.elm_7a.unit_id)
    own.stage, own.grade = Stage.PRIMARY, 5
    lessons.load(session, tmp_path)
    session.commit()


@pytest.fixture
def lan(fifth_grade: None, client_as: ClientAs, town: Town) -> Visitor:
    visitor = client_as(town.lan)
    visitor.post("/locale", data={"locale": "zh"})
    return visitor


def test_pinyin_is_off_until_a_child_switches_it_on(lan: Visitor) -> None:
    assert "<ruby>" not in lan.get(PAGE).text

    sent = lan.post("/pinyin", data={"pinyin": "on", "next": PAGE})

    assert sent.headers["Location"] == PAGE
    assert over("桌上多了", "zhuō shàng duō le") in lan.get(PAGE).text
    lan.post("/pinyin", data={"pinyin": "off"})
    assert "<ruby>" not in lan.get(PAGE).text


def test_titles_options_scenes_and_buttons_have_it_too(lan: Visitor) -> None:
    lan.post("/pinyin", data={"pinyin": "on"})

    page = lan.get(PAGE).text

    main = page[page.index("<main") : page.index("</main>")]
    assert over("你会先做什么", "nǐ huì xiān zuò shén me") in main  # The poll.
    assert over("阿哲递来一袋糖", "ā zhé dì lái yī dài táng") in main  # The scenario.
    assert over("不知道从哪来的", "bù zhī dào cóng nǎ lái de") in main  # The takeaway.
    assert main.count(over("袋", "dài")) > 3
    plain = re.sub(r"<rt.*?</rt>|<[^>]*>", "", main)
    assert "<ruby>" not in "".join(re.findall(r"<(?:option|textarea).*?>(.*?)</", main, re.DOTALL))
    assert "桌上多了一个袋子" in plain


def test_only_grades_5_and_6_are_offered_it(
    client_as: ClientAs, session: Session, town: Town, fifth_grade: None
) -> None:
    mei, ms_chen, lan = client_as(town.mei), client_as(town.ms_chen), client_as(town.lan)
    for visitor in (mei, ms_chen):
        visitor.post("/pinyin", data={"pinyin": "on"})
        page = visitor.get("/lessons/").text

        assert "<ruby>" not in page
        assert 'action="/pinyin"' not in page
    assert 'action="/pinyin"' in lan.get("/lessons/").text


def test_readings_are_kept_with_the_text_and_a_correction_changes_them_in_place(
    session: Session, lan: Visitor, tmp_path: Path
) -> None:
    lesson = session.scalars(select(Lesson).where(Lesson.key == "primary-sweets")).one()
    kept = queries.text(session, lesson)
    number, right = kept.number, dict(kept.readings)
    assert right["桌上多了一个袋子"] == "zhuō shàng duō le yī gè dài zi"
    older = select(LessonText).join(Lesson, queries.CURRENT).where(Lesson.key == "junior-sweets")
    assert session.scalars(older).one().readings == {}
    kept.readings = right | {"桌上多了一个袋子": "zhuō shàng duō liǎo yī gè dài zi"}
    session.commit()
    lan.post("/pinyin", data={"pinyin": "on"})
    assert over("了", "liǎo") in lan.get(PAGE).text

    questions = lessons.few(bank_files.read(data_dir("question_bank")))
    content = lesson_files.read(tmp_path / "lessons", questions)
    loaded = actions.load(session, content, by=SYSTEM, now=NOON)

    session.commit()
    session.expire_all()
    assert loaded.changed == 1
    assert queries.text(session, lesson).readings == right
    assert queries.text(session, lesson).number == number


def test_a_question_of_a_quiz_has_it_too(lan: Visitor, session: Session, town: Town) -> None:
    fifth = [(Stage.PRIMARY, 5)]
    campaign = make.campaign(session, town.city, now=now(), items=1, audience=fifth)
    session.commit()
    assert campaign.quiz is not None
    lan.post("/pinyin", data={"pinyin": "on"})
    sent = lan.post(f"/quizzes/{campaign.quiz.id}/sittings")

    page = lan.get(sent.headers["Location"]).text

    main = page[page.index("<main") : page.index("</main>")]
    assert main.count("<ruby>") > 20


def test_the_name_of_a_child_has_none(lan: Visitor) -> None:
    lan.post("/pinyin", data={"pinyin": "on"})

    page = lan.get("/").text

    assert "<bdi>林兰</bdi>" in page
    assert page.count("<ruby>") > 5


def test_what_a_child_has_typed_has_none(app: Flask, session: Session, town: Town) -> None:
    asked = Asked(make.said(session, kinds.questions(session)[Kind.FILL].key), 0)
    posed, told = asked.posed("行长", "zh"), asked.explained("行长", "zh")

    with app.test_request_context():
        page = app.jinja_env.get_template("components/question.html").make_module({})
        shown = sounded(vars(page)["answered"](posed, told.right, told.compared), True, {})

    assert "<bdi>行长</bdi>" in shown
    assert over("一二", "yī èr") in shown
