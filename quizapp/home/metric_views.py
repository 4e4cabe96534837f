"""`/metrics`: figures for whoever watches over the site, and for nobody else."""

import hmac
import ipaddress

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue as Answer
from sqlalchemy.exc import SQLAlchemyError

from quizapp.core import clock, metrics
from quizapp.core.clock import now
from quizapp.core.db import database
from quizapp.core.errors import NotAllowed
from quizapp.core.i18n import _
from quizapp.core.paths import free_share
from quizapp.jobs import queries as jobs
from quizapp.jobs.models import JobState
from quizapp.quizzes import queries as quizzes
from quizapp.web.doors import public

bp = Blueprint("metrics", __name__)
Gauge = tuple[str, str, dict[str, float]]
FORMAT = "text/plain; version=0.0.4; charset=utf-8"


@bp.get("/metrics", endpoint="show")
@public
def show() -> Answer:
    """The figures of all processes of this machine, in the text format of Prometheus."""
    if not (_has_token() or _is_from_here()):
        raise NotAllowed(_("These figures are for whoever looks after the site."))
    return Response(metrics.text([*_of_machine(), *_of_database()]), content_type=FORMAT)


def _has_token() -> bool:
    token = current_app.config["QUIZAPP"].metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return bool(token) and hmac.compare_digest(given.encode(), str(token).encode())


def _is_from_here() -> bool:
    """Whether this machine itself asks: not through a proxy on it, who may ask for anybody."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _of_machine() -> list[Gauge]:
    instance = current_app.config["QUIZAPP"].instance
    return [
        ("quizapp_clock_off", "1 while the machine's clock is not believed: it was set.",
         {"": clock.is_off()}),
        ("quizapp_disk_free_ratio", "Free share of the disk of the instance folder.",
         {"": free_share(instance)}),
    ]  # fmt: skip


def _of_database() -> list[Gauge]:
    up, says = "quizapp_database_up", "1 when the database answers."
    session = database.session
    try:
        counted, at = jobs.by_state(session), now()
        return [
            (up, says, {"": 1}),
            ("quizapp_open_sittings", "Sittings that are under way.",
             {"": quizzes.open_now(session)}),
            ("quizapp_jobs", "Records of background work, by state.",
             {f'state="{state}"': counted.get(state, 0) for state in JobState}),
            ("quizapp_jobs_process_up", "1 when a process does the background work.",
             {"": jobs.is_alive(session, now=at)}),
        ]  # fmt: skip
    except SQLAlchemyError:
        session.rollback()
        return [(up, says, {"": 0})]
