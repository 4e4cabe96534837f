"""What the clock has missed, and how long work rests that failed."""

from datetime import UTC, datetime, timedelta

import pytest
from huey import crontab

from quizapp.jobs.rules import MOST_TRIES, missed, pause

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EACH_MINUTE = crontab(minute="*")
AT_NIGHT = crontab(minute="30", hour="19")


@pytest.mark.parametrize(
    ("since", "now", "expected"),
    [
        (NOON, NOON + timedelta(seconds=100), None),  # The clock may still call.
        (NOON, NOON + timedelta(seconds=105), NOON + timedelta(minutes=1)),
        (NOON, NOON + timedelta(minutes=9), NOON + timedelta(minutes=8)),  # Once, not eight times.
        (NOON + timedelta(minutes=1), NOON + timedelta(seconds=110), None),
        (NOON - timedelta(days=30), NOON, NOON - timedelta(minutes=1)),
    ],
)
def test_a_minute_that_nobody_called_is_found(
    since: datetime, now: datetime, expected: datetime | None
) -> None:
    assert missed(EACH_MINUTE, since=since, now=now) == expected


def test_a_night_is_made_up_for_within_a_day() -> None:
    last = datetime(2026, 11, 18, 19, 30, tzinfo=UTC)

    assert missed(AT_NIGHT, since=last, now=NOON) == datetime(2026, 11, 19, 19, 30, tzinfo=UTC)
    assert missed(AT_NIGHT, since=datetime(2026, 11, 19, 19, 30, tzinfo=UTC), now=NOON) is None


def test_work_that_failed_rests_longer_each_time_and_is_given_up() -> None:
    rests = [pause(tries) for tries in range(1, MOST_TRIES + 1)]

    assert rests == [timedelta(seconds=30), timedelta(minutes=5), None]
