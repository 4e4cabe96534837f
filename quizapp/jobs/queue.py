"""The clockwork of the background: huey calls, every minute or night, what features registered.

Work that matters is a job record; huey only says when to look. Losing its queue loses nothing.
"""

import logging
from collections.abc import Callable, Mapping

from flask import Flask, current_app
from huey import SqliteHuey, crontab

from quizapp.core.clock import now
from quizapp.core.db import transaction
from quizapp.jobs import actions

Work = Callable[[Mapping[str, object]], Mapping[str, object]]  # Arguments in, result out.
log = logging.getLogger(__name__)


class Queue:
    """The jobs of one application: what runs by the clock, and what runs on demand."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        settings = app.config["QUIZAPP"]
        self.huey = SqliteHuey("quizapp", filename=str(settings.instance / "jobs.db"))
        self._kinds: dict[str, Work] = {}
        self.every(crontab(minute="*"), "jobs.work", work_off)

    def every(self, schedule: object, name: str, call: Callable[[], object]) -> None:
        """Have it called by the clock; a call that fails is logged and comes again."""

        def run() -> None:
            with self._app.app_context():
                call()

        self.huey.periodic_task(schedule, name=name)(run)

    def kind(self, name: str, work: Work) -> None:
        """Say how job records of this kind are done."""
        self._kinds[name] = work

    def work_for(self, kind: str) -> Work:
        return self._kinds[kind]


def init_app(app: Flask) -> None:
    app.config["QUIZAPP"].instance.mkdir(parents=True, exist_ok=True)
    app.extensions["jobs"] = Queue(app)


def queue() -> Queue:
    found: Queue = current_app.extensions["jobs"]
    return found


def work_off() -> int:
    """Do the work that waits, one record after the other; return how many were done."""
    done = 0
    with transaction() as session:
        actions.bury(session, now=now())
    while True:
        with transaction() as session:
            job = actions.take(session, now=now())
        if job is None:
            return done
        try:
            result = queue().work_for(job.kind)(job.arguments)
        except Exception as error:
            log.exception("job %s failed", job.kind)
            with transaction() as session:
                actions.fail(session.merge(job), str(error), now=now())
        else:
            with transaction() as session:
                actions.finish(session.merge(job), result, now=now())
            done += 1
