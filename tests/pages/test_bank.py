"""Pages of the bank: who may read it, and what of it."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.bank.models import Revision, RevisionState, Source
from quizapp.bank.rules import BankStage, Origin, Pool
from tests import make
from tests.conftest import Visitor
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
    assert "questions in use" in editor.get("/bank/?topic=none&stage=none").text


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


def test_an_anchor_is_shown_to_nobody(client_as: ClientAs, session: Session, town: Town) -> None:
    anchor = make.question(session, 34, pool=Pool.ANCHOR)
    session.commit()
    editor = client_as(town.editor_yu)

    assert editor.get(f"/bank/questions/{anchor.id}").status_code == 404
    assert "问题 34?" not in editor.get("/bank/?topic=law").text
    assert "12 questions in use" in editor.get("/bank/").text


def test_a_question_that_is_not_there_is_missing(client_as: ClientAs, town: Town) -> None:
    where = "/bank/questions/0199aaaa-0000-7000-8000-000000000000"

    assert client_as(town.editor_yu).get(where).status_code == 404
