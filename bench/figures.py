"""What a measurement gives: values, their median and p95, and whether the target is met."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

HEADINGS = ("what", "median", "p95", "target", "")


@dataclass(frozen=True)
class Target:
    """At most this much, in the unit of the figure: the median or the p95 of its values."""

    limit: float
    of: Literal["median", "p95"] = "median"


@dataclass(frozen=True)
class Figure:
    """A row of the table. A p95 is told of twenty values and more."""

    what: str
    values: Sequence[float]
    unit: str
    target: Target | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def p95(self) -> float | None:
        """Return the least value that 95 % of the values do not exceed; None of too few."""
        enough = len(self.values) >= 20
        return sorted(self.values)[-(-len(self.values) * 95 // 100) - 1] if enough else None

    @property
    def judged(self) -> float:
        """Return what the target is held against: without a p95, the largest value."""
        if self.target is None or self.target.of == "median":
            return self.median
        return max(self.values) if self.p95 is None else self.p95

    @property
    def is_met(self) -> bool | None:
        return None if self.target is None else self.judged <= self.target.limit

    @property
    def _of(self) -> str:
        if self.target is None or len(self.values) == 1:
            return ""
        return f"{self.target.of} " if self.judged in (self.median, self.p95) else "each "

    def cells(self) -> tuple[str, ...]:
        target = self.target
        wanted = f"{self._of}≤ {_shown(target.limit)} {self.unit}" if target else "–"
        verdict = {None: "", True: "met", False: "**missed**"}[self.is_met]
        p95 = "–" if self.p95 is None else f"{_shown(self.p95)} {self.unit}"
        return self.what, f"{_shown(self.median)} {self.unit}", p95, wanted, verdict


def heading() -> str:
    """Return the first two lines of a Markdown table."""
    return "\n".join(_line(cells) for cells in (HEADINGS, ("---", "--:", "--:", "---", "---")))


def row(figure: Figure) -> str:
    return _line(figure.cells())


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _shown(value: float) -> str:
    """Return three digits of it, or the whole number."""
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
