"""Bringing the files of lessons/ into the database, and what pupils do in a lesson."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.audit.actions import record
from quizapp.bank import marking
from quizapp.bank import queries as bank
from quizapp.bank.actions import Loaded
from quizapp.bank.asked import CHOOSE, UNCLEAR, Asked
from quizapp.bank.rules import Choice
from quizapp.core.clock import local_day
from quizapp.core.db import count, insert
from quizapp.core.errors import Conflict, Invalid, Missing
from quizapp.core.i18n import _, current_locale
from quizapp.lessons import courses, loading, queries
from quizapp.lessons.drafts import CourseDraft
from quizapp.lessons.files import Courses
from quizapp.lessons.models import (
    Checkpoint,
    CheckpointAnswer,
    Course,
    CourseLine,
    Lesson,
    LessonTally,
    Visit,
)
from quizapp.lessons.rules import seed


def load(session: Session, content: Courses, *, by: Actor, now: datetime) -> Loaded:
    """Make the database say what the files say; a second load changes nothing.

    What the site has edited since stays as it is: the file's text waits beside it as a draft. The
    bank must have been loaded before. Invalid: the files have faults, or a question is not in
    the database.
    """
    if content.faults:
        raise Invalid(_("The files have faults. Mend them first; nothing was changed."))
    loaded = loading.lessons(session, content.lessons, now=now)
    moved = _courses(session, content)
    if moved or loaded.new or loaded.changed or loaded.waiting:
        record(
            session, "content.loaded", by=by, now=now, what="lessons", new=loaded.new,
            changed=loaded.changed, waiting=len(loaded.waiting),
        )  # fmt: skip
    return loaded


def open(
    session: Session, actor: Actor, lesson: Lesson, *, was_open: bool = False, now: datetime
) -> Visit:
    """Begin the lesson, if the pupil has not; counted once, in the class of today.

    A lesson whose text has lost the checkpoints that were not answered is done with that.
    `was_open`: it was read while it was open, however late that is told, so what comes before is
    not asked. Missing: the lesson is for another stage. Conflict: another one comes before.
    """
    enrolment = queries.seat(session, actor, lesson)
    if not was_open and (
        first := courses.before(session, actor, lesson, locale=current_locale(), now=now)
    ):
        raise Conflict(_("Another lesson comes first: %(title)s.", title=first.title))
    key = {"school_id": actor.school_id, "pupil_id": actor.id, "lesson_id": lesson.id}
    begun = session.scalar(
        insert(session, Visit)
        .values(**key, class_id=enrolment.class_id, opened_at=now)
        .on_conflict_do_nothing()
        .returning(Visit.lesson_id)
    )
    visit = session.get_one(Visit, key)
    if begun:
        count(session, LessonTally, _cell(visit, now), opened=1)
        record(session, "lesson.opened", by=actor, now=now, path=actor.seat, lesson=lesson.id)
    elif visit.finished_at is None:
        _finish_if_whole(session, visit, queries.checkpoints(session, lesson), now)
    return visit


def answer(
    session: Session,
    actor: Actor,
    lesson: Lesson,
    position: int,
    sent: Sequence[str],
    *,
    read: UUID | None = None,
    now: datetime,
) -> CheckpointAnswer:
    """Keep the choice, as a form sends it, and begin or finish the lesson with it.

    `read` is the revision that the pupil had before them, where that may be long ago: then what
    comes before the lesson is not asked. Invalid: nothing is chosen, or what cannot be. Missing: no
    such checkpoint, or another stage. Conflict: another lesson comes before, or the question is
    another one since.
    """
    visit = open(session, actor, lesson, was_open=read is not None, now=now)
    session.refresh(visit, with_for_update=True)  # Two last answers at once must see each other.
    stops = queries.text(session, lesson).checkpoints
    here = next((c for c in stops if c.position == position), None)
    if here is None:
        raise Missing(_("There is no such question in this lesson."))
    revision = bank.current(session, [here.question_id])[here.question_id]
    if read and read != revision.id:
        raise Conflict(_("This question was changed meanwhile. Read it and answer once more."))
    asked = Asked(revision, seed(actor.id, here.question_id))
    choice = _whole(asked, sent)
    right = asked.is_right(choice)
    said = {
        "revision_id": revision.id,
        "choice": marking.written(asked.kind, choice),
        "right": right,
        "at": now,
    }
    key = {
        "school_id": visit.school_id,
        "pupil_id": visit.pupil_id,
        "lesson_id": visit.lesson_id,
        "question_id": here.question_id,
    }
    session.execute(
        insert(session, CheckpointAnswer)
        .values(**key, **said, tries=1, first_right=right)
        .on_conflict_do_update(
            index_elements=list(key), set_=said | {"tries": CheckpointAnswer.tries + 1}
        )
    )
    _finish_if_whole(session, visit, stops, now)
    return session.get_one(CheckpointAnswer, key, populate_existing=True)


def _whole(asked: Asked, sent: Sequence[str]) -> Choice:
    """Return the choice; Invalid where it is not whole, or cannot be."""
    try:
        choice = asked.of_form(sent)
    except ValueError:
        choice = ""
    if not marking.is_whole(choice):
        raise Invalid(str(UNCLEAR.get(asked.kind, CHOOSE)))
    return choice


def _finish_if_whole(
    session: Session, visit: Visit, stops: Sequence[Checkpoint], now: datetime
) -> None:
    if stops and queries.answered(session, visit, stops) == len(stops):
        _finish(session, visit, now)


def _finish(session: Session, visit: Visit, now: datetime) -> None:
    """Note that the lesson is done and count it, once: the first one to note it counts."""
    done = session.scalar(
        update(Visit)
        .where(
            Visit.school_id == visit.school_id,
            Visit.pupil_id == visit.pupil_id,
            Visit.lesson_id == visit.lesson_id,
            Visit.finished_at.is_(None),
        )
        .values(finished_at=now)
        .returning(Visit.lesson_id)
    )
    if done:
        count(session, LessonTally, _cell(visit, now), finished=1)


def _cell(visit: Visit, now: datetime) -> dict[str, object]:
    """Return the key of the tally's cell: the class of the visit, the local day of the act."""
    return {
        "school_id": visit.school_id,
        "class_id": visit.class_id,
        "lesson_id": visit.lesson_id,
        "day": local_day(now),
    }


