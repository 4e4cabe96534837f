"""`make demo` from a fresh clone until the site answers, once more, and what memory it takes."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from bench.figures import Figure, Target
from bench.ground import ROOT, Ground, processes, say, signed_in
from bench.pages import pages_of

PATIENCE = 900  # Seconds until it must stand: a time-out, not a measure.
ROUNDS = 10  # A worker has its memory only once it has served.


def measure(ground: Ground) -> Iterator[Figure]:
    say("make demo from a fresh clone")
    clone = ground.folder("clones") / "clone"
    git = shutil.which("git") or "git"
    subprocess.run([git, "clone", "--quiet", str(ROOT), str(clone)], check=True, timeout=PATIENCE)
    with _made(clone) as (first, _address, _pid):
        pass
    with _made(clone) as (second, address, pid):
        _serve_some(clone, address)
        memory = _memory(pid)
    yield Figure("demo: make demo from a fresh clone, packages at hand", [first], "s", Target(120))
    yield Figure("demo: make demo again", [second], "s", Target(5))
    for kind, megabytes in memory.items():
        what = f"demo: memory of all processes, 2 workers, {kind}"
        yield Figure(what, [megabytes], "MB", Target(300))


@contextmanager
def _made(clone: Path) -> Iterator[tuple[float, str, int]]:
    """Yield the seconds until it answered, its address, and the process of make."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    # Neither the settings of this process nor those of the make that runs it may reach the other.
    mine = ("QUIZAPP_", "MAKE", "MFLAGS", "VIRTUAL_ENV")
    told = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    log = clone.with_suffix(".log")
    begun = time.perf_counter()
    make = subprocess.Popen(
        ["make", "demo", f"PORT={port}"],  # noqa: S607 - as people type it.
        cwd=clone, env=told, stdout=log.open("wb"), stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/healthz", make, log)
        yield time.perf_counter() - begun, address, make.pid
    finally:
        os.killpg(make.pid, signal.SIGTERM)
        make.wait(timeout=60)
        _wait_until_free(port)


def _wait_for(address: str, make: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and make.poll() is None:
        try:
            with urlopen(address, timeout=5):  # noqa: S310 - our own address.
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"make demo did not come to serve: {log.read_text('utf-8')[-2000:]}")


def _wait_until_free(port: int) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    raise RuntimeError("the server did not end")


def _serve_some(clone: Path, address: str) -> None:
    """Let a pupil turn all pages, over connections that both workers get some of."""
    told = json.loads((clone / "instance" / "demo-signins.json").read_text("utf-8"))
    pupil = signed_in(address, told["pupils"][0], "school", "login", "secret")
    pages = pages_of(pupil)
    for _ in range(ROUNDS):
        for path in pages.values():
            pupil.insist("GET", path)
        pupil.close()


def _memory(pid: int) -> dict[str, float]:
    """Return PSS, where shared pages count once, and RSS, summed over the server's processes."""
    found = {"PSS": 0, "RSS": 0}
    for each in processes(pid):
        told = Path(f"/proc/{each}/smaps_rollup").read_text("ascii")
        for kind in found:
            found[kind] += int(re.findall(rf"^{kind.title()}: +(\d+) kB", told, re.MULTILINE)[0])
    return {kind: kilobytes * 1024 / 1e6 for kind, kilobytes in found.items()}
