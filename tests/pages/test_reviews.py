"""Pages of the review: the desk, one revision, what is said and signed."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Aspect
from quizapp.bank import reviews
from quizapp.bank.models import Revision, RevisionState
from quizapp.bank.rules import Pool
from tests import make, reviewers
from tests.conftest import Visitor
from tests.reviewers import Reviewers
from tests.town import NOON, Town

ClientAs = Callable[[Actor], Visitor]


@pytest.fixture
def three(session: Session, town: Town) -> Reviewers:
    return reviewers.three(session, town)


@pytest.fixture
def draft(session: Session, town: Town, three: Reviewers) -> Revision:
    made = reviewers.draft(session, town.editor_yu)
    session.commit()
    return made


@pytest.fixture
def waiting(session: Session, town: Town, draft: Revision) -> Revision:
    reviews.submit(session, draft, text="请看看", by=town.editor_yu, now=NOON)
    session.commit()
    return draft


def test_an_editor_sends_in_and_three_reviewers_sign(
    client_as: ClientAs, session: Session, town: Town, three: Reviewers, draft: Revision
) -> None:
    where = f"/bank/revisions/{draft.id}"
    editor = client_as(town.editor_yu)

    assert "Send it into review" in editor.get(where).text
    assert editor.post(f"{where}/submission", data={"note": "请看看"}).status_code == 303
    assert "sent it in" in editor.get(where).text
    for aspect, by in three.each():
        reviewer = client_as(by)
        assert reviewers.STEM in reviewer.get("/bank/reviews").text
        assert f'value="{aspect}"' in reviewer.get(where).text
        assert reviewer.post(f"{where}/sign-offs", data={"aspect": aspect}).status_code == 303
        assert reviewers.STEM not in reviewer.get("/bank/reviews").text

    session.expire_all()
    assert draft.state is RevisionState.APPROVED
    page = editor.get(f"/bank/questions/{draft.question_id}").text
    assert "In use" in page
    for _aspect, by in three.each():
        assert by.name in editor.get(where).text


def test_a_reviewer_sends_back_and_the_editor_reads_why(
    client_as: ClientAs, town: Town, three: Reviewers, waiting: Revision
) -> None:
    where = f"/bank/revisions/{waiting.id}"
    reviewer = client_as(three.level)

    assert reviewer.post(f"{where}/return", data={"why": "  "}).status_code == 422
    assert reviewer.post(f"{where}/return", data={"why": "句子太长<b>"}).status_code == 303

    desk = client_as(town.editor_yu).get("/bank/reviews").text
    assert "句子太长&lt;b&gt;" in desk
    page = client_as(town.editor_yu).get(where).text
    assert "sent it back" in page
    assert "Send it into review" in page


def test_whoever_reads_the_bank_may_say_something(
    client_as: ClientAs, town: Town, three: Reviewers, waiting: Revision
) -> None:
    where = f"/bank/revisions/{waiting.id}"

    assert client_as(three.safety).post(f"{where}/remarks", data={"text": "好"}).status_code == 303
    assert client_as(three.safety).post(f"{where}/remarks", data={"text": ""}).status_code == 422
    too_long = {"text": "长" * 1001}
    assert client_as(three.safety).post(f"{where}/remarks", data=too_long).status_code == 422

    assert "好" in client_as(town.editor_yu).get(where).text
    assert client_as(town.ms_chen).post(f"{where}/remarks", data={"text": "x"}).status_code == 403


def test_what_breaks_a_rule_cannot_be_sent_in(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    made = reviewers.draft(session, town.editor_yu, as_of=None)
    session.commit()
    editor, where = client_as(town.editor_yu), f"/bank/revisions/{made.id}"

    page = editor.get(where).text
    assert "as_of is missing" in page
    assert editor.post(f"{where}/submission").status_code == 422
    session.expire_all()
    assert made.state is RevisionState.DRAFT


def test_nobody_signs_what_is_not_theirs(
    client_as: ClientAs, town: Town, three: Reviewers, waiting: Revision
) -> None:
    where = f"/bank/revisions/{waiting.id}/sign-offs"

    assert client_as(town.editor_yu).post(where, data={"aspect": "facts"}).status_code == 403
    assert client_as(three.level).post(where, data={"aspect": "facts"}).status_code == 422
    assert client_as(three.level).post(where, data={"aspect": "none"}).status_code == 422
    assert client_as(three.level).post(where).status_code == 422
    assert client_as(three.facts).post(where, data={"aspect": "facts"}).status_code == 303
    assert client_as(three.facts).post(where, data={"aspect": "facts"}).status_code == 409


def test_a_reviewer_does_not_edit_and_an_editor_does_not_sign(
    client_as: ClientAs, town: Town, three: Reviewers, draft: Revision
) -> None:
    reviewer, where = client_as(three.facts), f"/bank/revisions/{draft.id}"

    assert reviewer.post(f"{where}/submission").status_code == 403
    assert "Send it into review" not in reviewer.get(where).text
    assert client_as(town.admin_kong).get(where).status_code == 200
    assert client_as(town.admin_kong).post(f"{where}/return").status_code == 403


def test_an_anchor_is_for_those_who_work_on_it(
    client_as: ClientAs, session: Session, town: Town, three: Reviewers
) -> None:
    anchor = make.question(session, 50, pool=Pool.ANCHOR)
    revision = session.query(Revision).filter_by(question_id=anchor.id).one()
    session.commit()

    for who, status in ((town.editor_yu, 200), (three.level, 200), (town.admin_kong, 404)):
        assert client_as(who).get(f"/bank/questions/{anchor.id}").status_code == status
        assert client_as(who).get(f"/bank/revisions/{revision.id}").status_code == status
        assert client_as(who).get(f"/bank/questions/{anchor.id}/uses").status_code == status


def test_a_signed_aspect_is_shown_with_its_name(
    client_as: ClientAs, session: Session, town: Town, three: Reviewers, waiting: Revision
) -> None:
    reviews.sign(session, waiting, Aspect.FACTS, by=three.facts, now=NOON)
    session.commit()

    page = client_as(three.facts).get(f"/bank/revisions/{waiting.id}").text

    assert "There is nothing for you to sign here" in page
    assert "Reviewer facts" in page
    assert "not yet" in page
