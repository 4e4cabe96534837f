"""The forms of signing in."""

from wtforms import HiddenField, PasswordField, RadioField, StringField
from wtforms.validators import UUID, DataRequired, EqualTo, Length, Optional, ValidationError

from quizapp.accounts import pins
from quizapp.core.i18n import _, lazy
from quizapp.web.forms import Form


def _pictures() -> dict[str, str]:
    """Return the pictures of accounts/pins.py with their words."""
    words = (
        _("Sun"), _("Moon"), _("Star"), _("Tree"), _("Flower"), _("Apple"),
        _("Fish"), _("Bird"), _("Cat"), _("House"), _("Boat"), _("Umbrella"),
    )  # fmt: skip
    return dict(zip(pins.PICTURES, words, strict=True))


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


def _all_or_none(form: "Pictures", field: RadioField) -> None:
    if form.is_begun and not field.data:
        raise ValidationError(_("Choose all three pictures."))


class Pictures(Form):
    """Three pictures out of twelve, in order. `pin` is None unless all three are chosen."""

    first = RadioField(
        lazy("First picture"), [_all_or_none], choices=_pictures, validate_choice=False
    )
    second = RadioField(
        lazy("Second picture"), [_all_or_none], choices=_pictures, validate_choice=False
    )
    third = RadioField(
        lazy("Third picture"), [_all_or_none], choices=_pictures, validate_choice=False
    )

    @property
    def pin(self) -> str | None:
        return pins.spelled([self.first.data, self.second.data, self.third.data])

    @property
    def is_begun(self) -> bool:
        """Whether any picture is chosen: then all three are meant."""
        return any([self.first.data, self.second.data, self.third.data])


class FirstSecretForm(Pictures):
    """The last step of a card: it is shown whose it is, and spent when this is sent."""

    school = HiddenField(validators=[DataRequired(), Length(max=40)])
    token = HiddenField(validators=[Length(max=40)])
    login = HiddenField(validators=[Length(max=20)])
    code = HiddenField(validators=[Length(max=20)])
    secret = PasswordField(lazy("Your own secret"), [Optional(), Length(min=8, max=128)])
    again = PasswordField(
        lazy("The same once more"), [EqualTo("secret", lazy("The two are not the same."))]
    )


class OpenWindowForm(Form):
    minutes = RadioField(lazy("For how long?"), coerce=int, default=20)


class PlaceForm(Form):
    """A name of the class; without one, all of them."""

    pupil = HiddenField(validators=[Optional(), UUID()])


class BrowserForm(Form):
    """A browser that is shut out of a class window, by what the site keeps of it."""

    browser = HiddenField(validators=[DataRequired(), Length(min=64, max=64)])


class WindowForm(Form):
    school = StringField(lazy("School code"), [DataRequired(), Length(max=40)])
    code = StringField(lazy("The six signs on the board"), [DataRequired(), Length(max=20)])


class NewSecretForm(Form):
    """A pupil's new secret; the present one comes first, or the pictures where there is none."""

    present = PasswordField(lazy("Your secret until now"), [Length(max=128)])
    secret = PasswordField(lazy("Your new secret"), [DataRequired(), Length(min=8, max=128)])
    again = PasswordField(
        lazy("The same once more"),
        [DataRequired(), EqualTo("secret", lazy("The two are not the same."))],
    )


class NewPicturesForm(Pictures):
    present = PasswordField(lazy("Your secret"), [Length(max=128)])


class NewPasswordForm(Form):
    """The new password of a person; the present one comes first."""

    present = PasswordField(lazy("Present password"), [DataRequired(), Length(max=128)])
    password = PasswordField(lazy("New password"), [DataRequired(), Length(min=8, max=128)])
    again = PasswordField(
        lazy("The same once more"),
        [DataRequired(), EqualTo("password", lazy("The two are not the same."))],
    )


class PasswordForm(Form):
    password = PasswordField(lazy("New password"), [DataRequired(), Length(min=8, max=128)])
    again = PasswordField(
        lazy("The same once more"),
        [DataRequired(), EqualTo("password", lazy("The two are not the same."))],
    )
