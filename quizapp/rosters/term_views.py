"""Pages of the turn of the school year: what becomes of each class, going up, graduating."""

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from sqlalchemy.orm import Session

from quizapp.access.policy import Permission, Role, appointable
from quizapp.core.clock import first_day, local_day, now
from quizapp.core.db import database, transaction
from quizapp.core.i18n import _
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.rosters import changes, terms, turning
from quizapp.rosters.models import ChangeKind
from quizapp.rosters.term_forms import PromotionForm
from quizapp.rosters.terms import Plan, Proposed
from quizapp.web.doors import current_actor, needs

bp = Blueprint("terms", __name__, url_prefix="/schools/<uuid:unit_id>/promotion")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def show(school: Unit) -> Answer:
    """The classes, and what becomes of each by the grades that are ticked. Counts, no names."""
    session, today = database.session, local_day(now())
    year = terms.year_to_come(session, school, today=today)
    form = _form(session, school, year)
    if "looked" not in request.args:
        usual = terms.last_grades(session, school, terms.grades(session, school, year=year - 1))
        form.graduating.data = [grade.key for grade in usual]
    form.with_teachers.data = True
    return _page(school, form, _plan(session, school, form, year))


@bp.post("")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def create(school: Unit) -> Answer:
    return _turn(school, ChangeKind.PROMOTION)


@bp.post("/graduation")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def graduate(school: Unit) -> Answer:
    return _turn(school, ChangeKind.GRADUATION)


@bp.post("/<uuid:change_id>/approval")
@needs(Permission.ROSTER_EDIT, on=terms.proposed)
def approve(what: Proposed) -> Answer:
    with transaction() as session:
        changes.hold(session, what.school)
        turning.agree(session, what, by=current_actor(), now=now())
    return _done(what.school, is_done=True)


@bp.post("/<uuid:change_id>/refusal")
@needs(Permission.ROSTER_EDIT, on=terms.proposed)
def refuse(what: Proposed) -> Answer:
    with transaction() as session:
        changes.refuse(session, what.change, by=current_actor(), now=now())
    flash(_("It is refused. Nothing has changed."), "good")
    return redirect(url_for(".show", unit_id=what.school.id), 303)


def _turn(school: Unit, kind: ChangeKind) -> Answer:
    """Do it, or keep it for a second person."""
    with transaction() as session:
        changes.hold(session, school)
        at = now()
        year = terms.year_to_come(session, school, today=local_day(at))
        form = _form(session, school, year)
        plan = _plan(session, school, form, year)
        is_done = turning.turn(
            session, school, kind, plan, by=current_actor(), now=at,
            with_teachers=bool(form.with_teachers.data) and _may_appoint(school),
            percent=current_app.config["QUIZAPP"].second_person_percent,
        )  # fmt: skip
    return _done(school, is_done=is_done)


def _form(session: Session, school: Unit, year: int) -> PromotionForm:
    given = request.form if request.method == "POST" else request.args
    form = PromotionForm(given)
    form.offer(terms.grades(session, school, year=year - 1))
    return form


def _plan(session: Session, school: Unit, form: PromotionForm, year: int) -> Plan:
    return terms.plan(session, school, year=year, graduating=form.chosen)


def _page(school: Unit, form: PromotionForm, plan: Plan) -> str:
    session, actor, today = database.session, current_actor(), local_day(now())
    waiting = [
        change
        for kind in (ChangeKind.PROMOTION, ChangeKind.GRADUATION)
        if (change := terms.proposal(session, school, kind))
    ]
    return render_template(
        "terms/show.html", school=school, form=form, plan=plan, waiting=waiting,
        first_day=first_day(plan.school_year), may_begin=today >= first_day(plan.school_year),
        last=terms.promotion(session, school, plan.school_year - 1),
        is_own={change.id: changes.is_same(session, change.asked_by, actor) for change in waiting},
        may_appoint=_may_appoint(school),
    )  # fmt: skip


def _may_appoint(school: Unit) -> bool:
    return Role.TEACHER in appointable(current_actor(), school)


def _done(school: Unit, *, is_done: bool) -> Answer:
    if is_done:
        says = _("It is done. Should it be wrong, it can be undone under “Changes of the roster”.")
        flash(says, "good")
        return redirect(url_for("schools.show", unit_id=school.id), 303)
    flash(_("It is kept. A second person who may edit the roster has to agree to it."), "near")
    return redirect(url_for(".show", unit_id=school.id), 303)
