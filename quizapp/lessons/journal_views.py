"""Lessons without a network: the service worker, what it may keep, and the journal sent later."""

import json
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import queries as accounts
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Conflict, DomainError, Missing
from quizapp.core.i18n import _
from quizapp.lessons import journal, journal_forms
from quizapp.lessons.journal_forms import JournalTaken
from quizapp.web import reader
from quizapp.web.assets import STATIC, asset, version
from quizapp.web.bodies import outline
from quizapp.web.doors import actor_or_none, mine, public

bp = Blueprint("journal", __name__)
LARGEST = 64 * 1024  # Bytes of a body; fifty entries are some ten thousand.
KEPT = frozenset({"lessons.index", "lessons.show", "lessons.compare"})
SCRIPTS = (
    "aloud", "answering", "calls", "carrying", "journal", "keeping", "ordering", "print",
    "sign-out", "store", "unsent", "walking",
)  # fmt: skip
FILES = (
    "css/site.css", "icons.svg", "js/behaviours.js", "js/plain.js", "shield.svg",
    "vendor/bootstrap/bootstrap.css", *(f"js/behaviours/{name}.js" for name in SCRIPTS),
)  # fmt: skip


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)

    @app.after_request
    def allow(answer: Response) -> Response:
        """Say for whom the service worker may keep the page. Nothing else is ever kept."""
        is_page = request.endpoint in KEPT and answer.status_code == 200
        if is_page and (mark := reader.mark(actor_or_none())):
            answer.headers["Keep-For"] = mark
        return answer


@bp.url_value_preprocessor
def limit(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Set how much is read, before anything looks into the body: its length may be missing."""
    request.max_content_length = LARGEST


@bp.get("/sw.js")
@public
def worker() -> Answer:
    """The service worker, which is another one with every change of a static file."""
    given = {
        "VERSION": version(),
        "FILES": [asset(path) for path in FILES],
        "NOT_HERE": url_for(".not_here"),
    }
    head = "".join(f"const {name} = {json.dumps(value)}\n" for name, value in given.items())
    body = (STATIC / "js/worker.js").read_text(encoding="utf-8")
    headers = {"Cache-Control": "no-cache"}
    return Response(head + body, mimetype="text/javascript", headers=headers)


@bp.get("/lessons/off-line")
@public
def not_here() -> Answer:
    """What stands in place of a page that was not kept."""
    return render_template("lessons/not_here.html")


def own(_session: Session, actor: Actor) -> Actor:
    return actor


@bp.post("/lessons/journal")
@mine(own)
def take(actor: Actor) -> Answer:
    """Do what was kept, entry by entry; each is told of when it is committed, or refused.

    `again`: not now, but perhaps later; the device keeps the entry.
    """
    sent = outline(JournalTaken)
    if sent.reader != reader.mark(actor):
        says = _("Somebody else is signed in now. What you did is kept until you sign in again.")
        raise Conflict(says, code="other_reader")
    return jsonify(entries=all_taken(actor, sent.entries))


def all_taken(actor: Actor, entries: list[Any]) -> list[dict[str, Any]]:
    """Take them in their order: what stays on the device lets nothing of its lesson pass by."""
    told: list[dict[str, Any]] = []
    waits: dict[str, dict[str, Any]] = {}  # Lesson: what was told of the entry that stays.
    for each in entries:
        ident, lesson = (str(_part(each, name)) for name in ("id", "lesson"))
        if lesson in waits:
            told.append(waits[lesson] | {"id": ident})
            continue
        one = {"id": ident} | _taken(actor, each)
        told.append(one)
        if one.get("again"):
            waits[lesson] = one
    return told


def _part(sent: Any, name: str) -> Any:
    return sent.get(name) if isinstance(sent, dict) else None


def _taken(actor: Actor, sent: Any) -> dict[str, object]:
    """Take one entry in a transaction of its own: a refused one holds up none of the others."""
    try:
        entry = journal_forms.entry(sent)
    except ValueError:
        says = _("This could not be read, so it does not count. Please do it once more.")
        return {"kept": False, "says": says}
    try:
        with transaction() as session:
            journal.take(session, actor, entry, now=now())
    except DomainError as refusal:
        again = {"again": True} if _is_passing(actor, refusal) else {}
        return again | {"kept": False, "says": str(refusal)}
    return {"kept": True}


def _is_passing(actor: Actor, refusal: DomainError) -> bool:
    """Whether it may go well later: somebody was faster, or the pupil is between two classes."""
    if isinstance(refusal.__cause__, IntegrityError):
        return True
    try:
        accounts.own_enrolment(database.session, actor)
    except Missing:
        return True
    return False
