"""The forms of the roster and of cards."""

from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, SelectMultipleField
from wtforms.validators import DataRequired

from quizapp.core.i18n import lazy
from quizapp.orgs.rules import Stage
from quizapp.web.forms import Checkboxes, Form

STAGES = {
    Stage.PRIMARY: lazy("Primary school, grades 1 to 6"),
    Stage.JUNIOR: lazy("Junior high school, grades 7 to 9"),
    Stage.SENIOR: lazy("Senior high school, grades 10 to 12"),
    Stage.VOCATIONAL: lazy("Vocational school, grades 10 to 12"),
}


class ListForm(Form):
    file = FileField(
        lazy("Class list"),
        [FileRequired(lazy("Choose the file first."))],
        description=lazy("An .xlsx or .csv file of at most 10 MB, in any order of columns."),
    )
    stages = Checkboxes(
        lazy("What the list holds"),
        description=lazy("Tells 一年级 from 初一, and senior from vocational. None ticked: any."),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.stages.choices = {stage.value: str(label) for stage, label in STAGES.items()}


class ConfirmForm(Form):
    """`checked` is the list that was checked, signed."""

    checked = HiddenField()
    partial = BooleanField(lazy("I know that the rows with faults are left out."))


class CardForm(Form):
    """Who gets a card; the choices are the pupils of the class."""

    pupils = SelectMultipleField(lazy("Pupils"), [DataRequired(lazy("Tick at least one pupil."))])
