"""What stands under an entry of the log: its own mark, and the seal of its place in the chain.

Both are HMAC-SHA256 with the key of the log: who can write to the database but has no key can
neither make an entry nor change, move or take one away without being found.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

START = ""  # The seal before the first link.


@dataclass(frozen=True)
class Written:
    """All that an entry says, and so all that its mark and its seal hold fast."""

    id: UUID
    at: datetime
    actor_id: UUID
    actor_kind: str
    event: str
    path: str
    about: Mapping[str, object]

    @property
    def canonical(self) -> str:
        """The one JSON text of the entry: sorted keys, no blanks, the instant in UTC."""
        told = {
            "about": dict(self.about),
            "actor": str(self.actor_id),
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "event": self.event,
            "id": str(self.id),
            "kind": str(self.actor_kind),
            "path": self.path,
        }
        return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def mark(written: Written, key: str) -> str:
    """Return what shows that the site itself wrote the entry."""
    return _hmac(key, "mark", written.canonical)


def seal(before: str, written: Written, key: str) -> str:
    """Return the seal of a link: over the seal of the link before and the entry."""
    return _hmac(key, "link", f"{before}\n{written.canonical}")


def same(kept: str, right: str) -> bool:
    return hmac.compare_digest(kept.encode(), right.encode())


def _hmac(key: str, purpose: str, text: str) -> str:
    return hmac.new(key.encode(), f"{purpose}\n{text}".encode(), hashlib.sha256).hexdigest()
