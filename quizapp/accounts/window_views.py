"""Pages of the class window: the teacher's, for the board, and the pupils' way in."""

from urllib.parse import urlsplit
from uuid import UUID

import flask
from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import SYSTEM, Permission
from quizapp.accounts import ceilings, credentials, knocks, signin, windows
from quizapp.accounts.forms import BrowserForm, OpenWindowForm, Pictures, PlaceForm, WindowForm
from quizapp.accounts.knocks import Knock
from quizapp.accounts.models import ClassWindow, Pupil
from quizapp.accounts.signing import SCHOOL_COOKIE, keep_school, place, told_again, welcomed
from quizapp.audit.actions import record
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import TooMany
from quizapp.core.i18n import _
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass
from quizapp.web.device import device_id
from quizapp.web.doors import actor_or_none, current_actor, needs, public
from quizapp.web.forms import text
from quizapp.web.named import names_pupils

board = Blueprint("windows", __name__, url_prefix="/classes/<uuid:unit_id>/window")
bp = Blueprint("window", __name__, url_prefix="/window")
# In the session: school and window whose code was typed, and in which browser it was. Who wants to
# pass for another browser has to type the code again.
ENTERED = "window"


def init_app(app: Flask) -> None:
    app.register_blueprint(board)
    app.register_blueprint(bp)


@board.get("")
@needs(Permission.WINDOW_OPEN, on=orgs.school_class)
def show(school_class: SchoolClass) -> Answer:
    """The page for the board; without an open window, the form that opens one."""
    session, at = database.session, now()
    school = orgs.school(session, school_class.school_id)
    window = windows.of_class(session, school_class, now=at)
    if window is None:
        return _opening(school_class, _minutes_form())
    seen = windows.places(session, window)
    names_pupils("pupil.seen", school_class.path, len(seen))
    return render_template(
        "windows/show.html", school_class=school_class, school=school, window=window, places=seen,
        code=credentials.window_code(window.id, _key()), count=_count(seen), address=_address(),
        states=list(windows.State), shut_out=knocks.shut_out(session, window),
        seconds=int((window.closes_at - at).total_seconds()),
    )  # fmt: skip


@board.get("/states")
@needs(Permission.WINDOW_OPEN, on=orgs.school_class)
def states(school_class: SchoolClass) -> Answer:
    """How it stands at each name, without the names: the page asks again every few seconds."""
    window = windows.of_class(database.session, school_class, now=now())
    if window is None:
        return "", 204
    seen = windows.places(database.session, window)
    return jsonify(
        count=_count(seen),
        shut_out=len(knocks.shut_out(database.session, window)),
        states={str(place.pupil_id): place.state for place in seen},
    )


@board.post("")
@needs(Permission.WINDOW_OPEN, on=orgs.school_class)
def create(school_class: SchoolClass) -> Answer:
    form = _minutes_form()
    if not form.validate_on_submit():
        return _opening(school_class, form), 422
    minutes: int = form.minutes.data
    with transaction() as session:
        windows.open_for(
            session, school_class, minutes=minutes, key=_key(), by=current_actor(), now=now()
        )
    return redirect(url_for(".show", unit_id=school_class.unit_id), 303)


@board.post("/close")
@needs(Permission.WINDOW_OPEN, on=orgs.school_class)
def close(school_class: SchoolClass) -> Answer:
    with transaction() as session:
        windows.close(session, school_class, by=current_actor(), now=now())
    flash(_("The class is closed. Who is signed in stays signed in."), "good")
    return redirect(url_for(".show", unit_id=school_class.unit_id), 303)


@board.post("/free")
@needs(Permission.WINDOW_OPEN, on=orgs.school_class)
def free(school_class: SchoolClass) -> Answer:
    """Open one name again, or all that are closed."""
    form = PlaceForm()
    if form.validate_on_submit():
        pupil_id = UUID(form.pupil.data) if form.pupil.data else None
        with transaction() as session:
            knocks.free(session, school_class, pupil_id=pupil_id, by=current_actor(), now=now())
    return redirect(url_for(".show", unit_id=school_class.unit_id), 303)


@board.post("/let-in")
@needs(Permission.WINDOW_OPEN, on=orgs.school_class)
def let_in(school_class: SchoolClass) -> Answer:
    """Let a browser that was shut out show pictures again."""
    form = BrowserForm()
    if form.validate_on_submit():
        with transaction() as session:
            knocks.let_in(session, school_class, text(form.browser), by=current_actor(), now=now())
    return redirect(url_for(".show", unit_id=school_class.unit_id), 303)


@bp.get("")
@public
def new() -> Answer:
    """Where the pupils of an open class type what stands on the board."""
    if actor_or_none():
        return redirect(url_for("home.index"), 303)
    form = WindowForm(school=request.cookies.get(SCHOOL_COOKIE, ""))
    return render_template("window/new.html", form=form, wrong=None)


