"""Pages of the bank: who may read it, and what of it."""

import html
import re
from collections.abc import Callable

from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.bank import editing
from quizapp.bank.models import Revision, RevisionState, Source
from quizapp.bank.rules import BankStage, Kind, Origin, Pool
from quizapp.core.clock import now
from quizapp.lessons.models import Checkpoint, LessonText
from tests import make, reviewers
from tests.conftest import Visitor
from tests.pages import given
from tests.town import NOON, TERM_BEGAN, Town

ClientAs = Callable[[Actor], Visitor]


def test_those_who_write_and_review_read_the_bank(client_as: ClientAs, town: Town) -> None:
    for reader in (town.editor_yu, town.admin_kong):
        page = client_as(reader).get("/bank/").text

        assert "12 questions in use" in page
        assert "/bank/?topic=refusal&amp;stage=junior" in page


def test_nobody_else_reads_the_bank(
    client_as: ClientAs, session: Session, town: Town, visitor: Visitor
) -> None:
    question = make.question(session, 30)
    session.commit()

    for other in (
        town.ms_chen,
        town.head_sun,
        town.officer_he,
        town.officer_qin,
        town.lan,
        town.zhou,
    ):
        assert client_as(other).get("/bank/").status_code == 403
        assert client_as(other).get(f"/bank/questions/{question.id}").status_code == 403
    assert visitor.get("/bank/").location == "/sign-in?next=/bank/"


