"""The log, for those who look after it, and the records of background work."""

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission
from quizapp.audit import queries as log
from quizapp.core.db import database
from quizapp.home import log_queries as queries
from quizapp.web.doors import current_actor, needs

audit = Blueprint("audit", __name__, url_prefix="/audit")
jobs = Blueprint("jobs", __name__, url_prefix="/jobs")


@audit.get("/", endpoint="index")
@needs(Permission.AUDIT_READ)
def entries() -> Answer:
    session, after = database.session, request.args.get("after", type=UUID)
    event = request.args.get("event") or None
    page = log.entries(session, current_actor(), after=after, event=event)
    older = url_for("audit.index", after=page.after, event=event) if page.after else None
    return render_template(
        "audit/index.html", entries=page.rows, event=event,
        persons=queries.persons(session, (entry.actor_id for entry in page.rows)),
        units=queries.units(session, (entry.path for entry in page.rows)),
        pages={"newer_url": url_for("audit.index", event=event) if after else None,
               "older_url": older},
    )  # fmt: skip


@jobs.get("/", endpoint="index")
@needs(Permission.JOB_READ)
def records() -> Answer:
    session, after = database.session, request.args.get("after", type=UUID)
    page = queries.jobs(session, after=after)
    return render_template(
        "jobs/index.html", jobs=page.rows,
        persons=queries.persons(session, (job.asked_by for job in page.rows)),
        pages={"newer_url": url_for("jobs.index") if after else None,
               "older_url": url_for("jobs.index", after=page.after) if page.after else None},
    )  # fmt: skip
