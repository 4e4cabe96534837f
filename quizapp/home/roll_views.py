"""Rolls: the versions, one of them, a new list by file or by asking the schools, the signature."""

from typing import Final
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue as Answer
from sqlalchemy.orm import Session

from quizapp.access.policy import EVERYWHERE, Permission, allows, holds, require
from quizapp.campaigns.words import grade_name
from quizapp.core import sheets
from quizapp.core.clock import local_day, now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid, Missing
from quizapp.core.i18n import _
from quizapp.home import log_queries, roll_exports
from quizapp.home import roll_queries as queries
from quizapp.home.roll_forms import (
    COLUMNS,
    AskForm,
    CountsForm,
    EnterForm,
    ListForm,
    SignForm,
    counts_form,
)
from quizapp.home.roll_queries import Entry, Sheet
from quizapp.orgs import queries as orgs
from quizapp.orgs import roll_lists, rolls
from quizapp.orgs.checked import Checked, packed, unpacked
from quizapp.orgs.models import Roll, Unit
from quizapp.orgs.words import EXCLUSIONS, short_grade
from quizapp.web.doors import current_actor, needs
from quizapp.web.forms import text

bp = Blueprint("rolls", __name__, url_prefix="/rolls")
FAULTS_SHOWN: Final = 1000
SHIFTS_SHOWN: Final = 300
SCHOOLS_SHOWN: Final = 60  # With more of them the page begins with the districts.
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LONGEST: Final = 700_000  # Signs: a form may hold a megabyte in all.


def place(session: Session) -> Unit:
    """Return the city or district that the address names, or the actor's own."""
    require(current_actor(), Permission.ROLL_SIGN, EVERYWHERE)
    units = queries.signs_for(session, current_actor())
    code = request.args.get("unit")
    for unit in units:
        if code in (None, unit.code):
            return unit
    raise Missing(_("There is no such unit."))


@bp.get("/")
@needs(Permission.ROLL_READ)
def index() -> Answer:
    session, actor, after = database.session, current_actor(), request.args.get("after", type=UUID)
    page = queries.versions(session, actor, after=after)
    older = url_for(".index", after=page.after) if page.after else None
    return render_template(
        "rolls/index.html", rolls=page.rows,
        tallies=queries.tallies(session, actor, page.rows),
        may_enter=holds(actor, Permission.ROLL_SIGN),
        pages={"newer_url": url_for(".index") if after else None, "older_url": older},
    )  # fmt: skip


@bp.get("/<uuid:roll_id>")
@needs(Permission.ROLL_READ)
def show(roll_id: UUID) -> Answer:
    sheet = queries.sheet(database.session, current_actor(), roll_id)
    return _sheet_page(sheet, SignForm(formdata=None))


@bp.get("/<uuid:roll_id>.csv")
@needs(Permission.ROLL_READ)
def show_csv(roll_id: UUID) -> Answer:
    sheet = queries.sheet(database.session, current_actor(), roll_id)
    answer = Response(roll_exports.csv(sheet), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=f"roll-{sheet.roll.name}.csv")
    return answer


@bp.post("/<uuid:roll_id>/signature")
@needs(Permission.ROLL_SIGN, on=queries.roll)
def sign(roll: Roll) -> Answer:
    form = SignForm()
    if not form.validate_on_submit():
        return _sheet_page(queries.sheet(database.session, current_actor(), roll.id), form), 422
    try:
        with transaction() as session:
            rolls.sign(
                session, roll, signer=text(form.signer).strip(), by=current_actor(), now=now(),
                unconfirmed=form.unconfirmed.data, objected=form.objected.data,
            )  # fmt: skip
    except Invalid as wrong:
        for name, says in wrong.fields.items():
            form[name].errors = [says]
        return _sheet_page(queries.sheet(database.session, current_actor(), roll.id), form), 422
    flash(_("The roll is signed. Rates rest on it from today."), "good")
    return redirect(url_for(".show", roll_id=roll.id), 303)


@bp.get("/new")
@needs(Permission.ROLL_SIGN, on=place)
def new(unit: Unit) -> Answer:
    form = ListForm(formdata=None)
    form.counted_on.data = local_day(now())
    return _new_page(unit, form)


@bp.get("/template")
@needs(Permission.ROLL_SIGN, on=place)
def template(unit: Unit) -> Answer:
    """A list to fill in: each school beneath the unit, with the grades of its classes."""
    session = database.session
    schools = orgs.schools_beneath(session, unit)
    answer = Response(
        roll_exports.blank(unit, queries.grades_of(session, schools.values()), created=now()),
        mimetype=XLSX,
    )
    answer.headers.set("Content-Disposition", "attachment", filename=f"roll-{unit.code}.xlsx")
    return answer


@bp.post("/check")
@needs(Permission.ROLL_SIGN, on=place)
def check(unit: Unit) -> Answer:
    """Say all that is wrong with the file and all that it would change. Nothing is written."""
    form = ListForm()
    if not form.validate_on_submit():
        return _new_page(unit, form), 422
    schools = orgs.schools_beneath(database.session, unit)
    try:
        rows = sheets.read(form.file.data.filename, form.file.data.read())
    except sheets.Unreadable as fault:
        form.file.errors = [str(fault)]
        return _new_page(unit, form), 422
    listed = roll_lists.read(rows, schools={code: one.name for code, one in schools.items()})
    what = Checked(listed, form.day, text(form.source).strip())
    confirm = EnterForm(formdata=None)
    confirm.checked.data = packed(what, unit_id=unit.id, key=_key())
    if len(confirm.checked.data) > LONGEST:
        form.file.errors = [_("The list is too long. Enter it district by district.")]
        return _new_page(unit, form), 422
    found = rolls.differences(database.session, unit, rolls.headcounts(listed, schools))
    return render_template(
        "rolls/check.html", unit=unit, what=what, form=confirm, sums=queries.sums(listed),
        faults=listed.faults[:FAULTS_SHOWN],
        more_faults=max(0, len(listed.faults) - FAULTS_SHOWN),
        changes=queries.changes(database.session, found), shifts_shown=SHIFTS_SHOWN,
        grade_name=grade_name, exclusions=EXCLUSIONS,
    ), 422 if listed.faults else 200  # fmt: skip


