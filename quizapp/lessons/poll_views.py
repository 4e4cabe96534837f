"""Polls of a class: the teacher asks and closes, a pupil votes. Nobody sees who said what."""

from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Flask,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue as Answer
from sqlalchemy.orm import Session

from quizapp.access.policy import Permission
from quizapp.accounts import queries as accounts
from quizapp.accounts.models import Enrolment
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Conflict, Invalid
from quizapp.core.i18n import _, current_locale, ngettext
from quizapp.lessons import classes, polls
from quizapp.lessons.classes import ClassLesson
from quizapp.lessons.models import Poll
from quizapp.lessons.polls import ClassPoll
from quizapp.web.doors import current_actor, mine, needs

board = Blueprint("polls", __name__, url_prefix="/classes/<uuid:unit_id>/polls")
bp = Blueprint("poll", __name__, url_prefix="/poll")
NONE = "none"  # The mark of a page on which no poll is open.


def init_app(app: Flask) -> None:
    app.register_blueprint(board)
    app.register_blueprint(bp)


def sent_lesson(session: Session, unit_id: UUID) -> ClassLesson:
    """Return the class with the lesson that the form names."""
    return classes.class_lesson(session, unit_id, request.form.get("lesson", ""))


@board.post("")
@needs(Permission.CLASS_TEACH, on=sent_lesson)
def create(of: ClassLesson) -> Answer:
    """Ask the devices of the class."""
    with transaction() as session:
        polls.start(session, of, _position(), by=current_actor(), now=now())
    return _back(of.school_class.unit_id)


@board.post("/hands")
@needs(Permission.CLASS_TEACH, on=sent_lesson)
def create_counted(of: ClassLesson) -> Answer:
    """Keep raised hands."""
    hands = request.form.getlist("hands", type=int)
    try:
        with transaction() as session:
            polls.count_hands(session, of, _position(), hands, by=current_actor(), now=now())
    except Invalid as fault:
        flash(str(fault), "near")
        return _back(of.school_class.unit_id, hands="1")
    return _back(of.school_class.unit_id)


@board.get("/<uuid:poll_id>/state")
@needs(Permission.CLASS_TEACH, on=polls.poll)
def state(of: ClassPoll) -> Answer:
    """How many have voted; the page asks again every few seconds."""
    count = polls.votes(database.session, of.poll)
    closed = of.poll.closed_at is not None
    says = _("The poll is closed.") if closed else votes_told(count)
    return _unless_known(f"{count}-{closed}", says)


@board.post("/<uuid:poll_id>/close")
@needs(Permission.CLASS_TEACH, on=polls.poll)
def close(of: ClassPoll) -> Answer:
    with transaction() as session:
        polls.close(session, of, by=current_actor(), now=now())
    return _back(of.school_class.unit_id)


@bp.get("")
@mine(accounts.own_enrolment)
def show(seat: Enrolment) -> Answer:
    session, locale = database.session, current_locale()
    found = _open(seat)
    asked = polls.question(session, found, seat.pupil_id, locale) if found else None
    return render_template("poll/show.html", asked=asked, mark=_mark(found))


@bp.get("/state")
@mine(accounts.own_enrolment)
def asked(seat: Enrolment) -> Answer:
    """Whether another poll is open than the page knows of."""
    return _unless_known(_mark(_open(seat)), None)


@bp.post("")
@mine(accounts.own_enrolment)
def vote(seat: Enrolment) -> Answer:
    poll_id = request.form.get("poll", default=UUID(int=0), type=UUID)
    option = request.form.get("option", default=-1, type=int)
    try:
        with transaction() as session:
            polls.vote(session, seat, poll_id, option, now=now())
        flash(_("Your vote counts. You can change it until the poll is closed."), "good")
    except (Invalid, Conflict) as fault:
        flash(str(fault), "near")
    return redirect(url_for(".show"), 303)


def votes_told(count: int) -> str:
    return ngettext("%(num)s has voted", "%(num)s have voted", count)


def _open(seat: Enrolment) -> Poll | None:
    return polls.open_in(database.session, seat.school_id, seat.class_id, now=now())


def _mark(found: Poll | None) -> str:
    return str(found.id) if found else NONE


def _position() -> int:
    return request.form.get("position", default=-1, type=int)


def _back(unit_id: UUID, **more: str) -> Answer:
    """Return to the step of the board from which the form came."""
    key, step = request.form.get("lesson", ""), request.form.get("step", default=1, type=int)
    values: dict[str, Any] = {"key": key, "class": unit_id, "step": step, **more}
    return redirect(url_for("teach.show", **values), 303)


def _unless_known(mark: str, says: str | None) -> Answer:
    """Answer 304 as long as nothing has changed: whoever asks often is told little."""
    answer = make_response(jsonify(says=says))
    answer.set_etag(mark)
    return answer.make_conditional(request)
