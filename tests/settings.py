"""Settings of a site for tests."""

from pathlib import Path
from typing import Any

from quizapp.core.settings import Settings

KEY = "k" * 40


def configured(instance: Path, url: str, **changes: Any) -> Settings:
    told: dict[str, Any] = {
        "instance": instance, "database_url": url, "secret_key": KEY, "locale": "en",
        "site_name": "青盾课堂", "base_url": None, "timezone": "Asia/Shanghai", "proxy_hops": 0,
        "audit_key": "a" * 40, "undo_days": 30, "second_person_percent": 10,
        "keep_sign_ins_days": 180, "keep_answers_months": 12, "keep_audit_years": 3,
        "redis_url": None, "metrics_token": None, "pool_size": 20, "logs_all_requests": False,
    }  # fmt: skip
    return Settings(**told | changes)
