"""`quizapp` on a machine whose wall clock is set while it runs; what it has run is left alone.

`python -m tests.faults.stepped FILE serve …`: the file says by how many seconds the clock is off,
and is read each time that somebody asks what time it is.
"""

import sys
import time
from datetime import datetime, tzinfo
from pathlib import Path

from quizapp.app import main
from quizapp.core import clock

RIGHT = time.time


def step(file: Path) -> None:
    """Show this process, and those that it forks, the time of the file."""

    def shown() -> float:
        return RIGHT() + float(file.read_text("ascii"))

    class Stepped(datetime):
        fromtimestamp = staticmethod(datetime.fromtimestamp)  # type: ignore[assignment]

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp(shown(), tz)

    time.time, time.time_ns = shown, lambda: int(shown() * 10**9)
    clock.datetime = Stepped  # type: ignore[attr-defined]


if __name__ == "__main__":
    step(Path(sys.argv.pop(1)))
    main()
