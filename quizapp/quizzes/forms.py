"""What the plain form of a sitting sends, question by question."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from werkzeug.datastructures import MultiDict

from quizapp.bank import lettering
from quizapp.quizzes.papers import Item
from quizapp.quizzes.sittings import Given


def read(
    items: Sequence[Item], form: MultiDict[str, str]
) -> tuple[list[Given], dict[int, list[str]]]:
    """Return what was changed on the page, and what was sent for each order that is none, by its
    position."""
    given: list[Given] = []
    unclear: dict[int, list[str]] = {}
    for item in items:
        values = lettering.filled_in(form.getlist(f"item-{item.position}"))
        if "|".join(sorted(values)) == form.get(f"was-{item.position}", ""):
            continue
        try:
            sent = lettering.of_form(item.kind, values, len(item.choices))
            given.append(Given(item.position, sent))
        except ValueError:
            unclear[item.position] = values
    return given, unclear


def typed_again(items: Sequence[Item], unclear: Mapping[int, Sequence[str]]) -> list[Item]:
    """Return the items with the places that were sent, at fault where these are no order."""
    return [
        replace(item, kept=_places(unclear[item.position]), fault=True)
        if item.position in unclear
        else item
        for item in items
    ]


def _places(values: Sequence[str]) -> dict[str, str]:
    return dict(value.partition(":")[::2] for value in values)
