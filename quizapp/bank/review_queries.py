"""What waits in review: for whom, since when, and what came back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from quizapp.access.policy import Actor, Aspect, signed_for
from quizapp.bank.models import Question, Remark, RemarkKind, Revision, RevisionState, SignOff
from quizapp.core.paging import PAGE, Page, newest_first, oldest_first

OTHER = aliased(Revision)


@dataclass(frozen=True)
class Case:
    """A revision on its way. `returned` is why it came back, None if it did not."""

    revision: Revision
    signed: frozenset[Aspect]
    returned: Remark | None = None


@dataclass(frozen=True)
class Desk:
    """What is a person's to do, or to wait for."""

    to_sign: Page[Case]
    came_back: Sequence[Case]
    drafts: Sequence[Case]
    sent_in: Sequence[Case]


def desk(session: Session, actor: Actor, *, after: UUID | None) -> Desk:
    """Return the desk of the actor; what is to be signed a page at a time, the oldest first."""
    to_sign = oldest_first(session, _to_sign(actor), Revision.id, after=after)
    sent_in = _mine(session, _is_own(actor), RevisionState.IN_REVIEW)
    own_drafts = _mine(session, _is_own(actor) & _is_newest(), RevisionState.DRAFT)
    every = [*to_sign.rows, *sent_in, *own_drafts]
    signed, returned = _signed(session, every), _returned(session, own_drafts)
    cases = {one.id: Case(one, signed[one.id], returned.get(one.id)) for one in every}
    return Desk(
        to_sign=Page([cases[one.id] for one in to_sign.rows], to_sign.after),
        came_back=[cases[one.id] for one in own_drafts if one.id in returned],
        drafts=[cases[one.id] for one in own_drafts if one.id not in returned],
        sent_in=[cases[one.id] for one in sent_in],
    )


def written_by(session: Session, actor: Actor, *, after: UUID | None) -> Page[Revision]:
    """Return what the actor has written or brought in, the newest first."""
    own = select(Revision).where(Revision.written_by == actor.id)
    whole = joinedload(Revision.question, innerjoin=True)
    return newest_first(session, own.options(whole), Revision.id, after=after)


def _to_sign(actor: Actor) -> Select[Revision]:
    """What the actor may sign; the same as `reviews.signable` for a whole list."""
    given = select(SignOff).where(SignOff.revision_id == Revision.id)
    open_to_me = [~given.where(SignOff.aspect == aspect).exists() for aspect in signed_for(actor)]
    own_words = exists().where(
        OTHER.question_id == Revision.question_id, OTHER.number <= Revision.number,
        OTHER.number > func.coalesce(Question.current, 0), OTHER.written_by == actor.id,
    )  # fmt: skip
    return (
        _waiting(RevisionState.IN_REVIEW)
        .join(Question, Question.id == Revision.question_id)
        .where(~given.where(SignOff.by_id == actor.id).exists(), ~own_words)
        .where(or_(False, *open_to_me))
    )


def _mine(session: Session, own: ColumnElement[bool], state: RevisionState) -> Sequence[Revision]:
    """Return one page of them: who has more work than that begins with the newest."""
    rows = _waiting(state).where(own).order_by(Revision.id.desc()).limit(PAGE)
    return session.scalars(rows).all()


def _waiting(state: RevisionState) -> Select[Revision]:
    whole = joinedload(Revision.question, innerjoin=True)
    return select(Revision).where(Revision.state == state).options(whole)


def _is_own(actor: Actor) -> ColumnElement[bool]:
    """What the actor wrote, or sent in."""
    sent = select(Remark.revision_id).where(
        Remark.by_id == actor.id, Remark.kind == RemarkKind.SUBMITTED
    )
    return (Revision.written_by == actor.id) | Revision.id.in_(sent)


def _is_newest() -> ColumnElement[bool]:
    newer = exists().where(
        OTHER.question_id == Revision.question_id, OTHER.number > Revision.number
    )
    return ~newer


def _signed(session: Session, of: Iterable[Revision]) -> Mapping[UUID, frozenset[Aspect]]:
    found: dict[UUID, set[Aspect]] = defaultdict(set)
    rows = select(SignOff).where(SignOff.revision_id.in_({one.id for one in of}))
    for given in session.scalars(rows):
        found[given.revision_id].add(given.aspect)
    return defaultdict(frozenset, {key: frozenset(value) for key, value in found.items()})


def _returned(session: Session, of: Iterable[Revision]) -> dict[UUID, Remark]:
    """Return the last word with which each was sent back, by the id of the revision."""
    rows = select(Remark).where(
        Remark.revision_id.in_({one.id for one in of}), Remark.kind == RemarkKind.RETURNED
    )
    return {one.revision_id: one for one in session.scalars(rows.order_by(Remark.id))}
