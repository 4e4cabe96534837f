"""Things for tests, made with sensible defaults: plain functions, nothing clever."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, and_, create_engine, select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor
from quizapp.accounts.models import Enrolment, Pupil
from quizapp.bank.models import Question, Revision, RevisionState
from quizapp.bank.rules import BankStage, Kind, Origin, Pool
from quizapp.campaigns import actions as campaigns
from quizapp.campaigns.models import Campaign, CampaignKind
from quizapp.core.ids import new_id
from quizapp.lessons.models import Lesson
from quizapp.orgs import rolls
from quizapp.orgs.models import Roll, SchoolClass, Unit
from quizapp.orgs.rules import Stage
from quizapp.quizzes import actions as quizzes
from quizapp.quizzes.drawing import Line
from quizapp.quizzes.models import Quiz
from quizapp.quizzes.rules import Release


def asked(session: Session, key: str) -> Question:
    """Return the question with the key."""
    return session.scalars(select(Question).where(Question.key == key)).one()


def said(session: Session, key: str) -> Revision:
    """Return the text of the question that is in use."""
    of = Revision.question_id == Question.id, Revision.number == Question.current
    return session.scalars(
        select(Revision).join(Question, and_(*of)).where(Question.key == key)
    ).one()


def pupil(
    session: Session,
    school_class: SchoolClass,
    *,
    name: str = "王小青",
    login: str | None = None,
    seat: int | None = None,
    secret_hash: str | None = None,
) -> Pupil:
    made = Pupil(
        school_id=school_class.school_id, id=new_id(), child_id=new_id(), name=name,
        login=login or str(new_id())[-12:], secret_hash=secret_hash,
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add(
        Enrolment(
            school_id=made.school_id,
            pupil_id=made.id,
            class_id=school_class.unit_id,
            seat=seat,
            from_on=date(2026, 9, 1),
            school_class=school_class,
        )
    )
    session.flush()
    return made


def question(
    session: Session,
    number: int,
    *,
    stage: BankStage = BankStage.JUNIOR,
    kind: Kind | None = None,
    pool: Pool = Pool.OPEN,
    key: str | None = None,
    topic: str | None = None,
    text: dict[str, Any] | None = None,
    answer: list[int] | None = None,
) -> Question:
    """Make an approved question whose right option says "right <number>"; every sixth is multiple.

    Its options are numbered in the file's order: right, wrong a, wrong b (and right too).
    """
    kind = kind or (Kind.MULTIPLE if number % 6 == 5 else Kind.SINGLE)
    options = [
        {"text": f"right {number}"},
        {"text": f"wrong a{number}", "feedback": "not a"},
        {"text": f"wrong b{number}", "feedback": "not b"},
    ]
    right = [0]
    if kind is Kind.MULTIPLE:
        options.append({"text": f"right too {number}"})
        right = [0, 3]
    made = Question(
        id=new_id(), key=key or f"{stage}-q{number}",
        topic_key=topic or ("refusal" if number % 2 else "law"),
        kind=kind, stage=stage, difficulty=number % 3 + 1, pool=pool, current=1,
    )  # fmt: skip
    session.add(made)
    session.flush()
    said = Revision(
        question_id=made.id,
        number=1,
        state=RevisionState.APPROVED,
        origin=Origin.FILE,
        digest=f"{number:064d}",
        kind=kind,
        objective="say no",
        sources=[],
        as_of=date(2026, 11, 1),
        review_by=date(2027, 6, 30),
        text=text
        or {"zh": {"stem": f"问题 {number}?", "options": options, "explain": f"因为 {number}"}},
        answer=right if answer is None else answer,
        made_at=datetime(2026, 9, 1, tzinfo=UTC),
        question=made,
    )
    made.found_by(said)
    session.add(said)
    session.flush()
    return made


def quiz(
    session: Session,
    unit: Unit,
    *,
    now: datetime,
    items: int = 4,
    attempts: int = 1,
    minutes: int = 10,
    release: Release = Release.AFTER_SUBMISSION,
    audience: Sequence[tuple[Stage, int]] = ((Stage.JUNIOR, 7),),
    by: Actor = SYSTEM,
    lasts: timedelta = timedelta(days=7),
    topic: str | None = None,
) -> Quiz:
    """Make and open a quiz whose window began an hour ago."""
    rules = quizzes.Rules(
        title="禁毒知识小测", minutes=minutes, opens_at=now - timedelta(hours=1),
        closes_at=now + lasts, attempts=attempts, release=release,
    )  # fmt: skip
    made = quizzes.create(
        session, unit, rules, audience=audience, lines=[Line(topic, None, items)], by=by, now=now
    )
    quizzes.publish(session, made, by=by, now=now)
    session.flush()
    return made


def campaign(
    session: Session,
    unit: Unit,
    *,
    now: datetime,
    items: int = 4,
    lessons: Sequence[Lesson] = (),
    key: str = "contest",
    audience: Sequence[tuple[Stage, int]] = ((Stage.JUNIOR, 7),),
    by: Actor = SYSTEM,
    attempts: int = 1,
) -> Campaign:
    """Make a campaign that began an hour ago and ends in a week."""
    plan = campaigns.Plan(
        title="禁毒知识竞赛", kind=CampaignKind.CONTEST, opens_at=now - timedelta(hours=1),
        closes_at=now + timedelta(days=7), audience=audience, items=items, lessons=lessons,
        attempts=attempts,
    )  # fmt: skip
    return campaigns.start(session, unit, plan, by=by, now=now, key=key)


def roll(
    session: Session,
    unit: Unit,
    counts: Sequence[tuple[Unit, int]],
    *,
    now: datetime,
    grade: int = 7,
    counted_on: date = date(2026, 9, 10),
    signed: bool = True,
) -> Roll:
    """Enter a roll of one junior grade; signed a moment before `now` unless told not to."""
    lines = [rolls.Headcount(school, Stage.JUNIOR, grade, pupils) for school, pupils in counts]
    made = rolls.enter(
        session, unit, lines, counted_on=counted_on, source="test", by=SYSTEM, now=now
    )
    if signed:
        before = now - timedelta(minutes=1)
        rolls.sign(session, made, signer="教育局 示例", by=SYSTEM, now=before, unconfirmed=True)
    session.flush()
    return made


def engine(url: str) -> Engine:
    """Return an engine for the address, whether anything answers there or not."""
    return create_engine(url)
