"""Questions about quizzes, sittings and turnout."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, func, or_, select
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
from quizapp.quizzes import counting, pausing
from quizapp.quizzes.drawing import Line
from quizapp.quizzes.models import (
    Answer,
    BlueprintLine,
    MakeUp,
    MissedAnswer,
    Publication,
    Quiz,
    QuizAudience,
    SchoolWindow,
    Sitting,
    SittingState,
    Turnout,
)
from quizapp.quizzes.pausing import Standing
from quizapp.quizzes.timing import Phase

# Put together once: for each page that would take longer than the answer.
MINE = (
    select(Sitting)
    .where(Sitting.school_id == bindparam("school_id"))
    .where(Sitting.pupil_id == bindparam("pupil_id"))
    .order_by(Sitting.started_at.desc(), Sitting.id)
)
OF_SITTING = (Answer.school_id == bindparam("school_id")) & (Answer.sitting_id == bindparam("id"))
ANSWERS = select(Answer).where(OF_SITTING)
CHOICES = select(Answer.position, Answer.choice).where(OF_SITTING)
MISSED = (
    select(MissedAnswer)
    .where(MissedAnswer.school_id == bindparam("school_id"))
    .where(MissedAnswer.sitting_id == bindparam("id"))
    .order_by(MissedAnswer.position)
)
OWN_END = func.coalesce(SchoolWindow.closes_at, Quiz.closes_at)
LAST_END = func.coalesce(Quiz.closes_last_at, Quiz.closes_at)


@dataclass(frozen=True)
class Offer:
    """A quiz that is for a pupil, with the pupil's own sittings of it, the newest first.

    `standing` is of the window that concerns the pupil: as it stands at the pupil's school, or one
    to make up for it.
    """

    quiz: Quiz
    taken: Sequence[Sitting]
    standing: Standing

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


def mock(session: Session, of: Quiz) -> Quiz | None:
    """Return the mock contest of a quiz, None if there is none."""
    return session.scalars(select(Quiz).where(Quiz.mock_of == of.id)).first()


def pools(unit: Unit) -> tuple[Pool, ...]:
    """Return the pools that quizzes of the unit are drawn from, whatever their lines say.

    Questions of contests are not met in practice, and their answers not told by it.
    """
    return FOR_CLASSES if unit.kind is UnitKind.CLASS else DRAWN_FROM


def pools_of(quiz: Quiz) -> tuple[Pool, ...]:
    """Return the pools that the quiz is drawn from; a mock contest is practice."""
    return FOR_CLASSES if quiz.mock_of else pools(quiz.unit)


def blueprint(session: Session, quiz: Quiz, stage: BankStage) -> list[Line]:
    """Return what is drawn for pupils of the stage, of a rule what it finds at this moment."""
    return [
        Line(
            line.topic_key, line.difficulty, line.items,
            None if line.rule is None
            else search.drawable(session, search.Filters.read(line.rule), stage, pools_of(quiz)),
        )
        for line in quiz.lines_of(stage)
    ]  # fmt: skip


def drawing_by_rule(now: datetime) -> Select[Quiz, BlueprintLine]:
    """Return the lines with a rule of quizzes that are open or to come, with the quiz of each."""
    return (
        select(Quiz, BlueprintLine)
        .join(BlueprintLine, BlueprintLine.quiz_id == Quiz.id)
        .join(Publication, Publication.quiz_id == Quiz.id)
        .where(now < LAST_END, BlueprintLine.rule.is_not(None))
        .order_by(Quiz.id.desc(), BlueprintLine.position)
    )


def under_way(session: Session, *, until: datetime, now: datetime) -> Sequence[Quiz]:
    """Return the quizzes that are open, or open before `until`, with their lines."""
    rows = select(Quiz).join(Publication, Publication.quiz_id == Quiz.id)
    rows = rows.where(now < LAST_END, Quiz.opens_at < until).order_by(Quiz.opens_at, Quiz.id)
    return session.scalars(rows.options(selectinload(Quiz.lines))).all()


def open_offers(
    session: Session, actor: Actor, enrolment: Enrolment, *, now: datetime
) -> list[Offer]:
    """Return the quizzes whose window is open for the pupil, the next to close first."""
    still = or_(now < OWN_END, Quiz.made_up_until > now)
    found = _for(actor, enrolment).where(Quiz.opens_at <= now, still)
    offers = _offers(session, actor, enrolment, found.order_by(OWN_END, Quiz.id), now=now)
    return sorted(
        (offer for offer in offers if offer.standing.phase(now) is Phase.OPEN),
        key=lambda offer: offer.standing.closes,
    )


def offers(session: Session, actor: Actor, enrolment: Enrolment, *, now: datetime) -> list[Offer]:
    """Return all quizzes for the pupil, open, over or still to come, the newest first."""
    found = _for(actor, enrolment).order_by(Quiz.opens_at.desc(), Quiz.id)
    return _offers(session, actor, enrolment, found, now=now)


def _offers(
    session: Session,
    actor: Actor,
    enrolment: Enrolment,
    found: Select[Quiz, SchoolWindow],
    *,
    now: datetime,
) -> list[Offer]:
    taken: dict[UUID, list[Sitting]] = defaultdict(list)
    for sitting in my_sittings(session, actor):
        taken[sitting.quiz_id].append(sitting)
    rows = session.execute(found.options(selectinload(Quiz.lines))).all()
    later = _make_ups(session, enrolment, [quiz for quiz, _here in rows], now=now)
    return [
        Offer(quiz, own, _concerning(stands(quiz, here), later[quiz.id], own, now=now))
        for quiz, here in rows
        for own in (taken.get(quiz.id, []),)
    ]


def own_standing(
    session: Session, quiz: Quiz, enrolment: Enrolment, taken: Sequence[Sitting], *, now: datetime
) -> Standing:
    """Return how the window stands for a pupil who has begun these sittings of the quiz."""
    later = _make_ups(session, enrolment, [quiz], now=now)
    here = standing(session, quiz, enrolment.school_id)
    return _concerning(here, later[quiz.id], taken, now=now)


def _concerning(
    here: Standing, later: Sequence[MakeUp], taken: Sequence[Sitting], *, now: datetime
) -> Standing:
    made_up = [
        replace(here, opens=one.opens_at, closes=one.closes_at)
        for one in later
        if one.pupil_id or all(sitting.started_at >= one.opens_at for sitting in taken)
    ]
    return pausing.concerning([here, *made_up], now)


def _make_ups(
    session: Session, enrolment: Enrolment, quizzes: Sequence[Quiz], *, now: datetime
) -> Mapping[UUID, list[MakeUp]]:
    """Return what the pupil may make up, by quiz. Most quizzes have none: they are not asked."""
    some = [quiz.id for quiz in quizzes if quiz.made_up_until and quiz.made_up_until > now]
    found: dict[UUID, list[MakeUp]] = defaultdict(list)
    if some:
        rows = session.scalars(
            select(MakeUp).where(
                MakeUp.school_id == enrolment.school_id,
                MakeUp.quiz_id.in_(some),
                or_(
                    MakeUp.pupil_id == enrolment.pupil_id,
                    and_(MakeUp.pupil_id.is_(None), MakeUp.class_id == enrolment.class_id),
                ),
            )
        )
        for row in rows:
            found[row.quiz_id].append(row)
    return found


def _for(actor: Actor, enrolment: Enrolment) -> Select[Quiz, SchoolWindow]:
    here = (SchoolWindow.quiz_id == Quiz.id) & (SchoolWindow.school_id == enrolment.school_id)
    return (
        select(Quiz, SchoolWindow)
        .outerjoin(SchoolWindow, here)
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


def quiz_of(session: Session, actor: Actor, keys: Mapping[str, UUID]) -> UUID | None:
    """Return the quiz that the keys of an address name to the pupil, by itself or by a sitting."""
    if "quiz_id" in keys:
        return session.scalar(select(Publication.quiz_id).filter_by(quiz_id=keys["quiz_id"]))
    own = select(Sitting.quiz_id).where(Sitting.school_id == actor.school_id)
    return session.scalar(own.where(Sitting.id == keys["sitting_id"], Sitting.pupil_id == actor.id))


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


def standing(session: Session, quiz: Quiz, school_id: UUID | None) -> Standing:
    """Return how the window of the quiz stands at the school."""
    own = session.get(SchoolWindow, (school_id, quiz.id), populate_existing=True)
    return stands(quiz, own)


def stands(quiz: Quiz, own: SchoolWindow | None) -> Standing:
    """Return how the window stands at a school, given what it has of its own."""
    if own is None:
        return Standing(quiz.opens_at, quiz.closes_at)
    return Standing(quiz.opens_at, own.closes_at, own.paused_at, own.paused_until)


def open_sitting(sittings: Sequence[Sitting]) -> Sitting | None:
    return next((one for one in sittings if one.state is SittingState.OPEN), None)


def counting_of(quiz: Quiz, taken: Sequence[Sitting]) -> Sitting | None:
    """Return the sitting that counts, of all that the pupil has of the quiz."""
    return counting.counting(sorted(taken, key=lambda one: one.attempt), quiz.counts)


def answers(session: Session, sitting: Sitting) -> dict[int, Answer]:
    """Return the answers of a sitting by their position in the form, from 1."""
    rows = session.scalars(ANSWERS, _key(sitting))
    return {answer.position: answer for answer in rows}


def choices(session: Session, sitting: Sitting) -> dict[int, str]:
    """Return what was chosen, as it is written, by position."""
    return dict(session.execute(CHOICES, _key(sitting)).all())


def seqs(
    session: Session, school_id: UUID, sitting_id: UUID, positions: Collection[int]
) -> dict[int, int]:
    """Return the seq of what is stored at these positions."""
    rows = session.execute(
        select(Answer.position, Answer.seq).where(
            Answer.school_id == school_id,
            Answer.sitting_id == sitting_id,
            Answer.position.in_(positions),
        )
    )
    return dict(rows.all())


def missed(session: Session, sitting: Sitting) -> Sequence[MissedAnswer]:
    """Return for which items a choice came too late to count, by their position."""
    return session.scalars(MISSED, _key(sitting)).all()


def _key(sitting: Sitting) -> dict[str, UUID]:
    return {"school_id": sitting.school_id, "id": sitting.id}


def overdue(session: Session, *, before: datetime, most: int) -> Sequence[Sitting]:
    """Return open sittings whose deadline was before the instant, the oldest first."""
    return session.scalars(
        select(Sitting)
        .where(Sitting.state == SittingState.OPEN, Sitting.deadline < before)
        .order_by(Sitting.deadline)
        .limit(most)
    ).all()


def open_now(session: Session) -> int:
    """Return how many sittings are under way; the index of the sweeper knows."""
    counted = select(func.count()).select_from(Sitting).where(Sitting.state == SittingState.OPEN)
    return session.scalar(counted) or 0


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
    """What one pupil did in one quiz."""

    class_id: UUID
    closed: list[counting.Tried] = field(default_factory=list)


def turnout_from_facts(session: Session) -> dict[Cell, Rungs]:
    """Count the same from the sittings: once a rung, pupil and quiz, in the class of the first."""
    climbs: dict[tuple[UUID, UUID, UUID], _Climb] = {}
    cells: dict[Cell, Rungs] = defaultdict(Rungs)
    rows = session.execute(
        select(
            Sitting.school_id, Sitting.pupil_id, Sitting.quiz_id, Quiz.counts, Sitting.class_id,
            Sitting.started_at, Sitting.finished_at, Sitting.attempt, Sitting.finished,
            Sitting.score, Sitting.passed,
        )
        .join(Quiz, Quiz.id == Sitting.quiz_id)
        .where(Quiz.mock_of.is_(None))
        .order_by(Sitting.attempt)
    )  # fmt: skip
    for school_id, pupil_id, quiz_id, which, class_id, began, ended, *result in rows:
        climb = climbs.get((school_id, pupil_id, quiz_id))
        if climb is None:
            climb = climbs[school_id, pupil_id, quiz_id] = _Climb(class_id)
            cells[school_id, class_id, quiz_id, local_day(began)].opened += 1
        if ended is None:
            continue
        attempt, finished, score, passed = result
        one = counting.Tried(attempt, bool(finished), score or 0, bool(passed))
        more_finished, more_passed = counting.climbed(climb.closed, one, which)
        climb.closed.append(one)
        if more_finished or more_passed:
            rungs = cells[school_id, climb.class_id, quiz_id, local_day(ended)]
            rungs.finished += more_finished
            rungs.valid += more_finished
            rungs.passed += more_passed
    return {cell: rungs for cell, rungs in cells.items() if any(rungs.counts)}
