"""Making and opening quizzes. Taking them is in sittings.py."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from random import Random

from sqlalchemy import update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.audit.actions import record
from quizapp.bank import filters as bank_filters
from quizapp.bank import queries as bank
from quizapp.bank.models import SavedFilter
from quizapp.bank.rules import BankStage, bank_stage
from quizapp.bank.words import STAGES
from quizapp.core.db import changed
from quizapp.core.errors import Conflict, Invalid
from quizapp.core.i18n import _
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import Stage, UnitKind
from quizapp.quizzes import ahead, drawing, queries
from quizapp.quizzes.models import BlueprintLine, Publication, Quiz, QuizAudience, SchoolWindow
from quizapp.quizzes.rules import Counting, Layout, Release

MOST_ATTEMPTS = 20  # As the column has it.
Share = tuple[SavedFilter, int]  # So many items of what the filter finds.


@dataclass(frozen=True)
class Rules:
    """What a quiz is to be like; each is told in quizzes/rules.py or at the column of Quiz."""

    title: str
    minutes: int
    opens_at: datetime
    closes_at: datetime
    attempts: int = 1
    pass_percent: int = 60
    points: int = 5
    release: Release = Release.AFTER_SUBMISSION
    key_release: Release | None = None
    explain_release: Release | None = None
    counts: Counting = Counting.BEST
    shuffle_items: bool = True
    shuffle_options: bool = True
    layout: Layout = Layout.ONE
    forward_only: bool = False


def create(
    session: Session,
    unit: Unit,
    rules: Rules,
    *,
    audience: Sequence[tuple[Stage, int]],
    lines: Sequence[drawing.Line],
    shares: Sequence[Share] = (),
    mock_of: Quiz | None = None,
    by: Actor,
    now: datetime,
) -> Quiz:
    """Make a quiz for these stages and grades; the lines hold for each stage by itself, and a mock
    contest has those of its contest.

    Of the filters the rules are copied: what becomes of them later changes no quiz.
    Invalid if the bank has too few questions for a line: it is found out now, not at the start.
    Invalid, too, for rules that do not go together.
    """
    quiz = Quiz(
        unit_id=unit.id, unit=unit, made_by=by.id, made_at=now, publication=None,
        mock_of=mock_of.id if mock_of else None, **vars(rules),
    )  # fmt: skip
    _must_go_together(quiz)
    quiz.audience = [QuizAudience(stage=stage, grade=grade) for stage, grade in audience]
    stages = sorted({bank_stage(stage) for stage, _grade in audience})
    quiz.lines = [line for stage in stages for line in _blueprint(stage, lines, shares)]
    if mock_of:
        quiz.lines = [_same(line) for line in mock_of.lines]
    for position, line in enumerate(quiz.lines):
        line.position = position
    for stage in stages:
        _must_suffice(session, quiz, stage, shares)
    session.add(quiz)
    session.flush()
    record(session, "quiz.made", by=by, now=now, path=unit.path, quiz=quiz.id)
    return quiz


def publish(session: Session, quiz: Quiz, *, by: Actor, now: datetime) -> None:
    """Open the quiz to its unit and to all beneath it; Conflict if it is open already."""
    if quiz.publication:
        raise Conflict(_("This quiz is already open."))
    quiz.publication = Publication(by_id=by.id, at=now)
    for stage in sorted({line.stage for line in quiz.lines}):
        ahead.draw(session, quiz, stage, ahead.AT_ONCE)
    record(session, "quiz.published", by=by, now=now, path=quiz.path, quiz=quiz.id)


def rehearse(session: Session, quiz: Quiz, *, by: Actor, now: datetime) -> Quiz:
    """Open a mock contest: the same rules from now until the contest closes, other questions.

    It counts nowhere, and may be taken again and again. Conflict: there is one, or the contest is
    over, or it is itself a mock. Invalid: the questions for practice do not suffice.
    """
    if quiz.mock_of or quiz.unit.kind is UnitKind.CLASS:
        raise Conflict(_("Only a contest has a mock contest."))
    if quiz.closes_at <= now:
        raise Conflict(_("This contest is over."))
    if queries.mock(session, quiz):
        raise Conflict(_("This contest has a mock contest already."))
    same = {one.name: getattr(quiz, one.name) for one in fields(Rules)}
    title = _("Mock: %(title)s", title=quiz.title)[:120]
    after = Release.AFTER_SUBMISSION
    changes = {
        "title": title, "opens_at": now, "attempts": MOST_ATTEMPTS, "release": after,
        "key_release": None, "explain_release": None,
    }  # fmt: skip
    mock = create(
        session, quiz.unit, Rules(**same | changes),
        audience=[(row.stage, row.grade) for row in quiz.audience], lines=(), mock_of=quiz,
        by=by, now=now,
    )  # fmt: skip
    publish(session, mock, by=by, now=now)
    return mock


def close(session: Session, quiz: Quiz, *, now: datetime) -> None:
    """End the window now, and those to make up: nobody begins anew, those under way keep their
    minutes. Its mock contest ends with it.

    A quiz that has not begun yet is no longer open to anybody.
    """
    if mock := queries.mock(session, quiz):
        close(session, mock, now=now)
    quiz.made_up_until = None
    if quiz.opens_at < now:
        quiz.closes_at, quiz.closes_last_at = now, None
        ends = update(SchoolWindow).where(SchoolWindow.quiz_id == quiz.id)
        changed(session, ends.values(closes_at=now, paused_until=None, paused_at=None))
    elif quiz.publication:
        session.delete(quiz.publication)
        quiz.publication = None


def drop_filter(session: Session, saved: SavedFilter, *, by: Actor, now: datetime) -> None:
    """Delete a saved filter; quizzes that are over keep its rule. Conflict: one still draws."""
    if session.scalar(queries.drawing_by_rule(now).where(BlueprintLine.filter_id == saved.id)):
        raise Conflict(_("A quiz that is open or still to come draws by this filter. "
                         "It can be deleted once that is over."))  # fmt: skip
    bank_filters.delete(session, saved, by=by, now=now)


def _same(line: BlueprintLine) -> BlueprintLine:
    return BlueprintLine(
        stage=line.stage, topic_key=line.topic_key, difficulty=line.difficulty, items=line.items,
        rule=line.rule, filter_id=line.filter_id,
    )  # fmt: skip


def _blueprint(
    stage: BankStage, lines: Sequence[drawing.Line], shares: Sequence[Share]
) -> list[BlueprintLine]:
    plain = [
        BlueprintLine(
            stage=stage, topic_key=line.topic_key, difficulty=line.difficulty, items=line.items
        )
        for line in lines
    ]
    return plain + [
        BlueprintLine(stage=stage, items=items, rule=saved.rule, filter_id=saved.id)
        for saved, items in shares
    ]


def _must_go_together(quiz: Quiz) -> None:
    if not quiz.feedback.is_in_order:
        says = _("An explanation tells what is right, and what is right tells the points. "
                 "Show none of them before the one that it tells.")  # fmt: skip
        raise Invalid(says, fields={"release": "order"})
    if quiz.feedback.is_during and quiz.unit.kind is not UnitKind.CLASS:
        says = _("Only a quiz of a single class can tell what is right while it is answered.")
        raise Invalid(says, fields={"release": "during"})
    if quiz.forward_only and quiz.layout is Layout.ALL:
        says = _("A quiz that only goes forward shows one question at a time.")
        raise Invalid(says, fields={"layout": "forward"})


def _must_suffice(session: Session, quiz: Quiz, stage: BankStage, shares: Sequence[Share]) -> None:
    rows, lines = quiz.lines_of(stage), queries.blueprint(session, quiz, stage)
    try:
        pool = bank.pool(session, stage, queries.pools_of(quiz))
        drawing.draw(lines, pool, Random(0))  # noqa: S311 - whether, not which.
    except drawing.TooFew as few:
        line = rows[lines.index(few.line)]
        raise _too_few(few, line, shares) from few


def _too_few(few: drawing.TooFew, line: BlueprintLine, shares: Sequence[Share]) -> Invalid:
    """Return what to say of the line that comes short."""
    figures = {"found": few.found, "items": few.line.items}
    for saved, _items in shares:
        if saved.id == line.filter_id:
            says = _("“%(name)s” finds too little for %(stage)s: %(found)s of %(items)s questions.")
            if len(few.line.among or ()) >= few.line.items:
                says = _("What else this quiz draws needs some of what “%(name)s” finds for "
                         "%(stage)s: %(found)s of %(items)s questions are left to it.")  # fmt: skip
            told = says % {"name": saved.name, "stage": STAGES[line.stage], **figures}
            return Invalid(told, fields={f"filter_{saved.id}": "too_few"})
    says = _("The bank has %(found)s questions for a line that asks for %(items)s.")
    return Invalid(says % figures, fields={"items": "too_few"})
