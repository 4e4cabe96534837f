"""The form of lessons for classes: all is chosen already, one press is enough."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from wtforms import DateField, HiddenField
from wtforms.validators import InputRequired, ValidationError

from quizapp.campaigns.actions import Plan
from quizapp.campaigns.models import CampaignKind
from quizapp.core.clock import end_of, school_year, start_of
from quizapp.core.errors import Invalid
from quizapp.core.i18n import _, lazy
from quizapp.lessons.models import Lesson
from quizapp.orgs.models import SchoolClass
from quizapp.web.forms import Checkboxes, Form

YEARS = range(2020, 2100)
WEEK = timedelta(days=7)


def in_our_days(_form: Form, field: DateField) -> None:
    """Refuse a slip of the finger in the year, which no calendar of a school can hold."""
    if field.data and field.data.year not in YEARS:
        raise ValidationError(_("This year cannot be right."))


class AssignForm(Form):
    """`lesson` or `course` says what the page is about, by its key."""

    lesson = HiddenField()
    course = HiddenField()
    classes = Checkboxes(lazy("Classes"))
    lessons = Checkboxes(lazy("Lessons"))
    opens_on = DateField(lazy("First day"), [InputRequired(), in_our_days])
    closes_on = DateField(
        lazy("Last day"), [InputRequired(), in_our_days],
        description=lazy("This day still belongs to it."),
    )  # fmt: skip

    def validate_classes(self, field: Checkboxes) -> None:
        if not field.data:
            raise ValidationError(_("Choose at least one class."))

    def validate_lessons(self, field: Checkboxes) -> None:
        if not field.data:
            raise ValidationError(_("Choose at least one lesson."))

    def offer(self, *, classes: Mapping[str, str], lessons: Mapping[str, str]) -> None:
        """Say what may be chosen: codes and keys, and what they are called."""
        self.classes.choices, self.lessons.choices = dict(classes), dict(lessons)

    def propose(self, *, classes: Sequence[str], lessons: Sequence[str], today: date) -> None:
        """Fill in what most teachers want: from today until the Sunday of next week."""
        self.classes.data, self.lessons.data = list(classes), list(lessons)
        sunday = today + timedelta(days=6 - today.weekday())
        self.opens_on.data, self.closes_on.data = today, sunday + WEEK

    def blame(self, wrong: Invalid) -> None:
        """Say at the fields what an action found wrong with them."""
        names = {"opens_at": "opens_on", "closes_at": "closes_on"}
        for name in wrong.fields:
            field = self[names.get(name, name)]
            field.errors = [*field.errors, str(wrong)]

    def plan(self, of: SchoolClass, title: str, lessons: Sequence[Lesson]) -> Plan:
        """Return what is to be started; Invalid: its first day is not in the class's year."""
        assert self.opens_on.data  # noqa: S101 - the form is valid.
        assert self.closes_on.data  # noqa: S101
        if school_year(self.opens_on.data) != of.school_year:
            raise Invalid(_("This day is not in the school year of the class."),
                          fields={"opens_at": "year"})  # fmt: skip
        return Plan(
            title=title,
            kind=CampaignKind.ASSIGNMENT,
            opens_at=start_of(self.opens_on.data),
            closes_at=end_of(self.closes_on.data),
            audience=[(of.stage, of.grade)],
            lessons=lessons,
        )
