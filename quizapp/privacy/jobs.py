"""By the clock: the log is linked each minute, and each night what was kept long enough goes."""

import logging
from datetime import datetime, timedelta

from flask import Flask, current_app
from huey import crontab

from quizapp.access.policy import SYSTEM
from quizapp.audit import chain
from quizapp.audit.actions import record
from quizapp.core import clock
from quizapp.core.db import database, transaction
from quizapp.core.settings import Settings
from quizapp.jobs.queue import Queue
from quizapp.privacy import consent, erasing, parting, retention
from quizapp.rosters import changes

MOST_ERASED = 2000  # A night; the others follow in the next ones.
MOST_PARTED = 20_000
log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    queue: Queue = app.extensions["jobs"]
    queue.every(crontab(minute="*"), "audit.link", link)
    queue.every(crontab(minute="30", hour="19"), "privacy.retain", retain)  # By UTC.


def link() -> int:
    """Link what the log has gained since the last time; return how much."""
    with transaction() as session:
        return chain.link(session, _settings().audit_key, since=clock.now())


def retain(at: datetime | None = None) -> None:
    """Delete what has been kept as long as the settings say; twice does no more than once."""
    at = at or clock.now()
    settings = _settings()
    with transaction() as session:
        consent.come_of_age(session, school_year=clock.school_year(clock.local_day(at)))
        changes.forget_old(session, at)
        before = at - timedelta(days=settings.keep_sign_ins_days)
        gone = retention.forget_sign_ins(session, before=before, now=at)
        record(session, "data.retained", by=SYSTEM, now=at, path="/", **gone)
    _erase_leavers(settings, at)
    _part_answers(settings, at)
    while True:
        with transaction() as session:
            if not chain.link(session, settings.audit_key):
                break
    years = timedelta(days=365.25 * settings.keep_audit_years)
    with transaction() as session:
        chain.cut(session, before=at - years, now=at)


def _erase_leavers(settings: Settings, at: datetime) -> None:
    """Each child in a transaction of its own: one that cannot be erased keeps nobody else."""
    until = erasing.last_leaving(clock.local_day(at), settings.keep_answers_months)
    for pupil in erasing.leavers(database.session, until_on=until, most=MOST_ERASED):
        try:
            with transaction() as session:
                erasing.erase_leaver(session, pupil, until_on=until, by=SYSTEM, now=at)
        except Exception:
            log.exception("pupil %s could not be erased", pupil.id)


def _part_answers(settings: Settings, at: datetime) -> None:
    """Each child in a transaction of its own, as above."""
    until, done = erasing.last_leaving(clock.local_day(at), settings.keep_answers_months), 0
    for pupil in parting.with_old_answers(database.session, until_on=until, most=MOST_PARTED):
        try:
            with transaction() as session:
                parting.part(session, pupil, until_on=until, now=at)
                done += 1
        except Exception:
            log.exception("the old answers of pupil %s could not be parted", pupil.id)
    if done:
        with transaction() as session:
            record(session, "data.parted", by=SYSTEM, now=at, path="/", pupils=done)


def _settings() -> Settings:
    found: Settings = current_app.config["QUIZAPP"]
    return found
