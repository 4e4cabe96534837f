"""A whole sitting against as many bare requests: CPU of web and database, in one run, in turns.

The clients are counted apart. Pupils come one after the other, so that nothing waits: what is
measured is what a sitting costs, not how long a queue is.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from bench.figures import Figure, Target
from bench.ground import Demo, Ground, say
from bench.saves import choice_of
from tests.faults.client import AWAY, Client

TURNS, PUPILS = 6, 12  # In each turn so many sit one by one, and so many bare pupils.
FEW = 5  # Saves of a page that coalesces them: with list, start, hand in and result nine calls.
TICK = 1000 / os.sysconf("SC_CLK_TCK")


def measure(ground: Ground) -> Iterator[Figure]:
    demo = ground.demo("postgresql")
    with demo.served() as address, _bare(demo) as bare:
        say("whole sittings, PostgreSQL")
        costs: dict[str, list[float]] = {"bare": [], "one": [], "few": [], "save": []}
        numbers = iter(range(4 * TURNS * PUPILS))
        for turn in range(TURNS + 1):
            for what, take in _kinds(demo, address, bare).items():
                pupils = [next(numbers) for _ in range(PUPILS)] if what != "bare" else range(PUPILS)
                cost, calls = _cost(demo, [take(number) for number in pupils])
                if turn:  # The first one warms up.
                    costs[what].append(cost / calls)
    one = median(costs["bare"])
    yield Figure("sitting: a bare route, web and database", costs["bare"], "ms")
    for what, told, most in (
        ("save", "one save", 1.5), ("one", "24 calls, each answer saved by itself", 1.6),
        ("few", "9 calls, saves coalesced", 1.6),
    ):  # fmt: skip
        ratios = [cost / one for cost in costs[what]]
        yield Figure(f"sitting: {told}: CPU of a call", costs[what], "ms")
        yield Figure(f"sitting: {told}: against a bare route", ratios, "×", Target(most))


def _kinds(demo: Demo, address: str, bare: str) -> dict[str, Callable[[int], Iterator[int]]]:
    """Return by name how a pupil is made who yields after each call that counts."""
    return {
        "bare": lambda number: _bare_pupil(bare, number),
        "save": lambda number: _sitting(demo, address, number, saves=20, alone=True),
        "one": lambda number: _sitting(demo, address, number, saves=20),
        "few": lambda number: _sitting(demo, address, number, saves=FEW),
    }


def _cost(demo: Demo, pupils: list[Iterator[int]]) -> tuple[float, int]:
    """Return the CPU of what the pupils do after their first step, and the number of calls."""
    for pupil in pupils:
        next(pupil)
    before, calls = _cpu(demo), 0
    for pupil in pupils:
        calls += sum(pupil)
    return _cpu(demo) - before, calls


def _bare_pupil(address: str, number: int) -> Iterator[int]:
    client = Client(address)
    client.send("POST", "/sign-in", {"id": f"pupil {number}"})
    yield 0
    for seq in range(1, 25):
        answers = [{"position": seq % 20, "choice": ["b"], "seq": time.monotonic_ns()}]
        _must(client, "PUT", "/answers", {"answers": answers})
        yield 1


def _sitting(
    demo: Demo, address: str, number: int, *, saves: int, alone: bool = False
) -> Iterator[int]:
    """Sit once: list, start, saves, hand in, result. `alone`: only the saves count."""
    client = demo.pupil(address, number)
    if not alone:
        yield 0
    quiz = _must(client, "GET", "/api/v1/quizzes")[0]["id"]
    begun = _must(client, "POST", f"/api/v1/quizzes/{quiz}/sittings", {})
    path, items = f"/api/v1/sittings/{begun['id']}", begun["items"]
    yield 0 if alone else 2
    for first in range(saves):
        mine = items[first * len(items) // saves : (first + 1) * len(items) // saves]
        answers = [
            {"position": item["position"], "choice": choice_of(item, 0), "seq": 1} for item in mine
        ]
        _must(client, "PUT", f"{path}/answers", {"answers": answers})
        yield 1
    if not alone:
        _must(client, "POST", f"{path}/submission", {})
        _must(client, "GET", f"{path}/result")
        yield 2


def _must(client: Client, method: str, path: str, body: object = None) -> Any:
    reply = client.send(method, path, body)
    if reply.status not in (200, 201):
        raise RuntimeError(f"{method} {path}: {reply.status} {reply.body[:300]!r}")
    return reply.json


@contextmanager
def _bare(demo: Demo) -> Iterator[str]:
    """Yield the address of the bare route, on the server and the database of the site."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    database = demo.url.replace("+psycopg", "")
    command = [sys.executable, "-m", "bench.bare", str(port), database]
    running = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            try:
                Client(address).send("POST", "/sign-in", {"id": "first"})
                break
            except AWAY:
                time.sleep(0.1)
        yield address
    finally:
        running.terminate()
        running.wait(60)


def _cpu(demo: Demo) -> float:
    """Return the milliseconds of CPU that web and database have used."""
    port = urlsplit(demo.url).port
    told = [pid for pid in _beneath(os.getpid()) if pid != os.getpid()]
    told += [pid for main in _postmasters(port) for pid in _beneath(main)]
    return sum(_ticks(pid) for pid in told) * TICK


def _postmasters(port: int | None) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue
        if b"postgres" in command and f"port={port}".encode() in command:
            found.append(int(entry.name))
    return found


def _beneath(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = [Path(f"/proc/{pid}/task/{t.name}/children").read_text("ascii")
                    for t in Path(f"/proc/{pid}/task").iterdir()]  # fmt: skip
    except OSError:
        return
    for child in " ".join(children).split():
        yield from _beneath(int(child))


def _ticks(pid: int) -> int:
    try:
        told = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return 0
    return int(told[11]) + int(told[12])
