"""The values that stand for {places} in a question: one row is drawn for each pupil."""

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any

PLACE = re.compile(r"\{([^{}]*)\}")
APART = "params"  # So that a row says nothing about the order of the options.


def row(rows: Sequence[Mapping[str, str]], seed: int) -> Mapping[str, str]:
    """Return the row of this seed, the same at any time; {} where there are none."""
    return Random(f"{APART}:{seed}").choice(rows) if rows else {}  # noqa: S311 - no secret.


def filled(said: Any, values: Mapping[str, str]) -> Any:
    """Return the same texts with the values at their places; a place without one stays."""
    if isinstance(said, str):
        return PLACE.sub(lambda place: values.get(place[1], place[0]), said)
    if isinstance(said, Mapping):
        return {name: filled(inner, values) for name, inner in said.items()}
    if isinstance(said, Sequence):
        return [filled(inner, values) for inner in said]
    return said


def strings(said: Any) -> Iterator[str]:
    """Yield every text within, in its order."""
    if isinstance(said, str):
        yield said
    elif isinstance(said, Mapping | Sequence):
        for inner in said.values() if isinstance(said, Mapping) else said:
            yield from strings(inner)
