"""Courses and lessons as their files write them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import Field

from quizapp.bank.faults import Key, Strict, to
from quizapp.bank.rules import BankStage
from quizapp.core.i18n import lazy

HINTS = {
    "key": lazy("give it a name for ever, such as primary-sweets-from-strangers"),
    "title": lazy("say what the lesson is called"),
    "minutes": lazy("say how many minutes it takes in class"),
    "objective": lazy("say what a pupil should know or be able to do"),
    "source": lazy("name at least one passage of sources.toml, such as rule:refuse-leave-tell"),
    "as_of": lazy("give the day on which somebody compared the lesson with its sources"),
    "review_by": lazy("give the day until which it can be trusted"),
    "stage": lazy("say primary, junior or senior"),
    "order": lazy("say at which place the course stands, from 1"),
    "summary": lazy("say in a sentence what the course is about"),
}
Title = Annotated[str, to(80)]


class CourseText(Strict):
    title: Title
    summary: Annotated[str, to(300)]


class CourseDraft(Strict):
    """A course.toml. The key is the folder's name."""

    stage: Annotated[BankStage, Field(strict=False)]
    order: Annotated[int, Field(ge=1)]
    zh: CourseText
    en: CourseText


class EnglishFront(Strict):
    """What stands between +++ and +++ in an English lesson."""

    key: Key
    title: Title
    objective: Annotated[str, to(200)]


class Front(EnglishFront):
    """The same in a Chinese one."""

    minutes: Annotated[int, Field(ge=1, le=90)]
    subjects: list[Annotated[str, to(20)]] = Field(default_factory=list)
    source: Annotated[list[str], Field(min_length=1)]
    as_of: date
    review_by: date


@dataclass(frozen=True)
class LessonDraft:
    """A lesson that has kept every rule. `text`, `blocks`: as LessonText keeps them."""

    course: str
    position: int
    front: Front
    text: Mapping[str, Any]
    blocks: Mapping[str, Any]
    checkpoints: Sequence[str]  # Keys of questions.
    file: str

    @property
    def key(self) -> str:
        return self.front.key

    @property
    def digest(self) -> str:
        """SHA-256 of what a reader is shown: a new picture or a new way of drawing changes it."""
        said = [self.front.model_dump(mode="json"), self.text, self.blocks, self.checkpoints]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
