"""The sweeper: closes what is still open after the deadline and its grace."""

import logging

from flask import Flask
from huey import crontab

from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.jobs.queue import Queue
from quizapp.quizzes import queries, sittings, timing
from quizapp.quizzes.models import ClosedBy

BATCH = 5000  # A minute; what is left is found a minute later.
log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    queue: Queue = app.extensions["jobs"]
    queue.every(crontab(minute="*"), "quizzes.sweep", sweep)


def sweep() -> int:
    """Score the last acknowledged answers of every overdue sitting; return how many were closed.

    Each in its own transaction: two sweepers at once, or one that is killed, do no harm, and a
    sitting that cannot be closed does not keep the others open.
    """
    closed = 0
    for sitting in queries.overdue(database.session, before=now() - timing.GRACE, most=BATCH):
        try:
            with transaction() as session:
                closed += sittings.close(session, sitting, by=ClosedBy.BELL, now=now())
        except Exception:
            log.exception("sitting %s could not be closed", sitting.id)
    return closed
