"""Lessons written on the site: who may move a version, and what that does."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Aspect, Role
from quizapp.audit.models import AuditEntry
from quizapp.bank import queries as bank
from quizapp.bank.models import Question, RemarkKind, RevisionState
from quizapp.bank.rules import BankStage, Pool
from quizapp.core.errors import Conflict, Invalid, Missing
from quizapp.lessons import (
    directives,
    editing,
    judging,
    polls,
    queries,
    review_queries,
    reviews,
)  # fmt: skip
from quizapp.lessons.classes import ClassLesson
from quizapp.lessons.models import Lesson, Visit
from quizapp.lessons.reading import Block
from tests import reviewers
from tests.lesson_edits import (
    KEY,
    TITLE,
    approved,
    cards,
    edited,
    lesson,
    new_files,
    newest,
    read_by_pupils,
    submitted,
    titled,
)  # fmt: skip
from tests.pages import given
from tests.reviewers import Reviewers
from tests.town import NOON, Town

pytestmark = pytest.mark.usefixtures("content")


@pytest.fixture
def three(session: Session, town: Town) -> Reviewers:
    return reviewers.three(session, town)


def test_the_third_sign_off_brings_a_lesson_into_use(
    session: Session, town: Town, three: Reviewers
) -> None:
    made = submitted(session, town.editor_yu)

    last = []
    for aspect, by in three.each():
        assert read_by_pupils(session) == TITLE
        last.append(reviews.sign(session, made, aspect, by=by, now=NOON))

    assert last == [False, False, True]
    assert (made.state, made.lesson.current) == (RevisionState.APPROVED, made.number)
    assert read_by_pupils(session) == "另一个名字"
    events = session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)).all()
    assert events[-6:] == [
        "lesson.edited", "lesson.submitted", "lesson.signed", "lesson.signed", "lesson.signed",
        "lesson.approved",
    ]  # fmt: skip
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert entry
    assert entry.about == {"lesson": KEY, "number": made.number}


# Who wrote an earlier version since the one in use, who sent it in, who signs for what: may they?
@pytest.mark.parametrize(
    ("roles", "wrote", "aspect", "may"),
    [
        ((Role.REVIEWER_FACTS,), None, Aspect.FACTS, True),
        ((Role.REVIEWER_FACTS,), None, Aspect.LEVEL, False),
        ((Role.EDITOR,), None, Aspect.FACTS, False),
        ((Role.EDITOR, Role.REVIEWER_FACTS), None, Aspect.FACTS, True),
        ((Role.EDITOR, Role.REVIEWER_FACTS), "last", Aspect.FACTS, False),
        ((Role.EDITOR, Role.REVIEWER_FACTS), "before", Aspect.FACTS, False),
        ((Role.EDITOR, Role.REVIEWER_SAFETY), "in use", Aspect.SAFETY, True),
    ],
)
def test_nobody_signs_own_words_or_beyond_their_part(
    session: Session, town: Town, three: Reviewers, roles: tuple[Role, ...], wrote: str | None,
    aspect: Aspect, may: bool,
) -> None:  # fmt: skip
    who = reviewers.person(session, town, "who", *roles)
    if wrote == "in use":
        approved(session, who, three, "在用的名字")
    if wrote == "before":
        edited(session, who, "第一稿")
    made = submitted(session, who if wrote == "last" else town.editor_yu)

    assert (aspect in reviews.signable(session, made, who)) is may
    [row] = [row for row in review_queries.rows(session, who) if row.lesson.key == KEY]
    assert row.is_to_sign is bool(reviews.signable(session, made, who))
    if not may:
        with pytest.raises(Invalid):
            reviews.sign(session, made, aspect, by=who, now=NOON)


def test_what_is_sent_back_says_why_and_starts_anew(
    session: Session, town: Town, three: Reviewers
) -> None:
    made = submitted(session, town.editor_yu)
    reviews.sign(session, made, Aspect.FACTS, by=three.facts, now=NOON)

    reviews.send_back(session, made, text="标题不清楚", by=three.level, now=NOON)

    assert made.state is RevisionState.DRAFT
    assert reviews.sign_offs(session, made) == []
    assert [one.kind for one in reviews.remarks(session, made)] == [
        RemarkKind.SUBMITTED, RemarkKind.RETURNED,
    ]  # fmt: skip
    [row] = [row for row in review_queries.rows(session, town.editor_yu) if row.lesson.key == KEY]
    assert row.returned
    assert row.returned.text == "标题不清楚"
    with pytest.raises(Conflict):
        reviews.sign(session, made, Aspect.FACTS, by=three.facts, now=NOON)


def test_an_edit_takes_back_what_waits_and_two_editors_lose_nothing(
    session: Session, town: Town
) -> None:
    other = reviewers.person(session, town, "other", Role.EDITOR)
    base, said = newest(session), titled(session, "第二个人的名字")
    made = submitted(session, town.editor_yu)

    with pytest.raises(Conflict, match=f"version {made.number}"):
        editing.edit(session, lesson(session), said, base=base, by=other, now=NOON)
    second = editing.edit(session, lesson(session), said, base=made, by=other, now=NOON)

    session.refresh(made)
    assert (made.state, second.number) == (RevisionState.DRAFT, made.number + 1)
    with pytest.raises(Invalid, match="Nothing is changed"):
        editing.edit(session, lesson(session), second.files, base=second, by=other, now=NOON)


@pytest.mark.parametrize(
    ("part", "old", "new", "says"),
    [
        ("zh", "::: help", "", "help lines once"),
        ("zh", "::: checkpoint ", "::: checkpoint no-such-", "there is no question"),
        ("zh", f'key = "{KEY}"', 'key = "junior-other"', f"write {KEY}"),
        ("zh", "::: scenario ", "::: scenario ../", "small letters"),
        ("zh", "## ", "<b>", "raw HTML"),
        ("notes", "[zh]", "[zh", "not TOML"),
        ("scenario", 'ending = "good"', 'ending = "bad"', "ending"),
    ],
)
def test_what_breaks_a_rule_of_the_files_stays_a_draft(
    session: Session, town: Town, part: str, old: str, new: str, says: str
) -> None:
    said = dict(newest(session).files)
    assert old in said[part]
    said[part] = said[part].replace(old, new, 1)
    made = editing.edit(
        session, lesson(session), said, base=newest(session), by=town.editor_yu, now=NOON
    )

    assert any(says in told for told in reviews.faults(session, made))
    with pytest.raises(Invalid):
        reviews.submit(session, made, text="", by=town.editor_yu, now=NOON)
    assert made.state is RevisionState.DRAFT


def test_a_version_that_breaks_a_rule_by_now_is_not_brought_into_use(
    session: Session, town: Town, three: Reviewers
) -> None:
    made = submitted(session, town.editor_yu)
    for aspect, by in three.each()[:2]:
        reviews.sign(session, made, aspect, by=by, now=NOON)
    asked = queries.checkpoints(session, lesson(session))[0].question_id
    question = session.get_one(Question, asked)
    question.retired_at = NOON
    session.flush()

    with pytest.raises(Conflict, match="there is no question"):
        reviews.sign(session, made, Aspect.SAFETY, by=three.safety, now=NOON)


def test_pupils_in_the_middle_keep_what_they_did(
    session: Session, town: Town, three: Reviewers
) -> None:
    given.visit(session, town.lan, lesson(session), at=NOON)
    before = [stop.question_id for stop in queries.checkpoints(session, lesson(session))]

    approved(session, town.editor_yu, three)

    visit = session.get_one(Visit, (town.lan.school_id, town.lan.id, lesson(session).id))
    assert (visit.opened_at, visit.finished_at) == (NOON, None)
    assert [s.question_id for s in queries.checkpoints(session, lesson(session))] == before


def test_a_new_lesson_is_seen_by_pupils_when_it_is_approved(
    session: Session, town: Town, three: Reviewers
) -> None:
    key = "junior-our-own"
    last = session.scalar(select(func.max(Lesson.position)).where(Lesson.stage == "junior"))
    said = new_files(session, key)
    made = editing.make(session, BankStage.JUNIOR, "our-own", said, by=town.editor_yu, now=NOON)

    assert (made.lesson.key, made.lesson.position) == (key, (last or 0) + 1)
    with pytest.raises(Missing):
        queries.lesson(session, key)
    assert key not in cards(session, town.lan)
    with pytest.raises(Invalid, match="already"):
        editing.make(session, BankStage.JUNIOR, "our-own", said, by=town.editor_yu, now=NOON)
    reviews.submit(session, made, text="", by=town.editor_yu, now=NOON)
    for aspect, by in three.each():
        reviews.sign(session, made, aspect, by=by, now=NOON)
    assert key in cards(session, town.lan)

    editing.retire(session, made.lesson, by=town.editor_yu, now=NOON)
    assert key not in cards(session, town.lan)
    editing.bring_back(session, made.lesson, by=town.editor_yu, now=NOON)
    assert key in cards(session, town.lan)


def test_a_scenario_is_one_lessons_own(session: Session, town: Town) -> None:
    said = dict(newest(session).files)
    said["zh"] = said["zh"].replace(KEY, "junior-our-own")

    made = editing.make(session, BankStage.JUNIOR, "our-own", said, by=town.editor_yu, now=NOON)

    assert any(f"belongs to {KEY}" in told for told in reviews.faults(session, made))


def blocks_of(session: Session, by: Actor, said: dict[str, str]) -> list[Block]:
    made = judging.read(session, lesson(session), said)
    page = judging.page(session, by, lesson(session), made, "zh")
    assert page
    return list(page.blocks)


def test_the_name_of_a_scenario_is_read_in_one_way(session: Session) -> None:
    said = dict(newest(session).files)
    said["zh"] = said["zh"].replace("::: scenario ", ":::\u3000scenario\u3000")

    made = judging.read(session, lesson(session), said)

    assert made.faults == []
    assert made.names["scenario"] != "scenarios/scenario.toml"


def test_the_preview_draws_what_stands_twice_once(session: Session, town: Town) -> None:
    said = dict(newest(session).files)
    before = blocks_of(session, town.editor_yu, said)
    for word in ("checkpoint", "scenario"):
        told = directives.named(said["zh"], word)
        said["zh"] = said["zh"].replace("::: help", f"::: {word} {told}\n\n::: help")

    after = blocks_of(session, town.editor_yu, said)

    assert [one.stop.position for one in after if one.stop] == [
        one.stop.position for one in before if one.stop
    ]
    assert sum(one.story is not None for one in after) == 1


def test_the_preview_keeps_a_question_of_another_pool_to_itself(
    session: Session, town: Town
) -> None:
    stops = queries.checkpoints(session, lesson(session))
    question = session.get_one(Question, stops[1].question_id)
    question.pool = Pool.ANCHOR
    session.flush()

    after = blocks_of(session, town.admin_kong, dict(newest(session).files))

    asked = [one.stop.revision_id for one in after if one.stop]
    assert len(asked) == len(stops) - 1
    assert bank.current(session, [question.id])[question.id].id not in asked


def test_a_word_that_may_sound_two_ways_is_told(session: Session, town: Town) -> None:
    [first, *_others] = session.scalars(
        select(Lesson).where(Lesson.stage == BankStage.PRIMARY).order_by(Lesson.position)
    )
    said = newest(session, first.key).files
    doubtful = said | {"zh": said["zh"] + "\n谁也没有得着着\n"}
    [told] = [
        one.says for one in judging.read(session, first, doubtful).faults if "sounds" in one.says
    ]
    assert "ask whoever runs the site" in told


def test_an_approval_leaves_an_open_poll_as_it_was_asked(
    session: Session, town: Town, three: Reviewers
) -> None:
    of = ClassLesson(town.elm_7a, lesson(session))
    poll = polls.start(session, of, 0, by=town.ms_chen, now=NOON)
    before = polls.question(session, poll, town.lan.id, "zh")
    said = dict(newest(session).files)
    said["zh"] = said["zh"].replace(before.asks, "换了一个问题？")
    made = editing.edit(
        session, lesson(session), said, base=newest(session), by=town.editor_yu, now=NOON
    )
    reviews.submit(session, made, text="", by=town.editor_yu, now=NOON)
    for aspect, by in three.each():
        reviews.sign(session, made, aspect, by=by, now=NOON)

    session.expire_all()
    assert lesson(session).current == made.number
    open_now = polls.open_in(session, town.elm_7a.school_id, town.elm_7a.unit_id, now=NOON)
    assert open_now == poll
    assert polls.question(session, poll, town.lan.id, "zh") == before
    polls.vote(session, queries.seat(session, town.lan, lesson(session)), poll.id, 0, now=NOON)
    assert polls.votes(session, poll) == 1
