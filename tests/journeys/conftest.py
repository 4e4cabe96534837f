"""A real browser at a real server."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, ViewportSize
from sqlalchemy.orm import Session

from quizapp.cli.content import load_all
from tests.site import serving

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
    "--disable-quic", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = ViewportSize(width=375, height=760)
DESK = ViewportSize(width=1280, height=800)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": QUIET}


@pytest.fixture
def content(app: Flask) -> None:
    """The questions and lessons that ship with the site."""
    with app.app_context():
        load_all()


@pytest.fixture
def site(
    app: Flask, content: None, database_url: str, session: Session, tmp_path: Path
) -> Iterator[str]:
    """The address of a server on the town's database, with the content loaded."""
    (tmp_path / "server").mkdir()
    with serving(database_url, tmp_path / "server", "--workers", "1", "--no-jobs") as address:
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


def _fail(what: object) -> None:
    raise AssertionError(f"the browser complains: {what}")
