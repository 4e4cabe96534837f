"""What pupils have done before a page is asked for."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import queries as accounts
from quizapp.audit.models import AuditEntry
from quizapp.bank.asked import Asked
from quizapp.bank.models import Revision
from quizapp.bank.rules import BankStage
from quizapp.core.ids import new_id
from quizapp.lessons.models import Course, CourseLine, Lesson, LessonText, Visit
from quizapp.orgs.rules import IN_SCOPE, Stage
from quizapp.quizzes import ahead, sittings
from quizapp.quizzes.models import Quiz, Sitting
from quizapp.quizzes.sittings import Given
from tests.stories import NOTES, STORY

PUPILS = ("林兰", "陈波", "周华", "何涛", "梅雪")


def lesson(
    session: Session, key: str, *, title: str, stage: BankStage = BankStage.JUNIOR
) -> Lesson:
    """Make an approved lesson without checkpoints, in the one course of its stage."""
    course = session.get(Course, stage.value)
    if course is None:
        text: dict[str, Any] = {"zh": {"title": f"{stage.value} 课程", "summary": "短课"}}
        grade = IN_SCOPE[Stage(stage)][0]
        course = Course(key=stage.value, stage=Stage(stage), grade=grade, position=1, text=text)
        session.add(course)
        session.flush()
    made = Lesson(id=new_id(), key=key, stage=stage, position=1, current=1)
    session.add(made)
    session.flush()
    place = len(course.lines)
    course.lines.append(CourseLine(position=place, lesson_id=made.id, term=1, is_first=not place))
    session.add(
        LessonText(
            lesson_id=made.id,
            number=1,
            digest="0" * 64,
            minutes=12,
            subjects=[],
            sources=[],
            as_of=date(2026, 11, 1),
            review_by=date(2027, 6, 30),
            text={"zh": {"title": title, "objective": "会说不"}},
            blocks={"zh": [{"html": "<p>…</p>"}]},
            polls={"zh": [{"asks": "先做什么？", "options": ["先问问", "谢谢，不要"]}]},
            scenario=STORY.as_document(),
            notes=NOTES,
            made_at=datetime.fromisoformat("2026-11-01T00:00:00+00:00"),
        )
    )  # fmt: skip
    session.flush()
    session.refresh(made)
    return made


def visit(
    session: Session, pupil: Actor, of: Lesson, *, at: datetime, finished: bool = False
) -> None:
    enrolment = accounts.own_enrolment(session, pupil)
    session.add(
        Visit(
            school_id=enrolment.school_id,
            pupil_id=pupil.id,
            lesson_id=of.id,
            class_id=enrolment.class_id,
            opened_at=at,
            finished_at=at if finished else None,
        )
    )  # fmt: skip


def begin(session: Session, quiz: Quiz, pupil: Actor, *, at: datetime) -> Sitting:
    enrolment = accounts.own_enrolment(session, pupil)
    return sittings.start(session, quiz, enrolment, by=pupil, device="d" * 22, now=at).sitting


def finish(session: Session, quiz: Quiz, pupil: Actor, *, right: int, at: datetime) -> Sitting:
    """Take the quiz and hand it in, with so many right answers and the rest left open."""
    sitting = begin(session, quiz, pupil, at=at)
    for position, (revision_id, seed) in enumerate(ahead.items(session, sitting)[:right], start=1):
        revision = session.get_one(Revision, revision_id)
        asked = Asked(revision, seed)
        letters = asked.sent(asked.key)
        sittings.save(session, sitting, [Given(position, letters, seq=1)], now=at)
    return sittings.submit(session, sitting, now=at)


def looks(session: Session) -> list[AuditEntry]:
    """Return what the log says of names that were looked at."""
    found = session.query(AuditEntry).filter_by(event="pupil.seen").order_by(AuditEntry.id)
    return list(found)
