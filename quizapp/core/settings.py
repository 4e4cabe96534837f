"""Every setting of the site, read once from the environment. docs/OPERATIONS.md explains them."""

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from quizapp.core.paths import PACKAGE

NEWCOMERS = 14


class Unsafe(Exception):
    """The site refuses to start like this; the message says which setting to change, and how."""


@dataclass(frozen=True)
class Settings:
    """What may differ between two sites. `base_url` is None on a machine for trying things out."""

    instance: Path
    database_url: str
    secret_key: str
    locale: str
    site_name: str
    base_url: str | None
    timezone: str
    proxy_hops: int
    audit_key: str  # Seals the log; not the key of cookies, so that one can change alone.
    undo_days: int
    second_person_percent: int
    keep_sign_ins_days: int
    keep_answers_months: int  # After the school year in which they were given.
    keep_audit_years: int
    redis_url: str | None
    metrics_token: str | None
    pool_size: int  # Connections to PostgreSQL that one process may open.
    logs_all_requests: bool
    newcomers: int = 0  # People whom each worker lets in a second; 0: everybody at once.

    @property
    def is_public(self) -> bool:
        return self.base_url is not None

    @property
    def host(self) -> str | None:
        return urlsplit(self.base_url).hostname if self.base_url else None


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings; Unsafe, with what to do, if the site must not start with them."""
    instance = Path(environment.get("QUIZAPP_INSTANCE") or _default_instance()).resolve()
    base_url = environment.get("QUIZAPP_BASE_URL") or None
    locale = environment.get("QUIZAPP_LOCALE", "zh")
    timezone = environment.get("QUIZAPP_TIMEZONE", "Asia/Shanghai")
    hops = environment.get("QUIZAPP_PROXY_HOPS", "0")
    if base_url and not base_url.startswith("https://"):
        raise Unsafe("QUIZAPP_BASE_URL must begin with https://; leave it out to try the site")
    if base_url and len(environment.get("QUIZAPP_SECRET_KEY", "")) < 32:
        raise Unsafe("QUIZAPP_SECRET_KEY is missing or shorter than 32 characters; make one with "
                     "python -c 'import secrets; print(secrets.token_hex(32))'")  # fmt: skip
    if locale not in ("zh", "en"):
        raise Unsafe(f"QUIZAPP_LOCALE is {locale!r}; choose zh or en")
    if not hops.isdigit():
        raise Unsafe(f"QUIZAPP_PROXY_HOPS is {hops!r}; give the number of proxies in front, or 0")
    redis_url = environment.get("QUIZAPP_REDIS_URL") or None
    token = environment.get("QUIZAPP_METRICS_TOKEN") or None
    logged = environment.get("QUIZAPP_LOG_REQUESTS") or "notable"
    if redis_url and not redis_url.startswith(("redis://", "rediss://", "unix://")):
        raise Unsafe("QUIZAPP_REDIS_URL must begin with redis://, rediss:// or unix://")
    if token and len(token) < 32:
        raise Unsafe("QUIZAPP_METRICS_TOKEN is shorter than 32 characters")
    if logged not in ("notable", "all"):
        raise Unsafe(f"QUIZAPP_LOG_REQUESTS is {logged!r}; choose notable or all")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Unsafe(
            f"QUIZAPP_TIMEZONE is {timezone!r}; give a name such as Asia/Shanghai"
        ) from error
    secret_key = environment.get("QUIZAPP_SECRET_KEY") or _own_key(instance)
    return Settings(
        instance=instance,
        database_url=_database_url(environment.get("QUIZAPP_DATABASE_URL"), instance),
        secret_key=secret_key,
        locale=locale,
        site_name=environment.get("QUIZAPP_SITE_NAME") or "青盾课堂",
        base_url=base_url.rstrip("/") if base_url else None,
        timezone=timezone,
        proxy_hops=int(hops),
        audit_key=environment.get("QUIZAPP_AUDIT_KEY") or secret_key,
        undo_days=_number(environment, "QUIZAPP_UNDO_DAYS", 30),
        second_person_percent=_number(environment, "QUIZAPP_SECOND_PERSON_PERCENT", 10),
        keep_sign_ins_days=_number(environment, "QUIZAPP_KEEP_SIGN_INS_DAYS", 180),
        keep_answers_months=_number(environment, "QUIZAPP_KEEP_ANSWERS_MONTHS", 12),
        keep_audit_years=_number(environment, "QUIZAPP_KEEP_AUDIT_YEARS", 3),
        redis_url=redis_url,
        metrics_token=token,
        pool_size=_number(environment, "QUIZAPP_POOL_SIZE", 20),
        logs_all_requests=logged == "all",
        newcomers=_newcomers(environment),
    )


def _number(environment: Mapping[str, str], name: str, default: int) -> int:
    given = environment.get(name) or str(default)
    if not given.isdigit() or int(given) == 0:
        raise Unsafe(f"{name} is {given!r}; give a whole number above 0, such as {default}")
    return int(given)


def _newcomers(environment: Mapping[str, str]) -> int:
    """Return how many people a worker lets in a second; signing in and three pages take a core
    about 35 ms, and half of it is for those who sit."""
    usual = NEWCOMERS if len(os.sched_getaffinity(0)) > 1 else NEWCOMERS // 2
    given = environment.get("QUIZAPP_NEWCOMERS") or str(usual)
    if not given.isdigit():
        raise Unsafe(f"QUIZAPP_NEWCOMERS is {given!r}; give people a second for each worker, or 0")
    return int(given)


def _default_instance() -> Path:
    """Return instance/ of the repository, or of the virtual environment when installed."""
    beside = PACKAGE.parent / "instance"
    return beside if beside.is_dir() else Path(sys.prefix) / "var" / "quizapp-instance"


def _database_url(given: str | None, instance: Path) -> str:
    if not given:
        return f"sqlite:///{instance / 'quizapp.db'}"
    # SQLAlchemy 2.1 reads the bare name as psycopg 3 already; saying so keeps it that way.
    return given.replace("postgresql://", "postgresql+psycopg://", 1)


def _own_key(instance: Path) -> str:
    """Return the key of a site that is only tried out; made once and kept in its folder."""
    instance.mkdir(parents=True, exist_ok=True)
    file = instance / "secret-key"
    try:
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as made:
            made.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return file.read_text("ascii")
