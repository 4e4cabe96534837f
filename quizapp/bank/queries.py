"""Questions about questions: what may be drawn, what a revision says, where a fact comes from."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, bindparam, case, func, select
from sqlalchemy.orm import Session, joinedload

from quizapp.access.policy import Actor, Permission, holds
from quizapp.bank.drafts import Certainty, SourceDraft
from quizapp.bank.models import BankPicture, Question, Revision, Source, Topic
from quizapp.bank.rules import BankStage, Kind, Pool
from quizapp.bank.texts import Said
from quizapp.core.errors import Missing
from quizapp.core.i18n import _

SHOWN = (Pool.OPEN, Pool.CONTEST)  # An anchor is seen in surveys and nowhere else.
DRAWN_FROM = (Pool.OPEN, Pool.CONTEST)
FOR_CLASSES = (Pool.OPEN,)  # What a teacher gives to one class is practice.
CURRENT = (Revision.question_id == Question.id) & (Revision.number == Question.current)
BY_STAGE = case({stage: place for place, stage in enumerate(BankStage)}, value=Question.stage)
DIGEST = re.compile(r"[0-9a-f]{64}")
IN_USE = Question.retired_at.is_(None)
SOURCES = select(Source).where(Source.key.in_(bindparam("keys", expanding=True)))


@dataclass(frozen=True)
class PoolItem:
    """A question as a draw sees it."""

    revision_id: UUID
    topic_key: str
    difficulty: int


@dataclass(frozen=True)
class Cited:
    """A passage that an explanation rests on. `as_of` is the day on which somebody read it."""

    title: str
    publisher: str
    locator: str
    says: str
    as_of: date | None


@dataclass(frozen=True)
class Count:
    """How many questions of a topic, a stage and a difficulty can be drawn."""

    topic_key: str
    stage: BankStage
    difficulty: int
    questions: int


def pool(session: Session, stage: BankStage, pools: Collection[Pool]) -> Sequence[PoolItem]:
    """Return what a class of the stage may be asked today, by key of the question."""
    rows = session.execute(
        select(Revision.id, Question.topic_key, Question.difficulty)
        .join(Question, CURRENT)
        .where(IN_USE, Question.stage == stage, Question.pool.in_(pools))
        .order_by(Question.key)
    )
    return [PoolItem(*row) for row in rows]


def revisions(session: Session, ids: Iterable[UUID]) -> dict[UUID, Revision]:
    """Return the revisions by id; an id without one is left out."""
    found = session.scalars(select(Revision).where(Revision.id.in_(set(ids))))
    return {revision.id: revision for revision in found}


def written() -> Select[UUID]:
    """Return the ids of the revisions that are answered in own words, for a subquery."""
    return select(Revision.id).where(Revision.kind == Kind.FILL)


def current(session: Session, question_ids: Iterable[UUID]) -> dict[UUID, Revision]:
    """Return what each question says today, by its id; one without an approved text is left out."""
    said = select(Revision).join(Question, CURRENT).where(Question.id.in_(set(question_ids)))
    return {revision.question_id: revision for revision in session.scalars(said)}


def asked_today(
    session: Session, question_ids: Iterable[UUID], pools: Collection[Pool]
) -> dict[UUID, Revision]:
    """Return what questions of these pools say today, by id; what is out of use is left out."""
    said = select(Revision).join(Question, CURRENT).where(IN_USE, Question.pool.in_(pools))
    found = session.scalars(said.where(Question.id.in_(set(question_ids))))
    return {revision.question_id: revision for revision in found}


def question_ids(session: Session, keys: Iterable[str]) -> dict[str, UUID]:
    """Return the ids of questions by key; a key without an approved text is left out."""
    rows = select(Question.key, Question.id).where(Question.current.is_not(None))
    return {row.key: row.id for row in session.execute(rows.where(Question.key.in_(set(keys))))}


def places(session: Session) -> dict[str, tuple[BankStage, Pool]]:
    """Return stage and pool of every question in use that has an approved text, by its key."""
    rows = session.execute(
        select(Question.key, Question.stage, Question.pool).where(
            IN_USE, Question.current.is_not(None)
        )
    )
    return {row.key: (row.stage, row.pool) for row in rows}


def pools(actor: Actor) -> tuple[Pool, ...]:
    """Return the pools whose questions the actor reads: anchors are for those who work on them."""
    works = holds(actor, Permission.BANK_EDIT) or holds(actor, Permission.BANK_REVIEW)
    return tuple(Pool) if works else SHOWN


def question(session: Session, actor: Actor, question_id: UUID) -> Question:
    """Return a question; Missing if there is none, or it is an anchor and not for the actor."""
    found = session.get(Question, question_id)
    if found is None or found.pool not in pools(actor):
        raise Missing(_("There is no such question."))
    return found


def revision(session: Session, actor: Actor, revision_id: UUID) -> Revision:
    """Return a revision of a question that the actor may see; Missing if there is none."""
    found = session.get(Revision, revision_id)
    if found is None or found.question.pool not in pools(actor):
        raise Missing(_("There is no such version."))
    return found


def history(session: Session, of: Question) -> Sequence[Revision]:
    """Return every revision of the question with its writer, the newest first."""
    mine = select(Revision).where(Revision.question_id == of.id)
    mine = mine.options(joinedload(Revision.writer))
    return session.scalars(mine.order_by(Revision.number.desc())).all()


def picture(session: Session, sha256: str) -> BankPicture | None:
    """Return the picture of this name, None if it is not kept, or no name of one."""
    return session.get(BankPicture, sha256) if DIGEST.fullmatch(sha256) else None


def topics(session: Session) -> Sequence[Topic]:
    """Return the topics in the order of pages and reports."""
    return session.scalars(select(Topic).order_by(Topic.position, Topic.key)).all()


def topic_names(session: Session, locale: str) -> dict[str, str]:
    """Return the name of each topic by its key, in their order."""
    return {one.key: one.names.get(locale) or one.names["zh"] for one in topics(session)}


def known_sources(session: Session) -> dict[str, SourceDraft]:
    """Return all sources by key, as the rules of the files want them."""
    return {
        source.key: SourceDraft(
            title=source.title, publisher=source.publisher, date=source.date,
            read_on=source.read_on, certainty=Certainty(source.certainty),
            passages=source.passages,
        )
        for source in session.scalars(select(Source).order_by(Source.key))
    }  # fmt: skip


def source_titles(session: Session) -> dict[str, str]:
    """Return the title of every source by its key."""
    rows = session.execute(select(Source.key, Source.title).order_by(Source.key))
    return {row.key: row.title for row in rows}


def sources(session: Session, refs: Iterable[str]) -> list[Cited]:
    """Return the passages behind "source:passage", in this order; what is gone is left out."""
    wanted = list(refs)
    return passages(wanted, behind(session, wanted))


def sources_of(session: Session, asked: Collection[Revision | Said]) -> dict[UUID, list[Cited]]:
    """Return the same for several revisions at once, by the id of each."""
    known = behind(session, (ref for revision in asked for ref in revision.sources))
    return {revision.id: passages(revision.sources, known) for revision in asked}


def behind(session: Session, refs: Iterable[str]) -> Mapping[str, Source]:
    """Return the sources of "source:passage", by key, for those who ask for several passages."""
    keys = {ref.partition(":")[0] for ref in refs}
    return {source.key: source for source in session.scalars(SOURCES, {"keys": list(keys)})}


def passages(refs: Sequence[str], known: Mapping[str, Source]) -> list[Cited]:
    """Return the same of sources that are known already."""
    named = (ref.partition(":")[::2] for ref in refs)
    return [
        _cited(known[key], passage)
        for key, passage in named
        if key in known and passage in known[key].passages
    ]


def counts(session: Session) -> list[Count]:
    """Return one row for each topic, stage and difficulty that has questions, in that order."""
    cell = (Topic.position, Question.topic_key, BY_STAGE, Question.stage, Question.difficulty)
    rows = session.execute(
        select(Question.topic_key, Question.stage, Question.difficulty, func.count())
        .join(Revision, CURRENT)
        .join(Topic, Topic.key == Question.topic_key)
        .where(IN_USE, Question.pool.in_(SHOWN))
        .group_by(*cell)
        .order_by(*cell)
    )
    return [Count(*row) for row in rows]


def _cited(source: Source, passage: str) -> Cited:
    says = source.passages[passage]
    return Cited(source.title, source.publisher, passage, says, source.read_on)
