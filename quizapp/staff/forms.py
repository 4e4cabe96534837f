"""Staff: whom somebody invites, and the role that somebody is given."""

from collections.abc import Sequence

from wtforms import DateField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional, Regexp

from quizapp.access.policy import Role
from quizapp.core.i18n import _, lazy
from quizapp.orgs.models import Unit
from quizapp.web.forms import Form, bare

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
