"""What may be set of a quiz: the words of its settings. Imports nothing of the other rooms."""

from enum import StrEnum


class Release(StrEnum):
    """From when on a pupil sees something of a result, the soonest first."""

    DURING = "during"  # Item by item, as soon as it is answered: practice, and quizzes of a class.
    AFTER_SUBMISSION = "after_submission"
    AFTER_CLOSE = "after_close"


class Counting(StrEnum):
    """Which of several attempts counts, in turnout and wherever a score is shown."""

    FIRST = "first"
    BEST = "best"
    LAST = "last"


class Layout(StrEnum):
    """How much of a form stands on a screen."""

    ONE = "one"  # One item; without scripts all of them, unless it only goes forward.
    ALL = "all"
