"""In which order the items of a form stand, and which seed each of them has."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self
from uuid import UUID

from quizapp.quizzes import drawing
from quizapp.quizzes.drawing import Drawable

Item = tuple[UUID, int]  # The revision and its seed.


class Arranged(Protocol):
    """A quiz as far as the order of its items goes."""

    @property
    def id(self) -> UUID: ...
    @property
    def shuffle_items(self) -> bool: ...
    @property
    def shuffle_options(self) -> bool: ...


@dataclass(frozen=True)
class Order:
    """What a quiz says of the order of its items and of their options."""

    quiz_id: UUID
    shuffle_items: bool = True
    shuffle_options: bool = True

    @classmethod
    def of(cls, quiz: Arranged) -> Self:
        return cls(quiz.id, quiz.shuffle_items, quiz.shuffle_options)


def dealt(form: Sequence[UUID], seed: int, order: Order) -> list[Item]:
    """Return a form as it stands in the sitting of this seed.

    Items that are not shuffled stand as the form has them. Options that are not shuffled stand in
    the same order for everybody in this quiz: never in that of the file, which may tell what is
    right.
    """
    items = drawing.dealt(form, seed)
    if not order.shuffle_items:
        own = dict(items)
        items = [(revision, own[revision]) for revision in form]
    if not order.shuffle_options:
        items = [(revision, same_seed(order.quiz_id, revision)) for revision, _seed in items]
    return items


def from_easy_to_hard(form: Sequence[UUID], pool: Sequence[Drawable]) -> list[UUID]:
    """Return the form from easy to hard, topic by topic."""
    places = {
        item.revision_id: (item.difficulty, item.topic_key, item.revision_id.int) for item in pool
    }
    return sorted(form, key=lambda revision: places[revision])


def same_seed(quiz_id: UUID, revision_id: UUID) -> int:
    """Return the seed that everybody has for this text in this quiz, of 32 bits."""
    return int.from_bytes(hashlib.sha256(quiz_id.bytes + revision_id.bytes).digest()[:4])
