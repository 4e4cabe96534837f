"""The gallery: every component in every state, on a site that is only tried out."""

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue as Answer
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    FileField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length

from quizapp.web.doors import public
from quizapp.web.forms import Form

bp = Blueprint("gallery", __name__)


class EveryField(Form):
    """A field of each kind that the site uses."""

    class Meta(Form.Meta):
        csrf = False

    name = StringField("Name", [DataRequired(), Length(max=5)])
    secret = PasswordField("Secret", [DataRequired()])
    day = DateField("Day", [DataRequired()])
    grade = SelectField("Grade", choices={"5": "5", "6": "6"})
    stage = RadioField("Stage", choices={"primary": "Primary", "junior": "Junior"})
    agree = BooleanField("Agree", [DataRequired()])
    list = FileField("List", [DataRequired()])
    note = TextAreaField("Note")


def init_app(app: Flask) -> None:
    if not app.config["QUIZAPP"].is_public:
        app.register_blueprint(bp)


@bp.get("/gallery")
@public
def show() -> Answer:
    bad = EveryField(MultiDict({"name": "much too long"}), prefix="bad")
    bad.validate()
    return render_template("gallery.html", form=EveryField(), bad_form=bad)
