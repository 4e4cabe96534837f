"""The review of lessons: which rules one must keep, and what its approval changes."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from quizapp.bank import queries as bank
from quizapp.bank.files import dated
from quizapp.bank.signing import Way
from quizapp.core.errors import Conflict
from quizapp.core.i18n import _
from quizapp.lessons import judging, loading
from quizapp.lessons.judging import Read, Wrong
from quizapp.lessons.models import Lesson, LessonRemark, LessonRevision, LessonSignOff


def read(session: Session, revision: LessonRevision) -> Read:
    """Read what a revision says, as the rules and the bank are today."""
    return judging.read(session, revision.lesson, revision.files)


def told(made: Read, wrong: Wrong) -> str:
    """Return a broken rule as a sentence that names the file and the line."""
    return f"{made.names[wrong.part]}:{wrong.line}: {wrong.says}"


def faults(session: Session, revision: LessonRevision) -> Sequence[str]:
    """Return a sentence for everything that keeps the revision out of review."""
    made = read(session, revision)
    return [told(made, wrong) for wrong in made.faults]


def unsound(session: Session, on: date) -> list[str]:
    """Return a sentence for each rule that a lesson in use breaks by now, and for each that wants a
    look on that day. A load reads files; what the site wrote, nobody reads again."""
    in_use = (LessonRevision.lesson_id == Lesson.id) & (LessonRevision.number == Lesson.current)
    rows = select(LessonRevision).join(Lesson, in_use).where(Lesson.retired_at.is_(None))
    rows = rows.options(undefer(LessonRevision.files)).order_by(Lesson.key)
    found = []
    for revision in session.scalars(rows):
        made = read(session, revision)
        late = made.draft.front if made.draft else None
        says = [told(made, wrong) for wrong in made.faults]
        says += dated(late.as_of, late.review_by, on) if late else []
        found += [f"{revision.lesson.key}: {each}" for each in says]
    return found


def _into_use(session: Session, revision: LessonRevision, now: datetime) -> None:
    """Let pupils read it from now on. Conflict: it keeps the rules no longer."""
    made = read(session, revision)
    if made.draft is None:
        raise Conflict(_("This version breaks rules by now: %(first)s",
                         first=told(made, made.faults[0])))  # fmt: skip
    asked = bank.question_ids(session, made.draft.checkpoints)
    revision.digest = made.draft.digest  # Pictures may have changed since it was written.
    loading.bring_in(session, revision.lesson, revision.number, made.draft, asked, now=now)


LESSONS = Way(
    "lesson", LessonRevision, LessonRevision.lesson_id, LessonSignOff, LessonRemark,
    faults=faults, adopt=_into_use,
)  # fmt: skip
submit, sign, send_back, say = LESSONS.submit, LESSONS.sign, LESSONS.send_back, LESSONS.say
sign_offs, remarks, signable = LESSONS.sign_offs, LESSONS.remarks, LESSONS.signable
take_back = LESSONS.take_back
