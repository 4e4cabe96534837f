"""What a device sends from its journal, and what the service worker may keep."""

import json
import re
from collections.abc import Callable, Sequence
from io import BytesIO
from posixpath import dirname, normpath
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quizapp.access.policy import Actor
from quizapp.accounts import queries as accounts
from quizapp.core.clock import local_day, now
from quizapp.core.ids import new_id
from quizapp.lessons.journal_forms import MOST
from quizapp.lessons.journal_views import FILES, LARGEST, all_taken
from quizapp.lessons.models import Lesson, Receipt, Visit
from quizapp.web.assets import STATIC
from tests import stories
from tests.conftest import Visitor
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]


@pytest.fixture
def lesson(session: Session, town: Town) -> Lesson:
    made = stories.lesson(session, "junior-drink")
    stories.course(session, [made])
    session.commit()
    return made


def begun(lesson: str = "junior-drink") -> dict[str, Any]:
    return {"id": str(new_id()), "lesson": lesson, "kind": "visit"}


def mark(client: Visitor) -> str:
    return client.get("/lessons/").headers["Keep-For"]


def send(client: Visitor, entries: Sequence[dict[str, Any]], reader: str = "") -> TestResponse:
    return client.post(
        "/lessons/journal", json={"reader": reader or mark(client), "entries": entries}
    )


def rows(session: Session, table: type[Any]) -> int:
    session.rollback()
    return session.scalars(select(func.count()).select_from(table)).one()


