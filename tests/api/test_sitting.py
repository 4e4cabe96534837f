"""A quiz through the JSON API, as the page's own script and other programs take it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import credentials
from quizapp.accounts.models import Pupil
from quizapp.core.clock import now
from quizapp.quizzes.models import Quiz
from quizapp.quizzes.rules import Release
from quizapp.web.tempo import Tempo
from tests import make
from tests.conftest import Visitor
from tests.town import Town

SECRET = "my own secret"


@pytest.fixture
def quiz(session: Session, town: Town) -> Quiz:
    made = make.quiz(session, town.city, now=now())
    session.commit()
    return made


@pytest.fixture
def lan(client_as: Callable[[Actor], Visitor], town: Town) -> Visitor:
    return client_as(town.lan)


def start(client: Visitor, quiz: Quiz) -> dict[str, Any]:
    answer = client.post(f"/api/v1/quizzes/{quiz.id}/sittings")
    assert answer.status_code in (200, 201)
    told: dict[str, Any] = answer.json  # type: ignore[assignment]
    return told


def put(client: Visitor, sitting: str, *answers: dict[str, Any]) -> Any:
    return client.put(f"/api/v1/sittings/{sitting}/answers", json={"answers": list(answers)})


def words(told: Any) -> Iterator[str]:
    """Yield every field name and text of an answer."""
    if isinstance(told, dict):
        for name, value in told.items():
            yield name
            yield from words(value)
    elif isinstance(told, list):
        for value in told:
            yield from words(value)
    else:
        yield str(told)


def test_a_pupil_signs_in_with_school_login_and_secret(
    visitor: Visitor, session: Session, town: Town
) -> None:
    child = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    child.secret_hash = credentials.hashed(SECRET)
    session.commit()
    right = {"school": town.elm.code, "login": "lan", "secret": SECRET}

    answer = visitor.post("/api/v1/sign-in", json=right)

    assert answer.status_code == 200
    assert answer.json["pupil"] == {"id": str(child.id), "name": "林兰", "class": "初一1班"}  # type: ignore[index]
    csrf = answer.json["csrf"]  # type: ignore[index]
    assert visitor.get("/api/v1/quizzes").json == []
    assert visitor.delete("/api/v1/sign-in", headers={"X-CSRF-Token": csrf}).status_code == 204
    assert visitor.get("/api/v1/quizzes").status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"school": "9901010001", "login": "lan", "secret": "wrong"},
        {"school": "9901010001", "login": "nobody", "secret": SECRET},
        {"school": "0000000000", "login": "lan", "secret": SECRET},
        {"login": "ms_chen", "password": "wrong"},
        {"login": "nobody", "password": "wrong"},
    ],
)
def test_every_wrong_sign_in_is_answered_alike(
    visitor: Visitor, town: Town, wrong: dict[str, str]
) -> None:
    answer = visitor.post("/api/v1/sign-in", json=wrong)

    assert (answer.status_code, answer.json["error"]["code"]) == (401, "signed_out")  # type: ignore[index]


def test_guessing_has_to_wait(visitor: Visitor, town: Town) -> None:
    guess = {"login": "ms_chen", "password": "wrong"}
    for _try in range(3):
        visitor.post("/api/v1/sign-in", json=guess)

    answer = visitor.post("/api/v1/sign-in", json=guess)

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1


def test_a_whole_quiz(lan: Visitor, quiz: Quiz) -> None:
    offers: Any = lan.get("/api/v1/quizzes").json
    assert [(o["title"], o["items"], o["attempts_left"], o["sitting"]) for o in offers] == [
        ("禁毒知识小测", 4, 1, None)
    ]

    sitting = start(lan, quiz)
    saved = put(
        lan, sitting["id"], {"position": 1, "choice": ["a"], "seq": 1, "at": "2026-11-21T01:00:00Z"}
    )
    assert saved.json["saved"] == [{"position": 1, "seq": 1}]
    assert saved.json["deadline"] == sitting["deadline"]

    receipt: Any = lan.post(f"/api/v1/sittings/{sitting['id']}/submission").json
    result: Any = lan.get(f"/api/v1/sittings/{sitting['id']}/result").json

    assert receipt["finished"]
    assert receipt["receipt"] == result["receipt"]
    assert receipt["score"] == result["score"] == 5 * sum(i["is_right"] for i in result["items"])
    assert result["items"][0]["choice"] == ["a"]
    assert all(item["right"] and item["explain"] for item in result["items"])


def test_starting_again_resumes_with_the_answers(lan: Visitor, quiz: Quiz) -> None:
    sitting = start(lan, quiz)
    put(lan, sitting["id"], {"position": 2, "choice": ["b"], "seq": 4})

    answer = lan.post(f"/api/v1/quizzes/{quiz.id}/sittings")

    assert answer.status_code == 200
    told: Any = answer.json
    assert told["id"] == sitting["id"]
    assert told["items"] == sitting["items"]
    assert told["answers"] == [{"position": 2, "choice": ["b"], "seq": 4}]


def test_a_busy_site_says_how_rarely_to_save(
    app: Flask, lan: Visitor, quiz: Quiz, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = start(lan, quiz)
    assert begun["save_every"] == 0
    slower = Tempo()
    slower.every = 4
    monkeypatch.setitem(app.extensions, "tempo", slower)

    told = put(lan, begun["id"], {"position": 1, "choice": ["a"], "seq": 1}).json

    assert told["save_every"] == 4
    assert start(lan, quiz)["save_every"] == 4
    assert 'data-save-every="4"' in lan.get(f"/quizzes/sittings/{begun['id']}").text


def test_nothing_tells_right_from_wrong_before_the_end(lan: Visitor, quiz: Quiz) -> None:
    sitting = start(lan, quiz)
    saved = put(lan, sitting["id"], {"position": 1, "choice": ["a"], "seq": 1}).json

    told = set(words(sitting)) | set(words(saved))

    assert not told & {"right", "is_right", "answer", "score", "explain", "feedback", "seed"}
    assert not any(text.startswith(("因为", "not a")) for text in told)
    page = lan.get(f"/quizzes/sittings/{sitting['id']}").text
    assert "因为" not in page
    assert "not a" not in page


def test_a_result_that_waits_for_the_close_is_not_told(
    lan: Visitor, session: Session, town: Town
) -> None:
    quiz = make.quiz(session, town.city, now=now(), release=Release.AFTER_CLOSE)
    session.commit()
    sitting = start(lan, quiz)

    receipt: Any = lan.post(f"/api/v1/sittings/{sitting['id']}/submission").json
    answer = lan.get(f"/api/v1/sittings/{sitting['id']}/result")

    assert (receipt["score"], receipt["passed"]) == (None, None)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "not_released")  # type: ignore[index]


def test_another_childs_sitting_is_not_there(
    client_as: Callable[[Actor], Visitor], lan: Visitor, quiz: Quiz, town: Town
) -> None:
    sitting = start(lan, quiz)["id"]

    for stranger in (town.bo, town.mei):
        other = client_as(stranger)
        assert put(other, sitting, {"position": 1, "choice": ["a"], "seq": 9}).status_code == 404
        assert other.post(f"/api/v1/sittings/{sitting}/submission").status_code == 404
        assert other.get(f"/api/v1/sittings/{sitting}/result").status_code == 404
    assert put(client_as(town.ms_chen), sitting, {}).status_code == 403


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        ('"x"', "application/json", 400),
        ("\xff\xfe", "application/json", 400),
        ("position=1", "application/x-www-form-urlencoded", 415),
        ("{}", "application/json", 422),
        ('{"answers": []}', "application/json", 422),
        ('{"answers": [{"position": "1", "choice": ["a"], "seq": 1}]}', "application/json", 422),
        ('{"answers": [{"position": 1, "choice": true, "seq": 1}]}', "application/json", 422),
        ('{"answers": [{"position": 1, "choice": [1], "seq": 1}]}', "application/json", 422),
        ('{"answers": [{"position": 1, "choice": ["a"], "seq": 1e3}]}', "application/json", 422),
        ('{"answers": [{"position": 1, "choice": ["z"], "seq": 1}]}', "application/json", 422),
        ('{"answers": [{"position": 99, "choice": ["a"], "seq": 1}]}', "application/json", 422),
        (
            '{"answers": [{"position": 1, "choice": ["a"], "seq": 1, "score": 5}]}',
            "application/json",
            422,
        ),
        (
            '{"answers": [{"position": 1, "choice": ["a"], "seq": 1, "at": "yesterday"}]}',
            "application/json",
            422,
        ),
    ],
)
def test_a_broken_body_is_told_what_is_wrong_and_changes_nothing(
    lan: Visitor, quiz: Quiz, body: str, kind: str, status: int
) -> None:
    sitting = start(lan, quiz)["id"]

    answer = lan.put(
        f"/api/v1/sittings/{sitting}/answers", data=body.encode("latin-1"), content_type=kind
    )

    assert answer.status_code == status
    assert set(json.loads(answer.text)["error"]) == {"code", "message", "fields"}
    resumed: Any = lan.post(f"/api/v1/quizzes/{quiz.id}/sittings").json
    assert resumed["answers"] == []


def test_without_a_token_nothing_is_changed(lan: Visitor, quiz: Quiz) -> None:
    answer = lan.post(f"/api/v1/quizzes/{quiz.id}/sittings", headers={"X-CSRF-Token": "forged"})

    assert (answer.status_code, answer.json["error"]["code"]) == (400, "csrf")  # type: ignore[index]


def test_addresses_that_are_not_there_answer_in_json(lan: Visitor) -> None:
    for path in ("/api/v1/nothing", "/api/v1/sittings/1/result"):
        answer = lan.get(path)
        assert (answer.status_code, answer.json["error"]["code"]) == (404, "missing")  # type: ignore[index]


def test_the_description_names_every_call_of_the_contract(visitor: Visitor) -> None:
    told: Any = visitor.get("/api/v1/openapi.json").json

    assert {(path, method) for path, ways in told["paths"].items() for method in ways} >= {
        ("/api/v1/sign-in", "post"),
        ("/api/v1/quizzes", "get"),
        ("/api/v1/quizzes/{quiz_id}/sittings", "post"),
        ("/api/v1/sittings/{sitting_id}/answers", "put"),
        ("/api/v1/sittings/{sitting_id}/submission", "post"),
        ("/api/v1/sittings/{sitting_id}/result", "get"),
        ("/api/v1/reports/coverage", "get"),
    }
