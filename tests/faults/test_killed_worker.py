"""A worker of the background is killed in the middle: another one does the work, once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.app import create_app
from quizapp.core.clock import now
from quizapp.core.db import transaction
from quizapp.jobs import actions, queries
from quizapp.jobs.models import JobRecord, JobState
from quizapp.jobs.queue import Queue
from tests.settings import KEY, configured

PATIENCE = 60
# `quizapp jobs run` with a kind of work that leaves a trail and, at its second step, waits for a
# file that says it may go on.
WORKER = """
import os, pathlib, sys, time
from quizapp.app import create_app
from quizapp.jobs.queue import progress

def slow(told):
    folder = pathlib.Path(told["folder"])
    for step in range(4):
        progress(step, 4)
        with (folder / "trail").open("a") as trail:
            trail.write(f"{os.getpid()} {step}\\n")
        while step == 1 and not (folder / "go").exists():
            time.sleep(0.05)
    return {"by": os.getpid()}

app = create_app()
app.extensions["jobs"].kind("test.slow", slow)
app.test_cli_runner().invoke(args=["jobs", "run"])
"""


@contextmanager
def workers(url: str, instance: Path, number: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    environment = os.environ | {
        "QUIZAPP_DATABASE_URL": url, "QUIZAPP_INSTANCE": str(instance), "QUIZAPP_SECRET_KEY": KEY,
    }  # fmt: skip
    command = [sys.executable, "-c", WORKER]
    begun = [subprocess.Popen(command, env=environment) for _ in range(number)]
    try:
        yield begun
    finally:
        for one in begun:
            one.terminate()
        for one in begun:
            one.wait(PATIENCE)


def until(met: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not met():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.1)


def trail(folder: Path) -> list[tuple[int, int]]:
    file = folder / "trail"
    lines = file.read_text("ascii").splitlines() if file.exists() else []
    return [(int(pid), int(step)) for pid, step in (line.split() for line in lines)]


def test_another_worker_takes_up_what_a_killed_one_has_begun(
    app: Flask, session: Session, database_url: str, tmp_path: Path
) -> None:
    site = create_app(configured(tmp_path, database_url), testing=True)
    queue: Queue = site.extensions["jobs"]
    # Asked for before anybody looks: the first worker to come finds it.
    with site.app_context(), transaction() as work:
        actions.ask(work, "test.slow", key="one", by=SYSTEM, now=now(), folder=str(tmp_path))

    with workers(database_url, tmp_path, 3) as processes:
        until(lambda: _alive(session) == 3)
        queue.wake()
        until(lambda: len(trail(tmp_path)) == 2)
        first = trail(tmp_path)[0][0]
        os.kill(first, signal.SIGKILL)
        (tmp_path / "go").touch()
        # Ten minutes pass.
        session.rollback()
        with site.app_context(), transaction() as work:
            work.execute(update(JobRecord).values(lease_until=now() - timedelta(seconds=1)))
        queue.wake()
        until(lambda: _state(session) is JobState.DONE)
        assert queries.is_alive(session, now=now())
        session.rollback()
        queue.huey.storage.close()
        site.extensions["database"].dispose()

    job = session.scalars(select(JobRecord)).one()
    steps = trail(tmp_path)
    second = steps[2][0]
    assert second != first
    assert [pid for pid in (p.pid for p in processes) if pid not in (first, second)]
    assert steps == [(first, 0), (first, 1), *((second, number) for number in range(4))]
    assert (job.result, job.tries, job.progress) == ({"by": second}, 2, 100)
    # Who ends in order takes its heartbeat away; the killed one's stays until it is old.
    session.expire_all()
    assert [one.worker.rpartition(":")[2] for one in queries.heartbeats(session)] == [str(first)]


def _alive(session: Session) -> int:
    session.rollback()
    return len(queries.heartbeats(session))


def _state(session: Session) -> JobState:
    session.rollback()
    return session.scalars(select(JobRecord.state)).one()
