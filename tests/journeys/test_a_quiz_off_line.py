"""A quiz on a network that comes and goes: what was chosen is not lost, and no page either."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor
from quizapp.accounts.models import Pupil, PupilSignIn
from quizapp.bank.models import Topic
from quizapp.bank.rules import Kind
from quizapp.core.clock import now
from quizapp.quizzes import papers
from quizapp.quizzes.models import ClosedBy, MissedAnswer, Quiz, Sitting
from tests import make
from tests.faults.client import sign_in
from tests.journeys.conftest import ONE_DATABASE, PHONE
from tests.town import Town

pytestmark = ONE_DATABASE
Machine = Callable[..., BrowserContext]
SINGLE = "single-choice"
UNSENT = """() => new Promise((done) => {
  const asked = indexedDB.open("kept")
  asked.onsuccess = () => {
    const all = asked.result.transaction("choices").objectStore("choices").getAll()
    all.onsuccess = () => { asked.result.close(); done(all.result) }
  }
})"""

# What opens another window, the telephone or the way out leaves no quiz behind that somebody needs.
CLICK_ALL = """() => {
  const own = "a:not([target]):not([href^='tel:']), button, summary"
  const isOut = (one) => one.closest("[data-behaviour=sign-out]")
  const all = [...document.querySelectorAll(own)].filter((one) => !isOut(one))
  for (const control of all) control.click()
  return all.length
}"""


@pytest.fixture
def quiz(session: Session, town: Town) -> Quiz:
    """A quiz of single choice: elsewhere a second click would add to the first."""
    session.add(Topic(key=SINGLE, position=9, names={"zh": "单选", "en": "Single choice"}))
    for number in range(100, 104):
        make.question(session, number, kind=Kind.SINGLE, topic=SINGLE)
    made = make.quiz(session, town.city, now=now(), items=4, by=SYSTEM, topic=SINGLE)
    session.commit()
    return made


@pytest.fixture
def machine(app: Flask, site: str, browser: Browser, session: Session, town: Town) -> Machine:
    """Makes a browser in which Lan has signed in, or lets another child sign in there."""

    def made(context: BrowserContext | None = None, who: Actor = town.lan) -> BrowserContext:
        child = session.get_one(Pupil, (who.school_id, who.id))
        kept = sign_in(app, session, [child], now=now())[child]
        session.commit()
        context = context or browser.new_context(viewport=PHONE)
        for name, value in kept.cookies.items():
            context.add_cookies([{"name": name, "value": value, "url": site}])
        context.set_default_timeout(20_000)
        return context

    return made


def begin(page: Page, site: str, quiz: Quiz) -> str:
    """Start the quiz, or go on with it, and return the address of the sitting."""
    page.goto(f"{site}/quizzes/{quiz.id}")
    page.locator("main form button, main a.button").first.click()
    expect(page.locator(".sitting--paged")).to_be_visible()
    return page.url.partition("#")[0]


def choose(page: Page, position: int, option: int) -> None:
    page.evaluate(f"location.hash = 'item-{position}'")
    page.locator(f"#item-{position} label.answer").nth(option).click()


def chosen(session: Session) -> dict[int, list[str]]:
    """Return what is saved, by letters as shown."""
    session.rollback()
    sitting = session.scalars(select(Sitting)).one()
    items = papers.paper(session, sitting, "zh")
    return {item.position: list(item.chosen) for item in items if item.chosen}


def ring(session: Session, ago: timedelta) -> None:
    """Let the time have been over for so long."""
    session.rollback()
    session.execute(update(Sitting).values(deadline=now() - ago))
    session.commit()


def test_after_a_crash_it_goes_on_from_any_page(
    site: str, machine: Machine, session: Session, quiz: Quiz, town: Town
) -> None:
    lans = machine()
    page = lans.new_page()
    sitting = begin(page, site, quiz)
    lans.set_offline(True)
    expect(page.get_by_text("All your answers are saved.")).to_be_visible()
    choose(page, 1, 1)
    assert "All your answers are saved." not in page.locator(".saved").inner_text()
    choose(page, 2, 0)
    expect(page.locator(".saved--kept")).to_contain_text("2")
    assert [row["position"] for row in page.evaluate(UNSENT)] == [1, 2]
    page.close()
    lans.set_offline(False)
    assert chosen(session) == {}

    # Another child at this machine neither sends it nor sees more than that it is there.
    page = machine(lans, town.bo).new_page()
    page.goto(f"{site}/")
    expect(page.get_by_text("also keeps what somebody else did: 2.")).to_be_visible()
    assert chosen(session) == {}

    # The first page of its own child sends what was left, whichever it is.
    machine(lans)
    page.goto(f"{site}/")
    expect(page.get_by_text("What was left of a quiz on this device is sent.")).to_be_visible()
    assert chosen(session) == {1: ["b"], 2: ["a"]}
    assert page.evaluate(UNSENT) == []

    # So does that of the quiz, and it shows what was chosen.
    page.goto(sitting)
    page.route("**/answers", lambda route: route.abort())
    choose(page, 3, 1)
    expect(page.locator(".saved--kept")).to_be_visible()
    page.unroute("**/answers")
    page.reload()
    expect(page.locator("#item-3 .answer input").nth(1)).to_be_checked()
    expect(page.locator(".saved--saved")).to_have_text(re.compile(r"Saved at \d\d:\d\d"))
    assert chosen(session)[3] == ["b"]
    assert page.evaluate(UNSENT) == []


def test_two_tabs_and_two_machines_lose_nothing_in_silence(
    site: str, machine: Machine, session: Session, quiz: Quiz
) -> None:
    lans, other = machine(), machine()
    page, tab, desk = lans.new_page(), lans.new_page(), other.new_page()
    sitting = begin(page, site, quiz)
    tab.goto(sitting)
    expect(tab.locator(".sitting--paged")).to_be_visible()

    # The tabs of a browser show the same.
    choose(page, 1, 0)
    expect(tab.locator("#item-1 .answer input").nth(0)).to_be_checked()
    choose(tab, 1, 1)
    expect(page.locator("#item-1 .answer input").nth(1)).to_be_checked()
    expect(tab.locator(".saved--saved")).to_be_visible()
    assert chosen(session) == {1: ["b"]}
    tab.close()

    # What another machine has answered since stands, and is told.
    desk.goto(sitting)
    lans.set_offline(True)
    choose(page, 2, 1)
    choose(page, 3, 1)
    for option in (1, 0):
        choose(desk, 2, option)
        expect(desk.locator(".saved--saved")).to_be_visible()
    lans.set_offline(False)
    expect(page.get_by_text("on another phone or computer, too")).to_be_visible()
    assert chosen(session) == {1: ["b"], 2: ["a"], 3: ["b"]}
    page.get_by_role("link", name="Show what counts").click()
    expect(page.locator("#item-2 .answer input").nth(0)).to_be_checked()


@pytest.mark.parametrize("within", [True, False], ids=["within-the-grace", "after-it"])
def test_handing_in_waits_for_the_network(
    site: str, machine: Machine, session: Session, quiz: Quiz, within: bool
) -> None:
    lans = machine()
    page = lans.new_page()
    begin(page, site, quiz)
    choose(page, 1, 0)
    expect(page.locator(".saved--saved")).to_be_visible()
    lans.set_offline(True)
    choose(page, 4, 1)
    page.get_by_role("button", name="Check and hand in").first.click()
    expect(page.get_by_text("Questions without an answer: 2.")).to_be_visible()

    # It can be taken back, as long as it waits.
    page.get_by_role("button", name="Hand in when").click()
    page.get_by_role("button", name="Go on answering").click()
    choose(page, 3, 0)
    page.evaluate("location.hash = 'item-4'")
    page.get_by_role("button", name="Check and hand in").first.click()
    page.get_by_role("button", name="Hand in when").click()
    expect(page.get_by_text("Waiting to be handed in")).to_be_visible()

    ring(session, timedelta(seconds=3 if within else 70))
    lans.set_offline(False)

    expect(page).to_have_url(re.compile("/result$"))
    session.rollback()
    sitting = session.scalars(select(Sitting)).one()
    missed = session.scalars(select(MissedAnswer.position).order_by(MissedAnswer.position)).all()
    if within:
        assert (sitting.closed_by, missed) == (ClosedBy.PUPIL, [])
        assert chosen(session) == {1: ["a"], 3: ["a"], 4: ["b"]}
        expect(page.get_by_text("Late: it counts, and is marked")).to_have_count(2)
    else:
        assert (sitting.closed_by, missed) == (ClosedBy.BELL, [3, 4])
        assert chosen(session) == {1: ["a"]}
        expect(page.get_by_text("so it does not count: question 3, 4.")).to_be_visible()
    assert page.evaluate(UNSENT) == []


def test_off_line_no_control_leaves_the_page(
    site: str, machine: Machine, session: Session, quiz: Quiz
) -> None:
    lans = machine()
    page = lans.new_page()
    sitting = begin(page, site, quiz)
    page.on("dialog", lambda dialog: dialog.accept())

    for address in (sitting, f"{sitting}/review"):
        lans.set_offline(False)
        page.goto(address)
        page.wait_for_load_state("networkidle")
        page.evaluate("window.stays = true")
        lans.set_offline(True)
        assert page.evaluate(CLICK_ALL) > 10
        page.wait_for_timeout(1000)
        assert page.evaluate("window.stays"), address
        assert page.url.partition("#")[0] == address

    expect(page.get_by_text("Waiting to be handed in")).to_be_visible()
    lans.set_offline(False)
    expect(page).to_have_url(f"{sitting}/result")


def test_signed_out_in_the_middle_it_goes_on_after_signing_in_again(
    site: str, machine: Machine, session: Session, quiz: Quiz, town: Town
) -> None:
    lans = machine()
    page = lans.new_page()
    begin(page, site, quiz)
    session.execute(delete(PupilSignIn))
    session.commit()

    choose(page, 1, 0)
    expect(page.get_by_text("You are signed out")).to_be_visible()
    assert chosen(session) == {}
    machine(lans)
    page.evaluate("window.dispatchEvent(new Event('focus'))")  # Back from the other window.

    expect(page.locator(".saved--saved")).to_be_visible()
    assert chosen(session) == {1: ["a"]}


def test_at_the_bell_a_reload_loses_nothing_that_was_typed(
    site: str, machine: Machine, session: Session, quiz: Quiz
) -> None:
    lans = machine()
    page = lans.new_page()
    begin(page, site, quiz)
    page.route("**/answers", lambda route: route.abort())
    choose(page, 2, 1)
    expect(page.locator(".saved--kept")).to_be_visible()
    page.unroute("**/answers")
    ring(session, timedelta(seconds=2))

    page.reload()

    expect(page).to_have_url(re.compile("/review$"))
    assert chosen(session) == {2: ["b"]}
    page.get_by_role("button", name="Hand in").click()
    expect(page).to_have_url(re.compile("/result$"))
    expect(page.get_by_text("Late: it counts, and is marked")).to_have_count(1)
