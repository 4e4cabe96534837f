"""Pages of support visits: for platform staff the own ones, for a school those that it gets."""

from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, require
from quizapp.accounts import support
from quizapp.accounts.models import SupportVisit
from quizapp.accounts.support_forms import VisitForm
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid, Missing
from quizapp.core.i18n import _, lazy
from quizapp.core.paging import Page
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import UnitKind
from quizapp.web import nav
from quizapp.web.doors import current_actor, needs
from quizapp.web.forms import text

bp = Blueprint("support", __name__)


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    nav.offer(
        app,
        nav.Offer("support.index", lazy("Support visits"), "shield-check", Permission.SUPPORT_ASK),
    )


@bp.get("/support")
@needs(Permission.SUPPORT_ASK)
def index() -> Answer:
    return _own_page(VisitForm(code=request.args.get("school", "")))


@bp.post("/support")
@needs(Permission.SUPPORT_ASK)
def create() -> Answer:
    form, actor = VisitForm(), current_actor()
    if not form.validate_on_submit():
        return _own_page(form), 422
    try:
        with transaction() as session:
            school = orgs.by_code(session, text(form.code))
            require(actor, Permission.SUPPORT_ASK, school)
            if school.kind is not UnitKind.SCHOOL:
                raise Missing(_("There is no such school."))
            support.begin(
                session, school, reason=text(form.reason), hours=form.hours.data or 0,
                by=actor, now=now(),
            )  # fmt: skip
    except Missing as fault:
        form.code.errors = [str(fault)]
        return _own_page(form), 422
    except Invalid as fault:
        form.form_errors = [str(fault)]
        return _own_page(form), 422
    flash(_("The school is open to you now, and told so."), "good")
    return redirect(url_for("schools.show", unit_id=school.id), 303)


@bp.post("/support/<uuid:visit_id>/end")
@needs(Permission.SUPPORT_ASK)
def end_own(visit_id: UUID) -> Answer:
    found = support.own_visit(database.session, current_actor(), visit_id)
    with transaction() as session:
        support.end(session, found, by=current_actor(), now=now())
    flash(_("The visit is over."), "good")
    return redirect(url_for(".index"), 303)


@bp.get("/schools/<uuid:unit_id>/support")
@needs(Permission.PERSON_APPOINT, on=orgs.school)
def of_school(school: Unit) -> Answer:
    page = support.of_school(database.session, school, after=request.args.get("after", type=UUID))
    return render_template(
        "support/school.html", school=school, visits=page.rows, now=now(), pages=_pages(page),
        looks=support.looks(database.session, page.rows),
    )  # fmt: skip


@bp.post("/schools/<uuid:unit_id>/support/<uuid:visit_id>/end")
@needs(Permission.PERSON_APPOINT, on=support.visit)
def end(visit: SupportVisit) -> Answer:
    with transaction() as session:
        support.end(session, visit, by=current_actor(), now=now())
    flash(_("The visit is over."), "good")
    return redirect(url_for(".of_school", unit_id=visit.unit_id), 303)


def _own_page(form: VisitForm) -> str:
    after = request.args.get("after", type=UUID)
    page = support.own(database.session, current_actor(), after=after)
    return render_template(
        "support/index.html", form=form, visits=page.rows, now=now(), pages=_pages(page)
    )


def _pages(page: Page[SupportVisit]) -> dict[str, str | None]:
    here = request.path
    return {
        "newer_url": here if "after" in request.args else None,
        "older_url": f"{here}?after={page.after}" if page.after else None,
    }
