"""Pages of the second factor: setting it up, its recovery codes, the code at the sign-in."""

from flask import (
    Blueprint,
    Flask,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import ActorKind
from quizapp.accounts import half_in, qr, queries, second_factor, signin
from quizapp.accounts.factor_forms import CodeForm, SetUpForm
from quizapp.accounts.models import Person
from quizapp.accounts.second_factor import Proof
from quizapp.accounts.signing import Secret, enter, person_tries, throttled, told_again
from quizapp.core.clock import local_day, now
from quizapp.core.db import database, transaction
from quizapp.core.errors import Conflict, NotAllowed, SignedOut, TooMany
from quizapp.core.i18n import _, ngettext
from quizapp.web.device import device_id
from quizapp.web.doors import actor_or_none, current_actor, public, signed_in
from quizapp.web.errors import wants_json
from quizapp.web.forms import text
from quizapp.web.preferences import own_page

bp = Blueprint("factor", __name__)
# What opens before a second factor that is needed has been set up.
OPEN = frozenset({"factor", "preferences", "signin"})
HEALTH = frozenset({"home.healthz", "home.readyz"})
FEW = 4  # Recovery codes that are left when it is said so.


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    app.before_request(set_up_first)


def set_up_first() -> Answer | None:
    """Lead somebody who needs a second factor and has none to its page, before all else."""
    if not _is_public() or request.endpoint in HEALTH or "_user_id" not in session:
        return None
    actor = actor_or_none()
    if actor is None or request.blueprint in OPEN:
        return None
    roles = (role for role, _path in actor.held)
    if not second_factor.is_needed(roles, is_public=True):
        return None
    if database.session.get_one(Person, actor.id).totp_secret:
        return None
    if wants_json():
        says = _("Set up your second factor in a browser first.")
        raise NotAllowed(says, code="second_factor")
    return redirect(url_for("factor.new"), 303)


@bp.get("/sign-in/staff/code")
@public
def ask() -> Answer:
    """The second step of the sign-in."""
    if half_in.remembered(database.session, now=now()) is None:
        return redirect(url_for("signin.new_staff"), 303)
    return render_template("signin/code.html", form=CodeForm(), wrong=None)


@bp.post("/sign-in/staff/code")
@public
def give() -> Answer:
    found, form = half_in.remembered(database.session, now=now()), CodeForm()
    if found is None:
        flash(_("That took too long. Please begin again."), "near")
        return redirect(url_for("signin.new_staff"), 303)
    if not form.validate_on_submit():
        return render_template("signin/code.html", form=form, wrong=None), 422
    wanted = own_page(half_in.next_page())
    try:
        signed = begin(found, text(form.code))
    except (SignedOut, TooMany) as wrong:
        return told_again(render_template("signin/code.html", form=form, wrong=str(wrong)), wrong)
    enter(signed)
    left = second_factor.codes_left(database.session, found)
    if left < FEW:
        says = ngettext(
            "%(num)s recovery code is left. Make new ones.",
            "%(num)s recovery codes are left. Make new ones.",
            left,
        )
        flash(says, "near")
        return redirect(url_for(".show"), 303)
    return redirect(wanted, 303)


def begin(found: Person, code: str) -> signin.Signed:
    """Sign in who has given the password; Wrong without the code, where a factor is set up."""
    at = now()
    proof = _proven(found, code) if found.totp_secret else None
    with transaction() as work:
        signed = signin.begin_person(work, found, device=device_id(), now=at)
        if proof and not second_factor.spend(work, found, proof, by=signed.actor, now=at):
            raise signin.Wrong
    return signed


@bp.get("/second-factor")
@signed_in
def show() -> Answer:
    person = _own()
    left = second_factor.codes_left(database.session, person)
    return render_template(
        "signin/second_factor.html", is_set=bool(person.totp_secret), left=left,
        form=CodeForm(), is_needed=_is_needed(person), wrong=None,
    )  # fmt: skip


@bp.get("/second-factor/new")
@signed_in
def new() -> Answer:
    person = _own()
    if person.totp_secret:
        return redirect(url_for(".show"), 303)
    secret = second_factor.new_secret()
    form = SetUpForm(packed=second_factor.packed(secret, person.id, key=_key()))
    return _set_up_page(form, person, secret)


@bp.post("/second-factor")
@signed_in
def create() -> Answer:
    """Answer with the recovery codes: they are never shown again."""
    person, form, at = _own(), SetUpForm(), now()
    if person.totp_secret:
        raise Conflict(_("Your second factor is set up already."))
    secret = second_factor.unpacked(form.packed.data or "", person.id, key=_key())
    if secret is None:
        flash(_("That took too long. Please begin again."), "near")
        return redirect(url_for(".new"), 303)
    if not form.validate_on_submit():
        return _set_up_page(form, person, secret), 422
    step = second_factor.step_of(secret, text(form.code), now=at)
    if step is None:
        says = _("That is not the code of this moment. Is the clock of the telephone right?")
        form.code.errors = [says]
        return _set_up_page(form, person, secret), 422
    with transaction() as work:
        codes = second_factor.set_up(
            work, person, secret, step=step, key=_key(), by=current_actor(), now=at
        )
    return render_template("signin/recovery_codes.html", codes=codes, person=person)


@bp.post("/second-factor/codes")
@signed_in
def renew() -> Answer:
    """Answer with new recovery codes, for a code of the app or one of the old ones."""
    person, form, at = _own(), CodeForm(), now()
    if not person.totp_secret:
        raise Conflict(_("Set up your second factor first."))
    wrong = None
    if form.validate_on_submit():
        try:
            proof = _proven(person, text(form.code))
        except (SignedOut, TooMany) as fault:
            wrong = str(fault)
        else:
            with transaction() as work:
                if not second_factor.spend(work, person, proof, by=current_actor(), now=at):
                    raise signin.Wrong
                codes = second_factor.renew(work, person, key=_key(), by=current_actor(), now=at)
            return render_template("signin/recovery_codes.html", codes=codes, person=person)
    left = second_factor.codes_left(database.session, person)
    page = render_template(
        "signin/second_factor.html", is_set=True, left=left, form=form,
        is_needed=_is_needed(person), wrong=wrong,
    )  # fmt: skip
    return page, 422


def _set_up_page(form: SetUpForm, person: Person, secret: str) -> str:
    site = current_app.config["QUIZAPP"].site_name
    told = second_factor.address(secret, login=person.login, site=site)
    return render_template(
        "signin/set_up.html", form=form, code=qr.svg(told), secret=secret, person=person,
        is_needed=_is_needed(person),
    )  # fmt: skip


def _proven(person: Person, code: str) -> Proof:
    """Return what the code opens with, counted before it is looked at; Wrong, TooMany."""

    def check() -> Proof:
        proof = second_factor.prove(database.session, person, code, key=_key(), now=now())
        if proof is None:
            raise signin.Wrong
        return proof

    return throttled(person_tries(person.login, Secret.FACTOR), check)


def _own() -> Person:
    actor = current_actor()
    if actor.kind is not ActorKind.STAFF:
        raise NotAllowed(_("This page is for staff."))
    return database.session.get_one(Person, actor.id)


def _is_needed(person: Person) -> bool:
    held = queries.postings(database.session, person, on=local_day(now()))
    return second_factor.is_needed((one.role for one in held), is_public=_is_public())


def _is_public() -> bool:
    return bool(current_app.config["QUIZAPP"].is_public)


def _key() -> str:
    return str(current_app.config["QUIZAPP"].secret_key)
