"""The form of a campaign; for a class it is a teacher's assignment and asks for less."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    Field,
    IntegerField,
    SelectField,
    StringField,
)
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)

from quizapp.accounts.queries import Seat
from quizapp.bank.models import SavedFilter
from quizapp.campaigns.actions import Plan
from quizapp.campaigns.contents import Finding
from quizapp.campaigns.models import CampaignKind
from quizapp.campaigns.words import BANK_STAGES, KINDS, grade_name
from quizapp.core.clock import zone
from quizapp.core.errors import Invalid
from quizapp.core.i18n import _, lazy
from quizapp.lessons.models import Lesson
from quizapp.orgs.rules import Stage
from quizapp.quizzes.rules import Counting, Layout, Release
from quizapp.quizzes.words import COUNTS, LAYOUTS, RELEASES
from quizapp.web.forms import Checkboxes, Form

LASTS = timedelta(days=7)
YEARS = range(2020, 2100)
MINUTE = "%Y-%m-%dT%H:%M"
SHARE = "filter_"  # Before the id of a saved filter, as an action names the field.


class LocalTime(DateTimeLocalField):
    """A time to the minute, as the clocks of the site's place show it."""

    def __init__(self, label: str, validators: list[Any], **more: Any) -> None:
        # The stubs of WTForms do not know `tz` yet.
        super().__init__(label, validators, format=MINUTE, tz=zone, **more)  # type: ignore[call-arg]


def in_our_days(_form: Form, field: LocalTime) -> None:
    """Refuse a slip of the finger in the year, which no calendar of a school can hold."""
    if field.data and field.data.year not in YEARS:
        raise ValidationError(_("This year cannot be right."))


