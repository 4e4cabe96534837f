"""Signing in and out, as children, staff and strangers do it."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor, Role
from quizapp.accounts import actions, credentials, pins, queries, throttle
from quizapp.accounts.models import BackOff, Card, Enrolment, Person, Presence, Pupil, PupilSignIn
from quizapp.core.clock import now
from quizapp.orgs import actions as orgs
from quizapp.orgs.rules import Stage
from tests import make
from tests.conftest import Visitor
from tests.settings import KEY
from tests.town import Town

SECRET = "20260626"
Printed = Callable[..., actions.PrintedCard]


@pytest.fixture
def card(session: Session, town: Town) -> actions.PrintedCard:
    """Lan's card."""
    seat = next(
        s for s in queries.seats(session, town.elm_7a, now=now()) if s.pupil_id == town.lan.id
    )
    printed = actions.issue_cards(session, town.elm_7a, [seat], key=KEY, by=SYSTEM, now=now())
    session.commit()
    return printed[0]


def use(visitor: Visitor, town: Town, card: actions.PrintedCard, secret: str = SECRET) -> int:
    told = {"school": town.elm.code, "token": card.token, "secret": secret, "again": secret}
    return visitor.post("/card/use", data=told).status_code


def home(visitor: Visitor) -> int:
    """Ask for a page that only those who are signed in see."""
    return visitor.get("/quizzes/").status_code


def test_a_card_shows_whose_it_is_before_it_is_spent(
    visitor: Visitor, session: Session, town: Town, card: actions.PrintedCard
) -> None:
    page = visitor.post("/card", data={"school": town.elm.code, "token": card.token})

    assert page.status_code == 200
    assert "林兰" in page.text
    assert session.scalars(select(Card)).one().used_at is None


def test_a_card_opens_once_and_the_own_secret_afterwards(
    visitor: Visitor, town: Town, card: actions.PrintedCard
) -> None:
    assert use(visitor, town, card) == 303
    assert home(visitor) == 200
    visitor.post("/sign-out")
    assert home(visitor) == 303

    assert use(visitor, town, card) == 401, "a spent card opens nothing"
    assert home(visitor) == 303
    told = {"school": town.elm.code, "login": "lan", "secret": SECRET}
    assert visitor.post("/sign-in", data=told).status_code == 303
    assert home(visitor) == 200


def test_the_typed_code_opens_too_however_it_is_written(
    visitor: Visitor, town: Town, card: actions.PrintedCard
) -> None:
    code = f" {card.code[:5].lower()}-{card.code[5:]} "
    told = {"school": town.elm.code, "login": card.login, "code": code}

    assert "林兰" in visitor.post("/card", data=told).text
    told |= {"secret": SECRET, "again": SECRET}
    assert visitor.post("/card/use", data=told).status_code == 303
    assert home(visitor) == 200


@pytest.mark.parametrize("secret", ["1234567", "12345678", "11111111", "lanlanlan"])
def test_a_secret_that_others_would_guess_is_refused_and_the_card_stays_good(
    visitor: Visitor, town: Town, card: actions.PrintedCard, secret: str
) -> None:
    assert use(visitor, town, card, secret) == 422
    assert use(visitor, town, card) == 303


def test_a_card_that_is_too_old_or_replaced_opens_nothing(
    visitor: Visitor, session: Session, town: Town, card: actions.PrintedCard
) -> None:
    session.execute(update(Card).values(expires_at=now() - timedelta(seconds=1)))
    session.commit()

    page = visitor.post("/card", data={"school": town.elm.code, "token": card.token})

    assert page.status_code == 401
    assert "林兰" not in page.text


def test_a_new_card_ends_older_sign_ins(
    visitor: Visitor,
    client_as: Callable[[Actor], Visitor],
    town: Town,
    card: actions.PrintedCard,
) -> None:
    elsewhere = client_as(town.lan)
    assert home(elsewhere) == 200

    use(visitor, town, card)

    assert home(elsewhere) == 303


def test_a_new_card_signs_out_at_once_whoever_is_in_with_the_old_secret(
    client_as: Callable[[Actor], Visitor], session: Session, town: Town
) -> None:
    thief, classmate = client_as(town.lan), client_as(town.bo)
    cookie = thief.get_cookie("quizapp")
    teacher = client_as(town.ms_chen)

    teacher.post(f"/classes/{town.elm_7a.unit_id}/cards", data={"pupils": str(town.lan.id)})

    assert cookie
    thief.set_cookie("quizapp", cookie.value)
    assert home(thief) == 303
    assert home(classmate) == 200


