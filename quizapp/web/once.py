"""Parts of pages that are the same for whoever reads them: drawn once for each language."""

from collections.abc import Hashable
from functools import lru_cache
from typing import cast

from flask import Flask
from markupsafe import Markup

from quizapp.core.i18n import current_locale

MOST = 1_000  # Most of 100 bytes to 3 kB; the scenes of a lesson have up to 40 kB.


def init_app(app: Flask) -> None:
    env = app.jinja_env

    @lru_cache(MOST, typed=True)  # True is not the number 1 where it is written out.
    def draw(_locale: str, template: str, macro: str, *of: Hashable) -> Markup:
        return cast(Markup, getattr(env.get_template(template).module, macro)(*of))

    def once(template: str, macro: str, *of: Hashable) -> Markup:
        """Return what the macro of the template makes of these values.

        It is kept by them and the language, so it must ask for nothing else: a macro without its
        page knows nobody, and a test sees that it asks for no token, session or request.
        """
        return draw(current_locale(), template, macro, *of)

    env.globals["once"] = once
