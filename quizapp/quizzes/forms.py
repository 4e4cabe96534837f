"""What the plain form of a sitting sends, question by question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from quizapp.bank import lettering
from quizapp.bank.rules import Kind
from quizapp.quizzes.papers import Item
from quizapp.quizzes.sittings import Given

MOST_SEQ = 2**53  # As the API takes it.


@dataclass(frozen=True)
class Sent:
    """What a plain form says.

    `given` is what was changed on the page; `unclear` what was sent for each order that is none,
    by its position; `marked` which of the `markable` positions are marked. `is_through`: it only
    goes forward, and this was the last question.
    """

    given: Sequence[Given]
    unclear: Mapping[int, list[str]]
    marked: set[int]
    markable: set[int]
    is_through: bool


def read(items: Sequence[Item], form: MultiDict[str, str]) -> Sent:
    """Return what the form says; what stands there without a change is not given.

    A choice has the number after the one that it was drawn with: the same page sent again changes
    nothing, nor does one that the reader went back to what was answered since.
    Where a quiz only goes forward, `passed` is the question that it leaves, answered or not.
    """
    given: dict[int, Given] = {}
    unclear: dict[int, list[str]] = {}
    passed = form.get("passed", type=int)
    for item in items:
        values = lettering.filled_in(form.getlist(f"item-{item.position}"))
        if "|".join(sorted(values)) == form.get(f"was-{item.position}", ""):
            continue
        try:
            sent = lettering.of_form(item.kind, values, len(item.choices))
            given[item.position] = Given(item.position, sent, _next(form, item.position))
        except ValueError:
            unclear[item.position] = values
    for item in items:
        if item.position == passed and item.lock is None and passed not in {*given, *unclear}:
            given[passed] = Given(passed, item.chosen, _next(form, passed))
    shown = {item.position for item in items if f"was-{item.position}" in form}
    marked = {position for position in shown if form.get(f"mark-{position}")}
    is_through = passed == len(items) and not unclear
    return Sent([given[one] for one in sorted(given)], unclear, marked, shown, is_through)


def stands_at(items: Sequence[Item]) -> int:
    """Return the question after the last one that was answered or passed over, or the last."""
    return min(max((item.position for item in items if item.seq), default=0) + 1, len(items))


def overtaken(items: Sequence[Item], given: Sequence[Given]) -> list[int]:
    """Return for which positions something else stands than was sent: it was there before."""
    stands = {item.position: item for item in items}
    return [one.position for one in given if _differs(stands[one.position], one.sent)]


def typed_again(items: Sequence[Item], unclear: Mapping[int, Sequence[str]]) -> list[Item]:
    """Return the items with the places that were sent, at fault where these are no order."""
    return [
        replace(item, kept=_places(unclear[item.position]), fault=True)
        if item.position in unclear
        else item
        for item in items
    ]


def _next(form: MultiDict[str, str], position: int) -> int | None:
    drawn_with = form.get(f"seq-{position}", default=-1, type=int)
    return drawn_with + 1 if 0 <= drawn_with < MOST_SEQ else None


def _differs(item: Item, sent: Sequence[str]) -> bool:
    words = [value.strip() for value in sent]
    if item.kind is Kind.ORDER:
        return list(item.chosen) != words
    return sorted(item.chosen) != sorted(words)


def _places(values: Sequence[str]) -> dict[str, str]:
    return dict(value.partition(":")[::2] for value in values)
