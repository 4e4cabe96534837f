"""The second factor, on a public site: school administrators and above enter with a code."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import cast

import pyotp
import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor, Role
from quizapp.accounts import credentials, second_factor
from quizapp.accounts.models import BackOff, Person, RecoveryCode
from quizapp.app import create_app
from quizapp.core.clock import now
from quizapp.core.db import database
from tests.conftest import Visitor
from tests.settings import KEY, configured
from tests.town import NOON, Town

ClientAs = Callable[[Actor], Visitor]
PASSWORD = "quite a long one"
SECRET = re.compile(r"Key</dt><dd>([A-Z2-7 ]+)</dd>")
PACKED = re.compile(r'name="packed"[^>]* value="([^"]+)"')
CODE = re.compile(r'class="codes__one">([2-9A-Z]{5} [2-9A-Z]{5})<')


@pytest.fixture
def public(app: Flask, database_url: str, tmp_path: Path) -> Iterator[Visitor]:
    """A browser before the same site, as it stands on the internet."""
    there = create_app(
        configured(tmp_path / "public", database_url, base_url="https://localhost"), testing=True
    )
    there.test_client_class = Secure
    with there.app_context():
        engine = database.engine
    yield cast(Visitor, there.test_client())
    engine.dispose()


class Secure(Visitor):
    """A browser that speaks https, with a CSRF token for every form."""

    def open(self, *args: object, **kwargs: object):  # type: ignore[no-untyped-def]
        with self.session_transaction(base_url="https://localhost") as kept:
            kept.setdefault("csrf_token", "c" * 40)
            raw = kept["csrf_token"]
        token = URLSafeTimedSerializer(KEY, salt="wtf-csrf-token").dumps(raw)
        kwargs["headers"] = {"X-CSRF-Token": token, "Referer": "https://localhost/"}
        return super().open(*args, base_url="https://localhost", **kwargs)


@pytest.fixture
def head(session: Session, town: Town) -> Person:
    """Head Sun, with a password."""
    person = session.get_one(Person, town.head_sun.id)
    person.password_hash = credentials.hashed(PASSWORD)
    session.commit()
    return person


def with_factor(session: Session, person: Person) -> tuple[pyotp.TOTP, list[str]]:
    """Set up a second factor whose codes of now are still good."""
    secret = second_factor.new_secret()
    codes = second_factor.set_up(session, person, secret, step=1, key=KEY, by=SYSTEM, now=now())
    session.commit()
    return pyotp.TOTP(secret), codes


def password(browser: Visitor, person: Person, **more: str) -> str:
    """Give the password and return where the site leads to."""
    told = {"login": person.login, "password": PASSWORD} | more
    answer = browser.post("/sign-in/staff", data=told)
    assert answer.status_code == 303
    return str(answer.location)


def give(browser: Visitor, code: str) -> tuple[int, str | None]:
    answer = browser.post("/sign-in/staff/code", data={"code": code})
    return answer.status_code, answer.location


def test_who_needs_a_second_factor_sets_it_up_before_anything_opens(
    public: Visitor, session: Session, head: Person, town: Town
) -> None:
    password(public, head)
    for page in ("/", "/start", "/schools/", "/people/", f"/schools/{town.elm.id}"):
        assert public.get(page).location == "/second-factor/new", page
    assert public.post("/people/", data={}).location == "/second-factor/new"
    assert public.get("/api/v1/reports/coverage?unit=x").status_code == 403

    shown = public.get("/second-factor/new").text
    secret, packed = SECRET.search(shown), PACKED.search(shown)
    assert secret
    assert packed
    assert "<svg viewBox" in shown
    app = pyotp.TOTP(secret[1].replace(" ", ""))
    told = {"packed": packed[1], "code": "000000"}
    assert public.post("/second-factor", data=told).status_code == 422
    assert session.scalars(select(Person.totp_secret).where(Person.id == head.id)).one() is None
    session.rollback()
    done = public.post("/second-factor", data=told | {"code": app.now()})

    codes = CODE.findall(done.text)
    assert len(set(codes)) == 10
    session.refresh(head)
    assert app.secret not in str(head.totp_secret)
    kept = session.scalars(select(RecoveryCode.code_hash)).all()
    assert len(kept) == 10
    assert not any(code.replace(" ", "") in row for code in codes for row in kept)
    assert public.get("/people/").status_code == 200
    assert not any(code in public.get("/second-factor").text for code in codes)


def test_without_it_only_signing_out_and_the_own_language_are_left(
    public: Visitor, head: Person
) -> None:
    password(public, head)

    assert public.post("/locale", data={"locale": "zh"}).location == "/"
    assert public.get("/healthz").status_code == 200
    assert public.post("/sign-out").location == "/sign-in"
    assert public.get("/people/").location == "/sign-in?next=/people/"


def test_a_teacher_needs_none_and_neither_does_a_site_for_trying_out(
    public: Visitor, client_as: ClientAs, session: Session, town: Town
) -> None:
    chen = session.get_one(Person, town.ms_chen.id)
    chen.password_hash = credentials.hashed(PASSWORD)
    session.commit()

    assert password(public, chen) == "/"
    assert public.get("/classes/").status_code in (200, 303)
    assert client_as(town.head_sun).get("/people/").status_code == 200


def test_the_code_is_asked_after_the_password_and_opens_once(
    visitor: Visitor, session: Session, head: Person
) -> None:
    app, _codes = with_factor(session, head)

    assert password(visitor, head, next="/people/new") == "/sign-in/staff/code"
    assert visitor.get("/people/").status_code == 303, "not in yet"
    assert visitor.get("/sign-in/staff/code").status_code == 200
    assert give(visitor, "123")[0] == 401
    code = app.now()
    assert give(visitor, f"{code[:3]} {code[3:]}") == (303, "/people/new")
    assert visitor.get("/people/").status_code == 200

    visitor.post("/sign-out")
    password(visitor, head)
    assert give(visitor, code)[0] == 401, "seen over a shoulder"


def test_the_code_alone_opens_nothing_and_the_half_way_ends(
    visitor: Visitor, session: Session, head: Person
) -> None:
    app, _codes = with_factor(session, head)
    assert give(visitor, app.now()) == (303, "/sign-in/staff")

    password(visitor, head)
    with visitor.session_transaction() as kept:
        who, mark, _at, wanted = kept["half_in"]
        kept["half_in"] = [who, mark, (now() - timedelta(minutes=6)).isoformat(), wanted]
    assert give(visitor, app.now()) == (303, "/sign-in/staff"), "too late"

    password(visitor, head)
    head.password_hash = credentials.hashed("another long one")
    session.commit()
    assert give(visitor, app.now()) == (303, "/sign-in/staff"), "the password is another"


def test_codes_are_throttled_like_passwords(
    visitor: Visitor, session: Session, head: Person
) -> None:
    app, _codes = with_factor(session, head)
    password(visitor, head)

    answers = [give(visitor, "000000")[0] for _time in range(4)]

    assert answers == [401, 401, 401, 429]
    assert give(visitor, app.now())[0] == 429, "the right one waits too"
    session.execute(update(BackOff).values(last_at=now() - timedelta(minutes=2)))
    session.commit()
    assert give(visitor, app.now())[0] == 303


def test_a_recovery_code_opens_once_and_says_how_many_are_left(
    visitor: Visitor, session: Session, head: Person
) -> None:
    _app, codes = with_factor(session, head)
    for used in codes[1:8]:
        password(visitor, head)
        assert give(visitor, used.lower()[:5] + "-" + used.lower()[5:])[0] == 303
        visitor.post("/sign-out")
    password(visitor, head)
    assert give(visitor, codes[1])[0] == 401

    assert give(visitor, codes[0]) == (303, "/second-factor")

    assert "2 recovery codes are left" in visitor.get("/second-factor").text


def test_new_recovery_codes_cost_a_code_and_kill_the_old_ones(
    visitor: Visitor, session: Session, head: Person
) -> None:
    app, old = with_factor(session, head)
    password(visitor, head)
    give(visitor, old[0])
    assert visitor.post("/second-factor/codes", data={"code": "999999"}).status_code == 422

    page = visitor.post("/second-factor/codes", data={"code": app.now()}).text

    new = CODE.findall(page)
    assert len(new) == 10
    visitor.post("/sign-out")
    password(visitor, head)
    assert give(visitor, old[1])[0] == 401
    assert give(visitor, new[0])[0] == 303


def test_a_new_password_does_not_skip_the_second_factor(
    visitor: Visitor, session: Session, head: Person, client_as: ClientAs, town: Town
) -> None:
    app, _codes = with_factor(session, head)
    page = client_as(town.officer_he).post(f"/people/{head.id}/link").text
    found = re.search(r"/invitations/([A-Za-z0-9_-]{22})", page)
    assert found
    own = {"password": "another long one", "again": "another long one"}

    assert visitor.post(f"/invitations/{found[1]}", data=own).status_code == 303

    told = {"login": head.login, "password": "another long one"}
    assert visitor.post("/sign-in/staff", data=told).location == "/sign-in/staff/code"
    assert visitor.get("/people/").status_code == 303
    assert give(visitor, app.now())[0] == 303


def test_somebody_above_takes_a_lost_factor_away_and_it_is_set_up_anew(
    public: Visitor, session: Session, head: Person, client_as: ClientAs, town: Town
) -> None:
    with_factor(session, head)
    inside = client_as(town.head_sun)
    here = f"/people/{head.id}/second-factor/end"
    assert inside.post(here).status_code == 403, "not the own"
    assert client_as(town.head_liu).post(here).status_code == 404
    assert client_as(town.officer_qin).post(here).status_code == 403

    assert client_as(town.officer_he).post(here).status_code == 303

    assert inside.get("/people/").status_code == 303, "signed out"
    session.refresh(head)
    assert head.totp_secret is None
    assert session.scalars(select(RecoveryCode)).all() == []
    password(public, head)
    assert public.get("/people/").location == "/second-factor/new"


def test_the_api_takes_the_code_with_the_password(
    visitor: Visitor, session: Session, head: Person
) -> None:
    app, codes = with_factor(session, head)

    def ask(**more: str) -> int:
        told = {"login": head.login, "password": PASSWORD} | more
        return visitor.post("/api/v1/sign-in", json=told).status_code

    assert ask() == 401
    assert ask(code="000000") == 401
    assert ask(code=app.now()) == 200
    assert ask(code=app.now()) == 401
    session.execute(update(BackOff).values(last_at=now() - timedelta(minutes=2)))
    session.commit()
    assert ask(code=codes[0]) == 200


def test_a_step_early_and_late_is_taken_and_no_further(session: Session, town: Town) -> None:
    secret = second_factor.new_secret()
    app = pyotp.TOTP(secret)

    for steps, taken in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        code = app.at(NOON + timedelta(seconds=30 * steps))
        assert (second_factor.step_of(secret, code, now=NOON) is not None) is taken, steps
    assert second_factor.step_of(secret, "１２３４５６", now=NOON) in (None, 0)


def test_a_secret_is_read_only_under_the_key_of_the_site_and_by_its_owner(town: Town) -> None:
    packed = second_factor.packed("SECRET", town.head_sun.id, key=KEY)

    assert second_factor.unpacked(packed, town.head_sun.id, key=KEY) == "SECRET"
    assert second_factor.unpacked(packed, town.head_liu.id, key=KEY) is None
    assert second_factor.unpacked(packed, town.head_sun.id, key="x" * 40) is None
    assert "SECRET" not in packed


def test_pupils_have_no_second_factor(client_as: ClientAs, town: Town) -> None:
    assert client_as(town.lan).get("/second-factor").status_code == 403
    assert client_as(town.lan).get("/second-factor/new").status_code == 403


def test_roles_above_the_class_need_one() -> None:
    for role, needed in (
        (Role.TEACHER, False), (Role.LECTURER, False), (Role.PUPIL, False),
        (Role.SCHOOL_ADMIN, True), (Role.EDITOR, True), (Role.SUPPORT, True),
        (Role.ANTIDRUG_OFFICER, True), (Role.PLATFORM_ADMIN, True),
    ):  # fmt: skip
        assert second_factor.is_needed([role], is_public=True) is needed, role
        assert not second_factor.is_needed([role], is_public=False)
