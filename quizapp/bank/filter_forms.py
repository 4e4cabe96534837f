"""The forms of a saved filter: under which name, or in place of which."""

from collections.abc import Mapping

from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from quizapp.core.i18n import lazy
from quizapp.web.forms import Form, bare


class NameForm(Form):
    name = StringField(lazy("Name of the filter"), [DataRequired(), Length(max=60)], filters=[bare])


class ChangeForm(Form):
    saved = SelectField(lazy("Saved filter"), [DataRequired()])

    def offer(self, names: Mapping[str, str]) -> None:
        """Say which there are: ids and names."""
        self.saved.choices = dict(names)
