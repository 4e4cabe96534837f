"""The forms of rolls: a list to check and to enter, a signature, a school's word, its counts."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, DateField, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)

from quizapp.campaigns.words import grade_name
from quizapp.core.clock import local_day, now
from quizapp.core.i18n import _, lazy
from quizapp.home.roll_queries import Count, Grade
from quizapp.orgs.models import Unit
from quizapp.orgs.roll_lists import MOST, count_fault
from quizapp.orgs.rolls import Headcount
from quizapp.orgs.rules import Exclusion
from quizapp.orgs.words import EXCLUSIONS
from quizapp.web.forms import Form

COLUMNS = {
    "pupils": lazy("Should take part"),
    "along": lazy("Of them learning along"),
    **{reason.value: label for reason, label in EXCLUSIONS.items()},
}


def not_to_come(_form: Form, field: DateField) -> None:
    """Refuse heads that would be counted tomorrow."""
    if field.data and field.data > local_day(now()):
        raise ValidationError(_("That day has not come yet."))


class Counted(Form):
    """When the heads were counted."""

    counted_on = DateField(lazy("Counted on"), [InputRequired(), not_to_come])

    @property
    def day(self) -> date:
        """The count date of a form that is valid."""
        assert self.counted_on.data  # noqa: S101 - the form is valid.
        return self.counted_on.data


class ListForm(Counted):
    file = FileField(
        lazy("List"),
        [FileRequired(lazy("Choose the file first."))],
        description=lazy("An .xlsx or .csv file of at most 10 MB, in any order of columns."),
    )
    source = StringField(
        lazy("Source"), [DataRequired(), Length(max=200)],
        description=lazy("Where the figures come from, as it shall stand in reports."),
    )  # fmt: skip


class AskForm(Counted):
    """Beside the other form of its page, hence the prefix."""

    def __init__(self, **more: Any) -> None:
        super().__init__(prefix="ask-", **more)


class EnterForm(Form):
    """`checked` is the list that was checked, signed."""

    checked = HiddenField()


class SignForm(Form):
    signer = StringField(
        lazy("Signed by"), [DataRequired(), Length(max=80)],
        description=lazy("Office and name, as they shall stand in every report."),
    )  # fmt: skip
    unconfirmed = BooleanField(lazy("I know that schools have not confirmed, and sign."))
    objected = BooleanField(lazy("I know that schools object, and sign."))


class AnswerForm(Form):
    """`seen` says which counts the school had before it."""

    seen = HiddenField(validators=[DataRequired()])


class ObjectionForm(AnswerForm):
    """Beside the other form of its page, hence the prefix."""

    objection = TextAreaField(
        lazy("What is wrong?"), [DataRequired(), Length(max=300)],
        description=lazy("One sentence. Do not name children."),
    )  # fmt: skip

    def __init__(self, **more: Any) -> None:
        super().__init__(prefix="objection-", **more)


class CountsForm(Form):
    """A field for each grade and column, `junior_7_pupils`; made by `counts_form`."""

    grades: Sequence[Grade] = ()

    def cell(self, grade: Grade, column: str) -> Any:
        """Return the field, which holds a whole number or None."""
        return self[f"{grade[0]}_{grade[1]}_{column}"]

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """A grade of which anything is said needs its pupils, those who learn along among them."""
        good = super().validate(extra_validators)
        for grade in self.grades:
            said = {column: self.cell(grade, column).data for column in COLUMNS}
            if said["pupils"] is None and any(said.values()):
                self._wrong(grade, "pupils", _("How many should take part? Write 0 for none."))
                good = False
            elif fault := count_fault(said["pupils"] or 0, said["along"] or 0):
                self._wrong(grade, "along", fault)
                good = False
        if good and all(self.cell(grade, "pupils").data is None for grade in self.grades):
            self._wrong(self.grades[0], "pupils", _("Fill in at least one grade."))
            good = False
        return good

    def headcounts(self, school: Unit) -> list[Headcount]:
        """Return the counts of all grades that are filled in."""
        return [
            Headcount(
                school,
                *grade,
                self.cell(grade, "pupils").data or 0,
                self.cell(grade, "along").data or 0,
                {r: n for r in Exclusion if (n := self.cell(grade, r.value).data)},
            )
            for grade in self.grades
            if self.cell(grade, "pupils").data is not None
        ]

    def _wrong(self, grade: Grade, column: str, says: str) -> None:
        cell = self.cell(grade, column)
        cell.errors = [*cell.errors, says]


def counts_form(grades: Sequence[Grade], counts: Mapping[Grade, Count]) -> CountsForm:
    """Return the form of a school's counts, filled in with those that it has."""
    fields: dict[str, Any] = {"grades": tuple(grades)}
    filled: dict[str, int] = {}
    for grade in grades:
        for column, label in COLUMNS.items():
            name = f"{grade[0]}_{grade[1]}_{column}"
            fields[name] = IntegerField(
                _("%(grade)s: %(column)s", grade=grade_name(*grade), column=label),
                [Optional(), NumberRange(0, MOST)],
            )
        if own := counts.get(grade):
            said = {"pupils": own.pupils, "along": own.along}
            said |= {reason.value: pupils for reason, pupils in own.excluded.items()}
            filled |= {f"{grade[0]}_{grade[1]}_{column}": n for column, n in said.items()}
    form: CountsForm = type("GradesForm", (CountsForm,), fields)(data=filled)
    return form
