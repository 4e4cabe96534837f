"""Where is measured: temporary folders, databases, demo sites, and servers on 127.0.0.1.

Everything is made when first asked for, kept for the measurements that follow, and gone at the end.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import create_engine, text

from tests import postgres
from tests.faults.client import Client
from tests.settings import KEY
from tests.site import serving

ROOT = Path(__file__).parents[1]
QUIZAPP = str(Path(sys.executable).parent / "quizapp")
DIALECTS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
MAKING = 1800  # Seconds until a demo city must stand: a time-out, not a measure.


@dataclass(frozen=True)
class Demo:
    """A demo city in a database of its own; `told` is what demo-signins.json says."""

    url: str
    instance: Path
    told: dict[str, Any]

    @contextmanager
    def served(self) -> Iterator[str]:
        """Yield the address of `quizapp serve` with two workers and the background work."""
        with serving(self.url, self.instance, "--workers", "2") as address:
            yield address

    def pupil(self, address: str, number: int) -> Client:
        """Return a browser in which a pupil has signed in."""
        return signed_in(address, self.told["pupils"][number], "school", "login", "secret")

    def staff(self, address: str, role: str) -> Client:
        """Return a browser in which the member of staff with the role has signed in."""
        found = next(one for one in self.told["staff"] if one["role"] == role)
        return signed_in(address, found, "login", "password")


class Ground:
    def __init__(self) -> None:
        self._stack = ExitStack()
        self._server: str | None = None
        self._demos: dict[tuple[str, int, int], Demo] = {}

    def __enter__(self) -> Self:
        self._home = Path(self._stack.enter_context(tempfile.TemporaryDirectory("-bench")))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stack.close()

    def folder(self, name: str) -> Path:
        """Return an empty folder."""
        made = self._home / name
        made.mkdir(parents=True)
        return made

    def database(self, dialect: str, name: str) -> str:
        """Return the address of a new, empty database. PostgreSQL keeps fsync, as a site does."""
        if dialect == "sqlite":
            return f"sqlite:///{self._home / name}.db"
        if self._server is None:
            self._server = self._stack.enter_context(postgres.running(durable=True))
        engine = create_engine(f"{self._server}postgres", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        engine.dispose()
        return f"{self._server}{name}"

    def demo(self, dialect: str, *, schools: int = 12, pupils: int = 4000) -> Demo:
        """Return a demo city of this size, the same for all who ask."""
        size = (dialect, schools, pupils)
        if size not in self._demos:
            self._demos[size] = self._made(*size)
        return self._demos[size]

    def _made(self, dialect: str, schools: int, pupils: int) -> Demo:
        name = f"demo-{dialect}-{pupils}"
        say(f"making a demo city of {schools} schools and {pupils} pupils, {DIALECTS[dialect]}")
        url, instance = self.database(dialect, name), self.folder(name)
        told = {"QUIZAPP_DATABASE_URL": url, "QUIZAPP_INSTANCE": str(instance)}
        command = [QUIZAPP, "demo", "--schools", str(schools), "--pupils", str(pupils)]
        subprocess.run(
            command,
            env=os.environ | told | {"QUIZAPP_SECRET_KEY": KEY},
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=MAKING,
        )
        return Demo(url, instance, json.loads((instance / "demo-signins.json").read_text("utf-8")))


def processes(pid: int) -> Iterator[int]:
    """Yield the processes of quizapp beneath this one: master, workers, background work."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split():
        if "quizapp" in Path(f"/proc/{child}/cmdline").read_text("utf-8"):
            yield int(child)
        yield from processes(int(child))


def cpu() -> float:
    """Return the milliseconds of CPU that the running server has used: other work hides it not."""
    told = [Path(f"/proc/{pid}/stat").read_text("ascii") for pid in processes(os.getpid())]
    ticks = [line.rpartition(")")[2].split()[11:13] for line in told]
    return sum(int(n) for pair in ticks for n in pair) * 1000 / os.sysconf("SC_CLK_TCK")


def signed_in(address: str, account: dict[str, str], *keys: str) -> Client:
    """Sign in through the API, as another program does."""
    client = Client(address, {})
    reply = client.insist("POST", "/api/v1/sign-in", {key: account[key] for key in keys})
    if reply.status != 200:
        raise RuntimeError(f"signing in was refused: {reply.body.decode()}")
    client.csrf = reply.json["csrf"]
    return client


def say(what: str) -> None:
    """Tell the impatient what goes on; the table alone goes to standard output."""
    print(f"… {what}", file=sys.stderr, flush=True)
