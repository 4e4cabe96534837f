"""Make-up windows: a later time for those who have missed a quiz. They count like all others."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts.models import Pupil
from quizapp.audit.actions import record
from quizapp.core.errors import Invalid
from quizapp.core.i18n import _
from quizapp.orgs.models import SchoolClass
from quizapp.quizzes.models import MakeUp, Quiz

LATEST = timedelta(days=60)  # After the close: what others may read only then cannot wait for ever.


def give(
    session: Session,
    quiz: Quiz,
    to: SchoolClass,
    *,
    pupils: Sequence[Pupil] = (),
    opens_at: datetime,
    closes_at: datetime,
    by: Actor,
    now: datetime,
) -> list[MakeUp]:
    """Open the quiz again for these pupils of the class; without any, for all who missed it.

    Invalid: it is not later than the window itself, not ahead, or too late.
    """
    if closes_at <= max(opens_at, now):
        raise Invalid(_("The end must lie ahead, and after the beginning."),
                      fields={"closes_at": "too_early"})  # fmt: skip
    if closes_at <= quiz.closes_at:
        raise Invalid(_("The quiz itself is open until then."), fields={"closes_at": "too_early"})
    if closes_at > quiz.closes_at + LATEST:
        raise Invalid(_("That is too late: others wait for their results until then. At most "
                        "%(days)s days after the quiz has closed.", days=LATEST.days),
                      fields={"closes_at": "too_late"})  # fmt: skip
    whose: list[UUID | None] = [pupil.id for pupil in pupils] or [None]
    given = [
        MakeUp(
            school_id=to.school_id, quiz_id=quiz.id, class_id=to.unit_id, pupil_id=pupil_id,
            opens_at=opens_at, closes_at=closes_at, made_by=by.id, made_at=now,
        )
        for pupil_id in whose
    ]  # fmt: skip
    session.add_all(given)
    # In one statement: of two who do this at once the later end stays.
    session.execute(
        update(Quiz)
        .where(Quiz.id == quiz.id)
        .where(or_(Quiz.made_up_until.is_(None), Quiz.made_up_until < closes_at))
        .values(made_up_until=closes_at)
    )
    session.flush()
    record(
        session, "quiz.made-up", by=by, now=now, path=to.path, quiz=quiz.id, pupils=len(pupils),
        opens=opens_at.isoformat(), closes=closes_at.isoformat(),
    )  # fmt: skip
    return given


def given(session: Session, quiz: Quiz, to: SchoolClass) -> Sequence[MakeUp]:
    """Return the make-up windows of the quiz in the class, the newest first."""
    return session.scalars(
        select(MakeUp)
        .where(
            MakeUp.school_id == to.school_id,
            MakeUp.class_id == to.unit_id,
            MakeUp.quiz_id == quiz.id,
        )
        .order_by(MakeUp.opens_at.desc(), MakeUp.id)
    ).all()
