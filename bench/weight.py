"""What a pupil's browser has to load, as Chromium counts it: bytes on the wire, headers too."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    CDPSession,
    Page,
    ViewportSize,
    sync_playwright,
)

from bench.figures import Figure, Target
from bench.ground import Ground, say
from bench.pages import lessons_of, pages_of
from tests.faults.client import Client

QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
    "--disable-quic",
]  # fmt: skip
PHONE: ViewportSize = {"width": 375, "height": 760}
FIRST, FURTHER, REQUESTS = Target(120), Target(25), Target(12)
KB = 1000
SETTLED = 200  # Milliseconds until Chromium has told of what it has.


@dataclass
class View:
    """One page with all that was fetched for it; what the cache had costs nothing."""

    page: str
    sizes: list[int] = field(default_factory=list)

    @property
    def kilobytes(self) -> float:
        return sum(self.sizes) / KB


def measure(ground: Ground) -> Iterator[Figure]:
    demo = ground.demo("sqlite")
    with demo.served() as address:
        say("weight")
        pupil = demo.pupil(address, len(demo.told["pupils"]) - 1)
        pages = {"sign-in": "/sign-in"} | pages_of(pupil)
        lessons = [path for _name, path in lessons_of(pupil)]
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=QUIET
            )
            first = [
                _views(_phone(chromium), address, pupil, {page: path})[0]
                for page, path in pages.items()
            ]
            further = _views(_phone(chromium), address, pupil, pages)
            read = _views(
                _phone(chromium), address, pupil,
                {path: path for path in lessons}, with_all_pictures=True,
            )  # fmt: skip
            chromium.close()
    for view in first:
        yield Figure(f"weight: {view.page} as the first view", [view.kilobytes], "kB", FIRST)
        requests = [len(view.sizes)]
        yield Figure(f"weight: {view.page} as the first view", requests, "requests", REQUESTS)
    for view in further[1:]:
        yield Figure(f"weight: {view.page} after others", [view.kilobytes], "kB", FURTHER)
    first_read, *then_read = [view.kilobytes for view in read]
    what = "weight: a lesson with all its pictures"
    yield Figure(f"{what}, as the first view", [first_read], "kB", FIRST)
    yield Figure(f"{what}, after another one", then_read, "kB", Target(25, "p95"))


def _phone(chromium: Browser) -> BrowserContext:
    """Return an empty cache, without the worker that keeps lessons: its fetches are not told."""
    return chromium.new_context(viewport=PHONE, service_workers="block")


def _views(
    context: BrowserContext,
    address: str,
    pupil: Client,
    pages: dict[str, str],
    *,
    with_all_pictures: bool = False,
) -> Sequence[View]:
    """Open the pages one after the other with one cache; the sign-in page without a sign-in.

    `with_all_pictures`: those too that come only when they are scrolled to.
    """
    tab, found = context.new_page(), []
    for page, path in pages.items():
        if page != "sign-in":
            context.add_cookies(
                [
                    {"name": name, "value": value, "url": address}
                    for name, value in pupil.cookies.items()
                ]
            )
        view = View(page)
        wire = _count(tab, view)
        tab.goto(address + path, wait_until="networkidle")
        if with_all_pictures:
            tab.evaluate("() => { for (const one of document.images) one.loading = 'eager'; }")
            tab.wait_for_function("() => [...document.images].every((one) => one.complete)")
            tab.wait_for_timeout(SETTLED)
        wire.detach()
        assert urlsplit(tab.url).path == path, tab.url
        found.append(view)
    context.close()
    return found


def _count(tab: Page, view: View) -> CDPSession:
    """Have Chromium tell the size of everything that it takes from the server for this view."""
    wire = tab.context.new_cdp_session(tab)
    wire.send("Network.enable")
    cached: set[str] = set()

    def finished(told: dict[str, Any]) -> None:
        if told["requestId"] not in cached and told["encodedDataLength"]:
            view.sizes.append(int(told["encodedDataLength"]))

    wire.on("Network.requestServedFromCache", lambda told: cached.add(told["requestId"]))
    wire.on("Network.loadingFinished", finished)
    return wire
