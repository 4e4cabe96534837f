"""The own sign-in: what it tells, a new secret, pictures or password, the end of the others."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import actions, credentials, pins, queries
from quizapp.accounts.models import BackOff, Person, Pupil
from quizapp.core.clock import now
from tests.conftest import Visitor
from tests.settings import KEY
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]
SECRET, NEW, PASSWORD = "20260626", "71828182", "quite a long one"
SUN_CAT_BOAT = {"first": "sun", "second": "cat", "third": "boat"}


@pytest.fixture
def lan(session: Session, town: Town) -> Pupil:
    """Lan, with a secret and without pictures."""
    child = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    child.secret_hash = credentials.hashed(SECRET)
    session.commit()
    return child


@pytest.fixture
def chen(session: Session, town: Town) -> Person:
    person = session.get_one(Person, town.ms_chen.id)
    person.password_hash = credentials.hashed(PASSWORD)
    session.commit()
    return person


def is_in(browser: Visitor) -> bool:
    return browser.get("/account").status_code == 200


def secret(browser: Visitor, present: str, new: str = NEW) -> int:
    told = {"present": present, "secret": new, "again": new}
    return browser.post("/account/secret", data=told).status_code


def test_a_pupil_takes_a_new_secret_and_others_are_out(
    client_as: ClientAs, session: Session, town: Town, lan: Pupil
) -> None:
    here, elsewhere = client_as(town.lan), client_as(town.lan)

    assert secret(here, SECRET) == 303

    session.expire_all()
    assert credentials.opens(lan.secret_hash, NEW)
    assert is_in(here)
    assert not is_in(elsewhere)


def test_a_weak_secret_is_no_wrong_try(
    client_as: ClientAs, session: Session, town: Town, lan: Pupil
) -> None:
    browser = client_as(town.lan)

    assert [secret(browser, SECRET, "12345678") for _time in range(7)] == [422] * 7
    assert session.scalars(select(BackOff)).all() == []
    assert secret(browser, SECRET) == 303


def test_four_wrong_end_the_sign_in(
    client_as: ClientAs, session: Session, town: Town, lan: Pupil
) -> None:
    browser, kept = client_as(town.lan), lan.secret_hash

    def wrong() -> int:
        session.execute(update(BackOff).values(last_at=now() - timedelta(minutes=2)))
        session.commit()  # The pause is over.
        return secret(browser, "wrong secret")

    assert [wrong() for _time in range(4)] == [401] * 3 + [303]

    assert not is_in(browser)
    session.expire_all()
    assert lan.secret_hash == kept
    assert "wrong too often" in browser.get("/sign-in").text


def test_tries_at_the_present_secret_count_among_all_at_the_account(
    client_as: ClientAs, visitor: Visitor, session: Session, town: Town, lan: Pupil
) -> None:
    browser = client_as(town.lan)
    told = {"school": town.elm.code, "login": lan.login, "secret": "wrong secret"}
    assert [secret(browser, "wrong secret") for _time in range(2)] == [401] * 2
    assert visitor.post("/sign-in", data=told).status_code == 401

    assert secret(browser, "wrong secret") == 429
    assert visitor.post("/sign-in", data=told).status_code == 429
    assert is_in(browser), "who only waits is not put out"


def test_a_pupil_with_a_secret_takes_pictures(
    client_as: ClientAs, session: Session, town: Town, lan: Pupil
) -> None:
    browser = client_as(town.lan)

    def take(present: str, chosen: dict[str, str]) -> int:
        return browser.post("/account/pictures", data={"present": present, **chosen}).status_code

    assert take("wrong secret", SUN_CAT_BOAT) == 401
    assert take(SECRET, dict.fromkeys(SUN_CAT_BOAT, "cat")) == 422
    assert take(SECRET, {"first": "sun"}) == 422
    assert lan.pin_hash is None
    assert take(SECRET, SUN_CAT_BOAT) == 303

    session.expire_all()
    assert lan.pin_hash == pins.sealed("sun cat boat", pupil_id=lan.id, key=KEY)


def test_who_has_only_pictures_shows_them_instead(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    child = session.get_one(Pupil, (town.bo.school_id, town.bo.id))
    child.pin_hash = pins.sealed("sun cat boat", pupil_id=child.id, key=KEY)
    session.commit()
    browser = client_as(town.bo)
    assert browser.get("/account/secret").text.count('type="radio"') == 36
    assert browser.get("/account/pictures").text.count('type="radio"') == 72

    def take(pictures: dict[str, str]) -> int:
        told = {f"present-{name}": picture for name, picture in pictures.items()}
        told |= {"secret": NEW, "again": NEW}
        return browser.post("/account/secret", data=told).status_code

    assert take({}) == 401
    assert take(dict.fromkeys(SUN_CAT_BOAT, "sun")) == 401
    assert take(SUN_CAT_BOAT) == 303
    session.expire_all()
    assert credentials.opens(child.secret_hash, NEW)


def test_without_secret_and_pictures_nothing_is_changed(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    browser = client_as(town.bo)

    assert "Ask your teacher for a card" in browser.get("/account").text
    assert secret(browser, "") == 401
    assert session.get_one(Pupil, (town.bo.school_id, town.bo.id)).secret_hash is None


def test_a_person_takes_a_new_password(
    client_as: ClientAs, session: Session, town: Town, chen: Person
) -> None:
    here, elsewhere = client_as(town.ms_chen), client_as(town.ms_chen)

    def take(present: str, new: str) -> int:
        told = {"present": present, "password": new, "again": new}
        return here.post("/account/password", data=told).status_code

    assert take("wrong", "another long one") == 401
    assert take(PASSWORD, "ms_chen 1") == 422, "it holds the sign-in name"
    assert take(PASSWORD, "another long one") == 303

    session.expire_all()
    assert credentials.opens(chen.password_hash, "another long one")
    assert is_in(here)
    assert not is_in(elsewhere)


@pytest.mark.parametrize("who", ["lan", "ms_chen"])
def test_other_sign_ins_end_at_a_click(client_as: ClientAs, town: Town, who: str) -> None:
    actor = getattr(town, who)
    here, elsewhere, somebody = client_as(actor), client_as(actor), client_as(town.mei)

    assert here.post("/account/sign-ins/end").status_code == 303

    assert [is_in(browser) for browser in (here, elsewhere, somebody)] == [True, False, True]


def test_the_home_tells_of_the_last_sign_in_and_of_a_new_card(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    assert "You signed in before" not in client_as(town.lan).get("/").text
    browser = client_as(town.lan)
    assert "You signed in before on" in browser.get("/").text
    assert "new card" not in browser.get("/").text
    seats = [s for s in queries.seats(session, town.elm_7a, now=now()) if s.pupil_id == town.lan.id]
    actions.issue_cards(session, town.elm_7a, seats, key=KEY, by=town.ms_chen, now=now())
    session.commit()

    browser = client_as(town.lan)

    for page in ("/", "/account"):
        told = browser.get(page).text.replace("<bdi>", "").replace("</bdi>", "")
        assert "Ms Chen made a new card for you" in told


def test_pages_of_the_other_kind_are_refused(client_as: ClientAs, town: Town) -> None:
    assert client_as(town.ms_chen).get("/account/secret").status_code == 403
    assert client_as(town.ms_chen).get("/account/pictures").status_code == 403
    assert client_as(town.lan).get("/account/password").status_code == 403
