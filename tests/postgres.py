"""A throw-away PostgreSQL server. Its programs refuse to run as root: then it runs as postgres."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
PATIENCE = 60  # Seconds until a killed server must be up again: a time-out, not a measure.


@dataclass(frozen=True)
class Cluster:
    """A server that can be killed. `address` ends in "/"; add the name of a database."""

    address: str
    home: Path
    _control: list[Any] = field(repr=False)
    _options: str = field(repr=False)
    _run_as: dict[str, Any] = field(repr=False)

    @property
    def postmaster(self) -> int:
        return int((self.home / "data" / "postmaster.pid").read_text("ascii").split()[0])

    def backends(self) -> list[int]:
        """Return the process ids that serve a connection over TCP."""
        return [pid for pid in _children(self.postmaster) if b" 127.0.0.1" in _command(pid)]

    def kill(self) -> None:
        """Kill the postmaster and all its children at once, as a crash of the machine does."""
        postmaster = self.postmaster
        for pid in (postmaster, *_children(postmaster)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def start(self, prepare: Callable[[], None] | None = None) -> None:
        """Start, again and again until it stands: a killed server leaves its memory for a while.

        `prepare` is called in the process that becomes the server.
        """
        command = [*self._control, "-o", self._options, "start"]
        ends = time.monotonic() + PATIENCE
        while subprocess.run(command, check=False, preexec_fn=prepare, **self._run_as).returncode:
            if time.monotonic() > ends:
                raise AssertionError((self.home / "log").read_text("utf-8")[-2000:])
            time.sleep(0.2)

    def stop(self) -> None:
        subprocess.run([*self._control, "-m", "immediate", "stop"], check=False, **self._run_as)


def programs() -> Path:
    """Return the folder of the newest server's programs; RuntimeError says what to install."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    found = [place for place in found if (place / "initdb").exists()]
    if found:
        return found[-1]
    if on_path := shutil.which("initdb"):
        return Path(on_path).parent
    raise RuntimeError("PostgreSQL's server is missing; on Debian: apt-get install postgresql")


@contextmanager
def running(*, durable: bool = False) -> Iterator[str]:
    """Yield the address of a fresh server, ending in "/"; add the name of a database.

    `durable` keeps fsync: tests that kill things need it.
    """
    with cluster(durable=durable) as made:
        yield made.address


@contextmanager
def cluster(
    *, durable: bool = False, prepare: Callable[[], None] | None = None
) -> Iterator[Cluster]:
    """Yield a fresh server that its user may kill and start again."""
    with folder() as home:
        place, port, run_with = programs(), free_port(), run_as(home)
        settings = [
            f"port={port}", f"unix_socket_directories={home}", "listen_addresses=127.0.0.1",
            "max_connections=200", *(() if durable else FAST),
        ]  # fmt: skip
        options = " ".join(f"-c {setting}" for setting in settings)
        make: list[Any] = [place / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust"]
        control: list[Any] = [place / "pg_ctl", "-D", home / "data", "-w", "-l", home / "log"]
        address = f"postgresql+psycopg://postgres@127.0.0.1:{port}/"
        made = Cluster(address, home, control, options, run_with)
        try:
            subprocess.run([*make, "-E", "UTF8", "--no-sync"], check=True, **run_with)
            made.start(prepare)
            yield made
        finally:
            made.stop()


@contextmanager
def folder() -> Iterator[Path]:
    """Yield a folder of the user that the server runs as; it is taken away afterwards."""
    home = Path(tempfile.mkdtemp(prefix="quizapp-pg-"))
    if os.getuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(home, user.pw_uid, user.pw_gid)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def run_as(home: Path) -> dict[str, Any]:
    """Return the options with which its programs are run, for subprocess."""
    options: dict[str, Any] = {
        "cwd": home,
        "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(home)},
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    if os.getuid() == 0:
        user = pwd.getpwnam("postgres")
        options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return options


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [int(child) for child in listed.read_text("ascii").split()]
    except OSError:  # It is gone, and all of them with it.
        return []


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
