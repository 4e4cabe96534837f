"""Teaching a class: where it begins, the lesson on the board step by step, the teacher's notes."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Blueprint, Flask, render_template, request, url_for
from flask.typing import ResponseReturnValue as Answer
from sqlalchemy.orm import Session

from quizapp.access.policy import ActorKind, Permission, allows, holds, require
from quizapp.core.clock import local_day, now, this_school_year
from quizapp.core.db import database
from quizapp.core.errors import NotAllowed
from quizapp.core.i18n import _, current_locale
from quizapp.lessons import classes, polls, queries, teaching
from quizapp.lessons.classes import ClassLesson
from quizapp.lessons.models import Lesson, Poll
from quizapp.lessons.rules import hour_of
from quizapp.lessons.teaching import Lecture, Stand, Step
from quizapp.web.doors import current_actor, needs

bp = Blueprint("teach", __name__, url_prefix="/lessons/<key>/teach")


def init_app(app: Flask) -> None:
    app.register_blueprint(bp)


@dataclass(frozen=True)
class Ways:
    """Where the board goes from here; None where there is no way. `choices` are of a scene."""

    here: str
    first: str
    previous: str | None
    next: str | None
    last: str
    reveal: str | None
    hands: str
    choices: list[str]
    leave: str


def for_staff(session: Session, key: str) -> Lesson:
    """Return the lesson; pupils read it on its own page, where nothing is answered for them."""
    if current_actor().kind is not ActorKind.STAFF:
        raise NotAllowed(_("This page is for staff."))
    return queries.lesson(session, key)


@bp.get("")
@needs(Permission.LESSON_READ, on=for_staff)
def show(lesson: Lesson) -> Answer:
    """The step that the address names; without one, the page on which the class is chosen."""
    number = request.args.get("step", type=int)
    return _begin(lesson) if number is None else _board(lesson, number)


@bp.get("/notes")
@needs(Permission.LESSON_READ, on=for_staff)
def notes(lesson: Lesson) -> Answer:
    session, actor, locale = database.session, current_actor(), current_locale()
    told = teaching.notes(session, lesson, locale)
    lecture = teaching.lecture(session, actor, lesson, locale)
    return render_template("teach/notes.html", lecture=lecture, notes=told)


def _begin(lesson: Lesson) -> Answer:
    session, actor, locale = database.session, current_actor(), current_locale()
    own = classes.taught_by(session, actor, school_year=this_school_year(), stage=lesson.stage)
    return render_template(
        "teach/new.html", lecture=teaching.lecture(session, actor, lesson, locale), classes=own,
        teaches=holds(actor, Permission.CLASS_TEACH),
        ways=[_address(lesson, one.unit_id, step=1) for one in own],
        alone=_address(lesson, None, step=1),
        notes_url=url_for(".notes", key=lesson.key, _external=True),
    )  # fmt: skip


def _board(lesson: Lesson, number: int) -> Answer:
    session, actor, at = database.session, current_actor(), now()
    lecture = teaching.lecture(session, actor, lesson, current_locale())
    step, of = lecture.step(number), _class(lesson)
    stand = None
    if step.story:
        stand = teaching.stand(step.story, request.args.get("path", ""))
    poll, votes = _poll(session, of, lesson, step)
    return render_template(
        "teach/show.html", lecture=lecture, number=number, step=step, stand=stand,
        school_class=of.school_class if of else None, poll=poll, votes=votes,
        shown="show" in request.args, hands="hands" in request.args,
        ways=_ways(lecture, lesson, of, number, step, stand), today=local_day(at),
        hour=hour_of(of.school_class.stage) if of else None,
        poll_address=f"{request.host}{url_for('poll.show')}",
        can={"see_results": of is not None and allows(actor, Permission.PUPIL_READ, of)},
    )  # fmt: skip


def _class(lesson: Lesson) -> ClassLesson | None:
    """Return the class that the address names; it must be one that the actor teaches."""
    unit_id = request.args.get("class", type=UUID)
    if unit_id is None:
        return None
    found = classes.class_lesson(database.session, unit_id, lesson.key)
    require(current_actor(), Permission.CLASS_TEACH, found)
    return found


def _poll(
    session: Session, of: ClassLesson | None, lesson: Lesson, step: Step
) -> tuple[Poll | None, int]:
    """Return the poll of the step, if the class was asked today, and how many have voted."""
    if of is None or step.poll is None:
        return None, 0
    found = polls.latest(session, of, queries.text(session, lesson), step.poll.position, now=now())
    return found, polls.votes(session, found) if found else 0


def _ways(
    lecture: Lecture,
    lesson: Lesson,
    of: ClassLesson | None,
    number: int,
    step: Step,
    stand: Stand | None,
) -> Ways:
    unit_id, last = of.school_class.unit_id if of else None, len(lecture.steps)

    def to(step: int, **more: str) -> str:
        return _address(lesson, unit_id, step=step, **more)

    previous = to(number - 1) if number > 1 else None
    if stand and stand.path:  # First back through the scenes.
        previous = to(number, path=stand.path[:-1])
    scenes = range(len(stand.scene.choices)) if stand else ()
    return Ways(
        here=to(number),
        first=to(1),
        previous=previous,
        next=to(number + 1) if number < last else None,
        last=to(last),
        reveal=to(number, show="1") if step.stop else None,
        hands=to(number, hands="1"),
        choices=[to(number, path=f"{stand.path if stand else ''}{n}") for n in scenes],
        leave=url_for("lessons.show", key=lesson.key),
    )


def _address(lesson: Lesson, unit_id: UUID | None, *, step: int, **more: str) -> str:
    values: dict[str, Any] = {"class": unit_id, "step": step, **more}
    return url_for("teach.show", key=lesson.key, **values)
