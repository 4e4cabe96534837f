"""What a reader of the log may choose by."""

from wtforms import DateField, SelectField, StringField
from wtforms.validators import Length, Optional

from quizapp.audit.words import GROUPS
from quizapp.core.i18n import _, lazy
from quizapp.home.log_queries import Wanted
from quizapp.web.forms import Form, text


class LogForm(Form):
    """Comes with the address, so that a page of the log can be passed on."""

    class Meta(Form.Meta):
        csrf = False  # It is only read.

    group = SelectField(lazy("What happened"), [Optional()])
    person = StringField(lazy("Who: name or sign-in name"), [Length(max=40)])
    unit = StringField(lazy("Where: code or name of a unit"), [Length(max=80)])
    since = DateField(lazy("From"), [Optional()])
    until = DateField(lazy("Until"), [Optional()])

    def choose(self) -> None:
        every = {name: str(label) for name, label in GROUPS.items()}
        self.group.choices = {"": _("Everything")} | every

    def wanted(self, event: str) -> Wanted:
        return Wanted(
            group=self.group.data or "", event=event, person=text(self.person).strip(),
            unit=text(self.unit).strip(), since=self.since.data, until=self.until.data,
        )  # fmt: skip
