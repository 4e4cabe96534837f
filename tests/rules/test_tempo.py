"""How often pages are to save: the pause grows while many saves are inside, and goes again."""

import pytest

from quizapp.web.tempo import MOST, PERIOD, Tempo, after


@pytest.mark.parametrize(
    ("every", "inside", "then"),
    [
        (0, 0.2, 0), (0, 4.0, 0), (0, 4.1, 2), (2, 9.0, 4), (10, 16.0, 10),
        (10, 1.0, 10), (10, 0.9, 8), (2, 0.0, 0),
    ],
)  # fmt: skip
def test_the_pause_after_a_pause(every: int, inside: float, then: int) -> None:
    assert after(every, inside=inside) == then


def test_it_is_told_by_the_time_that_saves_take_together() -> None:
    at = [0.0]
    tempo = Tempo(lambda: at[0])

    def pass_by(saves: int, each: float) -> int:
        for _save in range(saves - 1):
            tempo.took(each)
        at[0] += PERIOD
        tempo.took(each)
        return tempo.every

    assert pass_by(1000, 0.002) == 0, "many quick ones are no load"
    assert [pass_by(500, 0.05) for _period in range(6)] == [2, 4, 6, 8, 10, MOST]
    assert pass_by(200, 0.05) == MOST, "two at a time: it stays"
    assert [pass_by(100, 0.002) for _period in range(6)] == [8, 6, 4, 2, 0, 0]
