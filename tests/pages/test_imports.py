"""Pages that take questions in: what becomes of each, and that nothing is written unasked."""

import io
import json
import re
from collections.abc import Callable

from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quizapp.access.policy import Actor
from quizapp.audit.models import AuditEntry
from quizapp.bank.models import Question, Revision, RevisionState
from quizapp.bank.rules import Kind, Origin
from tests import make
from tests.conftest import Visitor
from tests.town import Town

ClientAs = Callable[[Actor], Visitor]
PASTED = """
一、单选题
1．遇到陌生人请你喝打开的饮料，应当（ ）
A．谢绝并走开  B．尝一口  C．收下来
答案：A 解析：不喝陌生人给的饮料。
2. 下面哪个电话是急救电话？（B）
A. 110 B. 120 C. 119
3. 这一题没有答案
A. 甲 B. 乙 C. 丙
二、判断题
4. 毒品一次也不能试。（√）
三、简答题
5. 谈谈你的看法。
"""
SAID = {"pasted": PASTED, "form": "", "stage": "junior", "topic": "refusal"}


def look(editor: Visitor, **more: object) -> TestResponse:
    return editor.post("/bank/import/check", data={**SAID, **more})


def carried(page: TestResponse) -> str:
    found = re.search(r'name="items"[^>]*value="([^"]+)"', page.text)
    assert found
    return found[1]


def questions(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Question)) or 0


