"""The page on which a school takes its roster along as a OneRoster file."""

from flask import Blueprint, Flask, Response, render_template
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission
from quizapp.core.clock import this_school_year
from quizapp.core.db import database
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.rosters import oneroster_out
from quizapp.web.doors import needs
from quizapp.web.named import names_pupils

bp = Blueprint("oneroster", __name__, url_prefix="/schools/<uuid:unit_id>/oneroster")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def show(school: Unit) -> Answer:
    going = oneroster_out.going(database.session, school, school_year=this_school_year())
    return render_template("oneroster/show.html", school=school, going=going)


@bp.get("/1.1")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def version_1_1(school: Unit) -> Answer:
    return _zip(school, "1.1")


@bp.get("/1.2")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def version_1_2(school: Unit) -> Answer:
    return _zip(school, "1.2")


def _zip(school: Unit, version: str) -> Response:
    """Answer with the file; that names leave the site is written down first."""
    year = this_school_year()
    made = oneroster_out.write(database.session, school, version=version, school_year=year)
    names_pupils("roster.exported", school.path, made.going.pupils)
    answer = Response(made.raw, mimetype="application/zip")
    name = f"oneroster-{version}-{school.code}.zip"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
