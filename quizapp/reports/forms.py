"""What a reader may ask of a report, in the address of its page."""

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, StringField
from wtforms.validators import Length, Optional

from quizapp.core.errors import Invalid
from quizapp.core.i18n import _, lazy
from quizapp.web.forms import Form


class CoverageForm(Form):
    """Nothing is required: what is missing is chosen for the reader. It changes nothing, so it
    needs no CSRF token."""

    class Meta(Form.Meta):
        csrf = False

    unit = StringField(validators=[Optional(), Length(max=40)])
    campaign = StringField(validators=[Optional(), Length(max=60)])
    as_of = DateField(lazy("As of"), validators=[Optional()])
    rosters = BooleanField(lazy("With rosters"))


def asked(args: MultiDict[str, str]) -> CoverageForm:
    """Return the form as the address filled it; Invalid if that is not readable."""
    form = CoverageForm(args)
    if form.validate():
        return form
    faults = {field.name: str(field.errors[0]) for field in form if field.errors}
    raise Invalid(
        _("This address cannot be read. Days are written like 2026-11-21."), fields=faults
    )
