"""How a sitting goes at this moment, and how the time since a save is told."""

from datetime import timedelta

import pytest

from quizapp.home import rules


@pytest.mark.parametrize(
    ("within", "of", "seconds"),
    [
        ((5, 5, 5, 5, 5, 5, 5), 5, 10),
        ((0, 1, 2, 3, 4, 4, 4), 4, 30),
        ((0, 0, 0, 0, 0, 0, 2), 4, 300),
        ((0, 0, 0, 0, 0, 0, 1), 4, None),
    ],
)
def test_within_which_time_half_have_saved(
    within: tuple[int, ...], of: int, seconds: int | None
) -> None:
    assert rules.middle(within, of) == seconds


@pytest.mark.parametrize(
    ("is_open", "by_bell", "quiet", "pace"),
    [
        (True, False, 30, "saving"),
        (True, False, 31, "under_way"),
        (True, False, 181, "quiet"),
        (False, False, 500, "handed_in"),
        (False, True, 1, "bell"),
    ],
)
def test_how_a_sitting_goes(is_open: bool, by_bell: bool, quiet: int, pace: str) -> None:
    told = rules.pace(is_open=is_open, by_bell=by_bell, quiet=timedelta(seconds=quiet))

    assert told == pace


@pytest.mark.parametrize(("lag", "told"), [(-1, 0), (9, 10), (111, 120), (121, 180), (300, 300)])
def test_seconds_are_told_in_steps(lag: int, told: int) -> None:
    assert rules.told_as(timedelta(seconds=lag)) == told
