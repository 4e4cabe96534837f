"""Questions about quizzes, sittings and turnout."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, selectinload

from quizapp.access.policy import Actor, Permission
from quizapp.access.scope import within
from quizapp.accounts.models import Enrolment, Pupil
from quizapp.bank import search
from quizapp.bank.queries import DRAWN_FROM, FOR_CLASSES
from quizapp.bank.rules import BankStage, Pool
from quizapp.core.clock import local_day
from quizapp.core.errors import Missing
from quizapp.core.i18n import _
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import UnitKind
from quizapp.quizzes.drawing import Line
from quizapp.quizzes.models import (
    Answer,
    BlueprintLine,
    Publication,
    Quiz,
    QuizAudience,
    Sitting,
    SittingState,
    Turnout,
)

# Put together once: for each page that would take longer than the answer.
MINE = (
    select(Sitting)
    .where(Sitting.school_id == bindparam("school_id"))
    .where(Sitting.pupil_id == bindparam("pupil_id"))
    .order_by(Sitting.started_at.desc(), Sitting.id)
)


@dataclass(frozen=True)
class Offer:
    """A quiz that is for a pupil, with the pupil's own sittings of it, the newest first."""

    quiz: Quiz
    taken: Sequence[Sitting]

    @property
    def running(self) -> Sitting | None:
        return open_sitting(self.taken)

    @property
    def attempts_left(self) -> int:
        return max(0, self.quiz.attempts - len(self.taken))


def quiz(session: Session, quiz_id: UUID) -> Quiz:
    """Return the quiz if it has been opened to anybody; Missing if not."""
    found = session.get(Quiz, quiz_id)
    if found and found.publication:
        return found
    raise Missing(_("There is no such quiz."))


def pools(unit: Unit) -> tuple[Pool, ...]:
    """Return the pools that quizzes of the unit are drawn from, whatever their lines say.

    Questions of contests are not met in practice, and their answers not told by it.
    """
    return FOR_CLASSES if unit.kind is UnitKind.CLASS else DRAWN_FROM


def blueprint(session: Session, quiz: Quiz, stage: BankStage) -> list[Line]:
    """Return what is drawn for pupils of the stage, of a rule what it finds at this moment."""
    return [
        Line(
            line.topic_key, line.difficulty, line.items,
            None if line.rule is None
            else search.drawable(session, search.Filters.read(line.rule), stage, pools(quiz.unit)),
        )
        for line in quiz.lines_of(stage)
    ]  # fmt: skip


def drawing_by_rule(now: datetime) -> Select[Quiz, BlueprintLine]:
    """Return the lines with a rule of quizzes that are open or to come, with the quiz of each."""
    return (
        select(Quiz, BlueprintLine)
        .join(BlueprintLine, BlueprintLine.quiz_id == Quiz.id)
        .join(Publication, Publication.quiz_id == Quiz.id)
        .where(Quiz.closes_at > now, BlueprintLine.rule.is_not(None))
        .order_by(Quiz.id.desc(), BlueprintLine.position)
    )


def open_offers(
    session: Session, actor: Actor, enrolment: Enrolment, *, now: datetime
) -> list[Offer]:
    """Return the quizzes whose window is open for the pupil, the next to close first."""
    found = _for(actor, enrolment).where(Quiz.opens_at <= now, Quiz.closes_at > now)
    return _offers(session, actor, found.order_by(Quiz.closes_at, Quiz.id))


def offers(session: Session, actor: Actor, enrolment: Enrolment) -> list[Offer]:
    """Return all quizzes for the pupil, open, over or still to come, the newest first."""
    found = _for(actor, enrolment).order_by(Quiz.opens_at.desc(), Quiz.id)
    return _offers(session, actor, found)


def _offers(session: Session, actor: Actor, found: Select[Quiz]) -> list[Offer]:
    taken: dict[UUID, list[Sitting]] = defaultdict(list)
    for sitting in my_sittings(session, actor):
        taken[sitting.quiz_id].append(sitting)
    rows = session.scalars(found.options(selectinload(Quiz.lines)))
    return [Offer(quiz, taken.get(quiz.id, [])) for quiz in rows]


def _for(actor: Actor, enrolment: Enrolment) -> Select[Quiz]:
    return (
        select(Quiz)
        .join(Unit, Unit.id == Quiz.unit_id)
        .join(Publication, Publication.quiz_id == Quiz.id)
        .join(QuizAudience, QuizAudience.quiz_id == Quiz.id)
        .where(within(Unit.path, actor, Permission.QUIZ_TAKE))
        .where(QuizAudience.stage == enrolment.school_class.stage)
        .where(QuizAudience.grade == enrolment.school_class.grade)
    )


