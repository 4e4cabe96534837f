"""Tickets of the line: what somebody was promised, signed, in a cookie, with nothing personal."""

import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

COOKIE = "turn"
KEPT = 120  # Seconds for which a slot is kept for who comes late.
INSIDE = 600  # Seconds for which somebody who came in goes on without waiting again.
STARTED = 4 * 3600  # And who has begun a quiz: after a crash, they must not wait.
# Requests for which one ticket is good at a process: enough for one browser, not for a class.
USES = {"s": 1, "e": 1, "p": 60, "x": 200}


class Kind(StrEnum):
    ENTERING = "e"  # Waits to come in.
    STARTING = "s"  # Waits to begin a quiz.
    INSIDE = "p"
    STARTED = "x"


@dataclass(frozen=True)
class Ticket:
    """`time` is the slot of who waits, and otherwise when it ends; seconds since 1970."""

    kind: Kind
    time: float
    name: str

    @property
    def waits(self) -> bool:
        return self.kind in (Kind.ENTERING, Kind.STARTING)

    @property
    def ends(self) -> float:
        return self.time + KEPT if self.waits else self.time


def new(kind: Kind, time: float) -> Ticket:
    return Ticket(kind, time, secrets.token_hex(8))


def write(ticket: Ticket, key: bytes) -> str:
    told = f"{ticket.kind.value}-{ticket.time:.1f}.{ticket.name}"
    return f"{told}-{_seal(told, key)}"


def read(cookie: str, key: bytes, now: float) -> Ticket | None:
    """Return the ticket; None if it is none of ours, or is over."""
    told, _dash, seal = cookie.rpartition("-")
    if len(cookie) > 100 or not cookie.isascii() or not hmac.compare_digest(seal, _seal(told, key)):
        return None
    kind, _dash, rest = told.partition("-")
    time, _dot, name = rest.rpartition(".")
    ticket = Ticket(Kind(kind), float(time), name)
    return ticket if now <= ticket.ends else None


def key_of(secret: str) -> bytes:
    """Return a key of its own, so that no ticket passes for anything else that is signed."""
    return hmac.digest(secret.encode(), b"turn", sha256)


def _seal(told: str, key: bytes) -> str:
    return hmac.new(key, told.encode(), sha256).hexdigest()[:32]


class Used:
    """How often each ticket was used at this process; one that is over is forgotten."""

    def __init__(self) -> None:
        self._uses: dict[str, tuple[int, float]] = {}
        self._sweep_at = 1_000

    def is_up(self, ticket: Ticket) -> bool:
        """Whether the ticket was used as often as it may be."""
        return self._uses.get(ticket.name, (0, 0.0))[0] >= USES[ticket.kind]

    def use(self, ticket: Ticket, now: float) -> None:
        uses, ends = self._uses.get(ticket.name, (0, ticket.ends))
        self._uses[ticket.name] = uses + 1, ends
        if len(self._uses) > self._sweep_at:
            self._uses = {name: told for name, told in self._uses.items() if told[1] >= now}
            self._sweep_at = 2 * len(self._uses) + 1_000
