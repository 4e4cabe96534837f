"""The work of a school on a telephone: nothing too wide, nothing axe finds, an import by keys."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy.orm import Session

from quizapp.accounts import credentials
from quizapp.accounts.models import Person
from quizapp.campaigns.models import Campaign
from quizapp.core.clock import local_day, now
from quizapp.rosters import pupil_queries, transfers
from tests import make
from tests.journeys.conftest import ONE_DATABASE, PHONE, staff_in
from tests.journeys.test_accessibility import must_be_sound
from tests.settings import KEY
from tests.town import Town

pytestmark = ONE_DATABASE

PASSWORD = "a long password"
TABS = 60  # More than there are fields and links on any of these pages.
LIST = "年级,班级,座号,姓名\n7,3,1,示例甲\n7,3,2,示例乙\n7,,3,示例丙"
MENDED = LIST.replace("7,,3", "7,3,3")


@pytest.fixture
def campaign(content: None, session: Session, town: Town) -> Campaign:
    """A drive of the city, and passwords for those who work here."""
    made = make.campaign(session, town.city, now=now(), items=5)
    for person in (town.officer_gao, town.ms_chen, town.head_sun):
        session.get_one(Person, person.id).password_hash = credentials.hashed(PASSWORD)
    session.commit()
    return made


@pytest.fixture
def roll(session: Session, town: Town) -> str:
    """The address of a roll that the schools are asked about."""
    day = local_day(now()) - timedelta(days=9)
    counts = [(town.elm, 40), (town.oak, 30)]
    made = make.roll(session, town.city, counts, now=now(), counted_on=day, signed=False)
    session.commit()
    return f"/rolls/{made.id}"


@pytest.fixture
def code(session: Session, town: Town) -> str:
    """What opens the transfer of Mei, whom Oak lets go."""
    child = pupil_queries.child(session, town.oak.id, town.mei.id)
    code = transfers.let_go(session, child, key=KEY, at_once=False, by=town.head_liu, now=now())
    session.commit()
    return code


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, bypass_csp=True)
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()


def sign_in(page: Page, site: str, login: str) -> None:
    page.context.clear_cookies()
    staff_in(page, site, login, PASSWORD)


def fits(page: Page, address: str = "") -> None:
    """Nothing is wider than the telephone, and axe finds nothing."""
    if address:
        answer = page.goto(address)
        assert answer is not None
        assert answer.ok, f"{answer.status} at {address}"
    page.wait_for_load_state()  # Where a form has just been sent.
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{page.url} is {wide} px too wide"
    must_be_sound(page)


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus, as somebody without a mouse does."""
    expect(wanted).to_be_visible()
    for _time in range(TABS):
        page.keyboard.press("Tab")
        if wanted.evaluate("it => it === document.activeElement"):
            return
    raise AssertionError(f"{page.url}: no key leads to {wanted}")


def press(page: Page, wanted: Locator) -> None:
    """Go to a link or a button by keys, and follow it."""
    tab_to(page, wanted)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def check(page: Page, rows: str) -> None:
    """Type a list where one would paste it, and have it checked."""
    tab_to(page, page.get_by_label("Or paste the rows"))
    page.keyboard.type(rows)
    press(page, page.get_by_role("button", name="Check the list"))


def bring_in_and_take_back(page: Page, site: str, town: Town) -> None:
    """A list with a fault, the list mended, what became of it, and the way back: all by keys."""
    page.goto(f"{site}/schools/{town.elm.id}/roster/new")
    check(page, LIST)
    expect(page.get_by_text("class_missing")).to_be_attached()
    fits(page)
    press(page, page.get_by_role("link", name="Choose another file"))
    check(page, MENDED)
    fits(page)
    press(page, page.get_by_role("button", name="Import 3 pupils"))
    fits(page)
    press(page, page.get_by_role("link", name="Changes so far"))
    press(page, page.locator("main tbody a").first)
    fits(page)
    tab_to(page, page.get_by_label("Yes, put everything back"))
    page.keyboard.press("Space")
    press(page, page.get_by_role("button", name="Undo the change"))
    expect(page.get_by_text("The change is undone")).to_be_visible()


def look_after_staff(page: Page, site: str, town: Town) -> None:
    chen = f"{site}/people/{town.ms_chen.id}"
    fits(page, f"{chen}/postings/new")
    fits(page, chen)
    page.get_by_role("button", name="Make a new link").click()
    fits(page)


def take_over(page: Page, site: str, town: Town, code: str) -> None:
    page.goto(f"{site}/schools/{town.elm.id}/transfers/new")
    page.get_by_label("School code of the old school").fill(town.oak.code)
    page.get_by_label("Transfer code").fill(code)
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_text("梅雪").first).to_be_visible()
    fits(page)


def sign_in_by_the_board(page: Page, site: str, town: Town) -> None:
    """From the board of Ms Chen to the name of Lan and her pictures."""
    page.goto(f"{site}/classes/{town.elm_7a.unit_id}/window")
    page.get_by_role("button", name="Open the class").click()
    fits(page)
    code = page.locator(".board__code dd").inner_text()
    page.context.clear_cookies()
    page.goto(f"{site}/window")
    page.get_by_label("School code").fill(town.elm.code)
    page.get_by_label("The six signs on the board").fill(code)
    page.keyboard.press("Enter")
    page.wait_for_url("**/window/names")
    fits(page)
    page.get_by_role("link", name="林兰").click()
    fits(page)


def test_the_work_of_a_school_is_done_on_a_phone(
    phone: Page, site: str, town: Town, campaign: Campaign, roll: str, code: str
) -> None:
    sign_in(phone, site, "head_sun")
    bring_in_and_take_back(phone, site, town)
    look_after_staff(phone, site, town)
    take_over(phone, site, town, code)
    fits(phone, f"{site}/schools/{town.elm.id}/roll/edit")

    sign_in(phone, site, "officer_gao")
    fits(phone, f"{site}{roll}")
    fits(phone, f"{site}{roll}/schools/{town.elm.id}/edit")

    sign_in(phone, site, "ms_chen")
    fits(phone, f"{site}/classes/{town.elm_7a.unit_id}/campaigns/{campaign.id}")
    sign_in_by_the_board(phone, site, town)
