"""The command beside the server: begun again when it dies, ended when the server ends."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from quizapp.cli.serving import Kept

DEAF = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(600)
"""


def until(met: Callable[[], bool], *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def test_a_command_that_dies_is_begun_again() -> None:
    kept = Kept([sys.executable, "-c", "import time; time.sleep(600)"])
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
