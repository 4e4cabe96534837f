"""The JSON API, version 1: signing in, sitting a quiz, reading coverage."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import flask
from flask import Blueprint, Flask, Response, current_app, jsonify, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_login import current_user
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf
from werkzeug.exceptions import HTTPException

from quizapp.access.policy import Actor, Permission
from quizapp.accounts import factor_views as factor
from quizapp.accounts import queries as accounts
from quizapp.accounts import signin, signing
from quizapp.api import shapes
from quizapp.api.routes import answers, document
from quizapp.bank.asked import Shown
from quizapp.core.clock import local_day, now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Conflict, Invalid, Late
from quizapp.core.i18n import _, current_locale
from quizapp.quizzes import marks, missed, papers, queries, saving, sittings, timing
from quizapp.quizzes.models import Quiz, Sitting, SittingState
from quizapp.quizzes.views import all_of, offered
from quizapp.reports import coverage as reports
from quizapp.reports.queries import Asked
from quizapp.reports.views import asked as report_asked
from quizapp.web import tempo
from quizapp.web.bodies import read
from quizapp.web.device import device_id
from quizapp.web.doors import (
    current_actor,
    mine,
    needs,
    own_by_statement,
    public,
    signed_in,
)
from quizapp.web.measuring import acknowledged

bp = Blueprint("api", __name__, url_prefix="/api/v1")


def init_app(app: Flask, csrf: CSRFProtect) -> None:
    app.register_blueprint(bp)
    csrf.exempt("quizapp.api.views.sign_in")


@bp.post("/sign-in")
@public
@answers(200, shapes.Welcome, takes=shapes.SignIn)
def sign_in() -> shapes.Welcome:
    """Sign a pupil or a member of staff in; 401, the same for every wrong sign-in."""
    given = read(shapes.SignIn)
    if given.school and given.secret:
        return _pupil_in(given.school, given.login, given.secret)
    if given.password and not given.school:
        return _person_in(given.login, given.password, given.code or "")
    raise Invalid(_("Give school, login and secret, or login and password."))


@bp.delete("/sign-in")
@signed_in
@answers(204)
def sign_out() -> Response:
    """Sign out; the cookie is dead from now on, every copy of it."""
    with transaction() as session:
        signin.end(session, current_user.id, by=current_actor(), now=now())
    return signing.forget(Response(status=204))


@bp.get("/quizzes")
@mine(all_of)
@answers(200, [shapes.QuizOffer])
def quizzes(actor: Actor) -> list[shapes.QuizOffer]:
    """The quizzes that are open to this pupil."""
    session = database.session
    enrolment = accounts.own_enrolment(session, actor)
    return [_offer(o) for o in queries.open_offers(session, actor, enrolment, now=now())]


@bp.post("/quizzes/<uuid:quiz_id>/sittings")
@mine(offered)
@answers(201, shapes.SittingGiven)
def start(quiz: Quiz) -> tuple[shapes.SittingGiven, int]:
    """Begin a sitting, or take up the one that is open (200)."""
    actor, at = current_actor(), now()
    with transaction() as session:
        enrolment = accounts.own_enrolment(session, actor)
        started = sittings.start(session, quiz, enrolment, by=actor, device=device_id(), now=at)
    is_new = started.is_new
    items = papers.paper(database.session, started.sitting, current_locale(), is_new=is_new)
    marked = set() if is_new else marks.marked(database.session, started.sitting)
    given = shapes.SittingGiven(
        id=started.sitting.id,
        now=at,
        deadline=started.sitting.deadline,
        save_every=tempo.save_every(),
        items=[_item(item) for item in items],
        answers=[
            shapes.Kept(position=i.position, choice=list(i.chosen), seq=i.seq)
            for i in items
            if i.seq
        ],
        layout=quiz.layout.value,
        forward_only=quiz.forward_only,
        tells=quiz.feedback.is_during,
        bookmarks=sorted(marked),
    )
    return given, 201 if is_new else 200


@bp.put("/sittings/<uuid:sitting_id>/answers")
@own_by_statement
@answers(200, shapes.SavedGiven, takes=shapes.AnswersTaken)
def save(sitting_id: UUID) -> shapes.SavedGiven:
    """Keep answers; acknowledged after the commit, from the rows as written."""
    at = now()
    saved = _saved_at_once(sitting_id, at) or _saved_or_why(sitting_id=sitting_id)
    acknowledged(is_late=timing.is_late(saved.deadline, at))
    return shapes.SavedGiven(
        saved=[shapes.Acknowledged(position=p, seq=seq) for p, seq in sorted(saved.seqs.items())],
        now=at,
        deadline=saved.deadline,
        save_every=tempo.save_every(),
    )


@bp.put("/sittings/<uuid:sitting_id>/bookmarks")
@mine(queries.my_sitting)
@answers(200, shapes.BookmarksGiven, takes=shapes.BookmarksTaken)
def mark(sitting: Sitting) -> shapes.BookmarksGiven:
    """Let these positions be marked to come back to, and no others."""
    wanted = set(read(shapes.BookmarksTaken).positions)
    with transaction() as session:
        marks.mark(session, sitting, wanted, now=now())
    return shapes.BookmarksGiven(bookmarks=sorted(wanted))


@bp.post("/sittings/<uuid:sitting_id>/feedback")
@mine(queries.my_sitting)
@answers(200, shapes.ItemResult, takes=shapes.ItemTaken)
def tell(sitting: Sitting) -> shapes.ItemResult:
    """What is right in an item of an open sitting, where the quiz tells it; the answer stays."""
    position, at = read(shapes.ItemTaken).position, now()
    with transaction() as session:
        marks.tell(session, sitting, position, now=at)
    return _explained(papers.told(database.session, sitting, current_locale(), now=at)[position])


@bp.get("/sittings/<uuid:sitting_id>/time")
@mine(queries.my_sitting)
@answers(200, shapes.TimeGiven)
def time(sitting: Sitting) -> shapes.TimeGiven:
    """How much time is left; the school may have paused the quiz, or given more."""
    standing, at = queries.standing(database.session, sitting.quiz, sitting.school_id), now()
    return shapes.TimeGiven(
        now=at,
        deadline=sitting.deadline,
        seconds_left=standing.seconds_left(sitting.deadline, at),
        is_paused=standing.is_paused(at),
    )


@bp.post("/sittings/<uuid:sitting_id>/submission")
@mine(queries.my_sitting)
@answers(200, shapes.Receipt)
def submit(sitting: Sitting) -> shapes.Receipt:
    """Hand in; again, and after the bell, the same answer."""
    at = now()
    with transaction() as session:
        done = sittings.submit(session, sitting, now=at)
    released = papers.is_released(done.quiz, done, now=at)
    return shapes.Receipt(
        receipt=done.receipt,
        score=done.score if released else None,
        maximum=done.maximum,
        passed=done.passed if released else None,
        finished=bool(done.finished),
        missed=_missed(done),
    )


@bp.get("/sittings/<uuid:sitting_id>/result")
@mine(queries.my_sitting)
@answers(200, shapes.ResultGiven)
def result(sitting: Sitting) -> shapes.ResultGiven:
    """The choice, the right one, the explanation and its source, once released; 409 before."""
    if sitting.state is SittingState.OPEN:
        raise Conflict(_("This quiz is not handed in yet."), code="not_released")
    told = papers.explained(database.session, sitting, current_locale(), now=now())
    return shapes.ResultGiven(
        receipt=sitting.receipt,
        score=sitting.score or 0,
        maximum=sitting.maximum,
        passed=bool(sitting.passed),
        items=[_explained(one) for one in told],
        missed=_missed(sitting),
    )


@bp.get("/reports/coverage")
@needs(Permission.REPORT_READ, on=report_asked)
@answers(200, shapes.CoverageGiven, asks=("unit", "campaign", "as_of"))
def coverage(asked: Asked) -> dict[str, Any]:
    """The coverage of a unit and of the units directly beneath it."""
    session, actor = database.session, current_actor()
    told = reports.for_reader(session, actor, asked.unit, asked.campaign, as_of=asked.as_of)
    return told.as_json()


@bp.get("/openapi.json")
@public
def openapi() -> Answer:
    rules = current_app.url_map.iter_rules()
    return jsonify(document(bp, rules, current_app.view_functions))


def _saved_at_once(sitting_id: UUID, at: datetime) -> sittings.Saved | None:
    claim = signin.claimed(flask.session.get("_user_id", ""))
    try:
        return saving.save(sitting_id, claim, _given(), now=at) if claim else None
    except (Invalid, HTTPException):  # Told after who is asking is known.
        return None


@mine(queries.my_sitting)
def _saved_or_why(sitting: Sitting) -> sittings.Saved:
    given, at = _given(), now()
    try:
        with transaction() as session:
            return sittings.save(session, sitting, given, now=at)
    except Late:
        with transaction() as session:
            missed.note(session, sitting, given, now=at)
        raise


def _given() -> list[sittings.Given]:
    sent = read(shapes.AnswersTaken).answers
    return [sittings.Given(one.position, one.choice, one.seq, one.at) for one in sent]


def _pupil_in(school: str, login: str, secret: str) -> shapes.Welcome:
    session, at = database.session, now()
    child = signing.throttled(
        signing.pupil_tries(signing.Secret.PUPIL, school=school, login=login),
        lambda: signin.pupil(session, school=school, login=login, secret=secret),
    )
    with transaction() as work:
        signed = signin.begin_pupil(work, child, device=device_id(), now=at)
        place = accounts.enrolment(work, child.school_id, child.id).school_class.unit.name
    signing.enter(signed)
    told = shapes.SignedPupil(id=child.id, name=child.name, class_=place)
    return shapes.Welcome(csrf=generate_csrf(), pupil=told)


def _person_in(login: str, password: str, code: str) -> shapes.Welcome:
    session, at = database.session, now()
    found = signing.throttled(
        signing.person_tries(login),
        lambda: signin.person(session, login=login, password=password),
    )
    signed = factor.begin(found, code)
    posts = [
        shapes.Post(role=p.role.value, unit=p.unit.code)
        for p in accounts.postings(session, found, on=local_day(at))
    ]
    signing.enter(signed)
    told = shapes.SignedPerson(id=found.id, name=found.name, postings=posts)
    return shapes.Welcome(csrf=generate_csrf(), person=told)


def _offer(offer: queries.Offer) -> shapes.QuizOffer:
    quiz, running = offer.quiz, offer.running
    return shapes.QuizOffer(
        id=quiz.id,
        title=quiz.title,
        minutes=quiz.minutes,
        items=quiz.items,
        opens=offer.standing.opens,
        closes=offer.standing.closes,
        attempts_left=offer.attempts_left,
        sitting=running.id if running else None,
        counts=quiz.counts.value,
        is_mock=quiz.mock_of is not None,
    )


def _missed(sitting: Sitting) -> list[int]:
    return [one.position for one in queries.missed(database.session, sitting)]


def _item(item: papers.Item) -> shapes.Item:
    return shapes.Item(
        position=item.position,
        kind=item.kind.value,
        scene=item.scene,
        stem=item.stem,
        picture=_picture(item),
        choices=_choices(item.choices),
        partners=_choices(item.partners),
    )


def _picture(item: papers.Item) -> shapes.Picture | None:
    shown = item.picture
    if shown is None:
        return None
    address = url_for("pictures.show", sha256=shown.sha256)
    return shapes.Picture(address=address, alt=shown.alt, width=shown.width, height=shown.height)


def _choices(shown: Sequence[Shown]) -> list[shapes.Choice]:
    return [shapes.Choice(key=one.key, text=one.text) for one in shown]


def _explained(told: papers.Explained) -> shapes.ItemResult:
    return shapes.ItemResult(
        position=told.item.position,
        kind=told.item.kind.value,
        scene=told.item.scene,
        stem=told.item.stem,
        picture=_picture(told.item),
        choices=_choices(told.item.choices),
        partners=_choices(told.item.partners),
        choice=list(told.item.chosen),
        right=list(told.right) if told.shown.key else None,
        is_right=told.is_right,
        late=told.late,
        feedback=list(told.feedback),
        explain=told.explain if told.shown.explanation else None,
        sources=[
            shapes.CitedGiven(title=c.title, publisher=c.publisher, locator=c.locator, says=c.says)
            for c in told.cited
        ],
    )
