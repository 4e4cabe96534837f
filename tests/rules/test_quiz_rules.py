"""What a quiz may be set to, as tables: which attempt counts, what is shown, what is locked."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from quizapp.bank.queries import PoolItem
from quizapp.quizzes import arranging, counting, feedback, locks, pausing, spacing
from quizapp.quizzes.arranging import Order
from quizapp.quizzes.counting import Tried
from quizapp.quizzes.feedback import Feedback, Shown
from quizapp.quizzes.locks import Lock, Standing
from quizapp.quizzes.rules import Counting, Release

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DURING, AFTER, CLOSE = Release
FIRST, BEST, LAST = Counting


@dataclass(frozen=True)
class Attempt:
    finished: bool | None
    score: int | None


@pytest.mark.parametrize(
    ("scores", "first", "best", "last"),
    [
        ([], None, None, None),
        ([None], None, None, None),
        ([60], 0, 0, 0),
        ([40, 80, 60], 0, 1, 2),
        ([80, 80], 0, 0, 1),
        ([None, 40, 90, None], 1, 2, 2),
    ],
)
def test_of_several_attempts_the_one_counts_that_the_quiz_says(
    scores: list[int | None], first: int | None, best: int | None, last: int | None
) -> None:
    """None: the bell closed it half empty, or it is open still."""
    tried = [Attempt(finished=score is not None, score=score) for score in scores]

    for which, place in ((FIRST, first), (BEST, best), (LAST, last)):
        expected = None if place is None else tried[place]
        assert counting.counting(tried, which) is expected


@pytest.mark.parametrize(
    ("which", "before", "one", "steps"),
    [
        (BEST, [], (20, True), (1, 1)),
        (BEST, [], (5, False), (1, 0)),
        (BEST, [(20, True)], (5, False), (0, 0)),
        (BEST, [(5, False)], (20, True), (0, 1)),
        (FIRST, [(5, False)], (20, True), (0, 0)),
        (LAST, [(5, False)], (20, True), (0, 1)),
        (LAST, [(20, True)], (5, False), (0, -1)),
        (LAST, [(20, True), (5, False)], (20, True), (0, 1)),
    ],
)
def test_what_another_attempt_adds_to_the_turnout(
    which: Counting, before: list[tuple[int, bool]], one: tuple[int, bool], steps: tuple[int, int]
) -> None:
    tried = [Tried(n, True, score, passed) for n, (score, passed) in enumerate([*before, one], 1)]

    assert counting.climbed(tried[:-1], tried[-1], which) == steps


@pytest.mark.parametrize(
    ("setting", "is_open", "is_told", "is_over", "expected"),
    [
        ((AFTER, AFTER, AFTER), True, False, False, (False, False, False)),
        ((AFTER, AFTER, AFTER), False, False, False, (True, True, True)),
        ((CLOSE, CLOSE, CLOSE), False, False, False, (False, False, False)),
        ((CLOSE, CLOSE, CLOSE), False, False, True, (True, True, True)),
        ((AFTER, CLOSE, CLOSE), False, False, False, (True, False, False)),
        ((AFTER, AFTER, CLOSE), False, False, False, (True, True, False)),
        ((CLOSE, CLOSE, CLOSE), True, True, True, (False, False, False)),
        ((DURING, DURING, DURING), True, False, False, (False, False, False)),
        ((DURING, DURING, DURING), True, True, False, (True, True, True)),
        ((DURING, AFTER, CLOSE), True, True, False, (True, False, False)),
        ((DURING, AFTER, CLOSE), False, True, False, (True, True, False)),
        ((AFTER, AFTER, AFTER), True, True, False, (False, False, False)),
    ],
)
def test_what_is_shown_when(
    setting: tuple[Release, Release, Release],
    is_open: bool, is_told: bool, is_over: bool,
    expected: tuple[bool, bool, bool],
) -> None:  # fmt: skip
    found = feedback.shown(
        Feedback(*setting),
        is_open=is_open, is_told=is_told, all_over=NOW if is_over else NOW + HOUR, now=NOW,
    )  # fmt: skip

    assert found == Shown(*expected)


def test_nothing_is_told_before_what_it_tells() -> None:
    for marks in Release:
        for key in Release:
            for why in Release:
                order = [feedback.ORDER.index(one) for one in (marks, key, why)]
                rises = order[0] <= order[1] <= order[2]
                assert Feedback(marks, key, why).is_in_order is rises


TOLD, PLAIN = Standing(seq=5, is_told=True), Standing(seq=5, is_told=False)


@pytest.mark.parametrize(
    ("standing", "changes", "forward_only", "expected"),
    [
        ({}, [(1, 1)], True, None),
        ({1: PLAIN, 2: PLAIN}, [(2, 6)], True, None),
        ({1: PLAIN, 2: PLAIN}, [(3, 1)], True, None),
        ({1: PLAIN, 3: PLAIN}, [(1, 6)], True, (1, Lock.PASSED)),
        ({1: PLAIN, 3: PLAIN}, [(2, 1)], True, (2, Lock.PASSED)),
        ({1: PLAIN, 3: PLAIN}, [(1, None)], True, (1, Lock.PASSED)),
        ({1: PLAIN, 3: PLAIN}, [(1, 6)], False, None),
        ({1: PLAIN, 3: PLAIN}, [(1, 5), (4, 1)], True, None),
        ({2: PLAIN}, [(3, 1), (4, 1), (3, 2)], True, None),
        ({1: TOLD}, [(1, 6)], False, (1, Lock.TOLD)),
        ({1: TOLD}, [(1, 5), (2, 1)], False, None),
        ({1: TOLD}, [(2, 1), (1, None)], False, (1, Lock.TOLD)),
    ],
)
def test_an_answer_that_was_passed_or_told_stays(
    standing: dict[int, Standing], changes: list[tuple[int, int | None]],
    forward_only: bool, expected: tuple[int, Lock] | None,
) -> None:  # fmt: skip
    assert locks.first_locked(changes, standing, forward_only=forward_only) == expected


def test_a_mistake_that_is_right_again_and_again_leaves_the_collection() -> None:
    box, today, waits = spacing.FIRST, date(2026, 11, 20), []
    while not spacing.is_learned(box):
        box = spacing.box_after(box, is_right=True)
        waits.append((spacing.due_on(box, today) - today).days)

    assert waits[:4] == [2, 4, 8, 16]
    assert len(waits) == spacing.LAST
    assert spacing.box_after(4, is_right=False) == spacing.FIRST
    assert spacing.due_on(spacing.FIRST, today) == date(2026, 11, 21)


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ([(-2, 2)], 0),
        ([(-2, 2), (-1, 3)], 1),
        ([(-9, -8), (-1, 3)], 1),
        ([(-9, -8), (2, 3), (1, 4)], 2),
        ([(-9, -8), (-7, -6)], 1),
    ],
)
def test_a_pupil_who_may_make_up_is_concerned_by_the_window_that_helps(
    windows: list[tuple[int, int]], expected: int
) -> None:
    made = [pausing.Standing(NOW + HOUR * opens, NOW + HOUR * closes) for opens, closes in windows]

    assert pausing.concerning(made, NOW) == made[expected]


POOL = [
    PoolItem(UUID(int=n), topic, difficulty)
    for n, (topic, difficulty) in enumerate([("law", 3), ("refusal", 1), ("law", 1), ("law", 2)])
]
FORM = [item.revision_id for item in POOL]
QUIZ, OTHER = UUID(int=9), UUID(int=8)


def test_items_that_are_not_shuffled_go_from_easy_to_hard() -> None:
    form = arranging.from_easy_to_hard(FORM, POOL)
    dealt = arranging.dealt(form, 70, Order(QUIZ, shuffle_items=False))

    assert form == [FORM[2], FORM[1], FORM[3], FORM[0]]
    assert [revision for revision, _seed in dealt] == form
    assert sorted(dealt) == sorted(arranging.dealt(form, 70, Order(QUIZ)))


def test_options_that_are_not_shuffled_stand_the_same_for_everybody() -> None:
    def seeds(quiz: UUID, seed: int) -> dict[UUID, int]:
        return dict(arranging.dealt(FORM, seed, Order(quiz, shuffle_options=False)))

    assert seeds(QUIZ, 70) == seeds(QUIZ, 71)
    assert len(set(seeds(QUIZ, 70).values())) == len(FORM)
    assert seeds(QUIZ, 70) != seeds(OTHER, 70)
    assert all(0 <= seed < 2**32 for seed in seeds(QUIZ, 70).values())
