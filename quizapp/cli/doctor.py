"""`quizapp doctor`: looks at the machine, the settings and the site, and says what to do."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from quizapp.cli import server
from quizapp.cli.say import refuse
from quizapp.core import clock, pdf, redis, schema
from quizapp.core.clock import now
from quizapp.core.db import database
from quizapp.core.paths import has_room
from quizapp.core.settings import Settings
from quizapp.jobs import queries as jobs

FULL = 2  # SQLite's number for synchronous=FULL.
FIRST_YEAR = 2026  # A clock that shows less has not been set.
RESERVED = 3  # Connections that PostgreSQL keeps for its administrators.


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Check database, schema, disk, clock, settings and background work; say what to do.

    Example: quizapp doctor
    """
    faults = list(complaints())
    if faults:
        refuse(faults)
    click.echo("everything is well")


def complaints() -> Iterator[str]:
    """Yield what is wrong with the machine, the settings or the site, each with what to do."""
    settings: Settings = current_app.config["QUIZAPP"]
    for look in (_disk, _clock, _fonts, _secrets, _proxies, _redis):
        yield from look(settings)
    try:
        for look in (_schema, _safety, _connections, _background):
            yield from look(settings)
    except SQLAlchemyError as away:
        told = type(getattr(away, "orig", None) or away).__name__
        yield f"database: it does not answer ({told}); start it, and look at QUIZAPP_DATABASE_URL"


def _disk(settings: Settings) -> Iterator[str]:
    if not has_room(settings.instance):
        yield f"disk: almost full; make room in {settings.instance}"


def _clock(_settings: Settings) -> Iterator[str]:
    if now().year < FIRST_YEAR:
        yield f"clock: it says {now():%Y-%m-%d}; set the time of this machine"
    if clock.is_off():
        yield "clock: it was set while the site ran; see that it is right, then restart the site"


def _fonts(_settings: Settings) -> Iterator[str]:
    if not all(pdf.fonts()):
        yield "fonts: none is Chinese, so no PDF can be made; install fonts-noto-cjk"


def _secrets(settings: Settings) -> Iterator[str]:
    if not settings.is_public:
        return
    if settings.audit_key == settings.secret_key:
        yield "secret key: it seals the log as well; give QUIZAPP_AUDIT_KEY a key of its own"
    if len(set(settings.secret_key)) < 10:
        yield "secret key: it has few different signs; make a random one (docs/OPERATIONS.md)"
    if settings.metrics_token in (settings.secret_key, settings.audit_key):
        yield "metrics: QUIZAPP_METRICS_TOKEN is one of the keys; make another one"


def _proxies(settings: Settings) -> Iterator[str]:
    if settings.is_public and not settings.proxy_hops:
        yield (
            "proxy: QUIZAPP_PROXY_HOPS is 0, so all pupils seem to come from the proxy's address; "
            "set it to how many proxies of yours stand in front"
        )
    if settings.proxy_hops and not settings.is_public:
        yield "proxy: QUIZAPP_PROXY_HOPS is set and QUIZAPP_BASE_URL is not; set both or neither"


def _redis(settings: Settings) -> Iterator[str]:
    if settings.redis_url and not redis.answers():
        place = urlsplit(settings.redis_url).hostname or "the socket"
        yield f"redis: none answers at {place}; start it, or leave QUIZAPP_REDIS_URL out"


def _schema(_settings: Settings) -> Iterator[str]:
    if not schema.is_current():
        yield "schema: not current; run: quizapp db upgrade"


def _safety(_settings: Settings) -> Iterator[str]:
    with database.engine.connect() as connection:
        if database.engine.dialect.name == "sqlite":
            if (connection.exec_driver_sql("pragma synchronous").scalar() or 0) < FULL:
                yield "database: synchronous is below FULL; answers could be lost"
            return
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            if connection.exec_driver_sql(f"show {name}").scalar() == "off":
                yield f"database: {name} is off; answers could be lost; turn it on"


def _connections(settings: Settings) -> Iterator[str]:
    if database.engine.dialect.name == "sqlite":
        return
    workers = server.workers_for(server.this_machine())
    wanted = (workers + 1) * settings.pool_size + RESERVED
    with database.engine.connect() as connection:
        there = int(connection.exec_driver_sql("show max_connections").scalar() or 0)
    if wanted > there:
        yield (
            f"database: {workers} workers and the background work may open {wanted - RESERVED} "
            f"connections, max_connections is {there}; lower QUIZAPP_POOL_SIZE, or raise it"
        )


def _background(_settings: Settings) -> Iterator[str]:
    if schema.is_current() and not jobs.is_alive(database.session, now=now()):
        yield "jobs: no process does the background work; start quizapp serve, or quizapp jobs run"
