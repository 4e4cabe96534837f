"""A school pauses a quiz in the middle: the pupil's page learns it, and the clock with it."""

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from quizapp.accounts import credentials
from quizapp.accounts.models import Person, Pupil
from quizapp.core.clock import now
from quizapp.quizzes.models import Quiz
from tests import make
from tests.journeys.conftest import DESK, ONE_DATABASE, PHONE, pupil_in, staff_in
from tests.town import Town

SECRET = "20260626"


@pytest.fixture
def quiz(session: Session, town: Town) -> Quiz:
    child = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    head = session.get_one(Person, town.head_sun.id)
    child.secret_hash = head.password_hash = credentials.hashed(SECRET)
    campaign = make.campaign(session, town.city, now=now())
    session.commit()
    assert campaign.quiz
    return campaign.quiz


@ONE_DATABASE
def test_a_pause_reaches_the_page_of_the_pupil(
    browser: Browser, site: str, town: Town, quiz: Quiz
) -> None:
    lan, head = browser.new_page(viewport=PHONE), browser.new_page(viewport=DESK)
    for page in (lan, head):
        page.set_default_timeout(20_000)
        page.on("dialog", lambda asked: asked.accept())
    pupil_in(lan, site, "lan", SECRET)
    staff_in(head, site, "head_sun", SECRET)
    board = f"{site}/schools/{town.elm.id}/watching/{quiz.id}"
    head.goto(board)
    expect(head.get_by_text("0 under way, 0 finished").first).to_be_visible()

    lan.goto(f"{site}/quizzes/{quiz.id}")
    lan.locator("form[action$='/sittings'] button").click()
    expect(lan.locator(".sitting--paged")).to_be_visible()
    expect(head.get_by_text("1 under way, 0 finished").first).to_be_visible()  # By itself.

    head.get_by_text("Pause the quiz at this school").click()
    head.get_by_role("radio", name="The network is down or slow").check()
    head.get_by_role("button", name="Pause now").click()
    expect(head.get_by_text("The clock stands still", exact=True)).to_be_visible()
    lan.locator("label.answer:visible").first.click()  # Saved, and answered with a later end.
    paused = lan.get_by_text("Your school has paused this quiz")
    expect(paused).to_be_visible()
    expect(lan.locator(".countdown__left")).to_have_text("10 minutes left")

    head.get_by_role("button", name="Go on now").click()
    expect(head.get_by_text("The clock stands still", exact=True)).to_have_count(0)
    lan.locator("label.answer:visible").last.click()
    expect(paused).to_have_count(0)
    expect(lan.locator(".countdown__left")).to_have_text("10 minutes left")
