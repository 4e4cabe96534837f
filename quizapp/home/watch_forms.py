"""Forms of the board of a window: a pause, more time."""

from wtforms import RadioField, SelectField
from wtforms.validators import InputRequired

from quizapp.core.i18n import _, lazy
from quizapp.quizzes import pausing
from quizapp.quizzes.models import Why
from quizapp.web.forms import Form

REASONS = {
    Why.NETWORK: lazy("The network is down or slow"),
    Why.POWER: lazy("No electricity, or the computers fail"),
    Why.ALARM: lazy("The building was left: an alarm or a drill"),
    Why.SITE: lazy("This site is slow or away"),
    Why.OTHER: lazy("Another reason"),
}


class SteerForm(Form):
    """How long, and why. The reasons are a list: a free text might name somebody."""

    minutes = SelectField(lazy("Minutes"), coerce=int, validators=[InputRequired()])
    why = RadioField(lazy("Reason"), validators=[InputRequired()])

    @property
    def reason(self) -> Why:
        return Why(self.why.data)


def pause_form() -> SteerForm:
    return _form("pause", pausing.PAUSES)


def extension_form() -> SteerForm:
    return _form("extension", pausing.EXTENSIONS)


def _form(name: str, lengths: tuple[int, ...]) -> SteerForm:
    form = SteerForm(prefix=name)
    form.minutes.choices = {str(n): _("%(minutes)s minutes", minutes=n) for n in lengths}
    form.why.choices = {why.value: str(says) for why, says in REASONS.items()}
    return form
