"""Every night: forget the pictures that somebody brought in and no question took."""

from flask import Flask
from huey import crontab

from quizapp.bank import pictures
from quizapp.core.clock import now
from quizapp.core.db import transaction
from quizapp.jobs.queue import Queue


def init_app(app: Flask) -> None:
    queue: Queue = app.extensions["jobs"]
    queue.every(crontab(minute="40", hour="19"), "bank.sweep", sweep)  # By UTC.


def sweep() -> int:
    """Return how many pictures were forgotten."""
    with transaction() as session:
        return pictures.sweep(session, now=now())
