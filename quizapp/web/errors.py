"""Domain errors become answers here, and only here: a page, or JSON where JSON is spoken."""

import logging
from collections.abc import Iterable

from flask import (
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue as Answer
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree
from werkzeug.exceptions import BadRequest, HTTPException, SecurityError

from quizapp.core import metrics
from quizapp.core.db import database
from quizapp.core.errors import DomainError, SignedOut, TooMany
from quizapp.core.i18n import _

log = logging.getLogger(__name__)
# No connection, one that was lost in the middle, none free in time.
AWAY = (OperationalError, InterfaceError, NoneFree)


def init_app(app: Flask) -> None:
    app.before_request(refuse_nul)
    app.register_error_handler(DomainError, refused)
    app.register_error_handler(CSRFError, forged)
    for fault in AWAY:
        app.register_error_handler(fault, database_away)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(Exception, bug)


def refuse_nul() -> None:
    """Refuse the one character that no database text can hold, wherever it hides."""
    told = (request.path, *request.args.values(), *request.cookies.values(), *_typed())
    if any("\0" in text for text in told):
        raise BadRequest


def _typed() -> Iterable[str]:
    """Return what a form sends; a body of JSON looks for itself."""
    return () if request.is_json else request.form.values()


def refused(error: DomainError) -> Answer:
    if type(error) is SignedOut and not wants_json():  # A wrong sign-in or card is told.
        here = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("signin.new", next=here), 303)
    answer = _answer(error.status, error.code, str(error), error.fields)
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def forged(_error: CSRFError) -> Answer:
    if wants_json() and not current_user.is_authenticated:
        return refused(SignedOut(_("Please sign in first.")))
    says = _("This page was open for too long. Go back, reload it and try again.")
    return _answer(400, "csrf", says)


def database_away(error: Exception) -> Answer:
    log.error("the database did not answer: %s", type(getattr(error, "orig", error)).__name__)
    database.session.rollback()
    # The page of the error must not ask the database who is reading it.
    g._login_user = current_app.login_manager.anonymous_user()  # type: ignore[attr-defined]
    says = _("The site cannot save right now. What you see stays; try again in a few seconds.")
    answer = _answer(503, "busy", says)
    answer.headers["Retry-After"] = "3"
    return answer


def http(error: HTTPException) -> Answer:
    if isinstance(error, SecurityError):  # A foreign host name: no page can be drawn for it.
        return Response(status=400)
    code, says = _known(error.code or 500)
    answer = _answer(error.code or 500, code, says)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def bug(error: Exception) -> Answer:
    if current_app.testing:
        raise error
    log.exception("a bug at %s", request.endpoint)
    return _answer(500, *_known(500))


def wants_json() -> bool:
    """Whether a program asks: under /api/, or a script of a page that sends JSON."""
    return request.path.startswith("/api/") or request.is_json


def _known(status: int) -> tuple[str, str]:
    """Return the code and the sentence for an answer of HTTP itself."""
    return {
        400: ("broken", _("The request could not be read. Reload the page and try again.")),
        404: ("missing", _("There is no such page.")),
        405: ("method", _("This address cannot be used like that.")),
        413: ("too_large", _("The file is too large. Send a smaller one.")),
        415: ("media_type", _("The request must be JSON.")),
    }.get(status, ("fault", _("Something broke on our side. What was saved is safe; try again.")))


def _answer(status: int, code: str, says: str, fields: dict[str, str] | None = None) -> Response:
    metrics.refused(code)
    if wants_json():
        told = {"code": code, "message": says, "fields": fields or {}}
        return make_response(jsonify(error=told), status)
    return make_response(render_template("error.html", says=says, code=code, status=status), status)
