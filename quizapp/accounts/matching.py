"""Who is who: the pupils of a class list against those whom the school has already.

Values only: no database, no request, no clock.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from quizapp.accounts.class_lists import Listed
from quizapp.orgs.rules import Stage, fits

Thing = TypeVar("Thing")


class Change(StrEnum):
    """What becomes of a listed pupil. Who moves may change name or seat at the same time."""

    NEW = "new"
    MOVED = "moved"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, order=True)
class Place:
    """A class of a school in a school year."""

    grade: int
    stage: Stage
    number: int


@dataclass(frozen=True)
class Class:
    """A class that the school has or had."""

    school_year: int
    place: Place
    unit_id: UUID
    name: str


@dataclass(frozen=True)
class Known:
    """A pupil as the roster has them. From `enrolment_id` on None: the pupil has left."""

    pupil_id: UUID
    name: str
    login: str
    number: str | None
    enrolment_id: UUID | None
    class_id: UUID | None
    seat: int | None
    from_on: date | None
    signed_in_at: datetime | None


@dataclass(frozen=True)
class Step:
    """A listed pupil, who that is, and what is to be done.

    What a list leaves empty, seat or number, it does not take away.
    """

    listed: Listed
    place: Place
    class_id: UUID | None  # None: the class has to be made.
    known: Known | None

    @property
    def change(self) -> Change:
        if self.known is None:
            return Change.NEW
        if self.known.class_id is None or self.known.class_id != self.class_id:
            return Change.MOVED
        same = not (self.is_renamed or self.is_renumbered or self.is_reseated)
        return Change.UNCHANGED if same else Change.CHANGED

    @property
    def is_renamed(self) -> bool:
        return self.known is not None and self.known.name != self.listed.name

    @property
    def is_renumbered(self) -> bool:
        number = self.listed.number
        return bool(self.known and number and _plain(self.known.number) != _plain(number))

    @property
    def is_reseated(self) -> bool:
        return bool(self.known and self.listed.seat and self.known.seat != self.listed.seat)


def steps(
    pupils: Sequence[Listed],
    known: Sequence[Known],
    classes: Iterable[Class],
    *,
    school_year: int,
    stages: Collection[Stage] = (),
) -> tuple[Step, ...]:
    """Return a step for each listed pupil, in the order of the list.

    A pupil is found by number, else by class, name and seat, else by class and name if only one
    can be meant. `classes` are those of all years. `stages` tells senior from vocational where
    both are possible; without it the classes do, and else it is senior.
    """
    classes = list(classes)
    ours = {c.place: c.unit_id for c in classes if c.school_year == school_year}
    ever = {c.place for c in classes}
    placed = [(pupil, _place(pupil, stages, here=ours, ever=ever)) for pupil in pupils]
    found = _found(placed, known, ours)
    return tuple(
        Step(pupil, place, ours.get(place), found.get(index))
        for index, (pupil, place) in enumerate(placed)
    )


def _place(
    pupil: Listed, stages: Collection[Stage], *, here: Mapping[Place, UUID], ever: Iterable[Place]
) -> Place:
    """Return the class that is meant: grades 10 to 12 are taught in two stages."""
    fitting = [stage for stage in Stage if fits(stage, pupil.grade)]
    fitting = [stage for stage in fitting if stage in stages] or fitting
    places = [Place(pupil.grade, stage, pupil.class_number) for stage in fitting]
    if len(places) == 1:
        return places[0]
    if there := [place for place in places if place in here]:
        return there[0]
    taught = {place.stage for place in ever if place.grade == pupil.grade}
    return next((place for place in places if taught == {place.stage}), places[0])


def _found(
    placed: Sequence[tuple[Listed, Place]], known: Sequence[Known], ours: Mapping[Place, UUID]
) -> dict[int, Known]:
    """Return who is meant, by the index of the listed pupil; nobody is meant twice."""
    found: dict[int, Known] = {}
    left = {k.pupil_id: k for k in known}
    by_number = {_plain(k.number): k for k in known if k.number}
    for index, (pupil, _where) in enumerate(placed):
        one = by_number.get(_plain(pupil.number)) if pupil.number else None
        if one and left.pop(one.pupil_id, None):
            found[index] = one
    for with_seat in (True, False):
        _find_in_class(placed, left, found, ours, with_seat=with_seat)
    return found


def _find_in_class(
    placed: Sequence[tuple[Listed, Place]],
    left: dict[UUID, Known],
    found: dict[int, Known],
    ours: Mapping[Place, UUID],
    *,
    with_seat: bool,
) -> None:
    """Find more of those who are not found yet: by class and name, and the seat if told so.

    The same name on the same seat is the same child with another number; elsewhere in the class
    it is another child, if both have numbers and these differ.
    """

    def listed_key(index: int) -> Hashable:
        pupil, place = placed[index]
        return _key(ours.get(place), pupil, with_seat=with_seat)

    listed = _alike((i for i in range(len(placed)) if i not in found), listed_key)
    theirs = _alike(left.values(), lambda k: _key(k.class_id, k, with_seat=with_seat))
    for key, indexes in listed.items():
        candidates = theirs.get(key, [])
        if len(indexes) == len(candidates) == 1:
            pupil, one = placed[indexes[0]][0], candidates[0]
            if with_seat or not (pupil.number and one.number):
                found[indexes[0]] = left.pop(one.pupil_id)


def _key(class_id: UUID | None, pupil: Listed | Known, *, with_seat: bool) -> Hashable:
    if class_id is None or (with_seat and pupil.seat is None):
        return None
    return (class_id, pupil.name, pupil.seat if with_seat else None)


def _alike(
    things: Iterable[Thing], key: Callable[[Thing], Hashable]
) -> dict[Hashable, list[Thing]]:
    groups: dict[Hashable, list[Thing]] = defaultdict(list)
    for thing in things:
        if (found := key(thing)) is not None:
            groups[found].append(thing)
    return groups


def _plain(number: str | None) -> str | None:
    return number.lower() if number else None
