"""Pages of lessons: the shelf, the lesson with its checkpoints, the pictures."""

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import ActorKind, Permission
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid, Missing
from quizapp.core.i18n import _, current_locale, lazy
from quizapp.core.paths import data_dir
from quizapp.core.pictures import SVG
from quizapp.lessons import actions, files, queries, reading
from quizapp.lessons.models import Lesson
from quizapp.lessons.queries import Place
from quizapp.web import nav
from quizapp.web.doors import current_actor, mine, needs, public
from quizapp.web.pictures import sent

bp = Blueprint("lessons", __name__, url_prefix="/lessons")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    readers = frozenset({ActorKind.PUPIL, ActorKind.STAFF})
    label = lazy("Lessons")
    nav.offer(app, nav.Offer("lessons.index", label, "book", Permission.LESSON_READ, readers))


@bp.get("/")
@needs(Permission.LESSON_READ)
def index() -> Answer:
    shelves = queries.shelves_for(database.session, current_actor(), current_locale())
    return render_template("lessons/index.html", shelves=shelves)


@bp.get("/<key>")
@needs(Permission.LESSON_READ, on=queries.lesson)
def show(lesson: Lesson) -> Answer:
    page = reading.page(database.session, current_actor(), lesson, current_locale())
    return render_template("lessons/show.html", page=page)


@bp.post("/<key>/visit")
@mine(queries.own_lesson)
def visit(lesson: Lesson) -> Answer:
    with transaction() as session:
        actions.open(session, current_actor(), lesson, now=now())
    return redirect(url_for(".show", key=lesson.key), 303)


@bp.post("/<key>/checkpoints/<int:position>")
@mine(queries.own_place)
def answer(place: Place) -> Answer:
    lesson, position = place.lesson, place.position
    choice = request.form.getlist("choice")
    try:
        with transaction() as session:
            actions.answer(session, current_actor(), lesson, position, choice, now=now())
    except Invalid as fault:
        flash(str(fault), "near")
    anchor = f"checkpoint-{position}"
    return redirect(url_for(".show", key=lesson.key, _anchor=anchor), 303)


@bp.get("/<course>/pictures/<name>")
@public
def picture(course: str, name: str) -> Answer:
    file = files.picture(data_dir("lessons"), course, name)
    if file is None:
        raise Missing(_("There is no such picture."))
    return sent(file.read_bytes(), SVG)
