"""The command beside the server: begun again when it dies, ended when the server ends."""

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quizapp.cli.serving import Kept
from tests.settings import KEY

QUIZAPP = str(Path(sys.executable).parent / "quizapp")
SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]

DEAF = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(600)
"""
# Begins `quizapp jobs run`, writes its process id, and stays until it is killed. In the options
# "own" stands for the process id of this very parent.
PARENT = """
import os, subprocess, sys, time
options = [str(os.getpid()) if option == "own" else option for option in sys.argv[2:]]
print(subprocess.Popen([sys.argv[1], "jobs", "run", *options]).pid, flush=True)
time.sleep(600)
"""
FORKED = """
import os, subprocess, sys, time
from quizapp.cli.serving import Kept
kept = Kept([sys.executable, "-c", "import time; time.sleep(600)"])
first = kept.process
time.sleep(0.5)  # Until it is watched.
worker = os.fork()
if not worker:
    kept.stop()
    os._exit(0)
os.waitpid(worker, 0)
try:
    first.wait(1)
    print("ended")
except subprocess.TimeoutExpired:
    print("kept")
kept.stop()
"""


class Slow(Kept):
    """One that takes its time to begin anew."""

    def __init__(self) -> None:
        self.begun: list[subprocess.Popen[bytes]] = []
        self.begins_anew = threading.Event()
        super().__init__(SLEEPER)

    def _begin(self) -> "subprocess.Popen[bytes]":
        if self.begun:
            self.begins_anew.set()
            time.sleep(0.5)
        self.begun.append(super()._begin())
        return self.begun[-1]


class Family:
    """`quizapp jobs run` and the parent that began it."""

    def __init__(self, instance: Path, *options: str) -> None:
        environment = os.environ | {
            "QUIZAPP_DATABASE_URL": f"sqlite:///{instance}/site.db",
            "QUIZAPP_INSTANCE": str(instance), "QUIZAPP_SECRET_KEY": KEY,
        }  # fmt: skip
        command = [sys.executable, "-c", PARENT, QUIZAPP, *options]
        self._parent = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        assert self._parent.stdout
        self._said = self._parent.stdout
        self.jobs = int(self._said.readline())

    def is_at_work(self) -> bool:
        """Whether the work has begun: from then on it listens to SIGTERM by itself."""
        told = Path(f"/proc/{self.jobs}/status").read_text("ascii")
        caught = next(line for line in told.splitlines() if line.startswith("SigCgt"))
        return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)

    def lose_parent(self) -> None:
        self._parent.kill()
        self._parent.wait()

    def is_gone(self, *, seconds: float) -> bool:
        """Whether parent and child end in that time: both hold the pipe that then closes."""
        return bool(select.select([self._said], [], [], seconds)[0])

    def end(self) -> None:
        self.lose_parent()
        if not self.is_gone(seconds=0):
            os.kill(self.jobs, signal.SIGKILL)
        self._said.close()


@pytest.fixture
def beside(tmp_path: Path) -> Iterator[Family]:
    """A family as `quizapp serve` makes it."""
    family = Family(tmp_path, "--beside", "own")
    yield family
    family.end()


@pytest.fixture
def by_hand(tmp_path: Path) -> Iterator[Family]:
    """A family as a shell makes it."""
    family = Family(tmp_path)
    yield family
    family.end()


def until(met: Callable[[], bool], *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def test_a_command_that_dies_is_begun_again() -> None:
    kept = Kept(SLEEPER)
    first = kept.process
    first.kill()
    until(lambda: kept.process is not first)

    kept.stop()

    assert kept.process.wait(60) != 0


def test_a_command_that_does_not_listen_is_ended_all_the_same(tmp_path: Path) -> None:
    is_deaf = tmp_path / "deaf"
    kept = Kept([sys.executable, "-c", DEAF, str(is_deaf)], patience=0.2)
    until(is_deaf.exists)

    kept.stop()

    assert kept.process.wait(60) == -signal.SIGKILL


def test_a_command_that_begins_anew_just_then_is_ended_too() -> None:
    kept = Slow()
    kept.process.kill()
    assert kept.begins_anew.wait(60)

    kept.stop()

    until(lambda: len(kept.begun) == 2)
    second = kept.begun[1]
    try:
        assert second.wait(10) == -signal.SIGTERM
    finally:
        second.kill()


def test_a_worker_that_ends_leaves_the_command_alone() -> None:
    said = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, check=True)

    assert said.stdout == b"kept\n"


def test_the_work_beside_a_server_ends_with_it_however_it_dies(beside: Family) -> None:
    until(beside.is_at_work)

    beside.lose_parent()

    assert beside.is_gone(seconds=60)


def test_the_work_beside_a_server_ends_when_that_is_gone_before_it_looks(beside: Family) -> None:
    beside.lose_parent()  # The child still reads its modules.

    assert beside.is_gone(seconds=60)


def test_work_that_was_begun_by_hand_stays_when_its_shell_is_gone(by_hand: Family) -> None:
    until(by_hand.is_at_work)

    by_hand.lose_parent()

    assert not by_hand.is_gone(seconds=5)
