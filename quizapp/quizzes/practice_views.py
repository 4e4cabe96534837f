"""错题集: a pupil's own mistakes, one question a page. Works as plain forms."""

from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.core.clock import local_day, now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Conflict, Invalid
from quizapp.core.i18n import current_locale
from quizapp.quizzes import practice
from quizapp.quizzes.practice import Card, Page
from quizapp.web.doors import current_actor, mine

bp = Blueprint("practice", __name__, url_prefix="/quizzes/practice")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


def cards(session: Session, actor: Actor) -> list[Card]:
    return practice.cards(session, actor, now=now())


def page(session: Session, actor: Actor, question_id: UUID) -> Page:
    """Return the question if it lies in the pupil's own collection; Missing otherwise."""
    return practice.page(session, actor, question_id, current_locale(), now=now())


@bp.get("/")
@mine(cards)
def index(found: list[Card]) -> Answer:
    today = local_day(now())
    return render_template("practice/index.html", cards=found, due=practice.due(found, today))


@bp.get("/<uuid:question_id>")
@mine(page)
def show(page: Page) -> Answer:
    at = now()
    left = practice.due(cards(database.session, current_actor()), local_day(at))
    others = [card for card in left if card.question_id != page.card.question_id]
    return render_template("practice/show.html", page=page, left=others)


@bp.post("/<uuid:question_id>")
@mine(page)
def answer(page: Page) -> Answer:
    question_id = page.card.question_id
    sent = request.form.getlist("choice")
    try:
        with transaction() as session:
            practice.answer(session, current_actor(), question_id, sent, now=now())
    except (Conflict, Invalid) as fault:
        flash(str(fault), "near")
    return redirect(url_for(".show", question_id=question_id), 303)
