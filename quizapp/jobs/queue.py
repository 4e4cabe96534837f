"""The clockwork of the background: huey calls, every minute or night, what features registered.

Work that matters is a job record; huey only says when to look. Losing its queue loses nothing.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app, g
from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey, crontab
from redis import ConnectionPool

from quizapp.core import metrics
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.settings import Settings
from quizapp.jobs import actions, queries
from quizapp.jobs.actions import Held
from quizapp.jobs.rules import Schedule, minute_of, missed

Work = Callable[[Mapping[str, object]], Mapping[str, object]]  # Arguments in, result out.
SECONDS = 2  # Until Redis must have answered.
log = logging.getLogger(__name__)


class Stopped(Exception):
    """The work is to end: it was cancelled, or another worker has taken it up."""


@dataclass(frozen=True)
class Entry:
    """What is called by the clock."""

    name: str
    schedule: Schedule
    call: Callable[[], object]


class Queue:
    """The jobs of one application: what runs by the clock, and what runs on demand."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._began = now()
        self.huey = _huey(app.config["QUIZAPP"])
        self._kinds: dict[str, Work] = {}
        self._entries: list[Entry] = []
        self.busy = threading.Lock()  # A process does one record after the other.
        self._look = self.huey.task(name="jobs.look")(self._work_off)
        self.every(crontab(minute="*"), "jobs.work", work_off)

    def every(self, schedule: Schedule, name: str, call: Callable[[], object]) -> None:
        """Have it called by the clock; a call that fails is logged and comes again."""
        entry = Entry(name, schedule, call)
        self._entries.append(entry)

        def run() -> None:
            with self._app.app_context():
                serve(entry, minute_of(now()))

        self.huey.periodic_task(schedule, name=name)(run)

    def kind(self, name: str, work: Work) -> None:
        """Say how job records of this kind are done."""
        self._kinds[name] = work

    def work_for(self, kind: str) -> Work:
        return self._kinds[kind]

    def wake(self) -> None:
        """Let a worker look for records now. Without it, or without the queue, within a minute."""
        try:
            self._look()
        except Exception as away:
            log.warning("no worker could be woken: %s", type(away).__name__)

    def catch_up(self, at: datetime) -> int:
        """Call what the clock has missed, for its queue was away or no process ran; return how
        much. Of a night that was missed once, a day at most."""
        last, done = queries.turns(database.session), 0
        database.session.rollback()
        for entry in self._entries:
            since = last.get(entry.name, self._began)
            if minute := missed(entry.schedule, since=since, now=at):
                done += serve(entry, minute)
        return done

    def _work_off(self) -> None:
        with self._app.app_context():
            work_off()


def init_app(app: Flask) -> None:
    app.config["QUIZAPP"].instance.mkdir(parents=True, exist_ok=True)
    app.extensions["jobs"] = Queue(app)


def queue() -> Queue:
    found: Queue = current_app.extensions["jobs"]
    return found


def serve(entry: Entry, minute: datetime) -> bool:
    """Call the entry for this minute of the clock, unless another process has."""
    with transaction() as session:
        is_ours = actions.call(session, entry.name, minute)
    if is_ours:
        try:
            entry.call()
        except Exception:
            log.exception("%s failed", entry.name)
    return is_ours


def work_off() -> int:
    """Do the work that waits, one record after the other; return how many were done."""
    if not queue().busy.acquire(blocking=False):
        return 0
    try:
        with transaction() as session:
            actions.bury(session, now=now())
        done = 0
        while held := _take():
            done += _do(held)
        return done
    finally:
        queue().busy.release()


def progress(done: int, whole: int) -> None:
    """Say how far the work is that runs here, and keep it for longer; Stopped if it is to end.

    Between two transactions, at least every few minutes. Outside of a job nothing happens.
    """
    held: Held | None = g.get("job")
    if held is None:
        return
    with transaction() as session:
        goes_on = actions.step(session, held, progress=100 * done // max(1, whole), now=now())
    if not goes_on:
        raise Stopped


def _take() -> Held | None:
    with transaction() as session:
        return actions.take(session, now=now())


def _do(held: Held) -> bool:
    """Do one piece of work and write down what came of it; whether it is done."""
    g.job = held
    try:
        result = queue().work_for(held.kind)(held.arguments)
    except Stopped:
        with transaction() as session:
            actions.stop(session, held, now=now())
        metrics.count(metrics.JOBS, "stopped")
        return False
    except Exception as error:
        log.exception("job %s failed", held.kind)
        database.session.rollback()
        with transaction() as session:
            actions.fail(session, held, str(error), now=now())
        metrics.count(metrics.JOBS, "failed")
        return False
    finally:
        g.pop("job", None)
    with transaction() as session:
        is_done = actions.finish(session, held, result, now=now())
    metrics.count(metrics.JOBS, "done" if is_done else "stopped")
    return is_done


def _huey(settings: Settings) -> Huey:
    """Return the queue where those of several machines find it: Redis, or the database."""
    if settings.redis_url:
        pool = ConnectionPool.from_url(
            settings.redis_url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS
        )
        return RedisHuey("quizapp", connection_pool=pool)
    if settings.database_url.startswith("postgresql"):
        address = settings.database_url.replace("+psycopg", "", 1)
        return PostgresHuey("quizapp", dsn=address, create_tables=False)
    return SqliteHuey("quizapp", filename=str(settings.instance / "jobs.db"))
