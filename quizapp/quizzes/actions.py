"""Making and opening quizzes. Taking them is in sittings.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.audit.actions import record
from quizapp.bank import queries as bank
from quizapp.bank.rules import BankStage, Pool, bank_stage
from quizapp.core.errors import Conflict, Invalid
from quizapp.core.i18n import _
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import Stage
from quizapp.quizzes import drawing
from quizapp.quizzes.models import BlueprintLine, Publication, Quiz, QuizAudience, Release

DRAWN_FROM = (Pool.OPEN, Pool.CONTEST)


@dataclass(frozen=True)
class Rules:
    """What a quiz is to be like."""

    title: str
    minutes: int
    opens_at: datetime
    closes_at: datetime
    attempts: int = 1
    pass_percent: int = 60
    points: int = 5
    release: Release = Release.AFTER_SUBMISSION


def create(
    session: Session,
    unit: Unit,
    rules: Rules,
    *,
    audience: Sequence[tuple[Stage, int]],
    lines: Sequence[drawing.Line],
    by: Actor,
    now: datetime,
) -> Quiz:
    """Make a quiz for these stages and grades; the lines hold for each stage by itself.

    Invalid if the bank has too few questions for a line: it is found out now, not at the start.
    """
    quiz = Quiz(
        unit_id=unit.id, unit=unit, made_by=by.id, made_at=now, publication=None, **vars(rules)
    )
    quiz.audience = [QuizAudience(stage=stage, grade=grade) for stage, grade in audience]
    stages = sorted({bank_stage(stage) for stage, _grade in audience})
    for stage in stages:
        _must_suffice(session, stage, lines)
    quiz.lines = [
        BlueprintLine(
            position=position, stage=stage, topic_key=line.topic_key,
            difficulty=line.difficulty, items=line.items,
        )
        for position, (stage, line) in enumerate((s, line) for s in stages for line in lines)
    ]  # fmt: skip
    session.add(quiz)
    session.flush()
    record(session, "quiz.made", by=by, now=now, path=unit.path, quiz=quiz.id)
    return quiz


def publish(session: Session, quiz: Quiz, *, by: Actor, now: datetime) -> None:
    """Open the quiz to its unit and to all beneath it; Conflict if it is open already."""
    if quiz.publication:
        raise Conflict(_("This quiz is already open."))
    quiz.publication = Publication(by_id=by.id, at=now)
    record(session, "quiz.published", by=by, now=now, path=quiz.path, quiz=quiz.id)


def close(session: Session, quiz: Quiz, *, now: datetime) -> None:
    """End the window now: nobody begins anew, those under way keep their minutes.

    A quiz that has not begun yet is no longer open to anybody.
    """
    if quiz.opens_at < now:
        quiz.closes_at = now
    elif quiz.publication:
        session.delete(quiz.publication)
        quiz.publication = None


def _must_suffice(session: Session, stage: BankStage, lines: Sequence[drawing.Line]) -> None:
    pool = bank.pool(session, stage, DRAWN_FROM)
    try:
        drawing.draw(lines, pool, Random(0))  # noqa: S311 - whether, not which.
    except drawing.TooFew as few:
        says = _("The bank has %(found)s questions for a line that asks for %(items)s.")
        raise Invalid(
            says % {"found": few.found, "items": few.line.items}, fields={"items": "too_few"}
        ) from few