class CampaignForm(Form):
    """What is to be done, by whom and when; form_of adds a number for each saved filter."""

    unit = SelectField(lazy("For whom"), [DataRequired()])
    title = StringField(lazy("Title"), [DataRequired(), Length(max=120)])
    kind = SelectField(lazy("Kind"))
    opens_at = LocalTime(lazy("Opens"), [InputRequired(), in_our_days])
    closes_at = LocalTime(lazy("Closes"), [InputRequired(), in_our_days])
    grades = Checkboxes(lazy("Grades"))
    lessons = Checkboxes(lazy("Lessons"))
    quiz = BooleanField(lazy("With a quiz"))
    items = IntegerField(lazy("Questions"), [InputRequired(), NumberRange(5, 50)], default=10)
    minutes = IntegerField(lazy("Minutes"), [InputRequired(), NumberRange(1, 180)], default=10)
    topics = Checkboxes(lazy("Topics"), description=lazy("None ticked: questions of all topics."))
    attempts = IntegerField(lazy("Attempts"), [InputRequired(), NumberRange(1, 20)], default=1)
    pass_percent = IntegerField(
        lazy("Pass mark in per cent"), [InputRequired(), NumberRange(0, 100)], default=60
    )
    counts = SelectField(lazy("Which attempt counts"), default=Counting.BEST.value)
    release = SelectField(
        lazy("When pupils see their points"), default=Release.AFTER_SUBMISSION.value
    )
    key_release = SelectField(lazy("When they see the right answers"), default="")
    explain_release = SelectField(lazy("When they see why"), default="")
    layout = SelectField(lazy("Questions on a page"), default=Layout.ONE.value)
    forward_only = BooleanField(
        lazy("Only forward"), description=lazy("What was left cannot be changed any more.")
    )
    same_items = BooleanField(lazy("Questions from easy to hard, not shuffled"))
    same_options = BooleanField(lazy("Options in the same order for everybody"))
    target_percent = IntegerField(
        lazy("Target: finished, in per cent"), [InputRequired(), NumberRange(0, 100)], default=90
    )

    lost: Sequence[str] = ()  # Numbers sent for filters that this form does not offer.

    def validate_items(self, _field: Field) -> None:
        if self.quiz.data and self.lost:
            raise ValidationError(_("A saved filter that you gave a number finds no questions for "
                                    "these pupils, or was deleted. Look at the numbers again, "
                                    "then send the form."))  # fmt: skip

    def validate_grades(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Choose at least one grade."))

    def offer(
        self,
        *,
        units: Mapping[str, str],
        grades: Sequence[tuple[Stage, int]],
        lessons: Mapping[str, str],
        topics: Mapping[str, str],
    ) -> None:
        """Say what may be chosen: codes and keys, and what they are called."""
        self.unit.choices, self.lessons.choices = dict(units), dict(lessons)
        self.topics.choices = dict(topics)
        self.grades.choices = {f"{s.value}-{grade}": grade_name(s, grade) for s, grade in grades}
        kinds = [kind for kind in KINDS if kind is not CampaignKind.ASSIGNMENT]
        self.kind.choices = {kind.value: str(KINDS[kind]) for kind in kinds}
        self.counts.choices = {one.value: str(says) for one, says in COUNTS.items()}
        self.layout.choices = {one.value: str(says) for one, says in LAYOUTS.items()}
        self._offer_releases(
            {one: says for one, says in RELEASES.items() if one is not Release.DURING}
        )

    @property
    def shares(self) -> list[Field]:
        """The numbers of questions that saved filters give."""
        return [field for field in self if field.name.startswith(SHARE)]

    @property
    def chosen_filters(self) -> list[UUID]:
        """The saved filters that are to give something."""
        return [UUID(field.name.removeprefix(SHARE)) for field in self.shares if field.data]

    def for_class(self) -> None:
        """Leave out what the class itself decides; a class may be told while it answers."""
        del self.grades
        del self.kind
        self._offer_releases(RELEASES)

    def _offer_releases(self, releases: Mapping[Release, object]) -> None:
        choices = {release.value: str(says) for release, says in releases.items()}
        self.release.choices = choices
        self.key_release.choices = {"": _("Together with the points")} | choices
        self.explain_release.choices = {"": _("Together with the right answers")} | choices

    def blame(self, wrong: Invalid) -> None:
        """Say at the fields what an action found wrong with them."""
        for name in wrong.fields:
            self[name].errors = [*self[name].errors, str(wrong)]

    def propose(self, *, title: str, lesson: str | None, now: datetime) -> None:
        """Fill in what most teachers want: from now on, for a week, a short quiz or the lesson."""
        opens = now.replace(second=0, microsecond=0)
        self.title.data = title
        self.opens_at.data, self.closes_at.data = opens, opens + LASTS
        self.quiz.data = lesson is None
        self.lessons.data = [lesson] if lesson else []
        if self.grades:
            self.grades.data = list(self.grades.choices or ())

    def audience(self) -> list[tuple[Stage, int]]:
        parts = [value.split("-") for value in self.grades.data or ()]
        return [(Stage(stage), int(grade)) for stage, grade in parts]

    def plan(
        self,
        audience: Sequence[tuple[Stage, int]],
        lessons: Sequence[Lesson],
        filters: Sequence[SavedFilter] = (),
    ) -> Plan:
        """Return what the valid form asks for; `filters` are those of `chosen_filters`."""
        assert self.opens_at.data  # noqa: S101 - the form is valid.
        assert self.closes_at.data  # noqa: S101
        return Plan(
            title=self.title.data or "",
            kind=CampaignKind(self.kind.data) if self.kind else CampaignKind.ASSIGNMENT,
            opens_at=self.opens_at.data.astimezone(UTC),
            closes_at=self.closes_at.data.astimezone(UTC),
            audience=audience,
            lessons=lessons,
            items=self.items.data or 0 if self.quiz.data else 0,
            topics=self.topics.data or (),
            shares=[(saved, self[f"{SHARE}{saved.id}"].data) for saved in filters],
            minutes=self.minutes.data or 0,
            attempts=self.attempts.data or 0,
            pass_percent=self.pass_percent.data or 0,
            release=Release(self.release.data),
            key_release=Release(self.key_release.data) if self.key_release.data else None,
            explain_release=(
                Release(self.explain_release.data) if self.explain_release.data else None
            ),
            counts=Counting(self.counts.data),
            shuffle_items=not self.same_items.data,
            shuffle_options=not self.same_options.data,
            layout=Layout(self.layout.data),
            forward_only=bool(self.forward_only.data),
            target_percent=self.target_percent.data or 0,
        )


class MakeUpForm(Form):
    """A later window for those of a class who have missed a quiz."""

    opens_at = LocalTime(lazy("Opens"), [InputRequired(), in_our_days])
    closes_at = LocalTime(lazy("Closes"), [InputRequired(), in_our_days])
    pupils = Checkboxes(
        lazy("For single pupils"),
        description=lazy("None ticked: for all of the class who have not begun."),
    )

    def offer(self, seats: Sequence[Seat]) -> None:
        """Say who sits in the class."""
        self.pupils.choices = {str(seat.pupil_id): seat.name for seat in seats}

    def propose(self, *, closes: datetime, now: datetime) -> None:
        """Fill in a week, from now or from the close of the quiz."""
        opens = max(now, closes).replace(second=0, microsecond=0)
        self.opens_at.data, self.closes_at.data = opens, opens + LASTS

    def blame(self, wrong: Invalid) -> None:
        """Say at the fields what an action found wrong with them."""
        for name in wrong.fields:
            self[name].errors = [*self[name].errors, str(wrong)]


def form_of(findings: Sequence[Finding], sent: Mapping[str, str]) -> CampaignForm:
    """Return the form with a number for each of the saved filters, and what each finds.

    What was sent for other filters is no number of this form, and is told, not dropped.
    """
    fields = {
        f"{SHARE}{one.saved.id}": IntegerField(
            one.saved.name, [Optional(), NumberRange(0, 50)], description=_found(one)
        )
        for one in findings
    }
    made: CampaignForm = type("FilteredCampaignForm", (CampaignForm,), fields)()
    made.lost = [
        name for name, number in sent.items()
        if name.startswith(SHARE) and name not in fields and number.strip(" 0")
    ]  # fmt: skip
    return made


def _found(one: Finding) -> str:
    each = [
        _("%(stage)s: %(count)s questions", stage=BANK_STAGES[stage], count=count)
        for stage, count in one.found.items()
    ]
    return _("; ").join(each)
