"""Campaigns and assignments: the list, one of them, a new one, its end."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from sqlalchemy.orm import Session

from quizapp.access.policy import ActorKind, Permission, allows, holds, require
from quizapp.bank import filters
from quizapp.bank import queries as bank
from quizapp.bank.rules import BankStage, bank_stage
from quizapp.campaigns import actions, contents, queries
from quizapp.campaigns.contents import LessonCard
from quizapp.campaigns.forms import CampaignForm, form_of
from quizapp.campaigns.models import Campaign, CampaignKind
from quizapp.campaigns.words import BANK_STAGES, KINDS, grades_told
from quizapp.core.clock import now, this_school_year
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid, Missing, NotAllowed
from quizapp.core.i18n import _, current_locale, lazy
from quizapp.lessons import courses
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import Stage, UnitKind
from quizapp.quizzes import actions as quiz_actions
from quizapp.quizzes import queries as quizzes
from quizapp.quizzes.rules import Layout
from quizapp.quizzes.words import COUNTS, LAYOUTS, RELEASES
from quizapp.web import nav
from quizapp.web.doors import current_actor, needs
from quizapp.web.filters import day

bp = Blueprint("campaigns", __name__, url_prefix="/campaigns")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)
    nav.offer(
        app,
        nav.Offer("campaigns.index", lazy("Campaigns"), "megaphone", Permission.CAMPAIGN_READ),
    )
    courses.let_in(app, contents.assigned)


def for_staff(session: Session, campaign_id: UUID) -> Campaign:
    """Return the campaign; pupils meet it as quizzes and lessons, not on these pages."""
    _staff_only()
    return queries.campaign(session, campaign_id)


@bp.get("/")
@needs(Permission.CAMPAIGN_READ)
def index() -> Answer:
    _staff_only()
    actor, after = current_actor(), request.args.get("after", type=UUID)
    page = contents.page(database.session, actor, after=after)
    older = url_for(".index", after=page.after) if page.after else None
    return render_template(
        "campaigns/index.html", campaigns=page.rows, kinds=KINDS, now=now(),
        may_start=holds(actor, Permission.CAMPAIGN_EDIT),
        pages={"newer_url": url_for(".index") if after else None, "older_url": older},
    )  # fmt: skip


@bp.get("/<uuid:campaign_id>")
@needs(Permission.CAMPAIGN_READ, on=for_staff)
def show(campaign: Campaign) -> Answer:
    session, actor, at, locale = database.session, current_actor(), now(), current_locale()
    return render_template(
        "campaigns/show.html", campaign=campaign, kinds=KINDS, now=at,
        releases=RELEASES, counted=COUNTS, set_so=_set(campaign),
        grades=grades_told((row.stage, row.grade) for row in campaign.audience),
        lessons=contents.cards(session, campaign.lessons, locale),
        items=campaign.quiz.items if campaign.quiz else 0,
        topics=contents.topics_asked(session, campaign, locale), ruled=contents.ruled(campaign),
        topic_names=bank.topic_names(session, locale), sources=bank.source_titles(session),
        counts=_counts(campaign) if holds(actor, Permission.REPORT_READ) else [],
        may_end=campaign.ended_at is None and campaign.closes_at > at
        and allows(actor, Permission.CAMPAIGN_EDIT, campaign),
        may_rehearse=_may_rehearse(campaign, at), make_ups=_make_ups(campaign),
    )  # fmt: skip


@bp.get("/new")
@needs(Permission.CAMPAIGN_EDIT)
def new() -> Answer:
    code, actor, at = request.args.get("unit"), current_actor(), now()
    session, year = database.session, this_school_year()
    units = [_unit(code)] if code else contents.units_for(session, actor, school_year=year)
    if not units:
        raise Missing(_("You have no class in this school year."))
    form, key = _form(units), request.args.get("lesson")
    lesson = next((card for card in _cards(_grades(units)) if card.key == key), None)
    title = lesson.title if lesson else _("Anti-drug quiz of %(day)s", day=day(at))
    form.propose(title=title, lesson=lesson.key if lesson else None, now=at)
    return render_template("campaigns/new.html", form=form)


@bp.post("/")
@needs(Permission.CAMPAIGN_EDIT)
def create() -> Answer:
    unit = _unit(request.form.get("unit", ""))
    form = _form([unit])
    if not form.validate_on_submit():
        return render_template("campaigns/new.html", form=form), 422
    audience = form.audience() if form.grades else _own_grade(unit)
    try:
        with transaction() as session:
            lessons = contents.chosen_lessons(session, form.lessons.data or (), audience)
            saved = [filters.held(session, one, to_read=True) for one in form.chosen_filters]
            plan = form.plan(audience, lessons, saved)
            made = actions.start(session, unit, plan, by=current_actor(), now=now())
    except Invalid as wrong:
        form.blame(wrong)
        return render_template("campaigns/new.html", form=form), 422
    flash(_("Done: the pupils find it on their home page as soon as it opens."), "good")
    return redirect(url_for(".show", campaign_id=made.id), 303)


@bp.post("/<uuid:campaign_id>/end")
@needs(Permission.CAMPAIGN_EDIT, on=queries.campaign)
def end(campaign: Campaign) -> Answer:
    with transaction() as session:
        actions.end(session, campaign, by=current_actor(), now=now())
    flash(_("The campaign is over. What was counted stays."), "good")
    return redirect(url_for(".show", campaign_id=campaign.id), 303)


@bp.post("/<uuid:campaign_id>/mock")
@needs(Permission.CAMPAIGN_EDIT, on=queries.campaign)
def rehearse(campaign: Campaign) -> Answer:
    if campaign.quiz is None:
        raise Missing(_("This campaign has no quiz."))
    with transaction() as session:
        quiz_actions.rehearse(session, campaign.quiz, by=current_actor(), now=now())
    flash(_("The mock contest is open: pupils find it among their quizzes."), "good")
    return redirect(url_for(".show", campaign_id=campaign.id), 303)


def _may_rehearse(campaign: Campaign, at: datetime) -> bool:
    """Whether the actor may open a mock contest of this campaign."""
    quiz = campaign.quiz
    if quiz is None or campaign.kind is not CampaignKind.CONTEST or campaign.closes_at <= at:
        return False
    is_there = quizzes.mock(database.session, quiz) is not None
    return not is_there and allows(current_actor(), Permission.CAMPAIGN_EDIT, campaign)


def _make_ups(campaign: Campaign) -> list[tuple[str, str]]:
    """Return the classes to which the actor may give a make-up window: name and address."""
    session, actor = database.session, current_actor()
    found = contents.to_make_up(session, actor, campaign) if campaign.quiz else []
    return [
        (one.unit.name, url_for("make_ups.show", campaign_id=campaign.id, unit_id=one.unit_id))
        for one in found
    ]


def _set(campaign: Campaign) -> list[str]:
    """Say what is set of the quiz in another way than usual."""
    quiz = campaign.quiz
    if quiz is None:
        return []
    said = [
        (quiz.forward_only, _("only forward")),
        (quiz.layout is Layout.ALL, LAYOUTS[Layout.ALL]),
        (not quiz.shuffle_items, _("questions from easy to hard")),
        (not quiz.shuffle_options, _("options in the same order for everybody")),
    ]
    return [str(words) for holds_so, words in said if holds_so]


def _staff_only() -> None:
    if current_actor().kind is not ActorKind.STAFF:
        raise NotAllowed(_("This page is for staff."))


def _unit(code: str) -> Unit:
    """Return the unit at which the actor may start a campaign."""
    found = orgs.by_code(database.session, code)
    require(current_actor(), Permission.CAMPAIGN_EDIT, found)
    return found


def _own_grade(unit: Unit) -> list[tuple[Stage, int]]:
    school_class = orgs.school_class(database.session, unit.id)
    return [(school_class.stage, school_class.grade)]


def _grades(units: Sequence[Unit]) -> list[tuple[Stage, int]]:
    return contents.grades_of(database.session, units, school_year=this_school_year())


def _stages(grades: Sequence[tuple[Stage, int]]) -> set[BankStage]:
    return {bank_stage(stage) for stage, _grade in grades}


def _cards(grades: Sequence[tuple[Stage, int]]) -> list[LessonCard]:
    session = database.session
    found = contents.lessons_of(session, _stages(grades))
    return contents.cards(session, found, current_locale())


def _form(units: Sequence[Unit]) -> CampaignForm:
    """Return the form with what may be chosen for these units."""
    grades = _grades(units)
    findings = contents.findings(database.session, units, _stages(grades))
    form = form_of(findings, request.form)
    cards = _cards(grades)
    many = len({card.stage for card in cards}) > 1
    form.offer(
        units={unit.code: unit.name for unit in units},
        grades=grades,
        lessons={
            card.key: f"{BANK_STAGES[card.stage]} · {card.title}" if many else card.title
            for card in cards
        },
        topics=bank.topic_names(database.session, current_locale()),
    )
    if all(unit.kind is UnitKind.CLASS for unit in units):
        form.for_class()
    return form


def _counts(campaign: Campaign) -> list[tuple[str, str]]:
    """Return where the actor reads who or how many take part: name of the unit, address."""
    actor = current_actor()
    return [
        (
            unit.name,
            url_for("classes.progress", unit_id=unit.id, campaign_id=campaign.id)
            if unit.kind is UnitKind.CLASS and allows(actor, Permission.PUPIL_READ, unit)
            else url_for("reports.coverage", unit=unit.code, campaign=campaign.key),
        )
        for unit in contents.counted_at(database.session, actor, campaign)
    ]
