"""错题集: the questions that a pupil answered wrong, asked again on days further and further apart.

What lies there is told by the answers themselves; a row of Mistake says how far practice has come.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission
from quizapp.access.scope import within
from quizapp.bank import marking
from quizapp.bank import queries as bank
from quizapp.bank.asked import Asked, Explained, Posed
from quizapp.bank.models import Revision
from quizapp.bank.queries import DRAWN_FROM, FOR_CLASSES, Cited
from quizapp.bank.rules import Pool
from quizapp.core.clock import local_day
from quizapp.core.errors import Conflict, Invalid, Missing
from quizapp.core.i18n import _
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import UnitKind
from quizapp.quizzes import arranging, feedback, papers, spacing
from quizapp.quizzes.feedback import PRACTICE
from quizapp.quizzes.models import Answer, Mistake, Publication, Quiz, Sitting, SittingState


@dataclass(frozen=True)
class Card:
    """A question of the collection in the words of today, and how far its practice has come.

    `last` is the newest answer in practice, None before the first one since it went wrong.
    """

    question_id: UUID
    revision: Revision
    box: int
    due_on: date
    last: Mistake | None


@dataclass(frozen=True)
class Page:
    """A question of the collection: to be answered, or answered and told."""

    card: Card
    posed: Posed
    told: Explained | None
    is_right: bool
    cited: Sequence[Cited]

    @property
    def is_learned(self) -> bool:
        return spacing.is_learned(self.card.box)


def cards(session: Session, actor: Actor, *, now: datetime) -> list[Card]:
    """Return what the pupil has still to learn, the longest due first.

    Only questions whose key was released to the pupil, and none that a contest may be asking.
    """
    found = _cards(session, actor, now=now)
    to_learn = [card for card in found if not spacing.is_learned(card.box)]
    return sorted(to_learn, key=lambda card: (card.due_on, card.question_id))


def due(found: Sequence[Card], today: date) -> list[Card]:
    return [card for card in found if card.due_on <= today]


def page(session: Session, actor: Actor, question_id: UUID, locale: str, *, now: datetime) -> Page:
    """Return a question of the collection as the pupil meets it now; Missing if it is not there."""
    card = _card(session, actor, question_id, now=now)
    rests = card.due_on > local_day(now) or spacing.is_learned(card.box)
    answered = card.last if rests else None
    posed = _asked_before(answered) if answered else asked(actor, card)
    choice = marking.read(posed.kind, answered.choice if answered else "")
    may = feedback.shown(
        PRACTICE, is_open=True, is_told=answered is not None, all_over=now, now=now
    )
    return Page(
        card=card,
        posed=posed.posed(choice, locale),
        told=posed.explained(choice, locale) if may.explanation else None,
        is_right=may.marks and posed.is_right(choice),
        cited=bank.sources(session, posed.revision.sources) if may.explanation else (),
    )


def answer(
    session: Session, actor: Actor, question_id: UUID, sent: Sequence[str], *, now: datetime
) -> None:
    """Keep the answer and put the question into its next box.

    Missing: it is not in the collection. Conflict: it is not due, as after an answer a moment ago.
    Invalid: it is not answered, or in a way that is not possible.
    """
    today = local_day(now)
    card = _card(session, actor, question_id, now=now)
    if card.due_on > today or spacing.is_learned(card.box):
        raise Conflict(_("You have practised this question already. It comes again."))
    question = asked(actor, card)
    try:
        choice = question.of_form(sent)
    except ValueError as unclear:
        raise Invalid(_("Answer the question first."), fields={"choice": "unclear"}) from unclear
    if not marking.is_whole(choice):
        raise Invalid(_("Answer the question first."), fields={"choice": "missing"})
    is_right = question.is_right(choice)
    box = spacing.box_after(card.box, is_right=is_right)
    key = {"school_id": actor.school_id, "pupil_id": actor.id, "question_id": question_id}
    row = session.get(Mistake, key) or Mistake(**key)
    row.box, row.due_on = box, spacing.due_on(box, today)
    row.revision_id, row.seed = card.revision.id, question.seed
    row.choice, row.right, row.at = marking.written(question.kind, choice), is_right, now
    session.add(row)
    session.flush()


def _card(session: Session, actor: Actor, question_id: UUID, *, now: datetime) -> Card:
    for card in _cards(session, actor, now=now):
        if card.question_id == question_id:
            return card
    raise Missing(_("There is no such question in your collection."))


def _cards(session: Session, actor: Actor, *, now: datetime) -> list[Card]:
    """Return the same and what is learned, in no order."""
    went_wrong = _went_wrong(session, actor, now=now)
    revisions = bank.asked_today(session, went_wrong, _pools(session, actor, now=now))
    rows = session.scalars(
        select(Mistake).where(Mistake.school_id == actor.school_id, Mistake.pupil_id == actor.id)
    )
    practised = {row.question_id: row for row in rows}
    return [
        _lying(question_id, revision, went_wrong[question_id], practised.get(question_id))
        for question_id, revision in revisions.items()
    ]


def _lying(question_id: UUID, revision: Revision, wrong_at: datetime, row: Mistake | None) -> Card:
    """Return where the question lies: what went wrong again after all practice begins anew."""
    if row is None or row.at < wrong_at:
        return Card(question_id, revision, spacing.FIRST, local_day(wrong_at), None)
    return Card(question_id, revision, row.box, row.due_on, row)


def asked(actor: Actor, card: Card) -> Asked:
    """Return the question in an order that is another one in each box."""
    return Asked(card.revision, arranging.same_seed(actor.id, card.revision.id) ^ card.box)


def _asked_before(last: Mistake) -> Asked:
    return Asked(last.revision, last.seed)


def _went_wrong(session: Session, actor: Actor, *, now: datetime) -> Mapping[UUID, datetime]:
    """Return the questions that the pupil may see the key of and answered wrong, and when last."""
    rows = session.execute(
        select(Revision.question_id, Sitting)
        .join(Answer, Answer.revision_id == Revision.id)
        .join(
            Sitting,
            (Sitting.school_id == Answer.school_id) & (Sitting.id == Answer.sitting_id),
        )
        .where(Sitting.school_id == actor.school_id, Sitting.pupil_id == actor.id)
        .where(Sitting.state == SittingState.FINISHED)
        .where(Answer.right.is_(False), Answer.choice != "")
        .order_by(Sitting.finished_at)
    )
    return {
        question_id: sitting.finished_at
        for question_id, sitting in rows
        if sitting.finished_at and papers.shown(sitting.quiz, sitting, now=now).key
    }


def _pools(session: Session, actor: Actor, *, now: datetime) -> tuple[Pool, ...]:
    """Return what may be practised now: while a contest of the pupil's units goes on, nothing
    that it may ask."""
    contests = session.scalars(
        select(Quiz)
        .join(Unit, Unit.id == Quiz.unit_id)
        .join(Publication, Publication.quiz_id == Quiz.id)
        .where(within(Unit.path, actor, Permission.QUIZ_TAKE))
        .where(Unit.kind != UnitKind.CLASS, Quiz.mock_of.is_(None), Quiz.opens_at <= now)
    )
    return FOR_CLASSES if any(quiz.all_over > now for quiz in contests) else DRAWN_FROM
