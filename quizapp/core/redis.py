"""Redis, where a site has one: what several machines count together, and what may be lost.

While it is away nobody waits for it and nothing fails: those who ask are told that there is none.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, Final

from flask import Flask, current_app
from redis import ConnectionPool, Redis
from redis.exceptions import RedisError

SECONDS: Final = 0.25  # Until it must have answered.
REST: Final = 5.0  # Seconds until it is asked again after it did not answer.
Asked = Callable[["Redis"], Any]
log = logging.getLogger(__name__)


class Store:
    """One connection pool of this process, and since when it is away."""

    def __init__(self, url: str) -> None:
        pool = ConnectionPool.from_url(
            url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS, max_connections=64
        )
        self._client = Redis(connection_pool=pool)
        self._rests_until = 0.0

    def ask(self, question: Asked) -> Any:
        """Return the answer; None while Redis is away."""
        if time.monotonic() < self._rests_until:
            return None
        try:
            return question(self._client)
        except (RedisError, OSError) as away:
            self._rests_until = time.monotonic() + REST
            log.warning("Redis does not answer: %s", type(away).__name__)
            return None


def init_app(app: Flask) -> None:
    url = app.config["QUIZAPP"].redis_url
    app.extensions["redis"] = Store(url) if url else None


def ask(question: Asked) -> Any:
    """Return what Redis answers; None where there is none, or while it is away."""
    store: Store | None = current_app.extensions["redis"]
    return store.ask(question) if store else None


def answers() -> bool:
    """Whether there is a Redis and it answers."""
    return bool(ask(lambda redis: redis.ping()))