@bp.post("/")
@needs(Permission.ROLL_SIGN, on=place)
def create(unit: Unit) -> Answer:
    what = unpacked(EnterForm().checked.data or "", unit_id=unit.id, key=_key(), now=now())
    if what is None:
        flash(_("The check was too long ago. Nothing was changed; choose the file again."), "near")
        return redirect(url_for(".new", unit=unit.code), 303)
    schools = orgs.schools_beneath(database.session, unit)
    with transaction() as session:
        made = rolls.enter(
            session, unit, rolls.headcounts(what.listed, schools), counted_on=what.counted_on,
            source=what.source, by=current_actor(), now=now(),
            schools=[schools[code] for code in what.listed.schools],
        )  # fmt: skip
    flash(_("The list is entered. Now the schools confirm it, and then you sign."), "good")
    return redirect(url_for(".show", roll_id=made.id), 303)


@bp.post("/requests")
@needs(Permission.ROLL_SIGN, on=place)
def ask(unit: Unit) -> Answer:
    """Let the schools say their counts themselves."""
    form = AskForm()
    if not form.validate_on_submit():
        return _new_page(unit, ListForm(formdata=None), form), 422
    with transaction() as session:
        made = rolls.ask(
            session, unit, orgs.schools_beneath(session, unit).values(), counted_on=form.day,
            source=_("Counted by the schools"), by=current_actor(), now=now(),
        )  # fmt: skip
    flash(_("The schools find on their first page that their counts are wanted."), "good")
    return redirect(url_for(".show", roll_id=made.id), 303)


@bp.get("/<uuid:roll_id>/schools/<uuid:school_id>/edit")
@needs(Permission.ROLL_SIGN, on=queries.entry)
def edit(entry: Entry) -> Answer:
    """Put the counts of one school right, for the bureau."""
    session = database.session
    counts = queries.own_counts(session, entry.roll, entry.school)
    grades = queries.grades_for(session, entry.school, counts)
    return _edit_page(entry, counts_form(grades, counts))


@bp.post("/<uuid:roll_id>/schools/<uuid:school_id>")
@needs(Permission.ROLL_SIGN, on=queries.entry)
def update(entry: Entry) -> Answer:
    session = database.session
    counts = queries.own_counts(session, entry.roll, entry.school)
    form = counts_form(queries.grades_for(session, entry.school, counts), {})
    if not form.validate_on_submit():
        return _edit_page(entry, form), 422
    with transaction() as session:
        made = rolls.correct(
            session, entry.roll, entry.school, form.headcounts(entry.school),
            by=current_actor(), now=now(), confirmed=False,
        )  # fmt: skip
    flash(_("The counts are changed. The school has to confirm them."), "good")
    return redirect(url_for(".show", roll_id=made.id), 303)


def _new_page(unit: Unit, form: ListForm, ask: AskForm | None = None) -> str:
    ask = ask or AskForm(formdata=None, data={"counted_on": local_day(now())})
    units = queries.signs_for(database.session, current_actor())
    return render_template("rolls/new.html", unit=unit, units=units, form=form, ask=ask)


def _sheet_page(sheet: Sheet, form: SignForm) -> str:
    session, actor, code = database.session, current_actor(), request.args.get("area")
    areas = queries.areas(session, sheet.lines)
    chosen = next((area for area in areas if area.unit.code == code), None)
    lines = chosen.lines if chosen else sheet.lines
    few = len(sheet.lines) <= SCHOOLS_SHOWN
    may_sign = allows(actor, Permission.ROLL_SIGN, sheet.roll)
    confirmed_by = {line.answer.confirmed_by for line in lines if line.answer.confirmed_by}
    return render_template(
        "rolls/show.html", sheet=sheet, roll=sheet.roll, form=form, areas=areas, area=chosen,
        lines=lines if chosen or few or code == "all" else [],
        grade_name=grade_name, short_grade=short_grade, exclusions=EXCLUSIONS,
        changes=queries.changes_of(session, sheet.roll) if may_sign else None,
        shifts_shown=SHIFTS_SHOWN,
        persons=log_queries.persons(session, confirmed_by),
        can={
            "sign": may_sign and sheet.is_newest and not sheet.roll.signed_at,
            "correct": may_sign and sheet.is_newest,
        },
    )  # fmt: skip


def _edit_page(entry: Entry, form: CountsForm) -> str:
    roll, school = entry.roll, entry.school
    return render_template(
        "rolls/edit.html", roll=roll, school=school, form=form, columns=COLUMNS,
        grade_name=grade_name, back=url_for(".show", roll_id=roll.id),
        action=url_for(".update", roll_id=roll.id, school_id=school.id),
    )  # fmt: skip


def _key() -> str:
    return str(current_app.config["QUIZAPP"].secret_key)
