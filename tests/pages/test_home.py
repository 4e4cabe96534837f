"""Everybody's own first page."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.core.clock import now
from quizapp.quizzes.rules import Release
from tests import make
from tests.conftest import Visitor
from tests.pages import given
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]


def test_nobody_is_asked_to_sign_in(visitor: Visitor) -> None:
    answer = visitor.get("/")

    assert (answer.status_code, answer.location) == (303, "/sign-in")


@pytest.mark.parametrize(
    ("who", "page"),
    [
        ("ms_chen", "/classes/"),
        ("head_sun", "/schools/"),
        ("officer_he", "/reports/"),
        ("officer_qin", "/reports/"),
        ("editor_yu", "/bank/"),
        ("auditor_fang", "/start"),
        ("admin_kong", "/start"),
        ("zhou", "/start"),
    ],
)
def test_staff_are_sent_where_their_work_is(
    client_as: ClientAs, town: Town, who: str, page: str
) -> None:
    answer = client_as(getattr(town, who)).get("/")

    assert (answer.status_code, answer.location) == (303, page)


def test_the_platform_admin_finds_the_log_and_the_jobs(client_as: ClientAs, town: Town) -> None:
    page = client_as(town.admin_kong).get("/start").text

    assert 'href="/audit/"' in page
    assert 'href="/jobs/"' in page


def test_somebody_without_a_post_is_told_so(client_as: ClientAs, town: Town) -> None:
    assert "No task yet" in client_as(town.zhou).get("/start").text


def test_a_pupil_with_nothing_to_do_is_told_so(client_as: ClientAs, town: Town) -> None:
    page = client_as(town.lan).get("/").text

    assert "Hello, <bdi>林兰</bdi>" in page
    assert "All done" in page


def test_a_pupil_sees_the_quiz_that_is_open(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    quiz = make.quiz(session, town.elm, now=now())
    session.commit()

    assert f'href="/quizzes/{quiz.id}"' in client_as(town.lan).get("/").text
    assert str(quiz.id) not in client_as(town.mei).get("/").text


def test_a_pupil_in_the_middle_of_a_quiz_goes_on(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    sitting = given.begin(session, make.quiz(session, town.elm, now=now()), town.lan, at=now())
    session.commit()

    page = client_as(town.lan).get("/").text

    assert f'href="/quizzes/sittings/{sitting.id}"' in page
    assert "go on" in page


def test_a_pupil_who_has_finished_sees_the_result_and_no_task(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    quiz = make.quiz(session, town.elm, now=now())
    sitting = given.finish(session, quiz, town.lan, right=3, at=now())
    session.commit()

    page = client_as(town.lan).get("/").text

    assert "All done" in page
    assert f'href="/quizzes/sittings/{sitting.id}/result"' in page
    assert "15 of 20 points" in page


def test_a_result_that_is_not_released_shows_no_points(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    quiz = make.quiz(session, town.elm, now=now(), release=Release.AFTER_CLOSE)
    given.finish(session, quiz, town.lan, right=3, at=now())
    session.commit()

    page = client_as(town.lan).get("/").text

    assert "The result comes later" in page
    assert "15 of 20" not in page


def test_a_pupil_sees_the_lessons_of_the_own_stage_until_they_are_done(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lesson = given.lesson(session, "junior-say-no", title="说不的四种办法")
    make.campaign(session, town.north, now=now(), items=0, lessons=[lesson])
    given.visit(session, town.bo, lesson, at=now(), finished=True)
    session.commit()

    to_do, done = client_as(town.lan).get("/").text, client_as(town.bo).get("/").text

    assert "说不的四种办法" in to_do
    assert "0 of 1 lessons done" in to_do
    assert "说不的四种办法" not in done
    assert "1 of 1 lessons done" in done
