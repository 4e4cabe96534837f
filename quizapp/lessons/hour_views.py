"""Taught hours: of a class, for those who teach it, and of a school, for its office."""

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, allows
from quizapp.core.clock import local_day, now, school_year
from quizapp.core.db import database, transaction
from quizapp.core.errors import Conflict, Invalid
from quizapp.core.i18n import _, current_locale
from quizapp.lessons import classes, hours, queries
from quizapp.lessons.hour_forms import HourForm
from quizapp.lessons.hours import ClassHour
from quizapp.lessons.rules import hour_of, term
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.web.doors import current_actor, needs
from quizapp.web.forms import text

bp = Blueprint("hours", __name__)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/classes/<uuid:unit_id>/hours")
@needs(Permission.CLASS_TEACH, on=orgs.school_class)
def show(school_class: SchoolClass) -> Answer:
    form = _form(school_class)
    form.day.data, form.minutes.data = local_day(now()), hour_of(school_class.stage)
    form.lesson.data = request.args.get("lesson", "")
    return _page(school_class, form)


@bp.post("/classes/<uuid:unit_id>/hours")
@needs(Permission.CLASS_TEACH, on=orgs.school_class)
def create(school_class: SchoolClass) -> Answer:
    form = _form(school_class)
    if not form.validate_on_submit():
        return _page(school_class, form), 422
    assert form.day.data  # noqa: S101 - the form is valid.
    key = form.lesson.data
    try:
        with transaction() as session:
            lesson = None
            if key:
                lesson = classes.class_lesson(session, school_class.unit_id, key).lesson
            hours.note(
                session, school_class, day=form.day.data, minutes=form.minutes.data or 0,
                lesson=lesson, subject=text(form.subject), by=current_actor(), now=now(),
                is_another=form.another.data,
            )  # fmt: skip
        flash(_("The hour is recorded."), "good")
    except Invalid as wrong:
        form.blame(wrong)
        return _page(school_class, form), 422
    except Conflict as said:  # Sent twice: it is there, which is what was wanted.
        flash(str(said), "sea")
    return redirect(url_for(".show", unit_id=school_class.unit_id), 303)


@bp.post("/classes/<uuid:unit_id>/hours/<uuid:hour_id>/strike")
@needs(Permission.CLASS_TEACH, on=hours.hour)
def strike(of: ClassHour) -> Answer:
    with transaction() as session:
        hours.strike(session, of, by=current_actor(), now=now())
    flash(_("The hour is taken back. It counts no more."), "good")
    return redirect(url_for(".show", unit_id=of.school_class.unit_id), 303)


@bp.get("/schools/<uuid:unit_id>/hours")
@needs(Permission.HOUR_EDIT, on=orgs.school)
def of_school(school: Unit) -> Answer:
    today = local_day(now())
    year = school_year(today)
    sums = hours.of_school(database.session, school, today=today, school_year=year)
    return render_template("hours/school.html", school=school, sums=sums, term=term(today))


def _form(school_class: SchoolClass) -> HourForm:
    form = HourForm()
    form.offer(queries.class_shelves(database.session, school_class, None, current_locale()))
    return form


def _page(school_class: SchoolClass, form: HourForm) -> str:
    session, reader, locale = database.session, current_actor(), current_locale()
    return render_template(
        "hours/show.html", school_class=school_class, form=form,
        lines=hours.of_class(session, school_class, reader=reader, locale=locale),
        terms=hours.by_term(session, school_class), hour=hour_of(school_class.stage),
        can={"see_class": allows(reader, Permission.UNIT_READ, school_class)},
    )  # fmt: skip
