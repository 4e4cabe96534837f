"""What a pause and more time do to ends and deadlines, as tables."""

from datetime import UTC, datetime, timedelta

import pytest

from quizapp.quizzes.pausing import Standing, moved, to_lose
from quizapp.quizzes.timing import Phase

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
WINDOW = Standing(opens=NOON - timedelta(hours=1), closes=NOON + timedelta(minutes=30))


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def minutes(of: datetime) -> float:
    return (of - NOON).total_seconds() / 60


@pytest.mark.parametrize(
    ("deadline", "after"),
    [(8, 18), (0.1, 10.1), (-0.5, 9.5), (-1, 9), (-1.1, -1.1)],  # The grace is one minute.
)
def test_a_pause_moves_what_is_in_time(deadline: float, after: float) -> None:
    assert minutes(moved(at(deadline), timedelta(minutes=10), still_open=NOON)) == after


@pytest.mark.parametrize(
    ("ends", "left", "closes"), [(0, 8, 30), (4, 8, 34), (9.5, 8, 39.5), (10, 8, 40), (13, 5, 40)]
)
def test_the_end_of_a_pause_moves_deadlines_by_its_length(
    ends: float, left: float, closes: float
) -> None:
    """Begun at noon for ten minutes, with eight minutes left to a pupil."""
    paused = WINDOW.pause(timedelta(minutes=10), NOON)
    deadline = moved(at(8), timedelta(minutes=10), still_open=NOON)
    ended = paused
    if paused.is_paused(at(ends)):
        assert paused.paused_until
        deadline = moved(deadline, -paused.left(at(ends)), still_open=paused.paused_until)
        ended = paused.resume(at(ends))

    assert not ended.is_paused(at(ends))
    assert ended.seconds_left(deadline, at(ends)) == left * 60
    assert minutes(ended.closes) == closes


def test_what_a_pause_did_not_move_its_end_does_not_move_back() -> None:
    paused = WINDOW.pause(timedelta(minutes=10), NOON)
    assert paused.paused_until

    assert moved(at(-2), -timedelta(minutes=9), still_open=paused.paused_until) == at(-2)


@pytest.mark.parametrize(
    ("now", "seconds", "is_paused"),
    [(0, 480, True), (9, 480, True), (10, 480, False), (12, 360, False)],
)
def test_a_pause_stands_still_and_ends_by_itself(now: float, seconds: int, is_paused: bool) -> None:
    paused = WINDOW.pause(timedelta(minutes=10), NOON)

    assert paused.seconds_left(at(18), at(now)) == seconds
    assert paused.is_paused(at(now)) is is_paused


@pytest.mark.parametrize(("steps", "closes"), [((5,), 35), ((5, 10), 45), ((5, -5), 30)])
def test_more_time_moves_the_end_of_the_school(steps: tuple[int, ...], closes: int) -> None:
    standing = WINDOW
    for more in steps:
        standing = standing.extend(timedelta(minutes=more))

    assert minutes(standing.closes) == closes
    assert standing.phase(at(closes - 0.1)) is Phase.OPEN
    assert standing.phase(at(closes)) is Phase.OVER


@pytest.mark.parametrize(("deadline", "after"), [(20, 10), (11, 1), (10.9, 10.9), (3, 3)])
def test_taking_time_back_leaves_everybody_a_minute(deadline: float, after: float) -> None:
    more = timedelta(minutes=10)

    assert minutes(moved(at(deadline), -more, still_open=to_lose(more, NOON))) == after
