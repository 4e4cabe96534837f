"""Many clients at once, each with its own connection, and how long each of its calls took."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from tests.faults.client import Client

T = TypeVar("T")


def timed(client: Client, method: str, path: str, body: object = None) -> float:
    """Return the milliseconds until the whole answer was there; RuntimeError if it is not 200."""
    begun = time.perf_counter()
    reply = client.send(method, path, body)
    took = (time.perf_counter() - begun) * 1000
    if reply.status != 200:
        said = reply.body[:300].decode(errors="replace")
        raise RuntimeError(f"{method} {path}: {reply.status} {said}")
    return took


def at_once(
    clients: Sequence[Client], work: Callable[[int, Client], Iterable[T]]
) -> Iterator[list[T]]:
    """Let all clients do their work in threads that begin together; yield what each brings back."""
    gate = Barrier(len(clients))

    def run(number: int, client: Client) -> list[T]:
        gate.wait()
        return list(work(number, client))

    with ThreadPoolExecutor(len(clients)) as pool:
        yield from pool.map(run, range(len(clients)), clients)
