"""The real server in a process of its own, for browsers and for many clients at once."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.settings import KEY

PATIENCE = 60  # Seconds until the server must have answered: a time-out, not a measure.


@contextmanager
def serving(url: str, instance: Path, *options: str) -> Iterator[str]:
    """Yield the address of `quizapp serve` on the database; it is ended afterwards."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    environment = os.environ | {
        "QUIZAPP_DATABASE_URL": url, "QUIZAPP_INSTANCE": str(instance),
        "QUIZAPP_SECRET_KEY": KEY, "QUIZAPP_LOCALE": "en",
    }  # fmt: skip
    command = [str(Path(sys.executable).parent / "quizapp"), "serve", "--port", str(port), *options]
    log = (instance / "server.log").open("wb")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/healthz", server, instance / "server.log")
        yield address
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE)
        log.close()


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends and server.poll() is None:
        try:
            with urlopen(address, timeout=5) as answer:  # noqa: S310 - our own address.
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise AssertionError(f"the server did not start: {log.read_text('utf-8')[-2000:]}")
