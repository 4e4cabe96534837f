"""Opens files that were made to harm, and tells what is said of each, how soon, with what memory.

`python -m tests.faults.opened MODULE` opens those whose names and paths stand on stdin as JSON.
MODULE has `FILES`, how each is made, and `said`, what the site says of one.
"""

import importlib
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, TypedDict

AT_MOST = 600  # Seconds for all of them: a time-out, not a measure.


class Told(TypedDict):
    """`own` and `child`: the most megabytes of the process and of its children so far."""

    file: str
    said: str
    seconds: float
    own: int
    child: int


class Hostile(Protocol):
    """A module of such files."""

    __name__: str

    @property
    def FILES(self) -> Mapping[str, Callable[[], tuple[str, bytes]]]: ...  # noqa: N802

    def said(self, what: str, name: str, raw: bytes) -> str: ...


def make(files: Hostile, what: str, folder: Path) -> Path:
    name, raw = files.FILES[what]()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(raw)
    return folder / name


def judged(files: Hostile, named: Mapping[str, Path]) -> list[Told]:
    """Open the files one after the other."""
    told: list[Told] = []
    for what, path in named.items():
        begun = time.perf_counter()
        words = files.said(what, path.name, path.read_bytes())
        took = time.perf_counter() - begun
        own = int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text("ascii"))[0])
        child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        told.append({"file": what, "said": words, "seconds": took,
                     "own": own // 1024, "child": child // 1024})  # fmt: skip
    return told


def in_a_process(files: Hostile, named: Mapping[str, Path]) -> list[Told]:
    """The same in a process of its own, so that nothing else is counted."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.opened", files.__name__],
        input=json.dumps({what: str(path) for what, path in named.items()}),
        capture_output=True, text=True, check=True, timeout=AT_MOST,
    )  # fmt: skip
    found: list[Told] = json.loads(done.stdout)
    return found


def told_of_all(files: Hostile, home: Path) -> dict[str, Told]:
    """Make all files of the module, have one process open them, and take them away again."""
    made = {what: make(files, what, home / str(n)) for n, what in enumerate(files.FILES)}
    found = {one["file"]: one for one in in_a_process(files, made)}
    for path in made.values():
        path.unlink()
    return found


if __name__ == "__main__":
    given: dict[str, str] = json.load(sys.stdin)
    opened = judged(
        importlib.import_module(sys.argv[1]), {what: Path(path) for what, path in given.items()}
    )
    json.dump(opened, sys.stdout)
