"""Pages of saved filters, and the choice among them when a quiz is made."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.bank import filters
from quizapp.bank.models import SavedFilter
from quizapp.bank.rules import Pool
from quizapp.bank.search import Filters
from quizapp.campaigns.models import Campaign
from tests import make
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
    assert "法律与后果" in page or "law" in page
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

    quiz = session.scalars(select(Campaign)).one().quiz
    assert quiz
    assert quiz.items == 5
    assert [line.rule for line in quiz.lines if line.filter_id == even.id] == [{"topic": "law"}]
    assert "3 of: 法律与后果" in re.sub("law", "法律与后果", teacher.get(made.location).text)
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