def test_signing_the_class_out_kills_every_old_cookie(
    client_as: Callable[[Actor], Visitor], town: Town
) -> None:
    browsers = [client_as(child) for child in (town.lan, town.lan, town.bo)]
    elsewhere = client_as(town.tao)

    client_as(town.ms_chen).post(f"/classes/{town.elm_7a.unit_id}/sign-ins/end")

    assert [home(browser) for browser in (*browsers, elsewhere)] == [303, 303, 303, 200]


SUN_CAT_BOAT = {"first": "sun", "second": "cat", "third": "boat"}


@pytest.fixture
def young_card(session: Session, town: Town) -> actions.PrintedCard:
    """A card for a child of grade 6."""
    small = orgs.add_class(
        session, town.elm, school_year=2026, stage=Stage.PRIMARY, grade=6, number=1
    )
    make.pupil(session, small, name="安小满", login="an")
    seats = queries.seats(session, small, now=now())
    printed = actions.issue_cards(session, small, seats, key=KEY, by=SYSTEM, now=now())
    session.commit()
    return printed[0]


def test_three_pictures_are_enough_up_to_grade_6(
    visitor: Visitor, session: Session, town: Town, young_card: actions.PrintedCard
) -> None:
    told = {"school": town.elm.code, "token": young_card.token}
    page = visitor.post("/card", data=told).text
    assert page.index('name="first"') < page.index('name="secret"')

    assert visitor.post("/card/use", data=told).status_code == 422, "nothing chosen"
    assert visitor.post("/card/use", data={**told, "first": "sun"}).status_code == 422
    assert visitor.post("/card/use", data={**told, **SUN_CAT_BOAT}).status_code == 303

    child = session.scalars(select(Pupil).where(Pupil.login == "an")).one()
    assert home(visitor) == 200
    assert child.secret_hash is None
    assert child.pin_hash == pins.sealed("sun cat boat", pupil_id=child.id, key=KEY)


def test_older_pupils_are_offered_a_secret_and_may_do_without(
    visitor: Visitor, session: Session, town: Town, card: actions.PrintedCard
) -> None:
    told = {"school": town.elm.code, "token": card.token}
    page = visitor.post("/card", data=told).text
    assert "Choose a secret of your own (optional)" in page

    assert visitor.post("/card/use", data=told).status_code == 422, "nothing chosen"
    assert visitor.post("/card/use", data={**told, **SUN_CAT_BOAT}).status_code == 303

    child = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    assert child.secret_hash is None
    assert child.pin_hash


def test_nonsense_typed_as_a_code_keeps_nobody_with_a_card_out(
    visitor: Visitor, session: Session, town: Town, card: actions.PrintedCard
) -> None:
    told = {"school": town.elm.code, "login": card.login}
    for _time in range(6):
        assert visitor.post("/card", data={**told, "code": "ABCDEFGHJK"}).status_code == 401

    session.rollback()
    account = throttle.account_of_pupil(town.elm.code, card.login, KEY)
    assert session.get(BackOff, account) is None, "no try at the account"
    page = visitor.post("/card", data={**told, "code": card.code})
    assert (page.status_code, "林兰" in page.text) == (200, True)


def test_a_new_card_takes_old_secret_and_pictures_away(
    visitor: Visitor, session: Session, town: Town, young_card: actions.PrintedCard
) -> None:
    child = session.scalars(select(Pupil).where(Pupil.login == "an")).one()
    child.secret_hash, child.pin_hash = "old", "old"
    session.commit()
    told = {"school": town.elm.code, "token": young_card.token, "secret": SECRET, "again": SECRET}

    visitor.post("/card/use", data=told)

    session.expire_all()
    assert str(child.secret_hash).startswith("$argon2id$")
    assert child.pin_hash is None


def test_who_is_right_signs_in_as_often_as_needed(
    visitor: Visitor, session: Session, town: Town
) -> None:
    child = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    child.secret_hash = credentials.hashed(SECRET)
    session.commit()
    told = {"school": town.elm.code, "login": "lan", "secret": SECRET}

    for _time in range(5):
        assert visitor.post("/sign-in", data=told).status_code == 303
        visitor.post("/sign-out")
        visitor.delete_cookie("device")

    session.rollback()
    assert session.scalars(select(BackOff)).all() == []


def test_many_wrong_tries_are_told_on_the_same_page(visitor: Visitor, town: Town) -> None:
    told = {"school": town.elm.code, "login": "lan", "secret": "wrong secret"}
    for _time in range(3):
        assert visitor.post("/sign-in", data=told).status_code == 401

    answer = visitor.post("/sign-in", data=told)

    assert answer.status_code == 429
    assert answer.headers["Retry-After"] in ("1", "2")
    assert 'value="lan"' in answer.text


