"""A teacher opens the class on the board; a child picks name and pictures by keys and is in."""

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from quizapp.accounts import credentials, pins
from quizapp.accounts.models import Person, Pupil
from tests.journeys.conftest import DESK, ONE_DATABASE, PHONE, staff_in
from tests.settings import KEY
from tests.town import Town

pytestmark = ONE_DATABASE

PASSWORD = "a long password"


@pytest.fixture
def people(session: Session, town: Town) -> None:
    """Ms Chen has a password, Lan three pictures."""
    session.get_one(Person, town.ms_chen.id).password_hash = credentials.hashed(PASSWORD)
    child = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    child.pin_hash = pins.sealed("sun cat boat", pupil_id=child.id, key=KEY)
    session.commit()


def open_class(page: Page, site: str, town: Town) -> str:
    """Sign in as Ms Chen, open 7A, and return the code on the board."""
    staff_in(page, site, "ms_chen", PASSWORD)
    page.goto(f"{site}/classes/{town.elm_7a.unit_id}")
    page.get_by_role("link", name="Sign-in in class").click()
    page.get_by_label("10 minutes").check()
    page.get_by_role("button", name="Open the class").click()
    return page.locator(".board__code dd").inner_text()


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("scripts", [True, False], ids=["with-scripts", "without-scripts"])
def test_from_the_board_to_the_desk(site: str, browser: Browser, town: Town, scripts: bool) -> None:
    board = browser.new_context(viewport=DESK, java_script_enabled=scripts).new_page()
    code = open_class(board, site, town)
    expect(board.get_by_text("0 of 3 are signed in")).to_be_visible()

    child = browser.new_context(viewport=PHONE, java_script_enabled=scripts).new_page()
    child.goto(f"{site}/sign-in")
    child.get_by_role("link", name="I see the code on the board").click()
    child.get_by_label("School code").fill("9901010001")
    child.get_by_label("The six signs on the board").fill(code.lower())
    child.keyboard.press("Enter")
    child.get_by_role("link", name="林兰").focus()
    child.keyboard.press("Enter")
    pick(child, ["Sun", "Cat", "Boat"])
    child.keyboard.press("Enter")

    expect(child).to_have_url(f"{site}/")
    expect(child.get_by_role("heading", name="林兰")).to_be_visible()
    if not scripts:
        board.get_by_role("link", name="Look again").click()
    expect(board.get_by_text("1 of 3 are signed in")).to_be_visible()


def pick(page: Page, pictures: list[str]) -> None:
    """Choose with Tab and the arrow keys, as somebody without a mouse does."""
    for number, picture in enumerate(pictures):
        group = page.locator("main fieldset").nth(number)
        group.get_by_role("radio").first.focus()
        page.keyboard.press("Space")
        while not group.get_by_role("radio", name=picture).is_checked():
            page.keyboard.press("ArrowRight")
