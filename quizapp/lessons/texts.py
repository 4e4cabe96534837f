"""What lessons say, as plain values: a text never changes, so it stays in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from quizapp.core.kept import Kept
from quizapp.lessons.models import LessonText
from quizapp.lessons.scenarios import Scenario

MOST = 60  # Some 100 kB each.


@dataclass(frozen=True)
class Text:
    """A text as its page shows it, all as LessonText keeps it.

    What is corrected in place, the readings, is not here.
    """

    id: UUID
    number: int
    minutes: int
    subjects: Sequence[str]
    sources: Sequence[str]
    as_of: date
    text: Mapping[str, Mapping[str, str]]
    blocks: Mapping[str, Sequence[Mapping[str, Any]]]
    polls: Mapping[str, Sequence[Mapping[str, Any]]]
    scenario: Scenario | None


_kept: Kept[Text] = Kept("lessons", MOST)


def text(session: Session, text_id: UUID) -> Text:
    return _kept.get([text_id], lambda _missing: {text_id: _read(session, text_id)})[text_id]


def _read(session: Session, text_id: UUID) -> Text:
    large = (LessonText.blocks, LessonText.polls, LessonText.scenario)
    rows = select(LessonText).options(*(undefer(column) for column in large))
    return of(session.scalars(rows.where(LessonText.id == text_id)).one())


def of(said: LessonText) -> Text:
    """Return what a text says; it need not be one of the database."""
    return Text(
        id=said.id,
        number=said.number,
        minutes=said.minutes,
        subjects=said.subjects,
        sources=said.sources,
        as_of=said.as_of,
        text=said.text,
        blocks=said.blocks,
        polls=said.polls,
        scenario=Scenario.of_document(said.scenario) if said.scenario else None,
    )
