"""Background work on figures: all counts compared with the facts beneath them, a table a step."""

from collections.abc import Mapping

from flask import Flask

from quizapp.core.db import database, snapshot
from quizapp.jobs.queue import Queue, progress
from quizapp.reports import rollups

CHECK = "rollups.check"


def init_app(app: Flask) -> None:
    queue: Queue = app.extensions["jobs"]
    queue.kind(CHECK, check)


def check(_told: Mapping[str, object]) -> Mapping[str, object]:
    """Return under `differ` how many cells do not hold what the facts say."""
    wrong = 0
    for done, table in enumerate(rollups.TABLES):
        progress(done, len(rollups.TABLES))
        wrong += len(rollups.differences(snapshot(), table))
        database.session.rollback()
    return {"differ": wrong}
