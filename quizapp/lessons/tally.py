"""Which lessons there are for which grade, what is thin, and the same as a table in Markdown."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields

from quizapp.lessons.drafts import DAYS, CourseDraft, LessonDraft
from quizapp.lessons.files import Courses
from quizapp.lessons.scenarios import Ending
from quizapp.orgs.rules import IN_SCOPE

ENOUGH_LESSONS, ENOUGH_ENGLISH = 28, 2
ENOUGH_SKILLS = 2  # That a scenario practises.


@dataclass(frozen=True)
class Row:
    """A lesson in its place in a course; endings as good, mixed, again."""

    course: str
    lesson: str
    title: str
    plan: str
    minutes: int
    checkpoints: int
    scenes: int
    endings: str
    english: str


def rows(content: Courses) -> list[Row]:
    """Return the lessons of each course, in the order of the courses; those at fault left out."""
    known = {lesson.key: lesson for lesson in content.lessons}
    courses = sorted(content.courses.items(), key=lambda pair: pair[1].order)
    return [
        _row(key, course, place, known[line.key])
        for key, course in courses
        for place, line in enumerate(course.lesson)
        if line.key in known
    ]


def thin(content: Courses) -> list[str]:
    """Return what the lessons as a whole have too little of, in sentences for their editors."""
    return [*_missing(content), *_alike(content), *_unskilled(content)]


def table(content: Courses) -> str:
    """Return the rows as a table in Markdown, then sums, then what is thin."""
    names = [field.name for field in fields(Row)]
    marks = ["--:" if field.type is int else "---" for field in fields(Row)]
    lines = [names, marks, *(astuple(row) for row in rows(content))]
    drawn = "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
    minutes = sum(lesson.front.minutes for lesson in content.lessons)
    sums = (
        f"{len(content.lessons)} lessons, {minutes} minutes in all; "
        f"{_english(content)} are in English too."
    )
    told = "\n".join(f"- thin: {says}" for says in thin(content)) or "Nothing is thin."
    return f"{drawn}\n\n{sums}\n\n{told}"


def _row(key: str, course: CourseDraft, place: int, lesson: LessonDraft) -> Row:
    line, story = course.lesson[place], lesson.scenario
    ends = Counter(scene.ending for scene in story.endings) if story else Counter()
    marks = ["first"] if line.first else []
    return Row(
        course=key,
        lesson=lesson.key,
        title=lesson.front.title,
        plan=", ".join([f"term {line.term}", *marks, *([line.day] if line.day else [])]),
        minutes=lesson.front.minutes,
        checkpoints=len(lesson.checkpoints),
        scenes=len(story.scenes) if story else 0,
        endings=" · ".join(str(ends[ending]) for ending in Ending),
        english="yes" if "en" in lesson.text else "",
    )


def _missing(content: Courses) -> Iterator[str]:
    if len(content.lessons) < ENOUGH_LESSONS:
        yield f"there are {len(content.lessons)} lessons; {ENOUGH_LESSONS} are wanted"
    if _english(content) < ENOUGH_ENGLISH:
        yield f"{_english(content)} lessons are in English; {ENOUGH_ENGLISH} are wanted"
    taught = {(course.stage, course.grade) for course in content.courses.values()}
    for stage, grades in IN_SCOPE.items():
        for grade in grades:
            if (stage, grade) not in taught:
                yield f"there is no course for {stage}, grade {grade}"
    days = {line.day for course in content.courses.values() for line in course.lesson}
    for day in DAYS:
        if day not in days:
            yield f"no lesson is for the themed day {day}"


def _alike(content: Courses) -> Iterator[str]:
    asked = defaultdict(list)
    for lesson in content.lessons:
        for key in lesson.checkpoints:
            asked[key].append(lesson.key)
    for key, lessons in sorted(asked.items()):
        if len(lessons) > 1:
            yield f"{key} is asked in {' and '.join(lessons)}"


def _unskilled(content: Courses) -> Iterator[str]:
    for lesson in content.lessons:
        scenes = lesson.scenario.scenes if lesson.scenario else []
        skills = {choice.skill for scene in scenes for choice in scene.choices} - {None}
        if len(skills) < ENOUGH_SKILLS:
            yield f"the scenario of {lesson.key} practises {len(skills)} of the five skills"


def _english(content: Courses) -> int:
    return sum("en" in lesson.text for lesson in content.lessons)
