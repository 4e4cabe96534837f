"""Signing out on a shared machine: nothing stays, and no answer is lost without a word."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.accounts import credentials, pins
from quizapp.accounts.models import Pupil
from quizapp.core.clock import now
from quizapp.quizzes.models import Answer, Quiz
from tests import make
from tests.journeys.conftest import DESK, ONE_DATABASE, PHONE, pupil_in
from tests.settings import KEY
from tests.town import Town

pytestmark = ONE_DATABASE

SECRET = "20260626"


@pytest.fixture
def quiz(session: Session, town: Town) -> Quiz:
    """A quiz on the town's own questions: all of them have options to choose from."""
    child = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    child.secret_hash = credentials.hashed(SECRET)
    child.pin_hash = pins.sealed("sun cat boat", pupil_id=child.id, key=KEY)
    person = session.get_one(Pupil, (town.bo.school_id, town.bo.id))
    person.secret_hash = child.secret_hash
    made = make.quiz(session, town.city, now=now(), items=4, by=SYSTEM)
    session.commit()
    return made


def begin(page: Page, site: str, quiz: Quiz) -> None:
    page.goto(f"{site}/quizzes/{quiz.id}")
    page.locator("form[action$='/sittings'] button").click()
    expect(page.locator(".sitting--paged")).to_be_visible()


def choose(page: Page) -> None:
    page.locator("label.answer:visible").first.click()


def sign_out(page: Page) -> None:
    page.locator("summary", has_text="Settings").click()
    page.get_by_role("button", name="Sign out").click()


def saved(session: Session) -> int:
    session.rollback()
    return len(session.scalars(select(Answer)).all())


@pytest.fixture
def context(browser: Browser) -> BrowserContext:
    return browser.new_context(viewport=PHONE)


def test_nothing_of_the_pupil_stays_on_the_machine(
    site: str, context: BrowserContext, quiz: Quiz
) -> None:
    page = context.new_page()
    pupil_in(page, site, "lan", SECRET)
    begin(page, site, quiz)
    choose(page)
    expect(page.locator(".saved--saved")).to_be_visible()
    page.evaluate("localStorage.left = sessionStorage.left = 'a trace'")

    sign_out(page)

    expect(page).to_have_url(f"{site}/sign-in")
    kept = "[localStorage.length, sessionStorage.length, caches ? 1 : 0]"
    assert page.evaluate(kept)[:2] == [0, 0]
    assert page.evaluate("indexedDB.databases().then((all) => all.length)") == 0
    assert page.evaluate("caches.keys().then((all) => all.length)") == 0
    cookies = {cookie["name"]: cookie["value"] for cookie in context.cookies()}
    assert "_user_id" not in cookies.get("quizapp", "")
    page.go_back()
    expect(page.get_by_text("林兰")).to_have_count(0)
    assert page.locator("label.answer").count() == 0


def test_what_is_still_queued_is_sent_first(
    site: str, context: BrowserContext, quiz: Quiz, session: Session
) -> None:
    page = context.new_page()
    pupil_in(page, site, "lan", SECRET)
    begin(page, site, quiz)
    page.route("**/answers", lambda route: route.abort())
    choose(page)
    expect(page.locator(".saved--kept")).to_be_visible()
    assert saved(session) == 0
    page.unroute("**/answers")

    sign_out(page)

    expect(page).to_have_url(f"{site}/sign-in")
    assert saved(session) == 1


def test_off_line_it_says_how_many_answers_would_be_lost(
    site: str, context: BrowserContext, quiz: Quiz, session: Session
) -> None:
    page = context.new_page()
    pupil_in(page, site, "lan", SECRET)
    begin(page, site, quiz)
    context.set_offline(True)
    choose(page)
    page.get_by_role("button", name=re.compile("Next")).click()
    choose(page)
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.once("dialog", stay)
    with page.expect_event("dialog"):
        sign_out(page)
    expect(page.locator(".sitting--paged")).to_be_visible()
    assert asked == [
        "2 of your answers could not be sent. If you sign out now, they are lost. Sign out?"
    ]

    # Back on line nothing was lost.
    context.set_offline(False)
    expect(page.locator(".saved--saved")).to_be_visible()
    assert saved(session) == 2


def test_who_signs_out_off_line_all_the_same_is_out_with_the_connection(
    site: str, context: BrowserContext, quiz: Quiz, session: Session
) -> None:
    page = context.new_page()
    pupil_in(page, site, "lan", SECRET)
    begin(page, site, quiz)
    context.set_offline(True)
    choose(page)
    page.once("dialog", lambda dialog: dialog.accept())

    page.locator("summary", has_text="Settings").click()
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_text("you are still signed in")).to_be_visible()
    expect(page.get_by_text("林兰")).to_have_count(0)
    assert page.locator("label.answer").count() == 0
    context.set_offline(False)
    expect(page).to_have_url(f"{site}/sign-in")
    assert saved(session) == 0
    page.goto(f"{site}/account")
    expect(page).to_have_url(re.compile("/sign-in"))


def test_without_scripts_signing_out_is_a_plain_form(
    site: str, browser: Browser, quiz: Quiz
) -> None:
    page = browser.new_context(viewport=DESK, java_script_enabled=False).new_page()
    pupil_in(page, site, "lan", SECRET)

    sign_out(page)

    expect(page).to_have_url(f"{site}/sign-in")
