"""Schools: the list by area, and one school with its classes, its roll and its roster."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, allows
from quizapp.accounts import support
from quizapp.campaigns.words import STAGES
from quizapp.core.clock import local_day, now, school_year, this_school_year
from quizapp.core.db import database
from quizapp.core.errors import Missing
from quizapp.core.i18n import _
from quizapp.home import office
from quizapp.home import school_queries as queries
from quizapp.home.roll_queries import DETAIL
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.orgs.words import EXCLUSIONS
from quizapp.web.doors import current_actor, needs

bp = Blueprint("schools", __name__, url_prefix="/schools")


@bp.get("/")
@needs(Permission.UNIT_READ)
def index() -> Answer:
    session, actor, year = database.session, current_actor(), this_school_year()
    areas = queries.areas(session, actor)
    code = request.args.get("area")
    if code is None and len(areas) != 1:
        return render_template("schools/areas.html", areas=areas)
    area = orgs.by_code(session, code) if code else areas[0].unit
    schools = queries.schools_in(session, actor, area, school_year=year)
    if code is None and len(schools) == 1:
        return redirect(url_for(".show", unit_id=schools[0].unit.id), 303)
    if not schools:
        raise Missing(_("There is no such page for you."))
    return render_template("schools/index.html", area=area, areas=areas, schools=schools)


@bp.get("/<uuid:unit_id>")
@needs(Permission.UNIT_READ, on=orgs.school)
def show(school: Unit) -> Answer:
    session, actor, at = database.session, current_actor(), now()
    today = local_day(at)
    lines = queries.classes(session, school, school_year=school_year(today))
    heads = along = None
    detailed = any(allows(actor, permission, school) for permission in DETAIL)
    if allows(actor, Permission.ROLL_READ, school):
        roll = orgs.signed_roll(session, school, counted_by=today, signed_before=at)
        heads = queries.heads(session, school, lines, roll)
        along = queries.learning_along(session, school, today=today) if detailed else None
    area = orgs.unit(session, school.parent_id) if school.parent_id else None
    return render_template(
        "schools/show.html", school=school, lines=lines, heads=heads, stages=STAGES, today=today,
        area=area if area and allows(actor, Permission.UNIT_READ, area) else None,
        visits=support.running(session, school, now=at),
        detailed=detailed, along=along, exclusions=EXCLUSIONS,
        tasks=office.tasks(session, actor, school, now=at), places=office.places(actor, school),
        can={
            "assign": allows(actor, Permission.CAMPAIGN_EDIT, school),
            "import": allows(actor, Permission.ROSTER_EDIT, school),
            "appoint": allows(actor, Permission.PERSON_APPOINT, school),
            "report": allows(actor, Permission.REPORT_READ, school),
            "name": allows(actor, Permission.PUPIL_READ, school),
        },
    )  # fmt: skip
