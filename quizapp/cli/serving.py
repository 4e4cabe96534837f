"""`quizapp serve`, `quizapp jobs run` and `quizapp doctor`."""

import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from gunicorn.app.base import BaseApplication
from huey.consumer import Consumer

from quizapp.cli.say import refuse
from quizapp.core import schema
from quizapp.core.clock import now
from quizapp.core.db import database
from quizapp.jobs.queue import queue
from quizapp.web.assets import compress

jobs = AppGroup("jobs", help="Background work. Example: quizapp jobs run")
FULL = 2  # SQLite's number for synchronous=FULL.
LEAST_FREE = 0.1  # Share of the disk: under it `doctor` and /readyz complain.


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--threads", default=16, show_default=True, type=click.IntRange(1, 256))
@click.option("--jobs/--no-jobs", "with_jobs", default=True, help="Run the background work too.")
@with_appcontext
def serve(host: str, port: int, workers: int, threads: int, with_jobs: bool) -> None:
    """Serve the site, and do its background work unless told not to.

    Example: quizapp serve --port 8000 --workers 4 --no-jobs
    """
    if not schema.is_current():
        refuse(["the schema is not current; run: quizapp db upgrade"])
    instance = current_app.config["QUIZAPP"].instance
    compress(instance)
    click.echo(f"http://{host}:{port}")
    database.engine.dispose()  # Connections must not be shared with the workers that are forked.
    worker = subprocess.Popen([sys.argv[0], "jobs", "run"]) if with_jobs else None  # noqa: S603
    options = {
        "bind": f"{host}:{port}", "workers": workers, "threads": threads,
        "worker_class": "gthread", "control_socket_disable": True, "graceful_timeout": 20,
        "timeout": 60, "keepalive": 15, "worker_tmp_dir": _memory_folder(), "loglevel": "warning",
    }  # fmt: skip
    try:
        Server(current_app._get_current_object(), options).run()  # type: ignore[attr-defined]
    finally:
        if worker:
            worker.terminate()
            worker.wait(timeout=10)


class Server(BaseApplication):
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


@jobs.command("run")
def run() -> None:
    """Do the background work until stopped: the sweeper every minute, job records as they come."""
    logging.basicConfig(level=logging.WARNING)
    consumer = Consumer(queue().huey, workers=1, periodic=True, check_worker_health=True)
    parent = os.getppid()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    consumer.run()


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Check database, schema, disk, clock and settings, and say what to do about each fault."""
    faults = list(complaints())
    if faults:
        refuse(faults)
    click.echo("everything is well")


def complaints() -> list[str]:
    """Return what is wrong with the machine or the settings, each with what to do."""
    settings, found = current_app.config["QUIZAPP"], []
    if not schema.is_current():
        found.append("schema: not current; run: quizapp db upgrade")
    disk = shutil.disk_usage(settings.instance)
    if disk.free < LEAST_FREE * disk.total:
        found.append(f"disk: {disk.free // 2**20} MB are free; make room in {settings.instance}")
    if database.engine.dialect.name == "sqlite":
        with database.engine.connect() as connection:
            if (connection.exec_driver_sql("pragma synchronous").scalar() or 0) < FULL:
                found.append("database: synchronous is below FULL; answers could be lost")
    if now().year < 2026:  # noqa: PLR2004
        found.append(f"clock: it says {now():%Y-%m-%d}; set the time of this machine")
    return found


def _memory_folder() -> str | None:
    """Return a folder in memory for the heartbeat: a slow disk would look like a dead worker."""
    return "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108


def _end_with(parent: int) -> None:
    """End with the server that started us, however it died."""
    while os.getppid() == parent:
        threading.Event().wait(2)
    os.kill(os.getpid(), signal.SIGTERM)
