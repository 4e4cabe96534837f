"""Each request is given a number, is measured and counted, and may be written into the log.

The log holds neither address nor path nor query: they name pupils, and some are secrets.
"""

import logging
import secrets
from time import perf_counter

from flask import Flask, Response, current_app, g, request

from quizapp.core import metrics
from quizapp.web import tempo

log = logging.getLogger("quizapp.requests")
SLOW = 1.0  # Seconds, from which a request is notable.
KINDS = {
    "api.save": "save", "quizzes.save": "save", "api.start": "start", "quizzes.start": "start",
    "api.submit": "submit", "quizzes.submit": "submit", "api.result": "result",
    "quizzes.result": "result", "api.sign_in": "sign-in", "home.healthz": "machine",
    "home.readyz": "machine", "metrics.show": "machine",
}  # fmt: skip
OF_BLUEPRINT = {"api": "api", "signin": "sign-in", "window": "sign-in", "factor": "sign-in"}


def init_app(app: Flask) -> None:
    """To be the first part: then it sees how long all the others take."""
    app.before_request(begin)
    app.after_request(end)


def begin() -> None:
    g.began = perf_counter()
    g.request_id = secrets.token_hex(8)


def end(answer: Response) -> Response:
    answer.headers["X-Request-ID"] = g.request_id
    over(request.endpoint, request.method, answer.status_code)
    return answer


def over(endpoint: str | None, method: str, status: int) -> None:
    """Count the request that has begun, and write it into the log if it is notable."""
    seconds, kind = perf_counter() - g.began, kind_of(endpoint, method)
    metrics.request(kind, status, seconds)
    if kind == "save":
        tempo.took(seconds)
    is_notable = status >= 500 or seconds >= SLOW
    if is_notable or current_app.config["QUIZAPP"].logs_all_requests:
        told = {
            "method": method, "endpoint": endpoint, "class": kind, "status": status,
            "ms": round(seconds * 1000, 1),
        }  # fmt: skip
        log.info("request", extra={"told": told})


def kind_of(endpoint: str | None, method: str) -> str:
    """Return the class of requests by which they are counted, one of metrics.CLASSES."""
    if endpoint is None:
        return "none"
    if known := KINDS.get(endpoint):
        return known
    by_method = "page" if method in ("GET", "HEAD") else "form"
    return OF_BLUEPRINT.get(endpoint.partition(".")[0], by_method)


def acknowledged(*, is_late: bool) -> None:
    """Count that answers are acknowledged as saved; called when their transaction is over."""
    metrics.count(metrics.SAVES)
    if is_late:
        metrics.count(metrics.LATE_SAVES)
    if not g.get("committed"):
        metrics.count(metrics.UNCOMMITTED)
        log.error("an answer was acknowledged without a commit")
