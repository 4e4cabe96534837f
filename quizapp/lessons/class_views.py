"""The lessons of a class: how far it has come, as counts; who needs a hand, for its teachers."""

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, allows
from quizapp.accounts import queries as accounts
from quizapp.core.clock import now
from quizapp.core.db import database
from quizapp.core.i18n import current_locale
from quizapp.lessons import classes, results, walks
from quizapp.lessons.classes import ClassLesson
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass
from quizapp.web.doors import current_actor, needs
from quizapp.web.named import names_pupils

bp = Blueprint("class_lessons", __name__, url_prefix="/classes/<uuid:unit_id>")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/lessons/")
@needs(Permission.PUPIL_READ, on=orgs.school_class)
def index(school_class: SchoolClass) -> Answer:
    shelves = results.of_class(database.session, school_class, current_locale())
    return render_template(
        "class_lessons/index.html", school_class=school_class, shelves=shelves,
        can=_can(school_class),
    )  # fmt: skip


@bp.get("/lessons/<key>")
@needs(Permission.PUPIL_READ, on=classes.class_lesson)
def show(of: ClassLesson) -> Answer:
    session, locale = database.session, current_locale()
    told = results.of_lesson(session, of, locale, reader=current_actor())
    tally = None
    if told.has_scenario:
        tally = walks.tally(session, of.school_class, of.lesson, locale)
    return render_template(
        "class_lessons/show.html", school_class=of.school_class, lesson=of.lesson, results=told,
        tally=tally, can=_can(of.school_class),
    )  # fmt: skip


@bp.get("/help")
@needs(Permission.PROGRESS_READ, on=orgs.school_class)
def help(school_class: SchoolClass) -> Answer:
    """Who should look at a lesson again is for the teachers of the class alone."""
    session = database.session
    seats = accounts.seats(session, school_class, now=now(), reader=current_actor())
    found = results.again(session, school_class, seats, current_locale())
    names_pupils("pupil.seen", school_class.path, len(found))
    return render_template("class_lessons/help.html", school_class=school_class, found=found)


def _can(school_class: SchoolClass) -> dict[str, bool]:
    actor = current_actor()
    return {
        "assign": allows(actor, Permission.CAMPAIGN_EDIT, school_class),
        "help": allows(actor, Permission.PROGRESS_READ, school_class),
        "teach": allows(actor, Permission.CLASS_TEACH, school_class),
    }
