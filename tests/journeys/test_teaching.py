"""A teacher goes through a lesson on the board by keys alone; a child votes on a phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts import credentials
from quizapp.accounts import queries as accounts
from quizapp.accounts.models import Person, Pupil
from quizapp.core.clock import now
from quizapp.lessons import polls
from quizapp.lessons.models import Lesson, Poll, TaughtHour
from quizapp.lessons.rules import LEAST
from tests import stories
from tests.actions.test_walks import classmates
from tests.journeys.conftest import DESK, ONE_DATABASE, PHONE, pupil_in, staff_in
from tests.town import Town

pytestmark = ONE_DATABASE

SECRET, PASSWORD = "20260626", "a long password"
STEPS = 11


@pytest.fixture
def lesson(session: Session, town: Town) -> Lesson:
    made = stories.lesson(session, "junior-drink", title="一杯饮料")
    session.get_one(Person, town.ms_chen.id).password_hash = credentials.hashed(PASSWORD)
    child = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    child.secret_hash = credentials.hashed(SECRET)
    session.commit()
    return made


def teacher(browser: Browser, site: str) -> Page:
    page = browser.new_context(viewport=DESK, bypass_csp=True).new_page()
    staff_in(page, site, "ms_chen", PASSWORD)
    expect(page.get_by_role("heading", name="Your classes")).to_be_visible()
    return page


def child(browser: Browser, site: str) -> Page:
    page = browser.new_context(viewport=PHONE).new_page()
    pupil_in(page, site, "lan", SECRET)
    expect(page.get_by_role("heading", name="Hello")).to_be_visible()
    return page


def at_step(page: Page, number: int) -> None:
    expect(page.locator(".stage__number")).to_have_text(f"Step {number} / {STEPS}")
    expect(page.locator("h1")).to_be_focused()


def fits(page: Page) -> None:
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.evaluate("window.innerWidth")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def press(page: Page, name: str) -> None:
    """Walk to a control with Tab and press it, as somebody without a mouse does."""
    control = page.get_by_role("button", name=name)
    for _tab in range(12):
        page.keyboard.press("Tab")
        if control.evaluate("one => one === document.activeElement"):
            return page.keyboard.press("Enter")
    raise AssertionError(f"the keyboard does not come to {name}")


def test_a_lesson_by_keys_alone_with_a_vote_from_a_phone(
    site: str, browser: Browser, session: Session, town: Town, lesson: Lesson
) -> None:
    lan = child(browser, site)
    lan.goto(f"{site}/poll")
    page = teacher(browser, site)
    page.goto(f"{site}/lessons/{lesson.key}/teach")
    page.get_by_role("link", name=town.elm_7a.unit.name).press("Enter")
    expect(page.get_by_role("button", name="Full screen")).to_be_visible()  # The script is awake.
    page.evaluate("window.isTheSamePage = true")

    # The keys of a remote, and those of a keyboard.
    for number, key in enumerate(["PageDown", "ArrowRight", " ", "ArrowLeft", "PageUp"]):
        page.keyboard.press(key)
        at_step(page, [2, 3, 4, 3, 2][number])
    page.keyboard.press("End")
    at_step(page, STEPS)
    page.keyboard.press("Home")
    at_step(page, 1)
    for number in (2, 3, 4):
        page.keyboard.press("ArrowRight")
        at_step(page, number)
    expect(page.get_by_text("This is right")).to_have_count(0)
    page.keyboard.press("r")
    expect(page.get_by_text("This is right")).to_be_visible()
    fits(page)

    # The poll: asked by keyboard, answered on a phone that learns of it by itself.
    for number in range(5, 9):
        page.keyboard.press("ArrowRight")
        at_step(page, number)
    press(page, "Ask the devices")
    expect(page.get_by_text("0 have voted")).to_be_visible()
    lan.locator("label.answer").nth(1).click()
    lan.get_by_role("button", name="Vote").click()
    expect(lan.get_by_text("Your vote counts.")).to_be_visible()
    expect(page.get_by_text("1 has voted")).to_be_visible()
    poll = session.scalars(select(Poll)).one()
    session.commit()
    for pupil in classmates(session, town.elm_7a, LEAST - 1):
        polls.vote(session, accounts.own_enrolment(session, pupil), poll.id, 0, now=now())
    session.commit()
    press(page, "Close the poll and show the result")
    expect(page.get_by_text("90.0%")).to_be_visible()
    expect(lan.get_by_text("Nothing is asked just now")).to_be_visible()
    fits(page)

    # The story: the number keys choose, back is one scene back.
    page.keyboard.press("ArrowRight")
    at_step(page, 9)
    page.keyboard.press("2")
    expect(page.get_by_text("杯子有点凉")).to_be_visible()
    page.keyboard.press("1")
    expect(page.get_by_text("A good way")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("杯子有点凉")).to_be_visible()
    assert page.evaluate("window.isTheSamePage")

    page.keyboard.press("End")
    at_step(page, STEPS)
    press(page, "Record this hour")
    expect(page.get_by_text("The hour is recorded.")).to_be_visible()
    hour = session.scalars(select(TaughtHour)).one()
    assert (hour.minutes, hour.lesson_id) == (45, lesson.id)
