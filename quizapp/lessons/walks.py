"""What pupils choose in a scenario: going on, starting over, and how a class chose, as counts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from quizapp.access.policy import Actor
from quizapp.core.errors import Conflict
from quizapp.core.i18n import _, in_language
from quizapp.lessons import actions, queries
from quizapp.lessons.models import Lesson, LessonText, Walk
from quizapp.lessons.rules import LEAST, told_of
from quizapp.lessons.scenarios import Ending, Scenario, Scene, Skill, at, taken
from quizapp.orgs.models import SchoolClass


@dataclass(frozen=True)
class Chosen:
    """A choice of a scene, and how many took it; `share` (0–1) of those who came to the scene."""

    says: str
    skill: Skill | None
    count: int
    share: float


@dataclass(frozen=True)
class Fork:
    """A scene at which somebody chose. `lines` as the scenario has them."""

    lines: Sequence[Mapping[str, Any]]
    reached: int
    choices: Sequence[Chosen]


@dataclass(frozen=True)
class Ended:
    """An ending, and how many came to it; `share` (0–1) of all who walked."""

    ending: Ending
    lines: Sequence[Mapping[str, Any]]
    count: int
    share: float


@dataclass(frozen=True)
class Tally:
    """How a class went through a scenario: of each pupil the first walk that ended, and no name.

    `counted` walks stand behind `forks` and `endings`, the earliest ones (`rules.told_of`): who
    watches the counts grow does not see what a single classmate chose. None: both are empty.
    """

    title: str
    lang: str
    counted: int
    least: int
    forks: Sequence[Fork]
    endings: Sequence[Ended]


def go(
    session: Session,
    actor: Actor,
    lesson: Lesson,
    path: str,
    *,
    read: int | None = None,
    now: datetime,
) -> Walk:
    """Let the pupil stand where the path leads, from the first scene; "" is the beginning.

    The same path twice is once. The first walk that comes to an ending counts for the class of
    that day. `read` is the number of the text that the pupil had before them, where that may be
    long ago: then what comes before the lesson is not asked. Missing: there is no such way, or the
    lesson is not the pupil's. Conflict: another lesson comes before, or the story is another one
    since.
    """
    visit = actions.open(session, actor, lesson, was_open=read is not None, now=now)
    said = _text(session, lesson)
    if read and read != said.number:
        raise Conflict(_("This story was changed meanwhile. Go through it once more."))
    scene = at(queries.scenario(said), path)
    session.refresh(visit, with_for_update=True)  # Two steps at once follow one another.
    seat = queries.seat(session, actor, lesson)
    walk = session.get(
        Walk, (visit.school_id, visit.pupil_id, visit.lesson_id), populate_existing=True
    )
    if walk is None:
        walk = Walk(
            school_id=visit.school_id, pupil_id=visit.pupil_id, lesson_id=lesson.id,
            class_id=seat.class_id,
        )  # fmt: skip
        session.add(walk)
    if walk.text_id != said.id:  # The story is another one since, and so are its ways.
        walk.text_id, walk.first, walk.ended_at = said.id, None, None
    walk.path = path
    if scene.ending and walk.first is None:
        walk.first, walk.ended_at, walk.class_id = path, now, seat.class_id
    session.flush()
    return walk


def has_ended(session: Session, actor: Actor, lesson: Lesson) -> bool:
    """Whether the pupil has come to an ending of the scenario as it is today."""
    walk = queries.walk(session, actor, lesson)
    return walk is not None and bool(walk.first) and walk.text_id == _text(session, lesson).id


def tally(session: Session, school_class: SchoolClass, lesson: Lesson, locale: str) -> Tally:
    """Return how those chose who walked in this class; Missing if the lesson has no scenario."""
    said = _text(session, lesson)
    scenario = queries.scenario(said)
    rows = session.execute(
        select(Walk.first)
        .where(Walk.school_id == school_class.school_id, Walk.class_id == school_class.unit_id)
        .where(Walk.lesson_id == lesson.id, Walk.text_id == said.id, Walk.first.is_not(None))
        .order_by(Walk.ended_at.asc().nulls_first(), Walk.pupil_id)  # The gone were the earliest.
    ).all()
    counted = told_of(len(rows))
    ways = Counter(row.first for row in rows[:counted])
    words = in_language(scenario.words, locale)
    lang = words["lang"]
    return Tally(
        title=words["title"],
        lang=lang,
        counted=counted,
        least=LEAST,
        forks=_forks(scenario, ways, lang),
        endings=_endings(scenario, ways, lang) if counted else [],
    )


def _forks(scenario: Scenario, ways: Mapping[str, int], lang: str) -> list[Fork]:
    """Return the scenes at which somebody chose, in the order of the scenario."""
    counts: Counter[tuple[str, int]] = Counter()
    for path, count in ways.items():
        for digit, (scene, _choice) in zip(path, taken(scenario, path), strict=True):
            counts[scene.id, int(digit)] += count
    found = [_fork(scene, counts, lang) for scene in scenario.scenes if scene.choices]
    return [fork for fork in found if fork.reached]


def _fork(scene: Scene, counts: Mapping[tuple[str, int], int], lang: str) -> Fork:
    here = [counts[scene.id, number] for number in range(len(scene.choices))]
    reached = sum(here)
    choices = [
        Chosen(choice.words[lang]["says"], choice.skill, count, count / max(reached, 1))
        for choice, count in zip(scene.choices, here, strict=True)
    ]
    return Fork(scene.words[lang]["lines"], reached, choices)


def _endings(scenario: Scenario, ways: Mapping[str, int], lang: str) -> list[Ended]:
    """Return every ending, also one to which nobody came, in the order of the scenario."""
    counts: Counter[str] = Counter()
    for path, count in ways.items():
        counts[at(scenario, path).id] += count
    return [
        Ended(scene.ending, scene.words[lang]["lines"], counts[scene.id],
              counts[scene.id] / max(counts.total(), 1))
        for scene in scenario.scenes
        if scene.ending
    ]  # fmt: skip


def _text(session: Session, of: Lesson) -> LessonText:
    """Return what the lesson says today, with its scenario and without what else is large."""
    rows = select(LessonText).join(Lesson, queries.CURRENT).where(Lesson.id == of.id)
    return session.scalars(rows.options(undefer(LessonText.scenario))).one()
