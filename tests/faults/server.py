"""A server that is killed, a worker or all of it, and comes back at the same address."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import URLError
from urllib.request import urlopen

from tests.faults.client import PATIENCE
from tests.settings import KEY


class Server:
    """`quizapp serve` with two workers and without background work, in a session of its own.

    `prepare` is called in the process that becomes the server; `program` stands for `quizapp`.
    """

    def __init__(
        self,
        url: str,
        instance: Path,
        *,
        prepare: Callable[[], None] | None = None,
        program: Sequence[str] = (),
    ) -> None:
        with socket.socket() as asked:
            asked.bind(("127.0.0.1", 0))
            self._port = int(asked.getsockname()[1])
        instance.mkdir(exist_ok=True)
        self._log = (instance / "server.log").open("ab")
        self._prepare, self._program = prepare, program
        self._environment = {"QUIZAPP_NEWCOMERS": "0"} | os.environ | {
            "QUIZAPP_DATABASE_URL": url, "QUIZAPP_INSTANCE": str(instance),
            "QUIZAPP_SECRET_KEY": KEY, "QUIZAPP_LOCALE": "en",
        }  # fmt: skip
        self.address = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._end()
        self._log.close()

    @property
    def pid(self) -> int:
        """The process id of the master."""
        return self._master.pid

    def workers(self) -> list[int]:
        """Return the process ids of the workers that live."""
        listed = Path(f"/proc/{self._master.pid}/task/{self._master.pid}/children")
        return [int(pid) for pid in listed.read_text("ascii").split()]

    def kill_worker(self, pid: int) -> None:
        """Kill a worker; the master puts another in its place."""
        os.kill(pid, signal.SIGKILL)

    def kill_all(self) -> None:
        """Kill the master and all its workers, as a service manager does, and start anew.

        Workers whose master alone dies hold the address for as long as their clients keep on.
        """
        self._end()
        self._start()

    def reload(self) -> None:
        """Let new workers take the place of the old ones, which end what they have begun."""
        os.kill(self._master.pid, signal.SIGHUP)

    def stop(self) -> None:
        """Tell the server to end, as a service manager does."""
        self._master.terminate()

    def start_anew(self) -> int:
        """Wait until the server has ended, begin it again, and return what it ended with."""
        ended = self._master.wait(PATIENCE)
        self._start()
        return ended

    def _end(self) -> None:
        if self._master.poll() is None:
            os.killpg(self._master.pid, signal.SIGKILL)
            self._master.wait(timeout=PATIENCE)

    def _start(self) -> None:
        program = self._program or [str(Path(sys.executable).parent / "quizapp")]
        self._master = subprocess.Popen(
            [*program, "serve", "--no-jobs", "--port", str(self._port)],
            env=self._environment,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
            preexec_fn=self._prepare,  # noqa: PLW1509 - no other thread runs yet.
        )
        self._wait()

    def _wait(self) -> None:
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends and self._master.poll() is None:
            try:
                with urlopen(f"{self.address}/healthz", timeout=5) as answer:  # noqa: S310 - ours.
                    if answer.status == 200 and self.workers():
                        return
            except (URLError, OSError):
                time.sleep(0.05)
        raise AssertionError("the server did not start")
