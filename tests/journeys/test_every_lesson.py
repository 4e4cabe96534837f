"""axe finds nothing on any lesson; a child of grade 5 reads one by keyboard, and by ear."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.accounts import credentials
from quizapp.accounts.models import Pupil
from quizapp.bank.rules import BankStage
from quizapp.lessons.models import CourseLine, Lesson
from quizapp.orgs.models import SchoolClass
from quizapp.orgs.rules import Stage
from tests.journeys.conftest import ONE_DATABASE, PHONE
from tests.journeys.test_accessibility import COLOURS, LEVELS, SECRET
from tests.town import Town

pytestmark = ONE_DATABASE

DARK = "document.documentElement.dataset.bsTheme = 'dark'"
UNFOLD = "for (const fold of document.querySelectorAll('main details')) fold.open = true"
READ = "/lessons/primary-packaging-tricks"
MOST_TABS = 150
# Voices that say nothing: what is said is noted, and `finish` ends the sentence.
VOICES = """
window.said = [];
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } };
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: () => [{ lang: "zh-CN", localService: true }, { lang: "en-US", localService: true }],
  addEventListener() {},
  cancel() { this.now = null },
  speak(words) { this.now = words; window.said.push(`${words.lang} ${words.rate} ${words.text}`) },
  finish() { this.now.onend() },
} });
"""


@pytest.fixture
def readers(content: None, session: Session, town: Town) -> dict[BankStage, tuple[str, str]]:
    """School code and number of a pupil of each stage, who finds every lesson open."""
    seats = {
        BankStage.PRIMARY: (town.lan, town.elm_7a, Stage.PRIMARY, 5),
        BankStage.JUNIOR: (town.mei, town.oak_7a, Stage.JUNIOR, 7),
        BankStage.SENIOR: (town.tao, town.elm_7b, Stage.SENIOR, 10),
    }
    for reader, seat, stage, grade in seats.values():
        own = session.get_one(SchoolClass, seat.unit_id)
        own.stage, own.grade = stage, grade
        row = session.get_one(Pupil, (reader.school_id, reader.id))
        row.secret_hash = credentials.hashed(SECRET)
    session.execute(update(CourseLine).values(after_id=None))
    session.commit()
    elm, oak = town.elm.code, town.oak.code
    return {
        BankStage.PRIMARY: (elm, "lan"),
        BankStage.JUNIOR: (oak, "mei"),
        BankStage.SENIOR: (elm, "tao"),
    }


def signed_in(browser: Browser, site: str, reader: tuple[str, str]) -> BrowserContext:
    context = browser.new_context(viewport=PHONE, bypass_csp=True, reduced_motion="reduce")
    school, login = reader
    data = {"school": school, "login": login, "secret": SECRET}
    assert context.request.post(f"{site}/api/v1/sign-in", data=data).ok
    return context


def reach(page: Page, wanted: Locator) -> None:
    """Press Tab until the element has the focus, as somebody without a mouse does."""
    for _tab in range(MOST_TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("(one) => one === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not come to {wanted}")


def test_every_lesson_is_open_to_all(
    browser: Browser, site: str, session: Session, readers: dict[BankStage, tuple[str, str]]
) -> None:
    shipped = session.execute(select(Lesson.key, Lesson.stage).order_by(Lesson.key)).all()
    assert len(shipped) >= 28
    for stage, reader in readers.items():
        context = signed_in(browser, site, reader)
        page = context.new_page()
        for key in [row.key for row in shipped if row.stage is stage]:
            page.goto(f"{site}/lessons/{key}", wait_until="domcontentloaded")
            expect(page.locator("#scenario")).to_have_count(1)
            page.evaluate(UNFOLD)
            found = Axe().run(page, options=LEVELS)
            assert found.violations_count == 0, f"{key}: {found.generate_report()}"
            page.evaluate(DARK)
            found = Axe().run(page, options=COLOURS)
            assert found.violations_count == 0, f"{key}, dark: {found.generate_report()}"
        context.close()


def test_a_child_of_grade_5_goes_through_a_lesson_by_keyboard(
    browser: Browser, site: str, readers: dict[BankStage, tuple[str, str]]
) -> None:
    page = signed_in(browser, site, readers[BankStage.PRIMARY]).new_page()
    page.goto(site + READ)
    expect(page.locator("ruby")).to_have_count(0)

    reach(page, page.get_by_role("button", name="Pinyin"))
    page.keyboard.press("Enter")

    expect(page.locator("main ruby").first).to_be_visible()
    sign = page.locator("main .prose rt").first
    assert sign.evaluate("(rt) => parseFloat(getComputedStyle(rt).fontSize)") >= 10
    assert sign.evaluate("(rt) => getComputedStyle(rt).userSelect") == "none"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    # One part is enough: axe takes a minute over the thousands of signs of a whole lesson.
    found = Axe().run(page, context=".lesson__top", options=LEVELS)
    assert found.violations_count == 0, found.generate_report()

    reach(page, page.get_by_role("button", name="Start the lesson"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Start the lesson")).to_have_count(0)
    stop = page.locator("#checkpoint-0")
    reach(page, stop.get_by_role("radio").first)
    page.keyboard.press("Space")
    reach(page, stop.get_by_role("button", name="Check my answer"))
    page.keyboard.press("Enter")
    expect(stop.get_by_text("Answer again")).to_be_visible()
    fold = page.locator(".prose details").first
    reach(page, fold.locator("summary"))
    page.keyboard.press("Enter")
    expect(fold.locator("p").first).to_be_visible()
    story = page.locator("#scenario")
    while not story.locator(".walk__end").count():
        reach(page, story.locator(".walk__choice").first)
        page.keyboard.press("Enter")
        expect(story.locator("[data-part=told]")).to_be_focused()
    expect(story.locator(".walk__end")).to_be_visible()

    reach(page, page.get_by_role("link", name="To all lessons"))
    page.keyboard.press("Enter")
    expect(page.locator("ruby").first).to_be_visible()
    reach(page, page.get_by_role("button", name="Pinyin"))
    page.keyboard.press("Enter")
    expect(page.locator("ruby")).to_have_count(0)


def test_a_child_has_a_lesson_read_aloud(
    browser: Browser, site: str, readers: dict[BankStage, tuple[str, str]]
) -> None:
    context = signed_in(browser, site, readers[BankStage.PRIMARY])
    context.add_cookies([{"name": "pinyin", "value": "on", "url": site}])
    page = context.new_page()
    page.goto(site + READ)
    expect(page.get_by_text("This device has no voice")).to_be_visible()
    page.add_init_script(VOICES)
    page.reload()
    listen, halt = (page.get_by_role("button", name=name) for name in ("Listen", "Pause reading"))
    expect(listen).to_be_visible()
    assert page.evaluate("window.said") == []

    listen.click()

    title = page.locator("h1").evaluate(
        "(h1) => [...h1.querySelectorAll('rt')].map((rt) => rt.remove()) && h1.textContent"
    )
    assert page.evaluate("window.said") == [f"zh-CN 1 {title}"]
    expect(halt).to_be_focused()
    page.evaluate("speechSynthesis.finish()")
    assert page.evaluate("CSS.highlights.get('aloud').size") == 1
    halt.press("Enter")
    second = page.evaluate("window.said.at(-1)")
    page.get_by_role("button", name="Read on").press("Enter")
    page.get_by_label("Speed of reading").select_option("1.2")
    assert page.evaluate("window.said.slice(1)") == [second, second, second.replace(" 1 ", " 1.2 ")]
    page.evaluate("while (speechSynthesis.now) speechSynthesis.finish()")
    expect(listen).to_be_visible()
    whole = " ".join(page.evaluate("window.said"))
    assert "一个印着奶茶的小袋子，头上有一个问号" in whole  # What a picture shows.
    assert "yī" not in whole
    assert page.evaluate("CSS.highlights.has('aloud')") is False
    page.reload()
    expect(page.get_by_label("Speed of reading")).to_have_value("1.2")
    context.close()
