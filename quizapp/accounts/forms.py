"""The forms of signing in."""

from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length

from quizapp.core.i18n import lazy
from quizapp.web.forms import Form


class PupilSignInForm(Form):
    school = StringField(lazy("School code"), [DataRequired(), Length(max=40)])
    login = StringField(lazy("Your number"), [DataRequired(), Length(max=20)])
    secret = PasswordField(lazy("Your secret"), [DataRequired(), Length(max=128)])


class StaffSignInForm(Form):
    login = StringField(lazy("Sign-in name"), [DataRequired(), Length(max=40)])
    password = PasswordField(lazy("Password"), [DataRequired(), Length(max=128)])


class TypedCardForm(Form):
    school = StringField(lazy("School code"), [DataRequired(), Length(max=40)])
    login = StringField(lazy("Your number"), [DataRequired(), Length(max=20)])
    code = StringField(lazy("The ten signs on your card"), [DataRequired(), Length(max=20)])


class OwnSecretForm(Form):
    """The last step of a card: it is shown whose it is, and spent when this is sent."""

    school = HiddenField(validators=[DataRequired(), Length(max=40)])
    token = HiddenField(validators=[Length(max=40)])
    login = HiddenField(validators=[Length(max=20)])
    code = HiddenField(validators=[Length(max=20)])
    secret = PasswordField(lazy("Your own secret"), [DataRequired(), Length(min=8, max=128)])
    again = PasswordField(
        lazy("The same once more"),
        [DataRequired(), EqualTo("secret", lazy("The two are not the same."))],
    )


class PasswordForm(Form):
    password = PasswordField(lazy("New password"), [DataRequired(), Length(min=8, max=128)])
    again = PasswordField(
        lazy("The same once more"),
        [DataRequired(), EqualTo("password", lazy("The two are not the same."))],
    )
