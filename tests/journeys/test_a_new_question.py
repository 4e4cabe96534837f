"""An editor writes a question, three reviewers sign, and a child is asked it in a quiz."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy.orm import Session

from quizapp.access.policy import Aspect
from quizapp.accounts import credentials
from quizapp.accounts.models import Person, Pupil
from quizapp.core.clock import now
from tests import make, reviewers
from tests.journeys.conftest import DESK, ONE_DATABASE, PHONE, pupil_in, staff_in
from tests.town import Town

pytestmark = ONE_DATABASE

PASSWORD, SECRET = "a long password", "20260626"
STEM = "有人递来一支没见过的电子烟，你怎么做？"
OPTIONS = (
    ("说不要，马上走开", "走开以后就安全了。"),
    ("只试一口", "一口也可能伤身体。"),
    ("先收下再说", "收下就要继续面对它。"),
)


@pytest.fixture(autouse=True)
def people(session: Session, town: Town) -> None:
    three = reviewers.three(session, town)
    reviewers.source(session)
    hashed = credentials.hashed(PASSWORD)
    for person in (town.editor_yu, three.facts, three.level, three.safety):
        session.get_one(Person, person.id).password_hash = hashed
    child = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    child.secret_hash = credentials.hashed(SECRET)
    session.commit()


def signed_in(browser: Browser, site: str, login: str, *, scripts: bool = True) -> Page:
    context = browser.new_context(viewport=DESK, java_script_enabled=scripts)
    page = context.new_page()
    staff_in(page, site, login, PASSWORD)
    return page


def write(page: Page, site: str, *, scripts: bool) -> None:
    page.goto(f"{site}/bank/questions/new")
    page.get_by_role("link", name="One right answer").click()
    page.locator("#zh-stem").fill(STEM)
    for number, (text, feedback) in enumerate(OPTIONS):
        page.locator(f"#zh-options-{number}-text").fill(text)
        page.locator(f"#zh-options-{number}-feedback").fill(feedback)
    if scripts:  # It comes beside the form, and what is below may move.
        expect(page.locator("#preview .answer")).to_have_count(3)
    page.locator("#zh-options-0-right").check()
    page.locator("#zh-explain").fill("不碰来路不明的东西，最安全。")
    page.locator("#objective").fill("会拒绝来路不明的东西")
    page.locator("#key").fill("junior-refuse-strange-vape")
    page.locator("#topic_key").select_option("refusal")
    page.locator("#stage").select_option("junior")
    page.locator("#sources-0").fill("rule:leave")
    page.locator("#as_of").fill("2026-11-01")
    page.locator("#review_by").fill("2027-05-01")
    if not scripts:
        page.get_by_role("button", name="Preview").last.click()
    expect(page.locator("#preview .answer")).to_have_count(3)
    expect(page.locator("#preview")).to_contain_text("It keeps all rules.")


@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_a_question_is_written_signed_and_asked(
    site: str, browser: Browser, session: Session, town: Town, scripts: bool
) -> None:
    editor = signed_in(browser, site, "editor_yu", scripts=scripts)
    write(editor, site, scripts=scripts)
    editor.get_by_role("button", name="Save as a draft").click()
    expect(editor.get_by_text("Version 1 is kept as a draft.")).to_be_visible()
    editor.get_by_role("button", name="Send it into review").click()

    for aspect in Aspect:
        reviewer = signed_in(browser, site, aspect, scripts=scripts)
        reviewer.goto(f"{site}/bank/reviews")
        reviewer.get_by_role("link", name=STEM).click()
        reviewer.get_by_role("button", name=re.compile("^Sign: ")).click()
    expect(reviewer.get_by_text("Signed by all three: it is in use now.")).to_be_visible()

    quiz = make.quiz(session, town.city, now=now(), items=13)
    session.commit()
    child = browser.new_context(viewport=PHONE, java_script_enabled=False).new_page()
    pupil_in(child, site, "lan", SECRET)
    child.goto(f"{site}/quizzes/{quiz.id}")
    child.locator("form[action$='/sittings'] button").click()
    expect(child.get_by_text(STEM)).to_be_visible()


def test_the_pages_of_the_bank_are_open_to_all(
    site: str, browser: Browser, session: Session, town: Town
) -> None:
    made = reviewers.draft(session, town.editor_yu)
    session.commit()
    state = signed_in(browser, site, "editor_yu").context.storage_state()
    question = f"/bank/questions/{made.question_id}"

    for theme in ("light", "dark"):
        context: BrowserContext = browser.new_context(
            viewport=PHONE, bypass_csp=True, storage_state=state
        )
        context.add_cookies([{"name": "theme", "value": theme, "url": site}])
        page = context.new_page()
        for path in (
            "/bank/", "/bank/?words=电子烟", "/bank/reviews", "/bank/questions/new",
            "/bank/questions/new?kind=match", f"{question}/edit", question,
            f"{question}/difference", f"{question}/uses", f"/bank/revisions/{made.id}",
        ):  # fmt: skip
            page.goto(f"{site}{path}")
            found = Axe().run(page)
            assert found.violations_count == 0, f"{path}: {found.generate_report()}"
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= PHONE["width"], (path, wide)
