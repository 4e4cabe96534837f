"""How many stand on each rung, and what that says."""

import pytest

from quizapp.reports.ladder import UNKNOWN, Ladder, Status


def test_two_schools_are_added_rung_by_rung() -> None:
    elm = Ladder(base=100, signed_in=90, opened=80, finished=75, valid=74, passed=60)
    oak = Ladder(base=50, signed_in=40, opened=30, finished=25, valid=24, passed=20)

    assert elm + oak == Ladder(150, 130, 110, 100, 98, 80)


def test_a_rate_is_that_of_the_sums_and_no_mean_of_rates() -> None:
    large = Ladder(1000, 900, 900, 900, 900, 900)
    small = Ladder(10, 1, 1, 1, 1, 1)

    assert (large + small).rate == pytest.approx(901 / 1010)


def test_a_sum_with_an_unknown_base_has_no_base_and_no_rate() -> None:
    unsigned = Ladder(base=None, signed_in=5, opened=5, finished=5, valid=5, passed=5)

    together = unsigned + Ladder(100, 80, 80, 80, 80, 80)

    assert together == Ladder(None, 85, 85, 85, 85, 85)
    assert together.rate is None


@pytest.mark.parametrize("nobody", [Ladder(0, 0, 0, 0, 0, 0), UNKNOWN, Ladder(10)])
def test_there_is_no_rate_without_people_or_without_counts(nobody: Ladder) -> None:
    assert nobody.rate is None
    assert nobody.passed_share is None
    assert nobody.status(90) is None


def test_a_rate_above_one_is_not_capped_and_is_a_fault() -> None:
    ladder = Ladder(100, 103, 103, 103, 100, 90)

    assert ladder.rate == pytest.approx(1.03)
    assert ladder.over
    assert not Ladder(103, 103, 103, 103, 100, 90).over


def test_those_on_no_roll_who_finished_are_a_fault_too() -> None:
    assert Ladder(0, 4, 4, 4, 4, 4).over
    assert not Ladder(None, 4, 4, 4, 4, 4).over


def test_the_passed_share_is_of_those_who_finished() -> None:
    assert Ladder(100, 90, 80, 50, 45, 40).passed_share == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("finished", "target", "expected"),
    [
        (90, 90, Status.REACHED),
        (89, 90, Status.CLOSE),
        (80, 90, Status.CLOSE),
        (79, 90, Status.BEHIND),
        (70, 80, Status.CLOSE),  # In floating point 0.8 - 0.1 is more than 0.7.
        (0, 5, Status.CLOSE),
        (130, 90, Status.REACHED),
    ],
)
def test_a_rate_reaches_its_target_is_close_or_behind(
    finished: int, target: int, expected: Status
) -> None:
    assert Ladder(100, 100, 100, finished, 0, 0).status(target) is expected
