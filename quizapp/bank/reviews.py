"""The review of questions: which rules a text must keep, and what its approval changes."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from sqlalchemy.orm import Session

from quizapp.bank import queries, wording, written
from quizapp.bank.models import Remark, Revision, SignOff
from quizapp.bank.rules import BankStage, Pool
from quizapp.bank.signing import Judged, Way
from quizapp.bank.wording import WordDraft
from quizapp.bank.written import Written
from quizapp.core.paths import data_dir


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


def adopt(revision: Revision) -> None:
    """Let the question be what this revision says of it: its topic, stage, difficulty and pool."""
    question, head = revision.question, revision.head
    question.kind = revision.kind
    question.found_by(revision)
    if head:
        question.topic_key, question.difficulty = head["topic_key"], head["difficulty"]
        question.stage, question.pool = BankStage(head["stage"]), Pool(head["pool"])
        question.core = head["core"]


@cache  # The list ships with the site.
def _words() -> Sequence[WordDraft]:
    return wording.read(data_dir("question_bank")).words


def _into_use(_session: Session, revision: Revision, _now: datetime) -> None:
    revision.question.current = revision.number
    adopt(revision)


QUESTIONS = Way(
    "question", Revision, Revision.question_id, SignOff, Remark, faults=faults, adopt=_into_use
)
submit, sign, send_back, say = QUESTIONS.submit, QUESTIONS.sign, QUESTIONS.send_back, QUESTIONS.say
sign_offs, remarks, signable = QUESTIONS.sign_offs, QUESTIONS.remarks, QUESTIONS.signable
take_back = QUESTIONS.take_back
