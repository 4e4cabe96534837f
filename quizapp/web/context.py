"""What every template may use."""

from flask import Flask, current_app, request, url_for
from flask_wtf.csrf import generate_csrf
from jinja2 import StrictUndefined

from quizapp.core.clock import zone
from quizapp.core.i18n import LOCALES, current_locale
from quizapp.web.assets import asset
from quizapp.web.doors import actor_or_none
from quizapp.web.filters import FILTERS
from quizapp.web.nav import entries

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"


def init_app(app: Flask) -> None:
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(FILTERS)
    # Macros see globals only; Flask-Babel has made `_` one of them.
    app.jinja_env.globals.update(asset=asset, csrf_token=generate_csrf)

    @app.context_processor
    def common() -> dict[str, object]:
        actor = actor_or_none()
        return {
            "account_url": url_for("account.show"),
            "actor": actor,
            "home_url": url_for("home.index"),
            "locale": current_locale(),
            "locale_url": url_for("preferences.choose_locale"),
            "locales": LOCALES,
            "nav": entries(actor),
            "sign_in_url": url_for("signin.new"),
            "sign_out_url": url_for("signin.delete"),
            "site_name": current_app.config["QUIZAPP"].site_name,
            "theme": chosen_theme(),
            "theme_url": url_for("preferences.choose_theme"),
            "zone": zone(),
        }


def chosen_theme() -> str:
    chosen = request.cookies.get(THEME_COOKIE)
    return chosen if chosen in THEMES else "auto"
