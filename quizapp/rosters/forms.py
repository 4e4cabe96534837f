"""The forms of the roster."""

from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, RadioField, TextAreaField
from wtforms.validators import DataRequired

from quizapp.core.i18n import _, lazy
from quizapp.orgs.rules import Stage
from quizapp.rosters.matching import Reach
from quizapp.web.forms import Checkboxes, Form

STAGES = {
    Stage.PRIMARY: lazy("Primary school, grades 1 to 6"),
    Stage.JUNIOR: lazy("Junior high school, grades 7 to 9"),
    Stage.SENIOR: lazy("Senior high school, grades 10 to 12"),
    Stage.VOCATIONAL: lazy("Vocational school, grades 10 to 12"),
}


REACHES = {
    Reach.CLASSES: lazy("Who stands in the classes of the list, and not on it."),
    Reach.SCHOOL: lazy("Everybody who is not on it: it is the list of the whole school."),
    Reach.NONE: lazy("Nobody: the list only adds."),
}


class ListForm(Form):
    """A list comes as a file, or pasted."""

    file = FileField(
        lazy("Class list"),
        description=lazy(
            "An .xlsx or .csv file of at most 10 MB, in any order of columns; or a OneRoster .zip."
        ),
        render_kw={"accept": ".xlsx,.xlsm,.et,.csv,.tsv,.txt,.xls,.zip"},
    )
    pasted = TextAreaField(
        lazy("Or paste the rows"),
        description=lazy("Mark the rows in the spreadsheet with their headings, copy, paste here."),
        render_kw={"rows": 6},
    )
    stages = Checkboxes(
        lazy("What the list holds"),
        description=lazy("Tells 一年级 from 初一, and senior from vocational. None ticked: any."),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.stages.choices = {stage.value: str(label) for stage, label in STAGES.items()}

    def validate(self, *args: Any, **more: Any) -> bool:
        good = super().validate(*args, **more)
        file, pasted = self.file.data, (self.pasted.data or "").strip()
        if not file and not pasted:
            self.file.errors = [_("Choose the file first, or paste the rows.")]
        elif file and pasted:
            self.pasted.errors = [_("Choose a file or paste the rows, not both.")]
        return good and bool(file) != bool(pasted)


class ConfirmForm(Form):
    """`checked` is the list that was checked, signed."""

    checked = HiddenField()
    partial = BooleanField(lazy("I know that the rows with faults are left out."))


class ReachForm(Form):
    """How far the list reaches; the difference is shown anew."""

    checked = HiddenField()
    reach = RadioField(lazy("Who has left?"))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.reach.choices = [(reach.value, str(label)) for reach, label in REACHES.items()]


class UndoForm(Form):
    sure = BooleanField(
        lazy("Yes, put everything back as it was before this change."),
        [DataRequired(lazy("Tick this to undo the change."))],
    )


class DecideForm(Form):
    """`seen` is the digest of the difference that was shown."""

    seen = HiddenField()
