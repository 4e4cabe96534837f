"""The real server in a process of its own, for browsers and for many clients at once."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.error import URLError
from urllib.request import urlopen

from tests.settings import KEY

PATIENCE = 60  # Seconds until the server must have answered: a time-out, not a measure.


class Process(Protocol):
    """What is asked of a process, as of a subprocess.Popen."""

    def poll(self) -> int | None: ...
    def terminate(self) -> None: ...
    def wait(self, timeout: float) -> object: ...


Begin = Callable[[Sequence[str], Mapping[str, str], Path], Process]


def by_command(arguments: Sequence[str], environment: Mapping[str, str], log: Path) -> Process:
    """Begin the site as people do."""
    command = [str(Path(sys.executable).parent / "quizapp"), *arguments]
    with log.open("ab") as written:
        return subprocess.Popen(command, env=environment, stdout=written, stderr=written)


@contextmanager
def serving(url: str, instance: Path, *options: str, begin: Begin = by_command) -> Iterator[str]:
    """Yield the address of `quizapp serve` on the database; it is ended afterwards."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    # Nobody waits in line, unless the test is about that.
    environment = {"QUIZAPP_NEWCOMERS": "0"} | os.environ | {
        "QUIZAPP_DATABASE_URL": url, "QUIZAPP_INSTANCE": str(instance),
        "QUIZAPP_SECRET_KEY": KEY, "QUIZAPP_LOCALE": "en",
    }  # fmt: skip
    log = instance / "server.log"
    server = begin(["serve", "--port", str(port), *options], environment, log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/healthz", server, log)
        yield address
    finally:
        server.terminate()
        server.wait(PATIENCE)


def _wait_for(address: str, server: Process, log: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and server.poll() is None:
        try:
            with urlopen(address, timeout=5) as answer:  # noqa: S310 - our own address.
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the server did not start: {log.read_text('utf-8')[-2000:]}")
