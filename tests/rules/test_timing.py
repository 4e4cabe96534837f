"""When a sitting ends, and what still counts."""

from datetime import UTC, datetime, timedelta

from quizapp.quizzes import timing
from quizapp.quizzes.timing import Phase

BELL = datetime(2026, 6, 26, 9, 10, tzinfo=UTC)
A_MOMENT = timedelta(milliseconds=1)


def test_a_window_is_open_from_its_first_moment_until_before_its_last() -> None:
    opens = BELL - timedelta(hours=1)

    assert timing.phase(opens, BELL, opens - A_MOMENT) is Phase.COMING
    assert timing.phase(opens, BELL, opens) is Phase.OPEN
    assert timing.phase(opens, BELL, BELL - A_MOMENT) is Phase.OPEN
    assert timing.phase(opens, BELL, BELL) is Phase.OVER


def test_an_answer_in_the_grace_period_still_counts() -> None:
    assert timing.in_time(BELL, now=BELL + timing.GRACE)
    assert not timing.in_time(BELL, now=BELL + timing.GRACE + A_MOMENT)


def test_an_answer_after_the_bell_is_marked_late() -> None:
    assert not timing.is_late(BELL, now=BELL)
    assert timing.is_late(BELL, now=BELL + A_MOMENT)


def test_a_sitting_ends_with_its_minutes_or_with_the_window() -> None:
    began = BELL - timedelta(minutes=4)

    assert timing.deadline(began, 3, BELL) == BELL - timedelta(minutes=1)
    assert timing.deadline(began, 10, BELL) == BELL


def test_a_pupil_with_more_time_has_it_at_the_end_of_the_window_too() -> None:
    with_the_bell, late = BELL - timedelta(minutes=10), BELL - timedelta(minutes=4)

    def ends(began: datetime, extra: int) -> datetime:
        return timing.deadline(began, 10, BELL, extra_percent=extra)

    assert ends(BELL - timedelta(hours=1), 25) == BELL - timedelta(minutes=47.5)
    assert ends(with_the_bell, 50) == BELL + timedelta(minutes=5)
    assert ends(late, 50) == BELL + timedelta(minutes=5)
    assert ends(BELL - A_MOMENT, 200) == BELL + timedelta(minutes=20)


def test_all_is_over_only_when_nobody_can_be_writing_any_more() -> None:
    """The key is shown from then on; a quiz called off leaves those under way their time."""
    began = BELL - A_MOMENT
    latest = timing.deadline(began, 10, BELL + timedelta(days=1), extra_percent=timing.MOST_EXTRA)

    assert not timing.in_time(latest, timing.all_over(BELL, 10))


def test_the_time_left_never_falls_below_nothing() -> None:
    assert timing.seconds_left(BELL, BELL - timedelta(seconds=90)) == 90
    assert timing.seconds_left(BELL, BELL + timedelta(seconds=90)) == 0
