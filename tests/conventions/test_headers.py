"""What every answer bears, errors and files among them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from quizapp.access.policy import Actor
from quizapp.app import create_app
from quizapp.core import settings
from quizapp.web.headers import FIXED
from tests.conftest import Visitor
from tests.settings import configured
from tests.town import Town


@pytest.mark.parametrize(
    "path", ["/sign-in", "/healthz", "/nothing", "/api/v1/nothing", "/quizzes/", "/card"]
)
def test_every_answer_bears_the_headers(visitor: Visitor, path: str) -> None:
    answer = visitor.get(path)

    for name, value in FIXED.items():
        assert answer.headers[name] == value, (path, name)


def test_a_personal_page_is_not_kept_by_the_browser(
    client_as: Callable[[Actor], Visitor], town: Town
) -> None:
    assert client_as(town.lan).get("/quizzes/").headers["Cache-Control"] == "no-store"
    assert client_as(town.ms_chen).get("/classes/").headers["Cache-Control"] == "no-store"


def test_a_public_site_has_safe_cookies_and_hsts(tmp_path: Path) -> None:
    told = configured(tmp_path, f"sqlite:///{tmp_path}/x.db", base_url="https://shield.example")
    app = create_app(told, testing=True)

    answer = app.test_client().get("/sign-in", base_url="https://shield.example")

    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    cookie = next(
        c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Host-quizapp=")
    )
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert app.test_client().get("/sign-in", base_url="https://evil.example").status_code == 400


def test_limits_are_set(app: Flask) -> None:
    assert app.config["MAX_CONTENT_LENGTH"] == 12 * 2**20
    assert app.config["WTF_CSRF_TIME_LIMIT"] is None


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"QUIZAPP_BASE_URL": "http://shield.example"}, "https"),
        ({"QUIZAPP_BASE_URL": "https://shield.example"}, "QUIZAPP_SECRET_KEY"),
        ({"QUIZAPP_LOCALE": "fr"}, "QUIZAPP_LOCALE"),
        ({"QUIZAPP_TIMEZONE": "Mars/Olympus"}, "QUIZAPP_TIMEZONE"),
        ({"QUIZAPP_PROXY_HOPS": "many"}, "QUIZAPP_PROXY_HOPS"),
        ({"QUIZAPP_REDIS_URL": "http://127.0.0.1"}, "QUIZAPP_REDIS_URL"),
        ({"QUIZAPP_METRICS_TOKEN": "short"}, "QUIZAPP_METRICS_TOKEN"),
        ({"QUIZAPP_LOG_REQUESTS": "some"}, "QUIZAPP_LOG_REQUESTS"),
        ({"QUIZAPP_POOL_SIZE": "0"}, "QUIZAPP_POOL_SIZE"),
    ],
)
def test_an_unsafe_site_does_not_start_and_says_what_to_change(
    tmp_path: Path, environment: dict[str, str], says: str
) -> None:
    with pytest.raises(settings.Unsafe, match=says):
        settings.read(environment | {"QUIZAPP_INSTANCE": str(tmp_path)})


def test_a_site_that_is_tried_out_makes_its_own_key_and_keeps_it(tmp_path: Path) -> None:
    first = settings.read({"QUIZAPP_INSTANCE": str(tmp_path)})
    again = settings.read({"QUIZAPP_INSTANCE": str(tmp_path)})

    assert first.secret_key == again.secret_key
    assert len(first.secret_key) == 64
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
