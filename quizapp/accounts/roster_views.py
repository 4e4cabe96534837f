"""Pages that take a class list in: choose the file, see what it would change, change it."""

from typing import Final

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    url_for,
)
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission
from quizapp.accounts import queries, roster
from quizapp.accounts.checked import LONGEST, Checked, checked, packed, unpacked
from quizapp.accounts.class_lists import ClassList
from quizapp.accounts.roster_forms import ConfirmForm, ListForm
from quizapp.core import sheets
from quizapp.core.clock import local_day, now, this_school_year
from quizapp.core.db import database, transaction
from quizapp.core.i18n import _
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import Stage
from quizapp.web.doors import current_actor, needs
from quizapp.web.named import names_pupils

bp = Blueprint("roster", __name__, url_prefix="/schools/<uuid:unit_id>/roster")
FAULTS_SHOWN: Final = 1000
ALTERED_SHOWN: Final = 300
BLANK: Final = ("年级", "班级", "座号", "姓名", "学号")
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/new")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def new(school: Unit) -> Answer:
    form = ListForm()
    form.stages.data = sorted(roster.stages(database.session, school))
    return _form_page(school, form)


@bp.get("/template")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def template(school: Unit) -> Answer:
    made = sheets.xlsx_bytes(school.name, BLANK, [], created=now())
    answer = Response(made, mimetype=XLSX)
    answer.headers.set("Content-Disposition", "attachment", filename="class-list.xlsx")
    return answer


@bp.post("/check")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def check(school: Unit) -> Answer:
    """Say all that is wrong with the file and all that it would change. Nothing is written."""
    form = ListForm()
    if not form.validate_on_submit():
        return _form_page(school, form), 422
    stages = [Stage(stage) for stage in form.stages.data or ()]
    try:
        rows = sheets.read(form.file.data.filename, form.file.data.read())
    except sheets.Unreadable as fault:
        form.file.errors = [str(fault)]
        return _form_page(school, form), 422
    listed = roster.read(rows, school_year=this_school_year(), stages=stages)
    what = checked(listed, school_year=this_school_year(), stages=stages)
    confirm = ConfirmForm(formdata=None)
    confirm.checked.data = packed(what, school_id=school.id, key=_key())
    if len(confirm.checked.data) > LONGEST:
        form.file.errors = [_("The list is too long. Split it into one file for each grade.")]
        return _form_page(school, form), 422
    return _check_page(school, what, listed, confirm), 422 if listed.faults else 200


@bp.post("")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def create(school: Unit) -> Answer:
    form = ConfirmForm()
    what = unpacked(form.checked.data or "", school_id=school.id, key=_key(), now=now())
    if what is None:
        flash(_("The check was too long ago. Nothing was changed; choose the file again."), "near")
        return redirect(url_for(".new", unit_id=school.id), 303)
    if what.left_out and not form.partial.data:
        form.partial.errors = [_("Tick this, or mend the file and check it again.")]
        return _check_page(school, what, what.listed, form), 422
    with transaction() as session:
        roster.hold(session, school)
        plan = _plan(school, what)
        done = roster.apply(session, school, plan, by=current_actor(), now=now())
    flash(_says(done), "good")
    return redirect(url_for(".done", unit_id=school.id), 303)


@bp.get("/done")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def done(school: Unit) -> Answer:
    """The classes as they stand now, and the next step: cards."""
    session = database.session
    classes = orgs.classes(session, school.id, school_year=this_school_year())
    sizes = queries.roster_sizes(session, [c.unit_id for c in classes], on=local_day(now()))
    return render_template("roster/done.html", school=school, classes=classes, sizes=sizes)


def _form_page(school: Unit, form: ListForm) -> str:
    return render_template("roster/new.html", school=school, form=form, year=this_school_year())


def _check_page(school: Unit, what: Checked, listed: ClassList, form: ConfirmForm) -> str:
    plan = _plan(school, what)
    altered = plan.altered[:ALTERED_SHOWN]
    names_pupils("pupil.seen", school.path, len(altered))
    return render_template(
        "roster/check.html", school=school, what=what, plan=plan, form=form, notes=listed.notes,
        faults=listed.faults[:FAULTS_SHOWN],
        more_faults=max(0, len(listed.faults) - FAULTS_SHOWN),
        altered=altered, more_altered=len(plan.altered) - len(altered),
    )  # fmt: skip


def _plan(school: Unit, what: Checked) -> roster.Plan:
    return roster.plan(
        database.session, school, what.listed, school_year=what.school_year, stages=what.stages
    )


def _says(done: roster.Applied) -> str:
    return _(
        "The list is on the roster: %(added)s new pupils, %(moved)s moved, %(changed)s changed, "
        "%(unchanged)s as before; %(classes)s new classes.",
        added=done.added, moved=done.moved, changed=done.changed, unchanged=done.unchanged,
        classes=done.classes,
    )  # fmt: skip


def _key() -> str:
    return str(current_app.config["QUIZAPP"].secret_key)
