"""How often one account may ask for what is dear: files, sheets, searches. Far above honest use.

Counted in Redis, for all processes and machines together; without it in this process, so that the
limit is looser and never gone. Wrong secrets are counted in rows, and strictly: accounts/throttle.
"""

import hashlib
import threading
from dataclasses import dataclass, field
from time import time

from flask import Flask, current_app, request, session
from redis import Redis

from quizapp.core import redis
from quizapp.core.errors import TooMany
from quizapp.core.i18n import _

MINUTE = 60
DEAR, SEARCH = 60, 120  # In a minute.
PACES = {
    "api.coverage": SEARCH, "audit.index": SEARCH, "audit.yearly_file": DEAR, "bank.index": SEARCH,
    "cards.create": DEAR, "data.download": DEAR, "imports.check": DEAR, "imports.create": DEAR,
    "oneroster.version_1_1": DEAR, "oneroster.version_1_2": DEAR, "packs.show": DEAR,
    "people.index": SEARCH, "people.print_link": DEAR, "pupils.index": SEARCH,
    "reports.coverage": SEARCH, "reports.coverage_csv": DEAR, "rolls.show_csv": DEAR,
    "roster.check": DEAR,
}  # fmt: skip


@dataclass
class Counts:
    """What this process has counted in the present minute."""

    minute: int = 0
    by_key: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, key: str, minute: int) -> int:
        with self.lock:
            if minute != self.minute:
                self.minute, self.by_key = minute, {}
            self.by_key[key] = self.by_key.get(key, 0) + 1
            return self.by_key[key]


def init_app(app: Flask) -> None:
    app.extensions["pace"] = Counts()
    app.before_request(heed)


def heed() -> None:
    """TooMany when one account, or one address of strangers, asks too often."""
    most = PACES.get(request.endpoint or "")
    if most is None:
        return
    minute, second = divmod(int(time()), MINUTE)
    who = str(session.get("_user_id") or request.remote_addr)
    key = hashlib.sha256(f"{request.endpoint} {who}".encode()).hexdigest()[:32]
    if _count(key, minute) > most:
        says = _("You ask for this very often. Wait %(seconds)s seconds.", seconds=MINUTE - second)
        raise TooMany(says, retry_after=MINUTE - second)


def _count(key: str, minute: int) -> int:
    """Count in this process as well: what Redis knew may be lost in the middle of the minute."""
    here: Counts = current_app.extensions["pace"]
    mine = here.add(key, minute)
    name = f"quizapp:pace:{key}:{minute}"

    def grow(store: Redis) -> int:
        line = store.pipeline(transaction=True)
        line.incr(name)
        line.expire(name, 2 * MINUTE)
        return int(line.execute()[0])

    return max(mine, redis.ask(grow) or 0)
