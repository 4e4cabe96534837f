"""Where a question is used: the quizzes that drew it or can draw it, the lessons that ask it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from quizapp.bank import search
from quizapp.bank.models import Question, Revision, SavedFilter
from quizapp.core.i18n import in_language
from quizapp.lessons.models import Checkpoint, Lesson, LessonText
from quizapp.lessons.queries import CURRENT
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import UnitKind
from quizapp.quizzes.models import Answer, BlueprintLine, Quiz, Sitting
from quizapp.quizzes.queries import drawing_by_rule, pools_of


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
class Able:
    """A quiz that is open or to come and draws by a saved filter."""

    title: str
    unit: str


@dataclass(frozen=True)
class Drawing:
    """`assignments` counts the quizzes of single classes."""

    quizzes: Sequence[Able]
    assignments: int


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


def drawing_by(session: Session, saved: SavedFilter, *, now: datetime) -> Drawing:
    """Return the quizzes that draw by the filter, by what it said when they were made."""
    mine = drawing_by_rule(now).where(BlueprintLine.filter_id == saved.id)
    return _drawing(quiz for quiz, _line in session.execute(mine))


def may_draw(session: Session, question: Question, *, now: datetime) -> Drawing:
    """Return the quizzes whose copy of a filter finds the question."""
    if question.current is None:
        return Drawing([], 0)
    able, known = [], dict[search.Filters, bool]()
    rows = drawing_by_rule(now).where(BlueprintLine.stage == question.stage)
    for quiz, line in session.execute(rows):
        if question.pool not in pools_of(quiz):
            continue
        rule = search.Filters.read(line.rule or {})
        if rule not in known:  # Many quizzes of classes draw by one and the same.
            known[rule] = search.finds(session, rule, question)
        if known[rule]:
            able.append(quiz)
    return _drawing(able)


def _drawing(quizzes: Iterable[Quiz]) -> Drawing:
    each = {quiz.id: quiz for quiz in quizzes}.values()
    of_units = [quiz for quiz in each if quiz.unit.kind is not UnitKind.CLASS]
    able = [Able(quiz.title, quiz.unit.name) for quiz in of_units]
    return Drawing(able, len(each) - len(able))


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
