"""The form of a taught hour."""

from collections.abc import Sequence

from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange

from quizapp.core.errors import Invalid
from quizapp.core.i18n import _, lazy
from quizapp.lessons.queries import Shelf
from quizapp.web.forms import Form


class HourForm(Form):
    """When a class was taught, for how long, and what."""

    day = DateField(lazy("Day"), [InputRequired()])
    minutes = IntegerField(
        lazy("Minutes"),
        [InputRequired(), NumberRange(5, 240)],
    )
    lesson = SelectField(lazy("Lesson"))
    subject = StringField(
        lazy("Or in your own words"),
        [Length(max=80)],
        description=lazy("What was taught, if it was no lesson of this site. No names of pupils."),
    )
    another = BooleanField(
        lazy("This was another hour"),
        description=lazy("Only if the class was taught once more on this day."),
    )

    def offer(self, shelves: Sequence[Shelf]) -> None:
        """Say which lessons there are; the first choice is none of them."""
        cards = [card for shelf in shelves for card in shelf.cards]
        self.lesson.choices = {
            "": _("Something else"), **{card.key: card.title for card in cards},
        }  # fmt: skip

    def blame(self, wrong: Invalid) -> None:
        """Say at the fields what an action found wrong with them."""
        for name in wrong.fields:
            self[name].errors = [*self[name].errors, str(wrong)]
