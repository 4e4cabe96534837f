"""Writing lessons on the site. Every edit is a new revision, and a draft."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, ActorKind
from quizapp.audit.actions import record
from quizapp.bank.models import RevisionState
from quizapp.bank.rules import BankStage, Origin
from quizapp.core.db import lock
from quizapp.core.errors import Invalid
from quizapp.core.i18n import _
from quizapp.core.ids import new_id
from quizapp.lessons import judging
from quizapp.lessons.drafts import MOST
from quizapp.lessons.models import Lesson, LessonRevision
from quizapp.lessons.reviews import LESSONS

retire, bring_back = LESSONS.retire, LESSONS.bring_back


def planned(session: Session, stage: BankStage, slug: str) -> Lesson:
    """Return a lesson as it would stand behind all others of its stage; it is not kept yet."""
    last = session.scalar(select(func.max(Lesson.position)).where(Lesson.stage == stage))
    return Lesson(
        id=new_id(), key=f"{stage}-{slug}", slug=slug, stage=stage, position=(last or 0) + 1
    )


def must_be_free(session: Session, lesson: Lesson) -> None:
    """Raise Invalid if the key of a planned lesson is taken, or if there is no room for it."""
    if session.scalar(select(Lesson.id).where(Lesson.key == lesson.key)):
        raise Invalid(_("There is a lesson with this key already."), fields={"slug": "taken"})
    if lesson.position > MOST:
        raise Invalid(_("A stage has at most 99 lessons."), fields={"slug": "full"})


def make(
    session: Session, stage: BankStage, slug: str, files: Mapping[str, str], *, by: Actor,
    now: datetime,
) -> LessonRevision:  # fmt: skip
    """Make a lesson with its first draft. Invalid: the key is taken, or there is no room."""
    lock(session, Lesson)  # Two made at once get a place each.
    lesson = planned(session, stage, slug)
    must_be_free(session, lesson)
    session.add(lesson)
    session.flush()
    record(session, "lesson.made", by=by, now=now, lesson=lesson.key)
    return _revise(session, lesson, files, number=1, by=by, now=now)


def edit(
    session: Session, lesson: Lesson, files: Mapping[str, str], *, base: LessonRevision,
    by: Actor, now: datetime,
) -> LessonRevision:  # fmt: skip
    """Add a draft that was written over `base`; what waits for review is taken back.

    Invalid: nothing is changed. Conflict: somebody has written a newer version meanwhile.
    """
    number = LESSONS.next_after(session, lesson, base)
    if dict(files) == base.files:
        raise Invalid(_("Nothing is changed."))
    LESSONS.take_back(session, lesson)
    made = _revise(session, lesson, files, number=number, by=by, now=now)
    record(session, "lesson.edited", by=by, now=now, lesson=lesson.key, number=made.number)
    return made


def _revise(
    session: Session, lesson: Lesson, files: Mapping[str, str], *, number: int, by: Actor,
    now: datetime,
) -> LessonRevision:  # fmt: skip
    read = judging.read(session, lesson, files)
    made = LessonRevision(
        id=new_id(),
        lesson_id=lesson.id,
        number=number,
        state=RevisionState.DRAFT,
        origin=Origin.SITE,
        digest=judging.digest(read, files),
        title=read.title,
        files=dict(files),
        written_by=by.id if by.kind is ActorKind.STAFF else None,
        made_at=now,
        lesson=lesson,
    )
    session.add(made)
    session.flush()
    return made
