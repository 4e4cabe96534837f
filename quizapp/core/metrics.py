"""What the site counts about itself: figures for whoever watches over it, and nobody's name.

Each process counts in a small file mapped into its memory, so that any of them can add up what all
have counted, those too that have ended. All names and labels are known beforehand: a file is a row
of numbers, and no label can be about a pupil.
"""

import bisect
import hashlib
import mmap
import os
import socket
import struct
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

FOLDER: Final = "QUIZAPP_METRICS_FOLDER"  # Handed down to the processes that a server begins.
SIZE: Final = 8  # Bytes of a number.
# Upper bounds in seconds. The promises are 60 ms for a save, 200 and 500 ms for anything.
BOUNDS: Final = (0.005, 0.01, 0.02, 0.06, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
ONLY: Final = ("",)


@dataclass(frozen=True)
class Family:
    """Figures of one name, one for each value of its labels, from `first` on in a row of numbers.

    Of two labels, parted by a blank, each value is a pair parted alike.
    """

    name: str
    says: str
    labels: str
    values: tuple[str, ...]
    bounds: tuple[float, ...]  # Of a histogram; a counter has none.
    first: int

    @property
    def width(self) -> int:
        """Return how many numbers stand for one value of the label: of a histogram one for each
        bound, one above them all, and the sum."""
        return len(self.bounds) + 2 if self.bounds else 1

    @cached_property
    def places(self) -> dict[str, int]:
        """Where the numbers of each value begin."""
        return {one: self.first + n * self.width for n, one in enumerate(self.values)}

    def written(self, value: str) -> str:
        """Return the labels as Prometheus reads them."""
        pairs = zip(self.labels.split(), value.split(), strict=True)
        return ",".join(f'{label}="{told}"' for label, told in pairs)


class Row:
    """The numbers of this process; from `keep_in` on they lie where the others find them."""

    def __init__(self) -> None:
        self.families: list[Family] = []
        self._lock = threading.Lock()
        self._numbers = memoryview(bytearray(SIZE * 1024)).cast("d")
        self._folder = os.environ.get(FOLDER)
        self._owner = 0

    def family(
        self, name: str, says: str, *, labels: str = "", values: tuple[str, ...] = ONLY,
        bounds: tuple[float, ...] = (),
    ) -> Family:  # fmt: skip
        last = self.families[-1] if self.families else None
        first = last.first + len(last.values) * last.width if last else 0
        made = Family(name, says, labels, values, bounds, first)
        self.families.append(made)
        return made

    def keep_in(self, folder: Path) -> None:
        self._folder, self._owner = str(folder), 0

    def add(self, steps: Iterable[tuple[int, float]]) -> None:
        """Let numbers grow, each given by its place."""
        with self._lock:
            if self._folder and self._owner != os.getpid():  # Forked since: a file of its own.
                self._numbers, self._owner = self._mapped(Path(self._folder)), os.getpid()
            for place, step in steps:
                self._numbers[place] += step

    def sums(self) -> list[float]:
        """Return the numbers of all processes together."""
        self.add(())
        if not self._folder:
            return list(self._numbers)
        files = [file.read_bytes() for file in Path(self._folder).glob(f"*.{self._version()}")]
        rows = [struct.unpack(f"{len(file) // SIZE}d", file) for file in files]
        return [sum(column) for column in zip(*rows, strict=True)]

    def _mapped(self, folder: Path) -> "memoryview[float]":
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{socket.gethostname()}.{os.getpid()}.{self._version()}"
        with os.fdopen(os.open(file, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as opened:
            opened.truncate(SIZE * 1024)
            return memoryview(mmap.mmap(opened.fileno(), SIZE * 1024)).cast("d")

    def _version(self) -> str:
        """Return what the order of the numbers is known by: releases do not mix theirs."""
        told = "|".join(f"{one.name} {one.values} {one.bounds}" for one in self.families)
        return hashlib.sha256(told.encode()).hexdigest()[:8]


_row = Row()
CLASSES: Final = (
    "save", "start", "submit", "result", "sign-in", "api", "page", "form", "machine", "none",
)  # fmt: skip
OUTCOMES: Final = ("2xx", "3xx", "4xx", "5xx")
CODES: Final = (
    "attempts_used", "broken", "busy", "conflict", "csrf", "fault", "finished", "invalid", "late",
    "media_type", "method", "missing", "not_allowed", "not_open", "not_released", "signed_out",
    "too_large", "too_many", "waiting", "other",
)  # fmt: skip
REQUESTS = _row.family(
    "quizapp_requests_total", "Requests, by class and by what was answered.",
    labels="class status", values=tuple(f"{one} {told}" for one in CLASSES for told in OUTCOMES),
)  # fmt: skip
LATENCY = _row.family(
    "quizapp_request_seconds", "How long requests took in the site, by class.",
    labels="class", values=CLASSES, bounds=BOUNDS,
)  # fmt: skip
SAVES = _row.family("quizapp_saves_total", "Calls that saved answers and were acknowledged.")
LATE_SAVES = _row.family(
    "quizapp_late_saves_total", "Those of them that came after the deadline, within the grace."
)
UNCOMMITTED = _row.family(
    "quizapp_acks_without_commit_total",
    "Acknowledged saves without a commit before: any above 0 is an alarm.",
)
SIGN_INS = _row.family(
    "quizapp_sign_ins_total", "Sign-ins that began.", labels="kind", values=("pupil", "staff")
)
REFUSALS = _row.family(
    "quizapp_refusals_total", "Requests that were refused, by the code of the answer.",
    labels="code", values=CODES,
)  # fmt: skip
JOBS = _row.family(
    "quizapp_jobs_ended_total", "Tries at background work that ended.",
    labels="outcome", values=("done", "failed", "stopped"),
)  # fmt: skip
SWEPT = _row.family("quizapp_swept_sittings_total", "Sittings that the sweeper closed.")


def begin(instance: Path) -> None:
    """Count from now on in files of the instance folder; what ended processes left there goes."""
    for file in (instance / "metrics").glob(f"{socket.gethostname()}.*"):
        if not Path(f"/proc/{file.name.split('.')[-2]}").exists():
            file.unlink(missing_ok=True)
    join(instance)


def join(instance: Path) -> None:
    """Count from now on beside the others, in a file of the instance folder."""
    os.environ[FOLDER] = str(instance / "metrics")
    _row.keep_in(instance / "metrics")


def count(family: Family, value: str = "", by: float = 1) -> None:
    _row.add([(family.places[value], by)])


def refused(code: str) -> None:
    count(REFUSALS, code if code in CODES else "other")


def request(kind: str, status: int, seconds: float) -> None:
    """Count a request of one of CLASSES."""
    place, outcome = LATENCY.places[kind], OUTCOMES[min(max(status // 100, 2), 5) - 2]
    _row.add(
        (
            (REQUESTS.places[f"{kind} {outcome}"], 1),
            (place + bisect.bisect_left(BOUNDS, seconds), 1),
            (place + len(BOUNDS) + 1, seconds),
        )
    )


def value(family: Family, label: str = "") -> float:
    """Return what all processes have counted."""
    return _row.sums()[family.places[label]]


def text(gauges: Sequence[tuple[str, str, Mapping[str, float]]]) -> str:
    """Return all figures as Prometheus reads them (text format 0.0.4).

    `gauges` are those that are looked up now: name, explanation, and values by their labels as
    they are written there (`state="waiting"`, or nothing).
    """
    sums, lines = _row.sums(), []
    for family in _row.families:
        kind = "histogram" if family.bounds else "counter"
        lines += [f"# HELP {family.name} {family.says}", f"# TYPE {family.name} {kind}"]
        for one in family.values:
            row, labels = sums[family.places[one] :][: family.width], family.written(one)
            if family.bounds:
                lines += _histogram(family, labels, row)
            else:
                lines.append(_line(family.name, labels, row[0]))
    for name, says, values in gauges:
        lines += [f"# HELP {name} {says}", f"# TYPE {name} gauge"]
        lines += [_line(name, labels, number) for labels, number in values.items()]
    return "\n".join(lines) + "\n"


def _histogram(family: Family, labels: str, row: Sequence[float]) -> Iterator[str]:
    *counts, total = row
    below = 0.0
    for bound, counted in zip((*map(str, family.bounds), "+Inf"), counts, strict=True):
        below += counted
        yield _line(f"{family.name}_bucket", f'{labels},le="{bound}"', below)
    yield _line(f"{family.name}_sum", labels, total)
    yield _line(f"{family.name}_count", labels, below)


def _line(name: str, labels: str, number: float) -> str:
    shown = repr(number) if number % 1 else str(int(number))
    return f"{name}{{{labels}}} {shown}" if labels else f"{name} {shown}"
