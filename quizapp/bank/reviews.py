"""The way of a revision: draft → in review → approved, by three people who did not write it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Aspect, signed_for
from quizapp.audit.actions import record
from quizapp.bank import queries, wording, written
from quizapp.bank.models import (
    Question,
    Remark,
    RemarkKind,
    Revision,
    RevisionState,
    SignOff,
)
from quizapp.bank.rules import BankStage, Pool
from quizapp.bank.wording import WordDraft
from quizapp.bank.written import Written
from quizapp.core.db import changed
from quizapp.core.errors import Conflict, Invalid
from quizapp.core.i18n import _
from quizapp.core.paths import data_dir


@dataclass(frozen=True)
class Judged:
    """What the rules of the files say of a text: what must be mended, and what a person weighs."""

    faults: Sequence[str]
    advice: Sequence[str]


def judged(session: Session, said: Written, key: str) -> Judged:
    """Hold a text against the same rules that `quizapp content check` holds the files against."""
    draft, faults = said.drafted(key, queries.known_sources(session))
    if draft is None:
        return Judged(faults, [])
    advice = list(wording.too_long(draft.head.stage, draft.texts["zh"]))
    for word, told in wording.unfit(draft, _words()):
        (advice if word.look else faults).append(told)
    return Judged(faults, advice)


def faults(session: Session, revision: Revision) -> Sequence[str]:
    """Return a sentence for everything that keeps the revision out of review."""
    return judged(session, written.of(revision), revision.question.key).faults


def submit(session: Session, revision: Revision, *, text: str, by: Actor, now: datetime) -> None:
    """Put a draft into review; an older version that waits there is taken back.

    Invalid: it breaks a rule of the files. Conflict: it is no draft, or older than the one in use.
    """
    if found := faults(session, revision):
        raise Invalid(_("This version breaks rules. Mend it first: %(first)s", first=found[0]))
    _must_be_newest(session, revision)
    take_back(session, revision.question)
    _move(session, revision, RevisionState.DRAFT, RevisionState.IN_REVIEW)
    _remark(session, revision, RemarkKind.SUBMITTED, text, by=by, now=now)
    _record(session, "question.submitted", revision, by=by, now=now)


def sign(session: Session, revision: Revision, aspect: Aspect, *, by: Actor, now: datetime) -> bool:
    """Sign for one aspect and return whether that was the last one, so that it is in use now.

    Invalid: it is not theirs to sign. Conflict: it is not in review, or that is signed already.
    """
    # Whoever signs at the same moment waits here, and then counts this one too.
    _move(session, revision, RevisionState.IN_REVIEW, RevisionState.IN_REVIEW)
    signed = sign_offs(session, revision)
    if any(one.aspect is aspect for one in signed):
        raise Conflict(_("Somebody has signed that already."))
    if aspect not in signable(session, revision, by):
        raise Invalid(_("This is not yours to sign: nobody signs own words, or twice."))
    session.add(SignOff(revision_id=revision.id, aspect=aspect, by_id=by.id, at=now))
    session.flush()
    _record(session, "question.signed", revision, by=by, now=now, aspect=aspect.value)
    is_last = len(signed) + 1 == len(Aspect)
    if is_last:
        _approve(session, revision, by=by, now=now)
    return is_last


def send_back(session: Session, revision: Revision, *, text: str, by: Actor, now: datetime) -> None:
    """Make it a draft again and say why; what was signed is void. Conflict: not in review."""
    _move(session, revision, RevisionState.IN_REVIEW, RevisionState.DRAFT)
    _void(session, [revision.id])
    _remark(session, revision, RemarkKind.RETURNED, text, by=by, now=now)
    _record(session, "question.returned", revision, by=by, now=now)


def say(session: Session, revision: Revision, *, text: str, by: Actor, now: datetime) -> None:
    _remark(session, revision, RemarkKind.SAID, text, by=by, now=now)
    _record(session, "question.commented", revision, by=by, now=now)


def take_back(session: Session, question: Question) -> None:
    """Make what waits for review a draft again: a newer version has come."""
    waiting = select(Revision).where(
        Revision.question_id == question.id, Revision.state == RevisionState.IN_REVIEW
    )
    for revision in session.scalars(waiting).all():
        _move(session, revision, RevisionState.IN_REVIEW, RevisionState.DRAFT)
        _void(session, [revision.id])


def adopt(revision: Revision) -> None:
    """Let the question be what this revision says of it: its topic, stage, difficulty and pool."""
    question, head = revision.question, revision.head
    question.kind = revision.kind
    question.found_by(revision)
    if head:
        question.topic_key, question.difficulty = head["topic_key"], head["difficulty"]
        question.stage, question.pool = BankStage(head["stage"]), Pool(head["pool"])
        question.core = head["core"]


def sign_offs(session: Session, revision: Revision) -> Sequence[SignOff]:
    """Return what has been signed of the revision, the first one first."""
    mine = select(SignOff).where(SignOff.revision_id == revision.id)
    return session.scalars(mine.order_by(SignOff.at)).all()


def remarks(session: Session, revision: Revision) -> Sequence[Remark]:
    """Return what was said of the revision, the first word first."""
    mine = select(Remark).where(Remark.revision_id == revision.id)
    return session.scalars(mine.order_by(Remark.id)).all()


def signable(session: Session, revision: Revision, by: Actor) -> frozenset[Aspect]:
    """Return the aspects for which the actor may sign now.

    None of what stands on own words: of all that was written since the version in use.
    """
    signed = sign_offs(session, revision)
    own = by.id in _writers(session, revision) or any(one.by_id == by.id for one in signed)
    if own or revision.state is not RevisionState.IN_REVIEW:
        return frozenset()
    return signed_for(by) - {one.aspect for one in signed}


@cache  # The list ships with the site.
def _words() -> Sequence[WordDraft]:
    return wording.read(data_dir("question_bank")).words


def _writers(session: Session, revision: Revision) -> set[UUID | None]:
    rows = select(Revision.written_by).where(
        Revision.question_id == revision.question_id,
        Revision.number > (revision.question.current or 0),
        Revision.number <= revision.number,
    )
    return set(session.scalars(rows))


def _approve(session: Session, revision: Revision, *, by: Actor, now: datetime) -> None:
    _must_be_newest(session, revision)
    _move(session, revision, RevisionState.IN_REVIEW, RevisionState.APPROVED)
    revision.question.current = revision.number
    adopt(revision)
    session.flush()
    _record(session, "question.approved", revision, by=by, now=now)


def _must_be_newest(session: Session, revision: Revision) -> None:
    session.refresh(revision.question)
    if revision.number <= (revision.question.current or 0):
        raise Conflict(_("A newer version of this question is in use already."))


def _move(session: Session, revision: Revision, old: RevisionState, new: RevisionState) -> None:
    """Change the state, unless somebody was faster: then Conflict."""
    mine = update(Revision).where(Revision.id == revision.id, Revision.state == old)
    if not changed(session, mine.values(state=new)):
        raise Conflict(_("This version has moved on meanwhile. Please look again."))
    session.refresh(revision, ["state"])


def _void(session: Session, revision_ids: Sequence[UUID]) -> None:
    changed(session, delete(SignOff).where(SignOff.revision_id.in_(revision_ids)))


def _remark(
    session: Session, revision: Revision, kind: RemarkKind, text: str, *, by: Actor, now: datetime
) -> None:
    session.add(Remark(revision_id=revision.id, kind=kind, text=text, by_id=by.id, at=now))
    session.flush()


def _record(
    session: Session, event: str, revision: Revision, *, by: Actor, now: datetime, **more: str
) -> None:
    record(
        session, event, by=by, now=now, question=revision.question.key, number=revision.number,
        **more,
    )  # fmt: skip
