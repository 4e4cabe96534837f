"""The web server that `quizapp serve` starts: which one it is, and how many workers it has."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

DRAIN: Final = 20  # Seconds that requests under way are given when the server ends or reloads.
OF_WORKER: Final = 200 * 2**20  # Bytes: what a worker grows to, and what it uses of the system.
FEWEST, MOST = 2, 64  # With one worker the site would be away for as long as that one is replaced.
CGROUP: Final = Path("/sys/fs/cgroup/memory.max")


@dataclass(frozen=True)
class Machine:
    """What the site may use: processor cores, and bytes of memory."""

    cores: int
    memory: int


def this_machine() -> Machine:
    """Return what this process may use, in a container too."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = CGROUP.read_text("ascii").strip() if CGROUP.is_file() else "max"
    return Machine(
        len(os.sched_getaffinity(0)), min(memory, int(limit)) if limit.isdigit() else memory
    )


def workers_for(machine: Machine) -> int:
    """Return how many workers fit: one a core, in half of the memory; the rest is the database's.

    More than cores gain nothing: a worker waits for the database in its threads.
    """
    return max(FEWEST, min(machine.cores, machine.memory // 2 // OF_WORKER, MOST))


def run(
    app: Any, *, host: str, port: int, workers: int, threads: int, ended: Callable[[], None]
) -> None:
    """Serve until told to end; SIGTERM drains and ends, SIGHUP drains and begins new workers.

    A socket that systemd hands over is served in place of host and port: then nobody is refused
    while the service is started anew. `ended` is called once, when the workers are gone.
    """
    options = {
        "bind": f"{host}:{port}", "workers": workers, "threads": threads,
        "worker_class": "gthread", "control_socket_disable": True, "graceful_timeout": DRAIN,
        "timeout": 60, "keepalive": 15, "worker_tmp_dir": _memory_folder(), "loglevel": "warning",
        "logger_class": Log,
    }  # fmt: skip
    try:
        Gunicorn(app, options).run()
    finally:
        ended()


class Gunicorn(BaseApplication):
    """gunicorn with our settings and no file of its own."""

    def __init__(self, app: Any, options: dict[str, Any]) -> None:
        self._app = app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._app


class Log(Logger):
    """Its words go into the log of the program."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


def _memory_folder() -> str | None:
    """Return a folder in memory for the heartbeat: a slow disk would look like a dead worker."""
    return "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
