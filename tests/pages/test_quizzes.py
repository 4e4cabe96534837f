"""A quiz as plain forms: what a child without scripts sends, and what strangers may not."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.core.clock import now
from quizapp.quizzes.models import Answer, Quiz, Sitting
from quizapp.quizzes.rules import Release
from tests import make
from tests.conftest import Visitor
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]


@pytest.fixture
def quiz(session: Session, town: Town) -> Quiz:
    made = make.quiz(session, town.elm, now=now(), attempts=2)
    session.commit()
    return made


def begin(client: Visitor, quiz: Quiz) -> str:
    """Start the quiz and return the address of the sitting."""
    answer = client.post(f"/quizzes/{quiz.id}/sittings")
    assert answer.status_code == 303
    return str(answer.location)


def test_a_child_sees_what_is_open_and_what_to_expect(
    client_as: ClientAs, town: Town, quiz: Quiz
) -> None:
    lan = client_as(town.lan)

    assert "禁毒知识小测" in lan.get("/quizzes/").text
    assert "禁毒知识小测" in lan.get(f"/quizzes/{quiz.id}").text
    assert "禁毒知识小测" not in client_as(town.mei).get("/quizzes/").text


def test_all_choices_of_the_form_are_kept(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz
) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, quiz)

    answer = lan.post(f"{sitting}/answers", data={"item-1": "a", "item-3": "b"})

    assert (answer.status_code, answer.location) == (303, sitting)
    assert lan.get(sitting).text.count(" checked") == 2
    assert sorted(session.scalars(select(Answer.position))) == [1, 3]


def test_a_new_choice_replaces_the_old_one(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz
) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, quiz)

    for letter in ("a", "b", "b"):
        lan.post(f"{sitting}/answers", data={"item-2": letter})

    kept = session.scalars(select(Answer)).one()
    assert kept.seq == 3
    page = lan.get(sitting).text
    assert re.search(r'name="item-2"[^>]*value="b"[^>]*checked', page)


def test_an_older_page_changes_only_what_was_changed_on_it(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz
) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, quiz)
    lan.post(f"{sitting}/answers", data={"item-1": "b"})

    old_page = {"item-1": "a", "was-1": "a", "item-2": "b", "was-2": ""}
    lan.post(f"{sitting}/answers", data=old_page)

    page = lan.get(sitting).text
    assert re.search(r'name="item-1"[^>]*value="b"[^>]*checked', page)
    assert re.search(r'name="item-2"[^>]*value="b"[^>]*checked', page)


def test_what_is_unticked_is_taken_back(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz
) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, quiz)
    lan.post(f"{sitting}/answers", data={"item-1": "b"})

    lan.post(f"{sitting}/answers", data={"was-1": "b"})

    assert " checked" not in lan.get(sitting).text


def test_nobody_sees_the_key_while_another_may_still_answer(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    quiz = make.quiz(session, town.elm, now=now(), release=Release.AFTER_CLOSE)
    session.commit()
    lan = client_as(town.lan)
    sitting = begin(lan, quiz)
    lan.post(f"{sitting}/submission")
    begin(client_as(town.bo), quiz)
    with_minutes_left = now() - timedelta(minutes=5)
    session.execute(update(Quiz).values(closes_at=with_minutes_left))
    session.commit()

    assert "因为" not in lan.get(f"{sitting}/result").text

    session.execute(update(Quiz).values(closes_at=now() - timedelta(minutes=32)))
    session.commit()
    assert "因为" in lan.get(f"{sitting}/result").text


def test_before_handing_in_a_child_is_told_what_is_unanswered(
    client_as: ClientAs, town: Town, quiz: Quiz
) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, quiz)

    answer = lan.post(f"{sitting}/answers", data={"item-1": "a", "then": "review"})
    page = lan.get(answer.location).text

    assert answer.location.endswith("/review")
    assert all(f"#item-{position}" in page for position in (2, 3, 4))


def test_the_result_explains_every_item(client_as: ClientAs, town: Town, quiz: Quiz) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, quiz)
    lan.post(f"{sitting}/answers", data={"item-1": "a"})

    answer = lan.post(f"{sitting}/submission")
    page = lan.get(answer.location).text

    assert answer.location.endswith("/result")
    assert page.count("因为") == 4
    assert lan.get(sitting).location == answer.location, "a sitting that is over shows its result"


def test_a_result_that_waits_says_so_and_tells_nothing(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    quiz = make.quiz(session, town.elm, now=now(), release=Release.AFTER_CLOSE)
    session.commit()
    lan = client_as(town.lan)
    sitting = begin(lan, quiz)

    page = lan.get(lan.post(f"{sitting}/submission").location)

    assert page.status_code == 200
    assert "因为" not in page.text


def test_answers_after_the_grace_are_not_lost_silently(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz
) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, quiz)
    session.execute(update(Sitting).values(deadline=now() - timedelta(seconds=70)))
    session.commit()

    answer = lan.post(f"{sitting}/answers", data={"item-1": "a"})

    assert answer.location.endswith("/review")
    assert "What was saved before counts" in lan.get(answer.location).text


def test_two_attempts_are_two_and_not_three(client_as: ClientAs, town: Town, quiz: Quiz) -> None:
    lan = client_as(town.lan)
    for _attempt in range(2):
        lan.post(f"{begin(lan, quiz)}/submission")

    answer = lan.post(f"/quizzes/{quiz.id}/sittings")

    assert answer.status_code == 409
    assert "all attempts" in answer.text


def test_nobody_opens_the_sitting_of_another(client_as: ClientAs, town: Town, quiz: Quiz) -> None:
    sitting = begin(client_as(town.lan), quiz)

    for person, status in ((town.bo, 404), (town.mei, 404), (town.ms_chen, 403)):
        browser = client_as(person)
        for page in ("", "/review", "/result"):
            assert browser.get(f"{sitting}{page}").status_code == status
        assert browser.post(f"{sitting}/submission").status_code == status


def test_a_quiz_of_another_school_is_not_there(client_as: ClientAs, town: Town, quiz: Quiz) -> None:
    mei = client_as(town.mei)

    assert mei.get(f"/quizzes/{quiz.id}").status_code == 404
    assert mei.post(f"/quizzes/{quiz.id}/sittings").status_code == 404


@pytest.mark.parametrize("choice", ["z", "<b>", "aa"])
def test_a_choice_that_is_not_there_is_refused_in_words(
    client_as: ClientAs, session: Session, town: Town, quiz: Quiz, choice: str
) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, quiz)

    answer = lan.post(f"{sitting}/answers", data={"item-1": choice})

    assert answer.status_code == 422
    assert session.scalars(select(Answer)).all() == []
