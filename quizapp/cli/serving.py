"""`quizapp serve`: the web server, and beside it the background work."""

import gc
import os
import subprocess
import sys
import threading
from collections.abc import Sequence

import click
from flask import current_app
from flask.cli import with_appcontext

from quizapp.cli import server
from quizapp.cli.say import refuse
from quizapp.core import clock, logs, metrics, schema
from quizapp.core.db import database
from quizapp.web.assets import compress

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers", type=click.IntRange(1, 64), help="As many as fit this machine, unless told."
)
@click.option("--threads", default=16, show_default=True, type=click.IntRange(1, 256))
@click.option("--jobs/--no-jobs", "with_jobs", default=True, help="Run the background work too.")
@with_appcontext
def serve(host: str, port: int, workers: int | None, threads: int, with_jobs: bool) -> None:
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
    logs.to_standard_error()
    clock.hand_down()
    metrics.begin(instance)
    database.leave()  # Connections must not be shared with the workers that are forked.
    beside = [sys.argv[0], "jobs", "run", "--beside", str(os.getpid())]
    jobs_kept = Kept(beside) if with_jobs else None
    gc.freeze()  # Else the collector touches what the workers share, and each gets its own copy.
    server.run(
        current_app._get_current_object(),  # type: ignore[attr-defined]
        host=host,
        port=port,
        workers=workers or server.workers_for(server.this_machine()),
        threads=threads,
        ended=jobs_kept.stop if jobs_kept else lambda: None,
    )


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
