"""What a list would change, as pages show it: by class and by name.

Who leaves is named to the last; of those who come or change so many that a page stays readable.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from quizapp.rosters.matching import Change, Step
from quizapp.rosters.plans import Plan

SHOWN: Final = 300  # Names of those who come, and of those who change.


@dataclass(frozen=True)
class Names:
    """Pupils of a class, in the order of the list or of their seats."""

    class_name: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Group:
    """Pupils to whom the same happens, by class; `more` are not shown."""

    classes: tuple[Names, ...]
    count: int
    more: int


@dataclass(frozen=True)
class Difference:
    """Who leaves, who comes, who comes back; and those who move or change, by row of the list."""

    leaving: Group
    new: Group
    altered: tuple[Step, ...]
    more_altered: int

    @property
    def known(self) -> int:
        """How many pupils of the roster are named here."""
        return self.leaving.count + len(self.altered)

    @property
    def named(self) -> int:
        """How many pupils are named here, the new ones among them."""
        return self.known + self.new.count - self.new.more


def difference(plan: Plan) -> Difference:
    altered = [s for s in plan.steps if s.change not in (Change.NEW, Change.UNCHANGED)]
    return Difference(
        leaving=_group(((plan.name_of(k.class_id), k.name) for k in plan.leavers), most=None),
        new=_group(
            (
                (plan.name_of(s.class_id, s.place), s.listed.name)
                for s in sorted(plan.of(Change.NEW), key=lambda s: s.place)
            ),
            most=SHOWN,
        ),
        altered=tuple(altered[:SHOWN]),
        more_altered=max(0, len(altered) - SHOWN),
    )


def _group(pupils: Iterable[tuple[str, str]], *, most: int | None) -> Group:
    """Return the pupils by class; `most` None: all of them."""
    found = list(pupils)
    classes: dict[str, list[str]] = defaultdict(list)
    for class_name, name in found[:most]:
        classes[class_name].append(name)
    return Group(
        tuple(Names(class_name, tuple(names)) for class_name, names in classes.items()),
        count=len(found),
        more=0 if most is None else max(0, len(found) - most),
    )
