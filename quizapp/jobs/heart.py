"""What a process of the background does beside its work: it lives, and looks after the clock."""

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from flask import Flask

from quizapp.core.clock import now
from quizapp.core.db import transaction
from quizapp.jobs import actions
from quizapp.jobs.queue import Queue
from quizapp.jobs.rules import BEAT, DAY

log = logging.getLogger(__name__)


@contextmanager
def beating(app: Flask) -> Iterator[None]:
    """Let the heart of this process beat, and the clock be heeded without its queue, meanwhile.

    Each in a thread of its own: work that takes long must not look like death.
    """
    worker, began, over = f"{socket.gethostname()}:{os.getpid()}", now(), threading.Event()
    queue: Queue = app.extensions["jobs"]

    def beat() -> None:
        with transaction() as session:
            actions.beat(session, worker, began=began, now=now())

    def leave() -> None:
        with transaction() as session:
            actions.leave(session, worker, dead_since=now() - DAY)

    for call in (beat, lambda: queue.catch_up(now())):
        threading.Thread(target=_again_and_again, args=(app, call, over), daemon=True).start()
    try:
        yield
    finally:
        over.set()
        _called(app, leave)


def _again_and_again(app: Flask, call: Callable[[], object], over: threading.Event) -> None:
    while True:
        _called(app, call)
        if over.wait(BEAT.total_seconds()):
            return


def _called(app: Flask, call: Callable[[], object]) -> None:
    try:
        with app.app_context():
            call()
    except Exception as fault:  # The database is away, say: it will come back.
        log.warning("the background could not look: %s", type(fault).__name__)
