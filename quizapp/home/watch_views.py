"""Watching a window that runs: the office its schools, the school its classes, the teacher names.

The figures are a part of the page with an address of their own, so that a script can bring them
anew; it has a mark, and what has not changed is not sent again.
"""

import hashlib
from time import perf_counter
from uuid import UUID

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, allows, reach
from quizapp.accounts import queries as accounts
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Missing
from quizapp.core.i18n import _
from quizapp.home import watch_queries as queries
from quizapp.home.rules import Pace, told_as
from quizapp.home.watch_forms import REASONS, SteerForm, extension_form, pause_form
from quizapp.home.watch_queries import Board, Placed
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import UnitKind
from quizapp.quizzes import queries as quizzes
from quizapp.quizzes import steering
from quizapp.quizzes.models import Quiz
from quizapp.quizzes.steering import Place
from quizapp.web.doors import current_actor, needs
from quizapp.web.named import names_pupils

bp = Blueprint("watching", __name__)
SCHOOL_EVERY, OFFICE_EVERY = 10, 20  # Seconds between two looks of a page.


@bp.get("/watching/")
@needs(Permission.REPORT_READ)
def index() -> Answer:
    found = queries.windows(database.session, current_actor(), now=now())
    return render_template("watching/index.html", windows=found)


@bp.get("/watching/<uuid:quiz_id>")
@needs(Permission.REPORT_READ)
def office(quiz_id: UUID) -> Answer:
    """The reader's schools; who has only one, or a class, is led there."""
    session, actor = database.session, current_actor()
    quiz = quizzes.quiz(session, quiz_id)
    own = orgs.tops(session, reach(actor, Permission.REPORT_READ))
    if len(own) == 1 and own[0].kind is UnitKind.SCHOOL:
        return redirect(url_for(".school", unit_id=own[0].id, quiz_id=quiz.id), 303)
    classes = [one for one in own if one.kind is UnitKind.CLASS]
    if classes and len(classes) == len(own):
        return _classes(quiz, classes)
    return render_template("watching/office.html", **_of_office(quiz))


@bp.get("/watching/<uuid:quiz_id>/figures")
@needs(Permission.REPORT_READ)
def office_figures(quiz_id: UUID) -> Answer:
    quiz = quizzes.quiz(database.session, quiz_id)
    return _fragment("watching/_office.html", **_of_office(quiz))


@bp.get("/schools/<uuid:unit_id>/watching/<uuid:quiz_id>")
@needs(Permission.REPORT_READ, on=steering.place)
def school(where: Place) -> Answer:
    return _school(where, pause_form(), extension_form())


@bp.get("/schools/<uuid:unit_id>/watching/<uuid:quiz_id>/figures")
@needs(Permission.REPORT_READ, on=steering.place)
def school_figures(where: Place) -> Answer:
    return _fragment("watching/_school.html", **_of_school(where))


@bp.post("/schools/<uuid:unit_id>/watching/<uuid:quiz_id>/pause")
@needs(Permission.QUIZ_STEER, on=steering.place)
def pause(where: Place) -> Answer:
    steering.require_steer(current_actor(), where)
    form = pause_form()
    if not form.validate_on_submit():
        return _school(where, form, extension_form()), 422
    with transaction() as session:
        steering.pause(
            session, where, form.minutes.data, form.reason, by=current_actor(), now=now()
        )
    flash(_("The clock stands still for all pupils of the school. Answers are saved on."), "good")
    return _back(where)


@bp.post("/schools/<uuid:unit_id>/watching/<uuid:quiz_id>/resume")
@needs(Permission.QUIZ_STEER, on=steering.place)
def resume(where: Place) -> Answer:
    with transaction() as session:
        steering.resume(session, where, by=current_actor(), now=now())
    flash(_("It goes on. Everybody has as much time left as before the pause."), "good")
    return _back(where)


@bp.post("/schools/<uuid:unit_id>/watching/<uuid:quiz_id>/extension")
@needs(Permission.QUIZ_STEER, on=steering.place)
def extend(where: Place) -> Answer:
    steering.require_steer(current_actor(), where)
    form = extension_form()
    if not form.validate_on_submit():
        return _school(where, pause_form(), form), 422
    with transaction() as session:
        steering.extend(
            session, where, form.minutes.data, form.reason, by=current_actor(), now=now()
        )
    flash(_("All who are under way at the school have more time now."), "good")
    return _back(where)


