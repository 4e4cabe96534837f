"""Which classes somebody teaches, and a lesson as it concerns one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission
from quizapp.access.scope import within
from quizapp.bank.rules import BankStage, bank_stage
from quizapp.core.errors import Missing
from quizapp.core.i18n import _
from quizapp.lessons import queries
from quizapp.lessons.models import Lesson
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass, Unit


@dataclass(frozen=True)
class ClassLesson:
    """A lesson and a class that can read it."""

    school_class: SchoolClass
    lesson: Lesson

    @property
    def path(self) -> str:
        return self.school_class.path


def class_lesson(session: Session, unit_id: UUID, key: str) -> ClassLesson:
    """Return both; Missing if the lesson is for another stage."""
    found = ClassLesson(orgs.school_class(session, unit_id), queries.lesson(session, key))
    if bank_stage(found.school_class.stage) is not found.lesson.stage:
        raise Missing(_("There is no such lesson for this class."))
    return found


def taught_by(
    session: Session, actor: Actor, *, school_year: int, stage: BankStage | None = None
) -> Sequence[SchoolClass]:
    """Return the classes of the year that the actor teaches, by grade; of one stage, or all."""
    found = session.scalars(
        select(SchoolClass)
        .join(Unit, Unit.id == SchoolClass.unit_id)
        .where(within(Unit.path, actor, Permission.CLASS_TEACH))
        .where(SchoolClass.school_year == school_year)
        .order_by(SchoolClass.grade, SchoolClass.stage, SchoolClass.number, Unit.path)
    )
    return [one for one in found if stage is None or bank_stage(one.stage) is stage]
