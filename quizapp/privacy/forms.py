"""The forms of consent and of requests about the own data."""

from typing import Any

from wtforms import BooleanField, DateField, RadioField, TextAreaField
from wtforms.validators import DataRequired, Length

from quizapp.core.i18n import lazy
from quizapp.privacy.models import Wish
from quizapp.privacy.personal import WISHES
from quizapp.web.forms import Form


class ConsentForm(Form):
    """The day that stands on the slips; what each says is read by `answers`."""

    said_on = DateField(lazy("Day on the slips"), [DataRequired()])


class WishForm(Form):
    wish = RadioField(
        lazy("What should your school do?"),
        [DataRequired(lazy("Choose one of the two."))],
        default=Wish.CORRECTION.value,
    )
    words = TextAreaField(
        lazy("What is wrong, or what you want"),
        [Length(max=500)],
        description=lazy("At most 500 signs. Write no ID number and no telephone number."),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.wish.choices = {wish.value: str(label) for wish, label in WISHES.items()}


class AnswerForm(Form):
    answer = TextAreaField(
        lazy("Answer to the pupil"),
        [DataRequired(), Length(max=500)],
        description=lazy("The pupil reads it on the page “My data”. At most 500 signs."),
    )


class ErasureForm(Form):
    sure = BooleanField(
        lazy("I have made sure who asks for it, and know that it cannot be undone."),
        [DataRequired(lazy("Tick this, or leave everything as it is."))],
    )
