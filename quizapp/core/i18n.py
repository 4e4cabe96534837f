"""Languages: English message ids, Chinese by default, the reader's choice in a cookie.

`_` translates now, `lazy` when it is shown (labels of forms and of enums, made at import).
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from flask import Flask, current_app, has_request_context, request
from flask_babel import Babel, get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from markupsafe import Markup

LOCALES = {"zh": "中文", "en": "English"}
COOKIE = "locale"
MESSAGES = 10_000  # More than the catalogue has, in both languages.

__all__ = ["LOCALES", "_", "current_locale", "in_language", "init_app", "lazy", "ngettext"]


def init_app(app: Flask) -> None:
    app.config["BABEL_DEFAULT_LOCALE"] = app.config["QUIZAPP"].locale
    app.config["BABEL_DEFAULT_TIMEZONE"] = app.config["QUIZAPP"].timezone
    Babel(app, locale_selector=_chosen)
    # A long page says two hundred texts; Babel's own way to the catalogue takes four times as long.
    app.jinja_env.globals["_"] = _said


def current_locale() -> str:
    """Return "zh" or "en"."""
    found = get_locale()
    return str(found.language) if found else "en"


def in_language(texts: Mapping[str, Mapping[str, Any]], locale: str) -> dict[str, Any]:
    """Return the text in the language, or in Chinese where it is missing, and its `lang`."""
    lang = locale if locale in texts else "zh"
    return {**texts[lang], "lang": lang}


def _said(message: str, **values: object) -> Markup:
    """Translate for a template; the values are escaped."""
    text = _marked(current_locale(), message)
    return text % values if values or "%" in text else text


@lru_cache(MESSAGES)
def _marked(_locale: str, message: str) -> Markup:
    return Markup(_(message))  # noqa: S704  # What the catalogue says, the project wrote.


def _chosen() -> str:
    chosen = request.cookies.get(COOKIE) if has_request_context() else None
    return chosen if chosen in LOCALES else str(current_app.config["QUIZAPP"].locale)
