"""Writing questions in the browser: every kind, preview, rows, history, taking out of use."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.bank import editing, written
from quizapp.bank.models import Question, Revision, RevisionState
from quizapp.bank.rules import Kind
from tests import kinds, make, reviewers
from tests.conftest import Visitor
from tests.town import NOON, Town

ClientAs = Callable[[Actor], Visitor]
HEAD = {
    "topic_key": "refusal", "stage": "junior", "difficulty": "1", "pool": "open",
    "objective": "会求助", "sources-0": "rule:leave", "as_of": "2026-11-01",
    "review_by": "2027-05-01",
}  # fmt: skip


def typed(kind: Kind) -> dict[str, str]:
    """Return what a person types for the question of this kind, in both languages."""
    form = HEAD | {"kind": kind.value, "key": f"typed-{kind}"}
    for lang, said in kinds.texts(kind).items():
        for name, value in said.items():
            form |= _typed(f"{lang}-{name}", value)
    return form


def _typed(name: str, value: Any) -> dict[str, str]:
    if name.endswith("-params"):
        names = list(value[0])
        table = [names, *([row[one] for one in names] for row in value)]
        return {name: "\r\n".join("｜".join(row) for row in table)}
    if isinstance(value, str):
        return {name: value}
    if all(isinstance(one, str) for one in value):
        return {name: "\r\n".join(value)}
    found: dict[str, str] = {}
    for number, row in enumerate(value):
        for part, said in row.items():
            if said is not False:
                found[f"{name}-{number}-{part}"] = "y" if said is True else said
    return found


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_written_as_a_file_would_say_it(
    client_as: ClientAs, session: Session, town: Town, kind: Kind
) -> None:
    reviewers.source(session)
    kinds.questions(session)
    session.commit()
    editor = client_as(town.editor_yu)

    answer = editor.post("/bank/questions", data=typed(kind) | {"do": "save"})

    assert answer.status_code == 303
    made = session.scalars(select(Revision).join(Question).where(Question.key == f"typed-{kind}"))
    revision = made.one()
    of_file = session.scalars(
        select(Revision).join(Question).where(Question.key == f"kind-{kind}")
    ).one()
    assert revision.text == of_file.text
    assert revision.answer == of_file.answer
    assert revision.state is RevisionState.DRAFT
    assert revision.written_by == town.editor_yu.id
    again = editor.get(f"/bank/questions/{revision.question_id}/edit").text
    assert "It keeps all rules." in again
    same = editor.post(
        f"/bank/questions/{revision.question_id}/revisions",
        data=typed(kind) | {"do": "save", "base": "1"},
    )
    assert (same.status_code, "Nothing is changed." in same.text) == (422, True)


@pytest.mark.parametrize("kind", Kind)
def test_the_form_holds_what_is_written(
    client_as: ClientAs, session: Session, town: Town, kind: Kind
) -> None:
    """What the page of an edit shows is what it would send."""
    reviewers.source(session)
    session.commit()
    editor = client_as(town.editor_yu)
    editor.post("/bank/questions", data=typed(kind) | {"do": "save"})
    question = make.asked(session, f"typed-{kind}")

    page = editor.get(f"/bank/questions/{question.id}/edit").text

    for value in typed(kind).values():
        for line in re.split(r"\r\n|｜", value):
            assert line in page


def test_a_preview_shows_what_a_pupil_sees_and_saves_nothing(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    before = len(session.scalars(select(Question)).all())

    page = client_as(town.editor_yu).post(
        "/bank/questions", data=typed(Kind.SITUATION) | {"do": "preview", "as_of": ""}
    )

    assert page.status_code == 200
    preview = page.text.partition('id="preview"')[2]
    assert re.search("放学后，你和小[雨禾川]在", preview)
    assert "Let us go" in preview
    assert "as_of is missing" in preview
    assert len(session.scalars(select(Question)).all()) == before


def test_a_row_is_added_without_scripts(client_as: ClientAs, town: Town) -> None:
    editor = client_as(town.editor_yu)
    grown = typed(Kind.SINGLE)

    page = editor.post("/bank/questions", data=grown | {"do": "add zh-options"}).text
    assert 'name="zh-options-4-text"' in page
    page = editor.post("/bank/questions", data=grown | {"do": "add sources"}).text
    assert 'name="sources-2"' in page
    for odd in ("add", "add x-options", "add zh-stem", "add zh-options-0", "nonsense"):
        assert editor.post("/bank/questions", data=grown | {"do": odd}).status_code == 200
    many = grown | {f"zh-options-{n}-text": str(n) for n in range(200)}
    page = editor.post("/bank/questions", data=many | {"do": "add zh-options"}).text
    assert 'name="zh-options-8-text"' not in page


def test_a_draft_may_be_incomplete_but_asks_something(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    editor = client_as(town.editor_yu)
    bare = {"kind": "match", "topic_key": "law", "stage": "primary", "difficulty": "2",
            "pool": "anchor", "do": "save"}  # fmt: skip

    empty = editor.post("/bank/questions", data=bare)
    made = editor.post("/bank/questions", data=bare | {"zh-stem": "哪个号码做什么用？",
                                                       "zh-options-1-text": "110"})  # fmt: skip

    assert empty.status_code == 422
    assert "Write the question itself" in empty.text
    assert made.status_code == 303
    page = editor.get(made.location).text
    assert "It cannot go into review yet" in page
    question = session.scalars(select(Question).where(Question.stage == "primary")).one()
    assert question.key.startswith("primary-law-")
    assert editor.get(f"/bank/questions/{question.id}").status_code == 200
    assert editor.get(f"/bank/questions/{question.id}/edit").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"topic_key": "none"}, {"stage": ""}, {"difficulty": "9"}, {"pool": "x"},
        {"as_of": "yesterday"}, {"key": "No Key"}, {"objective": "长" * 201},
        {"zh-stem": "长" * 1001}, {"zh-options-0-text": "长" * 301}, {"sources-0": "x" * 131},
    ],
)  # fmt: skip
def test_a_fault_of_shape_keeps_the_input_and_saves_nothing(
    client_as: ClientAs, session: Session, town: Town, wrong: dict[str, str]
) -> None:
    before = len(session.scalars(select(Question)).all())

    answer = client_as(town.editor_yu).post(
        "/bank/questions", data=typed(Kind.SINGLE) | wrong | {"do": "save"}
    )

    assert answer.status_code == 422
    assert "This is not saved" in answer.text
    assert len(session.scalars(select(Question)).all()) == before


def test_an_edit_over_an_older_version_keeps_the_input(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    first = reviewers.draft(session, town.editor_yu)
    newer = reviewers.written("换个问法，你怎么做？")
    editing.edit(session, first.question, newer, base=first, by=town.editor_yu, now=NOON)
    session.commit()

    answer = client_as(town.editor_yu).post(
        f"/bank/questions/{first.question_id}/revisions",
        data=typed(Kind.SINGLE) | {"do": "save", "base": "1"},
    )

    assert answer.status_code == 409
    assert "哪一个号码是火警" in answer.text
    assert "version 2 meanwhile" in answer.text


def test_a_copy_is_a_new_question(client_as: ClientAs, session: Session, town: Town) -> None:
    first = reviewers.draft(session, town.editor_yu)
    session.commit()

    page = client_as(town.editor_yu).get(f"/bank/questions/{first.question_id}/copy").text

    assert reviewers.STEM in page
    assert 'action="/bank/questions"' in page
    assert first.question.key not in page


def test_a_key_that_is_taken_is_told_at_its_field(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    make.question(session, 60, key="typed-single")
    session.commit()

    answer = client_as(town.editor_yu).post(
        "/bank/questions", data=typed(Kind.SINGLE) | {"do": "save"}
    )

    assert answer.status_code == 422
    assert "There is a question with this key already." in answer.text


def test_the_difference_marks_words_by_more_than_colour(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    first = reviewers.draft(session, town.editor_yu)
    said = reviewers.written("有人请你试一支奇怪的电子烟，你怎么说？", difficulty=2)
    editing.edit(session, first.question, said, base=first, by=town.editor_yu, now=NOON)
    session.commit()
    reader, where = client_as(town.admin_kong), f"/bank/questions/{first.question_id}"

    page = reader.get(f"{where}/difference?old=1&new=2").text

    assert "没见过</del>" in page
    assert "奇怪</ins>" in page
    assert "Difficulty" in page
    assert "Nothing is different" in reader.get(f"{where}/difference?old=2&new=2").text
    assert reader.get(f"{where}/difference?old=x&new=99").status_code == 200
    assert f"{where}/difference?old=1&amp;new=2" in reader.get(where).text


def test_an_editor_takes_a_question_out_and_brings_it_back(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    question = make.question(session, 61)
    session.commit()
    editor, where = client_as(town.editor_yu), f"/bank/questions/{question.id}"

    assert editor.post(f"{where}/retirement").status_code == 303
    assert "Taken out on" in editor.get(where).text
    assert editor.post(f"{where}/retirement").status_code == 409
    assert editor.post(f"{where}/retirement/end").status_code == 303
    assert "Taken out on" not in editor.get(where).text


def test_only_editors_write(client_as: ClientAs, session: Session, town: Town) -> None:
    question = make.question(session, 62)
    three = reviewers.three(session, town)
    session.commit()

    for other in (three.facts, town.admin_kong, town.ms_chen, town.lan):
        client = client_as(other)
        assert client.get("/bank/questions/new").status_code == 403
        assert client.post("/bank/questions", data=typed(Kind.SINGLE)).status_code == 403
        for part in ("edit", "copy"):
            assert client.get(f"/bank/questions/{question.id}/{part}").status_code == 403
        for part in ("revisions", "retirement", "retirement/end"):
            assert client.post(f"/bank/questions/{question.id}/{part}").status_code == 403


def test_the_kind_is_chosen_first(client_as: ClientAs, town: Town) -> None:
    editor = client_as(town.editor_yu)

    assert "/bank/questions/new?kind=match" in editor.get("/bank/questions/new").text
    for kind in Kind:
        page = editor.get(f"/bank/questions/new?kind={kind}&topic_key=law&stage=senior")
        assert page.status_code == 200
        assert 'value="law" selected' in page.text or 'selected value="law"' in page.text
    assert editor.post("/bank/questions", data={"kind": "poem"}).status_code == 303


def test_what_is_written_has_the_digest_of_a_file(session: Session, town: Town) -> None:
    first = reviewers.draft(session, town.editor_yu)

    assert written.of(first) == reviewers.written()
    assert written.of(first).digest(first.question.key) == first.digest
