"""A throw-away PostgreSQL server. Its programs refuse to run as root: then it runs as postgres."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


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
    home = Path(tempfile.mkdtemp(prefix="quizapp-pg-"))
    run_as: dict[str, Any] = {
        "cwd": home,
        "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(home)},
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    if os.getuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(home, user.pw_uid, user.pw_gid)
        run_as |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    place, port = programs(), _free_port()
    settings = [
        f"port={port}", f"unix_socket_directories={home}", "listen_addresses=127.0.0.1",
        "max_connections=200", *(() if durable else FAST),
    ]  # fmt: skip
    options = " ".join(f"-c {setting}" for setting in settings)
    make: list[Any] = [place / "initdb", "-D", home / "data", "-U", "postgres", "-A", "trust"]
    control: list[Any] = [place / "pg_ctl", "-D", home / "data", "-w", "-l", home / "log"]
    try:
        subprocess.run([*make, "-E", "UTF8", "--no-sync"], check=True, **run_as)
        subprocess.run([*control, "-o", options, "start"], check=True, **run_as)
        yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, **run_as)
        shutil.rmtree(home, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])
