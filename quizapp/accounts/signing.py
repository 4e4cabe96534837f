"""What the pages of signing in share: tries that are counted, the session that begins or ends."""

from collections.abc import Callable
from typing import Final, NoReturn, TypeVar

import flask
from flask import Response, current_app, redirect, request
from flask.typing import ResponseReturnValue as Answer
from flask_login import login_user, logout_user

from quizapp.access.policy import SYSTEM, Actor
from quizapp.accounts import ceilings, signin, throttle
from quizapp.audit.actions import record
from quizapp.core import metrics
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.errors import DomainError, TooMany
from quizapp.web.device import device_id
from quizapp.web.preferences import own_page

Secret = throttle.Secret
SCHOOL_COOKIE: Final = "school"  # A child types the ten digits once on a machine, not each day.
HALF_YEAR: Final = 15_552_000
T = TypeVar("T")


def pupil_tries(what: Secret, *, school: str, login: str) -> throttle.Try:
    """Return the try at a secret of a pupil that this request makes."""
    return throttle.pupil(
        database.session, what, school=school, login=login, device=device_id(), address=place(),
        key=_key(), now=now(),
    )  # fmt: skip


def person_tries(login: str, what: Secret = Secret.STAFF) -> throttle.Try:
    """Return the try at a secret of a person that this request makes."""
    return throttle.person(
        database.session, what, login=login, device=device_id(), address=place(), key=_key(),
        now=now(),
    )  # fmt: skip


def tries_by(actor: Actor, what: Secret) -> throttle.Try:
    """Return the try of a person who is signed in, at a secret that others gave."""
    return throttle.by_person(what, actor.id, device=device_id(), address=place(), key=_key())


def place() -> str:
    """Return what the site keeps of the address that the request comes from."""
    return ceilings.place(request.remote_addr, _key())


def throttled(tried: throttle.Try, check: Callable[[], T]) -> T:
    """Do the check of a secret, counted before it is looked at, in a transaction of its own.

    Wrong says that it did not fit, and is written down; other errors leave the try counted.
    """
    with transaction() as session:
        counter = throttle.reserve(session, tried, now=now())
    try:
        found = check()
    except signin.Wrong:
        refuse(tried)
        raise
    with transaction() as session:
        throttle.forgive(session, counter)
    return found


def unheard(tried: throttle.Try) -> NoReturn:
    """Refuse who is not even heard at the account: Wrong, as if the secret had been looked at."""
    throttle.heed(database.session, tried, now=now())
    refuse(tried)
    raise signin.Wrong


def refuse(tried: throttle.Try) -> None:
    """Write down that a try was wrong, and not at which account: the log outlives the child."""
    with transaction() as session:
        throttle.blame(session, tried, now=now())
        record(session, "sign-in.refused", by=SYSTEM, now=now(), what=tried.what.name.lower())


def told_again(page: str, wrong: DomainError) -> Response:
    """Return the page that says what was wrong, and for how long to wait."""
    answer = current_app.make_response((page, wrong.status))
    if isinstance(wrong, TooMany):
        answer.headers["Retry-After"] = str(wrong.retry_after)
    return answer


def enter(signed: signin.Signed) -> None:
    """Put the sign-in into a new session, so that nobody can have planted it."""
    flask.session.clear()
    flask.session.permanent = True  # The cookie's date is renewed and says when it lies idle.
    login_user(signed)
    metrics.count(metrics.SIGN_INS, signed.actor.kind.value)


def forget(answer: Answer) -> Response:
    """End the session in the answer; nothing of it stays on a shared machine."""
    logout_user()
    flask.session.clear()
    made = current_app.make_response(answer)
    made.headers["Clear-Site-Data"] = '"cache", "storage"'
    return made


def welcomed(signed: signin.Signed, *, school: str | None = None) -> Response:
    """Sign in and go on to where the reader was going; the machine remembers the school."""
    enter(signed)
    return keep_school(redirect(own_page(request.form.get("next")), 303), school)


def keep_school(answer: Answer, school: str | None) -> Response:
    """Let the machine remember the school that was typed, if one was."""
    made = current_app.make_response(answer)
    if school:
        secure = current_app.config["QUIZAPP"].is_public
        made.set_cookie(
            SCHOOL_COOKIE, school, max_age=HALF_YEAR, httponly=True, samesite="Lax", secure=secure
        )
    return made


def _key() -> str:
    return str(current_app.config["QUIZAPP"].secret_key)
