"""Everybody's own first page, and what a machine asks: are you alive, are you ready."""

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    jsonify,
    redirect,
    render_template,
    url_for,
)
from flask.typing import ResponseReturnValue as Answer
from flask_login import current_user
from sqlalchemy.exc import SQLAlchemyError

from quizapp.access.policy import Actor, ActorKind, Permission, holds
from quizapp.accounts import own, signin
from quizapp.accounts import queries as accounts
from quizapp.core import clock, redis, schema
from quizapp.core.clock import now
from quizapp.core.db import database
from quizapp.core.i18n import current_locale, lazy
from quizapp.core.paths import has_room
from quizapp.home import (
    class_views,
    job_views,
    log_views,
    metric_views,
    queries,
    roll_views,
    school_roll_views,
    school_views,
    use_views,
    watch_views,
)
from quizapp.jobs import queries as jobs
from quizapp.lessons import polls
from quizapp.web import nav
from quizapp.web.doors import actor_or_none, current_actor, public, signed_in

bp = Blueprint("home", __name__)
# Where staff begin their day: the first of these that they may do decides.
FIRST_PAGES = (
    (Permission.ROSTER_EDIT, "schools.index"),
    (Permission.PUPIL_READ, "classes.index"),
    (Permission.AUDIT_READ, "home.staff"),
    (Permission.BANK_READ, "bank.index"),
    (Permission.REPORT_READ, "reports.index"),
)


def init_app(app: Flask) -> None:
    for blueprint in (
        bp, class_views.bp, school_views.bp, school_roll_views.bp, roll_views.bp, log_views.audit,
        job_views.bp, use_views.bp, metric_views.bp, watch_views.bp,
    ):  # fmt: skip
        app.register_blueprint(blueprint)
    pupils = frozenset({ActorKind.PUPIL})
    nav.offer(
        app,
        nav.Offer("home.index", lazy("Home"), "house", Permission.QUIZ_TAKE, pupils),
        nav.Offer("classes.index", lazy("Classes"), "people", Permission.PUPIL_READ),
        nav.Offer("watching.index", lazy("Under way now"), "clock", Permission.REPORT_READ),
        nav.Offer("schools.index", lazy("Schools"), "building", Permission.ROLL_READ),
        nav.Offer("rolls.index", lazy("Rolls"), "clipboard-check", Permission.ROLL_READ),
        nav.Offer("audit.index", lazy("Log"), "journal-text", Permission.AUDIT_READ),
        nav.Offer("jobs.index", lazy("Background work"), "gear", Permission.JOB_READ),
    )


@bp.get("/")
@public
def index() -> Answer:
    actor = actor_or_none()
    if actor is None:
        return redirect(url_for("signin.new"), 303)
    if actor.kind is ActorKind.PUPIL:
        return _pupil(actor)
    pages = (page for permission, page in FIRST_PAGES if holds(actor, permission))
    return redirect(url_for(next(pages, "home.staff")), 303)


@bp.get("/start")
@signed_in
def staff() -> Answer:
    """For those whose work has no page of its own to begin with."""
    return render_template("home/staff.html", places=nav.entries(current_actor()))


@bp.get("/healthz")
@public
def healthz() -> Answer:
    return Response("ok", mimetype="text/plain")


@bp.get("/readyz")
@public
def readyz() -> Answer:
    """Whether requests can be served; 503 when not, and which of the checks failed.

    An alarm is for people: who serves on through it loses nothing.
    """
    settings = current_app.config["QUIZAPP"]
    checks = _database() | {"disk": has_room(settings.instance)}
    ready = all(checks.values())
    alarms = {
        "clock": clock.is_off(),
        "jobs": checks["database"] and checks["schema"] and not _has_jobs(),
        "redis": bool(settings.redis_url) and not redis.answers(),
    }
    raised = [name for name, is_raised in alarms.items() if is_raised]
    return jsonify(ready=ready, checks=checks, alarms=raised), 200 if ready else 503


def _pupil(actor: Actor) -> Answer:
    session = database.session
    enrolment = accounts.own_enrolment(session, actor)
    desk = queries.desk(session, actor, enrolment, locale=current_locale(), now=now())
    pupil = own.child(session, actor)
    poll = polls.open_in(session, enrolment.school_id, enrolment.class_id, now=now())
    return render_template(
        "home/pupil.html", desk=desk, school_class=enrolment.school_class, poll=poll,
        card=own.new_card(session, pupil, now=now()),
        before=own.signed_in_before(session, pupil, mark=signin.mark(current_user.id)),
    )  # fmt: skip


def _has_jobs() -> bool:
    return jobs.is_alive(database.session, now=now())


def _database() -> dict[str, bool]:
    try:
        return {"database": True, "schema": schema.is_current()}
    except SQLAlchemyError:
        return {"database": False, "schema": False}
