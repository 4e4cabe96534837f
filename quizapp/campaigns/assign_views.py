"""Assigning a lesson, or lessons of a course, to classes: an assignment for each of them."""

from collections.abc import Sequence

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer

from quizapp.access.policy import Permission, allows
from quizapp.bank.rules import bank_stage
from quizapp.campaigns import actions, contents
from quizapp.campaigns.assign_forms import AssignForm
from quizapp.campaigns.contents import LessonCard
from quizapp.campaigns.models import Campaign
from quizapp.core.clock import local_day, now, this_school_year
from quizapp.core.db import database, transaction
from quizapp.core.errors import Invalid, Missing
from quizapp.core.i18n import _, current_locale, in_language, ngettext
from quizapp.lessons import classes
from quizapp.lessons import queries as lessons
from quizapp.lessons.models import Course, Lesson
from quizapp.orgs.models import SchoolClass
from quizapp.web.doors import current_actor, needs

bp = Blueprint("assignments", __name__, url_prefix="/assignments")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/new")
@needs(Permission.CAMPAIGN_EDIT)
def new() -> Answer:
    about = _about(request.args.get("lesson"), request.args.get("course"))
    code, own = request.args.get("unit"), _classes(about)
    form = _form(about, own)
    chosen = [code] if code else [own[0].unit.code] if len(own) == 1 else []
    keys = [card.key for card in _cards(about)]
    form.propose(classes=chosen, lessons=keys, today=local_day(now()))
    return render_template("assignments/new.html", form=form, title=_title(about))


@bp.post("/")
@needs(Permission.CAMPAIGN_EDIT)
def create() -> Answer:
    about = _about(request.form.get("lesson"), request.form.get("course"))
    own = _classes(about)
    form = _form(about, own)
    if not form.validate_on_submit():
        return render_template("assignments/new.html", form=form, title=_title(about)), 422
    chosen = [one for one in own if one.unit.code in (form.classes.data or ())]
    try:
        made = _start(form, about, chosen)
    except Invalid as wrong:
        form.blame(wrong)
        return render_template("assignments/new.html", form=form, title=_title(about)), 422
    flash(
        ngettext(
            "Done: the class finds it on its home page as soon as it opens.",
            "Done: %(num)s classes find it on their home page as soon as it opens.", len(made),
        ), "good",
    )  # fmt: skip
    if len(made) == 1:
        return redirect(url_for("campaigns.show", campaign_id=made[0].id), 303)
    return redirect(url_for("campaigns.index"), 303)


def _start(
    form: AssignForm, about: Lesson | Course, chosen: Sequence[SchoolClass]
) -> list[Campaign]:
    """Make an assignment for each class; all of them or none."""
    made, actor, at = [], current_actor(), now()
    with transaction() as session:
        for one in chosen:
            wanted = contents.chosen_lessons(
                session, form.lessons.data or (), [(one.stage, one.grade)]
            )
            cards = contents.cards(session, wanted, current_locale())
            title = cards[0].title if len(cards) == 1 else _title(about)
            plan = form.plan(one, title, wanted)
            made.append(actions.start(session, one.unit, plan, by=actor, now=at))
    return made


def _about(lesson: str | None, course: str | None) -> Lesson | Course:
    """Return what is assigned; Missing if there is no such thing."""
    session = database.session
    if course and (found := session.get(Course, course)):
        return found
    return lessons.lesson(session, lesson or "")


def _classes(about: Lesson | Course) -> list[SchoolClass]:
    """Return the classes that the actor teaches and that can read it, by grade; Missing: none."""
    session, actor, year = database.session, current_actor(), this_school_year()
    own = [
        one for one in classes.taught_by(session, actor, school_year=year) if _is_for(about, one)
    ]
    if not own:
        raise Missing(_("You have no class in this school year that can read this."))
    return [one for one in own if allows(actor, Permission.CAMPAIGN_EDIT, one)]


def _is_for(about: Lesson | Course, one: SchoolClass) -> bool:
    """Whether the class reads the lesson, or follows the course of its grade."""
    if isinstance(about, Lesson):
        return bank_stage(one.stage) is about.stage
    return (one.stage, one.grade) == (about.stage, about.grade)


def _cards(about: Lesson | Course) -> list[LessonCard]:
    session, locale = database.session, current_locale()
    if isinstance(about, Lesson):
        return contents.cards(session, [about], locale)
    every = [line.lesson for line in about.lines]
    wanted = [one for one in every if one.current and one.retired_at is None]
    return contents.cards(session, wanted, locale)


def _title(about: Lesson | Course) -> str:
    if isinstance(about, Lesson):
        return _cards(about)[0].title
    title: str = in_language(about.text, current_locale())["title"]
    return title


def _form(about: Lesson | Course, own: Sequence[SchoolClass]) -> AssignForm:
    form = AssignForm()
    form.offer(
        classes={one.unit.code: one.unit.name for one in own},
        lessons={card.key: card.title for card in _cards(about)},
    )
    is_lesson = isinstance(about, Lesson)
    form.lesson.data, form.course.data = (about.key, "") if is_lesson else ("", about.key)
    return form
