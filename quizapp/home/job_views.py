"""Records of background work: all of them for whoever runs the site, the own ones for others."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, holds
from quizapp.audit.actions import record
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Missing
from quizapp.core.i18n import _, ngettext
from quizapp.home import log_queries as queries
from quizapp.jobs import actions
from quizapp.jobs import queries as jobs
from quizapp.jobs.models import JobRecord, JobState
from quizapp.jobs.queue import queue
from quizapp.reports.jobs import CHECK
from quizapp.web.doors import current_actor, needs, signed_in

bp = Blueprint("jobs", __name__, url_prefix="/jobs")
UNDER_WAY = (JobState.WAITING, JobState.RUNNING)


@bp.get("/", endpoint="index")
@needs(Permission.JOB_READ)
def records() -> Answer:
    session, after = database.session, request.args.get("after", type=UUID)
    page = queries.jobs(session, after=after)
    return render_template(
        "jobs/index.html", jobs=page.rows,
        is_alive=jobs.is_alive(session, now=now()),
        persons=queries.persons(session, (job.asked_by for job in page.rows)),
        pages={"newer_url": url_for("jobs.index") if after else None,
               "older_url": url_for("jobs.index", after=page.after) if page.after else None},
    )  # fmt: skip


@bp.post("/checks")
@needs(Permission.JOB_READ)
def check() -> Answer:
    """Ask for all counts to be compared with the facts; who asks twice is led to the one."""
    with transaction() as session:
        asked = actions.ask(session, CHECK, key=CHECK, by=current_actor(), now=now())
    queue().wake()
    if asked is None:
        flash(_("This work is under way already."), "near")
        return redirect(url_for(".index"), 303)
    return redirect(url_for(".show", job_id=asked), 303)


@bp.get("/<uuid:job_id>")
@signed_in
def show(job_id: UUID) -> Answer:
    """How far the work is, for those who asked for it; the page looks again by itself."""
    session, job = database.session, _own(job_id)
    return render_template(
        "jobs/show.html", job=job, says=_said(job), is_under_way=job.state in UNDER_WAY,
        person=queries.persons(session, [job.asked_by]).get(job.asked_by),
        may_see_all=holds(current_actor(), Permission.JOB_READ),
    )  # fmt: skip


@bp.get("/<uuid:job_id>/state")
@signed_in
def state(job_id: UUID) -> Answer:
    """The same as one sentence; the page asks again every few seconds."""
    job = _own(job_id)
    answer: Response = jsonify(says=_said(job))
    answer.set_etag(f"{job.state}-{job.progress}-{job.tries}")
    answer.cache_control.private, answer.cache_control.no_cache = True, True
    return answer.make_conditional(request)


@bp.post("/<uuid:job_id>/cancel")
@signed_in
def cancel(job_id: UUID) -> Answer:
    job, by = _own(job_id), current_actor()
    with transaction() as session:
        ended = actions.cancel(session, job, by=by, now=now())
        if ended:
            record(session, "job.cancelled", by=by, now=now(), path="/", job=job.id)
    if ended:
        flash(_("The work is cancelled. What it has done already stays."), "good")
    else:
        flash(_("The work had ended already."), "near")
    return redirect(url_for(".show", job_id=job.id), 303)


def _own(job_id: UUID) -> JobRecord:
    """Return the record; Missing for whoever has not asked for it and does not run the site."""
    job, actor = jobs.job(database.session, job_id), current_actor()
    if job.asked_by != actor.id and not holds(actor, Permission.JOB_READ):
        raise Missing(_("There is no such work."))
    return job


def _said(job: JobRecord) -> str:
    """Return how it stands with the work, as one sentence."""
    if job.state is JobState.WAITING and job.tries:
        return _("It failed and will be tried again in a few minutes.")
    if job.state is JobState.RUNNING and job.cancelled_by:
        return _("It is being cancelled.")
    if job.state is JobState.DONE:
        return _come_of_it(job.result or {})
    return {
        JobState.WAITING: _("It waits for its turn."),
        JobState.RUNNING: _("It is under way: %(share)s %%.", share=job.progress),
        JobState.CANCELLED: _("It was cancelled."),
        JobState.FAILED: _(
            "It failed three times. Whoever runs the site finds the reason in the list."
        ),
    }[job.state]


def _come_of_it(result: Mapping[str, int]) -> str:
    wrong = result.get("differ")
    if wrong is None:
        return _("It is done.")
    if wrong == 0:
        return _("It is done: every count is what the facts say.")
    return ngettext(
        "It is done: %(num)s count differs from the facts.",
        "It is done: %(num)s counts differ from the facts.",
        wrong,
    )