def test_an_editor_sees_what_became_of_each_question(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    before = questions(session)
    session.commit()
    page = look(client_as(town.editor_yu))

    assert page.status_code == 200
    assert "3 of 5 can be taken in" in page.text
    assert "no answer was found" in page.text
    assert "free text" in page.text
    assert page.text.count("checked") == 3
    assert questions(session) == before


def test_what_is_ticked_becomes_a_draft_that_is_not_drawn(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    editor = client_as(town.editor_yu)
    items = carried(look(editor))

    answer = editor.post("/bank/import", data={"items": items, "take": ["1", "4"]})

    assert answer.status_code == 303
    assert "2 questions were taken in" in editor.get(answer.location).text
    rows = select(Revision).where(Revision.origin == Origin.SITE).order_by(Revision.id)
    single, judge = session.scalars(rows).all()
    assert (single.kind, single.answer, single.state) == (Kind.SINGLE, [0], RevisionState.DRAFT)
    assert single.text["zh"]["explain"] == "不喝陌生人给的饮料。"
    assert (single.as_of, single.written_by) == (None, town.editor_yu.id)
    assert (judge.kind, judge.answer) == (Kind.JUDGE, [0])
    assert (single.question.current, single.question.topic_key) == (None, "refusal")
    logged = select(AuditEntry).where(AuditEntry.event == "question.imported")
    assert session.scalars(logged).one().details["questions"] == 2


def test_a_second_import_of_the_same_is_told(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    editor = client_as(town.editor_yu)
    first = carried(look(editor))
    editor.post("/bank/import", data={"items": first, "take": ["1", "2", "4"]})
    made = questions(session)
    session.commit()

    again = look(editor)
    editor.post("/bank/import", data={"items": first, "take": ["1", "2", "4"]})

    assert again.status_code == 422
    assert again.text.count("The same question is there already") == 3
    assert questions(session) == made


def test_a_question_that_is_like_another_one_is_not_ticked(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    made = make.question(session, 40, text={
        "zh": {"stem": "遇到不认识的人请你喝打开的饮料，应当怎么做", "options": [], "explain": "x"}
    })  # fmt: skip
    session.commit()

    page = look(client_as(town.editor_yu)).text

    assert f"/bank/questions/{made.id}" in page
    assert page.count("checked") == 2


def test_a_stage_that_no_question_says_is_asked_for(client_as: ClientAs, town: Town) -> None:
    """What was pasted is still there."""
    page = look(client_as(town.editor_yu), stage="", topic="refusal")

    assert page.status_code == 422
    assert page.text.count("The questions do not say it. Choose one for all of them.") == 2
    assert PASTED.splitlines()[1] in page.text


def test_who_says_no_topic_among_others_is_not_taken_in(client_as: ClientAs, town: Town) -> None:
    options = [
        {"text": "对", "right": True, "feedback": "是。"},
        {"text": "错", "feedback": "否。"},
    ]
    said = [
        {
            "kind": "judge",
            **topic,
            "zh": {"stem": f"{topic}？", "options": options, "explain": "。"},
        }
        for topic in ({"topic": "law"}, {})
    ]
    told = json.dumps({"format": "quizapp-questions", "version": 1, "questions": said})

    page = look(client_as(town.editor_yu), pasted=told, form="json", topic="")

    assert page.status_code == 200
    assert page.text.count("its topic is not said") == 1


def test_nobody_else_imports(client_as: ClientAs, town: Town, visitor: Visitor) -> None:
    items = carried(look(client_as(town.editor_yu)))

    for other in (town.ms_chen, town.head_sun, town.officer_he, town.lan, town.admin_kong):
        client = client_as(other)
        assert client.get("/bank/import").status_code == 403
        assert look(client).status_code == 403
        assert client.post("/bank/import", data={"items": items}).status_code == 403
    assert visitor.get("/bank/import").location == "/sign-in?next=/bank/import"


def test_what_the_page_carries_cannot_be_changed(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    editor = client_as(town.editor_yu)
    before = questions(session)
    session.commit()
    items = carried(look(editor))

    for forged in ("", "x", items[:-4] + "AAAA", items[1:]):
        answer = editor.post("/bank/import", data={"items": forged, "take": ["1"]})
        assert answer.location == "/bank/import"
    none = editor.post("/bank/import", data={"items": items, "take": ["99", "x", "-1", "３"]})
    assert none.location == "/bank/import"
    assert questions(session) == before


def test_the_form_says_what_is_wrong_with_it(client_as: ClientAs, town: Town) -> None:
    editor = client_as(town.editor_yu)

    assert "Choose a file, or paste" in look(editor, pasted=" ").text
    assert "not both" in look(editor, file=(io.BytesIO(b"x"), "x.txt")).text
    unknown = look(editor, pasted="", file=(io.BytesIO(b"x"), "x.doc"))
    assert unknown.status_code == 422
    assert "The name of the file does not tell it" in unknown.text
    assert "cannot be pasted" in look(editor, form="xlsx").text


def test_the_template_has_headings_lists_and_examples(client_as: ClientAs, town: Town) -> None:
    editor = client_as(town.editor_yu)
    raw = editor.get("/bank/import/template").data

    book = load_workbook(io.BytesIO(raw))
    page = look(editor, pasted="", file=(io.BytesIO(raw), "questions.xlsx"))

    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]][:5] == ["编号", "题型", "学段", "主题", "难度"]
    assert len(sheet.data_validations.dataValidation) == 5
    assert sheet["A2"].value == "示例1"
    assert book.worksheets[1].sheet_state == "hidden"
    assert page.status_code == 422
    assert "there is no question in it" in page.text


def test_a_filled_in_table_says_stage_and_topic_itself(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    editor = client_as(town.editor_yu)
    book = load_workbook(io.BytesIO(editor.get("/bank/import/template").data))
    sheet = book.worksheets[0]
    sheet["A2"] = None
    out = io.BytesIO()
    book.save(out)

    page = look(
        editor, pasted="", stage="", topic="", file=(io.BytesIO(out.getvalue()), "题目.xlsx")
    )

    assert page.status_code == 200
    assert "1 of 1 can be taken in" in page.text


def test_scripts_in_stems_and_names_are_only_words(client_as: ClientAs, town: Town) -> None:
    hostile = "1. <script>alert(1)</script>是（ ） A. <b>甲</b> B. 乙 C. 丙 答案：A"
    name = "<img src=x onerror=alert(1)>.txt"
    page = look(client_as(town.editor_yu), pasted="", file=(io.BytesIO(hostile.encode()), name))

    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text


def as_json(question: Question, revision: Revision, stem: str) -> str:
    """Return what the JSON of this site says of a question, with this stem."""
    options = [
        {**option, "right": n in revision.answer}
        for n, option in enumerate(revision.text["zh"]["options"])
    ]
    zh = {**revision.text["zh"], "stem": stem, "options": options}
    entry = {"key": question.key, "kind": revision.kind, "zh": zh}
    return json.dumps({"format": "quizapp-questions", "version": 1, "questions": [entry]})


def test_a_question_that_comes_back_changed_is_a_version_that_waits(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    made = make.question(session, 40)
    first = session.scalars(select(Revision).where(Revision.question_id == made.id)).one()
    before, stem = questions(session), first.text["zh"]["stem"]
    changed, same = as_json(made, first, "另一句话？"), as_json(made, first, stem)
    session.commit()
    editor = client_as(town.editor_yu)

    page = look(editor, pasted=changed, form="json", stage="", topic="")
    done = editor.post("/bank/import", data={"items": carried(page), "take": ["1"]})
    told = editor.get(done.location).text
    again = look(editor, pasted=same, form="json")

    assert "A new version" in page.text
    assert f'/bank/questions/{made.id}">{made.key}' in page.text
    assert "Changed: Question." in page.text
    assert page.text.count("checked") == 1
    assert "1 of them are new versions" in told
    assert "There is nothing to do" in again.text
    session.expire_all()
    mine = select(Revision).where(Revision.question_id == made.id).order_by(Revision.number)
    old, new = session.scalars(mine).all()
    assert (old.text["zh"]["stem"], new.text["zh"]["stem"]) == (stem, "另一句话？")
    assert (new.state, made.current, questions(session)) == (RevisionState.DRAFT, 1, before)
