"""The base of every form: CSRF, the reader's language, times of the site's zone."""

from flask_wtf import FlaskForm
from wtforms import SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from quizapp.core.i18n import current_locale


class Form(FlaskForm):
    """Shape only: type, length, choice, required. Rules and rights are elsewhere."""

    class Meta(FlaskForm.Meta):
        @property
        def locales(self) -> list[str]:  # type: ignore[override]  # WTForms only reads it.
            return [current_locale()]


class Checkboxes(SelectMultipleField):
    """Several of a list, each to be ticked."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def text(field: StringField) -> str:
    """Return what was typed; "" for nothing."""
    return field.data or ""


def bare(typed: str | None) -> str:
    """The filter of a field: what was typed without the blanks around it."""
    return (typed or "").strip()
