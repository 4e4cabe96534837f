"""A pupil's quizzes: the list, the sitting, handing in, the result. Works as plain forms."""

import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, ActorKind, Permission, require
from quizapp.accounts import queries as accounts
from quizapp.core.clock import local_day, now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Conflict, Late
from quizapp.core.i18n import _, current_locale, lazy
from quizapp.quizzes import (
    forms,
    marks,
    missed,
    papers,
    practice_views,
    queries,
    sittings,
    tally,
    timing,
)
from quizapp.quizzes.locks import Lock
from quizapp.quizzes.models import Quiz, Sitting, SittingState
from quizapp.quizzes.papers import Item
from quizapp.quizzes.timing import Phase
from quizapp.quizzes.words import COUNTS
from quizapp.web import nav, tempo
from quizapp.web.device import device_id
from quizapp.web.doors import actor_or_none, current_actor, mine
from quizapp.web.measuring import acknowledged

log = logging.getLogger(__name__)
bp = Blueprint("quizzes", __name__, url_prefix="/quizzes")


# What a pupil does in a quiz; what is refused of it is counted for those who watch the window.
DEEDS = {f"{room}.{deed}" for room in ("api", "quizzes") for deed in ("start", "save", "submit")}


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    practice_views.init_app(app)
    app.after_request(count_refusals)
    pupils = frozenset({ActorKind.PUPIL})
    nav.offer(
        app,
        nav.Offer("quizzes.index", lazy("Quizzes"), "card-checklist", Permission.QUIZ_TAKE, pupils),
    )


def count_refusals(answer: Response) -> Response:
    """Count by school and quiz what was refused; not when the database is the one that fails."""
    keys = request.view_args or {}
    if answer.status_code < 400 or answer.status_code == 503 or request.endpoint not in DEEDS:
        return answer
    actor = actor_or_none()
    if actor is None or actor.school_id is None:
        return answer
    try:
        database.session.rollback()  # What was refused may have stopped in the middle.
        with transaction() as session:
            quiz_id = queries.quiz_of(session, actor, keys)
            if quiz_id:
                tally.refused(session, actor.school_id, quiz_id)
    except SQLAlchemyError:
        log.exception("a refusal could not be counted")  # The pupil is answered all the same.
    return answer


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
    at = now()
    offers = queries.offers(session, actor, enrolment, now=at)
    phases = {phase: [o for o in offers if o.standing.phase(at) is phase] for phase in Phase}
    former = [
        (sitting, papers.is_released(sitting.quiz, sitting, now=at))
        for sitting in queries.former_sittings(session, actor)
    ]
    return render_template("quizzes/index.html", **phases, former=former, now=at)