@bp.post("")
@public
def enter() -> Answer:
    form, at = WindowForm(), now()
    if not form.validate_on_submit():
        return render_template("window/new.html", form=form, wrong=None), 422
    school, code = text(form.school).strip(), text(form.code)
    try:
        ceilings.heed_address(database.session, place(), now=at)
        window = windows.behind(database.session, school=school, code=code, key=_key(), now=at)
    except (windows.NoWindow, TooMany) as wrong:
        if isinstance(wrong, windows.NoWindow):
            with transaction() as session:
                ceilings.blame_address(session, place(), now=at)
                record(session, "window.refused", by=SYSTEM, now=at)
        return told_again(render_template("window/new.html", form=form, wrong=str(wrong)), wrong)
    with transaction() as session:
        windows.entered(session, window, now=at)
    flask.session[ENTERED] = [str(window.school_id), str(window.id), device_id()]
    return keep_school(redirect(url_for(".names"), 303), school)


@bp.get("/names")
@public
def names() -> Answer:
    window, _device = _entered()
    school_class = orgs.school_class(database.session, window.class_id)
    seen = windows.places(database.session, window)
    return _kept_nowhere(
        render_template("window/names.html", school_class=school_class, places=seen)
    )


@bp.get("/names/<uuid:pupil_id>")
@public
def show_name(pupil_id: UUID) -> Answer:
    window, device = _entered()
    child, name = windows.pupil(database.session, window, pupil_id)
    return _kept_nowhere(_asking(window, device, child, name))


@bp.post("/names/<uuid:pupil_id>")
@public
def use(pupil_id: UUID) -> Answer:
    """Open with three pictures."""
    (window, device), form = _entered(), Pictures()
    child, name = windows.pupil(database.session, window, pupil_id)
    pin = form.pin if form.validate_on_submit() else None
    if pin is None or child.pin_hash is None:
        says = None if form.errors else _("Choose three pictures.")
        return _asking(window, device, child, name, says), 422
    with transaction() as session:
        knock = knocks.knock(session, window, child, pin, device=device, key=_key(), now=now())
        if knock is Knock.RIGHT:
            signed = signin.begin_pupil(session, child, device=device_id(), now=now())
    if knock is Knock.RIGHT:
        return welcomed(signed)
    wrong = None
    if knock is Knock.WRONG:
        _blame(device)
        wrong = _("These are not your three pictures. Try again.")
    return _asking(window, device, child, name, wrong), 401


def _entered() -> tuple[ClassWindow, str]:
    """Return the open window whose code was typed, and the mark of the browser; NoWindow."""
    school_id, window_id, device = flask.session.get(ENTERED) or ["", "", ""]
    window = None
    if school_id:
        window = windows.still_open(database.session, UUID(school_id), UUID(window_id), now=now())
    if window is None:
        raise windows.NoWindow
    return window, device


def _asking(
    window: ClassWindow, device: str, child: Pupil, name: str, wrong: str | None = None
) -> str:
    """Return the page that asks for the pictures, or says why it does not."""
    browser = ceilings.browser(device, _key())
    return render_template(
        "window/name.html", pupil=child, name=name, form=Pictures(None), wrong=wrong,
        is_shut=knocks.is_shut(database.session, window, browser), number=knocks.number(browser),
        is_closed=knocks.has_closed(database.session, window, child.id),
    )  # fmt: skip


def _opening(school_class: SchoolClass, form: OpenWindowForm) -> str:
    have, pupils = windows.with_pictures(database.session, school_class)
    return render_template(
        "windows/new.html", school_class=school_class, form=form, have=have, pupils=pupils
    )


def _count(seen: list[windows.Place]) -> str:
    come = sum(place.state is windows.State.IN for place in seen)
    return _("%(come)s of %(all)s are signed in", come=come, all=len(seen))


def _minutes_form() -> OpenWindowForm:
    form = OpenWindowForm()
    form.minutes.choices = {str(n): _("%(minutes)s minutes", minutes=n) for n in windows.MINUTES}
    return form


def _blame(device: str) -> None:
    with transaction() as session:
        ceilings.blame_address(session, place(), now=now())
        ceilings.blame_browser(session, ceilings.browser(device, _key()), now=now())
        record(session, "sign-in.refused", by=SYSTEM, now=now(), what="pictures")


def _kept_nowhere(page: str) -> Response:
    """Answer with names of children to somebody who is not signed in: no cache may keep them."""
    answer = current_app.make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _address() -> str:
    """Return what pupils type into the browser."""
    base = current_app.config["QUIZAPP"].base_url or request.host_url
    return urlsplit(base).netloc + url_for("window.new")


def _key() -> str:
    key: str = current_app.config["QUIZAPP"].secret_key
    return key
