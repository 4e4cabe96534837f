"""The row of headings in a sheet as people have it: titles above, columns in any order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from quizapp.core.sheets import Row

WITHIN = 15  # Rows; above the headings stand titles.

Headings = Mapping[str, tuple[int, str]]
"""By key: the column, from 0, and the heading as the file has it."""
KeyOf = Callable[[str], str | None]
"""Tells which column a cell heads; None: it is no heading."""


@dataclass(frozen=True)
class Fault:
    """What is wrong in a row, under which heading of the file, and what to do; "": no heading."""

    row: int
    column: str
    says: str
    code: str


def row_of(rows: Sequence[Row], key_of: KeyOf, *, leading: str = "", least: int = 1) -> int | None:
    """Return the index of the row with most headings, one with the `leading` key before all.

    None: there is none with as many as `least`.
    """

    def worth(index: int) -> tuple[bool, int]:
        keys = {key for cell in rows[index].cells if (key := key_of(cell))}
        return leading in keys, len(keys)

    best = max(range(min(len(rows), WITHIN)), key=worth, default=None)
    return best if best is not None and worth(best)[1] >= least else None


def columns(row: Row, key_of: KeyOf, *, twice: str) -> tuple[Headings, list[Fault]]:
    """Return column and heading for each key, and a fault for each key that stands twice.

    `twice` is the sentence for these, with %(first)s and %(second)s.
    """
    found: dict[str, tuple[int, str]] = {}
    faults = []
    for column, text in enumerate(row.cells):
        key = key_of(text)
        if key in found:
            says = twice % {"first": found[key][1], "second": text}
            faults.append(Fault(row.number, text, says, "column_twice"))
        elif key:
            found[key] = (column, text)
    return found, faults
