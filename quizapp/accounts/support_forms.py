"""The form with which platform staff begin a support visit."""

from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from quizapp.core.i18n import lazy
from quizapp.web.forms import Form, bare


class VisitForm(Form):
    code = StringField(lazy("School code"), [DataRequired(), Length(max=40)], filters=[bare])
    reason = TextAreaField(
        lazy("Why"),
        [DataRequired(), Length(min=10, max=300)],
        description=lazy("The school reads this. Name no pupil."),
    )
    hours = IntegerField(
        lazy("For how many hours"), [InputRequired(), NumberRange(1, 8)], default=2
    )
