"""What kinds, stages and releases are called."""

from collections.abc import Iterable

from quizapp.bank.rules import BankStage
from quizapp.campaigns.models import CampaignKind
from quizapp.core.i18n import _, lazy
from quizapp.orgs.rules import Stage

KINDS = {
    CampaignKind.CONTEST: lazy("Knowledge contest"),
    CampaignKind.FIRST_LESSON: lazy("First lesson of the term"),
    CampaignKind.ASSIGNMENT: lazy("Assignment for a class"),
    CampaignKind.OTHER: lazy("Other campaign"),
}
STAGES = {
    Stage.PRIMARY: lazy("Primary school"),
    Stage.JUNIOR: lazy("Junior high school"),
    Stage.SENIOR: lazy("Senior high school"),
    Stage.VOCATIONAL: lazy("Vocational school"),
}
BANK_STAGES = {
    BankStage.PRIMARY: lazy("Primary school"),
    BankStage.JUNIOR: lazy("Junior high school"),
    BankStage.SENIOR: lazy("Senior high and vocational school"),
}


def grade_name(stage: Stage, grade: int) -> str:
    return _("%(stage)s, grade %(grade)s", stage=STAGES[stage], grade=grade)


def grades_told(grades: Iterable[tuple[Stage, int]]) -> list[str]:
    """Return a phrase for each stage with its grades, from primary school on."""
    of_stage: dict[Stage, list[int]] = {}
    for stage, grade in sorted(grades, key=lambda pair: pair[1]):
        of_stage.setdefault(stage, []).append(grade)
    told = []
    for stage in (stage for stage in STAGES if stage in of_stage):
        own = of_stage[stage]
        listed = _(", ").join(map(str, own))
        several = _("%(stage)s, grades %(grades)s", stage=STAGES[stage], grades=listed)
        told.append(several if len(own) > 1 else grade_name(stage, own[0]))
    return told
