"""Pages of login cards: who gets one, the sheet to print, the end of all sign-ins of a class."""

from collections.abc import Sequence
from datetime import date, datetime
from urllib.parse import urlsplit

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

from quizapp.access.policy import Permission, allows
from quizapp.accounts import actions, pins, qr, queries
from quizapp.accounts.actions import PrintedCard
from quizapp.accounts.card_forms import CardForm, Sheet
from quizapp.core import pdf
from quizapp.core.clock import local_day, now
from quizapp.core.db import database, transaction
from quizapp.core.errors import TooMany
from quizapp.core.i18n import _
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.web.doors import current_actor, needs
from quizapp.web.named import names_pupils

bp = Blueprint("cards", __name__, url_prefix="/classes/<uuid:unit_id>")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/cards")
@needs(Permission.CARD_ISSUE, on=orgs.school_class)
def new(school_class: SchoolClass) -> Answer:
    seats = _seats(school_class)
    form = _form(seats)
    form.pupils.data = [str(seat.pupil_id) for seat in seats if not seat.has_own]
    return _form_page(school_class, seats, form)


@bp.post("/cards")
@needs(Permission.CARD_ISSUE, on=orgs.school_class)
def create(school_class: SchoolClass) -> Answer:
    """Answer with the cards themselves: their secrets are never shown again."""
    seats = _seats(school_class)
    form, school = _form(seats), orgs.school(database.session, school_class.school_id)
    if not form.validate_on_submit():
        return _form_page(school_class, seats, form), 422
    chosen = [seat for seat in seats if str(seat.pupil_id) in (form.pupils.data or ())]
    if form.sheet.data == Sheet.PDF:
        pdf.check_fonts()  # Before the cards are made: those without paper would be dead.
    key, at = current_app.config["QUIZAPP"].secret_key, now()
    with transaction() as session:
        again = actions.issued_often(session, school_class, chosen, by=current_actor(), now=at)
        printed = [] if again else actions.issue_cards(
            session, school_class, chosen, key=key, by=current_actor(), now=at
        )  # fmt: skip
    if again:
        raise TooMany(
            _(
                "You have made %(most)s cards for the same pupil within an hour. Use the last one, "
                "wait an hour, or ask a colleague; cards that are out stay as they are.",
                most=actions.MOST_CARDS,
            ),
            retry_after=int(actions.CARDS_WITHIN.total_seconds()),
        )
    if form.sheet.data == Sheet.PDF:
        return _pdf(school, school_class, printed, at)
    return _page(school, school_class, printed, at)


@bp.post("/sign-ins/end")
@needs(Permission.CARD_ISSUE, on=orgs.school_class)
def end_sign_ins(school_class: SchoolClass) -> Answer:
    with transaction() as session:
        pupil_ids = [seat.pupil_id for seat in queries.seats(session, school_class, now=now())]
        actions.end_sign_ins_of_class(
            session, school_class, pupil_ids, by=current_actor(), now=now()
        )
    flash(_("All pupils of the class are signed out on every device."), "good")
    return redirect(url_for(".new", unit_id=school_class.unit_id), 303)


def _seats(school_class: SchoolClass) -> list[queries.Seat]:
    return queries.seats(database.session, school_class, now=now(), reader=current_actor())


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


def _page(
    school: Unit, school_class: SchoolClass, printed: Sequence[PrintedCard], at: datetime
) -> str:
    codes = [qr.svg(_opens(school, paper)) for paper in printed]
    return render_template(
        "cards/print.html", school=school, school_class=school_class,
        cards=list(zip(printed, codes, strict=True)), address=_address(),
        expires_at=at + actions.CARD_LIFE, is_young=school_class.grade <= pins.LAST_GRADE,
    )  # fmt: skip


def _pdf(
    school: Unit, school_class: SchoolClass, printed: Sequence[PrintedCard], at: datetime
) -> Response:
    made = pdf.render(
        "cards",
        {
            "site": current_app.config["QUIZAPP"].site_name, "school": school.name,
            "code": school.code, "class": school_class.unit.name, "address": _address(),
            "young": school_class.grade <= pins.LAST_GRADE,
            "made": _on_paper(local_day(at)), "until": _on_paper(local_day(at + actions.CARD_LIFE)),
            "cards": [
                {"name": paper.name, "seat": paper.seat, "login": paper.login,
                 "groups": [paper.code[:5], paper.code[5:]],
                 "qr": qr.drawing(_opens(school, paper))}
                for paper in printed
            ],
        },
    )  # fmt: skip
    answer = Response(made, mimetype="application/pdf")
    name = f"cards-{school_class.unit.code}.pdf"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _on_paper(day: date) -> dict[str, str]:
    """Return the day in both languages of the paper, whatever the reader's is."""
    return {"zh": f"{day.year}年{day.month}月{day.day}日", "en": f"{day.day} {day:%B %Y}"}


def _opens(school: Unit, paper: PrintedCard) -> str:
    """Return what the QR code opens; what stands behind # reaches no log."""
    return f"{_base_url()}/card#{school.code}.{paper.token}"


def _address() -> str:
    """Return where the card is typed, as short as it can be copied from paper."""
    return f"{urlsplit(_base_url()).netloc}/card"


def _base_url() -> str:
    """Return the address that stands on cards, as the site is called from outside."""
    return current_app.config["QUIZAPP"].base_url or request.host_url.rstrip("/")
