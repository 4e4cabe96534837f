"""The form of login cards."""

from enum import StrEnum

from wtforms import SelectField, SelectMultipleField
from wtforms.validators import DataRequired

from quizapp.core.i18n import lazy
from quizapp.web.forms import Form


class Sheet(StrEnum):
    """What the cards come on; the button that was pressed says which."""

    PAGE = "page"
    PDF = "pdf"


class CardForm(Form):
    """Who gets a card; the choices are the pupils of the class."""

    pupils = SelectMultipleField(lazy("Pupils"), [DataRequired(lazy("Tick at least one pupil."))])
    sheet = SelectField(choices={each.value: each.value for each in Sheet}, default=Sheet.PAGE)
