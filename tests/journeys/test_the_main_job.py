"""A child learns and takes a timed quiz; the office sees coverage move by exactly one."""

import re

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.accounts import actions as accounts
from quizapp.accounts import credentials
from quizapp.accounts import queries as people
from quizapp.accounts.models import Person
from quizapp.campaigns.models import Campaign
from quizapp.core.clock import now
from quizapp.lessons.models import Lesson
from tests import make
from tests.journeys.conftest import DESK, PHONE, pupil_in, staff_in
from tests.settings import KEY
from tests.town import Town

SECRET = "20260626"
PASSWORD = "a long password"


@pytest.fixture
def campaign(content: None, session: Session, town: Town) -> Campaign:
    """The city's contest for grade 7, with a lesson beside the quiz, and a signed roll."""
    lesson = session.scalars(
        select(Lesson).where(Lesson.stage == "junior").order_by(Lesson.position)
    ).first()
    assert lesson is not None
    made = make.campaign(session, town.city, now=now(), items=6, lessons=[lesson])
    make.roll(session, town.city, [(town.elm, 40), (town.oak, 30)], now=now())
    officer = session.get_one(Person, town.officer_gao.id)
    officer.password_hash = credentials.hashed(PASSWORD)
    session.commit()
    return made


@pytest.fixture
def card(app: Flask, session: Session, town: Town) -> accounts.PrintedCard:
    """Lan's card, as Ms Chen has printed it."""
    seat = next(
        s for s in people.seats(session, town.elm_7a, now=now()) if s.pupil_id == town.lan.id
    )
    printed = accounts.issue_cards(
        session, town.elm_7a, [seat], key=KEY, by=town.ms_chen, now=now()
    )
    session.commit()
    return printed[0]


def finished(page: Page, site: str, campaign: Campaign) -> int:
    """Read from the officer's coverage page how many have finished."""
    page.goto(f"{site}/reports/coverage?unit=990100&campaign={campaign.key}")
    told = page.locator(".stat", has_text="Finished").locator(".stat__value").first.inner_text()
    return int(re.sub(r"\D", "", told))


def use_card(page: Page, site: str, town: Town, card: accounts.PrintedCard) -> None:
    page.goto(f"{site}/card#{town.elm.code}.{card.token}")
    expect(page.get_by_text("林兰").first).to_be_visible()
    page.get_by_label("Your own secret").fill(SECRET)
    page.get_by_label("The same once more").fill(SECRET)
    page.locator("main form button").last.click()
    expect(page.get_by_text("林兰").first).to_be_attached()


def read_the_lesson(page: Page, site: str, campaign: Campaign) -> None:
    """Open the lesson and answer each checkpoint, right or wrong."""
    page.goto(f"{site}/lessons/{campaign.lessons[0].key}")
    start = page.locator("form[action$='/visit'] button")
    if start.count():
        start.first.click()
        expect(start).to_have_count(0)
    forms = page.locator("form[action*='/checkpoints/']")
    expect(forms.first).to_be_visible()
    for number in range(forms.count()):
        form = page.locator("form[action*='/checkpoints/']").nth(number)
        form.locator("label.answer").first.click()
        form.locator("button").last.click()
        told = page.locator(f"#checkpoint-{number}").get_by_text("Answer again")
        expect(told.first).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_from_the_card_to_coverage_plus_one(
    site: str,
    browser: Browser,
    town: Town,
    card: accounts.PrintedCard,
    campaign: Campaign,
    scripts: bool,
) -> None:
    office = browser.new_context(viewport=DESK).new_page()
    staff_in(office, site, "officer_gao", PASSWORD)
    before = finished(office, site, campaign)

    child = browser.new_context(viewport=PHONE).new_page()
    use_card(child, site, town, card)
    read_the_lesson(child, site, campaign)
    if not scripts:
        state = child.context.storage_state()
        child = browser.new_context(
            viewport=PHONE, storage_state=state, java_script_enabled=False
        ).new_page()
    take_the_quiz(child, site, campaign, scripts=scripts)

    expect(child.get_by_text("Receipt number")).to_be_visible()
    shown = child.locator(".explained:has(.answer--shown)")
    assert shown.count() == 6, "each item shows what was right"
    assert finished(office, site, campaign) == before + 1 == 1


def take_the_quiz(page: Page, site: str, campaign: Campaign, *, scripts: bool) -> None:
    """Answer every item, with one reload in the middle, and hand in."""
    assert campaign.quiz is not None
    page.goto(f"{site}/quizzes/{campaign.quiz.id}")
    page.locator("form[action$='/sittings'] button").click()
    expect(page.locator("form[action$='/answers']")).to_be_visible()
    for position in range(1, 7):
        item = page.locator(f"#item-{position}")
        if scripts and not item.is_visible():
            page.get_by_role("button", name=re.compile("Next")).click()
        if scripts:  # What the line said of the choice before it may still stand there.
            with page.expect_response(lambda told: told.request.method == "PUT"):
                choose_anything(item, scripts=scripts)
        else:
            choose_anything(item, scripts=scripts)
        if position == 3:
            keep(page, scripts=scripts)
            page.reload()
            assert page.locator("main [data-part=all] .overview__one--done").count() == 3
    page.locator("[data-part=last]").click()
    expect(page).to_have_url(re.compile("/review$"))
    page.locator("form[action$='/submission'] button").click()
    expect(page).to_have_url(re.compile("/result$"))


def choose_anything(item: Locator, *, scripts: bool) -> None:
    """Answer the question somehow, whatever its kind."""
    kind = item.get_attribute("data-kind")
    selects = item.locator("select")
    if kind == "fill":
        item.get_by_label("Your answer").fill("12355")
    elif kind == "order" and scripts:
        item.locator("[data-way=down]").first.click()
    elif kind in ("order", "match"):
        for number in range(selects.count()):
            selects.nth(number).select_option(index=number + 1)
    else:
        item.locator("label.answer").first.click()


def keep(page: Page, *, scripts: bool) -> None:
    """Wait until the script says that all is saved; without one, press Save."""
    if scripts:
        expect(page.locator(".saved--saved").first).to_be_visible()
    else:
        page.locator("form[action$='/answers'] button[type=submit]:not([name=then])").first.click()
        page.wait_for_load_state()


def test_a_child_goes_on_at_another_machine(
    site: str, browser: Browser, town: Town, card: accounts.PrintedCard, campaign: Campaign
) -> None:
    first = browser.new_context(viewport=PHONE).new_page()
    use_card(first, site, town, card)
    assert campaign.quiz is not None
    first.goto(f"{site}/quizzes/{campaign.quiz.id}")
    first.locator("form[action$='/sittings'] button").click()
    choose_anything(first.locator("#item-1"), scripts=True)
    keep(first, scripts=True)

    other = browser.new_context(viewport=DESK).new_page()
    pupil_in(other, site, "lan", SECRET)
    other.goto(f"{site}/quizzes/{campaign.quiz.id}")
    other.locator("main a.button, main form button").first.click()

    expect(other.locator("form[action$='/answers']")).to_be_visible()
    assert other.locator(".overview__one--done").count() == 1
