"""What of a sitting may be shown: the form while it is open, right and wrong once released."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from quizapp.bank import asked as bank_asked
from quizapp.bank import marking
from quizapp.bank import queries as bank
from quizapp.bank.asked import Asked, Posed
from quizapp.bank.models import Revision
from quizapp.bank.queries import Cited
from quizapp.core.errors import Conflict
from quizapp.core.i18n import _
from quizapp.quizzes import queries, timing
from quizapp.quizzes.models import Answer, Quiz, Release, Sitting, SittingState


@dataclass(frozen=True)
class Item(Posed):
    """A question as it stands in the form. `fault`: what was sent for it could not be kept."""

    position: int
    seq: int
    fault: bool = False


@dataclass(frozen=True)
class Explained(bank_asked.Explained):
    """An item with what was right and why. Made only once the result is released."""

    item: Item
    is_right: bool
    cited: Sequence[Cited]
    late: bool


def paper(session: Session, sitting: Sitting, locale: str) -> list[Item]:
    """Return the form of the sitting with the choices saved so far."""
    revisions = bank.revisions(session, [revision for revision, _seed in sitting.items])
    return _items(sitting, revisions, queries.answers(session, sitting), locale)


def _items(
    sitting: Sitting, revisions: Mapping[UUID, Revision], given: Mapping[int, Answer], locale: str
) -> list[Item]:
    items = []
    for position, (revision_id, seed) in enumerate(sitting.items, start=1):
        asked, answer = Asked(revisions[revision_id], seed), given.get(position)
        posed = asked.posed(marking.read(asked.kind, answer.choice if answer else ""), locale)
        items.append(Item(**vars(posed), position=position, seq=answer.seq if answer else 0))
    return items


def is_released(quiz: Quiz, sitting: Sitting, *, now: datetime) -> bool:
    """Whether the pupil may see score, key and explanations of a closed sitting."""
    if sitting.state is SittingState.OPEN:
        return False
    return quiz.release is Release.AFTER_SUBMISSION or now >= timing.all_over(
        quiz.closes_at, quiz.minutes
    )


def explained(session: Session, sitting: Sitting, locale: str, *, now: datetime) -> list[Explained]:
    """Return every item with its explanation; Conflict `not_released` before its time."""
    if not is_released(sitting.quiz, sitting, now=now):
        raise Conflict(
            _("The result is not released yet. Your answers are kept."), code="not_released"
        )
    revisions = bank.revisions(session, [revision for revision, _seed in sitting.items])
    given = queries.answers(session, sitting)
    cited = bank.sources_of(session, revisions.values())
    told = []
    for item in _items(sitting, revisions, given, locale):
        revision_id, seed = sitting.items[item.position - 1]
        asked, answer = Asked(revisions[revision_id], seed), given[item.position]
        said = asked.explained(marking.read(asked.kind, answer.choice), locale)
        told.append(
            Explained(
                **vars(said),
                item=item,
                is_right=bool(answer.right),
                cited=cited[revision_id],
                late=answer.late,
            )
        )
    return told
