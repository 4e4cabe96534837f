"""The forms of staff: invitation, posting, second factor, support visits."""

from collections.abc import Sequence

from wtforms import DateField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from quizapp.access.policy import Role
from quizapp.core.i18n import _, lazy
from quizapp.orgs.models import Unit
from quizapp.web.forms import Form

ROLES = {
    Role.TEACHER: lazy("Class teacher"),
    Role.SCHOOL_ADMIN: lazy("School administrator"),
    Role.LECTURER: lazy("Lecturer"),
    Role.EDUCATION_OFFICER: lazy("Education officer"),
    Role.ANTIDRUG_OFFICER: lazy("Anti-drug officer"),
    Role.EDITOR: lazy("Editor"),
    Role.REVIEWER_FACTS: lazy("Reviewer of facts"),
    Role.REVIEWER_LEVEL: lazy("Reviewer of teaching"),
    Role.REVIEWER_SAFETY: lazy("Reviewer of safety"),
    Role.AUDITOR: lazy("Auditor"),
    Role.SUPPORT: lazy("Support"),
    Role.PLATFORM_ADMIN: lazy("Platform administrator"),
}


def bare(typed: str | None) -> str:
    return (typed or "").strip()


def lowered(typed: str | None) -> str:
    return bare(typed).lower()


class PostingForm(Form):
    """A role at a unit; the choices are what the actor may give there."""

    unit = SelectField(lazy("At"), [DataRequired()])
    role = SelectField(lazy("As"), [DataRequired()])
    until_on = DateField(
        lazy("Last day"), [Optional()], description=lazy("The last day of it. Empty: for good.")
    )

    def offer(self, places: Sequence[Unit], roles: Sequence[Role]) -> None:
        first = [("", _("Please choose"))]  # Nobody is given a whole school by not looking.
        units = [(place.code, place.name) for place in places]
        self.unit.choices = first + units if len(units) > 1 else units
        self.role.choices = first + [(role.value, str(ROLES[role])) for role in roles]


class InviteForm(PostingForm):
    name = StringField(lazy("Name"), [DataRequired(), Length(max=40)], filters=[bare])
    login = StringField(
        lazy("Sign-in name"),
        [
            DataRequired(),
            Length(min=3, max=40),
            Regexp(r"[a-z0-9][a-z0-9._-]*\Z", message=lazy("Letters, digits, . _ and - only.")),
        ],
        filters=[lowered],
        description=lazy("Nobody else in the site has it. Letters and digits, such as chen.li."),
    )


class CodeForm(Form):
    code = StringField(lazy("Code"), [DataRequired(), Length(max=20)])


class SetUpForm(CodeForm):
    """`packed` is the secret that is being set up, encrypted."""

    packed = HiddenField()


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
