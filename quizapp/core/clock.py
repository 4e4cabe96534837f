"""The one clock, and the days of the place where the site stands. Entry points read it and pass
the time down."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import current_app

DAY = timedelta(days=1)


def now() -> datetime:
    return datetime.now(UTC)


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
