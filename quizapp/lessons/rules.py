"""How far a pupil has come, under which seed a checkpoint is asked, terms and class hours."""

from collections.abc import Collection
from datetime import date
from enum import StrEnum
from uuid import UUID

from quizapp.orgs.rules import Stage

LEAST = 10  # How many must stand behind what is told of a class: see decision 0012.
BATCH = 5  # By how many at once such a count grows: one more would tell what that one did.
LEAST_WRONG = 2  # One slip is no reason to worry anybody.
HOUR = {Stage.PRIMARY: 40}  # Minutes of a class hour (课时); 45 above primary school.


class Progress(StrEnum):
    NOT_STARTED = "not_started"
    UNDER_WAY = "under_way"
    DONE = "done"


def seed(reader_id: UUID, question_id: UUID) -> int:
    """Return the seed of a question for a reader: the same every time, whatever its revision."""
    return reader_id.int ^ question_id.int


def told_of(count: int) -> int:
    """Return how many of so many may be told about: none under ten, and then by fives."""
    return count - count % BATCH if count >= LEAST else 0


def needs_help(right: Collection[bool]) -> bool:
    """Whether a pupil should look at a lesson again, given the last try at each checkpoint.

    At least two checkpoints wrong, and at least half of those that were answered. What is still
    open says nothing, nor how long it took.
    """
    wrong = sum(not each for each in right)
    return wrong >= LEAST_WRONG and 2 * wrong >= len(right)


def term(day: date) -> int:
    """Return the term of a day: 1 from September to January, 2 from February to August."""
    return 2 if 2 <= day.month <= 8 else 1


def term_days(school_year: int, number: int) -> tuple[date, date]:
    """Return the first and the last day of a term, both within it; together they are the year."""
    if number == 1:
        return date(school_year, 9, 1), date(school_year + 1, 1, 31)
    return date(school_year + 1, 2, 1), date(school_year + 1, 8, 31)


def hour_of(stage: Stage) -> int:
    """Return the minutes of a class hour: 40 in primary school, 45 above."""
    return HOUR.get(stage, 45)


def class_hours(minutes: int, stage: Stage) -> float:
    """Return how many class hours so many minutes are. Two halves of an hour make one."""
    return minutes / hour_of(stage)
