"""When a question that went wrong is asked again. Values in, values out."""

from datetime import date, timedelta

FIRST = 1
LAST = 5
DAY = timedelta(days=1)


def box_after(box: int, *, is_right: bool) -> int:
    """Return the box in which a question lies after an answer: one further, or the first again.

    The card boxes of S. Leitner, So lernt man lernen (Herder, 1972). Right in the last box it
    leaves them: LAST + 1.
    """
    return box + 1 if is_right else FIRST


def due_on(box: int, today: date) -> date:
    """Return the day on which it is asked again: tomorrow, and each box waits twice as long.

    What is repeated with days between is remembered better than what is repeated at once: Cepeda
    et al., Psychological Bulletin 132 (2006), 354–380. That they double is custom, not from there.
    """
    return today + DAY * (1 << box - 1)


def is_learned(box: int) -> bool:
    return box > LAST
