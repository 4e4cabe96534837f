"""The files of a OneRoster zip as tables, and the faults that are found in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from quizapp.core.headed import Fault
from quizapp.core.sheets import Row


@dataclass(frozen=True)
class Table:
    """The rows of a file, without the headings; `file` is its name without ".csv"."""

    file: str
    columns: Mapping[str, int]
    rows: Sequence[Row]

    def text(self, row: Row, name: str) -> str:
        """Return a cell; "" where there is no such column."""
        return row.at(self.columns[name]) if name in self.columns else ""

    def many(self, row: Row, name: str) -> list[str]:
        return parted(self.text(row, name))

    @cached_property
    def width(self) -> int:
        """How many headings there are."""
        return max(self.columns.values()) + 1

    @cached_property
    def by_id(self) -> dict[str, Row]:
        """The rows by their sourcedId."""
        return {row.at(0): row for row in self.rows}


@dataclass
class Told:
    """The faults found so far. `broken`: the files do not make a whole, so nobody is read.

    `askew`: headings are wrong, but what they mean can be guessed. The rows are checked all the
    same, so that everything is told at once, and nobody is read.
    """

    faults: list[Fault] = field(default_factory=list)
    rows: set[tuple[str, int]] = field(default_factory=set)
    broken: bool = False
    askew: bool = False

    def wrong(self, code: str, file: str, row: int, says: str, name: str = "") -> None:
        """Add a fault of a row; the row is left out."""
        column = f"{file}.csv: {name}" if name else f"{file}.csv"
        self.faults.append(Fault(row, column, says, code))
        self.rows.add((file, row))

    def breaks(self, code: str, file: str, says: str, *, row: int = 1, name: str = "") -> None:
        """Add a fault of the file as a whole."""
        self.wrong(code, file, row, says, name)
        self.broken = True


def parted(text: str) -> list[str]:
    return [part for each in text.split(",") if (part := each.strip())]


def shown(text: str) -> str:
    """Return a name from the file for a sentence: not too long, nothing that cannot be seen."""
    return "".join(sign if sign.isprintable() else "�" for sign in text[:60])
