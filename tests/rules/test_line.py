"""The line in front of a worker, on a clock of its own."""

from collections.abc import Sequence

import pytest

from quizapp.web.line import LONGEST, QUIET, Line, Turn, returns_in


def line(rate: float = 2) -> Line:
    """Return a line in which a crowd has just used up all that was free."""
    made = Line(rate)
    while made.ask(1_000).comes_in:
        pass
    made.last = 1_000
    return made


def crowd(made: Line, count: int, now: float = 1_000) -> list[Turn]:
    return [made.ask(now) for _ in range(count)]


def test_after_a_quiet_time_a_class_comes_in_at_once() -> None:
    made = Line(4)

    turns = crowd(made, 4 * QUIET + 3)

    assert [turn.comes_in for turn in turns] == [True] * 4 * QUIET + [False] * 3
    assert [turn.place for turn in turns[-3:]] == [1, 2, 3]


def test_each_is_promised_the_next_free_slot() -> None:
    turns = crowd(line(2), 4)

    assert [turn.slot for turn in turns] == [1_000.5, 1_001, 1_001.5, 1_002]
    assert [turn.place for turn in turns] == [1, 2, 3, 4]


def test_who_is_due_comes_in_and_who_is_new_does_not_overtake() -> None:
    made = line(2)
    (first, second) = crowd(made, 2)

    assert not made.ask(first.slot).comes_in  # Somebody new, at that moment.
    assert made.ask(first.slot, first.slot).comes_in
    assert not made.ask(first.slot, second.slot).comes_in
    assert made.ask(second.slot, second.slot).comes_in


def test_a_promise_far_away_comes_true_sooner_when_the_others_stay_away() -> None:
    made = line(2)
    last = crowd(made, 200)[-1]
    assert last.slot == 1_100

    assert not made.ask(1_000 + QUIET / 3, last.slot).comes_in
    assert made.ask(1_000 + QUIET, last.slot).comes_in


def test_whoever_remembers_no_promise_is_not_shut_out_for_ever() -> None:
    """A program without cookies asks every second, and so do forty others."""
    made, inside, now = line(2), 0, 1_000.0
    for _second in range(120):
        now += 1
        inside += sum(made.ask(now).comes_in for _ in range(40))

    assert 2 * 90 <= inside <= 2 * 120 + 1


def test_nobody_can_promise_the_day_away() -> None:
    turns = crowd(line(2), 10_000)

    assert max(turn.slot for turn in turns) == 1_000 + LONGEST


def test_a_clock_that_is_set_back_shuts_nobody_out() -> None:
    made = line(2)
    crowd(made, 100)

    turn = made.ask(1_000 - 3_600)

    assert turn.slot <= 1_000 - 3_600 + LONGEST


def test_those_who_are_late_do_not_come_in_all_at_once() -> None:
    made = line(2)
    turns = crowd(made, 200)
    late = turns[-1].slot

    let_in = sum(made.ask(late, turn.slot).comes_in for turn in turns)

    assert let_in == 2 * 2 * QUIET  # What was free, and as much as a debt.


def test_without_room_even_who_is_due_waits_and_stays_due() -> None:
    made = line(2)
    (first,) = crowd(made, 1)

    turn = made.ask(first.slot, first.slot, has_room=False)

    assert (turn.comes_in, turn.slot, turn.place) == (False, first.slot, 1)
    assert made.ask(first.slot + 1, first.slot).comes_in


def test_everybody_gets_in_nearly_in_order_and_never_more_than_the_rate() -> None:
    """Three hundred come in the same second; each comes back when told to."""
    made, now = line(5), 1_000.0
    waiting = dict(enumerate(crowd(made, 300)))
    back = {child: now + returns_in(turn, now, chance=0.5) for child, turn in waiting.items()}
    came: list[tuple[float, int]] = []
    while waiting:
        now = min(back.values())
        child = min(back, key=lambda one: (back[one], one))
        turn = made.ask(now, waiting[child].slot)
        if turn.comes_in:
            came.append((now, child))
            del waiting[child], back[child]
        else:
            back[child] = now + returns_in(turn, now, chance=0.5)

    assert len(came) == 300
    assert most_within(came, 10) <= 5 * 10 + 5 * QUIET
    assert came[-1][0] <= 1_000 + 300 / 5 + 2 * QUIET
    places = [child for _at, child in came]
    assert max(abs(place - child) for place, child in enumerate(places)) <= 5 * 2 * QUIET


def most_within(came: Sequence[tuple[float, int]], seconds: float) -> int:
    return max(sum(at <= one <= at + seconds for one, _child in came) for at, _child in came)


@pytest.mark.parametrize(
    ("slot", "chance", "seconds"),
    [(0.5, 0, 1), (0.5, 0.9, 2), (7, 0, 7), (300, 0, 10), (300, 1, 15)],
)
def test_who_waits_long_looks_again_before(slot: float, chance: float, seconds: int) -> None:
    assert returns_in(Turn(False, 1_000 + slot, 1), 1_000, chance=chance) == seconds
