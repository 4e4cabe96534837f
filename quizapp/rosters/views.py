"""Pages that take a class list in: choose the file, see what it would change, change it."""

from dataclasses import replace
from typing import Final
from uuid import UUID

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission
from quizapp.accounts import queries
from quizapp.core import sheets
from quizapp.core.clock import local_day, now, this_school_year
from quizapp.core.db import database, transaction
from quizapp.core.i18n import _
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import Stage
from quizapp.rosters import applying, change_views, changes, plans
from quizapp.rosters.change_words import counted
from quizapp.rosters.checked import LONGEST, Checked, packed, unpacked
from quizapp.rosters.class_lists import ClassList
from quizapp.rosters.difference import difference
from quizapp.rosters.forms import ConfirmForm, ListForm, ReachForm, UndoForm
from quizapp.rosters.matching import Reach
from quizapp.rosters.models import ChangeState
from quizapp.web.doors import current_actor, needs
from quizapp.web.named import names_pupils

bp = Blueprint("roster", __name__, url_prefix="/schools/<uuid:unit_id>/roster")
FAULTS_SHOWN: Final = 1000
BLANK: Final = ("年级", "班级", "座号", "姓名", "学号")
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.register_blueprint(change_views.bp)


@bp.get("/new")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def new(school: Unit) -> Answer:
    form = ListForm()
    form.stages.data = sorted(plans.stages(database.session, school))
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
    """Say all that is wrong with the list and all that it would change. Nothing is written."""
    form = ListForm()
    if not form.validate_on_submit():
        return _form_page(school, form), 422
    try:
        listed, what = _read(school, form)
    except sheets.Unreadable as fault:
        (form.file if form.file.data else form.pasted).errors = [str(fault)]
        return _form_page(school, form), 422
    confirm = _confirm(school, what)
    if len(confirm.checked.data or "") > LONGEST:
        form.file.errors = [_("The list is too long. Split it into one file for each grade.")]
        return _form_page(school, form), 422
    return _check_page(school, what, listed, confirm), 422 if listed.faults else 200


@bp.post("/reach")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def reach(school: Unit) -> Answer:
    """Show what the same list would change if it reached farther, or less far."""
    form = ReachForm()
    what = _carried(school, form.checked.data)
    if what is None:
        return _too_late(school)
    if form.validate_on_submit() and not what.left_out:
        what = replace(what, reach=Reach(form.reach.data))
    return _check_page(school, what, what.listed, _confirm(school, what))


@bp.post("")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def create(school: Unit) -> Answer:
    form = ConfirmForm()
    what = _carried(school, form.checked.data)
    if what is None:
        return _too_late(school)
    if what.left_out and not form.partial.data:
        form.partial.errors = [_("Tick this, or mend the file and check it again.")]
        return _check_page(school, what, what.listed, form), 422
    with transaction() as session:
        change = applying.take_in(
            session, school, what, percent=_percent(), by=current_actor(), now=now()
        )
    if change is None:
        flash(_("All of the list stands on the roster already. Nothing was changed."), "sea")
        return redirect(url_for(".done", unit_id=school.id), 303)
    if change.state is ChangeState.PROPOSED:
        flash(_("Nothing is written yet: a second person of the school must agree."), "near")
        return redirect(url_for("changes.show", unit_id=school.id, change_id=change.id), 303)
    flash(_("The list is on the roster: %(counts)s.", counts=counted(change.counts)), "good")
    return redirect(url_for(".done", unit_id=school.id, change=change.id), 303)


@bp.get("/done")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def done(school: Unit) -> Answer:
    """The classes as they stand now, the next step: cards, and the way back."""
    session, change_id = database.session, request.args.get("change", type=UUID)
    change = changes.change_of(session, school.id, change_id) if change_id else None
    classes = orgs.classes(session, school.id, school_year=this_school_year())
    sizes = queries.roster_sizes(session, [c.unit_id for c in classes], on=local_day(now()))
    return render_template(
        "roster/done.html", school=school, classes=classes, sizes=sizes, change=change,
        undo_form=UndoForm() if change and changes.can_undo(change, now=now()) else None,
        undoing=change_views.undoing(session, change) if change else None,
    )  # fmt: skip


def _read(school: Unit, form: ListForm) -> tuple[ClassList, Checked]:
    """Return the list with its faults, and what of it may be taken in. Unreadable: no table."""
    stages = [Stage(stage) for stage in form.stages.data or ()]
    year = this_school_year()
    if form.file.data:
        name, raw = form.file.data.filename, form.file.data.read()
    else:
        name, raw = "pasted.txt", (form.pasted.data or "").encode()
    listed = plans.read_file(school, name, raw, school_year=year, stages=stages)
    return plans.check(database.session, school, listed, school_year=year, stages=stages)


def _form_page(school: Unit, form: ListForm) -> str:
    return render_template("roster/new.html", school=school, form=form, year=this_school_year())


def _check_page(school: Unit, what: Checked, listed: ClassList, form: ConfirmForm) -> str:
    plan = plans.plan_of(database.session, school, what)
    shown = difference(plan)
    names_pupils("pupil.seen", school.path, shown.known)
    reach_form = ReachForm(formdata=None, checked=form.checked.data, reach=what.reach.value)
    return render_template(
        "roster/check.html", school=school, what=what, plan=plan, form=form, notes=listed.notes,
        faults=listed.faults[:FAULTS_SHOWN],
        more_faults=max(0, len(listed.faults) - FAULTS_SHOWN),
        difference=shown, reach_form=reach_form, percent=_percent(),
        needs_second=changes.needs_second(plan.counts, plan.pupils, _percent()),
    )  # fmt: skip


def _confirm(school: Unit, what: Checked) -> ConfirmForm:
    form = ConfirmForm(formdata=None)
    form.checked.data = packed(what, school_id=school.id, key=_key())
    return form


def _carried(school: Unit, text: str | None) -> Checked | None:
    return unpacked(text or "", school_id=school.id, key=_key(), now=now())


def _too_late(school: Unit) -> Answer:
    flash(_("The check was too long ago. Nothing was changed; choose the file again."), "near")
    return redirect(url_for(".new", unit_id=school.id), 303)


def _key() -> str:
    return str(current_app.config["QUIZAPP"].secret_key)


def _percent() -> int:
    return int(current_app.config["QUIZAPP"].second_person_percent)
