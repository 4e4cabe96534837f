"""A sitting by plain forms on a network that loses requests, and what came too late to count."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.core.clock import now
from quizapp.quizzes.models import Answer, ClosedBy, MissedAnswer, Quiz, Sitting
from quizapp.quizzes.rules import Release
from quizapp.quizzes.sittings import close
from tests import make
from tests.conftest import Visitor
from tests.town import Town


@pytest.fixture
def quiz(session: Session, town: Town) -> Quiz:
    made = make.quiz(session, town.elm, now=now(), release=Release.AFTER_CLOSE)
    session.commit()
    return made


@pytest.fixture
def lan(client_as: Callable[[Actor], Visitor], town: Town) -> Visitor:
    return client_as(town.lan)


def begin(client: Visitor, quiz: Quiz) -> str:
    """Start the quiz and return the address of the sitting."""
    return str(client.post(f"/quizzes/{quiz.id}/sittings").location)


def drawn(client: Visitor, sitting: str) -> dict[str, str]:
    """Return what the page of the sitting sends along of what it was drawn with."""
    page = client.get(sitting).text
    return dict(re.findall(r'name="((?:was|seq)-\d+)" value="([^"]*)"', page))


def chosen(client: Visitor, sitting: str) -> list[tuple[str, str]]:
    return re.findall(r'name="(item-\d)"[^>]*value="(\w)"[^>]*checked', client.get(sitting).text)


def put(client: Visitor, sitting: str, *answers: tuple[int, str, int]) -> Any:
    body = {"answers": [{"position": p, "choice": [c], "seq": s} for p, c, s in answers]}
    return client.put(f"/api/v1{sitting.removeprefix('/quizzes')}/answers", json=body)


def ring(session: Session, ago: timedelta) -> None:
    """Let the time have been over for so long."""
    session.execute(update(Sitting).values(deadline=now() - ago))
    session.commit()


def test_a_page_that_is_sent_again_changes_nothing(
    lan: Visitor, session: Session, quiz: Quiz
) -> None:
    sitting = begin(lan, quiz)
    page = {**drawn(lan, sitting), "item-1": "a"}

    lan.post(f"{sitting}/answers", data=page)
    first = session.scalars(select(Answer)).one()
    at, seq = first.last_at, first.seq
    again = lan.post(f"{sitting}/answers", data=page)

    session.expire_all()
    kept = session.scalars(select(Answer)).one()
    assert (kept.last_at, kept.seq) == (at, seq)
    assert "on another page" not in lan.get(again.location).text


def test_a_page_gone_back_to_never_overwrites_what_was_answered_since(
    lan: Visitor, quiz: Quiz
) -> None:
    sitting = begin(lan, quiz)
    old_page = {**drawn(lan, sitting), "item-1": "a"}
    lan.post(f"{sitting}/answers", data=old_page)
    lan.post(f"{sitting}/answers", data={**drawn(lan, sitting), "item-1": "b"})

    # Its fields still hold what was chosen there; only question 2 was changed after going back.
    answer = lan.post(f"{sitting}/answers", data={**old_page, "item-2": "b"})

    told = lan.get(answer.location).text
    assert chosen(lan, sitting) == [("item-1", "b"), ("item-2", "b")]
    assert "on another page since, and that counts: question 1." in told


def test_a_plain_page_and_a_script_with_the_same_number_are_told_apart(
    lan: Visitor, quiz: Quiz
) -> None:
    sitting = begin(lan, quiz)
    page = {**drawn(lan, sitting), "item-3": "b"}
    put(lan, sitting, (3, "a", 1))

    answer = lan.post(f"{sitting}/answers", data=page)

    assert "that counts: question 3." in lan.get(answer.location).text
    assert chosen(lan, sitting) == [("item-3", "a")]


@pytest.mark.parametrize("swept", [False, True], ids=["before-the-sweeper", "after-it"])
def test_what_came_after_the_grace_is_told_and_does_not_count(
    lan: Visitor, session: Session, quiz: Quiz, swept: bool
) -> None:
    sitting = begin(lan, quiz)
    assert put(lan, sitting, (1, "a", 1), (2, "b", 5)).status_code == 200
    ring(session, timedelta(seconds=70))
    if swept:
        close(session, session.scalars(select(Sitting)).one(), by=ClosedBy.BELL, now=now())
        session.commit()

    # 1 is sent once more because its reply was lost; 2 was changed, 3 is new.
    assert put(lan, sitting, (1, "a", 1), (2, "a", 6), (3, "b", 1)).status_code == 410
    assert put(lan, sitting, (3, "a", 2)).status_code == 410
    told: Any = lan.post(f"/api/v1{sitting.removeprefix('/quizzes')}/submission").json

    assert told["missed"] == [2, 3]
    assert "so it does not count: question 2, 3." in lan.get(f"{sitting}/result").text
    rows = {a.position: a.seq for a in session.scalars(select(Answer)) if a.seq}
    assert rows == {1: 1, 2: 5}
    assert session.scalars(select(MissedAnswer.position)).all() == [2, 3]


def test_a_plain_page_that_comes_too_late_is_told_on_the_way_to_hand_in(
    lan: Visitor, session: Session, quiz: Quiz
) -> None:
    sitting = begin(lan, quiz)
    page = {**drawn(lan, sitting), "item-4": "a"}
    ring(session, timedelta(seconds=70))

    answer = lan.post(f"{sitting}/answers", data=page)

    assert "so it does not count: question 4." in lan.get(answer.location).text


def test_within_the_grace_it_counts_and_is_marked(
    lan: Visitor, session: Session, town: Town
) -> None:
    quiz = make.quiz(session, town.elm, now=now())
    session.commit()
    sitting = begin(lan, quiz)
    ring(session, timedelta(seconds=5))

    assert put(lan, sitting, (1, "a", 1)).status_code == 200
    api = f"/api/v1{sitting.removeprefix('/quizzes')}"
    receipt: Any = lan.post(f"{api}/submission").json
    told: Any = lan.get(f"{api}/result").json

    assert receipt["finished"], "handed in by the pupil, though after the bell"
    assert (receipt["missed"], told["missed"]) == ([], [])
    assert [item["late"] for item in told["items"]] == [True, False, False, False]
    assert lan.get(f"{sitting}/result").text.count("Late: it counts") == 1
