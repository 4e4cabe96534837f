"""The form of a promotion: which grades leave, and whether teachers go up with their classes."""

from collections.abc import Iterable

from wtforms import BooleanField

from quizapp.core.i18n import _, lazy
from quizapp.orgs.rules import Stage
from quizapp.rosters.terms import Grade
from quizapp.web.forms import Checkboxes, Form

GRADES = {
    Stage.PRIMARY: lazy("primary school"),
    Stage.JUNIOR: lazy("junior high school"),
    Stage.SENIOR: lazy("senior high school"),
    Stage.VOCATIONAL: lazy("vocational school"),
}


class PromotionForm(Form):
    """The choices are the grades of the old year that could go on; the others leave anyway."""

    graduating = Checkboxes(
        lazy("These grades leave the school"),
        description=lazy("Ticked: they graduate. Not ticked: they go up into the next grade here."),
    )
    with_teachers = BooleanField(
        lazy("Class teachers go up with their classes"),
        default=True,
        description=lazy("Not ticked: appoint the teachers of the new classes yourself."),
    )

    def offer(self, grades: Iterable[Grade]) -> None:
        self._grades = [one for one in grades if one.next]
        self.graduating.choices = [(one.key, told(one)) for one in self._grades]

    @property
    def chosen(self) -> frozenset[Grade]:
        """Return the grades that are ticked."""
        return frozenset(one for one in self._grades if one.key in (self.graduating.data or ()))


def told(grade: Grade) -> str:
    return _("Grade %(grade)s, %(stage)s", grade=grade.grade, stage=GRADES[grade.stage])