@bp.get("/<uuid:quiz_id>")
@mine(offered)
def show(quiz: Quiz) -> Answer:
    session, actor = database.session, current_actor()
    taken = queries.my_sittings(session, actor, quiz.id)
    enrolment, at = accounts.own_enrolment(session, actor), now()
    more = accounts.extra_percent(enrolment.pupil, on=local_day(at))
    standing = queries.own_standing(session, quiz, enrolment, taken, now=at)
    return render_template(
        "quizzes/show.html", quiz=quiz, taken=taken, running=queries.open_sitting(taken),
        is_for=queries.is_for(quiz, enrolment), phase=standing.phase(at), items=quiz.items,
        standing=standing, is_paused=standing.is_paused(at),
        counting=papers.counting(quiz, taken, now=at), counts=COUNTS,
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
    return _page(sitting, items)


@bp.post("/sittings/<uuid:sitting_id>/answers")
@mine(queries.my_sitting)
def save(sitting: Sitting) -> Answer:
    """Keep the choices of the plain form that differ from those it was drawn with, and its marks.

    A page that is older than what another tab has saved so changes only what was changed on it,
    and nothing that was answered since. The same page sent twice changes nothing. An order that is
    not one yet comes back with the page; all else is kept. `then` says what the button meant:
    "review", or "check-3" for what is right in item 3.
    """
    sent = forms.read(papers.paper(database.session, sitting, current_locale()), request.form)
    at, then, here = now(), request.form.get("then", ""), url_for(".sit", sitting_id=sitting.id)
    try:
        with transaction() as session:
            saved = sittings.save(session, sitting, sent.given, now=at)
            if sent.marked != marks.marked(session, sitting) & sent.markable:
                marks.mark(session, sitting, sent.marked, among=sent.markable, now=at)
        acknowledged(is_late=timing.is_late(saved.deadline, at))
    except Late as late:
        with transaction() as session:
            missed.note(session, sitting, sent.given, now=at)
        flash(str(late), "near")
        return redirect(url_for(".review", sitting_id=sitting.id), 303)
    except Conflict as locked:
        if locked.code != "locked":
            raise
        flash(str(locked), "near")
        return redirect(here, 303)
    items = papers.paper(database.session, sitting, current_locale())
    if newer := forms.overtaken(items, sent.given):
        says = _(
            "You have answered this on another page since, and that counts: question %(numbers)s.",
            numbers=", ".join(str(position) for position in newer),
        )
        flash(says, "near")
    if sent.unclear:
        return _page(sitting, forms.typed_again(items, sent.unclear)), 422
    if then == "review" or sent.is_through:
        return redirect(url_for(".review", sitting_id=sitting.id), 303)
    if then.startswith("check-"):
        return _check(sitting, then.removeprefix("check-"))
    flash(_("Saved."), "good")
    return redirect(here, 303)


@bp.get("/sittings/<uuid:sitting_id>/review")
@mine(queries.my_sitting)
def review(sitting: Sitting) -> Answer:
    if sitting.state is SittingState.FINISHED:
        return redirect(url_for(".result", sitting_id=sitting.id), 303)
    session = database.session
    return render_template(
        "quizzes/review.html", **_time(sitting), sitting=sitting,
        items=papers.paper(session, sitting, current_locale()),
        marked=marks.marked(session, sitting), missed=queries.missed(session, sitting),
    )  # fmt: skip


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
    shown = papers.shown(sitting.quiz, sitting, now=at)
    told = papers.explained(session, sitting, current_locale(), now=at) if shown.marks else []
    counting = None
    if sitting.quiz.attempts > 1:
        taken = queries.my_sittings(session, current_actor(), sitting.quiz_id)
        counting = papers.counting(sitting.quiz, taken, now=at)
    return render_template(
        "quizzes/result.html", sitting=sitting, released=shown.marks, shown=shown, told=told,
        shown_at=sitting.quiz.all_over, counting=counting,
        missed=queries.missed(session, sitting),
    )  # fmt: skip


def _page(sitting: Sitting, items: Sequence[Item]) -> str:
    """Draw the sitting; where it only goes forward, the question at which it stands."""
    session, quiz = database.session, sitting.quiz
    open_items = [item.position for item in items if item.lock is not Lock.PASSED]
    at = forms.stands_at(items) if quiz.forward_only else None
    return render_template(
        "quizzes/sit.html", **_time(sitting), sitting=sitting, items=items, at=at,
        save_every=tempo.save_every(),
        first=open_items[0], marked=marks.marked(session, sitting),
        told=papers.told(session, sitting, current_locale(), now=now()),
    )  # fmt: skip


def _check(sitting: Sitting, position: str) -> Answer:
    """Tell what is right in the item, and go back to it."""
    if position.isdecimal():
        try:
            with transaction() as session:
                marks.tell(session, sitting, int(position), now=now())
        except Conflict as not_yet:
            flash(str(not_yet), "near")
    anchor = f"item-{position}"
    return redirect(url_for(".sit", sitting_id=sitting.id, _anchor=anchor), 303)


def _time(sitting: Sitting) -> dict[str, Any]:
    """Return what the page says of the time; both stand still while the school pauses the quiz."""
    standing, at = queries.standing(database.session, sitting.quiz, sitting.school_id), now()
    left = standing.seconds_left(sitting.deadline, at)
    return {"seconds_left": left, "is_paused": standing.is_paused(at)}
