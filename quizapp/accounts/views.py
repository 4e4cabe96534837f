"""Pages of signing in and out: pupils, cards, staff, invitations."""

from collections.abc import Callable
from typing import TypeVar

import flask
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
from flask_login import LoginManager, current_user, login_user, logout_user

from quizapp.access.policy import SYSTEM
from quizapp.accounts import actions, credentials, signin
from quizapp.accounts.forms import (
    OwnSecretForm,
    PasswordForm,
    PupilSignInForm,
    StaffSignInForm,
    TypedCardForm,
)
from quizapp.audit.actions import record
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid, SignedOut
from quizapp.core.i18n import _
from quizapp.web.device import device_id
from quizapp.web.doors import actor_or_none, public
from quizapp.web.forms import Form, text
from quizapp.web.preferences import own_page

bp = Blueprint("signin", __name__)
SCHOOL_COOKIE = "school"  # So that a child types the ten digits once on a machine, not each day.
HALF_YEAR = 15_552_000
T = TypeVar("T")


def init_app(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None  # A class shares one address: its mark would tell nothing.
    manager.user_loader(lambda name: signin.whose(database.session, name, now=now()))


@bp.get("/sign-in")
@public
def new() -> Answer:
    if actor_or_none():
        return redirect(url_for("home.index"), 303)
    return _page(PupilSignInForm(school=request.cookies.get(SCHOOL_COOKIE, "")))


@bp.post("/sign-in")
@public
def create() -> Answer:
    form = PupilSignInForm()
    if not form.validate_on_submit():
        return _page(form), 422
    typed = {"school": text(form.school), "login": text(form.login), "secret": text(form.secret)}
    try:
        account = signin.account("p", typed["school"], typed["login"])
        child = throttled(account, lambda: signin.pupil(database.session, **typed))
    except SignedOut as wrong:
        return _page(form, str(wrong)), 401
    with transaction() as session:
        signed = signin.begin_pupil(session, child, device=device_id(), now=now())
    return _enter(signed, school=form.school.data)


@bp.get("/sign-in/staff")
@public
def new_staff() -> Answer:
    return render_template("signin/staff.html", form=StaffSignInForm(), wrong=None)


@bp.post("/sign-in/staff")
@public
def create_staff() -> Answer:
    form = StaffSignInForm()
    if not form.validate_on_submit():
        return render_template("signin/staff.html", form=form, wrong=None), 422
    typed = {"login": text(form.login), "password": text(form.password)}
    try:
        account = signin.account("s", typed["login"])
        found = throttled(account, lambda: signin.person(database.session, **typed))
    except SignedOut as wrong:
        return render_template("signin/staff.html", form=form, wrong=str(wrong)), 401
    with transaction() as session:
        signed = signin.begin_person(session, found, device=device_id(), now=now())
    return _enter(signed)


@bp.post("/sign-out")
@public
def delete() -> Answer:
    if actor := actor_or_none():
        with transaction() as session:
            signin.end(session, current_user.id, by=actor, now=now())
    return forget(redirect(url_for("signin.new"), 303))


@bp.get("/card")
@public
def card() -> Answer:
    """The page that a QR code opens. What stands behind # never reaches a log."""
    form = TypedCardForm(school=request.cookies.get(SCHOOL_COOKIE, ""))
    return render_template("signin/card.html", form=form, wrong=None)


@bp.post("/card")
@public
def show_card() -> Answer:
    """Say whose card it is and ask for the pupil's own secret; the card is not spent yet."""
    form = OwnSecretForm()
    try:
        shown = _shown(form)
    except SignedOut as wrong:
        typed = TypedCardForm()
        return render_template("signin/card.html", form=typed, wrong=str(wrong)), 401
    return render_template("signin/own_secret.html", form=form, shown=shown, wrong=None)


@bp.post("/card/use")
@public
def use_card() -> Answer:
    form = OwnSecretForm()
    shown = _shown(form)
    if not form.validate_on_submit():
        return render_template("signin/own_secret.html", form=form, shown=shown, wrong=None), 422
    try:
        actions.check_secret(text(form.secret), shown.pupil.login, shown.pupil.name)
    except Invalid as weak:
        page = render_template("signin/own_secret.html", form=form, shown=shown, wrong=str(weak))
        return page, 422
    kept = credentials.hashed(text(form.secret))
    with transaction() as session:
        signed = signin.use_card(session, shown, secret_hash=kept, device=device_id(), now=now())
    return _enter(signed, school=form.school.data)


@bp.get("/invitations/<token>")
@public
def show_invitation(token: str) -> Answer:
    found = signin.invitation(database.session, token=token, now=now())
    return render_template(
        "signin/invitation.html", form=PasswordForm(), person=found.person, wrong=None
    )


@bp.post("/invitations/<token>")
@public
def take_up_invitation(token: str) -> Answer:
    form = PasswordForm()
    found = signin.invitation(database.session, token=token, now=now())
    if not form.validate_on_submit():
        page = render_template("signin/invitation.html", form=form, person=found.person, wrong=None)
        return page, 422
    try:
        actions.check_secret(text(form.password), found.person.login)
    except Invalid as weak:
        page = render_template(
            "signin/invitation.html", form=form, person=found.person, wrong=str(weak)
        )
        return page, 422
    kept = credentials.hashed(text(form.password))
    with transaction() as session:
        signin.take_up(session, found, password_hash=kept, now=now())
    flash(_("Your password is set. Sign in with it now."), "good")
    return redirect(url_for("signin.new_staff"), 303)


def throttled(account: str, check: Callable[[], T]) -> T:
    """Do the check of a secret, counted before it is looked at, in a transaction of its own."""
    with transaction() as session:
        signin.reserve(session, account, now=now())
    try:
        return check()
    except signin.Wrong:
        with transaction() as session:
            record(session, "sign-in.refused", by=SYSTEM, now=now(), account=account)
        raise


def enter(signed: signin.Signed) -> None:
    """Put the sign-in into a new session, so that nobody can have planted it."""
    flask.session.clear()
    flask.session.permanent = True  # The cookie's date is renewed and says when it lies idle.
    login_user(signed)


def forget(answer: Answer) -> Response:
    """End the session in the answer; nothing of it stays on a shared machine."""
    logout_user()
    flask.session.clear()
    made = current_app.make_response(answer)
    made.headers["Clear-Site-Data"] = '"cache", "storage"'
    return made


def _enter(signed: signin.Signed, *, school: str | None = None) -> Response:
    enter(signed)
    answer = current_app.make_response(redirect(own_page(request.form.get("next")), 303))
    if school:
        secure = current_app.config["QUIZAPP"].is_public
        answer.set_cookie(
            SCHOOL_COOKIE, school, max_age=HALF_YEAR, httponly=True, samesite="Lax", secure=secure
        )
    return answer


def _page(form: Form, wrong: str | None = None) -> str:
    return render_template(
        "signin/new.html", form=form, wrong=wrong, next=request.values.get("next", "")
    )


def _shown(form: OwnSecretForm) -> signin.Shown:
    """Find the card by its QR secret or by the typed code; SignedOut if it opens nothing."""
    school, at = text(form.school).strip(), now()
    if form.token.data:
        return signin.card(database.session, school=school, token=form.token.data, now=at)
    typed = {"login": text(form.login).strip(), "code": text(form.code)}
    key = current_app.config["QUIZAPP"].secret_key
    account = signin.account("c", school, typed["login"])
    shown = throttled(
        account,
        lambda: signin.typed_card(database.session, school=school, **typed, key=key, now=at),
    )
    with transaction() as session:  # The code was right: a weak secret is no wrong try.
        signin.forgive(session, account)
    return shown
