"""Courses, lessons and their notes as files write them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from quizapp.bank.faults import Key, Strict, to
from quizapp.bank.rules import BankStage
from quizapp.core.i18n import lazy
from quizapp.lessons.scenarios import Scenario
from quizapp.orgs.rules import Stage

HINTS = {
    "key": lazy("give it a name for ever, such as primary-sweets-from-strangers"),
    "title": lazy("say what the lesson is called"),
    "minutes": lazy("say how many minutes it takes"),
    "objective": lazy("say what a pupil should know or be able to do"),
    "source": lazy("name at least one passage of sources.toml, such as rule:refuse-leave-tell"),
    "as_of": lazy("give the day on which somebody compared the lesson with its sources"),
    "review_by": lazy("give the day until which it can be trusted"),
    "stage": lazy("say primary, junior, senior or vocational"),
    "grade": lazy("say which grade it is for, as a number such as 5"),
    "order": lazy("say at which place the course stands, from 1"),
    "summary": lazy("say in a sentence what the course is about"),
    "lesson": lazy("name the lessons, each under [[lesson]]"),
    "term": lazy("say 1 (from September) or 2 (from February)"),
    "plan": lazy('say what happens when, as { minutes = 5, what = "…" }'),
    "what": lazy("say what happens then"),
    "say": lazy("write what is good to say"),
    "never": lazy("write what not to say or do, and why"),
    "letter": lazy("write the letter to parents"),
    "zh": lazy("write it in Chinese"),
}
MOST = 99  # Lessons of a stage: the names of their files begin with two digits.
ThemedDay = Literal["06-01", "06-03", "06-26"]  # 儿童节、虎门销烟纪念日、国际禁毒日
DAYS: tuple[str, ...] = get_args(ThemedDay)
Title = Annotated[str, to(80)]
Sentence = Annotated[str, to(300)]


class CourseText(Strict):
    title: Title
    summary: Annotated[str, to(300)]


class LineDraft(Strict):
    """A lesson in its place in a course."""

    key: Key
    term: Annotated[int, Field(ge=1, le=2)]
    first: bool = False
    day: ThemedDay | None = None
    after: Key | None = None


class CourseDraft(Strict):
    """A file of courses/. Its key is the file's name."""

    stage: Annotated[Stage, Field(strict=False)]
    grade: int
    order: Annotated[int, Field(ge=1)]
    zh: CourseText
    en: CourseText
    lesson: Annotated[list[LineDraft], Field(min_length=1)]


class EnglishFront(Strict):
    """What stands between +++ and +++ in an English lesson."""

    key: Key
    title: Title
    objective: Annotated[str, to(200)]


class Front(EnglishFront):
    """The same in a Chinese one."""

    minutes: Annotated[int, Field(ge=10, le=15)]
    subjects: list[Annotated[str, to(20)]] = Field(default_factory=list)
    source: Annotated[list[str], Field(min_length=1)]
    as_of: date
    review_by: date


class StepDraft(Strict):
    minutes: Annotated[int, Field(ge=1, le=45)]
    what: Sentence


class NotesText(Strict):
    """What those who teach are told. `letter` is Markdown."""

    prepare: list[Sentence] = Field(default_factory=list)
    plan: Annotated[list[StepDraft], Field(min_length=1)]
    say: Annotated[list[Sentence], Field(min_length=1)]
    never: Annotated[list[Sentence], Field(min_length=1)]
    letter: str


class NotesDraft(Strict):
    """A file of notes, beside its lesson."""

    zh: NotesText
    en: NotesText | None = None


@dataclass(frozen=True)
class Written:
    """A file of a lesson as it stands: its name in faults, its text, and what makes it unreadable.

    A lesson has these parts: the pages "zh" and "en", the "notes", and the "scenario".
    """

    name: str
    text: str
    unread: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True)
class LessonDraft:
    """A lesson that has kept every rule. `text` to `notes`: as LessonText keeps them.

    `files`: the text of each part as it was written.
    """

    stage: BankStage
    position: int
    front: Front
    text: Mapping[str, Any]
    blocks: Mapping[str, Any]
    checkpoints: Sequence[str]  # Keys of questions.
    file: str
    polls: Mapping[str, Any] = field(default_factory=dict)
    scenario: Scenario | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """What its files are called between the number and the ending."""
        return self.file.rpartition("/")[2][len("01-") : -len(".md")]

    @property
    def key(self) -> str:
        return self.front.key

    @property
    def digest(self) -> str:
        """SHA-256 of all that is said and drawn: a new picture, a new way of drawing change it."""
        story = self.scenario.as_document() if self.scenario else None
        said = [
            self.front.model_dump(mode="json"), self.text, self.blocks, self.checkpoints,
            self.polls, story, self.notes,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
