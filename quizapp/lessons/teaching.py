"""A lesson step by step for a class: what stands on the board, and what only the teacher reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.core.errors import Missing
from quizapp.core.i18n import _, in_language
from quizapp.core.markup import trusted
from quizapp.lessons import queries, reading, slides
from quizapp.lessons.models import Lesson
from quizapp.lessons.reading import Asks, Block, Page, Stop, Story
from quizapp.lessons.scenarios import Scene, Skill, at, taken
from quizapp.lessons.slides import Sheet


@dataclass(frozen=True)
class Step:
    """One thing on the board: the title, text, a checkpoint, a poll, the scenario, whom to ask, or
    the end. `minutes` are those of an activity."""

    part: str
    is_title: bool = False
    html: Markup | None = None
    minutes: int | None = None
    stop: Stop | None = None
    poll: Asks | None = None
    story: Story | None = None
    is_help: bool = False
    is_end: bool = False


@dataclass(frozen=True)
class Stand:
    """Where the class stands in the scenario, come by `path`; the rest as in reading.Story."""

    path: str
    scene: Scene
    then: str
    skills: Sequence[Skill]


@dataclass(frozen=True)
class Lecture:
    """A lesson in steps; `number` counts them from 1."""

    page: Page
    steps: Sequence[Step]

    def step(self, number: int) -> Step:
        """Return the step; Missing if there are not so many."""
        if not 1 <= number <= len(self.steps):
            raise Missing(_("This lesson has no such step."))
        return self.steps[number - 1]


@dataclass(frozen=True)
class Notes:
    """What is for those who teach, in the language `lang`; the rest as drafts.NotesText has it."""

    lang: str
    prepare: Sequence[str]
    plan: Sequence[Mapping[str, Any]]
    say: Sequence[str]
    never: Sequence[str]

    @property
    def minutes(self) -> int:
        return sum(step["minutes"] for step in self.plan)


def lecture(session: Session, actor: Actor, of: Lesson, locale: str) -> Lecture:
    """Return the lesson as it is taught, to somebody who teaches it."""
    page = reading.page(session, actor, of, locale)
    notes = queries.text(session, of).notes.get(page.lang, {})
    times = [activity["minutes"] for activity in notes.get("activities", [])]
    return Lecture(page, list(_steps(page, times)))


def notes(session: Session, of: Lesson, locale: str) -> Notes:
    """Return the notes of the lesson; one without any has empty ones."""
    return notes_of(queries.text(session, of).notes, locale)


def notes_of(said: Mapping[str, Any], locale: str) -> Notes:
    """Return the notes of a text, as LessonText keeps them, in the language or in Chinese."""
    words: dict[str, Any] = in_language(said, locale) if said else {"lang": "zh"}
    kinds = ("prepare", "plan", "say", "never")
    return Notes(words["lang"], *(words.get(kind, []) for kind in kinds))


def stand(story: Story, path: str) -> Stand:
    """Return where a path leads; Missing if there is no such way."""
    steps = taken(story.scenario, path)
    return Stand(
        path=path,
        scene=at(story.scenario, path),
        then=steps[-1][1].words[story.lang]["then"] if steps else "",
        skills=list(dict.fromkeys(choice.skill for _scene, choice in steps if choice.skill)),
    )


def _steps(page: Page, times: Sequence[int]) -> Iterator[Step]:
    """Yield the steps of the lesson; `times` are the minutes of its activities, in order."""
    yield Step("", is_title=True)
    part, left = "", list(times)
    for block in page.blocks:
        if block.html is None:
            yield _step(part, block)
            continue
        for sheet in slides.sheets(str(block.html), part, page.lang):
            minutes = left.pop(0) if sheet.is_activity and left else None
            yield _sheet(sheet, minutes)
        part = slides.last_part(str(block.html), part)
    yield Step("", is_end=True)


def _step(part: str, block: Block) -> Step:
    return Step(part, stop=block.stop, poll=block.poll, story=block.story, is_help=block.is_help)


def _sheet(sheet: Sheet, minutes: int | None) -> Step:
    return Step(sheet.part, html=trusted(sheet.html), minutes=minutes)
