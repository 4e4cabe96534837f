"""A real browser at a real server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, ViewportSize, expect
from sqlalchemy.orm import Session

from tests.forked import Forked
from tests.site import serving

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
    "--disable-quic", "--disable-component-update", "--disable-sync",
]  # fmt: skip
ELM = "9901010001"
PHONE = ViewportSize(width=375, height=760)
DESK = ViewportSize(width=1280, height=800)
# For journeys about what a browser does: that is the same whatever keeps the data behind the site.
ONE_DATABASE = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
expect.set_options(timeout=20_000)  # A busy machine is slow; only a fault waits so long.


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": QUIET}


@pytest.fixture
def site(app: Flask, database_url: str, session: Session, tmp_path: Path) -> Iterator[str]:
    """The address of a server on the test's database."""
    home = tmp_path / "server"
    home.mkdir()
    with serving(database_url, home, "--workers", "1", "--no-jobs", begin=Forked) as address:
        yield address


@pytest.fixture
def page(page: Page) -> Page:
    """A page that fails the test on any script error and on anything the policy refuses."""
    page.on("pageerror", _fail)
    page.on(
        "console",
        lambda said: (
            _fail(said.text) if said.type == "error" and "Content Security" in said.text else None
        ),
    )
    page.set_default_timeout(20_000)
    return page


def pupil_in(page: Page, site: str, login: str, secret: str) -> None:
    """Sign in as a pupil of the first school of the town."""
    page.goto(f"{site}/sign-in")
    page.get_by_label("School code").fill(ELM)
    page.get_by_label("Your number").fill(login)
    page.get_by_label("Your secret").fill(secret)
    page.locator("main form button").last.click()
    expect(page).to_have_url(f"{site}/")


def staff_in(page: Page, site: str, login: str, password: str) -> None:
    page.goto(f"{site}/sign-in/staff")
    page.get_by_label("Sign-in name").fill(login)
    page.get_by_label("Password").fill(password)
    page.locator("main form button").last.click()
    expect(page.locator("main")).not_to_contain_text("Sign-in name")


def _fail(what: object) -> None:
    raise AssertionError(f"the browser complains: {what}")
