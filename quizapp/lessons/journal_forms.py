"""The shape of what a device sends from its journal: entries in the order of the deeds."""

import json
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from quizapp.bank.marking import MOST_WRITTEN
from quizapp.lessons.journal import Answered, Entry, Opened, Walked
from quizapp.web.bodies import holds_nul

MOST = 50  # Entries of one request: a lesson has some ten.
Word = Annotated[str, Field(max_length=2 * MOST_WRITTEN)]  # With what is cut off around it.


class Taken(BaseModel):
    """A part of the body: unknown fields and "1" for 1 are faults."""

    model_config = ConfigDict(extra="forbid", strict=True)


class OpenedTaken(Taken):
    id: UUID
    lesson: str = Field(max_length=80)
    kind: Literal["visit"]

    def as_entry(self) -> Entry:
        return Entry(self.id, self.lesson, Opened())


class AnsweredTaken(Taken):
    id: UUID
    lesson: str = Field(max_length=80)
    kind: Literal["answer"]
    position: int = Field(ge=0, le=100)
    revision: UUID
    choice: list[Word] = Field(max_length=20)

    def as_entry(self) -> Entry:
        return Entry(self.id, self.lesson, Answered(self.position, self.revision, self.choice))


class WalkedTaken(Taken):
    id: UUID
    lesson: str = Field(max_length=80)
    kind: Literal["walk"]
    text: int = Field(ge=1, le=2**31 - 1)
    path: str = Field(max_length=20)

    def as_entry(self) -> Entry:
        return Entry(self.id, self.lesson, Walked(self.path, self.text))


OneTaken = Annotated[OpenedTaken | AnsweredTaken | WalkedTaken, Field(discriminator="kind")]
SHAPE: TypeAdapter[OpenedTaken | AnsweredTaken | WalkedTaken] = TypeAdapter(OneTaken)


class JournalTaken(Taken):
    """`reader` is the mark of the pupil whose journal it is; `entry` reads each of the entries."""

    reader: str = Field(max_length=40)
    entries: list[Any] = Field(min_length=1, max_length=MOST)


def entry(sent: object) -> Entry:
    """Return what one of the entries says; ValueError if it says nothing that can be done."""
    if holds_nul(sent):
        raise ValueError
    try:
        return SHAPE.validate_json(json.dumps(sent)).as_entry()
    except RecursionError as fault:
        raise ValueError from fault
