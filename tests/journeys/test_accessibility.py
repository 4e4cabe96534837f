"""axe finds nothing on the pages that children, teachers and officers use most."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy.orm import Session

from quizapp.accounts import credentials
from quizapp.accounts.models import Person, Pupil
from quizapp.campaigns.models import Campaign
from quizapp.core.clock import now
from tests import make
from tests.journeys.conftest import DESK, ONE_DATABASE, PHONE, staff_in
from tests.journeys.test_the_main_job import choose_anything
from tests.town import Town

pytestmark = ONE_DATABASE

SECRET = "20260626"
FAULTS = {"resultTypes": ["violations"]}  # Telling the rest takes longer than finding it.
LEVELS = FAULTS | {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = FAULTS | {"runOnly": ["color-contrast"]}  # All else is the same in the dark.


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def campaign(content: None, session: Session, town: Town) -> Campaign:
    made = make.campaign(session, town.city, now=now(), items=5)
    make.roll(session, town.city, [(town.elm, 40), (town.oak, 30)], now=now())
    session.get_one(Pupil, (town.lan.school_id, town.lan.id)).secret_hash = credentials.hashed(
        SECRET
    )
    for person in (town.officer_gao, town.ms_chen, town.head_sun, town.auditor_fang):
        session.get_one(Person, person.id).password_hash = credentials.hashed(SECRET)
    session.commit()
    return made


@pytest.fixture
def open_page(browser: Browser, site: str, theme: str) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, bypass_csp=True)
    context.add_cookies([{"name": "theme", "value": theme, "url": site}])
    yield context.new_page()
    context.close()


def must_be_sound(page: Page) -> None:
    is_dark = page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    found = Axe().run(page, options=COLOURS if is_dark else LEVELS)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"


def test_a_childs_pages_are_open_to_all(
    open_page: Page, site: str, town: Town, campaign: Campaign
) -> None:
    page = open_page
    page.goto(f"{site}/sign-in")
    must_be_sound(page)
    page.get_by_label("School code").fill(town.elm.code)
    page.get_by_label("Your number").fill("lan")
    page.get_by_label("Your secret").fill(SECRET)
    page.locator("main form button").last.click()
    own = ("/my-data", "/account", "/account/pictures", "/account/secret")
    for path in ("/", "/lessons/", "/lessons/junior-illegal-or-crime", "/quizzes/", *own):
        page.goto(f"{site}{path}")
        must_be_sound(page)
    assert campaign.quiz is not None
    page.goto(f"{site}/quizzes/{campaign.quiz.id}")
    page.locator("form[action$='/sittings'] button").click()
    choose_anything(page.locator("#item-1"), scripts=True)
    must_be_sound(page)
    page.goto(f"{page.url.split('#')[0]}/review")
    must_be_sound(page)
    page.on("dialog", lambda asked: asked.accept())
    page.locator("form[action$='/submission'] button").click()
    page.wait_for_url("**/result")
    must_be_sound(page)


def _visits(town: Town, campaign: Campaign) -> dict[str, list[str]]:
    """Return the pages of each sign-in name; of a school also what is seldom opened."""
    school, school_class = f"/schools/{town.elm.id}", f"/classes/{town.elm_7a.unit_id}"
    of_school = (
        "", "/pupils", f"/pupils/{town.lan.id}", f"/pupils/{town.lan.id}/erasure", "/promotion",
        "/oneroster", "/requests", "/consent", "/roll", "/roster/new", "/roster/changes/",
        "/support", "/transfers/new",
    )  # fmt: skip
    coverage = f"/reports/coverage?unit=990100&campaign={campaign.key}"
    return {
        "officer_gao": ["/reports/", coverage, "/rolls/", "/rolls/new", "/people/"],
        "ms_chen": [
            "/classes/", "/campaigns/new", school_class,
            *(school_class + page for page in ("/cards", "/consent", "/window")),
        ],
        "head_sun": [
            *(school + page for page in of_school),
            "/people/new", "/account", "/account/password", "/second-factor",
        ],
        "auditor_fang": ["/audit/", "/audit/yearly"],
    }  # fmt: skip


def test_the_pages_before_signing_in_are_open_to_all(open_page: Page, site: str) -> None:
    for path in ("/card", "/window", "/sign-in/staff"):
        open_page.goto(f"{site}{path}")
        must_be_sound(open_page)


def test_the_pages_of_staff_are_open_to_all(
    open_page: Page, site: str, town: Town, campaign: Campaign
) -> None:
    page = open_page
    page.set_viewport_size(DESK)
    for login, paths in _visits(town, campaign).items():
        staff_in(page, site, login, SECRET)
        for path in paths:
            answer = page.goto(f"{site}{path}")
            assert answer is not None
            assert answer.ok, f"{login} gets {answer.status} at {path}"
            must_be_sound(page)
        page.context.clear_cookies(name="quizapp")
