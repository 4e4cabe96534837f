"""The pupil's own page about the own data, and the school's page of what pupils asked for."""

from datetime import date, datetime

from flask import (
    Blueprint,
    Flask,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    url_for,
)
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission
from quizapp.accounts import queries
from quizapp.accounts.models import Pupil
from quizapp.accounts.names import UNNAMED, is_young
from quizapp.core.clock import local_day, now
from quizapp.core.db import database, transaction
from quizapp.core.i18n import _
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.privacy import consent, erasing, holdings, requests
from quizapp.privacy.forms import AnswerForm, ErasureForm, WishForm
from quizapp.privacy.holdings import Told
from quizapp.privacy.looks import looks_at
from quizapp.privacy.models import Wish
from quizapp.privacy.personal import CONSENTS, WISH_STATES, WISHES
from quizapp.privacy.requests import Request
from quizapp.rosters import pupil_queries
from quizapp.rosters.pupil_queries import Child
from quizapp.staff.forms import ROLES
from quizapp.web import filters
from quizapp.web.doors import current_actor, mine, needs
from quizapp.web.forms import text
from quizapp.web.named import names_pupils

own = Blueprint("data", __name__, url_prefix="/my-data")
bp = Blueprint("privacy", __name__, url_prefix="/schools/<uuid:unit_id>")


def init_app(app: Flask) -> None:
    app.register_blueprint(own)
    app.register_blueprint(bp)


@own.get("")
@mine(holdings.own_pupil)
def show(pupil: Pupil) -> Answer:
    return _own_page(pupil, WishForm())


@own.get("/file")
@mine(holdings.own_pupil)
def download(pupil: Pupil) -> Answer:
    """Everything as JSON, to be kept or carried elsewhere."""
    session, at = database.session, now()
    looks = [
        {"day": look.day, "role": look.role, "why": look.why, "times": look.times}
        for look in looks_at(session, pupil)
    ]
    told = {
        "site": current_app.config["QUIZAPP"].site_name,
        "made_at": at,
        "sections": [
            {"title": one.title, "words": one.words, "rows": [_as_json(row) for row in one.rows]}
            for one in holdings.told(session, pupil, now=at)
        ],
        "who_looked": [_as_json(look) for look in looks],
    }
    answer = jsonify(_as_json(told))
    answer.headers.set("Content-Disposition", "attachment", filename="my-data.json")
    return answer


@own.post("/requests")
@mine(holdings.own_pupil)
def ask(pupil: Pupil) -> Answer:
    form = WishForm()
    if not form.validate_on_submit():
        return _own_page(pupil, form), 422
    wish = Wish(form.wish.data)
    if wish is Wish.CORRECTION and not text(form.words).strip():
        form.words.errors = [_("Say what is wrong, so that the school can put it right.")]
        return _own_page(pupil, form), 422
    with transaction() as session:
        requests.ask(session, pupil, wish, text(form.words).strip(), by=current_actor(), now=now())
    flash(_("Your school has your request. Its answer will stand here."), "good")
    return redirect(url_for("data.show"), 303)


@own.post("/consent")
@mine(holdings.own_pupil)
def turn(pupil: Pupil) -> Answer:
    """Withdraw the own consent, or give it again: one button does what is not so yet."""
    at, actor = now(), current_actor()
    of = queries.own_enrolment(database.session, actor).school_class
    agrees = pupil.consent in UNNAMED
    with transaction() as session:
        consent.say(session, pupil, of, agrees=agrees, today=local_day(at), by=actor, now=at)
    flash(_("This is recorded; it holds from now on."), "good")
    return redirect(url_for("data.show"), 303)


@bp.get("/requests")
@needs(Permission.PRIVACY_DECIDE, on=orgs.school)
def index(school: Unit) -> Answer:
    found = requests.requests(database.session, school)
    shown = [one for one in (*found.waiting, *found.decided) if not one.child.pupil.erased_at]
    names_pupils("pupil.seen", school.path, len({one.child.pupil.id for one in shown}))
    return render_template(
        "privacy/requests.html", school=school, found=found, wishes=WISHES, states=WISH_STATES,
        reader=current_actor(),
    )  # fmt: skip


