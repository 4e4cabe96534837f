"""The base of every form: CSRF, the reader's language, times of the site's zone."""

from flask_wtf import FlaskForm
from wtforms import StringField

from quizapp.core.i18n import current_locale


class Form(FlaskForm):
    """Shape only: type, length, choice, required. Rules and rights are elsewhere."""

    class Meta(FlaskForm.Meta):
        @property
        def locales(self) -> list[str]:  # type: ignore[override]  # WTForms only reads it.
            return [current_locale()]


def text(field: StringField) -> str:
    """Return what was typed; "" for nothing."""
    return field.data or ""
