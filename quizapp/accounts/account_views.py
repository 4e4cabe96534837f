"""Pages of the own sign-in: the last one, a new secret, pictures or password, the others' end."""

from collections.abc import Callable

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue as Answer
from flask_login import current_user

from quizapp.access.policy import ActorKind
from quizapp.accounts import actions, credentials, own, pins, signin, throttle
from quizapp.accounts.forms import NewPasswordForm, NewPicturesForm, NewSecretForm, Pictures
from quizapp.accounts.models import Person, Pupil
from quizapp.accounts.signing import (
    Secret,
    forget,
    person_tries,
    pupil_tries,
    refuse,
    told_again,
)
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid, NotAllowed, SignedOut, TooMany
from quizapp.core.i18n import _
from quizapp.orgs.models import Unit
from quizapp.web.doors import current_actor, mine, signed_in
from quizapp.web.forms import Form, text

bp = Blueprint("account", __name__, url_prefix="/account")


class Out(SignedOut):
    """Too many wrong tries at the present secret: the sign-in has ended."""


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
@signed_in
def show() -> Answer:
    actor, session = current_actor(), database.session
    if actor.kind is ActorKind.STAFF:
        return render_template("account/staff.html", person=session.get_one(Person, actor.id))
    pupil = own.child(session, actor)
    return render_template(
        "account/pupil.html", pupil=pupil, card=own.new_card(session, pupil, now=now()),
        before=own.signed_in_before(session, pupil, mark=signin.mark(current_user.id)),
    )  # fmt: skip


@bp.post("/sign-ins/end")
@signed_in
def end_others() -> Answer:
    with transaction() as session:
        signin.end_others(session, current_user.id, by=current_actor(), now=now())
    flash(_("You are signed out everywhere else."), "good")
    return redirect(url_for(".show"), 303)


@bp.get("/secret")
@mine(own.child)
def edit_secret(pupil: Pupil) -> Answer:
    return _page("account/secret.html", NewSecretForm(), pupil)


@bp.post("/secret")
@mine(own.child)
def change_secret(pupil: Pupil) -> Answer:
    form = NewSecretForm()
    if not form.validate_on_submit():
        return _page("account/secret.html", form, pupil), 422
    try:
        actions.check_secret(text(form.secret), pupil.login, pupil.name)
        _prove(pupil, lambda: _fits(pupil, text(form.present)))
    except (Invalid, signin.Wrong, TooMany) as wrong:
        return told_again(_page("account/secret.html", form, pupil, str(wrong)), wrong)
    except Out as out:
        return _put_out(out)
    kept = credentials.hashed(text(form.secret))
    with transaction() as session:
        own.change_secret(session, pupil, kept, by=current_actor(), now=now())
        signin.end_others(session, current_user.id, by=current_actor(), now=now())
    flash(_("You have a new secret. Remember it well."), "good")
    return redirect(url_for(".show"), 303)


@bp.get("/pictures")
@mine(own.child)
def edit_pictures(pupil: Pupil) -> Answer:
    return _page("account/pictures.html", NewPicturesForm(), pupil)


@bp.post("/pictures")
@mine(own.child)
def change_pictures(pupil: Pupil) -> Answer:
    form = NewPicturesForm()
    pin = form.pin if form.validate_on_submit() else None
    if pin is None:
        says = None if form.errors else _("Choose three pictures.")
        return _page("account/pictures.html", form, pupil, says), 422
    try:
        signin.check_pin(pin)
        _prove(pupil, lambda: _fits(pupil, text(form.present)))
    except (Invalid, signin.Wrong, TooMany) as wrong:
        return told_again(_page("account/pictures.html", form, pupil, str(wrong)), wrong)
    except Out as out:
        return _put_out(out)
    kept = pins.sealed(pin, pupil_id=pupil.id, key=_key())
    with transaction() as session:
        own.change_pictures(session, pupil, kept, by=current_actor(), now=now())
        signin.end_others(session, current_user.id, by=current_actor(), now=now())
    flash(_("You have new pictures. Remember them, and which comes first."), "good")
    return redirect(url_for(".show"), 303)


@bp.get("/password")
@signed_in
def edit_password() -> Answer:
    return render_template(
        "account/password.html", form=NewPasswordForm(), person=_person(), wrong=None
    )


@bp.post("/password")
@signed_in
def change_password() -> Answer:
    form, person = NewPasswordForm(), _person()
    if not form.validate_on_submit():
        return render_template("account/password.html", form=form, person=person, wrong=None), 422
    try:
        actions.check_secret(text(form.password), person.login)
        _prove(person, lambda: credentials.opens(person.password_hash, text(form.present)))
    except (Invalid, signin.Wrong, TooMany) as wrong:
        page = render_template("account/password.html", form=form, person=person, wrong=str(wrong))
        return told_again(page, wrong)
    except Out as out:
        return _put_out(out)
    kept = credentials.hashed(text(form.password))
    with transaction() as session:
        own.change_password(session, person, kept, by=current_actor(), now=now())
        signin.end_others(session, current_user.id, by=current_actor(), now=now())
    flash(_("Your password is changed. You are signed out everywhere else."), "good")
    return redirect(url_for(".show"), 303)


def _prove(who: Pupil | Person, check: Callable[[], bool]) -> None:
    """Ask who is signed in for the present secret; Wrong, and Out after the fourth time.

    Each try is counted before it is looked at, among all tries at the account: TooMany.
    """
    tried, account = _tries_of(who), throttle.account_of_sign_in(signin.mark(current_user.id))
    try:
        with transaction() as session:
            counter = throttle.reserve(session, tried, now=now())
            tries = throttle.strike(session, account, now=now())
    except TooMany:
        database.session.refresh(
            who
        )  # For the page that says so: a rollback forgets what was read.
        raise
    is_right = tries <= own.TRIES and check()
    if is_right or tries >= own.TRIES:
        with transaction() as session:
            throttle.forget(session, account)
            if is_right:
                throttle.forgive(session, counter)
            else:
                signin.end(session, current_user.id, by=current_actor(), now=now())
    if not is_right:
        refuse(tried)
        raise (
            signin.Wrong
            if tries < own.TRIES
            else Out(_("That was wrong too often, so you are signed out. Sign in again."))
        )


def _tries_of(who: Pupil | Person) -> throttle.Try:
    if isinstance(who, Person):
        return person_tries(who.login)
    school = database.session.get_one(Unit, who.school_id).code
    return pupil_tries(Secret.PUPIL, school=school, login=who.login)


def _put_out(out: Out) -> Answer:
    answer = forget(redirect(url_for("signin.new"), 303))
    flash(str(out), "behind")
    return answer


def _fits(pupil: Pupil, secret: str) -> bool:
    return own.fits(pupil, secret=secret, pin=_shown().pin, key=_key())


def _shown() -> Pictures:
    """Return the present pictures, which stand for the secret where there is none."""
    return Pictures(prefix="present-")


def _page(template: str, form: Form, pupil: Pupil, wrong: str | None = None) -> str:
    return render_template(template, form=form, pupil=pupil, shown=_shown(), wrong=wrong)


def _person() -> Person:
    actor = current_actor()
    if actor.kind is not ActorKind.STAFF:
        raise NotAllowed(_("This page is for staff."))
    return database.session.get_one(Person, actor.id)


def _key() -> str:
    key: str = current_app.config["QUIZAPP"].secret_key
    return key
