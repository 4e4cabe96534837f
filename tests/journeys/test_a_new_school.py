"""A new school administrator: from a raw class list to printed cards to a class signed in."""

import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from quizapp.accounts import credentials
from quizapp.accounts.models import Person
from tests.journeys.conftest import DESK, PHONE, staff_in
from tests.town import Town

PASSWORD = "a long password"
# As schools send it: a title, another order, full-width digits, a blank too many, GB18030.
RAW = """榆树中学２０２６级名单,,,
班级,姓 名,座号,年级
３班,示例甲,1,七年级
３班, 示例乙 ,２,七年级
３班,阿依·示例丙,3,七年级
"""
CARD = re.compile(  # One after the other, as a program reads the paper.
    r"只能用一次\n(?P<name>.+)\n榆树中学\n.+\n学校代码 School (?P<school>\d+)\n"
    r"登录号 Number (?P<login>\S+)\n代码 Code (?P<code>\S+ \S+)\n"
)
CHILDREN = ("示例甲", "示例乙", "阿依·示例丙")


@pytest.fixture
def administrator(session: Session, town: Town) -> None:
    session.get_one(Person, town.head_sun.id).password_hash = credentials.hashed(PASSWORD)
    session.commit()


def take_in(page: Page, site: str, town: Town) -> None:
    """Choose the file, look at what it would change, and agree."""
    page.goto(f"{site}/schools/{town.elm.id}")
    page.get_by_role("link", name=re.compile("Import")).first.click()
    page.locator("input[type=file]").set_input_files(
        {"name": "名单.csv", "mimeType": "text/csv", "buffer": RAW.encode("gb18030")}
    )
    page.get_by_role("button", name="Check the list").click()
    for child in CHILDREN:
        expect(page.get_by_text(child).first).to_be_attached()
    page.get_by_role("button", name="Import 3 pupils").click()
    expect(page.get_by_role("link", name="初一3班").first).to_be_visible()


def make_cards(page: Page, folder: Path) -> dict[str, dict[str, str]]:
    """Return what stands on each card of the PDF, by name."""
    page.locator("tr", has_text="初一3班").get_by_role("link").first.click()
    with page.expect_download() as told:
        page.get_by_role("button", name="Make the cards as PDF").click()
    file = folder / "cards.pdf"
    told.value.save_as(file)
    read = subprocess.run(["pdftotext", "-raw", file, "-"], capture_output=True, check=True)
    return {
        card["name"]: {"school": card["school"], "login": card["login"], "code": card["code"]}
        for card in CARD.finditer(read.stdout.decode())
    }


def use_card(page: Page, site: str, printed: dict[str, str], name: str) -> None:
    """Type what stands on the card, choose an own secret, and be in."""
    page.goto(f"{site}/card")
    page.locator("input[name=school]").last.fill(printed["school"])
    page.locator("input[name=login]").last.fill(printed["login"])
    page.locator("input[name=code]").last.fill(printed["code"].lower())
    page.keyboard.press("Enter")
    expect(page.get_by_text(name).first).to_be_visible()
    page.get_by_label("Your own secret").fill(f"{printed['login']}xq"[::-1])
    page.get_by_label("The same once more").fill(f"{printed['login']}xq"[::-1])
    page.locator("main form button").last.click()
    expect(page).to_have_url(f"{site}/")


@pytest.mark.usefixtures("administrator")
def test_from_a_raw_list_to_a_class_signed_in(
    site: str, browser: Browser, town: Town, tmp_path: Path
) -> None:
    office = browser.new_context(viewport=DESK).new_page()
    staff_in(office, site, "head_sun", PASSWORD)
    take_in(office, site, town)
    printed = make_cards(office, tmp_path)
    assert set(printed) == set(CHILDREN)

    for name, card in printed.items():
        use_card(browser.new_context(viewport=PHONE).new_page(), site, card, name)

    office.goto(f"{site}/classes/")
    row = office.locator("tr", has_text="初一3班")
    expect(row.locator("td.number").last).to_have_text("3")
