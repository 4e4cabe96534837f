"""The class window: the teacher's code on the board, names, pictures. Lan, Bo, Hua sit in 7A."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import pins, throttle
from quizapp.accounts.models import BackOff, ClassWindow, Consent, Pupil, PupilSignIn, WindowTry
from quizapp.audit.models import AuditEntry
from quizapp.core.clock import now
from quizapp.orgs.models import SchoolClass
from tests.conftest import Visitor
from tests.settings import KEY
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]
NewVisitor = Callable[[], Visitor]
RIGHT = {"first": "sun", "second": "cat", "third": "boat"}
WRONG = {"first": "cat", "second": "sun", "third": "boat"}
CODE = re.compile(r'board__code"><dt>[^<]*</dt><dd>([2-9A-Z]{6})</dd>')


def board(of: SchoolClass, more: str = "") -> str:
    return f"/classes/{of.unit_id}/window{more}"


def opened(teacher: Visitor, of: SchoolClass, minutes: int = 20) -> str:
    """Open the class and return the code on the board."""
    assert teacher.post(board(of), data={"minutes": str(minutes)}).status_code == 303
    found = CODE.search(teacher.get(board(of)).text)
    assert found
    return found[1]


def enter(visitor: Visitor, code: str, school: str = "9901010001") -> int:
    return visitor.post("/window", data={"school": school, "code": code}).status_code


def show(visitor: Visitor, child: Actor, pictures: dict[str, str]) -> int:
    return visitor.post(f"/window/names/{child.id}", data=pictures).status_code


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/quizzes/").status_code == 200


@pytest.fixture
def lan_has_pictures(session: Session, town: Town) -> Pupil:
    child = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    child.pin_hash = pins.sealed("sun cat boat", pupil_id=child.id, key=KEY)
    session.commit()
    return child


@pytest.fixture
def all_have_pictures(session: Session, town: Town) -> None:
    for actor in (town.lan, town.bo, town.hua):
        child = session.get_one(Pupil, (actor.school_id, actor.id))
        child.pin_hash = pins.sealed("sun cat boat", pupil_id=child.id, key=KEY)
    session.commit()


@pytest.mark.usefixtures("lan_has_pictures")
def test_from_the_board_to_the_own_desk(client_as: ClientAs, visitor: Visitor, town: Town) -> None:
    teacher = client_as(town.ms_chen)
    code = opened(teacher, town.elm_7a)

    assert enter(visitor, f" {code.lower()} ") == 303
    page = visitor.get("/window/names")
    assert [name in page.text for name in ("林兰", "陈波", "周华", "何涛")] == [True] * 3 + [False]
    assert page.headers["Cache-Control"] == "no-store"
    asked = visitor.get(f"/window/names/{town.lan.id}")
    assert asked.text.count('type="radio"') == 36
    assert show(visitor, town.lan, RIGHT) == 303
    assert is_in(visitor)
    assert "1 of 3 are signed in" in teacher.get(board(town.elm_7a)).text


def test_the_site_keeps_neither_code_nor_pictures(
    client_as: ClientAs, session: Session, town: Town, lan_has_pictures: Pupil
) -> None:
    code = opened(client_as(town.ms_chen), town.elm_7a)

    kept = session.scalars(select(ClassWindow)).one()
    assert len(kept.code_hash) == len(lan_has_pictures.pin_hash or "") == 64
    told = " ".join(str(entry.details) for entry in session.scalars(select(AuditEntry)))
    assert code not in told
    assert "sun" not in told
    (event,) = session.scalars(select(AuditEntry).where(AuditEntry.event == "window.opened"))
    assert (event.path, event.details["minutes"]) == (town.elm_7a.path, 20)


def closed(page: str) -> int:
    """Return how many names of the board can be opened again one by one."""
    return page.count("Open the name again")


def test_a_prankster_in_one_browser_is_shut_out_and_closes_no_name(
    client_as: ClientAs,
    new_visitor: NewVisitor,
    session: Session,
    town: Town,
    all_have_pictures: None,
) -> None:
    teacher, prankster = client_as(town.ms_chen), new_visitor()
    code = opened(teacher, town.elm_7a)
    enter(prankster, code)

    tries = [show(prankster, child, WRONG) for child in (town.lan, town.bo, town.lan, town.hua)]

    assert tries == [401] * 4
    told = prankster.get(f"/window/names/{town.bo.id}").text
    assert re.search(r"number \d{3}. Ask your teacher to let it in again", told)
    assert show(prankster, town.bo, RIGHT) == 401, "not looked at any more"
    assert closed(teacher.get(board(town.elm_7a)).text) == 0
    for child in (town.lan, town.bo, town.hua):
        owner = new_visitor()
        enter(owner, code)
        assert show(owner, child, RIGHT) == 303

    prankster.post("/sign-out")
    enter(prankster, code)
    assert show(prankster, town.bo, RIGHT) == 401, "nor with the code typed once more"
    shut = re.search(r'name="browser" value="(\w{64})"', teacher.get(board(town.elm_7a)).text)
    assert shut
    assert teacher.get(board(town.elm_7a, "/states")).get_json()["shut_out"] == 1
    client_as(town.head_liu).post(board(town.elm_7a, "/let-in"), data={"browser": shut[1]})
    assert show(prankster, town.bo, RIGHT) == 401, "another school's head lets nobody in"
    teacher.post(board(town.elm_7a, "/let-in"), data={"browser": shut[1]})
    assert show(prankster, town.bo, RIGHT) == 303


def test_who_uses_up_a_name_elsewhere_cannot_close_it_in_the_class(
    client_as: ClientAs,
    new_visitor: NewVisitor,
    session: Session,
    town: Town,
    lan_has_pictures: Pupil,
) -> None:
    """Not by the page for secrets and the window together: that takes a second browser."""
    teacher, prankster, owner = client_as(town.ms_chen), new_visitor(), new_visitor()
    account = throttle.account_of_pupil("9901010001", lan_has_pictures.login, KEY)
    for _time in range(throttle.ANYBODY):
        told = {"school": "9901010001", "login": lan_has_pictures.login, "secret": "a guess"}
        assert prankster.post("/sign-in", data=told).status_code == 401
        session.execute(update(BackOff).where(BackOff.account == account).values(failures=0))
        session.commit()
    code = opened(teacher, town.elm_7a)
    for browser in (prankster, owner):
        enter(browser, code)

    assert show(prankster, town.lan, WRONG) == 401

    assert closed(teacher.get(board(town.elm_7a)).text) == 0
    assert show(owner, town.lan, RIGHT) == 303


def test_several_browsers_close_a_name_and_the_teacher_opens_it(
    client_as: ClientAs,
    new_visitor: NewVisitor,
    session: Session,
    town: Town,
    all_have_pictures: None,
) -> None:
    teacher, owner = client_as(town.ms_chen), client_as(town.lan)
    code = opened(teacher, town.elm_7a)
    for child in (town.lan, town.bo):
        for tries in (3, 2, 1, 1):
            browser = new_visitor()
            enter(browser, code)
            for _time in range(tries):
                show(browser, child, WRONG)
    late = new_visitor()
    enter(late, code)
    assert show(late, town.lan, RIGHT) == 401
    assert "Ask your teacher" in late.get(f"/window/names/{town.lan.id}").text
    assert is_in(owner), "who was in stays in"
    assert show(late, town.hua, RIGHT) == 303
    assert sorted(session.scalars(select(WindowTry.wrong))) == [5, 5]
    page = teacher.get(board(town.elm_7a)).text
    assert (closed(page), "Open all names again" in page) == (2, True)

    teacher.post(board(town.elm_7a, "/free"))

    assert closed(teacher.get(board(town.elm_7a)).text) == 0
    session.rollback()  # So that it looks anew.
    (freed,) = session.scalars(select(AuditEntry).where(AuditEntry.event == "window.freed"))
    assert freed.details["names"] == 2
    for child in (town.lan, town.bo):
        late.post("/sign-out")
        enter(late, code)
        assert show(late, child, RIGHT) == 303


@pytest.mark.usefixtures("lan_has_pictures")
def test_getting_in_does_not_give_a_guesser_new_tries(
    client_as: ClientAs, visitor: Visitor, town: Town
) -> None:
    code = opened(client_as(town.ms_chen), town.elm_7a)
    enter(visitor, code)
    for _time in range(3):
        show(visitor, town.lan, WRONG)
    assert show(visitor, town.lan, RIGHT) == 303
    visitor.post("/sign-out")
    enter(visitor, code)

    show(visitor, town.lan, WRONG)

    assert show(visitor, town.lan, RIGHT) == 401


@pytest.mark.usefixtures("lan_has_pictures")
def test_right_pictures_are_not_used_up(client_as: ClientAs, visitor: Visitor, town: Town) -> None:
    code = opened(client_as(town.ms_chen), town.elm_7a)
    for _time in range(7):
        enter(visitor, code)
        assert show(visitor, town.lan, RIGHT) == 303
        visitor.post("/sign-out")


def test_who_has_no_pictures_is_sent_to_card_and_secret(
    client_as: ClientAs, visitor: Visitor, session: Session, town: Town
) -> None:
    enter(visitor, opened(client_as(town.ms_chen), town.elm_7a))

    page = visitor.get(f"/window/names/{town.bo.id}")

    assert "radio" not in page.text
    assert 'href="/card"' in page.text
    assert show(visitor, town.bo, RIGHT) == 422
    assert not is_in(visitor)


@pytest.mark.usefixtures("lan_has_pictures")
def test_an_incomplete_choice_is_no_try(
    client_as: ClientAs, visitor: Visitor, session: Session, town: Town
) -> None:
    enter(visitor, opened(client_as(town.ms_chen), town.elm_7a))

    assert show(visitor, town.lan, {"first": "sun", "second": "cat"}) == 422
    assert show(visitor, town.lan, {**RIGHT, "third": "dragon"}) == 422
    assert session.scalars(select(WindowTry.wrong)).all() == []


@pytest.mark.usefixtures("lan_has_pictures")
def test_a_closed_window_opens_nothing(
    client_as: ClientAs, visitor: Visitor, session: Session, town: Town
) -> None:
    teacher = client_as(town.ms_chen)
    code = opened(teacher, town.elm_7a)
    enter(visitor, code)
    teacher.post(board(town.elm_7a, "/close"))

    assert visitor.get("/window/names").status_code == 401
    assert show(visitor, town.lan, RIGHT) == 401
    assert enter(visitor, code) == 401
    assert teacher.get(board(town.elm_7a, "/states")).status_code == 204

    code = opened(teacher, town.elm_7a)
    assert enter(visitor, code) == 303
    session.execute(update(ClassWindow).values(closes_at=now() - timedelta(seconds=1)))
    session.commit()
    assert show(visitor, town.lan, RIGHT) == 401, "its time is over"
    assert opened(teacher, town.elm_7a) != code, "and another can be opened"


def test_opening_again_closes_the_one_before(
    client_as: ClientAs, visitor: Visitor, town: Town
) -> None:
    teacher = client_as(town.ms_chen)
    old = opened(teacher, town.elm_7a)

    new = opened(teacher, town.elm_7a, minutes=45)

    assert [enter(visitor, code) for code in (old, new)] == [401, 303]


def test_a_window_shows_its_own_class_only(
    client_as: ClientAs, visitor: Visitor, town: Town
) -> None:
    code = opened(client_as(town.ms_chen), town.elm_7a)

    assert enter(visitor, code, school="9901020001") == 401
    enter(visitor, code)
    for stranger in (town.tao, town.mei):
        assert visitor.get(f"/window/names/{stranger.id}").status_code == 404
        assert show(visitor, stranger, RIGHT) == 404


def test_who_has_not_typed_the_code_sees_no_name(
    client_as: ClientAs, visitor: Visitor, town: Town
) -> None:
    opened(client_as(town.ms_chen), town.elm_7a)

    for answer in (
        visitor.get("/window/names"),
        visitor.get(f"/window/names/{town.lan.id}"),
        visitor.post(f"/window/names/{town.lan.id}", data=RIGHT),
        visitor.post("/window", data={"school": "9901010001", "code": "ABCDEF"}),
    ):
        assert answer.status_code == 401
        assert "林兰" not in answer.text


def test_wrong_codes_count_for_the_address(
    visitor: Visitor, client_as: ClientAs, session: Session, town: Town
) -> None:
    code = opened(client_as(town.ms_chen), town.elm_7a)
    for _time in range(3):
        enter(visitor, "ABCDEF")
    assert session.scalars(select(BackOff.failures)).all() == [3]
    session.execute(update(BackOff).values(failures=300, last_at=now()))
    session.commit()

    answer = visitor.post("/window", data={"school": "9901010001", "code": code})

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 61


def test_without_consent_the_board_shows_the_seat(
    client_as: ClientAs, visitor: Visitor, session: Session, town: Town
) -> None:
    session.get_one(Pupil, (town.hua.school_id, town.hua.id)).consent = Consent.REFUSED
    session.commit()
    teacher = client_as(town.ms_chen)
    enter(visitor, opened(teacher, town.elm_7a))

    for page in (
        teacher.get(board(town.elm_7a)),
        visitor.get("/window/names"),
        visitor.get(f"/window/names/{town.hua.id}"),
    ):
        assert "周华" not in page.text
        assert "Seat 3" in page.text


def test_the_states_tell_no_name(client_as: ClientAs, session: Session, town: Town) -> None:
    teacher = client_as(town.ms_chen)
    opened(teacher, town.elm_7a)
    client_as(town.bo)

    answer = teacher.get(board(town.elm_7a, "/states"))

    assert answer.get_json()["states"] == {
        str(town.lan.id): "bare", str(town.bo.id): "in", str(town.hua.id): "bare",
    }  # fmt: skip
    assert "陈波" not in answer.text


def test_the_names_on_the_board_are_in_the_log(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    opened(client_as(town.ms_chen), town.elm_7a)

    (seen,) = session.scalars(select(AuditEntry).where(AuditEntry.event == "pupil.seen"))
    assert (seen.actor_id, seen.details["pupils"]) == (town.ms_chen.id, 3)


@pytest.mark.parametrize(
    ("who", "status"),
    [("mr_wu", 404), ("head_liu", 404), ("officer_he", 403), ("auditor_fang", 403),
     ("admin_kong", 403), ("zhou", 403), ("lan", 403)],
)  # fmt: skip
def test_others_open_no_window(
    client_as: ClientAs, session: Session, town: Town, who: str, status: int
) -> None:
    client = client_as(getattr(town, who))

    answers = [
        client.get(board(town.elm_7a)),
        client.get(board(town.elm_7a, "/states")),
        client.post(board(town.elm_7a), data={"minutes": "20"}),
        client.post(board(town.elm_7a, "/close")),
        client.post(board(town.elm_7a, "/free"), data={"pupil": str(town.lan.id)}),
        client.post(board(town.elm_7a, "/let-in"), data={"browser": "b" * 64}),
    ]

    assert [answer.status_code for answer in answers] == [status] * 6
    assert session.scalars(select(ClassWindow)).all() == []


def test_a_window_lasts_10_20_or_45_minutes(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    teacher = client_as(town.ms_chen)

    assert teacher.post(board(town.elm_7a), data={"minutes": "600"}).status_code == 422
    assert session.scalars(select(ClassWindow)).all() == []
    opened(teacher, town.elm_7a, minutes=10)
    session.rollback()  # So that it looks anew.
    window = session.scalars(select(ClassWindow)).one()
    assert window.closes_at - window.opened_at == timedelta(minutes=10)


@pytest.mark.usefixtures("lan_has_pictures")
def test_a_sign_in_by_window_is_one_like_others(
    client_as: ClientAs, visitor: Visitor, session: Session, town: Town
) -> None:
    teacher = client_as(town.ms_chen)
    enter(visitor, opened(teacher, town.elm_7a))
    show(visitor, town.lan, RIGHT)

    assert session.scalars(select(PupilSignIn.pupil_id)).all() == [town.lan.id]
    teacher.post(f"/classes/{town.elm_7a.unit_id}/sign-ins/end")
    assert not is_in(visitor)
