"""Bringing the files of question_bank/ into the database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.audit.actions import record
from quizapp.bank import pictures, signing
from quizapp.bank.drafts import QuestionDraft
from quizapp.bank.files import Bank
from quizapp.bank.models import Question, Revision, RevisionState, Source, Topic
from quizapp.bank.rules import Origin
from quizapp.bank.signing import Past
from quizapp.core.errors import Invalid
from quizapp.core.i18n import _
from quizapp.core.ids import new_id


@dataclass(frozen=True)
class Loaded:
    """What a load did. A question that went from the files or came back counts as changed.

    `waiting`: the keys of those that a person has to compare with what the site edited; `gone`: of
    those that the site had edited and that are out of use now, for their file is gone.
    """

    new: int
    changed: int
    unchanged: int
    waiting: Sequence[str] = ()
    gone: Sequence[str] = ()


@dataclass
class _Tally:
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    waiting: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


def load(session: Session, content: Bank, *, by: Actor, now: datetime) -> Loaded:
    """Make the database say what the files say; a second load changes nothing.

    What the site has edited since stays as it is: the file's text waits beside it as a draft.
    Invalid: the files have faults.
    """
    if content.faults:
        raise Invalid(_("The files have faults. Mend them first; nothing was changed."))
    ground = _ground(session, content)
    for picture in content.pictures.values():
        pictures.keep(session, picture, now=now)
    tally = _questions(session, content.questions, now)
    loaded = Loaded(
        tally.new, tally.changed, tally.unchanged, tuple(tally.waiting), tuple(tally.gone)
    )
    if ground or tally.new or tally.changed or tally.waiting:
        record(
            session, "content.loaded", by=by, now=now, what="bank", new=loaded.new,
            changed=loaded.changed, waiting=len(loaded.waiting),
        )  # fmt: skip
    return loaded


def _ground(session: Session, content: Bank) -> bool:
    """Upsert topics and sources; return whether any of them changed.

    A passage that left the files stays: old revisions rest on it.
    """
    known = {source.key: source for source in session.scalars(select(Source))}
    rows: list[Topic | Source] = [
        Topic(key=key, position=position, names=draft.model_dump())
        for position, (key, draft) in enumerate(content.topics.items())
    ]
    for key, said in content.sources.items():
        if said:
            old = known[key].passages if key in known else {}
            kept = {"passages": {**old, **said.passages}}
            rows.append(Source(key=key, **said.model_dump() | kept))
    merged = [session.merge(row) for row in rows]
    changed = any(row in session.new or session.is_modified(row) for row in merged)
    session.flush()
    return changed


def _questions(session: Session, drafts: Sequence[QuestionDraft], now: datetime) -> _Tally:
    known = {question.key: question for question in session.scalars(select(Question))}
    pasts = signing.pasts(session, Revision, Revision.question_id)
    tally = _Tally()
    for draft in drafts:
        question = known.get(draft.key)
        if question is None:
            question = Question(id=new_id(), key=draft.key, **_head(draft))
            session.add(question)
            tally.new += 1
            _revise(session, question, draft, number=1, now=now)
        else:
            _reload(session, question, pasts[question.id], draft, tally, now)
    told = {draft.key for draft in drafts}
    for key, question in known.items():
        past = pasts[question.id]
        if key not in told and question.retired_at is None and past.of_file:
            question.retired_at = now
            tally.changed += 1
            tally.gone += [key] if past.was_edited else []
    session.flush()
    return tally


def _reload(
    session: Session,
    question: Question,
    past: Past,
    draft: QuestionDraft,
    tally: _Tally,
    now: datetime,
) -> None:
    came_back = question.retired_at is not None and question.retired_by is None
    if came_back:  # What a person took out stays out until a person brings it back.
        question.retired_at = None
    if past.last_file_digest == draft.digest:
        tally.changed += came_back
        tally.unchanged += not came_back
    elif past.is_edited:
        _revise(session, question, draft, number=past.last + 1, now=now, waits=True)
        tally.waiting.append(draft.key)
    else:
        for name, value in _head(draft).items():
            setattr(question, name, value)
        _revise(session, question, draft, number=past.last + 1, now=now)
        tally.changed += 1


def _head(draft: QuestionDraft) -> dict[str, object]:
    """Return what a question itself keeps of a file."""
    head = draft.head
    return {
        "topic_key": draft.topic,
        "kind": head.kind,
        "stage": head.stage,
        "difficulty": head.difficulty,
        "pool": head.pool,
        "core": head.core,
    }


def _revise(
    session: Session,
    question: Question,
    draft: QuestionDraft,
    *,
    number: int,
    now: datetime,
    waits: bool = False,
) -> None:
    made = _revision(question, draft, number=number, now=now, waits=waits)
    if not waits:
        question.current = number
    if question.current in (None, number):
        question.found_by(made)
    session.add(made)


def _revision(
    question: Question, draft: QuestionDraft, *, number: int, now: datetime, waits: bool
) -> Revision:
    return Revision(
        id=new_id(),
        question_id=question.id,
        number=number,
        state=RevisionState.DRAFT if waits else RevisionState.APPROVED,
        origin=Origin.FILE,
        digest=draft.digest,
        kind=draft.head.kind,
        objective=draft.head.objective,
        sources=draft.head.source,
        as_of=draft.head.as_of,
        review_by=draft.head.review_by,
        text=draft.plain(),
        answer=draft.answer,
        head=_head(draft),
        picture_sha256=draft.picture_sha256 or None,
        made_at=now,
    )