@bp.get("/requests/<uuid:request_id>")
@needs(Permission.PRIVACY_DECIDE, on=requests.request)
def request(asked: Request) -> Answer:
    return _request_page(asked, AnswerForm())


@bp.post("/requests/<uuid:request_id>/done")
@needs(Permission.PRIVACY_DECIDE, on=requests.request)
def done(asked: Request) -> Answer:
    return _decided(asked, done=True)


@bp.post("/requests/<uuid:request_id>/refused")
@needs(Permission.PRIVACY_DECIDE, on=requests.request)
def refused(asked: Request) -> Answer:
    return _decided(asked, done=False)


@bp.get("/pupils/<uuid:pupil_id>/erasure")
@needs(Permission.PRIVACY_DECIDE, on=pupil_queries.child)
def erasure(child: Child) -> Answer:
    return _erasure_page(child, ErasureForm())


@bp.post("/pupils/<uuid:pupil_id>/erasure")
@needs(Permission.PRIVACY_DECIDE, on=pupil_queries.child)
def erase(child: Child) -> Answer:
    form = ErasureForm()
    if not form.validate_on_submit():
        return _erasure_page(child, form), 422
    with transaction() as session:
        erasing.erase(session, child.pupil, by=current_actor(), now=now())
    flash(_("Everything that told who the pupil was is gone. The counts stay."), "good")
    return redirect(url_for(".index", unit_id=child.school.id), 303)


def _own_page(pupil: Pupil, form: WishForm) -> str:
    session = database.session
    of = queries.own_enrolment(session, current_actor()).school_class
    sections = holdings.told(session, pupil, now=now())
    return render_template(
        "privacy/mine.html", pupil=pupil, form=form, school_class=of,
        is_young=is_young(of.grade), unnamed=pupil.consent in UNNAMED,
        consents=CONSENTS, wishes=requests.wishes(session, pupil), kinds=WISHES,
        states=WISH_STATES, said=said, roles=ROLES,
        sections=[one for one in sections if one.rows],
        empty=[one.title for one in sections if not one.rows],
        looks=looks_at(session, pupil),
        contacts=queries.administrators(
            session, orgs.unit(session, pupil.school_id), on=local_day(now())
        ),
        school=orgs.unit(session, pupil.school_id),
    )  # fmt: skip


def _request_page(asked: Request, form: AnswerForm) -> str:
    if not asked.child.pupil.erased_at:
        names_pupils("pupil.seen", asked.path, 1, pupil=asked.wish.pupil_id)
    return render_template(
        "privacy/request.html", asked=asked, form=form, wishes=WISHES, states=WISH_STATES,
        name=asked.child.name(current_actor()),
    )  # fmt: skip


def _decided(asked: Request, *, done: bool) -> Answer:
    form = AnswerForm()
    if not form.validate_on_submit():
        return _request_page(asked, form), 422
    with transaction() as session:
        requests.decide(
            session, asked, done=done, answer=text(form.answer).strip(), by=current_actor(),
            now=now(),
        )  # fmt: skip
    flash(_("The pupil reads your answer from now on."), "good")
    return redirect(url_for(".index", unit_id=asked.child.school.id), 303)


def _erasure_page(child: Child, form: ErasureForm) -> str:
    elsewhere = len(queries.rows_of_child(database.session, child.pupil.child_id)) - 1
    names_pupils("pupil.seen", child.school.path, 1, pupil=child.pupil.id)
    return render_template(
        "privacy/erasure.html", child=child, form=form, elsewhere=elsewhere,
        name=child.name(current_actor()),
    )  # fmt: skip


def said(value: object) -> str:
    """Return a told value in the words of the reader."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return filters.moment(value)
    return filters.day(value) if isinstance(value, date) else str(value)


def _as_json(told: Told) -> dict[str, object]:
    """Return the row with days and instants as ISO text."""
    return {
        key: value.isoformat() if isinstance(value, date) else value for key, value in told.items()
    }
