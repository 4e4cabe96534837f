"""Pages of lessons: the courses, the lesson with its checkpoints and scenario, the pictures."""

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import ActorKind, Permission, holds
from quizapp.core.clock import now, this_school_year
from quizapp.core.db import database, transaction
from quizapp.core.errors import Conflict, Invalid, Missing
from quizapp.core.i18n import _, current_locale, lazy
from quizapp.core.paths import data_dir
from quizapp.core.pictures import SVG
from quizapp.lessons import (
    actions,
    classes,
    courses,
    disguises,
    edit_views,
    files,
    look_alikes,
    queries,
    reading,
    review_views,
    walks,
)
from quizapp.lessons.media import TYPES
from quizapp.lessons.models import Lesson
from quizapp.lessons.queries import Place
from quizapp.lessons.rules import Progress
from quizapp.orgs.models import SchoolClass
from quizapp.web import nav, pinyin
from quizapp.web.doors import current_actor, mine, needs, public
from quizapp.web.pictures import HEADERS, sent

bp = Blueprint("lessons", __name__, url_prefix="/lessons")


def init_app(app: Flask) -> None:
    for part in (edit_views, review_views):
        app.register_blueprint(part.bp)
    app.register_blueprint(bp)
    readers = frozenset({ActorKind.PUPIL, ActorKind.STAFF})
    nav.offer(
        app,
        nav.Offer("lessons.index", lazy("Lessons"), "book", Permission.LESSON_READ, readers),
        nav.Offer("lesson_edits.index", lazy("Write lessons"), "pencil", Permission.BANK_READ),
    )


@bp.get("/")
@needs(Permission.LESSON_READ)
def index() -> Answer:
    session, actor, locale = database.session, current_actor(), current_locale()
    if actor.kind is ActorKind.PUPIL:
        at = now()
        journey = courses.journey(session, actor, locale=locale, now=at)
        pages = [url_for(".show", key=card.key) for card in journey.this_term]
        return render_template("lessons/index.html", journey=journey, at=at, pages=pages)
    plans = courses.plans(session, actor, locale=locale, now=now())
    own: Sequence[SchoolClass] = ()
    if holds(actor, Permission.CAMPAIGN_EDIT):
        own = classes.taught_by(session, actor, school_year=this_school_year())
    taught = {(one.stage, one.grade) for one in own}
    return render_template("lessons/courses.html", plans=plans, taught=taught)


@bp.get("/look-alikes")
@needs(Permission.LESSON_READ)
def compare() -> Answer:
    found, _faults = look_alikes.read(data_dir("lessons"), None)
    pairs = disguises.pairs(database.session, current_actor(), found, current_locale())
    return render_template("lessons/compare.html", pairs=pairs, at=now())


@bp.get("/look-alikes/<thing>.svg")
@public
def drawing(thing: str) -> Answer:
    file = look_alikes.drawing(data_dir("lessons"), thing)
    if file is None:
        raise Missing(_("There is no such picture."))
    return sent(file.read_bytes(), SVG)


@bp.get("/<key>")
@needs(Permission.LESSON_READ, on=queries.lesson)
def show(lesson: Lesson) -> Answer:
    session, actor, locale = database.session, current_actor(), current_locale()
    page = reading.page(session, actor, lesson, locale)
    before, at = None, now()
    readings = queries.readings(session, lesson) if pinyin.shown(actor).is_on else {}
    if page.progress is Progress.NOT_STARTED:
        before = courses.before(session, actor, lesson, locale=locale, now=at)
    can = {
        "assign": holds(actor, Permission.CLASS_TEACH) and holds(actor, Permission.CAMPAIGN_EDIT),
        "teach": actor.kind is ActorKind.STAFF,
    }
    return render_template(
        "lessons/show.html", page=page, before=before, can=can, at=at, readings=readings
    )


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
    read = request.form.get("revision", type=UUID)
    try:
        with transaction() as session:
            actions.answer(session, current_actor(), lesson, position, choice, read=read, now=now())
    except (Invalid, Conflict) as fault:
        flash(str(fault), "near")
    anchor = f"checkpoint-{position}"
    return redirect(url_for(".show", key=lesson.key, _anchor=anchor), 303)


@bp.post("/<key>/scenario")
@mine(queries.own_lesson)
def walk(lesson: Lesson) -> Answer:
    """Keep where the pupil stands; a script does so by the journal."""
    path, read = request.form.get("path", ""), request.form.get("text", type=int)
    try:
        with transaction() as session:
            walks.go(session, current_actor(), lesson, path, read=read, now=now())
    except Conflict as fault:
        flash(str(fault), "near")
    return redirect(url_for(".show", key=lesson.key, _anchor="scenario"), 303)


@bp.get("/<key>/choices")
@mine(queries.own_lesson)
def choices(lesson: Lesson) -> Answer:
    """Show how the class chose, to those who have chosen themselves."""
    session, actor, locale = database.session, current_actor(), current_locale()
    if not walks.has_ended(session, actor, lesson):
        flash(_("First come to an ending yourself. Then you can see how your class chose."), "sea")
        return redirect(url_for(".show", key=lesson.key, _anchor="scenario"), 303)
    own = queries.seat(session, actor, lesson).school_class
    tally = walks.tally(session, own, lesson, locale)
    return render_template("lessons/choices.html", key=lesson.key, tally=tally)


@bp.get("/<stage>/pictures/<name>")
@public
def picture(stage: str, name: str) -> Answer:
    file = files.picture(data_dir("lessons"), stage, name)
    if file is None:
        raise Missing(_("There is no such picture."))
    return sent(file.read_bytes(), SVG)


@bp.get("/<stage>/media/<name>")
@public
def medium(stage: str, name: str) -> Answer:
    """Serve sound, film and captions, in ranges too: a player asks for the part that it needs."""
    file = files.medium(data_dir("lessons"), stage, name)
    if file is None:
        raise Missing(_("There is no such file."))
    answer = send_file(file, mimetype=TYPES[file.suffix], conditional=True)
    answer.headers["Cache-Control"] = HEADERS["Cache-Control"]
    return answer
