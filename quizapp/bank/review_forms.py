"""What is said and signed in review."""

from wtforms import StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, Length, Optional

from quizapp.access.policy import Aspect
from quizapp.core.i18n import lazy
from quizapp.web.forms import Form


class SignForm(Form):
    """A button for each aspect sends its name."""

    aspect = StringField(validators=[DataRequired(), AnyOf(list(Aspect))])

    @property
    def signed(self) -> Aspect:
        return Aspect(self.aspect.data or "")


class SubmitForm(Form):
    note = TextAreaField(lazy("A word for the reviewers"), [Optional(), Length(max=1000)])


class ReturnForm(Form):
    why = TextAreaField(lazy("What should be changed, and why"), [DataRequired(), Length(max=1000)])


class RemarkForm(Form):
    text = TextAreaField(lazy("Your words"), [DataRequired(), Length(max=1000)])
