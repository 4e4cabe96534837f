"""The settings of a quiz on its pages, as plain forms: forward only, marks, feedback, practice."""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quizapp.access.policy import Actor
from quizapp.core.clock import now
from quizapp.quizzes.models import Answer, Bookmark, Mistake, Quiz
from quizapp.quizzes.rules import Release
from tests import make
from tests.conftest import Visitor
from tests.pages.test_quizzes import begin
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]


def opened(session: Session, town: Town, **settings: Any) -> Quiz:
    """Open a quiz of four questions to the class, with these columns."""
    quiz = make.quiz(session, town.elm_7a.unit, now=now(), attempts=3)
    for name, value in settings.items():
        setattr(quiz, name, value)
    session.commit()
    return quiz


def body(answer: TestResponse) -> Any:
    return answer.json


def shown(page: str) -> list[str]:
    """Return the numbers of the questions that can be seen."""
    tags = re.findall(r'<fieldset class="question"[^>]*>', page)
    return [re.findall(r'data-position="(\d+)"', t)[0] for t in tags if " hidden" not in t]


def test_a_quiz_that_only_goes_forward_shows_one_question_and_takes_none_back(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, opened(session, town, forward_only=True))
    first_page = {"was-1": "", "item-1": "a", "passed": "1"}

    seen = [shown(lan.get(sitting).text)]
    for page in (first_page, {"was-2": "", "passed": "2"}):
        lan.post(f"{sitting}/answers", data=page)
        seen.append(shown(lan.get(sitting).text))
    back = lan.post(f"{sitting}/answers", data=first_page | {"item-1": "b"})
    told = lan.get(back.location).text
    lan.post(f"{sitting}/answers", data={"was-3": "", "item-3": "a", "passed": "3"})
    last = lan.post(f"{sitting}/answers", data={"was-4": "", "item-4": "a", "passed": "4"})

    assert seen == [["1"], ["2"], ["3"]]
    assert "question 1 cannot be changed" in told
    assert last.location.endswith("/review")
    kept = session.execute(select(Answer.position, Answer.seq).order_by(Answer.position)).all()
    assert [tuple(row) for row in kept] == [(1, 1), (2, 1), (3, 1), (4, 1)]
    review = lan.get(last.location).text
    assert "only goes forward" in review
    assert 'class="overview' not in review


def test_what_is_marked_is_told_before_handing_in(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, opened(session, town))

    lan.post(f"{sitting}/answers", data={"was-1": "", "was-2": "", "mark-2": "y", "item-1": "a"})
    lan.post(f"{sitting}/answers", data={"was-3": "", "mark-3": "y"})
    both = set(session.scalars(select(Bookmark.position)))
    session.commit()
    lan.post(f"{sitting}/answers", data={"was-3": ""})

    assert both == {2, 3}
    assert set(session.scalars(select(Bookmark.position))) == {2}
    assert re.search(r'name="mark-2"[^>]*checked', lan.get(sitting).text)
    review = lan.get(f"{sitting}/review").text
    assert "You have marked 1 question" in review
    assert review.count("overview__one--marked") == 1


def test_a_quiz_of_a_class_tells_what_is_right_and_keeps_the_answer(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, opened(session, town, release=Release.DURING))
    early = lan.post(f"{sitting}/answers", data={"then": "check-1", "was-1": ""})

    answer = lan.post(f"{sitting}/answers", data={"then": "check-1", "was-1": "", "item-1": "a"})

    assert "Answer the question first." in lan.get(early.location).text
    assert answer.location == f"{sitting}#item-1"
    page = lan.get(sitting).text
    assert page.count("因为") == 1
    assert 'data-behaviour="sitting"' not in page
    lan.post(f"{sitting}/answers", data={"was-1": "a", "item-1": "b"})
    assert session.scalars(select(Answer.seq)).all() == [1]
    assert lan.post(f"{sitting}/answers", data={"then": "check-x"}).status_code == 303