def test_a_topic_lists_its_questions_by_stage(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    make.question(session, 31, stage=BankStage.SENIOR)
    session.commit()
    editor = client_as(town.editor_yu)

    every = editor.get("/bank/?topic=refusal").text
    senior = editor.get("/bank/?topic=refusal&stage=senior").text

    assert "问题 1?" in every
    assert "问题 31?" in every
    assert "问题 0?" not in every
    assert "问题 31?" in senior
    assert "问题 1?" not in senior
    assert "No questions here" in editor.get("/bank/?topic=refusal&stage=primary").text
    assert "No questions here" in editor.get("/bank/?topic=none&stage=none").text


def test_a_question_shows_its_answer_its_reasons_and_its_history(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    question = make.question(session, 32)
    first = session.query(Revision).filter_by(question_id=question.id).one()
    session.add(
        Source(
            key="rule",
            title="题库守则",
            publisher="青盾课堂",
            date=TERM_BEGAN,
            read_on=TERM_BEGAN,
            certainty="rule",
            passages={"leave": "走开，告诉大人。"},
        )
    )
    english = {"stem": "Question?", "options": [{"text": "a"}] * 3, "explain": "Because."}
    session.add(
        Revision(
            question_id=question.id,
            number=2,
            state=RevisionState.DRAFT,
            origin=Origin.SITE,
            digest="2" * 64,
            kind=first.kind,
            objective="say no",
            sources=["rule:leave"],
            as_of=first.as_of,
            review_by=first.review_by,
            text={**first.text, "en": english},
            answer=first.answer,
            made_at=NOON,
        )
    )
    first.sources = ["rule:leave"]
    session.commit()

    page = client_as(town.editor_yu).get(f"/bank/questions/{question.id}").text

    assert "问题 32?" in page
    assert page.count("This is right") == 1
    assert "not a" in page
    assert "题库守则" in page
    assert "走开，告诉大人。" in page
    assert "In use" in page
    assert "Waits for a person" in page


def test_a_question_without_an_approved_text_is_shown_as_a_draft(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    question = make.question(session, 33)
    question.current = None
    question.retired_at = NOON
    session.commit()

    page = client_as(town.editor_yu).get(f"/bank/questions/{question.id}").text

    assert "Draft" in page
    assert "Taken out on" in page
    assert "问题 33?" not in client_as(town.editor_yu).get("/bank/?topic=refusal").text


def test_an_anchor_is_shown_to_those_alone_who_work_on_it(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    anchor = make.question(session, 34, pool=Pool.ANCHOR)
    session.commit()
    editor, reader = client_as(town.editor_yu), client_as(town.admin_kong)

    assert editor.get(f"/bank/questions/{anchor.id}").status_code == 200
    assert "问题 34?" in editor.get("/bank/?topic=law").text
    assert reader.get(f"/bank/questions/{anchor.id}").status_code == 404
    assert "问题 34?" not in reader.get("/bank/?topic=law").text
    assert "12 questions in use" in reader.get("/bank/").text


def test_a_question_that_is_not_there_is_missing(client_as: ClientAs, town: Town) -> None:
    where = "/bank/questions/0199aaaa-0000-7000-8000-000000000000"

    assert client_as(town.editor_yu).get(where).status_code == 404


def test_questions_are_found_by_words_and_by_what_they_are(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    made = reviewers.draft(session, town.editor_yu)
    make.question(session, 35, kind=Kind.MULTIPLE, topic="law", key="junior-100%-sure")
    session.commit()
    editor = client_as(town.editor_yu)

    def finds(**asked: str) -> list[str]:
        page = editor.get("/bank/", query_string=asked).text
        return [stem for stem in (reviewers.STEM, "问题 35?", "问题 1?") if stem in page]

    assert finds(words="电子烟") == [reviewers.STEM]
    assert finds(words="只试一口") == [reviewers.STEM]
    assert finds(words="来路不明 电子烟") == [reviewers.STEM]
    assert finds(words="电子烟 没有这个词") == []
    assert finds(words="100%-SURE") == ["问题 35?"]
    assert finds(words="%") == ["问题 35?"]
    assert finds(state="draft") == [reviewers.STEM]
    assert finds(state="in_use") == ["问题 35?", "问题 1?"]
    assert finds(state="in_review") == []
    assert finds(source="rule") == [reviewers.STEM]
    assert finds(kind="multiple", topic="law") == ["问题 35?"]
    assert finds(topic="refusal", state="in_use") == ["问题 1?"]
    assert finds(difficulty="1", topic="refusal", state="draft") == [reviewers.STEM]
    assert finds(pool="anchor") == []
    assert finds(kind="poem", difficulty="9", stage="x", state="y", pool="z") == []
    editing.retire(session, made.question, by=town.editor_yu, now=NOON)
    session.commit()
    assert finds(words="电子烟") == []
    assert finds(state="retired") == [reviewers.STEM]


def test_what_is_found_comes_a_page_at_a_time(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    for number in range(100, 160):
        make.question(session, number, topic="law", stage=BankStage.SENIOR)
    session.commit()
    editor = client_as(town.editor_yu)

    first = editor.get("/bank/?stage=senior").text
    more = re.search(r'href="(/bank/\?[^"]*after=[^"]*)"', first)

    assert "60 questions found" in first
    assert more
    second = editor.get(html.unescape(more[1])).text
    both = re.findall(r"问题 (\d+)\?", first) + re.findall(r"问题 (\d+)\?", second)
    assert sorted(map(int, both)) == list(range(100, 160))
    assert "after=" not in second.partition("Newer")[2]


def test_where_a_question_is_used_is_counted_and_few_are_not_told(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    quiz = make.quiz(session, town.city, now=now(), items=12)
    own = make.quiz(session, town.elm_7a.unit, now=now(), items=12)
    for pupil in (town.lan, town.bo):
        for one in (quiz, own):
            given.finish(session, one, pupil, right=2, at=now())
    session.commit()
    question = make.asked(session, "junior-q1")

    page = client_as(town.editor_yu).get(f"/bank/questions/{question.id}/uses").text

    assert quiz.title in page
    assert "青禾市" in page
    assert "fewer than 10 people, not shown" in page
    assert "Quizzes that teachers gave to one class: 1" in page
    assert "No lesson asks it." in page


def test_a_lesson_that_asks_a_question_stands_where_it_is_used(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    question = make.asked(session, "junior-q1")
    for key, title in (("junior-asks", "说不的四种办法"), ("junior-silent", "另一课")):
        lesson = given.lesson(session, key, title=title)
        text = session.query(LessonText).filter_by(lesson_id=lesson.id).one()
        if key == "junior-asks":
            session.add(Checkpoint(text_id=text.id, position=1, question_id=question.id))
    session.commit()

    page = client_as(town.editor_yu).get(f"/bank/questions/{question.id}/uses").text

    assert "说不的四种办法" in page
    assert 'href="/lessons/junior-asks"' in page
    assert "另一课" not in page
    assert "No lesson asks it." not in page
