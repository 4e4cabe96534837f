"""Pages of signing in and out: pupils, cards, staff, invitations."""

from flask import (
    Blueprint,
    Flask,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue as Answer
from flask_login import LoginManager, current_user

from quizapp.accounts import actions, credentials, half_in, pins, signin
from quizapp.accounts.forms import (
    FirstSecretForm,
    PasswordForm,
    PupilSignInForm,
    StaffSignInForm,
    TypedCardForm,
)
from quizapp.accounts.signing import (
    SCHOOL_COOKIE,
    Secret,
    forget,
    person_tries,
    pupil_tries,
    throttled,
    told_again,
    unheard,
    welcomed,
)
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid, SignedOut, TooMany
from quizapp.core.i18n import _
from quizapp.web.device import device_id
from quizapp.web.doors import actor_or_none, public
from quizapp.web.forms import Form, text

bp = Blueprint("signin", __name__)


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
    told = {"school": text(form.school).strip(), "login": text(form.login).strip()}
    secret = text(form.secret)
    try:
        child = throttled(
            pupil_tries(Secret.PUPIL, **told),
            lambda: signin.pupil(database.session, **told, secret=secret),
        )
    except (SignedOut, TooMany) as wrong:
        return told_again(_page(form, str(wrong)), wrong)
    with transaction() as session:
        signed = signin.begin_pupil(session, child, device=device_id(), now=now())
    return welcomed(signed, school=form.school.data)


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
    login, password = text(form.login).strip(), text(form.password)
    try:
        found = throttled(
            person_tries(login),
            lambda: signin.person(database.session, login=login, password=password),
        )
    except (SignedOut, TooMany) as wrong:
        page = render_template("signin/staff.html", form=form, wrong=str(wrong))
        return told_again(page, wrong)
    if found.totp_secret:  # factor_views.py goes on from here.
        half_in.remember(found, next_page=request.form.get("next"), now=now())
        return redirect(url_for("factor.ask"), 303)
    with transaction() as session:
        signed = signin.begin_person(session, found, device=device_id(), now=now())
    return welcomed(signed)


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
    form = FirstSecretForm()
    try:
        bearer = _bearer(form)
    except (SignedOut, TooMany) as wrong:
        typed = TypedCardForm()
        return told_again(render_template("signin/card.html", form=typed, wrong=str(wrong)), wrong)
    return _choosing(form, bearer)


@bp.post("/card/use")
@public
def use_card() -> Answer:
    form = FirstSecretForm()
    bearer = _bearer(form)
    if not form.validate_on_submit():
        return _choosing(form, bearer), 422
    secret, pin = text(form.secret), form.pin
    try:
        signin.check_first(bearer, secret=secret, pin=pin)
    except Invalid as weak:
        return _choosing(form, bearer, str(weak)), 422
    key = current_app.config["QUIZAPP"].secret_key
    kept = {
        "secret_hash": credentials.hashed(secret) if secret else None,
        "pin_hash": pins.sealed(pin, pupil_id=bearer.pupil.id, key=key) if pin else None,
    }
    with transaction() as session:
        signed = signin.use_card(session, bearer, **kept, device=device_id(), key=key, now=now())
    return welcomed(signed, school=form.school.data)


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


def _page(form: Form, wrong: str | None = None) -> str:
    return render_template(
        "signin/new.html", form=form, wrong=wrong, next=request.values.get("next", "")
    )


def _choosing(form: FirstSecretForm, bearer: signin.Bearer, wrong: str | None = None) -> str:
    return render_template("signin/own_secret.html", form=form, bearer=bearer, wrong=wrong)


def _bearer(form: FirstSecretForm) -> signin.Bearer:
    """Find the card by its QR secret or by the typed code; SignedOut if it opens nothing."""
    school, at = text(form.school).strip(), now()
    if form.token.data:
        return signin.card(database.session, school=school, token=form.token.data, now=at)
    typed = {"school": school, "login": text(form.login).strip()}
    key = current_app.config["QUIZAPP"].secret_key
    tried, typed = pupil_tries(Secret.CODE, **typed), {**typed, "code": text(form.code)}
    if not signin.names_card(database.session, **typed, key=key):
        unheard(tried)
    return throttled(tried, lambda: signin.typed_card(database.session, **typed, key=key, now=at))