def test_points_may_be_shown_without_what_is_right(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lan = client_as(town.lan)
    sitting = begin(lan, opened(session, town, key_release=Release.AFTER_CLOSE))
    lan.post(f"{sitting}/answers", data={"item-1": "a", "item-2": "b"})

    lan.post(f"{sitting}/submission")

    page = lan.get(f"{sitting}/result").text
    assert "of 20 points" in page
    assert "You answered:" in page
    assert "因为" not in page
    assert "The right answers and why they are right stand here from" in page
    told = body(lan.get(f"/api/v1{sitting.removeprefix('/quizzes')}/result"))
    assert {(one["right"], one["explain"]) for one in told["items"]} == {(None, None)}


def test_a_child_sees_which_attempt_counts(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lan, quiz = client_as(town.lan), opened(session, town)
    for answers in ({}, {"item-1": "a", "item-2": "a", "item-3": "a", "item-4": "a"}):
        sitting = begin(lan, quiz)
        lan.post(f"{sitting}/answers", data=answers)
        lan.post(f"{sitting}/submission")
    session.execute(update(Quiz).values(counts="first"))
    session.commit()

    assert "Attempt 1 is the one that counts." in lan.get(f"{sitting}/result").text
    page = lan.get(f"/quizzes/{quiz.id}").text
    assert "the first attempt" in page
    assert page.index("attempt 2<") < page.index("attempt 1<") < page.index("counts</span>")
    session.execute(update(Quiz).values(release=Release.AFTER_CLOSE))
    session.commit()
    assert "is the one that counts" not in lan.get(f"{sitting}/result").text
    assert "counts</span>" not in lan.get(f"/quizzes/{quiz.id}").text


def test_a_child_practises_its_own_mistakes(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lan, quiz = client_as(town.lan), opened(session, town)
    sitting = begin(lan, quiz)
    lan.post(f"{sitting}/answers", data={f"item-{n}": "a" for n in range(1, 5)})
    assert "Nothing to practise" in lan.get("/quizzes/practice/").text
    lan.post(f"{sitting}/submission")
    wrong = session.scalars(select(Answer).where(Answer.right.is_(False))).all()
    assert wrong
    session.commit()

    page = lan.get("/quizzes/").text
    address = re.search(r'href="(/quizzes/practice/[^"]{36})"', lan.get("/quizzes/practice/").text)
    assert address
    asked = lan.get(address[1]).text
    empty = lan.get(lan.post(address[1], data={}).location).text
    lan.post(address[1], data={"choice": "b"})
    told = lan.get(address[1]).text

    assert "My mistakes" in page
    assert "因为" not in asked + empty
    assert "Answer the question first." in empty
    assert "因为" in told
    assert session.scalars(select(Mistake.box)).one() in (1, 2)
    assert client_as(town.bo).get(address[1]).status_code == 404


def test_bookmarks_and_feedback_by_the_api(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lan, quiz = client_as(town.lan), opened(session, town, release=Release.DURING)
    given = body(lan.post(f"/api/v1/quizzes/{quiz.id}/sittings", json={}))
    api = f"/api/v1/sittings/{given['id']}"

    marked = lan.put(f"{api}/bookmarks", json={"positions": [3, 1]})
    unknown = lan.put(f"{api}/bookmarks", json={"positions": [9]})
    early = lan.post(f"{api}/feedback", json={"position": 1})
    answers = {"answers": [{"position": 1, "choice": ["a"], "seq": 1}]}
    lan.put(f"{api}/answers", json=answers)
    told = lan.post(f"{api}/feedback", json={"position": 1})
    answers["answers"][0] |= {"choice": ["b"], "seq": 2}
    locked = lan.put(f"{api}/answers", json=answers)

    assert (given["layout"], given["forward_only"], given["tells"]) == ("one", False, True)
    assert (marked.json, unknown.status_code) == ({"bookmarks": [1, 3]}, 422)
    assert body(lan.post(f"/api/v1/quizzes/{quiz.id}/sittings", json={}))["bookmarks"] == [1, 3]
    assert (early.status_code, body(early)["error"]["code"]) == (409, "unanswered")
    assert body(told)["explain"].startswith("因为")
    assert (locked.status_code, body(locked)["error"]["code"]) == (409, "locked")
    assert body(locked)["error"]["fields"] == {"position": "1"}
    assert client_as(town.bo).put(f"{api}/bookmarks", json={"positions": []}).status_code == 404


def test_a_quiz_with_all_questions_on_a_page_says_so(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    lan = client_as(town.lan)

    page = lan.get(begin(lan, opened(session, town, layout="all"))).text

    assert re.search(r"<form[^>]* data-all", page)
    assert shown(page) == ["1", "2", "3", "4"]
