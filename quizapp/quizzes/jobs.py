"""By the clock: forms are drawn ahead, and what is open after its deadline and grace is closed."""

import logging
from datetime import timedelta

from flask import Flask
from huey import crontab

from quizapp.bank.rules import BankStage
from quizapp.core import metrics
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.jobs.queue import Queue
from quizapp.quizzes import ahead, queries, sittings, timing
from quizapp.quizzes.drawing import TooFew
from quizapp.quizzes.models import ClosedBy, Quiz

AHEAD = timedelta(days=1)
BATCH = 5000  # A minute; what is left is found a minute later.
log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    queue: Queue = app.extensions["jobs"]
    queue.every(crontab(minute="*"), "quizzes.sweep", sweep)
    queue.every(crontab(minute="*"), "quizzes.draw-ahead", draw_ahead)


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
    metrics.count(metrics.SWEPT, by=closed)
    return closed


def draw_ahead() -> int:
    """Give every quiz that is open or opens within a day its forms; return how many have them all.

    A batch at a time, each in its own transaction: nobody who starts has to wait for it.
    """
    ready = 0
    for quiz in queries.under_way(database.session, until=now() + AHEAD, now=now()):
        for stage in sorted({line.stage for line in quiz.lines}):
            try:
                while not _refreshed(quiz, stage):
                    pass
                ready += 1
            except TooFew:
                log.error("quiz %s: the bank has too few questions for %s", quiz.id, stage)
    return ready


def _refreshed(quiz: Quiz, stage: BankStage) -> bool:
    with transaction() as session:
        return ahead.refresh(session, quiz, stage, now=now())
