"""How often pages are to save: at once, and more rarely while this process is busy.

Busy is seen from how many saves are inside at a time, by Little's law: the seconds that they took
together, for each second that passed. It shows wherever they wait: here, or at the database.
"""

import threading
import time
from collections.abc import Callable

from flask import Flask, current_app

PERIOD = 5.0  # Seconds over which it is measured.
MANY, FEW = 4.0, 1.0  # Saves inside at a time, of sixteen threads.
STEP, MOST = 2, 10  # Seconds between two saves of a page.


class Tempo:
    """The tempo of one process. `clock` gives seconds and never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.every = 0  # Seconds; 0: at once.
        self._clock, self._turn = clock, threading.Lock()
        self._since, self._spent = clock(), 0.0

    def took(self, seconds: float) -> None:
        """Note a save that took so long."""
        with self._turn:
            self._spent += seconds
            passed = self._clock() - self._since
            if passed >= PERIOD:
                self.every = after(self.every, inside=self._spent / passed)
                self._since, self._spent = self._clock(), 0.0


def after(every: int, *, inside: float) -> int:
    """Return the pause that follows one of `every` seconds with so many saves inside at a time."""
    if inside > MANY:
        return min(MOST, every + STEP)
    return max(0, every - STEP) if inside < FEW else every


def init_app(app: Flask) -> None:
    app.extensions["tempo"] = Tempo()


def took(seconds: float) -> None:
    tempo: Tempo = current_app.extensions["tempo"]
    tempo.took(seconds)


def save_every() -> int:
    """Return how many seconds a page is to let pass between two saves; 0: none."""
    tempo: Tempo = current_app.extensions["tempo"]
    return tempo.every
