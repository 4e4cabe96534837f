"""One sitting with a question of every kind, with a reload in the middle."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, Request, expect
from sqlalchemy.orm import Session

from quizapp.accounts import credentials
from quizapp.accounts.models import Pupil
from quizapp.bank.rules import Kind
from quizapp.core.clock import now
from quizapp.quizzes.models import Quiz
from tests import kinds, make
from tests.journeys.conftest import ONE_DATABASE, PHONE, pupil_in
from tests.town import Town

pytestmark = ONE_DATABASE

SECRET = "20260626"


@pytest.fixture
def quiz(session: Session, town: Town) -> Quiz:
    kinds.questions(session)
    made = make.quiz(session, town.city, now=now(), items=len(Kind), topic=kinds.TOPIC)
    session.get_one(Pupil, (town.lan.school_id, town.lan.id)).secret_hash = credentials.hashed(
        SECRET
    )
    session.commit()
    return made


def begin(browser: Browser, site: str, quiz: Quiz, *, scripts: bool) -> Page:
    page = browser.new_context(viewport=PHONE, java_script_enabled=scripts).new_page()
    pupil_in(page, site, "lan", SECRET)
    page.goto(f"{site}/quizzes/{quiz.id}")
    page.locator("form[action$='/sittings'] button").click()
    expect(page.locator("form[action$='/answers']")).to_be_visible()
    return page


def answer(item: Locator, *, scripts: bool) -> None:
    """Answer a question rightly, the way its kind is answered."""
    kind = Kind(item.get_attribute("data-kind") or "")
    said = kinds.ZH[kind]
    if kind is Kind.FILL:
        item.get_by_label("Your answer").press_sequentially(said["accept"][0])
    elif kind is Kind.MATCH:
        for option in said["options"]:
            item.get_by_label(option["text"], exact=True).select_option(label=option["pair"])
    elif kind is Kind.ORDER:
        put_in_order(item, [option["text"] for option in said["options"]], scripts=scripts)
    else:
        said = kinds.EN.get(kind, said)
        for option in said["options"]:
            if option.get("right"):
                spoken = item.page.get_by_text(option["text"], exact=True)
                item.locator("label.answer", has=spoken).click()


def put_in_order(item: Locator, wanted: list[str], *, scripts: bool) -> None:
    if not scripts:
        for place, text in enumerate(wanted, 1):
            item.get_by_role("combobox", name=text).select_option(label=f"Place {place}")
        return
    shown = item.locator(".ordering__text")
    for place, text in enumerate(wanted):
        while shown.all_inner_texts().index(text) > place:
            button = item.get_by_role("button", name=f"Move up {text}")
            button.press("Enter")
            expect(button).to_be_focused()
            now_at = shown.all_inner_texts().index(text) + 1
            expect(item.get_by_role("status")).to_have_text(
                f"{text}: now place {now_at} of {len(wanted)}"
            )


def must_be_sound(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_child_answers_every_kind(
    site: str, browser: Browser, town: Town, quiz: Quiz, scripts: bool
) -> None:
    page = begin(browser, site, quiz, scripts=scripts)
    items = page.locator(".question")

    for number in range(len(Kind)):
        answer(items.nth(number), scripts=scripts)
        if scripts:
            expect(page.locator(".saved--saved").first).to_be_visible()
            if number == 3:
                page.reload()
                expect(page.get_by_text("4 answered")).to_be_visible()
            if number < len(Kind) - 1:
                page.get_by_role("button", name=re.compile("Next")).click()
                expect(items.nth(number + 1)).to_be_visible()
    if scripts:
        expect(page.get_by_text("7 answered")).to_be_visible()
    page.locator("[data-part=last]").click()

    expect(page).to_have_url(re.compile("/review$"))
    expect(page.get_by_text("You have answered all 7 questions")).to_be_visible()
    page.locator("form[action$='/submission'] button").click()
    expect(page.get_by_text("Right: 7 of 7")).to_be_visible()


def test_every_kind_is_open_to_all(site: str, browser: Browser, town: Town, quiz: Quiz) -> None:
    page = begin(browser, site, quiz, scripts=True)
    state = page.context.storage_state()
    for theme in ("light", "dark"):
        context = browser.new_context(viewport=PHONE, bypass_csp=True, storage_state=state)
        context.add_cookies([{"name": "theme", "value": theme, "url": site}])
        looked = context.new_page()
        for number in range(1, len(Kind) + 1):
            looked.goto(f"{page.url.split('#')[0]}#item-{number}")
            expect(looked.locator(f"#item-{number}")).to_be_visible()
            must_be_sound(looked)
            assert looked.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_word_that_is_typed_is_there_after_a_reload(
    site: str, browser: Browser, town: Town, quiz: Quiz
) -> None:
    page = begin(browser, site, quiz, scripts=True)
    item = page.locator("[data-kind=fill]")
    page.goto(f"{page.url.split('#')[0]}#{item.get_attribute('id')}")
    with page.expect_response(lambda told: told.request.method == "PUT") as told:
        item.get_by_label("Your answer").press_sequentially("12355")
    assert told.value.ok
    page.reload()

    expect(item.get_by_label("Your answer")).to_have_value("12355")


def test_a_word_is_saved_once_the_input_method_has_made_it(
    site: str, browser: Browser, town: Town, quiz: Quiz
) -> None:
    page = begin(browser, site, quiz, scripts=True)
    item = page.locator("[data-kind=fill]")
    page.goto(f"{page.url.split('#')[0]}#{item.get_attribute('id')}")
    sent: list[str] = []
    page.on("request", lambda told: sent.append(told.post_data or "") if is_save(told) else None)
    item.get_by_label("Your answer").focus()
    keys = page.context.new_cdp_session(page)

    for letters in ("yi", "yi er", "yi er san"):
        place = {"selectionStart": len(letters), "selectionEnd": len(letters)}
        keys.send("Input.imeSetComposition", {"text": letters, **place})
    expect(item.get_by_label("Your answer")).to_have_value("yi er san")
    page.wait_for_timeout(1500)  # A word is sent 0.8 seconds after its last sign.
    assert not sent
    with page.expect_response(lambda told: is_save(told.request)) as told:
        keys.send("Input.insertText", {"text": "一二三五五"})
    assert told.value.ok
    page.reload()

    expect(item.get_by_label("Your answer")).to_have_value("一二三五五")


def test_a_word_that_is_not_made_when_the_time_is_over_counts_as_it_stands(
    site: str, browser: Browser, town: Town, quiz: Quiz
) -> None:
    page = begin(browser, site, quiz, scripts=True)
    item = page.locator("[data-kind=fill]")
    page.goto(f"{page.url.split('#')[0]}#{item.get_attribute('id')}")
    item.get_by_label("Your answer").focus()
    keys = page.context.new_cdp_session(page)
    keys.send("Input.imeSetComposition", {"text": "12355", "selectionStart": 5, "selectionEnd": 5})

    with page.expect_request(is_save) as told:
        page.evaluate("document.dispatchEvent(new Event('countdown:over'))")

    sent = told.value.post_data_json
    assert sent
    assert sent["answers"][0]["choice"] == ["12355"]


def is_save(request: Request) -> bool:
    return request.method == "PUT"
