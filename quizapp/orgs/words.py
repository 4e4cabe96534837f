"""What reasons for not taking part are called, and grades where there is little room."""

from quizapp.core.i18n import _, lazy
from quizapp.orgs.rules import Exclusion, Stage

EXCLUSIONS = {
    Exclusion.SUSPENDED: lazy("Suspended studies"),
    Exclusion.GONE: lazy("Gone, still on the books"),
    Exclusion.TAUGHT_AT_HOME: lazy("Taught at home"),
    Exclusion.ABROAD: lazy("At school abroad"),
    Exclusion.OTHER: lazy("Other reasons"),
}


def short_grade(stage: Stage, grade: int) -> str:
    """Return the grade as the head of a narrow column; only vocational ones need their stage."""
    if stage is Stage.VOCATIONAL:
        return _("Vocational %(grade)s", grade=grade)
    return _("Grade %(grade)s", grade=grade)
