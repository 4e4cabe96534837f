"""Language, colours, size and pinyin: chosen on every page, kept in cookies, rendered here."""

from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue as Answer
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from quizapp.core import i18n
from quizapp.web import pinyin
from quizapp.web.context import (
    CONTRAST_COOKIE,
    CONTRASTS,
    SIZE_COOKIE,
    SIZES,
    THEME_COOKIE,
    THEMES,
)
from quizapp.web.doors import public

bp = Blueprint("preferences", __name__)
YEAR = 31_536_000


@bp.post("/locale")
@public
def choose_locale() -> Answer:
    return _keep(i18n.COOKIE, request.form.get("locale", ""), tuple(i18n.LOCALES))


@bp.post("/theme")
@public
def choose_theme() -> Answer:
    return _keep(THEME_COOKIE, request.form.get("theme", ""), THEMES)


@bp.post("/size")
@public
def choose_size() -> Answer:
    return _keep(SIZE_COOKIE, request.form.get("size", ""), SIZES)


@bp.post("/contrast")
@public
def choose_contrast() -> Answer:
    return _keep(CONTRAST_COOKIE, request.form.get("contrast", ""), CONTRASTS)


@bp.post("/pinyin")
@public
def choose_pinyin() -> Answer:
    return _keep(pinyin.COOKIE, request.form.get("pinyin", ""), (pinyin.ON, pinyin.OFF))


def own_page(wanted: str | None) -> str:
    """Return the address if it is a page of this site, else the home page: no way out."""
    parts = urlsplit(wanted or "")
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or "\\" in parts.path:
        return url_for("home.index")
    try:
        current_app.url_map.bind("").match(parts.path, method="GET")
    except HTTPException:
        return url_for("home.index")
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _keep(cookie: str, value: str, known: tuple[str, ...]) -> Response:
    answer = redirect(own_page(request.form.get("next")), 303)
    if value in known:
        secure = current_app.config["QUIZAPP"].is_public
        answer.set_cookie(cookie, value, max_age=YEAR, samesite="Lax", secure=secure)
    return answer
