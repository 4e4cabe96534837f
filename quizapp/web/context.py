"""What every template may use."""

from flask import Flask, current_app, request, url_for
from flask_wtf.csrf import generate_csrf
from jinja2 import StrictUndefined

from quizapp.core.clock import zone
from quizapp.core.i18n import LOCALES, current_locale
from quizapp.web import pinyin
from quizapp.web.assets import asset
from quizapp.web.doors import actor_or_none
from quizapp.web.filters import FILTERS
from quizapp.web.nav import entries
from quizapp.web.reader import mark

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"
SIZES = ("normal", "large", "largest")
SIZE_COOKIE = "size"
CONTRASTS = ("auto", "more")  # "auto": as the reader's system says.
CONTRAST_COOKIE = "contrast"


def init_app(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS, sounded=pinyin.sounded)
    # Macros see globals only; Flask-Babel has made `_` one of them.
    app.jinja_env.globals.update(asset=asset, csrf_token=generate_csrf)

    @app.context_processor
    def common() -> dict[str, object]:
        actor = actor_or_none()
        return {
            "account_url": url_for("account.show"),
            "actor": actor,
            "contrast": _chosen(CONTRAST_COOKIE, CONTRASTS),
            "contrast_url": url_for("preferences.choose_contrast"),
            "home_url": url_for("home.index"),
            "locale": current_locale(),
            "locale_url": url_for("preferences.choose_locale"),
            "locales": LOCALES,
            "nav": entries(actor),
            "pinyin": pinyin.shown(actor),
            "pinyin_url": url_for("preferences.choose_pinyin"),
            "reader_mark": mark(actor),
            "sign_in_url": url_for("signin.new"),
            "sign_out_url": url_for("signin.delete"),
            "site_name": current_app.config["QUIZAPP"].site_name,
            "size": _chosen(SIZE_COOKIE, SIZES),
            "size_url": url_for("preferences.choose_size"),
            "theme": chosen_theme(),
            "theme_url": url_for("preferences.choose_theme"),
            "zone": zone(),
        }


def chosen_theme() -> str:
    return _chosen(THEME_COOKIE, THEMES)


def _chosen(cookie: str, known: tuple[str, ...]) -> str:
    """Return what the reader has chosen, or the first of what there is."""
    chosen = request.cookies.get(cookie)
    return chosen if chosen in known else known[0]
