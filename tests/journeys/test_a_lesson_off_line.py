"""A child reads a lesson, loses the connection and comes back: nothing lost, nothing twice."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, expect
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.accounts import credentials
from quizapp.accounts.models import Pupil
from quizapp.lessons.models import CheckpointAnswer, Lesson, LessonTally, Receipt, Visit, Walk
from tests import stories
from tests.journeys.conftest import PHONE, pupil_in
from tests.journeys.line import Line, line_to
from tests.town import Town

SECRET = "20260626"
CACHES = "caches.keys().then((names) => names.filter((name) => name.startsWith('lessons-')).length)"
# The pages that are kept, and all that is written in them.
KEPT = """async () => {
  const name = (await caches.keys()).find((each) => each.startsWith("lessons-"))
  if (!name) return {}
  const cache = await caches.open(name)
  const told = {}
  for (const request of await cache.keys()) {
    told[new URL(request.url).pathname] = await (await cache.match(request)).text()
  }
  return told
}"""

# What is kept for whoever reads here: no more than a page that says that there is none.
OF_ALL = """async () => {
  const name = (await caches.keys()).find((each) => each.startsWith("files-"))
  return await (await (await caches.open(name)).match("/lessons/off-line")).text()
}"""

# What an earlier worker has kept: a page that is another one since.
EARLIER = """async () => {
  const { reader } = document.querySelector("[data-reader]").dataset
  const cache = await caches.open(`lessons-${reader}-earlier`)
  await cache.put("/lessons/junior-phone", new Response("as it was"))
}"""


@pytest.fixture
def lesson(session: Session, town: Town) -> Lesson:
    made = stories.lesson(session, "junior-drink", title="一杯饮料")
    stories.course(session, [made, stories.lesson(session, "junior-phone", title="一部手机")])
    for pupil in (town.lan, town.bo):
        child = session.get_one(Pupil, (pupil.school_id, pupil.id))
        child.secret_hash = credentials.hashed(SECRET)
    session.commit()
    return made


@pytest.fixture
def line(site: str) -> Iterator[Line]:
    with line_to(site) as made:
        yield made


def cut(line: Line, page: Page) -> None:
    line.cut()
    page.context.set_offline(True)


def mend(line: Line, page: Page) -> None:
    line.mend()
    page.context.set_offline(False)


def answer(page: Page, position: int, option: int = 0) -> None:
    stop = page.locator(f"#checkpoint-{position}")
    stop.locator("label.answer").nth(option).click()
    stop.get_by_role("button", name="Check my answer").first.click()


def is_journal(told: Request) -> bool:
    return told.url.endswith("/lessons/journal")


def count(session: Session, table: type[object]) -> int:
    session.rollback()
    return session.scalars(select(func.count()).select_from(table)).one()


def test_a_lesson_is_read_and_answered_off_line_and_synced_once(  # noqa: PLR0915 - one story.
    line: Line, browser: Browser, session: Session, town: Town, lesson: Lesson
) -> None:
    site = line.address
    page = browser.new_context(viewport=PHONE).new_page()
    page.set_default_timeout(10_000)
    pupil_in(page, site, "lan", SECRET)
    page.evaluate(EARLIER)
    page.goto(f"{site}/lessons/")
    page.get_by_role("button", name="Keep this term's lessons").click()
    expect(page.get_by_text("Kept. You can now read")).to_be_visible()
    page.wait_for_function(f"{CACHES}.then((count) => count === 1)")
    assert "一部手机" in page.evaluate(KEPT)["/lessons/junior-phone"]
    address = f"{site}/lessons/junior-drink"
    page.goto(address)
    # With a network it is as without a script: the page comes back with the explanation.
    answer(page, 0)
    expect(page.locator("#checkpoint-0").get_by_text("Answer again")).to_be_visible()
    page.wait_for_function(f"({KEPT})().then((all) => '/lessons/junior-drink' in all)")
    assert "林兰" not in "".join(page.evaluate(KEPT).values())

    token = page.locator("[name=csrf_token]").first.input_value()
    of_nobody = page.evaluate(OF_ALL)
    assert "No connection" in of_nobody
    for own in ("林兰", "data-reader", 'data-behaviour="sign-out"', token):
        assert own not in of_nobody, own

    cut(line, page)
    page.goto(f"{site}/lessons/look-alikes")
    expect(page.get_by_text("This page is not kept on this device")).to_be_visible()
    page.get_by_role("link", name="To all lessons").click()
    page.get_by_role("link", name="一杯饮料").first.click()
    expect(page).to_have_url(re.compile("/lessons/junior-drink"))
    expect(page.get_by_text("You are reading without a connection")).to_be_visible()
    expect(page.get_by_text("小雨的书包里")).to_be_visible()
    answer(page, 1)
    stop = page.locator("#checkpoint-1")
    expect(stop.get_by_text("is kept on this device")).to_be_visible()
    expect(stop.get_by_text("Right", exact=True)).to_have_count(0)
    answer(page, 2)
    expect(page.locator("#checkpoint-2").get_by_text("is kept on this device")).to_be_visible()
    page.locator("#scenario").get_by_role("button", name="我喝自己的水").click()
    expect(page.locator("#scenario").get_by_text("No connection just now")).to_be_visible()
    # What was done is still there when the page is opened anew, and of the server's nothing.
    page.reload()
    expect(page.get_by_text("not sent yet: 3")).to_be_visible()
    expect(stop.get_by_text("is kept on this device")).to_be_visible()
    expect(page.locator("#scenario").get_by_text("A good way")).to_be_visible()
    assert (count(session, CheckpointAnswer), count(session, Walk)) == (1, 0)

    with page.expect_request_finished(is_journal) as sent:
        mend(line, page)
    expect(page.get_by_text("Everything is sent.")).to_be_visible()
    stop.get_by_role("link", name="Show the explanation").click()
    expect(stop.get_by_text("Answer again")).to_be_visible()
    expect(page.get_by_text("You are reading without a connection")).to_be_hidden()
    # The same once more, as if the answer had been lost on the way.
    replayed = sent.value.post_data
    token = page.locator("[name=csrf_token]").first.input_value()
    headers = {"Content-Type": "application/json", "X-CSRF-Token": token}
    again = page.request.post(f"{site}/lessons/journal", data=replayed, headers=headers)
    assert all(one["kept"] for one in again.json()["entries"])
    assert count(session, Receipt) == 3
    tries = session.scalars(select(CheckpointAnswer.tries)).all()
    assert list(tries) == [1, 1, 1]
    walk = session.scalars(select(Walk)).one()
    assert (walk.path, walk.first) == ("0", "0")
    assert session.scalars(select(LessonTally.opened)).all() == [1]
    assert session.scalars(select(Visit)).one().finished_at is None

    # The sign-in is lost while an answer waits. It waits for its pupil, whoever signs in here.
    cut(line, page)
    answer(page, 3)
    expect(page.locator("#checkpoint-3").get_by_text("is kept on this device")).to_be_visible()
    page.context.clear_cookies()
    mend(line, page)
    expect(page.get_by_text("Please sign in again.")).to_be_visible()
    pupil_in(page, site, "bo", SECRET)
    expect(page.get_by_text("also keeps what somebody else did: 1")).to_be_visible()
    assert page.evaluate(CACHES) == 0
    assert count(session, CheckpointAnswer) == 3
    page.context.clear_cookies()
    pupil_in(page, site, "lan", SECRET)
    expect(page.get_by_text("Everything is sent.")).to_be_visible()
    assert count(session, CheckpointAnswer) == 4
    assert session.scalars(select(Visit)).one().finished_at

    # Nothing of it stays after signing out.
    page.goto(address)
    page.wait_for_function(f"{CACHES}.then((count) => count === 1)")
    page.locator("summary", has_text="Settings").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{site}/sign-in")
    assert page.evaluate(CACHES) == 0
    assert page.evaluate("indexedDB.databases().then((all) => all.length)") == 0
