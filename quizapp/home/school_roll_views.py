"""A school's own lines of a roll: how many should take part, to confirm, to object, to propose."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, allows
from quizapp.campaigns.words import STAGES, grade_name
from quizapp.core.clock import local_day, now, school_year
from quizapp.core.db import database, transaction
from quizapp.core.errors import Conflict, Missing
from quizapp.core.i18n import _
from quizapp.home import roll_queries, school_queries
from quizapp.home.roll_forms import COLUMNS, AnswerForm, CountsForm, ObjectionForm, counts_form
from quizapp.orgs import queries as orgs
from quizapp.orgs import rolls
from quizapp.orgs.models import Roll, Unit
from quizapp.orgs.words import EXCLUSIONS
from quizapp.web.doors import current_actor, needs
from quizapp.web.forms import text

bp = Blueprint("school_rolls", __name__, url_prefix="/schools/<uuid:unit_id>/roll")


@bp.get("")
@needs(Permission.ROLL_READ, on=orgs.school)
def show(school: Unit) -> Answer:
    return _page(school, ObjectionForm(formdata=None))


@bp.post("/confirmation")
@needs(Permission.ROLL_CONFIRM, on=orgs.school)
def confirm(school: Unit) -> Answer:
    with transaction() as session:
        roll = _as_seen(school, AnswerForm())
        rolls.confirm(session, roll, school, by=current_actor(), now=now())
    flash(_("The counts are confirmed. The bureau sees it."), "good")
    return redirect(url_for(".show", unit_id=school.id), 303)


@bp.post("/objection")
@needs(Permission.ROLL_CONFIRM, on=orgs.school)
def object_to(school: Unit) -> Answer:
    form = ObjectionForm()
    if not form.validate_on_submit():
        return _page(school, form), 422
    with transaction() as session:
        roll, says = _as_seen(school, form), text(form.objection).strip()
        rolls.object_to(session, roll, school, says, by=current_actor(), now=now())
    flash(_("The bureau sees what is wrong and can put it right."), "good")
    return redirect(url_for(".show", unit_id=school.id), 303)


@bp.get("/edit")
@needs(Permission.ROLL_CONFIRM, on=orgs.school)
def edit(school: Unit) -> Answer:
    session, roll = database.session, _newest(school)
    counts = roll_queries.own_counts(session, roll, school)
    return _edit_page(
        school, roll, counts_form(roll_queries.grades_for(session, school, counts), counts)
    )


@bp.post("")
@needs(Permission.ROLL_CONFIRM, on=orgs.school)
def update(school: Unit) -> Answer:
    """Propose other counts; with that the school has confirmed them."""
    session, roll = database.session, _newest(school)
    counts = roll_queries.own_counts(session, roll, school)
    form = counts_form(roll_queries.grades_for(session, school, counts), {})
    if not form.validate_on_submit():
        return _edit_page(school, roll, form), 422
    with transaction() as session:
        rolls.correct(
            session, roll, school, form.headcounts(school), by=current_actor(), now=now(),
            confirmed=True,
        )  # fmt: skip
    flash(_("The bureau sees your counts and signs them with the next list."), "good")
    return redirect(url_for(".show", unit_id=school.id), 303)


def _newest(school: Unit) -> Roll:
    if roll := orgs.newest_roll(database.session, school):
        return roll
    raise Missing(_("The bureau has not asked for counts yet."))


def _as_seen(school: Unit, form: AnswerForm) -> Roll:
    """Return the roll that the school had before it; Conflict if its counts have changed since."""
    roll = _newest(school)
    if form.seen.data != roll_queries.mark(database.session, roll, school):
        raise Conflict(_("The counts have changed meanwhile. Please look again."))
    return roll


def _page(school: Unit, form: ObjectionForm) -> str:
    session, actor, at = database.session, current_actor(), now()
    roll = orgs.newest_roll(session, school)
    classes = school_queries.classes(session, school, school_year=school_year(local_day(at)))
    answer = roll_queries.answer(session, roll, school) if roll else None
    may_answer = allows(actor, Permission.ROLL_CONFIRM, school)
    confirm = AnswerForm(formdata=None)
    if roll and may_answer:
        confirm.seen.data = form.seen.data = roll_queries.mark(session, roll, school)
    return render_template(
        "rolls/school.html", school=school, roll=roll, answer=answer, form=form, confirm=confirm,
        heads=school_queries.heads(session, school, classes, roll), stages=STAGES,
        exclusions=EXCLUSIONS, today=local_day(at),
        detailed=any(allows(actor, p, school) for p in roll_queries.DETAIL),
        can={
            "answer": may_answer and answer and roll and not roll.signed_at,
            "propose": may_answer and roll,
        },
    )  # fmt: skip


def _edit_page(school: Unit, roll: Roll, form: CountsForm) -> str:
    return render_template(
        "rolls/edit.html", roll=roll, school=school, form=form, columns=COLUMNS,
        grade_name=grade_name, back=url_for(".show", unit_id=school.id),
        action=url_for(".update", unit_id=school.id),
    )  # fmt: skip
