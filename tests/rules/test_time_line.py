"""The clock of the machine is set forward or back: the time of the site goes on as it was."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizapp.core.clock import HANDED_DOWN, STEP, TimeLine, _run, now

NOON = 1_795_000_000.0
HOUR = 3600.0


@pytest.mark.parametrize("step", [2 * HOUR, -HOUR, 6.0, -6.0])
def test_a_step_of_the_clock_moves_nothing(step: float) -> None:
    line = TimeLine(NOON)

    assert line.at(NOON + 10, 10) == NOON + 10
    assert line.at(NOON + step + 20, 20) == NOON + 20
    assert line.is_off
    assert line.at(NOON + step + HOUR, HOUR) == NOON + HOUR


def test_a_clock_that_is_set_back_right_is_believed_again() -> None:
    line = TimeLine(NOON)
    line.at(NOON + 2 * HOUR, 1)

    assert line.at(NOON + 2.5, 2) == NOON + 2.5
    assert not line.is_off


def test_a_clock_that_is_set_right_bit_by_bit_is_followed() -> None:
    line = TimeLine(NOON)

    for minute in range(1, 100):
        run, clock = minute * 60.0, NOON + minute * 60 + minute * 0.5
        assert line.at(clock, run) == pytest.approx(clock, abs=0.001)
    assert not line.is_off


@given(st.lists(st.tuples(st.floats(0.01, 600), st.floats(-1e6, 1e6)), max_size=40))
def test_no_deadline_comes_sooner_by_more_than_a_clock_is_set_right_by(
    asked: list[tuple[float, float]],
) -> None:
    """Whatever the clock says: from one look to the next passes what has really passed."""
    line, run, before = TimeLine(NOON), 0.0, NOON

    for passed, wrong_by in asked:
        run += passed
        told = line.at(NOON + run + wrong_by, run)
        assert abs(told - before - passed) <= STEP + 0.001
        before = told


def test_a_process_keeps_the_time_line_that_it_was_handed() -> None:
    """A worker that begins after a step of two hours does not believe the clock."""
    before_the_step = datetime.now(UTC) - timedelta(hours=2)
    line = str(before_the_step.timestamp() - _run())
    asked = "from quizapp.core.clock import is_off, now; print(is_off(), now().isoformat())"

    done = subprocess.run(
        [sys.executable, "-c", asked], env=os.environ | {HANDED_DOWN: line},
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    is_off, at = done.stdout.split()
    assert is_off == "True"
    assert abs(datetime.fromisoformat(at) - before_the_step) < timedelta(minutes=1)


def test_the_time_of_an_untouched_machine_is_its_clock() -> None:
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=1)
