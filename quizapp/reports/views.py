"""Pages of reports."""

from uuid import UUID

from flask import Blueprint, Flask, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission, allows
from quizapp.core.clock import local_day, now
from quizapp.core.db import database
from quizapp.core.i18n import _, lazy
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import UnitKind
from quizapp.reports import charts, exports, forms, queries
from quizapp.reports.coverage import Coverage, for_reader, total_for_reader
from quizapp.reports.ground import ROSTERS_SHOWN
from quizapp.reports.headline import headline
from quizapp.reports.queries import Asked
from quizapp.web import nav
from quizapp.web.doors import current_actor, needs

bp = Blueprint("reports", __name__, url_prefix="/reports")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    offer = nav.Offer("reports.index", lazy("Reports"), "bar-chart-line", Permission.REPORT_READ)
    nav.offer(app, offer)


def place(session: Session) -> Unit:
    """Return the unit that the address names, or the reader's own."""
    return queries.place(session, current_actor(), forms.asked(request.args).unit.data)


def asked(session: Session) -> Asked:
    """Return the report that the address names, or what is nearest to the reader."""
    form = forms.asked(request.args)
    return queries.asked(
        session, current_actor(), unit=form.unit.data, campaign=form.campaign.data,
        as_of=form.as_of.data, today=local_day(now()), rosters=form.rosters.data,
    )  # fmt: skip


@bp.get("/")
@needs(Permission.REPORT_READ, on=place)
def index(unit: Unit) -> Answer:
    session, actor, today = database.session, current_actor(), local_day(now())
    page = queries.campaigns(session, unit, after=request.args.get("after", type=UUID))
    figures = {c.id: total_for_reader(session, actor, unit, c, as_of=today) for c in page.rows}
    own = queries.own(session, actor)
    return render_template(
        "reports/index.html", unit=unit, own=own, page=page, figures=figures, today=today
    )


@bp.get("/coverage")
@needs(Permission.REPORT_READ, on=asked)
def coverage(asked: Asked) -> Answer:
    session, actor = database.session, current_actor()
    report = for_reader(
        session, actor, asked.unit, asked.campaign, as_of=asked.as_of, rosters=asked.rosters
    )
    return render_template(
        "reports/coverage.html",
        report=report,
        headline=headline(report),
        figure=charts.rates(report.rows, report.campaign.target_percent),
        links=_links(report, actor),
        crumbs=_crumbs(asked, queries.line_up(session, actor, asked.unit)),
        form=forms.CoverageForm(data={"as_of": asked.as_of, "rosters": asked.rosters}),
        may_add_rosters=asked.unit.kind not in ROSTERS_SHOWN | {UnitKind.CLASS},
    )


@bp.get("/coverage.csv")
@needs(Permission.REPORT_READ, on=asked)
def coverage_csv(asked: Asked) -> Answer:
    session, actor = database.session, current_actor()
    report = for_reader(
        session, actor, asked.unit, asked.campaign, as_of=asked.as_of, rosters=asked.rosters
    )
    named = f'attachment; filename="{exports.name(report)}.csv"'
    headers = {"Content-Disposition": named}
    return Response(exports.csv(report), mimetype="text/csv", headers=headers)


def _links(report: Coverage, actor: Actor) -> dict[UUID, str]:
    """Return by unit where its row leads; a row that is kept back leads nowhere."""
    links = {}
    for row in report.rows:
        if row.unit.kind is not UnitKind.CLASS and not row.suppressed:
            links[row.unit.id] = _address(Asked(row.unit, report.campaign, report.snapshot.as_of))
        elif allows(actor, Permission.PUPIL_READ, row.unit):
            links[row.unit.id] = url_for("classes.show", unit_id=row.unit.id)
    return links


def _crumbs(here: Asked, line_up: list[Unit]) -> list[tuple[str, str]]:
    steps = [(unit.name, _address(Asked(unit, here.campaign, here.as_of))) for unit in line_up]
    return [(_("Reports"), url_for(".index")), *steps]


def _address(of: Asked) -> str:
    return url_for(".coverage", unit=of.unit.code, campaign=of.campaign.key, as_of=of.as_of)
