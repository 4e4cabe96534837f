"""Pages that take questions in: what becomes of each, and that nothing is written unasked."""

import io
import json
import re
from collections.abc import Callable
from typing import Any

from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from quizapp.access.policy import Actor
from quizapp.audit.models import AuditEntry
from quizapp.bank.models import Question, Revision, RevisionState
from quizapp.bank.rules import Kind, Origin, Pool
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
HIDDEN: dict[str, Any] = {
    "zh": {
        "stem": "放学路上，一个不认识的人递来一包没有标签的糖，你最好怎么做？",
        "options": [
            {"text": "谢谢，不要", "feedback": ""},
            {"text": "先收下再说", "feedback": "来路不明。"},
            {"text": "分给同学吃", "feedback": "同学也不知道。"},
        ],
        "explain": "来路不明的，不接。",
    }
}
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


def test_nothing_is_asked_about_a_file_that_was_not_understood(
    client_as: ClientAs, town: Town
) -> None:
    page = look(client_as(town.editor_yu), pasted="{", form="json", stage="", topic="")

    assert page.status_code == 422
    assert "this is not JSON" in page.text
    assert "Choose one for all of them" not in page.text


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


def test_a_teacher_proposes_and_is_not_told_what_the_bank_says(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    hidden = make.question(session, 41, pool=Pool.ANCHOR, text=HIDDEN)
    session.commit()
    options = [{**option, "right": n == 0} for n, option in enumerate(HIDDEN["zh"]["options"])]
    stem = HIDDEN["zh"]["stem"].replace("递来", "给了")
    said = {
        "key": hidden.key, "kind": "single", "pool": "contest", "core": True,
        "zh": {"stem": stem, "options": options, "explain": "。"},
    }  # fmt: skip
    told = json.dumps({"format": "quizapp-questions", "version": 1, "questions": [said]})
    teacher = client_as(town.ms_chen)

    page = look(teacher, pasted=told, form="json")
    done = teacher.post("/bank/import", data={"items": carried(page), "take": ["1"]})
    mine = teacher.get(done.location).text

    assert "of its words are those of a question that is there" in page.text
    for secret in (hidden.key, HIDDEN["zh"]["stem"], str(hidden.id)):
        assert secret not in page.text
    assert (done.location, stem in mine) == ("/bank/import/mine", True)
    assert stem not in client_as(town.head_sun).get("/bank/import/mine").text
    session.expire_all()
    [new] = session.scalars(select(Revision).where(Revision.written_by == town.ms_chen.id))
    assert new.question_id != hidden.id
    assert (new.question.pool, new.question.core, new.state) == (Pool.OPEN, False, "draft")


def test_nobody_else_imports(client_as: ClientAs, town: Town, visitor: Visitor) -> None:
    items = carried(look(client_as(town.editor_yu)))

    for other in (town.officer_he, town.auditor_fang, town.lan, town.admin_kong):
        client = client_as(other)
        assert client.get("/bank/import").status_code == 403
        assert look(client).status_code == 403
        assert client.post("/bank/import", data={"items": items}).status_code == 403
    taken = client_as(town.ms_chen).post("/bank/import", data={"items": items, "take": ["1"]})
    assert taken.location == "/bank/import"  # What another looked at is not hers.
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


def test_an_import_is_not_written_over_a_version_that_nobody_has_looked_at(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    """Whether the question was there, or came with the same key meanwhile."""
    made = make.question(session, 40)
    first = session.scalars(select(Revision).where(Revision.question_id == made.id)).one()
    one, other = (as_json(made, first, stem) for stem in ("一句话？", "另一句话？"))
    fresh = [as_json(made, first, stem).replace(made.key, "made-up") for stem in ("甲？", "乙？")]
    session.commit()
    editor = client_as(town.editor_yu)

    for mine, theirs in ((one, other), fresh):
        pages = [look(editor, pasted=told, form="json") for told in (mine, theirs)]
        late, early = ({"items": carried(page), "take": ["1"]} for page in pages)
        editor.post("/bank/import", data=early)
        before = session.scalar(select(func.count()).select_from(Revision))
        session.commit()
        told = editor.post("/bank/import", data=late)
        again = editor.post("/bank/import", data=early)

        assert "since you looked" in editor.get(told.location).text
        assert told.location == "/bank/import"
        assert again.location == "/bank/reviews"
        assert session.scalar(select(func.count()).select_from(Revision)) == before
        session.commit()
