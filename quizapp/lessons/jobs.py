"""By the clock: old receipts of what was done without a network go, and closed polls; forgotten
polls are closed."""

from datetime import datetime, timedelta

from flask import Flask
from huey import crontab
from sqlalchemy import delete

from quizapp.core import clock
from quizapp.core.db import changed, transaction
from quizapp.jobs.queue import Queue
from quizapp.lessons import polls
from quizapp.lessons.models import Poll, Receipt

KEPT = timedelta(days=30)  # Who comes back later has one try more at most: decision 0030.
KEPT_POLLS = timedelta(days=30)  # A class looks at its counts in the hour in which it voted.


def init_app(app: Flask) -> None:
    queue: Queue = app.extensions["jobs"]
    queue.every(crontab(minute="40", hour="19"), "lessons.forget_receipts", forget)  # By UTC.
    queue.every(crontab(minute="25"), "lessons.close_polls", close_polls)
    queue.every(crontab(minute="50", hour="19"), "lessons.forget_polls", forget_polls)


def forget(at: datetime | None = None) -> int:
    """Delete the receipts that have been kept long enough; return how many."""
    before = (at or clock.now()) - KEPT
    with transaction() as session:
        return changed(session, delete(Receipt).where(Receipt.at < before))


def forget_polls(at: datetime | None = None) -> int:
    """Delete the polls that were closed long enough ago; return how many."""
    before = (at or clock.now()) - KEPT_POLLS
    with transaction() as session:
        return changed(session, delete(Poll).where(Poll.closed_at < before))


def close_polls(at: datetime | None = None) -> int:
    """Close the polls that were left open; return how many."""
    with transaction() as session:
        return polls.close_forgotten(session, now=at or clock.now())
