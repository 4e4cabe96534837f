"""The journal: what a device kept counts once, whatever is sent how often and in which order."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.bank import queries as bank
from quizapp.core.errors import Conflict, DomainError, Invalid, Missing
from quizapp.core.ids import new_id
from quizapp.lessons import courses, journal, queries
from quizapp.lessons.journal import Answered, Entry, Opened, Walked
from quizapp.lessons.models import CheckpointAnswer, Lesson, LessonTally, Receipt, Visit, Walk
from quizapp.orgs.rules import Stage
from tests import make, stories
from tests.town import NOON, Town

LATER = NOON + timedelta(hours=2)


@pytest.fixture
def lesson(session: Session, town: Town) -> Lesson:
    return stories.lesson(session, "junior-drink")


def kept(lesson: Lesson, deed: Opened | Answered | Walked) -> Entry:
    return Entry(new_id(), lesson.key, deed)


def answered(
    session: Session, pupil: Actor, lesson: Lesson, position: int, *, right: bool = True
) -> Entry:
    question_id = queries.text(session, lesson).checkpoints[position].question_id
    choice = stories.sent(session, pupil, lesson, position, right=right)
    read = bank.current(session, [question_id])[question_id].id
    return kept(lesson, Answered(position, read, choice))


def all_of(session: Session, table: type[Any]) -> list[Any]:
    return list(session.scalars(select(table)))


def test_what_is_sent_twice_counts_once(session: Session, town: Town, lesson: Lesson) -> None:
    wrong = answered(session, town.lan, lesson, 0, right=False)
    right = answered(session, town.lan, lesson, 0)
    entries = [wrong, right, kept(lesson, Opened()), kept(lesson, Walked("11", 1))]

    first = [journal.take(session, town.lan, entry, now=NOON) for entry in entries]
    again = [journal.take(session, town.lan, entry, now=LATER) for entry in reversed(entries)]

    assert (first, again) == ([True] * 4, [True, True, False, False])
    [said] = all_of(session, CheckpointAnswer)
    assert (said.tries, said.first_right, said.right, said.at) == (2, False, True, NOON)
    [walk] = all_of(session, Walk)
    assert (walk.path, walk.first, walk.ended_at) == ("11", "11", NOON)
    assert [row.opened for row in all_of(session, LessonTally)] == [1]
    assert len(all_of(session, Receipt)) == 2  # What is twice the same needs none.


def test_the_order_does_not_decide_whether_the_lesson_is_done(
    session: Session, town: Town, lesson: Lesson
) -> None:
    entries = [answered(session, town.lan, lesson, at) for at in range(stories.ASKED)]

    for entry in [*reversed(entries), kept(lesson, Opened())]:
        journal.take(session, town.lan, entry, now=NOON)

    [visit] = all_of(session, Visit)
    assert (visit.opened_at, visit.finished_at) == (NOON, NOON)
    assert [(row.opened, row.finished) for row in all_of(session, LessonTally)] == [(1, 1)]
    assert {row.tries for row in all_of(session, CheckpointAnswer)} == {1}


def test_the_same_id_of_another_pupil_is_another_entry(
    session: Session, town: Town, lesson: Lesson
) -> None:
    entry = kept(lesson, Opened())

    assert journal.take(session, town.lan, entry, now=NOON)
    assert journal.take(session, town.bo, entry, now=NOON)

    assert {visit.pupil_id for visit in all_of(session, Visit)} == {town.lan.id, town.bo.id}


@pytest.mark.parametrize(
    ("deed", "error"),
    [
        (Answered(stories.ASKED, new_id(), ["a"]), Missing),
        (Answered(0, new_id(), ["a"]), Conflict),  # The question was another one then.
        (Walked("11", 2), Conflict),  # So was the story.
        (Walked("2", 1), Missing),
    ],
)
def test_what_cannot_be_done_any_more_is_refused_and_leaves_nothing(
    session: Session, town: Town, lesson: Lesson, deed: Any, error: type[DomainError]
) -> None:
    session.commit()
    entry = kept(lesson, deed)
    for _time in range(2):
        with pytest.raises(error):
            journal.take(session, town.lan, entry, now=NOON)
        session.rollback()

    assert not [row for t in (Receipt, Visit, Walk, CheckpointAnswer) for row in all_of(session, t)]


def test_nothing_is_chosen_or_what_cannot_be(session: Session, town: Town, lesson: Lesson) -> None:
    true = answered(session, town.lan, lesson, 0)
    assert isinstance(true.deed, Answered)
    for choice in ([], ["z"], ["a", "a"], ["\u200b"]):
        entry = kept(lesson, Answered(0, true.deed.revision_id, choice))
        with pytest.raises(Invalid):
            journal.take(session, town.lan, entry, now=NOON)


def test_a_lesson_of_another_stage_is_not_there(session: Session, town: Town) -> None:
    other = stories.lesson(session, "primary-sweets", stage=Stage.PRIMARY)

    with pytest.raises(Missing):
        journal.take(session, town.lan, kept(other, Opened()), now=NOON)


def test_what_was_told_stays_true_when_the_lesson_is_gone(
    session: Session, town: Town, lesson: Lesson
) -> None:
    entry = answered(session, town.lan, lesson, 0)
    journal.take(session, town.lan, entry, now=NOON)
    lesson.retired_at = LATER
    session.flush()

    assert not journal.take(session, town.lan, entry, now=LATER)


def test_what_was_open_when_it_was_read_is_taken_when_it_is_open_no_more(
    session: Session, town: Town, lesson: Lesson
) -> None:
    second = stories.lesson(session, "junior-phone")
    stories.course(session, [lesson, second])
    make.campaign(session, town.elm_7a.unit, now=NOON, lessons=[second])
    after = NOON + timedelta(days=8)
    assert courses.before(session, town.lan, second, locale="zh", now=after)

    for pupil, entry in (
        (town.lan, kept(second, Opened())),
        (town.bo, answered(session, town.bo, second, 0)),
    ):
        assert journal.take(session, pupil, entry, now=after)
    session.execute(delete(Visit).where(Visit.pupil_id == town.lan.id))
    assert journal.take(session, town.lan, kept(second, Walked("1", 1)), now=after)
