"""What a campaign may hold and what one holds: units, lessons, topics, questions."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission, allows
from quizapp.access.scope import within
from quizapp.accounts import queries as accounts
from quizapp.bank import filters, search
from quizapp.bank.models import SavedFilter
from quizapp.bank.queries import topic_names
from quizapp.bank.rules import BankStage, bank_stage
from quizapp.campaigns import queries
from quizapp.campaigns.models import Campaign, CampaignKind
from quizapp.core.errors import Invalid, Missing
from quizapp.core.i18n import _, in_language
from quizapp.core.paging import Page, newest_first
from quizapp.lessons.models import Lesson, LessonText
from quizapp.lessons.queries import CURRENT
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import IN_SCOPE, Stage, UnitKind
from quizapp.quizzes import queries as quizzes
from quizapp.quizzes.models import Quiz

AT_SCHOOL = (UnitKind.SCHOOL, UnitKind.CLASS)


@dataclass(frozen=True)
class LessonCard:
    """A lesson by its title, in the language `lang`."""

    id: UUID
    key: str
    stage: BankStage
    title: str
    lang: str
    minutes: int


@dataclass(frozen=True)
class Finding:
    """A saved filter, and how many questions it finds to be drawn, by stage."""

    saved: SavedFilter
    found: Mapping[BankStage, int]


@dataclass(frozen=True)
class Ruled:
    """So many items of a form that come from what a saved filter finds."""

    rule: search.Filters
    items: int


def findings(
    session: Session, units: Sequence[Unit], stages: Collection[BankStage]
) -> list[Finding]:
    """Return the saved filters that find anything for these stages in quizzes of these units."""
    pools = {pool for unit in units for pool in quizzes.pools(unit)}
    saved = filters.saved(session)
    rules = {one.id: search.Filters.read(one.rule) for one in saved}
    counts = search.counts(session, rules, pools)
    found = [
        Finding(one, {stage: n for stage, n in counts[one.id].items() if stage in stages})
        for one in saved
    ]
    return [one for one in found if any(one.found.values())]


def lessons_of(session: Session, stages: Collection[BankStage]) -> Sequence[Lesson]:
    """Return the lessons in use of these stages, stage by stage in their order."""
    found = session.scalars(
        select(Lesson)
        .where(Lesson.stage.in_(stages), Lesson.retired_at.is_(None))
        .where(Lesson.current.is_not(None))
        .order_by(Lesson.position, Lesson.key)
    )
    order = list(BankStage)
    return sorted(found, key=lambda lesson: order.index(lesson.stage))


def cards(session: Session, lessons: Sequence[Lesson], locale: str) -> list[LessonCard]:
    """Return the lessons by title, in the same order."""
    rows = session.scalars(
        select(LessonText)
        .join(Lesson, CURRENT)
        .where(Lesson.id.in_([lesson.id for lesson in lessons]))
    )
    texts = {text.lesson_id: text for text in rows}
    return [_card(lesson, texts[lesson.id], locale) for lesson in lessons]


def lessons_for(campaign: Campaign, stage: Stage) -> list[Lesson]:
    """Return the lessons of the campaign that pupils of the stage can open."""
    own = bank_stage(stage)
    return [
        lesson for lesson in campaign.lessons if lesson.stage is own and lesson.retired_at is None
    ]


def assigned(session: Session, actor: Actor, now: datetime) -> set[UUID]:
    """Return the lessons that a campaign asks of the pupil now."""
    return queries.lessons_asked(session, actor, accounts.own_enrolment(session, actor), now=now)


def chosen_lessons(
    session: Session, keys: Collection[str], audience: Iterable[tuple[Stage, int]]
) -> list[Lesson]:
    """Return the lessons with these keys; Invalid if one is for none of the stages."""
    stages = {bank_stage(stage) for stage, _grade in audience}
    found = [lesson for lesson in lessons_of(session, list(BankStage)) if lesson.key in keys]
    if any(lesson.stage not in stages for lesson in found):
        says = _("A lesson is for a stage whose pupils do not take part. Choose grades to fit.")
        raise Invalid(says, fields={"lessons": "stage"})
    return found


def units_for(session: Session, actor: Actor, *, school_year: int) -> Sequence[Unit]:
    """Return where the actor may start a campaign: the own units and those directly below.

    Classes are those of the school year.
    """
    own = [unit.id for unit in orgs.tops(session, actor.paths)]
    return session.scalars(
        select(Unit)
        .outerjoin(SchoolClass, SchoolClass.unit_id == Unit.id)
        .where(or_(Unit.id.in_(own), Unit.parent_id.in_(own)))
        .where(within(Unit.path, actor, Permission.CAMPAIGN_EDIT))
        .where(or_(Unit.kind != UnitKind.CLASS, SchoolClass.school_year == school_year))
        .order_by(Unit.path)
    ).all()


def grades_of(
    session: Session, units: Sequence[Unit], *, school_year: int
) -> list[tuple[Stage, int]]:
    """Return the grades that may be asked: those taught there, or all in scope beneath a region.

    A class has its own, in scope or not.
    """
    everything = [(stage, grade) for stage, grades in IN_SCOPE.items() for grade in grades]
    if any(unit.kind not in (UnitKind.SCHOOL, UnitKind.CLASS) for unit in units):
        return everything
    ids = [unit.id for unit in units]
    rows = session.execute(
        select(SchoolClass.stage, SchoolClass.grade)
        .where(or_(SchoolClass.unit_id.in_(ids), SchoolClass.school_id.in_(ids)))
        .where(or_(SchoolClass.unit_id.in_(ids), SchoolClass.school_year == school_year))
        .distinct()
    )
    taught = {(stage, grade) for stage, grade in rows}
    if all(unit.kind is UnitKind.CLASS for unit in units):
        return sorted(taught, key=lambda pair: pair[1])
    return [pair for pair in everything if pair in taught] or everything


def page(session: Session, actor: Actor, *, after: UUID | None) -> Page[Campaign]:
    """Return the campaigns that reach the actor's units or stand beneath, newest first.

    What teachers assign to their classes is for their school to see; from above it would drown
    everything else.
    """
    inside = within(Unit.path, actor, Permission.PUPIL_READ)
    readable = (
        select(Campaign)
        .join(Unit, Unit.id == Campaign.unit_id)
        .where(within(Unit.path, actor, Permission.CAMPAIGN_READ))
        .where(or_(Campaign.kind != CampaignKind.ASSIGNMENT, inside))
    )
    return newest_first(session, readable, Campaign.id, after=after)


def counted_at(session: Session, actor: Actor, campaign: Campaign) -> list[Unit]:
    """Return the units at which the actor reads the counts of the campaign: its own, or theirs."""
    found = [
        unit if unit.path.startswith(campaign.path) else campaign.unit
        for unit in orgs.tops(session, actor.paths)
        if unit.path.startswith(campaign.path) or campaign.path.startswith(unit.path)
    ]
    return list({unit.id: unit for unit in found if _is_for(session, unit, campaign)}.values())


def topics_asked(session: Session, campaign: Campaign, locale: str) -> list[str]:
    """Return the names of the topics to which the quiz is narrowed; empty: all."""
    keys = {line.topic_key for line in campaign.quiz.lines} if campaign.quiz else set()
    return [name for key, name in topic_names(session, locale).items() if key in keys]


def ruled(campaign: Campaign) -> list[Ruled]:
    """Return what the quiz draws by saved filters, as they stood when it was made."""
    if campaign.quiz is None:
        return []
    lines = campaign.quiz.lines_of(campaign.quiz.lines[0].stage)
    return [Ruled(search.Filters.read(line.rule), line.items) for line in lines if line.rule]


def _is_for(session: Session, unit: Unit, campaign: Campaign) -> bool:
    """Whether the campaign asks pupils of the unit; of regions and schools it is taken as read."""
    if unit.kind is not UnitKind.CLASS:
        return True
    return is_for(campaign, orgs.school_class(session, unit.id))


@dataclass(frozen=True)
class Missed:
    """A campaign with a quiz, for a class of which some may have missed it.

    Its place is that of the school, and of a teacher's own assignment the class: a teacher alone
    opens no contest again.
    """

    campaign: Campaign
    school_class: SchoolClass
    path: str

    @property
    def quiz(self) -> Quiz:
        assert self.campaign.quiz  # noqa: S101 - see `missed`.
        return self.campaign.quiz


def missed(session: Session, campaign_id: UUID, unit_id: UUID) -> Missed:
    """Return what a class of the campaign may have missed; Missing if it is not for that class."""
    campaign = queries.campaign(session, campaign_id)
    school_class = orgs.school_class(session, unit_id)
    if campaign.quiz is None or not is_for(campaign, school_class):
        raise Missing(_("There is no such campaign here."))
    return _missed(session, campaign, school_class)


def to_make_up(session: Session, actor: Actor, campaign: Campaign) -> list[SchoolClass]:
    """Return the classes to which somebody of a school may give a make-up window, by grade.

    Offices have too many to choose from here: they come by the page of the class.
    """
    near = [unit for unit in orgs.tops(session, actor.paths) if unit.kind in AT_SCHOOL]
    if not near:
        return []
    rows = session.scalars(
        select(SchoolClass)
        .join(Unit, Unit.id == SchoolClass.unit_id)
        .where(within(Unit.path, actor, Permission.CAMPAIGN_EDIT))
        .where(SchoolClass.school_year == campaign.school_year)
        .order_by(SchoolClass.grade, SchoolClass.stage, SchoolClass.number)
    )
    return [
        one
        for one in rows
        if is_for(campaign, one)
        and allows(actor, Permission.CAMPAIGN_EDIT, _missed(session, campaign, one))
    ]


def _missed(session: Session, campaign: Campaign, school_class: SchoolClass) -> Missed:
    is_own = campaign.unit_id == school_class.unit_id
    place = school_class if is_own else orgs.unit(session, school_class.school_id)
    return Missed(campaign, school_class, place.path)


def is_for(campaign: Campaign, school_class: SchoolClass) -> bool:
    """Whether the campaign reaches the class and is for its year, stage and grade."""
    own = (school_class.stage, school_class.grade)
    return (
        school_class.path.startswith(campaign.path)
        and school_class.school_year == campaign.school_year
        and own in {(row.stage, row.grade) for row in campaign.audience}
    )


def _card(lesson: Lesson, text: LessonText, locale: str) -> LessonCard:
    words = in_language(text.text, locale)
    return LessonCard(
        lesson.id, lesson.key, lesson.stage, words["title"], words["lang"], text.minutes
    )
