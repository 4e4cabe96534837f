"""Which rows of a table nobody outside the school may see. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

LEAST = 10  # The smallest group whose counts leave its school.
COMPANY = 2  # One hidden row alone is the total less all the others.


@dataclass(frozen=True)
class Vantage:
    """Whether a reader looks from outside the school, and the highest unit that they can open."""

    outside: bool
    top: str


def hidden(bases: Mapping[str, int], least: int = LEAST) -> frozenset[str]:
    """Return the rows to hide in a table with a total, given how many stand behind each.

    Rows under `least`, and then the next smallest, until at least two are hidden that have
    `least` together: subtraction then gives no more than the sum of a group large enough. A row
    with nobody behind it has nothing to hide and hides nothing.
    """
    filled = sorted((base, row) for row, base in bases.items() if base > 0)
    small = sum(base < least for base, _row in filled)
    while 0 < small < len(filled) and not _together(filled[:small], least):
        small += 1
    return frozenset(row for _base, row in filled[:small])


def vantage(path: str, school: str | None, tops: Collection[str]) -> Vantage:
    """Return from where somebody who may read at `tops` looks at the unit at `path`.

    `school` is the path of the school that the unit is or lies in; None: it is larger than one.
    """
    inside = school is not None and any(top.startswith(school) for top in tops)
    above = [top for top in tops if path.startswith(top)]
    return Vantage(not inside, min(above, key=len, default="/"))


def _together(rows: list[tuple[int, str]], least: int) -> bool:
    return len(rows) >= COMPANY and sum(base for base, _row in rows) >= least
