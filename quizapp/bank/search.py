"""Finding questions of the bank by what they are, what state they are in, and what they say."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased, contains_eager

from quizapp.bank.models import Question, Revision, RevisionState
from quizapp.bank.queries import CURRENT, IN_USE
from quizapp.bank.rules import BankStage, Kind, Pool
from quizapp.core.db import StandsIn
from quizapp.core.paging import PAGE

NEWER, OF = aliased(Revision), aliased(Question)
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

    @classmethod
    def read(cls, said: Mapping[str, str]) -> Self:
        """Return the filters of an address or of a rule; what cannot be one wants nothing."""
        return cls(
            topic=said.get("topic", "")[:40] or None, stage=_one_of(BankStage, said.get("stage")),
            kind=_one_of(Kind, said.get("kind")), difficulty=_difficulty(said.get("difficulty")),
            state=_one_of(QuestionState, said.get("state")), pool=_one_of(Pool, said.get("pool")),
            source=said.get("source", "")[:40] or None, words=said.get("words", "").strip()[:80],
        )  # fmt: skip


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
    # Keys first, for sorting whole texts is dear; counting on would be as dear as finding all.
    keys = (
        select(Question.key)
        .where(Question.pool.in_(pools), *_conditions(wanted))
        .order_by(Question.key)
    )
    first = session.scalars(keys.limit(COUNTED + 1)).all()
    count = len(first) if len(first) <= COUNTED else None
    page = [key for key in first if not after or key > after][: PAGE + 1]
    if len(page) <= PAGE and count is None:
        page = list(session.scalars(keys.where(Question.key > after).limit(PAGE + 1)))
    texts = session.scalars(
        select(Revision)
        .join(Question, SHOWN)
        .options(contains_eager(Revision.question))
        .where(Question.key.in_(page[:PAGE]))
        .order_by(Question.key)
    ).all()
    return Found(texts, count, page[PAGE - 1] if len(page) > PAGE else None)


Name = TypeVar("Name", bound=Hashable)


def counts(
    session: Session, rules: Mapping[Name, Filters], pools: Collection[Pool]
) -> dict[Name, dict[BankStage, int]]:
    """Return how many questions each rule finds to be drawn, by stage; 0 where it finds none."""
    none = dict.fromkeys(BankStage, 0)
    found = {name: dict(none) for name in rules}
    if rules:
        each = [func.count().filter(and_(*_conditions(rule))) for rule in rules.values()]
        rows = session.execute(
            select(Question.stage, *each).where(_drawable(pools)).group_by(Question.stage)
        )
        for stage, *numbers in rows:
            for name, number in zip(rules, numbers, strict=True):
                found[name][stage] = number
    return found


def drawable(
    session: Session, rule: Filters, stage: BankStage, pools: Collection[Pool]
) -> frozenset[UUID]:
    """Return the texts in use that the rule finds for a stage, by the ids of the revisions."""
    return frozenset(
        session.scalars(
            select(Revision.id)
            .join(Question, CURRENT)
            .where(_drawable(pools), Question.stage == stage, *_conditions(rule))
        )
    )


def finds(session: Session, rule: Filters, question: Question) -> bool:
    """Whether the question is among what the rule finds, whatever its pool."""
    mine = select(Question.id).where(Question.id == question.id, *_conditions(rule))
    return session.scalar(mine) is not None


def _drawable(pools: Collection[Pool]) -> ColumnElement[bool]:
    return and_(IN_USE, Question.current.is_not(None), Question.pool.in_(pools))


def _conditions(wanted: Filters) -> list[ColumnElement[bool]]:
    equal = {
        Question.topic_key: wanted.topic, Question.stage: wanted.stage,
        Question.kind: wanted.kind, Question.difficulty: wanted.difficulty,
        Question.pool: wanted.pool,
    }  # fmt: skip
    found = [column == value for column, value in equal.items() if value]
    found.append(_state(wanted.state))
    if wanted.source:
        found.append(StandsIn(Question.cited, f" {wanted.source} "))
    words = wanted.words.casefold().split()
    return found + [StandsIn(Question.sought, word) for word in words]


def _state(state: QuestionState | None) -> ColumnElement[bool]:
    in_use = Question.retired_at.is_(None)
    if state is None:
        return in_use
    if state is QuestionState.RETIRED:
        return ~in_use
    if state is QuestionState.IN_USE:
        return in_use & Question.current.is_not(None)
    # From the few that wait to their questions, not from every question to what waits of it.
    waits = (
        select(NEWER.question_id)
        .join(OF, OF.id == NEWER.question_id)
        .where(NEWER.state == RevisionState(state.value))
        .where(NEWER.number > func.coalesce(OF.current, 0))
    )
    return in_use & Question.id.in_(waits)


Member = TypeVar("Member", bound=StrEnum)


def _one_of(kind: type[Member], said: str | None) -> Member | None:
    return kind(said) if said in list(kind) else None


def _difficulty(said: str | None) -> int | None:
    return int(said) if said in ("1", "2", "3") else None
