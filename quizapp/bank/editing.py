"""Writing questions on the site. Every edit is a new revision, and a draft."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, ActorKind
from quizapp.audit.actions import record
from quizapp.bank import pictures, reviews
from quizapp.bank.models import Question, Revision
from quizapp.bank.reviews import QUESTIONS
from quizapp.bank.written import Written
from quizapp.core.errors import Invalid
from quizapp.core.i18n import _
from quizapp.core.ids import new_id

retire, bring_back = QUESTIONS.retire, QUESTIONS.bring_back


def make(session: Session, said: Written, *, key: str, by: Actor, now: datetime) -> Revision:
    """Make a question with its first draft; Invalid if the key is taken. "": one is made."""
    made = new_id()
    key = key or f"{said.stage}-{said.topic_key}-{made.hex[-8:]}"
    if session.scalar(select(Question.id).where(Question.key == key)):
        raise Invalid(_("There is a question with this key already."), fields={"key": "taken"})
    question = Question(
        id=made, key=key, topic_key=said.topic_key, kind=said.kind, stage=said.stage,
        difficulty=said.difficulty, pool=said.pool, core=said.core,
    )  # fmt: skip
    session.add(question)
    session.flush()
    record(session, "question.made", by=by, now=now, question=key)
    first = _revise(session, question, said, number=1, by=by, now=now)
    question.found_by(first)
    session.flush()
    return first


def edit(
    session: Session, question: Question, said: Written, *, base: Revision, by: Actor, now: datetime
) -> Revision:
    """Add a draft that was written over `base`; what waits for review is taken back.

    Invalid: nothing is changed. Conflict: somebody has written a newer version meanwhile.
    """
    number = QUESTIONS.next_after(session, question, base)
    if said.digest(question.key) == base.digest:
        raise Invalid(_("Nothing is changed."))
    QUESTIONS.take_back(session, question)
    made = _revise(session, question, said, number=number, by=by, now=now)
    if question.current is None:  # Nothing of it is in use that would have to wait.
        reviews.adopt(made)
    record(session, "question.edited", by=by, now=now, question=question.key, number=made.number)
    return made


def _revise(
    session: Session, question: Question, said: Written, *, number: int, by: Actor, now: datetime
) -> Revision:
    if said.picture:
        said = replace(said, picture=pictures.keep(session, said.picture, now=now))
    made = said.revision(
        id=new_id(), question_id=question.id, number=number, digest=said.digest(question.key),
        written_by=by.id if by.kind is ActorKind.STAFF else None, made_at=now, question=question,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made
