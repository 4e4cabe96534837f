"""The network goes and comes, and the page is loaded anew in between: no choice is lost.

The test keeps its own list of what it has chosen. After each reload the page must show it, and at
the end the database must hold it. The long form (QUIZAPP_LONG=1) flips a thousand times.
"""

import json
import os
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.accounts.models import Pupil
from quizapp.core.clock import now
from quizapp.quizzes import papers
from quizapp.quizzes.models import Sitting
from tests import make
from tests.faults.client import sign_in
from tests.journeys.conftest import (  # noqa: F401 - fixtures of a browser and of a server.
    ONE_DATABASE,
    PHONE,
    browser_type_launch_args,
    site,
)
from tests.town import Town

LONG = os.environ.get("QUIZAPP_LONG") == "1"
FLIPS, RELOADS = (1000, 50) if LONG else (40, 4)
ITEMS, SEED = 8, 20261122
GAP = 1.9  # Seconds between two calls while the page drains: 2 by its own clock.
BANNER = 2  # Seconds that the promise gives.
DRAINS = 2  # So many calls at most send what waits, once the network is there again.
PATIENCE = 60_000  # Milliseconds; a busy machine is slow, only a fault waits so long.
CHOOSE = """([position, option]) => {
  const inputs = document.querySelectorAll(`#item-${position} .answer input`)
  inputs[option % inputs.length].click()
}"""
GIVEN = """() => [...document.querySelectorAll(".question")].map((item) =>
  [...item.querySelectorAll(".answer input:checked")].map((input) => input.value))"""
# Whatever the page has begun to write on the device before this is written after it.
WRITTEN = """() => new Promise((done) => {
  const asked = indexedDB.open("kept")
  asked.onsuccess = () => {
    const work = asked.result.transaction("choices", "readwrite")
    work.objectStore("choices").count()
    work.oncomplete = () => { asked.result.close(); done() }
  }
})"""
# The page's own clock tells when it sends, how long after the first failure it says so, and how
# long after the network is back all is saved: what the machine takes for the test is not in it.
WATCH = """() => {
  const told = window.told = { calls: [], banners: [], drains: [] }
  let failedAt, backAt
  const fetched = window.fetch
  window.fetch = (...of) => {
    const call = { at: performance.now(), failed: false }
    if (of[1]?.method === "PUT") told.calls.push(call)
    return fetched(...of).catch((error) => {
      call.failed = true
      failedAt ??= performance.now()
      throw error
    })
  }
  window.addEventListener("online", () => { backAt = performance.now() })
  window.addEventListener("offline", () => { backAt = undefined })
  new MutationObserver(() => {
    const saved = document.querySelector(".saved").className
    if (failedAt && /kept/.test(saved)) told.banners.push(performance.now() - failedAt)
    if (backAt && /saved--saved/.test(saved)) told.drains.push(performance.now() - backAt)
    if (/kept|saved--saved/.test(saved)) failedAt = undefined
    if (/saved--saved/.test(saved)) backAt = undefined
  }).observe(document.querySelector(".saved"), { attributes: true })
}"""


@dataclass
class Seen:
    """What the test chose, and what it saw of the page's calls and words.

    `calls`: for each page loaded, when a save was sent by its clock, and whether it failed.
    """

    given: list[list[str]] = field(default_factory=lambda: [[] for _ in range(ITEMS)])
    calls: list[list[dict[str, Any]]] = field(default_factory=list)
    banners: list[float] = field(default_factory=list)
    drains: list[float] = field(default_factory=list)

    def gather(self, page: Page) -> None:
        told: dict[str, Any] = page.evaluate("window.told")
        self.calls.append(told["calls"])
        self.banners += [milliseconds / 1000 for milliseconds in told["banners"]]
        self.drains += [milliseconds / 1000 for milliseconds in told["drains"]]

    def gaps(self) -> list[float]:
        """Return the seconds from each failed call to the next one of the same page."""
        return [
            (after["at"] - before["at"]) / 1000
            for calls in self.calls
            for before, after in pairwise(calls)
            if before["failed"]
        ]


def again(page: Page, address: str, *, crashed: bool) -> Page:
    """Load the page anew, with a call under way; or close it without a network, and come back."""
    if crashed:
        context = page.context
        page.close()
        context.set_offline(False)
        page = context.new_page()
    page.goto(address)
    expect(page.locator(".sitting--paged")).to_be_visible()
    return page


@ONE_DATABASE
def test_nothing_is_lost_while_the_network_comes_and_goes(
    app: Flask,
    site: str,  # noqa: F811 - the fixture.
    browser: Browser,
    session: Session,
    town: Town,
) -> None:
    quiz = make.quiz(session, town.city, now=now(), items=ITEMS, minutes=180, by=SYSTEM)
    child = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    cookies = sign_in(app, session, [child], now=now())[child].cookies
    session.commit()
    context = browser.new_context(viewport=PHONE)
    context.set_default_timeout(PATIENCE)
    context.add_cookies([{"name": n, "value": v, "url": site} for n, v in cookies.items()])
    page, chance, seen = context.new_page(), Random(SEED), Seen()
    page.goto(f"{site}/quizzes/{quiz.id}")
    page.locator("form[action$='/sittings'] button").click()
    expect(page.locator(".sitting--paged")).to_be_visible()
    address = page.url.partition("#")[0]
    page.evaluate(WATCH)

    anew = set(chance.sample(range(FLIPS), RELOADS))
    for flip in range(FLIPS):
        off_line = flip % 2 == 0
        context.set_offline(off_line)
        for _choice in range(chance.randint(1, 2)):
            page.evaluate(CHOOSE, [chance.randint(1, ITEMS), chance.randint(0, 2)])
            seen.given = page.evaluate(GIVEN)
            page.wait_for_timeout(chance.randint(0, 300))
        if flip in anew:
            page.evaluate(WRITTEN)
            seen.gather(page)
            page = again(page, address, crashed=off_line)
            shown = f"(said) => JSON.stringify(({GIVEN})()) === said"
            page.wait_for_function(shown, arg=json.dumps(seen.given, separators=(",", ":")))
            page.evaluate(WATCH)

    # At last the network stays away for some tries, and comes back for good.
    context.set_offline(True)
    tried = page.evaluate("window.told.calls.length")
    page.evaluate(CHOOSE, [1, 0])
    seen.given = page.evaluate(GIVEN)
    page.wait_for_function("(tried) => window.told.calls.length > tried", arg=tried + 1)
    tried = page.evaluate("window.told.calls.length")
    context.set_offline(False)
    expect(page.locator(".saved--saved")).to_be_visible(timeout=PATIENCE)
    assert page.evaluate("window.told.calls.length") - tried <= DRAINS
    seen.gather(page)

    sitting = session.scalars(select(Sitting)).one()
    items = papers.paper(session, sitting, "zh")
    assert [sorted(item.chosen) for item in items] == [sorted(one) for one in seen.given]
    sent = [call for calls in seen.calls for call in calls]
    failed = sum(call["failed"] for call in sent)
    assert failed >= FLIPS // 20, "the network was away when something was sent"
    assert min(seen.gaps()) >= GAP
    assert max(seen.banners) <= BANNER
    sent_after = f"sent {seen.drains[-1]:.1f} s after the network came back"
    print(  # noqa: T201 - for docs/RELIABILITY.md.
        f"{FLIPS} flips, {RELOADS} reloads, {len(sent)} calls, {failed} failed; banner after "
        f"{max(seen.banners):.2f} s, {sent_after}, 0 lost"
    )
