"""A teacher makes a class quiz in three clicks; a child takes one that only goes forward."""

import re

from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts import credentials
from quizapp.accounts.models import Person, Pupil
from quizapp.campaigns.models import Campaign
from quizapp.core.clock import now
from quizapp.quizzes.models import Answer, Bookmark, Quiz
from quizapp.quizzes.rules import Release
from tests import make
from tests.journeys.conftest import DESK, ONE_DATABASE, PHONE, pupil_in, staff_in
from tests.town import Town

SECRET = "20260626"
PASSWORD = "a long password"


@ONE_DATABASE
def test_a_class_quiz_takes_a_teacher_three_clicks_and_no_key(
    browser: Browser, site: str, session: Session, town: Town
) -> None:
    session.get_one(Person, town.ms_chen.id).password_hash = credentials.hashed(PASSWORD)
    session.commit()
    page = browser.new_context(viewport=DESK).new_page()
    staff_in(page, site, "ms_chen", PASSWORD)
    clicks = 0

    for way in (
        page.locator("main table a"),
        page.get_by_role("link", name="Assign a quiz or a lesson"),
        page.get_by_role("button", name="Open it"),
    ):
        way.first.click()
        clicks += 1

    expect(page).to_have_url(re.compile("/campaigns/[0-9a-f-]{36}$"))
    made = session.scalars(select(Campaign)).one()
    assert made.quiz is not None
    assert made.quiz.phase(now()) == "open"
    assert made.quiz.items == 10
    assert set(vars(made.quiz.feedback).values()) == {Release.AFTER_SUBMISSION}
    assert clicks == 3


@ONE_DATABASE
def test_a_child_marks_a_question_and_elsewhere_goes_forward_only(
    browser: Browser, site: str, session: Session, town: Town
) -> None:
    lan = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    lan.secret_hash = credentials.hashed(SECRET)
    free, forward = (make.quiz(session, town.elm_7a.unit, now=now(), items=3) for _two in range(2))
    forward.forward_only = True
    session.commit()
    page = browser.new_context(viewport=PHONE).new_page()
    pupil_in(page, site, "lan", SECRET)

    start(page, site, free)
    with page.expect_response(re.compile("/bookmarks$")) as kept:
        page.locator("[name=mark-1]").check()
    start(page, site, forward)
    answer(page, 1)
    page.get_by_role("button", name="Next question").click()
    answer(page, 2)
    page.go_back()

    expect(page.locator("#item-2")).to_be_visible()
    expect(page.locator("#item-1")).to_be_hidden()
    expect(page.get_by_role("button", name="Back")).to_be_hidden()
    page.reload()
    expect(page.locator("#item-3")).to_be_visible()
    assert kept.value.status == 200
    session.commit()
    assert session.scalars(select(Bookmark.position)).all() == [1]
    assert sorted(session.scalars(select(Answer.position))) == [1, 2]


def start(page: Page, site: str, quiz: Quiz) -> None:
    page.goto(f"{site}/quizzes/{quiz.id}")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#item-1")).to_be_visible()


def answer(page: Page, position: int) -> None:
    """Choose the first option, and wait until it is saved."""
    with page.expect_response(lambda told: told.request.method == "PUT"):
        page.locator(f"#item-{position} label.answer").first.click()
