"""Questions about campaigns."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission
from quizapp.access.scope import steps, within
from quizapp.accounts.models import Enrolment
from quizapp.campaigns.models import Campaign, CampaignPart
from quizapp.core.errors import Missing
from quizapp.core.i18n import _
from quizapp.orgs.models import Unit


def campaign(session: Session, campaign_id: UUID) -> Campaign:
    """Return the campaign; Missing if there is none."""
    if found := session.get(Campaign, campaign_id):
        return found
    raise Missing(_("There is no such campaign."))


def by_key(session: Session, key: str) -> Campaign:
    """Return the campaign with the key; Missing if there is none."""
    if found := session.scalar(select(Campaign).where(Campaign.key == key)):
        return found
    raise Missing(_("There is no campaign with the key %(key)s.", key=key[:60]))


def at(session: Session, unit: Unit) -> Sequence[Campaign]:
    """Return the campaigns that reach the unit: its own and those of units above, newest first."""
    return session.scalars(
        select(Campaign)
        .join(Unit, Unit.id == Campaign.unit_id)
        .where(Unit.path.in_(steps(unit.path)))
        .order_by(Campaign.opens_at.desc(), Campaign.id)
    ).all()


def open_to(
    session: Session, actor: Actor, enrolment: Enrolment, *, now: datetime
) -> Sequence[Campaign]:
    """Return what runs now for the pupil, the next to close first."""
    rows = select(Campaign).where(_runs(actor, enrolment, now))
    return session.scalars(rows.order_by(Campaign.closes_at, Campaign.id)).all()


def lessons_asked(
    session: Session, actor: Actor, enrolment: Enrolment, *, now: datetime
) -> set[UUID]:
    """Return the lessons in what runs now for the pupil, those for other stages among them."""
    parts = select(CampaignPart.lesson_id).join(Campaign, Campaign.id == CampaignPart.campaign_id)
    found = session.scalars(parts.where(_runs(actor, enrolment, now)))
    return {lesson_id for lesson_id in found if lesson_id}


def _runs(actor: Actor, enrolment: Enrolment, now: datetime) -> ColumnElement[bool]:
    """Whether a campaign runs now, and for the pupil."""
    own = enrolment.school_class
    return and_(
        Campaign.opens_at <= now,
        Campaign.closes_at > now,
        Campaign.ended_at.is_(None),
        Campaign.unit.has(within(Unit.path, actor, Permission.CAMPAIGN_READ)),
        Campaign.audience.any(stage=own.stage, grade=own.grade),
    )
