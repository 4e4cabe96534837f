"""Classes: the list, one class, how far it has come. Names are for those who teach there."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, allows
from quizapp.accounts import queries as accounts
from quizapp.core.clock import now, this_school_year
from quizapp.core.db import database
from quizapp.core.i18n import current_locale
from quizapp.home import class_queries as queries
from quizapp.home.class_queries import Assigned
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass
from quizapp.quizzes.words import COUNTS
from quizapp.web.doors import current_actor, needs
from quizapp.web.named import names_pupils

bp = Blueprint("classes", __name__, url_prefix="/classes")


@bp.get("/")
@needs(Permission.PUPIL_READ)
def index() -> Answer:
    year = this_school_year()
    lines = queries.own_classes(database.session, current_actor(), school_year=year)
    return render_template("classes/index.html", lines=lines)


@bp.get("/<uuid:unit_id>")
@needs(Permission.UNIT_READ, on=orgs.school_class)
def show(school_class: SchoolClass) -> Answer:
    session, actor = database.session, current_actor()
    campaigns = queries.campaigns_of(session, school_class)
    school = orgs.unit(session, school_class.school_id)
    roster, signed_in = queries.rosters(session, [school_class])[school_class.unit_id]
    about = {
        "school_class": school_class, "school": school, "roster": roster, "now": now(),
        "can": {
            "assign": allows(actor, Permission.CAMPAIGN_EDIT, school_class),
            "consent": allows(actor, Permission.CONSENT_EDIT, school_class),
            "issue": allows(actor, Permission.CARD_ISSUE, school_class),
            "open": allows(actor, Permission.WINDOW_OPEN, school_class),
            "lessons": allows(actor, Permission.PUPIL_READ, school_class),
            "teach": allows(actor, Permission.CLASS_TEACH, school_class),
            "search": allows(actor, Permission.PUPIL_READ, school),
            "see_school": allows(actor, Permission.UNIT_READ, school),
        },
    }  # fmt: skip
    if not allows(actor, Permission.PUPIL_READ, school_class):
        return render_template("classes/counts.html", **about, campaigns=campaigns)
    seats = accounts.seats(session, school_class, now=now(), reader=current_actor())
    progress = queries.progress(session, school_class, campaigns, seats, current_locale())
    names_pupils("pupil.seen", school_class.path, len(seats))
    return render_template(
        "classes/show.html", **about, seats=seats, signed_in=signed_in, progress=progress
    )


@bp.get("/<uuid:unit_id>/campaigns/<uuid:campaign_id>")
@needs(Permission.UNIT_READ, on=queries.assigned)
def progress(assigned: Assigned) -> Answer:
    """Who still has to begin is for the teacher's eyes: there is no export, and others see the
    report, which knows what must be kept back."""
    school_class, campaign = assigned.school_class, assigned.campaign
    if not allows(current_actor(), Permission.PROGRESS_READ, school_class):
        code = school_class.unit.code
        return redirect(url_for("reports.coverage", unit=code, campaign=campaign.key), 303)
    session = database.session
    seats = accounts.seats(session, school_class, now=now(), reader=current_actor())
    (told,) = queries.progress(session, school_class, [campaign], seats, current_locale())
    names_pupils("pupil.seen", school_class.path, len(seats))
    return render_template(
        "classes/progress.html", school_class=school_class, campaign=campaign, progress=told,
        now=now(), counts=COUNTS,
    )  # fmt: skip
