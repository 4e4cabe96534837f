"""An editor writes at a lesson in the browser: faults by line, the preview, nothing lost."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, expect
from sqlalchemy.orm import Session

from quizapp.accounts import credentials
from quizapp.accounts.models import Person
from quizapp.lessons import review_queries
from tests.journeys.conftest import ONE_DATABASE, PHONE, staff_in
from tests.town import Town

pytestmark = [ONE_DATABASE, pytest.mark.usefixtures("content")]
PASSWORD = "a long password"
KEY = "junior-what-drugs-are"


def test_a_lesson_is_mended_where_the_fault_is(
    site: str, browser: Browser, session: Session, town: Town
) -> None:
    session.get_one(Person, town.editor_yu.id).password_hash = credentials.hashed(PASSWORD)
    lesson = review_queries.lesson(session, KEY)
    first = review_queries.history(session, lesson)[0].id
    session.commit()
    page = browser.new_context(viewport=PHONE, bypass_csp=True).new_page()
    staff_in(page, site, "editor_yu", PASSWORD)

    page.goto(f"{site}/bank/lessons/{KEY}/edit")
    area = page.locator("#said-zh")
    good = area.input_value()
    line = good.split("\n").index("::: takeaway")
    area.fill(good.replace("::: takeaway", "::: takeawey"))
    fault = page.locator("#preview").get_by_role("link", name=f"Line {line + 1}").first
    expect(fault).to_be_visible()
    fault.focus()
    page.keyboard.press("Enter")
    chosen = area.evaluate("a => a.value.slice(a.selectionStart, a.selectionEnd)")
    assert chosen == "::: takeawey"

    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name=KEY).click(no_wait_after=True)
    expect(area).to_have_value(good.replace("::: takeaway", "::: takeawey"))
    assert asked == ["beforeunload"]
    area.fill(good + "\n")
    expect(page.locator("#preview")).to_contain_text("It keeps all rules.")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_text("Version 2 is kept as a draft.")).to_be_visible()

    page.goto(f"{site}/bank/lessons/{KEY}/edit")
    expect(page.get_by_role("button", name="Put them back")).to_be_hidden()
    page.context.clear_cookies()
    area.fill(good + "\nlate words")
    expect(page.get_by_text("nothing is being saved")).to_be_visible()
    page.get_by_role("button", name="Save as a draft").click()
    expect(area).to_have_count(0)
    staff_in(page, site, "editor_yu", PASSWORD)
    page.goto(f"{site}/bank/lessons/{KEY}/edit")
    expect(area).to_have_value(good + "\n")
    page.get_by_role("button", name="Put them back").click()
    expect(area).to_have_value(good + "\nlate words")
    page.get_by_role("button", name="Save as a draft").click()
    expect(page.get_by_text("Version 3 is kept as a draft.")).to_be_visible()

    for path in (
        "/bank/lessons/", "/bank/lessons/new", "/bank/lessons/new?stage=junior&slug=ours",
        f"/bank/lessons/{KEY}", f"/bank/lessons/{KEY}/edit?version=1",
        f"/bank/lessons/{KEY}/difference", f"/bank/lesson-revisions/{first}",
        f"/bank/lesson-revisions/{first}/preview",
    ):  # fmt: skip
        page.goto(f"{site}{path}")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= PHONE["width"], (path, wide)
