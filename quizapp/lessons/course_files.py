"""Reads lessons/courses/: which grade reads which lessons, and when."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from quizapp.bank import faults
from quizapp.bank.faults import Fault, nearest, strictly
from quizapp.bank.files import shown
from quizapp.bank.rules import BankStage, bank_stage
from quizapp.core.i18n import _
from quizapp.lessons.drafts import HINTS, CourseDraft
from quizapp.orgs.rules import IN_SCOPE

COURSES = "courses"
LINE = re.compile(r"^\s*\[\[\s*lesson\s*\]\]", re.MULTILINE)
LEAST_LESSONS = 4
Told = Iterator[tuple[int, str]]  # Line and sentence.


def read(root: Path, known: Mapping[str, BankStage]) -> tuple[dict[str, CourseDraft], list[Fault]]:
    """Return the courses by key, and every rule that one breaks.

    `known`: the stage of each lesson that there is, those at fault too.
    """
    made: dict[str, CourseDraft] = {}
    found: list[Fault] = []
    for file in sorted((root / COURSES).glob("*")):
        course, wrong = _course(file, known)
        found += [Fault(shown(file, root), line, file.stem, says) for line, says in wrong]
        if course:
            made[file.stem] = course
    for key, says in _pair_faults(made):
        found.append(Fault(shown(root / COURSES / f"{key}.toml", root), 1, key, says))
    if known and not made and not found:
        says = _("there is no course; add courses/grade-5.toml")
        found.append(Fault(shown(root / COURSES, root), 1, "", says))
    return made, found


def _course(
    file: Path, known: Mapping[str, BankStage]
) -> tuple[CourseDraft | None, list[tuple[int, str]]]:
    if file.suffix != ".toml" or not re.fullmatch(faults.KEY, file.stem) or len(file.stem) > 40:
        says = _("the name of a course is small letters, digits and hyphens, 40 at most, and "
                 ".toml; rename it")  # fmt: skip
        return None, [(1, says)]
    said, raw, wrong = faults.toml_file(file)
    if wrong:
        return None, wrong
    course, sentences = strictly(CourseDraft, raw, HINTS)
    if course is None:
        return None, [(1, says) for says in sentences]
    told = [(1, says) for says in _whole_faults(course)]
    return course, [*told, *_line_faults(course, _starts(said, len(course.lesson)), known)]


def _whole_faults(course: CourseDraft) -> Iterator[str]:
    if course.grade not in IN_SCOPE[course.stage]:
        grades = ", ".join(str(grade) for grade in IN_SCOPE[course.stage])
        yield _("grade is %(grade)s; this stage has %(grades)s", grade=course.grade, grades=grades)
    if len(course.lesson) < LEAST_LESSONS:
        yield _("a course has at least four lessons; add some")
    for term in (1, 2):
        if all(line.term != term for line in course.lesson):
            yield _("no lesson stands in term %(term)s; put one there", term=term)
    if sum(line.first for line in course.lesson) != 1:
        yield _("one lesson of a course is the first; write first = true once")
    if not any(line.day for line in course.lesson):
        yield _('no lesson is for a themed day; write day = "06-26" at one')


def _line_faults(course: CourseDraft, starts: list[int], known: Mapping[str, BankStage]) -> Told:
    own = bank_stage(course.stage)
    fitting = sorted(key for key, stage in known.items() if stage is own)
    before: list[str] = []
    for start, line in zip(starts, course.lesson, strict=True):
        if line.key not in known:
            yield start, _("there is no lesson %(key)s; %(words)s",
                           key=line.key, words=nearest(line.key, fitting))  # fmt: skip
        elif known[line.key] is not own:
            yield start, _("%(key)s is a lesson for another stage; choose one of this stage",
                           key=line.key)  # fmt: skip
        if line.key in before:
            yield start, _("%(key)s stands in this course already; once is enough", key=line.key)
        if line.after and line.after not in before:
            yield start, _("%(key)s does not stand before this lesson; name one that does",
                           key=line.after)  # fmt: skip
        before.append(line.key)


def _starts(said: str, lines: int) -> list[int]:
    """Return on which line of the file each lesson begins; 1 where that cannot be told."""
    found = [said[: start.end()].count("\n") + 1 for start in LINE.finditer(said)]
    return found if len(found) == lines else [1] * lines


def _pair_faults(courses: Mapping[str, CourseDraft]) -> Iterator[tuple[str, str]]:
    """Yield key and sentence where two courses want the same."""
    grades: dict[tuple[str, int], str] = {}
    orders: dict[int, str] = {}
    for key, course in courses.items():
        if (known := grades.setdefault((course.stage, course.grade), key)) != key:
            yield key, _("%(other)s is for this grade already; a grade has one course", other=known)
        if (known := orders.setdefault(course.order, key)) != key:
            yield key, _("%(other)s has this order already; choose another", other=known)
