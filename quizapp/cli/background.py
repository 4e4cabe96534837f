"""`quizapp jobs run`: the background work, in a process of its own."""

import os
import signal
import threading
import time

import click
from flask import current_app
from flask.cli import AppGroup
from huey.consumer import Consumer

from quizapp.core import logs, metrics
from quizapp.core.db import database
from quizapp.jobs.heart import beating
from quizapp.jobs.queue import queue

jobs = AppGroup("jobs", help="Background work. Example: quizapp jobs run")
# One does job records; another, meanwhile, what the clock calls.
WORKERS = 2
PATIENCE = 8  # Seconds for what is under way at the end; the rest is taken up by the next process.


@jobs.command("run")
@click.option("--beside", type=int, hidden=True)  # The process id of the server that begins it.
def run(beside: int | None) -> None:
    """Do the background work until stopped: the sweeper every minute, job records as they come.

    Example: quizapp jobs run
    """
    logs.to_standard_error()
    if beside is not None:
        threading.Thread(target=_end_with, args=(beside,), daemon=True).start()
    metrics.join(current_app.config["QUIZAPP"].instance)
    huey = queue().huey
    if database.engine.dialect.name == "postgresql" and hasattr(huey.storage, "initialize_schema"):
        huey.storage.initialize_schema()
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    with beating(app):
        Consumer(
            huey, workers=WORKERS, periodic=True, check_worker_health=True,
            max_delay=1.0, graceful_signal="TERM", shutdown_timeout=PATIENCE,
        ).run()  # fmt: skip


def _end_with(parent: int) -> None:
    """End with the server that started us, however it died, and even if it is gone already."""
    while os.getppid() == parent:
        time.sleep(2)
    os.kill(os.getpid(), signal.SIGTERM)
