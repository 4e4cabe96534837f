"""A child reads a lesson on a phone: a wrong turn in the story, back, an ending, and done."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts import credentials
from quizapp.accounts.models import Pupil
from quizapp.lessons.models import Lesson, Visit, Walk
from tests import stories
from tests.journeys.conftest import ONE_DATABASE, PHONE, pupil_in
from tests.town import Town

pytestmark = ONE_DATABASE

SECRET = "20260626"


@pytest.fixture
def lesson(session: Session, town: Town) -> Lesson:
    made = stories.lesson(session, "junior-drink", title="一杯饮料")
    stories.course(session, [made])
    lan = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    lan.secret_hash = credentials.hashed(SECRET)
    session.commit()
    return made


def signed_in(browser: Browser, site: str) -> Page:
    page = browser.new_context(viewport=PHONE, bypass_csp=True).new_page()
    pupil_in(page, site, "lan", SECRET)
    expect(page.get_by_role("heading", name="Hello")).to_be_visible()
    return page


def is_step(path: str) -> Callable[[Request], bool]:
    """Return whether a request says that the pupil now stands at the end of this path."""
    said = f'"path":"{path}"'
    return lambda told: told.url.endswith("/journal") and said in (told.post_data or "")


def answer(page: Page, position: int) -> None:
    """Answer a checkpoint with whatever stands first."""
    stop = page.locator(f"#checkpoint-{position}")
    stop.locator("label.answer").first.click()
    stop.get_by_role("button", name="Check my answer").first.click()
    expect(stop.get_by_text("Answer again")).to_be_visible()


def test_a_child_reads_takes_a_wrong_turn_goes_back_and_is_done(
    site: str, browser: Browser, session: Session, town: Town, lesson: Lesson
) -> None:
    page = signed_in(browser, site)
    page.goto(f"{site}/lessons/")
    page.get_by_role("link", name="一杯饮料").first.click()
    page.get_by_role("button", name="Start the lesson").click()
    expect(page.get_by_role("button", name="Start the lesson")).to_have_count(0)
    story, status = page.locator("#scenario"), page.locator("#scenario [role=status]")

    # A wrong turn, by keyboard: no page is loaded, and what follows is where the keyboard is.
    page.evaluate("window.isTheSamePage = true")
    story.get_by_role("button", name="端起杯子").press("Enter")
    expect(story.get_by_text("杯子有点凉")).to_be_visible()
    expect(story.locator("[data-part=told]")).to_be_focused()
    # Without a network the story goes on, and says that it is not saved.
    page.context.set_offline(True)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(story.get_by_text("Safe, and it can be better still")).to_be_visible()
    expect(status).to_contain_text("No connection just now")
    expect(story.get_by_role("link", name="How our class chose")).to_be_hidden()
    with page.expect_request_finished(is_step("11")):
        page.context.set_offline(False)
    expect(status).to_have_text("")
    expect(story.get_by_role("link", name="How our class chose")).to_be_visible()
    # Back to the beginning, and another way.
    story.get_by_role("button", name="Take another way").click()
    with page.expect_request_finished(is_step("0")):
        story.get_by_role("button", name="我喝自己的水").click()
    expect(story.get_by_text("A good way")).to_be_visible()
    expect(story.get_by_text("Saying no")).to_be_visible()
    assert page.evaluate("window.isTheSamePage")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    page.reload()
    expect(story.get_by_text("A good way")).to_be_visible()
    for position in range(stories.ASKED):
        answer(page, position)
    expect(page.get_by_text("Lesson done")).to_be_visible()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    walk = session.scalars(select(Walk)).one()
    assert (walk.first, walk.path) == ("11", "0")
    assert session.scalars(select(Visit)).one().finished_at
