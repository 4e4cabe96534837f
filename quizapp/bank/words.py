"""What stages, kinds, difficulties, pools and aspects are called, in both languages."""

from quizapp.access.policy import Aspect
from quizapp.bank.rules import BankStage, Kind, Pool
from quizapp.core.i18n import lazy

STAGES = {
    BankStage.PRIMARY: lazy("Primary school"),
    BankStage.JUNIOR: lazy("Junior high school"),
    BankStage.SENIOR: lazy("Senior high and vocational school"),
}
KINDS = {
    Kind.SINGLE: lazy("One right answer"),
    Kind.MULTIPLE: lazy("Several right answers"),
    Kind.JUDGE: lazy("True or false"),
    Kind.SITUATION: lazy("Situation"),
    Kind.ORDER: lazy("Put in order"),
    Kind.MATCH: lazy("Match"),
    Kind.FILL: lazy("Fill in"),
}
DIFFICULTIES = {1: lazy("Easy"), 2: lazy("Medium"), 3: lazy("Hard")}
POOLS = {
    Pool.OPEN: lazy("Lessons, practice and quizzes"),
    Pool.CONTEST: lazy("Quizzes only"),
    Pool.ANCHOR: lazy("Surveys only"),
}
STATES = {
    "in_use": lazy("In use"),
    "draft": lazy("With a draft"),
    "in_review": lazy("In review"),
    "retired": lazy("Taken out of use"),
}
ASPECTS = {
    Aspect.FACTS: lazy("Facts"),
    Aspect.LEVEL: lazy("Level"),
    Aspect.SAFETY: lazy("Safety"),
}