def is_for(quiz: Quiz, enrolment: Enrolment) -> bool:
    """Whether the quiz is for pupils of the class's stage and grade."""
    own = (enrolment.school_class.stage, enrolment.school_class.grade)
    return own in {(row.stage, row.grade) for row in quiz.audience}


def my_sitting(session: Session, actor: Actor, sitting_id: UUID) -> Sitting:
    """Return the pupil's own sitting; Missing for everybody else's."""
    found = session.get(Sitting, (actor.school_id, sitting_id))
    if found and found.pupil_id == actor.id:
        return found
    raise Missing(_("There is no such sitting of yours."))


def my_sittings(session: Session, actor: Actor, quiz_id: UUID | None = None) -> Sequence[Sitting]:
    """Return the pupil's sittings, of one quiz or of all, the newest first."""
    mine = MINE.where(Sitting.quiz_id == quiz_id) if quiz_id else MINE
    return session.scalars(mine, {"school_id": actor.school_id, "pupil_id": actor.id}).all()


def former_sittings(session: Session, actor: Actor) -> Sequence[Sitting]:
    """Return what the child has handed in at schools where it was before, the newest first."""
    own = select(Pupil.child_id).where(Pupil.school_id == actor.school_id, Pupil.id == actor.id)
    there = (Pupil.school_id == Sitting.school_id) & (Pupil.id == Sitting.pupil_id)
    return session.scalars(
        select(Sitting)
        .join(Pupil, there)
        .where(Pupil.child_id == own.scalar_subquery(), Pupil.school_id != actor.school_id)
        .where(Sitting.state == SittingState.FINISHED)
        .order_by(Sitting.started_at.desc(), Sitting.id)
    ).all()


def open_sitting(sittings: Sequence[Sitting]) -> Sitting | None:
    return next((one for one in sittings if one.state is SittingState.OPEN), None)


def answers(session: Session, sitting: Sitting) -> dict[int, Answer]:
    """Return the answers of a sitting by their position in the form, from 1."""
    rows = session.scalars(
        select(Answer).where(Answer.school_id == sitting.school_id, Answer.sitting_id == sitting.id)
    )
    return {answer.position: answer for answer in rows}


def overdue(session: Session, *, before: datetime, most: int) -> Sequence[Sitting]:
    """Return open sittings whose deadline was before the instant, the oldest first."""
    return session.scalars(
        select(Sitting)
        .where(Sitting.state == SittingState.OPEN, Sitting.deadline < before)
        .order_by(Sitting.deadline)
        .limit(most)
    ).all()


@dataclass
class Rungs:
    """How many pupils climbed each rung."""

    opened: int = 0
    finished: int = 0
    valid: int = 0
    passed: int = 0

    @property
    def counts(self) -> tuple[int, int, int, int]:
        return self.opened, self.finished, self.valid, self.passed


Cell = tuple[UUID, UUID, UUID, date]  # School, class, quiz, local day.


def turnout_counted(session: Session) -> dict[Cell, Rungs]:
    """Return the roll-up as it stands, without cells of zeros."""
    return {
        (r.school_id, r.class_id, r.quiz_id, r.day): Rungs(r.opened, r.finished, r.valid, r.passed)
        for r in session.scalars(select(Turnout))
        if r.opened or r.finished or r.valid or r.passed
    }


@dataclass
class _Climb:
    """What one pupil did in one quiz: the first instant of each rung."""

    class_id: UUID | None = None
    at: dict[str, datetime] = field(default_factory=dict)


def turnout_from_facts(session: Session) -> dict[Cell, Rungs]:
    """Count the same from the sittings: once a rung, pupil and quiz, in the class of the first."""
    climbs: dict[tuple[UUID, UUID, UUID], _Climb] = defaultdict(_Climb)
    rows = session.execute(
        select(
            Sitting.school_id, Sitting.pupil_id, Sitting.quiz_id, Sitting.class_id,
            Sitting.started_at, Sitting.finished_at, Sitting.finished, Sitting.passed,
        ).order_by(Sitting.attempt)
    )  # fmt: skip
    for school_id, pupil_id, quiz_id, class_id, started, ended, finished, passed in rows:
        climb = climbs[school_id, pupil_id, quiz_id]
        climb.class_id = climb.class_id or class_id
        climb.at.setdefault("opened", started)
        for rung, reached in (("finished", finished), ("valid", finished), ("passed", passed)):
            if reached and ended:
                climb.at.setdefault(rung, ended)
    cells: dict[Cell, Rungs] = defaultdict(Rungs)
    for (school_id, _pupil, quiz_id), climb in climbs.items():
        for rung, at in climb.at.items():
            assert climb.class_id is not None  # noqa: S101 - set with the first sitting.
            rungs = cells[school_id, climb.class_id, quiz_id, local_day(at)]
            setattr(rungs, rung, getattr(rungs, rung) + 1)
    return dict(cells)
