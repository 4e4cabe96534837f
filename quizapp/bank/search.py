"""Finding questions of the bank by what they are, what state they are in, and what they say."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, select
from sqlalchemy.orm import Session, aliased, contains_eager

from quizapp.bank.models import Question, Revision, RevisionState
from quizapp.bank.rules import BankStage, Kind, Pool
from quizapp.core.paging import PAGE

NEWER = aliased(Revision)
COUNTED = 1_000
NEWEST = select(func.max(NEWER.number)).where(NEWER.question_id == Question.id).scalar_subquery()
# The revision that a list shows of a question: the one in use, or else the newest.
SHOWN = and_(
    Revision.question_id == Question.id,
    Revision.number == func.coalesce(Question.current, NEWEST),
)


class QuestionState(StrEnum):
    """What a question is, or waits for; one that is in use may have a draft as well."""

    IN_USE = "in_use"
    DRAFT = "draft"
    IN_REVIEW = "in_review"
    RETIRED = "retired"


@dataclass(frozen=True)
class Filters:
    """What is wanted; None and "" want nothing. Questions taken out show only when asked for."""

    topic: str | None = None
    stage: BankStage | None = None
    kind: Kind | None = None
    difficulty: int | None = None
    state: QuestionState | None = None
    pool: Pool | None = None
    source: str | None = None
    words: str = ""

    @property
    def arguments(self) -> dict[str, Any]:
        """The filters as an address says them; those that want nothing are left out."""
        return {name: str(value) for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Found:
    """One page by key, each question with the text in use, or the newest where there is none.

    `count` is None where there are more than COUNTED; `after` is the key after which the next page
    begins, None at the end.
    """

    rows: Sequence[Revision]
    count: int | None
    after: str | None


def found(
    session: Session, wanted: Filters, pools: Collection[Pool], *, after: str | None = None
) -> Found:
    """Return what is found in these pools."""
    which = [Question.pool.in_(pools), *_conditions(wanted)]
    # Keys first, for sorting whole texts is dear; counting on would be as dear as finding all.
    keys = (
        select(Question.key, Revision.id).join(Revision, SHOWN).where(*which).order_by(Question.key)
    )
    first = session.execute(keys.limit(COUNTED + 1)).all()
    page = first[: PAGE + 1]
    if after:
        page = session.execute(keys.where(Question.key > after).limit(PAGE + 1)).all()
    ids = [row.id for row in page[:PAGE]]
    rows = (
        select(Revision)
        .join(Question, Question.id == Revision.question_id)
        .options(contains_eager(Revision.question))
    )
    texts = session.scalars(rows.where(Revision.id.in_(ids)).order_by(Question.key)).all()
    count = len(first) if len(first) <= COUNTED else None
    return Found(texts, count, page[PAGE - 1].key if len(page) > PAGE else None)


def _conditions(wanted: Filters) -> list[ColumnElement[bool]]:
    equal = {
        Question.topic_key: wanted.topic, Question.stage: wanted.stage,
        Question.kind: wanted.kind, Question.difficulty: wanted.difficulty,
        Question.pool: wanted.pool,
    }  # fmt: skip
    found = [column == value for column, value in equal.items() if value]
    found.append(_state(wanted.state))
    if wanted.source:  # Keys of sources are ASCII, so JSON writes them as they are.
        found.append(cast(Revision.sources, String).contains(f'"{wanted.source}:', autoescape=True))
    for word in wanted.words.casefold().split():
        said = Revision.sought.contains(word, autoescape=True)
        found.append(said | Question.key.contains(word, autoescape=True))
    return found


def _state(state: QuestionState | None) -> ColumnElement[bool]:
    in_use = Question.retired_at.is_(None)
    if state is None:
        return in_use
    if state is QuestionState.RETIRED:
        return ~in_use
    if state is QuestionState.IN_USE:
        return in_use & Question.current.is_not(None)
    waits = exists().where(
        NEWER.question_id == Question.id, NEWER.state == RevisionState(state.value),
        NEWER.number > func.coalesce(Question.current, 0),
    )  # fmt: skip
    return in_use & waits
