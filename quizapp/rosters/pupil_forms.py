"""The forms of one pupil: what is put right, where it sits, more time, going and coming."""

from collections.abc import Iterable
from typing import Any, Final

from wtforms import BooleanField, DateField, Field, IntegerField, SelectField, StringField
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)

from quizapp.accounts.models import ExtraTime, Leaving
from quizapp.core.i18n import lazy
from quizapp.orgs.models import SchoolClass
from quizapp.rosters.cells import SEATS, name_fault, neat_name, number_fault
from quizapp.web.forms import Form

EXTRA_WHY: Final = {
    ExtraTime.LEARNS_ALONG: lazy("Learns along in an ordinary class (随班就读)"),
    ExtraTime.MEDICAL: lazy("Medical"),
    ExtraTime.OTHER: lazy("Another reason"),
}
LEAVING: Final = {
    Leaving.LEFT: lazy("Left: moved away, or will not come back for now"),
    Leaving.GRADUATED: lazy("Graduated"),
}


def _stripped(text: str | None) -> str | None:
    return neat_name(text) if text else text


class SeatField(IntegerField):
    """A seat in the class, or none."""

    def __init__(self, label: str, **more: Any) -> None:
        super().__init__(label, [Optional(), NumberRange(SEATS[0], SEATS[-1])], **more)


class DetailsForm(Form):
    name = StringField(lazy("Name"), [DataRequired(), Length(max=40)], filters=[_stripped])
    number = StringField(
        lazy("Number of the school"),
        [Optional(), Length(max=20)],
        description=lazy("Given by the school; no identity number."),
    )
    seat = SeatField(lazy("Seat"))

    def validate_name(self, field: Field) -> None:
        if fault := name_fault(field.data):
            raise ValidationError(fault[1])

    def validate_number(self, field: Field) -> None:
        if fault := number_fault(field.data.strip()):
            raise ValidationError(fault[1])


class ExtraTimeForm(Form):
    percent = IntegerField(
        lazy("More time, in per cent"),
        [InputRequired(), NumberRange(0, 200)],
        description=lazy("50 makes 15 minutes of 10. 0: as all others."),
    )
    why = SelectField(lazy("Reason"))
    until = DateField(
        lazy("Until"), [Optional()], description=lazy("The last day of it; empty: for good.")
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        told = {why.value: str(label) for why, label in EXTRA_WHY.items()}
        self.why.choices = list({"": "—", **told}.items())


class ClassForm(Form):
    """Where the pupil sits from today on; the choices are classes of the school year."""

    school_class = SelectField(lazy("Class"), [DataRequired()])
    seat = SeatField(lazy("Seat there"))

    def offer(self, classes: Iterable[SchoolClass]) -> None:
        self.school_class.choices = [(str(one.unit_id), one.unit.name) for one in classes]


class LeaveForm(Form):
    why = SelectField(lazy("Reason"), [DataRequired()])

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.why.choices = [(why.value, str(label)) for why, label in LEAVING.items()]


class LetGoForm(Form):
    at_once = BooleanField(
        lazy("The child has left already"),
        description=lazy("Else it stays in its class until the other school takes it over."),
    )


class CodesForm(Form):
    """The two codes that the other school has given out."""

    school = StringField(
        lazy("School code of the old school"),
        [DataRequired(), Length(max=40)],
        description=lazy("Ten digits."),
    )
    code = StringField(
        lazy("Transfer code"),
        [DataRequired(), Length(max=20)],
        description=lazy("Ten signs, from the paper of the old school."),
    )