def test_each_entry_is_answered_and_a_refused_one_holds_up_none(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    lan, entries = client_as(town.lan), [begun("no-such"), begun(), begun("no-such-either")]

    answers = [send(lan, entries).get_json()["entries"] for _time in range(2)]
    assert not any("again" in one for one in answers[0])

    assert answers[0] == answers[1]
    assert [(one["id"], one["kept"]) for one in answers[0]] == [
        (entries[0]["id"], False), (entries[1]["id"], True), (entries[2]["id"], False),
    ]  # fmt: skip
    assert answers[0][0]["says"] == "There is no such lesson."
    assert (rows(session, Receipt), rows(session, Visit)) == (0, 1)


def test_what_a_pupil_between_two_classes_did_stays_on_the_device(
    app: Flask, session: Session, town: Town, lesson: Lesson
) -> None:
    entries = [begun(), begun(), begun("no-such")]
    seat = accounts.own_enrolment(session, town.lan)
    seat.until_on = local_day(now())
    session.commit()

    with app.test_request_context():  # The pupil was moved after the door had been passed.
        left = all_taken(town.lan, entries)
        seat.until_on = None
        session.commit()
        came = all_taken(town.lan, entries)

    assert [(one["id"], one["kept"], one["again"]) for one in left] == [
        (entry["id"], False, True) for entry in entries
    ]
    assert [(one["kept"], "again" in one) for one in came] == [
        (True, False), (True, False), (False, False),
    ]  # fmt: skip


def test_the_journal_of_one_pupil_is_not_sent_under_the_name_of_another(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    lan, bo = client_as(town.lan), client_as(town.bo)
    assert mark(lan) == mark(client_as(town.lan)) != mark(bo)

    answer = send(bo, [begun()], reader=mark(lan))

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (409, "other_reader")
    assert rows(session, Receipt) == 0


def test_only_a_pupil_has_a_journal(client_as: ClientAs, visitor: Visitor, town: Town) -> None:
    assert send(client_as(town.ms_chen), [begun()], reader="x").status_code == 403
    stranger = send(visitor, [begun()], reader="x")
    assert (stranger.status_code, stranger.get_json()["error"]["code"]) == (401, "signed_out")


def test_a_forged_journal_is_refused(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    lan = client_as(town.lan)
    told = {"reader": mark(lan), "entries": [begun()]}

    answer = lan.post("/lessons/journal", json=told, headers={"X-CSRF-Token": "forged"})

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (400, "csrf")
    assert rows(session, Receipt) == 0


HOSTILE: list[tuple[bytes, int]] = [
    (b"", 400), (b"[]", 400), (b"null", 400), (b"{", 400), (b"[" * 30_000, 400),
    (b'{"a":' * 9_000 + b"1" + b"}" * 9_000, 400), (b"{}", 422),
    (b'{"reader":"' + b"x" * LARGEST + b'"}', 413), (b"\xff\xfe", 400),
]  # fmt: skip
WRONG: list[dict[str, Any]] = [
    {"kind": "vote"}, {"id": "1"}, {"id": None}, {"extra": 1}, {"lesson": 7}, {"lesson": "x" * 81},
    {"kind": "answer", "position": -1, "revision": str(new_id()), "choice": ["a"]},
    {"kind": "answer", "position": "0", "revision": str(new_id()), "choice": ["a"]},
    {"kind": "answer", "position": 0, "revision": "now", "choice": ["a"]},
    {"kind": "answer", "position": 0, "revision": str(new_id()), "choice": ["a"] * 21},
    {"kind": "answer", "position": 0, "revision": str(new_id()), "choice": ["a" * 81]},
    {"kind": "answer", "position": 0, "revision": str(new_id()), "choice": [["a"]]},
    {"kind": "walk", "path": "0" * 21, "text": 1}, {"kind": "walk", "path": "0", "text": 2**40},
]  # fmt: skip


def test_what_is_no_journal_is_refused_whole(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    lan = client_as(town.lan)

    for body, status in HOSTILE:
        answer = lan.post("/lessons/journal", data=body, content_type="application/json")
        assert answer.status_code == status, body[:40]
    whole = {"reader": mark(lan), "entries": [begun()]}
    shapeless: list[dict[str, Any]] = [{"reader": 7}, {"entries": {}}, {"extra": 1}]
    for fault in shapeless:
        assert lan.post("/lessons/journal", json=whole | fault).status_code == 422, fault
    assert send(lan, [begun() for _each in range(MOST + 1)]).status_code == 422
    assert send(lan, []).status_code == 422
    assert rows(session, Visit) == 0


def test_a_journal_without_a_length_is_not_read_for_ever(
    client_as: ClientAs, town: Town, lesson: Lesson
) -> None:
    body = BytesIO(b'{"reader":"' + b"x" * LARGEST + b'"}')

    answer = client_as(town.lan).post(
        "/lessons/journal", input_stream=body, content_type="application/json",
        headers={"Transfer-Encoding": "chunked"}, environ_overrides={"wsgi.input_terminated": True},
    )  # fmt: skip

    assert answer.status_code in (400, 413)  # What is cut off is no JSON.


def test_an_entry_that_says_nothing_holds_up_none_of_the_others(
    client_as: ClientAs, session: Session, town: Town, lesson: Lesson
) -> None:
    lan = client_as(town.lan)
    wrong: list[Any] = [begun() | fault for fault in WRONG] + [None, 7, [], {}, "visit"]
    wrong.append(json.loads("[" * 250 + "]" * 250))

    for fault in wrong:
        bad, good = send(lan, [fault, begun()]).get_json()["entries"]
        assert (bad["kept"], good["kept"]) == (False, True), fault
        assert "again" not in bad
        assert bad["says"].startswith("This could not be read"), fault
    for broken in (r"\u0000", r"\ud800"):
        raw = json.dumps({"reader": mark(lan), "entries": [begun("@"), begun()]})
        raw = raw.replace("@", broken)
        answer = lan.post("/lessons/journal", data=raw, content_type="application/json")
        assert [one["kept"] for one in answer.get_json()["entries"]] == [False, True], broken
    assert rows(session, Visit) == 1


def test_a_text_that_only_speaks_of_the_empty_sign_is_taken(
    client_as: ClientAs, town: Town, lesson: Lesson
) -> None:
    (told,) = send(client_as(town.lan), [begun(r"\u0000")]).get_json()["entries"]

    assert told["says"] == "There is no such lesson."


def test_only_lesson_pages_of_pupils_may_be_kept(
    client_as: ClientAs, town: Town, lesson: Lesson
) -> None:
    lan, teacher = client_as(town.lan), client_as(town.ms_chen)

    for path in ("/lessons/", "/lessons/junior-drink", "/lessons/look-alikes"):
        assert re.fullmatch(r"[0-9a-f]{16}", lan.get(path).headers["Keep-For"])
        assert "Keep-For" not in teacher.get(path).headers
    for path in ("/", "/quizzes/", "/account", "/my-data", "/lessons/junior-drink/choices",
                 "/lessons/off-line", "/lessons/no-such"):  # fmt: skip
        assert "Keep-For" not in lan.get(path).headers, path


def test_the_page_in_place_of_one_not_kept_is_nobodys(visitor: Visitor) -> None:
    page = visitor.get("/lessons/off-line").text

    assert "data-reader" not in page
    assert 'data-behaviour="sign-out"' not in page
    assert 'await fetch(NOT_HERE, { credentials: "omit" })' in visitor.get("/sw.js").text


def test_the_service_worker_keeps_the_pictures_of_a_lesson(visitor: Visitor) -> None:
    said = visitor.get("/sw.js").text
    in_page, picture = (
        re.compile(re.search(rf"^const {name} = /(.+)/g?$", said, re.MULTILINE)[1])  # type: ignore[index]
        for name in ("IN_PAGE", "PICTURE")
    )

    addresses = ["/lessons/junior/pictures/a.svg?v=1", "/lessons/look-alikes/milk-tea.svg",
                 f"/bank/pictures/{'0a' * 32}"]  # fmt: skip
    page = " ".join(f'<img src="{each}" alt="">' for each in addresses)
    assert in_page.findall(page) == addresses
    assert all(picture.match(each) for each in addresses)
    assert not picture.match("/lessons/junior/media/a.mp3")
    assert not picture.match("/bank/")


def test_the_service_worker_knows_the_files_of_a_lesson(
    client_as: ClientAs, visitor: Visitor, town: Town, lesson: Lesson
) -> None:
    answer = visitor.get("/sw.js")
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/javascript", "no-cache")
    given = dict(re.findall(r"^const (\w+) = (.+)$", answer.text, re.MULTILINE)[:3])
    files = set(json.loads(given["FILES"]))
    root = f"/static/{json.loads(given['VERSION'])}/"

    for path in ("/lessons/", "/lessons/junior-drink", "/lessons/look-alikes"):
        page = client_as(town.lan).get(path).text
        named = set(re.findall(r'"(/static/[^"#]+)', page))
        behaviours = re.findall(r'data-behaviour="([^"]+)"', page)
        named |= {f"{root}js/behaviours/{name}.js" for each in behaviours for name in each.split()}
        assert named <= files, path
    for script in (path for path in FILES if path.endswith(".js")):
        text = (STATIC / script).read_text(encoding="utf-8")
        imported = re.findall(r'^import .+ from "(.+)"$', text, re.MULTILINE)
        assert {normpath(f"{dirname(script)}/{name}") for name in imported} <= set(FILES), script
