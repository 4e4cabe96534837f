"""Lessons on their way out: the folder lessons/ as the site has it."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from quizapp.core.errors import Conflict
from quizapp.core.i18n import _
from quizapp.lessons import judging
from quizapp.lessons.folders import SCENARIOS
from quizapp.lessons.models import CourseLine, Lesson, LessonRevision
from quizapp.lessons.pages import ENDINGS

APPROVED = (LessonRevision.lesson_id == Lesson.id) & (LessonRevision.number == Lesson.current)
GOES_OUT = Lesson.retired_at.is_(None) | Lesson.id.in_(select(CourseLine.lesson_id))


def files(session: Session) -> dict[str, str]:
    """Return the files of all approved lessons, by their path within lessons/.

    One that is out of use is among them only where a course names it: a course is held against its
    lessons. Conflict: two lessons say different things in one file.
    """
    found: dict[str, str] = {}
    rows = select(LessonRevision).join(Lesson, APPROVED).where(GOES_OUT)
    for revision in session.scalars(rows.options(undefer(LessonRevision.files))):
        lesson = revision.lesson
        for part, name in judging.names(lesson, revision.files).items():
            file, said = f"{lesson.stage}/{name}", revision.files[part]
            if found.setdefault(file, said) != said:
                raise Conflict(_("Two lessons have a file %(file)s, and %(key)s says something "
                                 "else in it. Give one of them a scenario of another name, and "
                                 "let it be signed.", file=file, key=lesson.key))  # fmt: skip
    return found


def out_of_use(session: Session) -> Sequence[str]:
    """Return the keys of the lessons among them that are out of use here: a load of these files
    elsewhere brings them in."""
    rows = select(Lesson.key).where(GOES_OUT, Lesson.current.is_not(None))
    return session.scalars(rows.where(Lesson.retired_at.is_not(None)).order_by(Lesson.key)).all()


def write(root: Path, out: Path, lessons: Mapping[str, str]) -> None:
    """Write the folder: these lessons, and all else of `root`: courses, pictures, sound, film.

    FileExistsError: there is something at this place.
    """
    shutil.copytree(root, out, ignore=_lessons)
    for name, said in lessons.items():
        file = out / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(said.encode())


def _lessons(folder: str, names: list[str]) -> set[str]:
    """Return what of a folder is a lesson's own, and so comes from the database."""
    if Path(folder).name == SCENARIOS:
        return set(names)
    return {name for name in names if name[:2].isdigit() and name.endswith(tuple(ENDINGS.values()))}
