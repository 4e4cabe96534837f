"""Pages of saved filters, and the choice among them when a quiz is made."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.bank import filters
from quizapp.bank.models import SavedFilter
from quizapp.bank.rules import Pool
from quizapp.bank.search import Filters
from quizapp.campaigns.models import Campaign
from quizapp.core.clock import now
from tests import make
from tests.actions.test_filters import quiz
from tests.conftest import Visitor
from tests.pages.test_campaigns import local
from tests.town import NOON, Town

ClientAs = Callable[[Actor], Visitor]


@pytest.fixture
def even(session: Session, town: Town) -> SavedFilter:
    """Six questions of the town, all for junior high school."""
    made = filters.save(session, "法律六题", Filters(topic="law"), by=town.editor_yu, now=NOON)
    session.commit()
    return made


@pytest.fixture
def filled(town: Town) -> dict[str, Any]:
    return {
        "unit": town.elm_7a.unit.code, "title": "禁毒小测", "opens_at": local(),
        "closes_at": local(days=7), "quiz": "y", "items": "5", "minutes": "10", "attempts": "1",
        "pass_percent": "60", "release": "after_submission", "target_percent": "90",
    }  # fmt: skip


def test_an_editor_keeps_what_she_looks_for(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    make.question(session, 40, pool=Pool.ANCHOR)
    session.commit()
    editor = client_as(town.editor_yu)
    found = editor.get("/bank/?topic=law&words=问题").text
    link = re.search(r'href="(/bank/filters/new\?[^"]*)"', found)
    assert link

    page = editor.get(link[1].replace("&amp;", "&")).text
    assert '<p class="finding__basis">with “问题” · law</p>' in page
    assert "<dd>6</dd>" in page  # Not the one of surveys.
    action = re.search(r'action="(/bank/filters/\?[^"]*)"', page)
    assert action
    where = action[1].replace("&amp;", "&")
    assert editor.post(where, data={"name": " "}).status_code == 422
    kept = editor.post(where, data={"name": " 法律题 "})

    made = session.scalars(select(SavedFilter)).one()
    assert (made.name, made.rule) == ("法律题", {"topic": "law", "words": "问题"})
    assert (kept.status_code, kept.location) == (303, f"/bank/filters/{made.id}")
    assert "with “问题”" in editor.get("/bank/filters/").text
    again = editor.post(where, data={"name": "法律题"})
    assert again.status_code == 422
    assert "with this name already" in again.text
    draft = editor.post("/bank/filters/?state=draft", data={"name": "x"})
    assert draft.status_code == 422
    assert "Only questions in use are drawn" in draft.text


def test_a_saved_filter_is_changed_renamed_and_deleted(
    client_as: ClientAs, session: Session, town: Town, even: SavedFilter
) -> None:
    editor = client_as(town.editor_yu)

    changed = editor.post("/bank/filters/rule?topic=refusal", data={"saved": str(even.id)})
    renamed = editor.post(f"/bank/filters/{even.id}/name", data={"name": "拒绝"})

    session.refresh(even)
    assert (changed.status_code, renamed.status_code) == (303, 303)
    assert (even.name, even.rule) == ("拒绝", {"topic": "refusal"})
    unfit = editor.post("/bank/filters/rule?state=retired", data={"saved": str(even.id)})
    assert unfit.status_code == 422
    assert "拒绝" in editor.get(f"/bank/filters/{even.id}").text
    assert editor.post(f"/bank/filters/{even.id}/deletion").location == "/bank/filters/"
    assert editor.get(f"/bank/filters/{even.id}").status_code == 404
    assert "No saved filters yet" in editor.get("/bank/filters/").text


def test_who_only_reads_changes_no_filter(
    client_as: ClientAs, session: Session, town: Town, even: SavedFilter
) -> None:
    reader, teacher = client_as(town.admin_kong), client_as(town.ms_chen)

    page = reader.get(f"/bank/filters/{even.id}").text

    assert "法律六题" in page
    assert "Delete it" not in page
    assert reader.post(f"/bank/filters/{even.id}/deletion").status_code == 403
    assert reader.post("/bank/filters/?topic=law", data={"name": "x"}).status_code == 403
    assert teacher.get("/bank/filters/").status_code == 403


def test_a_teacher_lets_a_quiz_draw_by_a_filter(
    client_as: ClientAs, session: Session, town: Town, even: SavedFilter, filled: dict[str, Any]
) -> None:
    teacher, editor = client_as(town.ms_chen), client_as(town.editor_yu)
    form = teacher.get(f"/campaigns/new?unit={town.elm_7a.unit.code}").text
    assert "法律六题" in form
    assert "Junior high school: 6 questions" in form

    made = teacher.post("/campaigns/", data=filled | {f"filter_{even.id}": "3"})

    own = session.scalars(select(Campaign)).one().quiz
    assert own
    assert own.items == 5
    assert [line.rule for line in own.lines if line.filter_id == even.id] == [{"topic": "law"}]
    assert "3 of: law</" in teacher.get(made.location).text
    assert "gave to one class: 1" in editor.get(f"/bank/filters/{even.id}").text
    asked, other = make.asked(session, "junior-q2"), make.asked(session, "junior-q1")
    assert "gave to one class: 1" in editor.get(f"/bank/questions/{asked.id}/uses").text
    assert "gave to one class" not in editor.get(f"/bank/questions/{other.id}/uses").text
    refused = editor.post(f"/bank/filters/{even.id}/deletion")
    assert refused.status_code == 409
    assert "draws by this filter" in refused.text


def test_a_filter_that_finds_too_few_is_told_at_its_number(
    client_as: ClientAs, session: Session, town: Town, even: SavedFilter, filled: dict[str, Any]
) -> None:
    teacher = client_as(town.ms_chen)

    few = teacher.post("/campaigns/", data=filled | {f"filter_{even.id}": "7", "items": "10"})
    many = teacher.post("/campaigns/", data=filled | {f"filter_{even.id}": "6"})

    assert (few.status_code, many.status_code) == (422, 422)
    assert f'id="filter_{even.id}-error"' in few.text
    assert "finds too little for Junior high school: 6 of 7 questions" in few.text
    assert "ask for more questions than the quiz is to have" in many.text
    assert session.scalars(select(Campaign)).all() == []


@pytest.mark.parametrize("name", ["words", "topic", "source", "after"])
def test_an_address_with_a_nul_is_refused(client_as: ClientAs, town: Town, name: str) -> None:
    editor = client_as(town.editor_yu)

    assert editor.get(f"/bank/?stage=junior&{name}=%00").status_code == 400
    assert editor.get(f"/bank/?stage=junior&{name}=%07%ED%A0%80").status_code == 200
    saved = editor.post(f"/bank/filters/?topic=law&{name}=%07", data={"name": "x"})
    assert saved.status_code == 303
    assert editor.post("/bank/filters/?topic=law", data={"name": "\0"}).status_code == 400


@pytest.mark.parametrize("why", ["deleted", "of another stage"])
def test_a_share_that_the_form_does_not_offer_is_told(
    client_as: ClientAs, session: Session, town: Town, even: SavedFilter,
    filled: dict[str, Any], why: str,
) -> None:  # fmt: skip
    if why == "deleted":
        filters.delete(session, even, by=town.editor_yu, now=NOON)
    else:
        even.rule = {"stage": "senior"}
    session.commit()
    teacher, share = client_as(town.ms_chen), f"filter_{even.id}"

    told = teacher.post("/campaigns/", data=filled | {share: "3", "title": "只此一回"})
    none = teacher.post("/campaigns/", data=filled | {share: "0"})

    assert (told.status_code, none.status_code) == (422, 303)
    assert "finds no questions for these pupils, or was deleted" in told.text
    assert 'value="只此一回"' in told.text
    assert session.scalars(select(Campaign.title)).all() == ["禁毒小测"]


def test_contest_questions_are_not_offered_for_a_class(
    client_as: ClientAs, session: Session, town: Town, filled: dict[str, Any]
) -> None:
    made = filters.save(session, "竞赛题", Filters(pool=Pool.CONTEST), by=town.editor_yu, now=NOON)
    for number in range(40, 46):
        make.question(session, number, pool=Pool.CONTEST)
    session.commit()
    teacher, officer = client_as(town.ms_chen), client_as(town.officer_gao)

    form = teacher.get(f"/campaigns/new?unit={town.elm_7a.unit.code}").text
    answer = teacher.post("/campaigns/", data=filled | {f"filter_{made.id}": "3"})

    assert "竞赛题" not in form
    assert answer.status_code == 422
    assert "竞赛题" in officer.get(f"/campaigns/new?unit={town.city.code}").text


@contextmanager
def meanwhile(app: Flask, session: Session, ask: Callable[[], Any]) -> Iterator[Future[Any]]:
    """Let somebody ask who has to wait for what the session has written; then it commits."""
    waits = Event()

    def executed(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement == "begin immediate" or "FOR UPDATE" in statement or "FOR SHARE" in statement:
            waits.set()

    engine = app.extensions["database"]
    event.listen(engine, "before_cursor_execute", executed)
    try:
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(ask)
            waits.wait(20)
            session.commit()
            yield answer
    finally:
        event.remove(engine, "before_cursor_execute", executed)


def begin_writing(session: Session) -> None:
    session.commit()
    session.connection(execution_options={"writes": True})


CALLS: dict[str, Callable[[Visitor, SavedFilter, dict[str, Any]], Any]] = {
    "create": lambda who, one, form: who.post("/campaigns/", data=form | {f"filter_{one.id}": "3"}),
    "change": lambda who, one, _form: who.post(
        "/bank/filters/rule?topic=refusal", data={"saved": str(one.id)}
    ),
    "rename": lambda who, one, _form: who.post(
        f"/bank/filters/{one.id}/name", data={"name": "新名"}
    ),
    "delete": lambda who, one, _form: who.post(f"/bank/filters/{one.id}/deletion"),
}


@pytest.mark.parametrize("call", CALLS)
def test_a_filter_that_goes_in_the_meantime_is_told(
    app: Flask, client_as: ClientAs, session: Session, town: Town, even: SavedFilter,
    filled: dict[str, Any], call: str,
) -> None:  # fmt: skip
    visitor = client_as(town.ms_chen if call == "create" else town.editor_yu)
    begin_writing(session)
    filters.delete(session, even, by=town.editor_yu, now=NOON)
    session.flush()

    with meanwhile(app, session, lambda: CALLS[call](visitor, even, filled)) as answer:
        told = answer.result()

    assert told.status_code == 409
    assert "was deleted in the meantime" in told.text
    assert session.scalars(select(Campaign)).all() == []


def test_a_quiz_takes_the_rule_as_it_stands_when_it_is_made(
    app: Flask, client_as: ClientAs, session: Session, town: Town, even: SavedFilter,
    filled: dict[str, Any],
) -> None:  # fmt: skip
    teacher = client_as(town.ms_chen)
    begin_writing(session)
    filters.change(session, even, Filters(topic="refusal"), by=town.editor_yu, now=NOON)
    session.flush()

    with meanwhile(app, session, lambda: CALLS["create"](teacher, even, filled)) as answer:
        assert answer.result().status_code == 303

    own = session.scalars(select(Campaign)).one().quiz
    assert own
    assert [line.rule for line in own.lines if line.rule] == [{"topic": "refusal"}]


def test_a_filter_stays_while_a_quiz_is_made_by_it(
    app: Flask, client_as: ClientAs, session: Session, town: Town, even: SavedFilter
) -> None:
    editor = client_as(town.editor_yu)
    begin_writing(session)
    filters.held(session, even.id, to_read=True)
    quiz(session, town, [(even, 3)], at=now())
    session.flush()

    with meanwhile(app, session, lambda: CALLS["delete"](editor, even, {})) as answer:
        told = answer.result()

    assert told.status_code == 409
    assert "draws by this filter" in told.text
    assert filters.saved(session) == [even]
