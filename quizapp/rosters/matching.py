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

from quizapp.orgs.rules import Stage, fits
from quizapp.rosters.class_lists import Listed

Thing = TypeVar("Thing")


class Reach(StrEnum):
    """How far a list speaks: whose absence from it means that they have left."""

    SCHOOL = "school"  # Everybody on the roster.
    CLASSES = "classes"  # Those of the classes that it names.
    NONE = "none"  # Nobody: it only adds.


class Change(StrEnum):
    """What becomes of a listed pupil. Who moves may change name or seat at the same time."""

    NEW = "new"
    RETURNED = "returned"  # Had left, and is in a class again.
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
    """A pupil as the roster has them. From `enrolment_id` on None: the pupil has left.

    `grade` is that of the last class, grown with the years: where the pupil should be by now.
    """

    pupil_id: UUID
    name: str
    login: str
    number: str | None
    enrolment_id: UUID | None
    class_id: UUID | None
    seat: int | None
    from_on: date | None
    signed_in_at: datetime | None
    grade: int | None = None
    is_elsewhere: bool = False  # In a class of another school of the city.


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
        if self.known.class_id is None:
            return Change.RETURNED
        if self.known.class_id != self.class_id:
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
    reach: Reach = Reach.NONE,
) -> tuple[Step, ...]:
    """Return a step for each listed pupil, in the order of the list.

    A pupil is found by number, else by class, name and seat, else by class and name if only one
    can be meant. Who has left, or would leave for not being found, is looked for by grade and name
    as well. `classes` are those of all years. `stages` tells senior from vocational where both are
    possible; without it the classes do, and else it is senior.
    """
    classes = list(classes)
    ours = {c.place: c.unit_id for c in classes if c.school_year == school_year}
    ever = {c.place for c in classes}
    placed = [(pupil, _place(pupil, stages, here=ours, ever=ever)) for pupil in pupils]
    found = _found(placed, known, ours, reach)
    return tuple(
        Step(pupil, place, ours.get(place), found.get(index))
        for index, (pupil, place) in enumerate(placed)
    )


def leaving(steps: Sequence[Step], known: Iterable[Known], reach: Reach) -> list[Known]:
    """Return those who stand where the list reaches, and not on it."""
    named = {step.class_id for step in steps}
    listed = {step.known.pupil_id for step in steps if step.known}
    return [k for k in known if k.pupil_id not in listed and _is_reached(k, named, reach)]


def doubtful(steps: Sequence[Step], known: Iterable[Known]) -> list[Step]:
    """Return those who would be new although a namesake of their class is not on the list.

    It may be the same child: nobody can tell without the seat or the number.
    """
    listed = {step.known.pupil_id for step in steps if step.known}
    missing: dict[Hashable, list[Known]] = _alike(
        (k for k in known if k.pupil_id not in listed), lambda k: _key(k.class_id, k)
    )
    return [
        step
        for step in steps
        if step.change is Change.NEW
        and any(
            not (step.listed.number and k.number)
            for k in missing.get(_key(step.class_id, step.listed), ())
        )
    ]


def usual_reach(steps: Sequence[Step], known: Sequence[Known]) -> Reach:
    """Return how far a list speaks unless somebody says otherwise: the classes that it names.

    Where it has not even half of those who stand there, it is one of newcomers: nobody leaves.
    """
    named = {step.class_id for step in steps}
    there = [k for k in known if _is_reached(k, named, Reach.CLASSES)]
    missing = leaving(steps, known, Reach.CLASSES)
    return Reach.NONE if 2 * len(missing) > len(there) else Reach.CLASSES


def seems_whole(steps: Sequence[Step], known: Iterable[Known]) -> bool:
    """Whether the list names more classes than half of those that have pupils."""
    named = {step.place for step in steps}
    return 2 * len(named) > len({k.class_id for k in known if k.class_id})


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
    placed: Sequence[tuple[Listed, Place]],
    known: Sequence[Known],
    ours: Mapping[Place, UUID],
    reach: Reach,
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
    _find_in_grade(placed, left, found, ours, reach)
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


def _find_in_grade(
    placed: Sequence[tuple[Listed, Place]],
    left: dict[UUID, Known],
    found: dict[int, Known],
    ours: Mapping[Place, UUID],
    reach: Reach,
) -> None:
    """Find those who come back or change the class without a number, by grade and name.

    Nobody is taken out of a class to which the list does not reach: there stands a namesake.
    """
    named = {ours.get(place) for _pupil, place in placed}
    listed = _alike(
        (i for i in range(len(placed)) if i not in found),
        lambda i: (placed[i][1].grade, placed[i][0].name),
    )
    theirs = _alike(left.values(), lambda k: (k.grade, k.name) if k.grade else None)
    for key, indexes in listed.items():
        candidates = theirs.get(key, [])
        if len(indexes) == len(candidates) == 1:
            pupil, one = placed[indexes[0]][0], candidates[0]
            is_free = one.class_id is None or _is_reached(one, named, reach)
            if is_free and not (pupil.number and one.number):
                found[indexes[0]] = left.pop(one.pupil_id)


def _is_reached(k: Known, named: Collection[UUID | None], reach: Reach) -> bool:
    """Whether a list that names these classes tells of this pupil."""
    if k.class_id is None or reach is Reach.NONE:
        return False
    return reach is Reach.SCHOOL or k.class_id in named


def _key(class_id: UUID | None, pupil: Listed | Known, *, with_seat: bool = False) -> Hashable:
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
