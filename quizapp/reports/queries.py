"""Who may see which report, and what is shown when nothing is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from quizapp.access.policy import EVERYWHERE, Actor, Permission, allows, reach, require
from quizapp.access.scope import steps
from quizapp.campaigns.models import Campaign
from quizapp.core.clock import end_of
from quizapp.core.errors import Invalid, Missing
from quizapp.core.i18n import _
from quizapp.core.paging import Page, newest_first
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import UnitKind
from quizapp.reports.frame import near
from quizapp.reports.ground import school_of

PAGE = 10  # Campaigns with their figures, each of which takes a few queries.


@dataclass(frozen=True)
class Asked:
    """A report: of which unit and campaign, as of which day, and whether with all rosters."""

    unit: Unit
    campaign: Campaign
    as_of: date
    rosters: bool = False

    @property
    def path(self) -> str:
        return self.unit.path


def asked(
    session: Session,
    actor: Actor,
    *,
    unit: str | None,
    campaign: str | None,
    as_of: date | None,
    today: date,
    rosters: bool = False,
) -> Asked:
    """Return the report that the codes name; without them the own unit, its latest campaign, today.

    Missing: the unit is not the actor's, or the campaign does not reach it. Invalid: a day to come.
    """
    here = place(session, actor, unit)
    day = as_of or today
    if day > today:
        raise Invalid(
            _("That day has not come yet. Choose today or an earlier day."),
            fields={"as_of": "not_yet"},
        )
    return Asked(here, _campaign(session, here, campaign, day), day, rosters)


def place(session: Session, actor: Actor, code: str | None) -> Unit:
    """Return the unit with the code, or the actor's own; Missing if it is not the actor's."""
    require(actor, Permission.REPORT_READ, EVERYWHERE)
    here = orgs.by_code(session, code) if code else own(session, actor)[0]
    require(actor, Permission.REPORT_READ, here)
    return here


def own(session: Session, actor: Actor) -> Sequence[Unit]:
    """Return the units at which the actor reads reports, the highest first."""
    return orgs.tops(session, reach(actor, Permission.REPORT_READ))


def line_up(session: Session, actor: Actor, unit: Unit) -> list[Unit]:
    """Return the unit and all above it whose reports the actor may read, from the top down."""
    above = orgs.line_up(session, unit)
    return [one for one in above if allows(actor, Permission.REPORT_READ, one)]


def campaigns(session: Session, unit: Unit, *, after: UUID | None) -> Page[Campaign]:
    """Return the campaigns that reach the unit or stand beneath it, newest first.

    A region's list leaves out what single classes do: there are thousands.
    """
    found = _reaching(unit)
    if school_of(unit) is None:
        found = found.where(Unit.kind != UnitKind.CLASS)
    return newest_first(session, found, Campaign.id, after=after, size=PAGE)


def _campaign(session: Session, unit: Unit, key: str | None, day: date) -> Campaign:
    """Return the one with the key; else the latest begun that reaches the unit from above."""
    found = _reaching(unit)
    if key:
        found = found.where(Campaign.key == key)
    first = found.order_by(
        Unit.path.in_(steps(unit.path)).desc(),
        (Campaign.opens_at < end_of(day)).desc(),
        Campaign.opens_at.desc(),
        Campaign.id.desc(),
    )
    if campaign := session.scalar(first.limit(1)):
        return campaign
    raise Missing(_("There is no such campaign here."))


def _reaching(unit: Unit) -> Select[Campaign]:
    return select(Campaign).join(Unit, Unit.id == Campaign.unit_id).where(near(unit.path))
