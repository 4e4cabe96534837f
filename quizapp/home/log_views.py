"""The log, for those who look after it."""

from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission
from quizapp.audit.words import event_said, page_said
from quizapp.core.clock import local_day, now
from quizapp.core.db import database
from quizapp.home import log_exports as exports
from quizapp.home import log_queries as queries
from quizapp.home.log_forms import LogForm
from quizapp.web.doors import current_actor, needs

audit = Blueprint("audit", __name__, url_prefix="/audit")
OLDEST = 2020


@audit.get("/", endpoint="index")
@needs(Permission.AUDIT_READ)
def entries() -> Answer:
    session, after = database.session, request.args.get("after", type=UUID)
    form = LogForm(request.args)
    form.choose()
    wanted = queries.Wanted()
    if form.validate():
        wanted = form.wanted(request.args.get("event", "")[:60])
    page = queries.entries(session, current_actor(), wanted, after=after)
    kept = wanted.arguments
    older = url_for("audit.index", after=page.after, **kept) if page.after else None
    return render_template(
        "log/index.html", entries=page.rows, form=form, wanted=wanted, kept=kept,
        persons=queries.persons(session, (entry.actor_id for entry in page.rows)),
        units=queries.units(session, (entry.path for entry in page.rows)),
        said=event_said, page_said=page_said,
        pages={"newer_url": url_for("audit.index", **kept) if after else None,
               "older_url": older},
    )  # fmt: skip


@audit.get("/yearly", endpoint="yearly")
@needs(Permission.AUDIT_READ)
def yearly() -> Answer:
    """Who saw which named data and why, in one calendar year."""
    year = _year()
    rows = exports.looks(database.session, year, reader=current_actor())
    this_year = local_day(now()).year
    return render_template(
        "log/yearly.html", rows=rows, year=year, years=range(this_year, this_year - 4, -1)
    )


@audit.get("/yearly/file", endpoint="yearly_file")
@needs(Permission.AUDIT_READ)
def yearly_file() -> Answer:
    year = _year()
    rows = exports.looks(database.session, year, reader=current_actor(), by_pupil=True)
    answer = Response(exports.csv(rows), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=f"seen-{year}.csv")
    return answer


def _year() -> int:
    """Return the year of the address, this one if there is none or none that can be."""
    this_year = local_day(now()).year
    asked = request.args.get("year", type=int) or this_year
    return asked if OLDEST <= asked <= this_year else this_year
