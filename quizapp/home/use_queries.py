"""Where a question is used: the quizzes that drew it, the lessons that ask it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from quizapp.bank.models import Question, Revision
from quizapp.core.i18n import in_language
from quizapp.lessons.models import Checkpoint, Lesson, LessonText
from quizapp.lessons.queries import CURRENT
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import UnitKind
from quizapp.quizzes.models import Answer, Quiz, Sitting


@dataclass(frozen=True)
class Drawn:
    """In how many sittings of a quiz the question was answered or closed without an answer."""

    quiz_id: UUID
    title: str
    unit: str
    sittings: int


@dataclass(frozen=True)
class Asking:
    """A lesson that asks the question at a checkpoint; its title in the language `lang`."""

    key: str
    title: str
    lang: str


@dataclass(frozen=True)
class Uses:
    """`assignments` counts the quizzes of single classes, `in_assignments` their sittings."""

    drawn: Sequence[Drawn]
    assignments: int
    in_assignments: int
    lessons: Sequence[Asking]


def uses(session: Session, question: Question, locale: str) -> Uses:
    """Return where the question is used. What teachers gave to a class is only counted."""
    sittings = func.count(distinct(Answer.sitting_id))
    rows = session.execute(
        select(Quiz.id, Quiz.title, Unit.name, Unit.kind, sittings)
        .select_from(Revision)
        .join(Answer, Answer.revision_id == Revision.id)
        .join(
            Sitting,
            (Sitting.school_id == Answer.school_id) & (Sitting.id == Answer.sitting_id),
        )
        .join(Quiz, Quiz.id == Sitting.quiz_id)
        .join(Unit, Unit.id == Quiz.unit_id)
        .where(Revision.question_id == question.id)
        .group_by(Quiz.id, Quiz.title, Unit.name, Unit.kind)
        .order_by(Quiz.id.desc())
    ).all()
    of_classes = [row[-1] for row in rows if row.kind is UnitKind.CLASS]
    return Uses(
        [Drawn(row.id, row.title, row.name, row[-1]) for row in rows
         if row.kind is not UnitKind.CLASS],
        len(of_classes), sum(of_classes), _lessons(session, question, locale),
    )  # fmt: skip


def _lessons(session: Session, question: Question, locale: str) -> list[Asking]:
    rows = session.scalars(
        select(LessonText)
        .join(Lesson, CURRENT)
        .join(Checkpoint, Checkpoint.text_id == LessonText.id)
        .where(Checkpoint.question_id == question.id, Lesson.retired_at.is_(None))
        .order_by(Lesson.key)
    )
    found = [(text.lesson.key, in_language(text.text, locale)) for text in rows.unique()]
    return [Asking(key, words["title"], words["lang"]) for key, words in found]
