"""Pages of one pupil for staff, and finding pupils of a school."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from sqlalchemy.orm import Session

from quizapp.access.policy import Permission, allows
from quizapp.accounts.models import ExtraTime, Leaving
from quizapp.accounts.queries import extra_percent
from quizapp.core.clock import local_day, now, this_school_year
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid
from quizapp.core.i18n import _
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.rosters import changes, pupil_queries, pupils, transfers
from quizapp.rosters.pupil_forms import (
    EXTRA_WHY,
    ClassForm,
    DetailsForm,
    ExtraTimeForm,
    LeaveForm,
    LetGoForm,
)
from quizapp.rosters.pupil_queries import Child
from quizapp.web.doors import current_actor, needs
from quizapp.web.forms import Form, text
from quizapp.web.named import names_pupils

bp = Blueprint("pupils", __name__, url_prefix="/schools/<uuid:unit_id>/pupils")
FORMS = {
    "details": DetailsForm,
    "place": ClassForm,
    "extra": ExtraTimeForm,
    "leaving": LeaveForm,
    "transfer": LetGoForm,
}


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
@needs(Permission.PUPIL_READ, on=orgs.school)
def index(school: Unit) -> Answer:
    """By name, sound, initials, number or sign-in name; nothing is listed unasked."""
    wanted, reader = request.args.get("q", "").strip()[:40], current_actor()
    found, total = pupil_queries.search(database.session, school, wanted, reader=reader)
    names_pupils("pupil.seen", school.path, len(found))
    return render_template(
        "pupils/index.html", school=school, wanted=wanted, found=found, total=total
    )


@bp.get("/<uuid:pupil_id>")
@needs(Permission.PUPIL_READ, on=pupil_queries.child)
def show(child: Child) -> Answer:
    return _page(child)


@bp.post("/<uuid:pupil_id>/details")
@needs(Permission.ROSTER_EDIT, on=pupil_queries.child)
def correct(child: Child) -> Answer:
    form = DetailsForm(prefix="details")
    if not child.is_named(current_actor()):
        del form.name
    if not form.validate_on_submit():
        return _page(child, details=form), 422
    try:
        with transaction() as session:
            child, at = _held(session, child), now()
            pupils.correct(
                session, child, name=text(form.name) if form.name else child.pupil.name,
                number=text(form.number).strip() or None,
                seat=form.seat.data, by=current_actor(), now=at,
            )  # fmt: skip
    except Invalid as wrong:
        return _refused(child, "details", form, wrong)
    return _done(child, _("It is put right."))


@bp.post("/<uuid:pupil_id>/extra-time")
@needs(Permission.ROSTER_EDIT, on=pupil_queries.child)
def give_time(child: Child) -> Answer:
    form = ExtraTimeForm(prefix="extra")
    if not form.validate_on_submit():
        return _page(child, extra=form), 422
    try:
        with transaction() as session:
            child, at = _held(session, child), now()
            pupils.give_time(
                session, child, percent=form.percent.data or 0,
                why=ExtraTime(form.why.data) if form.why.data else None,
                until=form.until.data, by=current_actor(), now=at,
            )  # fmt: skip
    except Invalid as wrong:
        return _refused(child, "extra", form, wrong)
    return _done(child, _("The time is kept. It holds for quizzes that begin from now on."))


@bp.post("/<uuid:pupil_id>/class")
@needs(Permission.ROSTER_EDIT, on=pupil_queries.child)
def place(child: Child) -> Answer:
    """Move the pupil to another class, or enrol again who has left."""
    form = ClassForm(prefix="place")
    form.offer(_classes(child))
    if not form.validate_on_submit():
        return _page(child, place=form), 422
    with transaction() as session:
        child, at = _held(session, child), now()
        to = orgs.school_class(session, UUID(form.school_class.data))
        act = pupils.move if child.enrolment else pupils.take_back
        act(session, child, to, seat=form.seat.data, by=current_actor(), now=at)
    return _done(child, _("The pupil sits in %(name)s from today on.", name=to.unit.name))


@bp.post("/<uuid:pupil_id>/leaving")
@needs(Permission.ROSTER_EDIT, on=pupil_queries.child)
def leave(child: Child) -> Answer:
    form = LeaveForm(prefix="leaving")
    if not form.validate_on_submit():
        return _page(child, leaving=form), 422
    with transaction() as session:
        child, at = _held(session, child), now()
        pupils.leave(session, child, Leaving(form.why.data), by=current_actor(), now=at)
    return _done(child, _("The pupil has left the class and can no longer sign in."))


@bp.post("/<uuid:pupil_id>/transfer")
@needs(Permission.ROSTER_EDIT, on=pupil_queries.child)
def let_go(child: Child) -> Answer:
    """Answer with the code itself: the site keeps only its seal."""
    form = LetGoForm(prefix="transfer")
    key = current_app.config["QUIZAPP"].secret_key
    with transaction() as session:
        child, at = _held(session, child), now()
        code = transfers.let_go(
            session, child, key=key, at_once=bool(form.at_once.data), by=current_actor(), now=at
        )
    names_pupils("pupil.seen", child.path, 1, pupil=child.pupil.id)
    return render_template(
        "pupils/transfer_code.html", child=child, name=child.name(current_actor()), code=code,
        expires_at=at + transfers.CODE_LIFE,
    )  # fmt: skip


@bp.post("/<uuid:pupil_id>/transfer/end")
@needs(Permission.ROSTER_EDIT, on=pupil_queries.child)
def call_off(child: Child) -> Answer:
    with transaction() as session:
        transfers.call_off(session, child, by=current_actor(), now=now())
    return _done(child, _("The transfer code opens nothing any more."))


def _held(session: Session, child: Child) -> Child:
    """Keep others from changing the roster, and return the pupil as it stands now."""
    changes.hold(session, child.school)
    session.expire_all()
    return pupil_queries.child(session, child.school.id, child.pupil.id)


def _page(child: Child, **faulty: Form) -> str:
    """Draw the page; a form with faults stands there as it was filled in."""
    session, actor, at = database.session, current_actor(), now()
    pupil = child.pupil
    may_edit = allows(actor, Permission.ROSTER_EDIT, child)
    about = {
        "child": child, "name": child.name(actor), "is_named": child.is_named(actor),
        "has_card": pupil_queries.has_card(session, pupil, now=at),
        "stays": pupil_queries.stays(session, child),
        "transfer": pupil_queries.transfer(session, pupil, now=at) if may_edit else None,
        "went_to": None if child.enrolment else pupil_queries.went_to(session, pupil),
        "extra": extra_percent(pupil, on=local_day(at)), "extra_why": EXTRA_WHY,
        "forms": _forms(child) | faulty if may_edit else {},
        "can": {
            "edit": may_edit,
            "erase": allows(actor, Permission.PRIVACY_DECIDE, child.school),
            "issue": allows(actor, Permission.CARD_ISSUE, child),
            "see_extra": allows(actor, Permission.CONSENT_EDIT, child),
            "search": allows(actor, Permission.PUPIL_READ, child.school),
            "see_school": allows(actor, Permission.UNIT_READ, child.school),
        },
    }  # fmt: skip
    names_pupils("pupil.seen", child.path, 1, pupil=child.pupil.id)
    return render_template("pupils/show.html", **about)


def _forms(child: Child) -> dict[str, Form]:
    """Return all forms, filled in with what holds now."""
    pupil = child.pupil
    given: dict[str, dict[str, Any]] = {
        "details": {"name": pupil.name, "number": pupil.number, "seat": child.seat},
        "extra": {
            "percent": pupil.extra_percent,
            "why": pupil.extra_why.value if pupil.extra_why else "",
            "until": pupil.extra_until,
        },
    }
    forms: dict[str, Form] = {
        key: kind(formdata=None, prefix=key, **given.get(key, {})) for key, kind in FORMS.items()
    }
    details, place = forms["details"], forms["place"]
    if isinstance(details, DetailsForm) and not child.is_named(current_actor()):
        del details.name
    if isinstance(place, ClassForm):
        place.offer(_classes(child))
    return forms


def _classes(child: Child) -> list[SchoolClass]:
    """Return the classes of this school year but the pupil's own."""
    own = child.enrolment.class_id if child.enrolment else None
    year = this_school_year()
    found = orgs.classes(database.session, child.school.id, school_year=year)
    return [one for one in found if one.unit_id != own]


def _refused(child: Child, key: str, form: Form, wrong: Invalid) -> Answer:
    for field in wrong.fields:
        form[field].errors = [str(wrong)]
    return _page(child, **{key: form}), 422


def _done(child: Child, says: str) -> Answer:
    flash(says, "good")
    here = url_for(".show", unit_id=child.school.id, pupil_id=child.pupil.id)
    return redirect(here, 303)
