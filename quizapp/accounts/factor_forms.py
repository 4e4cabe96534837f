"""The forms of the second factor."""

from wtforms import HiddenField, StringField
from wtforms.validators import DataRequired, Length

from quizapp.core.i18n import lazy
from quizapp.web.forms import Form


class CodeForm(Form):
    code = StringField(lazy("Code"), [DataRequired(), Length(max=20)])


class SetUpForm(CodeForm):
    """`packed` is the secret that is being set up, encrypted."""

    packed = HiddenField()
