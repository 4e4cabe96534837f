"""The one clock, and the days of the place where the site stands. Entry points read it and pass
the time down."""

import os
import time as machine
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app

DAY = timedelta(days=1)
STEP = 5.0  # Seconds: by less a clock is set right while it runs.
# The processes of a server have one time line: those that begin after a step must not believe it.
HANDED_DOWN = "QUIZAPP_TIME_LINE"


class TimeLine:
    """The time of the machine, as long as nobody sets its clock forward or back.

    A step would close sittings early, or hold them open. It is told from the seconds that the
    machine has run: after one the line goes on as it was, until the clock is back or the site is
    started anew.
    """

    def __init__(self, start: float) -> None:
        self._start = start  # What the clock said when the machine began to run.
        self.is_off = False

    def at(self, clock: float, run: float) -> float:
        """Return the time: seconds since 1970, like `clock`; `run`: seconds that it has run."""
        self.is_off = abs(clock - run - self._start) > STEP
        if not self.is_off:
            self._start = clock - run
        return self._start + run

    def __str__(self) -> str:
        return repr(self._start)


def _run() -> float:
    """Return for how many seconds the machine has run, asleep or awake."""
    return machine.clock_gettime(machine.CLOCK_BOOTTIME)


_line = TimeLine(float(os.environ.get(HANDED_DOWN) or machine.time() - _run()))


def now() -> datetime:
    return datetime.fromtimestamp(_line.at(machine.time(), _run()), UTC)


def is_off() -> bool:
    """Whether the clock of the machine was set while the site ran, and is not believed."""
    now()
    return _line.is_off


def hand_down() -> None:
    """Let the processes that this one begins keep its time line."""
    os.environ[HANDED_DOWN] = str(_line)


def zone() -> ZoneInfo:
    """Return the time zone of the site, by which days, terms and `as_of` are counted."""
    return ZoneInfo(current_app.config["QUIZAPP"].timezone)


def local_day(at: datetime) -> date:
    return at.astimezone(zone()).date()


def start_of(day: date) -> datetime:
    """Return the instant at which the local day begins."""
    return datetime.combine(day, time.min, zone()).astimezone(UTC)


def end_of(day: date) -> datetime:
    """Return the first instant after the local day: "as of D" is everything before it."""
    return start_of(day + DAY)


def school_year(day: date) -> int:
    """Return the year in which the school year of that day began; it starts on 1 September."""
    return day.year if day.month >= 9 else day.year - 1


def first_day(year: int) -> date:
    """Return the day on which the school year begins."""
    return date(year, 9, 1)


def this_school_year() -> int:
    return school_year(local_day(now()))
