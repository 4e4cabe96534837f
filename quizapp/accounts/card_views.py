"""Pages of login cards: who gets one, the sheet to print, the end of all sign-ins of a class."""

from urllib.parse import urlsplit

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, allows
from quizapp.accounts import actions, qr, queries
from quizapp.accounts.roster_forms import CardForm
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.i18n import _
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass
from quizapp.web.doors import current_actor, needs
from quizapp.web.named import names_pupils

bp = Blueprint("cards", __name__, url_prefix="/classes/<uuid:unit_id>")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/cards")
@needs(Permission.CARD_ISSUE, on=orgs.school_class)
def new(school_class: SchoolClass) -> Answer:
    seats = queries.seats(database.session, school_class)
    form = _form(seats)
    form.pupils.data = [str(seat.pupil_id) for seat in seats if not seat.has_secret]
    return _form_page(school_class, seats, form)


@bp.post("/cards")
@needs(Permission.CARD_ISSUE, on=orgs.school_class)
def create(school_class: SchoolClass) -> Answer:
    """Answer with the cards themselves: their secrets are never shown again."""
    seats = queries.seats(database.session, school_class)
    form, school = _form(seats), orgs.school(database.session, school_class.school_id)
    if not form.validate_on_submit():
        return _form_page(school_class, seats, form), 422
    chosen = [seat for seat in seats if str(seat.pupil_id) in (form.pupils.data or ())]
    key, at = current_app.config["QUIZAPP"].secret_key, now()
    with transaction() as session:
        printed = actions.issue_cards(
            session, school_class, chosen, key=key, by=current_actor(), now=at
        )
    base = _base_url()
    codes = [qr.svg(f"{base}/card#{school.code}.{paper.token}") for paper in printed]
    return render_template(
        "cards/print.html", school=school, school_class=school_class,
        cards=list(zip(printed, codes, strict=True)),
        address=f"{urlsplit(base).netloc}/card", expires_at=at + actions.CARD_LIFE,
    )  # fmt: skip


@bp.post("/sign-ins/end")
@needs(Permission.CARD_ISSUE, on=orgs.school_class)
def end_sign_ins(school_class: SchoolClass) -> Answer:
    with transaction() as session:
        pupil_ids = [seat.pupil_id for seat in queries.seats(session, school_class)]
        actions.end_sign_ins_of_class(
            session, school_class, pupil_ids, by=current_actor(), now=now()
        )
    flash(_("All pupils of the class are signed out on every device."), "good")
    return redirect(url_for(".new", unit_id=school_class.unit_id), 303)


def _form(seats: list[queries.Seat]) -> CardForm:
    form = CardForm()
    form.pupils.choices = {str(seat.pupil_id): seat.name for seat in seats}
    return form


def _form_page(school_class: SchoolClass, seats: list[queries.Seat], form: CardForm) -> str:
    names_pupils("pupil.seen", school_class.path, len(seats))
    return render_template(
        "cards/new.html", school_class=school_class, seats=seats, form=form,
        days=actions.CARD_LIFE.days,
        may_import=allows(current_actor(), Permission.ROSTER_EDIT, school_class),
    )  # fmt: skip


def _base_url() -> str:
    """Return the address that stands on cards, as the site is called from outside."""
    return current_app.config["QUIZAPP"].base_url or request.host_url.rstrip("/")
