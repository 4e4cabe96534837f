"""Starting and ending campaigns, a teacher's assignment among them."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.audit.actions import record
from quizapp.campaigns.models import Campaign, CampaignAudience, CampaignKind, CampaignPart
from quizapp.core.clock import local_day, school_year
from quizapp.core.errors import Conflict, Invalid
from quizapp.core.i18n import _
from quizapp.lessons.models import Lesson
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import Stage
from quizapp.quizzes import actions as quizzes
from quizapp.quizzes.drawing import Line
from quizapp.quizzes.models import Quiz
from quizapp.quizzes.rules import Counting, Layout, Release


@dataclass(frozen=True)
class Plan:
    """What a campaign is to be: its window, for whom, and what is to be done.

    Without `items` it has no quiz. Of these, `shares` says how many come from saved filters;
    `topics` narrows what the rest asks, none means all.
    """

    title: str
    kind: CampaignKind
    opens_at: datetime
    closes_at: datetime
    audience: Sequence[tuple[Stage, int]]
    lessons: Sequence[Lesson] = ()
    items: int = 0
    topics: Sequence[str] = ()
    shares: Sequence[quizzes.Share] = ()
    minutes: int = 10
    attempts: int = 1
    pass_percent: int = 60
    release: Release = Release.AFTER_SUBMISSION
    key_release: Release | None = None
    explain_release: Release | None = None
    counts: Counting = Counting.BEST
    shuffle_items: bool = True
    shuffle_options: bool = True
    layout: Layout = Layout.ONE
    forward_only: bool = False
    target_percent: int = 90


def start(
    session: Session, unit: Unit, plan: Plan, *, by: Actor, now: datetime, key: str | None = None
) -> Campaign:
    """Make the campaign with its quiz and open both; Invalid if there is nothing to do in it."""
    if not plan.items and not plan.lessons:
        raise Invalid(_("Choose a quiz, a lesson, or both."), fields={"lessons": "none"})
    if plan.closes_at <= max(plan.opens_at, now):
        raise Invalid(_("The end must lie ahead, and after the beginning."),
                      fields={"closes_at": "too_early"})  # fmt: skip
    year = school_year(local_day(max(plan.opens_at, now)))  # Whose classes it is for.
    campaign = Campaign(
        key=key or _new_key(now), unit_id=unit.id, unit=unit, kind=plan.kind, title=plan.title,
        target_percent=plan.target_percent, school_year=year, opens_at=plan.opens_at,
        closes_at=plan.closes_at, made_by=by.id, made_at=now,
    )  # fmt: skip
    campaign.audience = [CampaignAudience(stage=s, grade=grade) for s, grade in plan.audience]
    session.add(campaign)
    parts = []
    if plan.items:
        quiz = _quiz(session, unit, plan, by=by, now=now)
        parts.append(CampaignPart(position=0, quiz_id=quiz.id, quiz=quiz))
    for lesson in plan.lessons:
        parts.append(CampaignPart(position=len(parts), lesson_id=lesson.id, lesson=lesson))
    campaign.parts = parts
    session.flush()
    record(session, "campaign.started", by=by, now=now, path=unit.path, campaign=campaign.id)
    return campaign


def end(session: Session, campaign: Campaign, *, by: Actor, now: datetime) -> None:
    """Call the campaign off: nobody starts anew; sittings under way go on, counts stay."""
    if campaign.ended_at or campaign.closes_at <= now:
        raise Conflict(_("This campaign is over already."))
    campaign.ended_at = now
    if quiz := campaign.quiz:
        quizzes.close(session, quiz, now=now)
    record(session, "campaign.ended", by=by, now=now, path=campaign.path, campaign=campaign.id)


def _quiz(session: Session, unit: Unit, plan: Plan, *, by: Actor, now: datetime) -> Quiz:
    rest = plan.items - sum(items for _saved, items in plan.shares)
    if rest < 0:
        raise Invalid(_("The saved filters ask for more questions than the quiz is to have."),
                      fields={"items": "too_few"})  # fmt: skip
    rules = quizzes.Rules(
        title=plan.title, minutes=plan.minutes, opens_at=plan.opens_at, closes_at=plan.closes_at,
        attempts=plan.attempts, pass_percent=plan.pass_percent, release=plan.release,
        key_release=plan.key_release, explain_release=plan.explain_release, counts=plan.counts,
        shuffle_items=plan.shuffle_items, shuffle_options=plan.shuffle_options,
        layout=plan.layout, forward_only=plan.forward_only,
    )  # fmt: skip
    quiz = quizzes.create(
        session, unit, rules, audience=plan.audience, lines=blueprint(rest, plan.topics),
        shares=plan.shares, by=by, now=now,
    )  # fmt: skip
    quizzes.publish(session, quiz, by=by, now=now)
    return quiz


def blueprint(items: int, topics: Sequence[str]) -> list[Line]:
    """Return lines that share the items out: evenly over the topics, or by difficulty over all.

    Over all topics about four items of ten are easy, three medium and three hard.
    """
    if topics:
        each, rest = divmod(items, len(topics))
        shares = [each + (n < rest) for n in range(len(topics))]
        return [Line(t, None, n) for t, n in zip(topics, shares, strict=True) if n]
    medium = hard = items * 3 // 10
    by_difficulty = {1: items - medium - hard, 2: medium, 3: hard}
    return [Line(None, d, n) for d, n in by_difficulty.items() if n]


def _new_key(now: datetime) -> str:
    return f"{local_day(now):%Y%m%d}-{secrets.token_hex(3)}"
