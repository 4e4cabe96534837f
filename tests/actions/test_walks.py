"""Walking through a scenario: where a pupil stands, what counts, and what a class is told of it."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, ActorKind, Role
from quizapp.accounts import queries as accounts
from quizapp.core.errors import Conflict, Missing
from quizapp.lessons import actions, courses, queries, reading, walks
from quizapp.lessons.models import Lesson, Visit, Walk
from quizapp.lessons.rules import BATCH, LEAST, Progress
from quizapp.lessons.scenarios import Skill
from quizapp.lessons.walks import Tally
from quizapp.orgs.models import SchoolClass
from tests import make, stories
from tests.town import NOON, Town

LATER = NOON + timedelta(days=1)


@pytest.fixture
def lesson(session: Session, town: Town) -> Lesson:
    return stories.lesson(session, "junior-drink")


def classmates(session: Session, of: SchoolClass, count: int) -> list[Actor]:
    made = [make.pupil(session, of, name=f"同学{number}") for number in range(count)]
    held = ((Role.PUPIL, of.path),)
    return [Actor(one.id, ActorKind.PUPIL, one.name, held, one.school_id) for one in made]


def tally(session: Session, of: SchoolClass, lesson: Lesson) -> Tally:
    return walks.tally(session, of, lesson, "zh")


def test_a_pupil_stands_where_the_choices_lead_and_comes_back_there(
    session: Session, town: Town, lesson: Lesson
) -> None:
    walks.go(session, town.lan, lesson, "1", now=NOON)
    walks.go(session, town.lan, lesson, "10", now=NOON)

    story = next(b.story for b in reading.page(session, town.lan, lesson, "zh").blocks if b.story)
    assert (story.path, story.scene.id, story.then) == ("10", "outside", "你站了起来")
    assert (story.skills, story.has_ended) == ([Skill.LEAVE], True)
    assert session.get_one(Visit, (town.lan.school_id, town.lan.id, lesson.id)).finished_at is None
    other = next(b.story for b in reading.page(session, town.bo, lesson, "zh").blocks if b.story)
    assert (other.path, other.scene.id, other.then, other.has_ended) == ("", "table", "", False)


def test_only_the_first_way_to_an_ending_counts(
    session: Session, town: Town, lesson: Lesson
) -> None:
    for path in ("1", "", "11", "", "0"):
        walk = walks.go(session, town.lan, lesson, path, now=NOON)
    again = walks.go(session, town.lan, lesson, "0", now=LATER)

    assert (again.path, again.first, again.ended_at) == ("0", "11", NOON)
    assert walk is again
    assert walks.has_ended(session, town.lan, lesson)
    assert not walks.has_ended(session, town.bo, lesson)


@pytest.mark.parametrize("path", ["2", "00", "x", "１", "0" * 50, "-1"])
def test_a_way_that_is_not_there_is_not_gone(
    session: Session, town: Town, lesson: Lesson, path: str
) -> None:
    walks.go(session, town.lan, lesson, "1", now=NOON)

    with pytest.raises(Missing):
        walks.go(session, town.lan, lesson, path, now=NOON)

    assert session.get_one(Walk, (town.lan.school_id, town.lan.id, lesson.id)).path == "1"


def test_a_new_text_begins_anew(session: Session, town: Town, lesson: Lesson) -> None:
    walks.go(session, town.lan, lesson, "11", now=NOON)
    stories.write(session, lesson)

    story = next(b.story for b in reading.page(session, town.lan, lesson, "zh").blocks if b.story)
    assert (story.path, story.has_ended) == ("", False)
    assert not walks.has_ended(session, town.lan, lesson)
    walk = walks.go(session, town.lan, lesson, "1", now=LATER)
    assert (walk.path, walk.first, walk.ended_at) == ("1", None, None)


def test_a_class_is_told_counts_once_ten_have_walked(
    session: Session, town: Town, lesson: Lesson
) -> None:
    pupils = classmates(session, town.elm_7a, LEAST)
    ways = ["0"] * 5 + ["10"] * 3 + ["11"] * 2
    for pupil, way in zip(pupils[:-1], ways, strict=False):
        walks.go(session, pupil, lesson, way, now=NOON)
    walks.go(session, town.mei, lesson, "11", now=NOON)
    walks.go(session, town.tao, lesson, "11", now=NOON)
    walks.go(session, town.lan, lesson, "1", now=NOON)
    before = tally(session, town.elm_7a, lesson)
    walks.go(session, pupils[-1], lesson, ways[-1], now=NOON)
    told = tally(session, town.elm_7a, lesson)

    assert (before.counted, before.forks, before.endings) == (0, [], [])
    assert told.counted == LEAST
    assert [(f.reached, [c.count for c in f.choices]) for f in told.forks] == [
        (10, [5, 5]), (5, [3, 2]),
    ]  # fmt: skip
    assert [choice.share for choice in told.forks[1].choices] == [0.6, 0.4]
    assert [(one.ending, one.count, one.share) for one in told.endings] == [
        ("good", 8, 0.8), ("mixed", 2, 0.2),
    ]  # fmt: skip


def test_who_watches_the_counts_does_not_see_one_choice(
    session: Session, town: Town, lesson: Lesson
) -> None:
    pupils = classmates(session, town.elm_7a, LEAST + BATCH)
    told = []
    for minutes, pupil in enumerate(pupils):
        path = "0" if minutes < LEAST else "11"
        walks.go(session, pupil, lesson, path, now=NOON + timedelta(minutes=minutes))
        told.append([one.count for one in tally(session, town.elm_7a, lesson).endings])

    assert told == [[]] * 9 + [[10, 0]] * 5 + [[10, 5]]


def test_the_choice_of_somebody_who_has_gone_is_counted_among_the_first(
    session: Session, town: Town, lesson: Lesson
) -> None:
    pupils = classmates(session, town.elm_7a, LEAST + 1)
    for minutes, pupil in enumerate(pupils):
        path = "0" if minutes < LEAST else "11"
        walks.go(session, pupil, lesson, path, now=NOON + timedelta(minutes=minutes))
    last = session.get_one(Walk, (pupils[-1].school_id, pupils[-1].id, lesson.id))
    last.ended_at = None
    session.flush()

    assert [one.count for one in tally(session, town.elm_7a, lesson).endings] == [9, 1]


def test_an_earlier_text_is_not_counted(session: Session, town: Town, lesson: Lesson) -> None:
    for pupil in classmates(session, town.elm_7a, LEAST):
        walks.go(session, pupil, lesson, "0", now=NOON)
    assert tally(session, town.elm_7a, lesson).forks
    stories.write(session, lesson)

    assert tally(session, town.elm_7a, lesson).counted == 0


def test_a_walk_counts_in_the_class_in_which_it_ended(
    session: Session, town: Town, lesson: Lesson
) -> None:
    for pupil in classmates(session, town.elm_7a, LEAST):
        walks.go(session, pupil, lesson, "0", now=NOON)
    for pupil in classmates(session, town.elm_7b, LEAST - 1):
        walks.go(session, pupil, lesson, "0", now=NOON)
    walks.go(session, town.lan, lesson, "1", now=NOON)
    seat = accounts.own_enrolment(session, town.lan)
    seat.class_id = town.elm_7b.unit_id
    session.flush()
    walks.go(session, town.lan, lesson, "11", now=LATER)

    assert [one.count for one in tally(session, town.elm_7a, lesson).endings] == [10, 0]
    assert [one.count for one in tally(session, town.elm_7b, lesson).endings] == [9, 1]


def answer(session: Session, pupil: Actor, lesson: Lesson, position: int, *, right: bool) -> None:
    letters = stories.sent(session, pupil, lesson, position, right=right)
    actions.answer(session, pupil, lesson, position, letters, now=NOON)


def test_what_comes_before_must_be_done_first(session: Session, town: Town) -> None:
    first, second, third = (stories.lesson(session, f"junior-{n}") for n in range(3))
    stories.course(session, [first, second, third])
    session.expire_all()

    with pytest.raises(Conflict):
        actions.open(session, town.lan, second, now=NOON)
    with pytest.raises(Conflict):
        walks.go(session, town.lan, second, "0", now=NOON)
    actions.open(session, town.lan, third, now=NOON)
    for position in range(stories.ASKED):
        answer(session, town.lan, first, position, right=False)

    actions.open(session, town.lan, second, now=NOON)
    assert courses.before(session, town.lan, second, locale="zh", now=NOON) is None
    answer(session, town.bo, first, 0, right=True)  # Begun is not done.
    told = courses.before(session, town.bo, second, locale="zh", now=NOON)
    assert told
    assert told.key == "junior-0"


def test_what_a_teacher_assigns_is_open_as_long_as_it_runs(session: Session, town: Town) -> None:
    first, second = stories.lesson(session, "junior-0"), stories.lesson(session, "junior-1")
    stories.course(session, [first, second])
    make.campaign(session, town.elm_7a.unit, now=NOON, lessons=[second])

    assert courses.before(session, town.lan, second, locale="zh", now=NOON) is None
    assert courses.before(session, town.tao, second, locale="zh", now=NOON)
    after = NOON + timedelta(days=8)
    assert courses.before(session, town.lan, second, locale="zh", now=after)
    actions.open(session, town.lan, second, now=NOON)
    assert courses.before(session, town.lan, second, locale="zh", now=after) is None


def test_who_needs_help_is_found_by_the_last_try(
    session: Session, town: Town, lesson: Lesson
) -> None:
    for position, right in enumerate([False, False, True]):
        answer(session, town.lan, lesson, position, right=right)
        answer(session, town.bo, lesson, position, right=right)
    answer(session, town.bo, lesson, 0, right=True)
    pupils = [town.lan.id, town.bo.id]

    assert courses.needing_help(session, town.lan.school_id, pupils) == {(town.lan.id, lesson.id)}
    page = reading.page(session, town.lan, lesson, "zh")
    assert (page.again, page.next, page.progress) == ([0, 1], 3, Progress.UNDER_WAY)
    assert reading.page(session, town.bo, lesson, "zh").again == []
    assert courses.needing_help(session, town.mei.school_id, pupils) == set()


def test_a_course_says_where_to_go_on(session: Session, town: Town) -> None:
    lessons = [stories.lesson(session, f"junior-{n}") for n in range(4)]
    more = stories.lesson(session, "junior-more")
    stories.course(session, lessons)
    session.expire_all()

    begin = courses.journey(session, town.lan, locale="zh", now=NOON)
    for position in range(stories.ASKED):
        answer(session, town.lan, lessons[0], position, right=True)
    next_one = courses.journey(session, town.lan, locale="zh", now=NOON)
    answer(session, town.lan, more, 0, right=True)
    under_way = courses.journey(session, town.lan, locale="zh", now=NOON)
    june = courses.journey(session, town.lan, locale="zh", now=NOON.replace(year=2027, month=6))

    assert begin.onward
    assert (begin.onward.card.key, begin.onward.is_begun) == ("junior-0", False)
    assert [[s.card.key for s in term.steps] for term in begin.plans[0].terms] == [
        ["junior-0", "junior-1"], ["junior-2", "junior-3"],
    ]  # fmt: skip
    answer(session, town.bo, lessons[0], 0, right=True)
    begun = courses.journey(session, town.bo, locale="zh", now=NOON)
    assert begun.plans[0].steps[1].before
    assert next_one.plans[0].steps[1].before is None
    steps = begin.plans[0].steps
    assert [step.before.key if step.before else None for step in steps] == [
        None, "junior-0", None, None,
    ]  # fmt: skip
    assert [step.card.key for step in begin.more] == ["junior-more"]
    assert next_one.onward
    assert next_one.onward.card.key == "junior-1"
    assert under_way.onward
    assert (under_way.onward.card.key, under_way.onward.position) == ("junior-more", 1)
    assert [(term.number, term.is_now) for term in june.plans[0].terms] == [(2, True), (1, False)]
    assert [step.is_due for step in june.plans[0].steps] == [False, True, False, False]
    assert queries.progress(session, town.lan)[more.id] is Progress.UNDER_WAY
