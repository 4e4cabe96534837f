"""Draft, in review, approved: who may move a revision, and what that does."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Aspect, Role
from quizapp.audit.models import AuditEntry
from quizapp.bank import editing, queries, review_queries, reviews
from quizapp.bank.models import RemarkKind, Revision, RevisionState
from quizapp.bank.rules import BankStage, Kind, Pool
from quizapp.core.errors import Conflict, Invalid
from tests import make, reviewers
from tests.town import NOON, Town


def submitted(session: Session, by: Actor, stem: str = reviewers.STEM) -> Revision:
    made = reviewers.draft(session, by, stem)
    reviews.submit(session, made, text="", by=by, now=NOON)
    return made


def approved(session: Session, town: Town, three: reviewers.Reviewers) -> Revision:
    made = submitted(session, town.editor_yu)
    for aspect, by in three.each():
        reviews.sign(session, made, aspect, by=by, now=NOON)
    return made


def drawable(session: Session) -> set[object]:
    return {item.revision_id for item in queries.pool(session, BankStage.JUNIOR, list(Pool))}


def test_the_third_sign_off_brings_a_question_into_use(session: Session, town: Town) -> None:
    three = reviewers.three(session, town)
    made = submitted(session, town.editor_yu)

    last = []
    for aspect, by in three.each():
        assert made.id not in drawable(session)
        last.append(reviews.sign(session, made, aspect, by=by, now=NOON))

    assert last == [False, False, True]
    assert made.state is RevisionState.APPROVED
    assert made.question.current == 1
    assert made.id in drawable(session)
    events = session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()
    assert events[-6:] == [
        "question.made", "question.submitted", "question.signed", "question.signed",
        "question.signed", "question.approved",
    ]  # fmt: skip


def test_nobody_signs_what_they_wrote_or_what_stands_on_it(session: Session, town: Town) -> None:
    source = reviewers.person(session, town, "both", Role.EDITOR, Role.REVIEWER_FACTS)
    made = submitted(session, source)

    with pytest.raises(Invalid):
        reviews.sign(session, made, Aspect.FACTS, by=source, now=NOON)
    changed = reviewers.written("换了一个问法：你怎么做？")
    second = editing.edit(session, made.question, changed, base=made, by=town.editor_yu, now=NOON)
    reviews.submit(session, second, text="", by=town.editor_yu, now=NOON)
    with pytest.raises(Invalid):
        reviews.sign(session, second, Aspect.FACTS, by=source, now=NOON)


def test_nobody_signs_twice_or_beyond_their_role(session: Session, town: Town) -> None:
    two = reviewers.person(session, town, "two", Role.REVIEWER_FACTS, Role.REVIEWER_LEVEL)
    made = submitted(session, town.editor_yu)

    reviews.sign(session, made, Aspect.FACTS, by=two, now=NOON)

    with pytest.raises(Invalid):
        reviews.sign(session, made, Aspect.LEVEL, by=two, now=NOON)
    other = reviewers.person(session, town, "other", Role.REVIEWER_FACTS)
    with pytest.raises(Conflict):
        reviews.sign(session, made, Aspect.FACTS, by=other, now=NOON)
    with pytest.raises(Invalid):
        reviews.sign(session, made, Aspect.SAFETY, by=other, now=NOON)
    with pytest.raises(Invalid):
        reviews.sign(session, made, Aspect.SAFETY, by=town.admin_kong, now=NOON)


def test_what_is_sent_back_says_why_and_starts_anew(session: Session, town: Town) -> None:
    three = reviewers.three(session, town)
    made = submitted(session, town.editor_yu)
    reviews.sign(session, made, Aspect.FACTS, by=three.facts, now=NOON)

    reviews.send_back(session, made, text="题干太长", by=three.level, now=NOON)

    assert made.state is RevisionState.DRAFT
    assert reviews.sign_offs(session, made) == []
    assert [(one.kind, one.text) for one in reviews.remarks(session, made)] == [
        (RemarkKind.SUBMITTED, ""), (RemarkKind.RETURNED, "题干太长"),
    ]  # fmt: skip
    with pytest.raises(Conflict):
        reviews.sign(session, made, Aspect.FACTS, by=three.facts, now=NOON)
    with pytest.raises(Conflict):
        reviews.send_back(session, made, text="again", by=three.level, now=NOON)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ({"sources": []}, "source"),
        ({"sources": ["rule:leaf"]}, "leave"),
        ({"as_of": None}, "as_of"),
        ({"review_by": None}, "review_by"),
        ({"review_by": date(2026, 1, 1)}, "review_by"),
        ({"answer": [0, 1]}, "2"),
        ({"objective": ""}, "objective"),
        ({"objective": "认识瘾君子"}, "瘾君子"),
    ],
)
def test_what_breaks_a_rule_of_the_files_stays_a_draft(
    session: Session, town: Town, broken: dict[str, Any], says: str
) -> None:
    made = reviewers.draft(session, town.editor_yu, **broken)

    assert any(says in told for told in reviews.faults(session, made))
    with pytest.raises(Invalid):
        reviews.submit(session, made, text="", by=town.editor_yu, now=NOON)
    assert made.state is RevisionState.DRAFT


def test_an_edit_waits_beside_what_is_in_use(session: Session, town: Town) -> None:
    three = reviewers.three(session, town)
    first = approved(session, town, three)

    harder = reviewers.written(difficulty=3, topic_key="law")
    second = editing.edit(session, first.question, harder, base=first, by=town.editor_yu, now=NOON)

    assert (second.number, first.question.current, first.question.difficulty) == (2, 1, 1)
    assert first.id in drawable(session)
    reviews.submit(session, second, text="", by=town.editor_yu, now=NOON)
    for aspect, by in three.each():
        reviews.sign(session, second, aspect, by=by, now=NOON)
    assert (first.question.current, first.question.difficulty) == (2, 3)
    assert first.question.topic_key == "law"
    assert {first.id, second.id} & drawable(session) == {second.id}
    with pytest.raises(Conflict):
        reviews.submit(session, first, text="", by=town.editor_yu, now=NOON)


def test_an_edit_takes_back_what_is_in_review(session: Session, town: Town) -> None:
    three = reviewers.three(session, town)
    first = submitted(session, town.editor_yu)
    reviews.sign(session, first, Aspect.FACTS, by=three.facts, now=NOON)

    editing.edit(
        session, first.question, reviewers.written("换个问法，你怎么做？"), base=first,
        by=town.editor_yu, now=NOON,
    )  # fmt: skip

    session.refresh(first)
    assert first.state is RevisionState.DRAFT
    assert reviews.sign_offs(session, first) == []


def test_an_edit_over_an_old_version_or_of_nothing_is_refused(session: Session, town: Town) -> None:
    first = reviewers.draft(session, town.editor_yu)
    other = reviewers.written("换个问法，你怎么做？")

    with pytest.raises(Invalid):
        editing.edit(
            session, first.question, reviewers.written(), base=first, by=town.editor_yu, now=NOON
        )
    editing.edit(session, first.question, other, base=first, by=town.editor_yu, now=NOON)
    with pytest.raises(Conflict):
        editing.edit(session, first.question, other, base=first, by=town.editor_yu, now=NOON)


def test_a_key_is_taken_once(session: Session, town: Town) -> None:
    make.question(session, 40, key="taken")
    reviewers.source(session)

    with pytest.raises(Invalid):
        editing.make(session, reviewers.written(), key="taken", by=town.editor_yu, now=NOON)


def test_what_is_taken_out_is_drawn_no_more_until_it_is_back(session: Session, town: Town) -> None:
    question = make.question(session, 41)
    before = drawable(session)

    editing.retire(session, question, by=town.editor_yu, now=NOON)

    assert len(drawable(session)) == len(before) - 1
    with pytest.raises(Conflict):
        editing.retire(session, question, by=town.editor_yu, now=NOON)
    editing.bring_back(session, question, by=town.editor_yu, now=NOON)
    assert drawable(session) == before
    with pytest.raises(Conflict):
        editing.bring_back(session, question, by=town.editor_yu, now=NOON)


def test_the_desk_shows_each_what_is_theirs(session: Session, town: Town) -> None:
    three = reviewers.three(session, town)
    both = reviewers.person(session, town, "both", Role.EDITOR, Role.REVIEWER_FACTS)
    waits = submitted(session, town.editor_yu)
    own = submitted(session, both, "第二题：你怎么做？")
    signed = submitted(session, town.editor_yu, "第三题：你怎么做？")
    reviews.sign(session, signed, Aspect.FACTS, by=three.facts, now=NOON)
    back = submitted(session, town.editor_yu, "第四题：你怎么做？")
    reviews.send_back(session, back, text="why", by=three.level, now=NOON)
    draft = reviewers.draft(session, town.editor_yu, "第五题：你怎么做？")

    def to_sign(actor: Actor) -> list[Revision]:
        rows = review_queries.desk(session, actor, after=None).to_sign.rows
        for case in rows:
            assert reviews.signable(session, case.revision, actor)
        return [case.revision for case in rows]

    assert to_sign(three.facts) == [waits, own]
    assert to_sign(three.level) == [waits, own, signed]
    assert to_sign(both) == [waits]
    assert to_sign(town.editor_yu) == []
    desk = review_queries.desk(session, town.editor_yu, after=None)
    assert [case.revision for case in desk.sent_in] == [signed, waits]
    assert [(case.revision, case.returned and case.returned.text) for case in desk.came_back] == [
        (back, "why")
    ]
    assert [case.revision for case in desk.drafts] == [draft]
    assert desk.sent_in[0].signed == {Aspect.FACTS}


def test_only_a_draft_may_lack_its_days(session: Session, town: Town) -> None:
    made = reviewers.draft(session, town.editor_yu, as_of=None)

    made.state = RevisionState.APPROVED
    with pytest.raises(IntegrityError):
        session.flush()


def test_a_kind_of_the_site_is_that_of_the_files(session: Session, town: Town) -> None:
    """The digest of what the site says is that of a file that says the same."""
    judge = reviewers.written(
        kind=Kind.JUDGE,
        text={"zh": {"stem": "陌生人给的饮料可以喝。", "explain": "来路不明，不喝。", "options": [
            {"text": "对", "feedback": "里面可能有别的东西。"}, {"text": "错"}]}},
        answer=[1],
    )  # fmt: skip

    assert judge.drafted("junior-judge", None)[1] == []
    assert judge.digest("junior-judge") != judge.digest("junior-other")
