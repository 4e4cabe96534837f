"""The kinds, stages and pools of questions."""

from collections.abc import Sequence
from enum import StrEnum

# What a pupil chose: numbers of options, from 0, or a word in `fill`. In `order` the numbers stand
# in the order given; in `match` each option has the number of its partner, GAP while it has none.
# A partner has the number of its option; those of nobody come after them.
Choice = Sequence[int] | str
GAP = -1


class Kind(StrEnum):
    """What a pupil does to answer a question."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    JUDGE = "judge"
    ORDER = "order"
    MATCH = "match"
    FILL = "fill"
    SITUATION = "situation"


class BankStage(StrEnum):
    """The stage a text is written for: senior is read by 高中 and 中职 alike."""

    PRIMARY = "primary"
    JUNIOR = "junior"
    SENIOR = "senior"


class Pool(StrEnum):
    OPEN = "open"  # Lessons, practice and quizzes.
    CONTEST = "contest"  # Quizzes of schools and above, not those of a class.
    ANCHOR = "anchor"  # Surveys only: never drawn, practised, searched or shown elsewhere.


class Origin(StrEnum):
    FILE = "file"
    SITE = "site"


def bank_stage(stage: str) -> BankStage:
    """Return the stage whose texts a class of the stage reads."""
    return BankStage.SENIOR if stage == "vocational" else BankStage(stage)