def _courses(session: Session, content: Courses) -> bool:
    """Make the courses what their files say, their lines too; return whether any changed."""
    ids = {lesson.key: lesson.id for lesson in session.scalars(select(Lesson))}
    known = {course.key: course for course in queries.courses(session)}
    before = {key: _as_document(course) for key, course in known.items()}
    wanted = {key: draft.model_dump() for key, draft in content.courses.items()}
    for key in known.keys() - content.courses.keys():
        session.delete(known[key])
    for key, draft in content.courses.items():
        if before.get(key) != wanted[key]:
            _write_course(session, known.get(key), key, draft, ids)
    session.flush()
    return before != wanted


def _as_document(course: Course) -> dict[str, Any]:
    """Return a course of the database as its draft would be dumped."""
    keys = {line.lesson_id: line.lesson.key for line in course.lines}
    lines = [
        {
            "key": line.lesson.key,
            "term": line.term,
            "first": line.is_first,
            "day": line.day,
            "after": keys[line.after_id] if line.after_id else None,
        }
        for line in course.lines
    ]
    said = {"stage": course.stage, "grade": course.grade, "order": course.position}
    return {**said, **course.text, "lesson": lines}


def _write_course(
    session: Session, course: Course | None, key: str, draft: CourseDraft, ids: Mapping[str, UUID]
) -> None:
    if course is None:
        course = Course(key=key)
        session.add(course)
    elif course.lines:
        course.lines = []
        session.flush()  # A line that moves is taken out before it stands elsewhere.
    course.stage, course.grade, course.position = draft.stage, draft.grade, draft.order
    course.text = {"zh": draft.zh.model_dump(), "en": draft.en.model_dump()}
    course.lines = [
        CourseLine(
            position=position,
            lesson_id=ids[line.key],
            term=line.term,
            is_first=line.first,
            day=line.day,
            after_id=ids[line.after] if line.after else None,
        )
        for position, line in enumerate(draft.lesson, 1)
    ]
