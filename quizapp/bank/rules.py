"""The kinds, stages and pools of questions."""

from enum import StrEnum


class Kind(StrEnum):
    """All kinds of the format; those of READY can be written and answered today."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    JUDGE = "judge"
    ORDER = "order"
    MATCH = "match"
    FILL = "fill"
    SITUATION = "situation"


READY = frozenset({Kind.SINGLE, Kind.MULTIPLE, Kind.JUDGE})


class BankStage(StrEnum):
    """The stage a text is written for: senior is read by 高中 and 中职 alike."""

    PRIMARY = "primary"
    JUNIOR = "junior"
    SENIOR = "senior"


class Pool(StrEnum):
    OPEN = "open"  # Lessons, practice and quizzes.
    CONTEST = "contest"  # Quizzes only.
    ANCHOR = "anchor"  # Surveys only: never drawn, practised, searched or shown elsewhere.


class Origin(StrEnum):
    FILE = "file"
    SITE = "site"


def bank_stage(stage: str) -> BankStage:
    """Return the stage whose texts a class of the stage reads."""
    return BankStage.SENIOR if stage == "vocational" else BankStage(stage)