@bp.post("/schools/<uuid:unit_id>/watching/<uuid:quiz_id>/take-back")
@needs(Permission.QUIZ_STEER, on=steering.place)
def take_back(where: Place) -> Answer:
    change_id = request.form.get("change", type=UUID)
    if change_id is None:
        raise Missing(_("There is no such page for you."))
    with transaction() as session:
        steering.take_back(session, where, change_id, by=current_actor(), now=now())
    flash(_("The time was taken back."), "good")
    return _back(where)


@bp.get("/classes/<uuid:unit_id>/watching/<uuid:quiz_id>")
@needs(Permission.PROGRESS_READ, on=queries.placed)
def of_class(where: Placed) -> Answer:
    session, at = database.session, now()
    seats = accounts.seats(session, where.school_class, now=at, reader=current_actor())
    seen = queries.of_class(session, where, seats, now=at)
    names_pupils("pupil.seen", where.path, len(seats))
    return render_template(
        "watching/class.html", quiz=where.quiz, school_class=where.school_class, seen=seen,
        paces=list(Pace), count=_count(seen), every=SCHOOL_EVERY,
    )  # fmt: skip


@bp.get("/classes/<uuid:unit_id>/watching/<uuid:quiz_id>/states")
@needs(Permission.PROGRESS_READ, on=queries.placed)
def states(where: Placed) -> Answer:
    """How it stands at each name, without the names."""
    session, at = database.session, now()
    seats = accounts.seats(session, where.school_class, now=at)
    seen = queries.of_class(session, where, seats, now=at)
    told = {str(one.seat.pupil_id): one.pace for one in seen}
    return _marked(jsonify(said=_count(seen), states=told))


def _school(where: Place, pausing: SteerForm, extension: SteerForm) -> str:
    return render_template(
        "watching/school.html", **_of_school(where), pausing=pausing, extension=extension
    )


def _of_school(where: Place) -> dict[str, object]:
    session, actor, at, began = database.session, current_actor(), now(), perf_counter()
    board = queries.of_school(session, actor, where.quiz, where.school, now=at)
    changes = steering.changes(session, where)
    return {
        **_about(board, began),
        "school": where.school,
        "standing": quizzes.standing(session, where.quiz, where.school.id),
        "changes": changes,
        "undo": [one.id for one in changes if steering.may_take_back(one, now=at)],
        "reasons": REASONS,
        "named": {line.id for line in board.lines if allows(actor, Permission.PROGRESS_READ, line)},
        "may_steer": steering.may_steer(actor, where),
        "every": SCHOOL_EVERY,
    }


def _of_office(quiz: Quiz) -> dict[str, object]:
    session, actor, at, began = database.session, current_actor(), now(), perf_counter()
    board = queries.of_schools(session, actor, quiz, now=at)
    if not board.lines:
        raise Missing(_("There is no such page for you."))
    return {**_about(board, began), "every": OFFICE_EVERY}


def _about(board: Board, began: float) -> dict[str, object]:
    """Return what every board says; `took` is how long the figures took, in milliseconds."""
    return {
        "quiz": board.quiz, "board": board, "now": now(), "told_as": told_as,
        "took": round((perf_counter() - began) * 1000),
    }  # fmt: skip


def _classes(quiz: Quiz, classes: list[Unit]) -> Answer:
    if len(classes) == 1:
        return redirect(url_for(".of_class", unit_id=classes[0].id, quiz_id=quiz.id), 303)
    return render_template("watching/classes.html", quiz=quiz, classes=classes)


def _count(seen: list[queries.Seen]) -> str:
    done = sum(one.pace in (Pace.HANDED_IN, Pace.BELL) for one in seen)
    begun = sum(one.pace is not Pace.NOT_BEGUN for one in seen)
    return _("%(begun)s of %(all)s have begun, %(done)s are done",
             begun=begun, all=len(seen), done=done)  # fmt: skip


def _fragment(template: str, **about: object) -> Answer:
    answer = jsonify(figures=render_template(template, **about))
    answer.headers["Server-Timing"] = f"figures;dur={about['took']}"
    return _marked(answer)


def _marked(answer: Response) -> Answer:
    """Give the answer a mark of what it says, and leave it empty for who has it already."""
    answer.set_etag(hashlib.sha256(answer.get_data()).hexdigest()[:20])
    return answer.make_conditional(request)


def _back(where: Place) -> Answer:
    return redirect(url_for(".school", unit_id=where.school.id, quiz_id=where.quiz.id), 303)
