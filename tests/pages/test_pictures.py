"""Pictures of questions: brought in, shown wherever the question is, kept and forgotten."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor
from quizapp.bank import editing, pictures
from quizapp.bank.exchange import Item
from quizapp.bank.formats import json_, moodle, qti
from quizapp.bank.kinds.table import TEXTS
from quizapp.bank.models import BankPicture, Question, Revision
from quizapp.bank.rules import Kind
from quizapp.bank.written import Written, of
from quizapp.core.clock import now
from quizapp.core.pictures import Picture
from quizapp.quizzes.rules import Release
from tests import kinds, make, reviewers
from tests.conftest import Visitor
from tests.pages.test_writing import typed
from tests.rules.test_pictures import SECRET, SVG, photo, with_place
from tests.town import NOON, Town

ClientAs = Callable[[Actor], Visitor]
DRAWING = Picture("image/svg+xml", 640, 360, SVG)
ADDRESS = f"/bank/pictures/{DRAWING.sha256}"
ALT = "一只没有字的小袋子"
SHOWN = re.compile(rf'<img class="question__picture"\s+src="{ADDRESS}"\s+alt="{ALT}"'
                   r'\s+lang="zh-CN"\s+width="640"\s+height="360">')  # fmt: skip


@pytest.fixture
def pictured(session: Session, town: Town) -> Question:
    """A question in use that has a picture, and no other question beside it."""
    for question in session.scalars(select(Question)):
        question.retired_at = NOON
    made = make.question(session, 900)
    said = make.said(session, made.key)
    said.picture = pictures.keep(session, DRAWING, now=NOON)
    said.text = {"zh": said.text["zh"] | {"picture_alt": ALT}}
    session.commit()
    return made


def kept(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(BankPicture)) or 0


def item(kind: Kind, picture: bytes) -> Item:
    text = TEXTS[kind].model_validate(kinds.texts(kind)["zh"] | {"picture_alt": ALT})
    return Item("", kind, {"zh": text}, picture=picture)


def sent(raw: bytes, name: str = "x.bin") -> dict[str, Any]:
    return {"picture": (io.BytesIO(raw), name)}


def test_a_picture_is_given_to_all_who_know_its_name(visitor: Visitor, pictured: Question) -> None:
    answer = visitor.get(ADDRESS)

    assert (answer.status_code, answer.data, answer.mimetype) == (200, SVG, "image/svg+xml")
    assert "immutable" in answer.headers["Cache-Control"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    known = DRAWING.sha256
    for other in ("0" * 64, known[:63], known.upper(), f"{known}0", "x"):
        assert visitor.get(f"/bank/pictures/{other}").status_code == 404


def test_a_pupil_sees_the_picture_in_a_sitting_and_in_its_result(
    client_as: ClientAs, session: Session, town: Town, pictured: Question
) -> None:
    quiz = make.quiz(session, town.elm, now=now(), items=1, release=Release.AFTER_SUBMISSION)
    session.commit()
    lan = client_as(town.lan)

    begun = lan.post(f"/api/v1/quizzes/{quiz.id}/sittings").json
    assert begun
    sitting = f"/quizzes/sittings/{begun['id']}"

    shown = {"address": ADDRESS, "alt": ALT, "width": 640, "height": 360}
    assert [item["picture"] for item in begun["items"]] == [shown]
    assert SHOWN.search(lan.get(sitting).text)
    lan.post(f"{sitting}/submission")
    assert SHOWN.search(lan.get(f"{sitting}/result").text)
    result = lan.get(f"/api/v1/sittings/{begun['id']}/result").json
    assert result
    assert result["items"][0]["picture"] == shown


def test_those_who_read_the_bank_see_it_with_its_words(
    client_as: ClientAs, town: Town, pictured: Question
) -> None:
    page = client_as(town.editor_yu).get(f"/bank/questions/{pictured.id}").text

    assert SHOWN.search(page)
    assert "Read to those who cannot see the picture" in page


def test_an_editor_brings_a_photo_in_and_the_form_keeps_it(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    reviewers.source(session)
    session.commit()
    editor, form = client_as(town.editor_yu), typed(Kind.SINGLE)

    preview = editor.post(
        "/bank/questions", data={**form, "do": "preview", **sent(with_place(), "x.svg")}
    )
    found = re.search(r'name="picture_sha256"[^>]*value="([0-9a-f]{64})"', preview.text)
    assert found
    answer = editor.post(
        "/bank/questions",
        data={**form, "picture_sha256": found[1], "zh-picture_alt": ALT},
    )

    assert answer.status_code == 303
    made = session.scalars(select(Revision).order_by(Revision.made_at.desc()).limit(1)).one()
    assert made.picture
    assert (made.picture.sha256, made.picture.width, made.picture.height) == (found[1], 640, 1280)
    assert SECRET not in made.picture.raw
    assert made.text["zh"]["picture_alt"] == ALT
    assert ALT in editor.get(answer.location).text


def test_a_picture_that_is_none_is_told_and_nothing_is_saved(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    reviewers.source(session)
    session.commit()
    editor, form = client_as(town.editor_yu), typed(Kind.SINGLE)
    bad = SVG.replace(b"<rect", b"<script/><rect")

    told = editor.post("/bank/questions", data={**form, **sent(bad, "x.svg")})
    gone = editor.post("/bank/questions", data={**form, "picture_sha256": "0" * 64})

    assert told.status_code == gone.status_code == 422
    assert "&lt;script&gt; may not stand in a picture" in told.text
    assert "The picture is kept no longer" in gone.text
    assert kept(session) == 0
    assert not session.scalar(select(Question).where(Question.key == form["key"]))


def test_words_without_a_picture_and_a_picture_without_words_are_told(
    client_as: ClientAs, town: Town, pictured: Question
) -> None:
    editor, form = client_as(town.editor_yu), typed(Kind.SINGLE) | {"do": "preview"}

    words = editor.post("/bank/questions", data={**form, "zh-picture_alt": ALT})
    picture = editor.post("/bank/questions", data={**form, "picture_sha256": DRAWING.sha256})

    assert "picture_alt says what no picture shows" in words.text
    assert "picture_alt is missing" in picture.text


def test_another_picture_is_another_version_and_a_difference(
    client_as: ClientAs, session: Session, town: Town, pictured: Question
) -> None:
    editor = client_as(town.editor_yu)
    edit = editor.get(f"/bank/questions/{pictured.id}/edit").text
    assert SHOWN.search(edit)
    base = make.said(session, pictured.key)
    said = of(base)

    editing.edit(session, pictured, said_without(said), base=base, by=SYSTEM, now=NOON)
    session.commit()

    page = editor.get(f"/bank/questions/{pictured.id}/difference").text
    assert "640 × 360" in page
    assert SHOWN.search(page)
    assert make.said(session, pictured.key).picture is not None  # Results keep theirs.


def said_without(said: Written) -> Written:
    text = {lang: {k: v for k, v in words.items() if k != "picture_alt"}
            for lang, words in said.text.items()}  # fmt: skip
    return Written(**(vars(said) | {"picture": None, "text": text}))


@pytest.mark.parametrize(
    ("form", "write"), [("qti", qti.write), ("moodle", moodle.write), ("json", json_.write)]
)
def test_a_picture_comes_in_with_its_question(
    client_as: ClientAs, session: Session, town: Town, pictured: Question, form: str, write: Any
) -> None:
    raw = write([item(Kind.SINGLE, photo(30, 20, "PNG")), item(Kind.JUDGE, b"GIF89a broken")])
    editor = client_as(town.editor_yu)
    data = {"form": form, "stage": "junior", "topic": "refusal", "pasted": ""}

    page = editor.post("/bank/import/check", data={**data, "file": (io.BytesIO(raw), "x")})
    items = re.search(r'name="items"[^>]*value="([^"]+)"', page.text)
    assert items
    assert page.text.count("Its picture is left out: the picture is damaged") == 1
    answer = editor.post("/bank/import", data={"items": items[1], "take": ["1", "2"]})

    assert "2 questions were taken in" in editor.get(answer.location).text
    made = session.scalars(select(Revision).order_by(Revision.id.desc()).limit(2)).all()
    assert sorted(one.picture.media_type if one.picture else "" for one in made) == [
        "", "image/webp"
    ]  # fmt: skip


def test_what_no_question_names_is_forgotten_after_a_day(
    app: Flask, session: Session, town: Town, pictured: Question
) -> None:
    lone = Picture("image/svg+xml", 640, 360, SVG.replace(b"9", b"8"))
    pictures.keep(session, lone, now=NOON)
    session.commit()

    early = pictures.sweep(session, now=NOON + timedelta(hours=23))
    late = pictures.sweep(session, now=NOON + timedelta(hours=25))

    assert (early, late) == (0, 1)
    assert session.scalars(select(BankPicture.sha256)).all() == [DRAWING.sha256]
