"""A pupil's quizzes: the list, the sitting, handing in, the result. Works as plain forms."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, ActorKind, Permission, require
from quizapp.accounts import queries as accounts
from quizapp.core.clock import local_day, now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Late
from quizapp.core.i18n import _, current_locale, lazy
from quizapp.quizzes import forms, papers, queries, sittings, timing
from quizapp.quizzes.models import Quiz, Sitting, SittingState
from quizapp.quizzes.timing import Phase
from quizapp.web import nav
from quizapp.web.device import device_id
from quizapp.web.doors import current_actor, mine

bp = Blueprint("quizzes", __name__, url_prefix="/quizzes")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    pupils = frozenset({ActorKind.PUPIL})
    nav.offer(
        app,
        nav.Offer("quizzes.index", lazy("Quizzes"), "card-checklist", Permission.QUIZ_TAKE, pupils),
    )


def offered(session: Session, actor: Actor, quiz_id: UUID) -> Quiz:
    """Return the quiz if it is for this pupil; Missing otherwise."""
    quiz = queries.quiz(session, quiz_id)
    require(actor, Permission.QUIZ_TAKE, quiz)
    return quiz


def all_of(session: Session, actor: Actor) -> Actor:
    return actor


@bp.get("/")
@mine(all_of)
def index(actor: Actor) -> Answer:
    session = database.session
    enrolment = accounts.own_enrolment(session, actor)
    at, offers = now(), queries.offers(session, actor, enrolment)
    phases = {phase: [o for o in offers if o.quiz.phase(at) is phase] for phase in Phase}
    former = [
        (sitting, papers.is_released(sitting.quiz, sitting, now=at))
        for sitting in queries.former_sittings(session, actor)
    ]
    return render_template("quizzes/index.html", **phases, former=former)


@bp.get("/<uuid:quiz_id>")
@mine(offered)
def show(quiz: Quiz) -> Answer:
    session, actor = database.session, current_actor()
    taken = queries.my_sittings(session, actor, quiz.id)
    enrolment, at = accounts.own_enrolment(session, actor), now()
    more = accounts.extra_percent(enrolment.pupil, on=local_day(at))
    return render_template(
        "quizzes/show.html", quiz=quiz, taken=taken, running=queries.open_sitting(taken),
        is_for=queries.is_for(quiz, enrolment), phase=quiz.phase(at), items=quiz.items,
        minutes=timing.length(quiz.minutes, more) // timing.MINUTE, has_more=more > 0,
    )  # fmt: skip


@bp.post("/<uuid:quiz_id>/sittings")
@mine(offered)
def start(quiz: Quiz) -> Answer:
    actor = current_actor()
    with transaction() as session:
        enrolment = accounts.own_enrolment(session, actor)
        started = sittings.start(session, quiz, enrolment, by=actor, device=device_id(), now=now())
    return redirect(url_for(".sit", sitting_id=started.sitting.id), 303)


@bp.get("/sittings/<uuid:sitting_id>")
@mine(queries.my_sitting)
def sit(sitting: Sitting) -> Answer:
    if sitting.state is SittingState.FINISHED:
        return redirect(url_for(".result", sitting_id=sitting.id), 303)
    items = papers.paper(database.session, sitting, current_locale())
    return render_template("quizzes/sit.html", **_time(sitting), sitting=sitting, items=items)


@bp.post("/sittings/<uuid:sitting_id>/answers")
@mine(queries.my_sitting)
def save(sitting: Sitting) -> Answer:
    """Keep the choices of the plain form that differ from those it was drawn with.

    A page that is older than what another tab has saved so changes only what was changed on it.
    An order that is not one yet comes back with the page; all else is kept.
    """
    items = papers.paper(database.session, sitting, current_locale())
    given, unclear = forms.read(items, request.form)
    try:
        with transaction() as session:
            sittings.save(session, sitting, given, now=now())
    except Late as late:
        flash(str(late), "near")
        return redirect(url_for(".review", sitting_id=sitting.id), 303)
    if unclear:
        items = papers.paper(database.session, sitting, current_locale())
        again = forms.typed_again(items, unclear)
        return render_template(
            "quizzes/sit.html", **_time(sitting), sitting=sitting, items=again
        ), 422
    if request.form.get("then") == "review":
        return redirect(url_for(".review", sitting_id=sitting.id), 303)
    flash(_("Saved."), "good")
    return redirect(url_for(".sit", sitting_id=sitting.id), 303)


@bp.get("/sittings/<uuid:sitting_id>/review")
@mine(queries.my_sitting)
def review(sitting: Sitting) -> Answer:
    if sitting.state is SittingState.FINISHED:
        return redirect(url_for(".result", sitting_id=sitting.id), 303)
    items = papers.paper(database.session, sitting, current_locale())
    return render_template("quizzes/review.html", **_time(sitting), sitting=sitting, items=items)


@bp.post("/sittings/<uuid:sitting_id>/submission")
@mine(queries.my_sitting)
def submit(sitting: Sitting) -> Answer:
    with transaction() as session:
        sittings.submit(session, sitting, now=now())
    return redirect(url_for(".result", sitting_id=sitting.id), 303)


@bp.get("/sittings/<uuid:sitting_id>/result")
@mine(queries.my_sitting)
def result(sitting: Sitting) -> Answer:
    if sitting.state is SittingState.OPEN:
        return redirect(url_for(".sit", sitting_id=sitting.id), 303)
    session, at = database.session, now()
    released = papers.is_released(sitting.quiz, sitting, now=at)
    told = papers.explained(session, sitting, current_locale(), now=at) if released else []
    shown_at = timing.all_over(sitting.quiz.closes_at, sitting.quiz.minutes)
    return render_template(
        "quizzes/result.html", sitting=sitting, released=released, told=told, shown_at=shown_at
    )


def _time(sitting: Sitting) -> dict[str, Any]:
    return {"seconds_left": timing.seconds_left(sitting.deadline, now())}
