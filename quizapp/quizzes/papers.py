"""What of a sitting may be shown: the form while it is open, right and wrong once released."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from quizapp.bank import lettering, marking
from quizapp.bank import queries as bank
from quizapp.bank.models import Revision
from quizapp.bank.queries import Cited
from quizapp.bank.rules import Kind
from quizapp.core.errors import Conflict
from quizapp.core.i18n import _
from quizapp.quizzes import queries, timing
from quizapp.quizzes.models import Answer, Quiz, Release, Sitting, SittingState


@dataclass(frozen=True)
class Choice:
    """An option under the letter that it has in this sitting."""

    key: str
    text: str


@dataclass(frozen=True)
class Item:
    """A question as it stands in the form. Nothing here tells right from wrong."""

    position: int
    kind: Kind
    lang: str
    stem: str
    choices: Sequence[Choice]
    chosen: Sequence[str]  # Letters.
    seq: int


@dataclass(frozen=True)
class Explained:
    """An item with what was right and why. Made only once the result is released."""

    item: Item
    right: Sequence[str]  # Letters.
    is_right: bool
    feedback: Sequence[str]  # To what was chosen.
    explain: str
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
        answer = given.get(position)
        chosen = marking.read(answer.choice) if answer else []
        items.append(
            _item(
                revisions[revision_id], position, seed, chosen, answer.seq if answer else 0, locale
            )
        )
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
        revision, answer = revisions[revision_id], given[item.position]
        words = revision.words(locale)
        chosen = marking.read(answer.choice)
        options = words["options"]
        told.append(
            Explained(
                item=item,
                right=lettering.letters_of(revision.answer, _order(revision, seed)),
                is_right=bool(answer.right),
                feedback=[options[n]["feedback"] for n in chosen if options[n].get("feedback")],
                explain=words["explain"],
                cited=cited[revision_id],
                late=answer.late,
            )
        )
    return told


def shown_order(revisions: dict[UUID, Revision], sitting: Sitting, position: int) -> list[int]:
    """Return the option numbers of an item in the order of this sitting; position from 1."""
    revision_id, seed = sitting.items[position - 1]
    return _order(revisions[revision_id], seed)


def _order(revision: Revision, seed: int) -> list[int]:
    return lettering.order(revision.kind, len(revision.text["zh"]["options"]), seed)


def _item(
    revision: Revision, position: int, seed: int, chosen: Sequence[int], seq: int, locale: str
) -> Item:
    words = revision.words(locale)
    shown = _order(revision, seed)
    choices = [
        Choice(letter, words["options"][number]["text"])
        for letter, number in zip(lettering.LETTERS, shown, strict=False)
    ]
    return Item(
        position=position,
        kind=revision.kind,
        lang=words["lang"],
        stem=words["stem"],
        choices=choices,
        chosen=lettering.letters_of(chosen, shown),
        seq=seq,
    )
