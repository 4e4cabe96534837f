"""What pupils do in a lesson: opening, answering, finishing, and what is counted of it."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor
from quizapp.accounts import queries as accounts
from quizapp.bank import queries as bank
from quizapp.bank.asked import Asked
from quizapp.bank.lettering import LETTERS
from quizapp.bank.models import Revision
from quizapp.bank.rules import BankStage, Kind
from quizapp.core.clock import local_day
from quizapp.core.errors import Invalid, Missing
from quizapp.lessons import actions, queries, reading
from quizapp.lessons.drafts import CourseDraft, CourseText, Front, LessonDraft, LineDraft
from quizapp.lessons.files import Courses
from quizapp.lessons.models import CheckpointAnswer, Lesson, LessonTally, Visit
from quizapp.lessons.rules import Progress, seed
from quizapp.orgs.rules import Stage
from tests import make, stories
from tests.town import NOON, Town

TOMORROW = NOON + timedelta(days=1)
RIGHT, WRONG = [0], [1]  # As make.question numbers them.
BOTH_RIGHT = [0, 3]
KEYS = {BankStage.JUNIOR: "say-no", BankStage.PRIMARY: "for-children"}
TEXT = {"title": "说不", "objective": "会说不"}
BLOCKS = [
    {"html": "<h2>一</h2>"},
    {"checkpoint": 0},
    {"html": "<p>二</p>"},
    {"checkpoint": 1},
]


def course(stage: BankStage) -> CourseDraft:
    said = CourseText(title=f"{stage} 课程", summary="短课。")
    lines = [LineDraft(key=KEYS[stage], term=1, first=True)]
    grade = 7 if stage is BankStage.JUNIOR else 5
    return CourseDraft(stage=Stage(stage), grade=grade, order=1, zh=said, en=said, lesson=lines)


def lesson_draft(key: str, stage: BankStage, asked: list[str]) -> LessonDraft:
    front = Front(
        key=key, title="说不", minutes=12, objective="会说不", source=["rule:leave"],
        as_of=date(2026, 11, 1), review_by=date(2027, 6, 30),
    )  # fmt: skip
    text, blocks = {"zh": TEXT}, {"zh": BLOCKS}
    return LessonDraft(stage, 1, front, text, blocks, asked, "lessons/x/01-x.md")


@pytest.fixture
def lesson(session: Session, town: Town) -> Lesson:
    """A junior lesson with a single and a multiple question; beside it one for primary schools."""
    make.question(session, 20, key="one", kind=Kind.SINGLE)
    make.question(session, 21, key="many", kind=Kind.MULTIPLE)
    drafts = [lesson_draft(key, stage, ["one", "many"]) for stage, key in KEYS.items()]
    courses = {stage.value: course(stage) for stage in (BankStage.JUNIOR, BankStage.PRIMARY)}
    actions.load(session, Courses(courses, drafts), by=SYSTEM, now=NOON)
    return queries.lesson(session, "say-no")


def answer(
    session: Session, lesson: Lesson, pupil: Actor, position: int, choice: list[int],
    now: datetime = NOON,
) -> CheckpointAnswer:  # fmt: skip
    stop = queries.text(session, lesson).checkpoints[min(position, 1)]
    asked = Asked(
        bank.current(session, [stop.question_id])[stop.question_id],
        seed(pupil.id, stop.question_id),
    )
    sent = [LETTERS[asked.shown.index(n)] if n in asked.shown else "z" for n in choice]
    return actions.answer(session, pupil, lesson, position, sent, now=now)


def tally(session: Session) -> dict[tuple[object, date], tuple[int, int]]:
    """Return opened and finished by class and day."""
    session.expire_all()
    cells = session.scalars(select(LessonTally))
    return {(cell.class_id, cell.day): (cell.opened, cell.finished) for cell in cells}


def test_a_lesson_is_opened_once_and_counted_once(
    session: Session, town: Town, lesson: Lesson
) -> None:
    first = actions.open(session, town.lan, lesson, now=NOON)
    again = actions.open(session, town.lan, lesson, now=TOMORROW)

    assert (again, again.opened_at, again.finished_at) == (first, NOON, None)
    assert again.class_id == town.elm_7a.unit_id
    assert tally(session) == {(town.elm_7a.unit_id, local_day(NOON)): (1, 0)}


def test_the_first_answer_opens_the_lesson_too(
    session: Session, town: Town, lesson: Lesson
) -> None:
    given = answer(session, lesson, town.lan, 0, RIGHT)

    assert (given.right, given.first_right, given.tries, given.choice) == (True, True, 1, "0")
    assert queries.progress(session, town.lan) == {lesson.id: Progress.UNDER_WAY}
    assert tally(session) == {(town.elm_7a.unit_id, local_day(NOON)): (1, 0)}


def test_answering_again_keeps_the_first_try_in_mind(
    session: Session, town: Town, lesson: Lesson
) -> None:
    answer(session, lesson, town.lan, 0, WRONG)
    given = answer(session, lesson, town.lan, 0, RIGHT, now=TOMORROW)

    assert (given.right, given.first_right, given.tries, given.at) == (True, False, 2, TOMORROW)


def test_the_last_answer_finishes_the_lesson_right_or_wrong(
    session: Session, town: Town, lesson: Lesson
) -> None:
    answer(session, lesson, town.lan, 0, RIGHT)
    answer(session, lesson, town.lan, 1, WRONG, now=TOMORROW)
    answer(session, lesson, town.lan, 1, BOTH_RIGHT, now=TOMORROW + timedelta(days=1))

    visit = session.get_one(Visit, (town.lan.school_id, town.lan.id, lesson.id))
    assert visit.finished_at == TOMORROW
    assert queries.progress(session, town.lan) == {lesson.id: Progress.DONE}
    assert tally(session) == {
        (town.elm_7a.unit_id, local_day(NOON)): (1, 0),
        (town.elm_7a.unit_id, local_day(TOMORROW)): (0, 1),
    }


def test_a_lesson_that_loses_its_open_questions_is_done_with_the_next_deed(
    session: Session, town: Town
) -> None:
    lesson = stories.lesson(session, "junior-drink")
    for position in range(stories.ASKED - 1):
        sent = stories.sent(session, town.lan, lesson, position, right=True)
        actions.answer(session, town.lan, lesson, position, sent, now=NOON)
    assert actions.open(session, town.lan, lesson, now=NOON).finished_at is None
    text = stories.write(session, lesson)
    session.delete(text.checkpoints[-1])
    session.flush()
    session.expire_all()

    for _time in range(2):
        visit = actions.open(session, town.lan, lesson, now=TOMORROW)

    assert visit.finished_at == TOMORROW
    assert actions.open(session, town.bo, lesson, now=NOON).finished_at is None
    told = tally(session)
    assert told[town.elm_7a.unit_id, local_day(TOMORROW)] == (0, 1)


def test_a_late_evening_counts_for_its_own_day(
    session: Session, town: Town, lesson: Lesson
) -> None:
    actions.open(session, town.lan, lesson, now=datetime.fromisoformat("2026-11-20T15:59:00+00:00"))
    actions.open(session, town.bo, lesson, now=datetime.fromisoformat("2026-11-20T16:01:00+00:00"))

    assert {day for _class, day in tally(session)} == {date(2026, 11, 20), date(2026, 11, 21)}


def test_what_was_begun_in_a_class_is_finished_there(
    session: Session, town: Town, lesson: Lesson
) -> None:
    answer(session, lesson, town.lan, 0, RIGHT)
    seat = accounts.own_enrolment(session, town.lan)
    seat.class_id = town.elm_7b.unit_id
    session.flush()

    answer(session, lesson, town.lan, 1, BOTH_RIGHT)

    assert tally(session) == {(town.elm_7a.unit_id, local_day(NOON)): (1, 1)}


def test_the_tally_can_be_made_again_from_the_facts(
    session: Session, town: Town, lesson: Lesson
) -> None:
    for pupil in (town.lan, town.bo, town.mei):
        answer(session, lesson, pupil, 0, RIGHT)
    answer(session, lesson, town.bo, 1, WRONG, now=TOMORROW)
    answer(session, lesson, town.mei, 1, WRONG)

    assert queries.tally_from_facts(session) == queries.tally_counted(session)
    assert sum(opened for opened, _finished in queries.tally_counted(session).values()) == 3


@pytest.mark.parametrize(
    ("position", "choice"), [(0, []), (0, [0, 1]), (0, [7]), (0, [-1]), (1, [0, 0])]
)
def test_what_cannot_be_chosen_is_not_kept(
    session: Session, town: Town, lesson: Lesson, position: int, choice: list[int]
) -> None:
    with pytest.raises(Invalid):
        answer(session, lesson, town.lan, position, choice)

    assert session.scalars(select(CheckpointAnswer)).all() == []


def test_a_lesson_has_no_more_checkpoints_than_it_has(
    session: Session, town: Town, lesson: Lesson
) -> None:
    with pytest.raises(Missing):
        answer(session, lesson, town.lan, 2, RIGHT)


def test_a_lesson_of_another_stage_is_not_there(
    session: Session, town: Town, lesson: Lesson
) -> None:
    other = queries.lesson(session, "for-children")

    with pytest.raises(Missing):
        actions.open(session, town.lan, other, now=NOON)
    with pytest.raises(Missing):
        reading.page(session, town.lan, other, "zh")
    assert reading.page(session, town.ms_chen, other, "zh").progress is None
    assert [
        card.key for shelf in queries.shelves_for(session, town.lan, "zh") for card in shelf.cards
    ] == ["say-no"]
    assert len(queries.shelves_for(session, town.officer_he, "zh")) == 2


def test_a_lesson_that_is_taken_out_is_not_there(
    session: Session, town: Town, lesson: Lesson
) -> None:
    lesson.retired_at = NOON
    session.flush()

    with pytest.raises(Missing):
        queries.lesson(session, "say-no")
    assert queries.shelves_for(session, town.lan, "zh") == []


def test_nothing_tells_right_from_wrong_before_the_answer(
    session: Session, town: Town, lesson: Lesson
) -> None:
    before = [
        block.stop for block in reading.page(session, town.lan, lesson, "zh").blocks if block.stop
    ]
    answer(session, lesson, town.lan, 1, WRONG)
    page = reading.page(session, town.lan, lesson, "zh")
    first, second = (block.stop for block in page.blocks if block.stop)

    assert [stop.told for stop in before] == [None, None]
    assert first.told is None
    assert second.told
    assert (second.told.is_right, second.told.feedback) == (False, ["not a"])
    assert second.told.explain == "因为 21"
    texts = {choice.key: choice.text for choice in second.told.posed.choices}
    assert {texts[key] for key in second.told.right} == {"right 21", "right too 21"}
    assert [texts[key] for key in second.told.posed.chosen] == ["wrong a21"]
    assert (page.done, page.checkpoints, page.progress) == ([2], 2, Progress.UNDER_WAY)


def test_what_was_answered_is_explained_as_it_was_asked(
    session: Session, town: Town, lesson: Lesson
) -> None:
    answer(session, lesson, town.lan, 0, RIGHT)
    question = make.asked(session, "one")
    old = bank.current(session, [question.id])[question.id]
    new = {**old.text["zh"], "stem": "新的问题", "explain": "新的原因"}
    session.add(
        Revision(
            question_id=question.id, number=2, state=old.state, origin=old.origin, digest="2" * 64,
            kind=old.kind, objective=old.objective, sources=[], as_of=old.as_of,
            review_by=old.review_by, text={"zh": new}, answer=[1], made_at=NOON,
        )
    )  # fmt: skip
    question.current = 2
    session.flush()

    stop = next(b.stop for b in reading.page(session, town.lan, lesson, "zh").blocks if b.stop)

    assert stop.posed.stem == "新的问题"
    assert stop.told
    assert (stop.told.is_right, stop.told.explain) == (True, "因为 20")
    assert answer(session, lesson, town.lan, 0, RIGHT).right is False


def test_staff_see_what_is_right_and_why_each_other_option_is_not(
    session: Session, town: Town, lesson: Lesson
) -> None:
    page = reading.page(session, town.ms_chen, lesson, "en")
    stop = next(block.stop for block in page.blocks if block.stop)

    assert stop.told
    assert (stop.told.is_right, stop.told.feedback) == (None, ["not a", "not b"])
    assert (page.progress, page.done, page.lang) == (None, [], "zh")
