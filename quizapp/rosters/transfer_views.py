"""Pages that take a child over from another school of the city: two codes, a look, a class."""

from datetime import datetime
from uuid import UUID

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue as Answer
from sqlalchemy.orm import Session

from quizapp.access.policy import Permission
from quizapp.accounts import throttle
from quizapp.accounts.names import shown_name
from quizapp.accounts.signing import Secret, told_again, tries_by
from quizapp.audit.actions import record
from quizapp.core.clock import now, this_school_year
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid, TooMany
from quizapp.core.i18n import _
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.rosters import transfers
from quizapp.rosters.pupil_forms import ClassForm, CodesForm
from quizapp.rosters.transfers import Offered
from quizapp.web.doors import current_actor, needs
from quizapp.web.forms import text
from quizapp.web.named import names_pupils

bp = Blueprint("transfers", __name__, url_prefix="/schools/<uuid:unit_id>/transfers")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/new")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def new(school: Unit) -> Answer:
    return render_template("transfers/new.html", school=school, form=CodesForm())


@bp.post("/check")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def check(school: Unit) -> Answer:
    """Show whose codes these are and ask for the class. Nothing is written yet."""
    form = CodesForm()
    if not form.validate_on_submit():
        return render_template("transfers/new.html", school=school, form=form), 422
    try:
        _try_codes(school, form)
    except (Invalid, TooMany) as wrong:
        return _refused(school, form, wrong)
    what = _offered(database.session, school, form, at=now())
    return _check_page(school, form, what, _class_form(school))


@bp.post("")
@needs(Permission.ROSTER_EDIT, on=orgs.school)
def create(school: Unit) -> Answer:
    form, place = CodesForm(), _class_form(school)
    if not form.validate_on_submit():
        return render_template("transfers/new.html", school=school, form=form), 422
    try:
        _try_codes(school, form)
        if not place.validate():
            what = _offered(database.session, school, form, at=now())
            return _check_page(school, form, what, place), 422
        with transaction() as session:
            transfers.hold(session, school, _offered(session, school, form, at=now()).school)
            session.expire_all()
            at = now()
            what = _offered(session, school, form, at=at)  # Nobody else has it meanwhile.
            to = orgs.school_class(session, UUID(place.school_class.data))
            pupil = transfers.take(session, school, what, to, by=current_actor(), now=at)
    except (Invalid, TooMany) as wrong:
        return _refused(school, form, wrong)
    flash(_("The child sits in %(name)s now. Print a login card next.", name=to.unit.name), "good")
    return redirect(url_for("pupils.show", unit_id=school.id, pupil_id=pupil.id), 303)


def _try_codes(school: Unit, form: CodesForm) -> None:
    """Look whether the codes open a transfer: counted before, and in the log if they do not.

    Invalid; TooMany while this person has to wait.
    """
    with transaction() as session:
        tried = tries_by(current_actor(), Secret.TRANSFER)
        counter = throttle.reserve(session, tried, now=now())
    try:
        _offered(database.session, school, form, at=now())
    except Invalid:
        with transaction() as session:
            record(session, "transfer.refused", by=current_actor(), now=now(), path=school.path)
        raise
    with transaction() as session:
        throttle.forgive(session, counter)


def _offered(session: Session, school: Unit, form: CodesForm, *, at: datetime) -> Offered:
    return transfers.offered(
        session, school, school=text(form.school), code=text(form.code),
        key=current_app.config["QUIZAPP"].secret_key, now=at,
    )  # fmt: skip


def _class_form(school: Unit) -> ClassForm:
    form = ClassForm(prefix="place")
    year = this_school_year()
    form.offer(orgs.classes(database.session, school.id, school_year=year))
    return form


def _refused(school: Unit, form: CodesForm, wrong: Invalid | TooMany) -> Answer:
    for field in wrong.fields or ("code",):
        form[field].errors = [str(wrong)]
    database.session.refresh(school)  # A rollback forgets what was read.
    return told_again(render_template("transfers/new.html", school=school, form=form), wrong)


def _check_page(school: Unit, form: CodesForm, what: Offered, place: ClassForm) -> str:
    """The child is still the other school's: its log tells who has seen the name."""
    last, pupil = what.last, what.pupil
    name = shown_name(
        pupil.name, pupil.consent, last.seat, of=last.school_class, reader=current_actor()
    )
    names_pupils("pupil.seen", what.school.path, 1)
    return render_template(
        "transfers/check.html", school=school, form=form, what=what, place=place, name=name
    )
