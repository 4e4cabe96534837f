"""How figures, shares and times are written, in the reader's language."""

from collections.abc import Callable
from datetime import date, datetime

from flask_babel import format_date, format_datetime, format_decimal

from quizapp.core.i18n import current_locale


def share(value: float | None, digits: int = 1) -> str:
    """Return a share (0–1) as per cent: 0.8675 gives 86.8%; a dash stands for no rate."""
    return "—" if value is None else f"{value * 100:.{digits}f}%"


def number(value: float | None) -> str:
    return "—" if value is None else str(format_decimal(value))


def day(value: date | datetime | None) -> str:
    """Return 2026年11月21日 or 21 Nov 2026, in the time zone of the site."""
    if value is None:
        return "—"
    pattern = "y年M月d日" if current_locale() == "zh" else "d MMM y"
    return str(format_date(value, pattern))


def moment(value: datetime | None) -> str:
    """Return the day and the time to the minute, in the time zone of the site."""
    if value is None:
        return "—"
    pattern = "y年M月d日 HH:mm" if current_locale() == "zh" else "d MMM y, HH:mm"
    return str(format_datetime(value, pattern))


FILTERS: dict[str, Callable[..., str]] = {
    "day": day,
    "moment": moment,
    "number": number,
    "share": share,
}
