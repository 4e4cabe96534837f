"""`quizapp serve`, `quizapp jobs run` and `quizapp doctor`."""

import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from gunicorn.app.base import BaseApplication
from huey.consumer import Consumer

from quizapp.cli.say import refuse
from quizapp.core import pdf, schema
from quizapp.core.clock import now
from quizapp.core.db import database
from quizapp.core.paths import has_room
from quizapp.jobs.queue import queue
from quizapp.web.assets import compress

jobs = AppGroup("jobs", help="Background work. Example: quizapp jobs run")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
FULL = 2  # SQLite's number for synchronous=FULL.
FIRST_YEAR = 2026  # A clock that shows less has not been set.


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
    if not current_app.config["QUIZAPP"].is_public and host not in LOOPBACK:
        refuse([f"{host} is open to others: set QUIZAPP_BASE_URL (https) and QUIZAPP_SECRET_KEY"])
    instance = current_app.config["QUIZAPP"].instance
    compress(instance)
    click.echo(f"http://{host}:{port}")
    database.engine.dispose()  # Connections must not be shared with the workers that are forked.
    beside = [sys.argv[0], "jobs", "run", "--beside", str(os.getpid())]
    jobs_kept = Kept(beside) if with_jobs else None
    options = {
        "bind": f"{host}:{port}", "workers": workers, "threads": threads,
        "worker_class": "gthread", "control_socket_disable": True, "graceful_timeout": 20,
        "timeout": 60, "keepalive": 15, "worker_tmp_dir": _memory_folder(), "loglevel": "warning",
    }  # fmt: skip
    gc.freeze()  # Else the collector touches what the workers share, and each gets its own copy.
    try:
        Server(current_app._get_current_object(), options).run()  # type: ignore[attr-defined]
    finally:
        if jobs_kept:
            jobs_kept.stop()


class Kept:
    """A command in a process of its own, begun again when it dies before it is stopped.

    Stopped, it has `patience` seconds to end by itself.
    """

    def __init__(self, command: Sequence[str], *, patience: float = 10) -> None:
        self._command = command
        self._patience = patience
        self._owner = os.getpid()
        self._stopping = threading.Event()
        self._turn = threading.Lock()  # Either a process begins, or all is stopped.
        self.process = self._begin()
        threading.Thread(target=self._keep, daemon=True).start()

    def stop(self) -> None:
        """End the command; one that does not go by itself is killed: jobs bear that.

        In a forked worker this does nothing: the command is not its own.
        """
        if os.getpid() != self._owner:
            return
        with self._turn:
            self._stopping.set()
        self.process.terminate()
        try:
            self.process.wait(self._patience)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def _begin(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(self._command)  # noqa: S603 - our own command.

    def _keep(self) -> None:
        while not self._stopping.is_set():
            self.process.wait()
            if not self._stopping.wait(1):
                self._begin_anew()

    def _begin_anew(self) -> None:
        with self._turn:
            if not self._stopping.is_set():
                self.process = self._begin()


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
@click.option("--beside", type=int, hidden=True)  # The process id of the server that begins it.
def run(beside: int | None) -> None:
    """Do the background work until stopped: the sweeper every minute, job records as they come.

    Example: quizapp jobs run
    """
    logging.basicConfig(level=logging.WARNING)
    if beside is not None:
        threading.Thread(target=_end_with, args=(beside,), daemon=True).start()
    Consumer(queue().huey, workers=1, periodic=True, check_worker_health=True).run()


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Check database, schema, disk, clock and settings, and say what to do about each fault.

    Example: quizapp doctor
    """
    faults = list(complaints())
    if faults:
        refuse(faults)
    click.echo("everything is well")


def complaints() -> list[str]:
    """Return what is wrong with the machine or the settings, each with what to do."""
    settings, found = current_app.config["QUIZAPP"], []
    if not schema.is_current():
        found.append("schema: not current; run: quizapp db upgrade")
    if not has_room(settings.instance):
        found.append(f"disk: almost full; make room in {settings.instance}")
    if database.engine.dialect.name == "sqlite":
        with database.engine.connect() as connection:
            if (connection.exec_driver_sql("pragma synchronous").scalar() or 0) < FULL:
                found.append("database: synchronous is below FULL; answers could be lost")
    if now().year < FIRST_YEAR:
        found.append(f"clock: it says {now():%Y-%m-%d}; set the time of this machine")
    if not all(pdf.fonts()):
        found.append("fonts: none is Chinese, so no PDF can be made; install fonts-noto-cjk")
    return found


def _memory_folder() -> str | None:
    """Return a folder in memory for the heartbeat: a slow disk would look like a dead worker."""
    return "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108


def _end_with(parent: int) -> None:
    """End with the server that started us, however it died, and even if it is gone already."""
    while os.getppid() == parent:
        time.sleep(2)
    os.kill(os.getpid(), signal.SIGTERM)