def test_an_old_cookie_is_dead_after_signing_out(
    client_as: Callable[[Actor], Visitor], town: Town
) -> None:
    for person, page in ((town.lan, "/quizzes/"), (town.ms_chen, "/classes/")):
        browser = client_as(person)
        cookie = browser.get_cookie("quizapp")
        assert cookie is not None
        answer = browser.post("/sign-out")
        assert "storage" in answer.headers["Clear-Site-Data"]

        browser.set_cookie("quizapp", cookie.value)

        assert browser.get(page).status_code == 303, person.name


def test_a_child_who_left_the_school_is_signed_out(
    client_as: Callable[[Actor], Visitor], session: Session, town: Town
) -> None:
    browser = client_as(town.lan)
    session.execute(
        update(Enrolment).where(Enrolment.pupil_id == town.lan.id).values(until_on=now().date())
    )
    session.commit()

    assert home(browser) == 303


def test_a_role_that_ends_is_gone_with_the_next_page(
    client_as: Callable[[Actor], Visitor], session: Session, town: Town
) -> None:
    browser = client_as(town.ms_chen)
    assert browser.get(f"/classes/{town.elm_7a.unit_id}").status_code == 200
    person = session.get_one(Person, town.ms_chen.id)
    person.disabled_at = now()
    session.commit()

    assert browser.get(f"/classes/{town.elm_7a.unit_id}").status_code == 303


def test_the_first_sign_in_counts_and_the_second_does_not(
    client_as: Callable[[Actor], Visitor], session: Session, town: Town
) -> None:
    for _time in range(3):
        client_as(town.lan)

    assert session.scalars(select(Presence.signed_in)).all() == [1]


def test_of_a_secret_only_a_hash_is_kept(
    visitor: Visitor, session: Session, town: Town, card: actions.PrintedCard
) -> None:
    use(visitor, town, card)

    child = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    kept = session.scalars(select(PupilSignIn.token_hash)).all()
    assert str(child.secret_hash).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert all(len(token) == 64 for token in kept)
    stored = session.scalars(select(Card)).one()
    assert card.token not in stored.token_hash
    assert card.code not in stored.code_hash


def test_a_wrong_sign_in_keeps_what_was_typed_and_tells_nothing(
    visitor: Visitor, town: Town
) -> None:
    told = {"school": town.elm.code, "login": "lan", "secret": "wrong secret"}

    page = visitor.post("/sign-in", data=told)

    assert page.status_code == 401
    assert town.elm.code in page.text
    assert "wrong secret" not in page.text


def test_an_invitation_opens_once(visitor: Visitor, session: Session, town: Town) -> None:
    person = session.get_one(Person, town.zhou.id)
    actions.appoint(session, person, Role.TEACHER, town.elm_7b.unit, by=SYSTEM, now=now())
    token = actions.invite(session, person, by=SYSTEM, now=now())
    session.commit()
    told = {"password": "quite a long one", "again": "quite a long one"}

    assert "Zhou" in visitor.get(f"/invitations/{token}").text
    assert visitor.post(f"/invitations/{token}", data=told).status_code == 303
    assert visitor.post(f"/invitations/{token}", data=told).status_code == 401
    assert "no longer valid" in visitor.get(f"/invitations/{token}").text

    told = {"login": "zhou", "password": "quite a long one"}
    assert visitor.post("/sign-in/staff", data=told).status_code == 303
    assert visitor.get(f"/classes/{town.elm_7b.unit_id}").status_code == 200


@pytest.mark.parametrize(
    "away",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http:evil.example",
        "https://evil.example/",
        "%2f%2fevil.example",
        "javascript:alert(1)",
        "/nothing/here",
        "x",
    ],
)
def test_nobody_is_sent_away_after_signing_in(
    visitor: Visitor, session: Session, town: Town, away: str
) -> None:
    child = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    child.secret_hash = credentials.hashed(SECRET)
    session.commit()
    told = {"school": town.elm.code, "login": "lan", "secret": SECRET, "next": away}

    answer = visitor.post("/sign-in", data=told)

    assert (answer.status_code, answer.location) == (303, "/")


def test_a_page_that_needs_a_sign_in_is_shown_after_it(visitor: Visitor, town: Town) -> None:
    answer = visitor.get("/quizzes/?from=home")

    assert answer.status_code == 303
    assert parse_qs(urlsplit(answer.location).query) == {"next": ["/quizzes/?from=home"]}


@pytest.mark.parametrize(("locale", "word"), [("zh", "登录"), ("en", "Sign in")])
def test_every_page_can_be_read_in_both_languages(visitor: Visitor, locale: str, word: str) -> None:
    visitor.post("/locale", data={"locale": locale, "next": "/sign-in"})

    page = visitor.get("/sign-in").text

    assert word in page
    assert f'lang="{"zh-CN" if locale == "zh" else "en"}"' in page
