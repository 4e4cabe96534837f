"""The site as a process forked from one that has imported it: importing takes longer than tests."""

import os
import signal
import sys
from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from pathlib import Path
from subprocess import TimeoutExpired

FORKS = get_context("forkserver")
FORKS.set_forkserver_preload(["quizapp.app"])


class Forked:
    """The command `quizapp` with these arguments, to be handled like a subprocess.

    It is ended at once: letting its workers end what they do takes two seconds, and is a promise
    that other tests look at.
    """

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        told = (list(arguments), dict(environment), str(log))
        self._process = FORKS.Process(target=_run, args=told)
        self._process.start()

    def poll(self) -> int | None:
        return self._process.exitcode

    def terminate(self) -> None:
        if self._process.pid and self._process.is_alive():
            os.killpg(self._process.pid, signal.SIGKILL)

    def wait(self, timeout: float) -> None:
        self._process.join(timeout)
        if self._process.is_alive():
            raise TimeoutExpired("quizapp", timeout)
        self._process.close()


def _run(arguments: list[str], environment: dict[str, str], log: str) -> None:
    from quizapp.app import main  # noqa: PLC0415 - only the process that is forked needs it.

    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(written, stream)
    sys.argv = ["quizapp", *arguments]
    main()
