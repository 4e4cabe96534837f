"""Two hundred pupils who save one answer after the other, as fast as the server takes them."""

import time
from collections.abc import Iterator
from typing import Any

from bench.figures import Figure
from bench.ground import DIALECTS, Demo, Ground, cpu, say
from bench.load import at_once, timed
from bench.pages import IN_FLIGHT as TAKEN
from tests.faults.client import Client

PUPILS = 200
SECONDS = 15.0
WARM_UP = 3.0  # Seconds at the beginning that do not count.


def measure(ground: Ground) -> Iterator[Figure]:
    for dialect, name in DIALECTS.items():
        demo = ground.demo(dialect)
        with demo.served() as address:
            say(f"saves, {name}")
            took, burnt = _save(demo, address)
        what = f"{PUPILS} pupils in flight, {name}"
        yield Figure(f"saves: CPU of the server for one, {name}", [burnt], "ms")
        yield Figure(f"saves: one answer, {what}", took, "ms")
        yield Figure(f"saves: a second, {what}", [len(took) / (SECONDS - WARM_UP)], "saves/s")


def _save(demo: Demo, address: str) -> tuple[list[float], float]:
    """Return the milliseconds of each save after the warm-up, and the server's CPU a save.

    The pupils whose pages were turned stay aside: they have no attempt left.
    """
    pupils = [demo.pupil(address, TAKEN + number) for number in range(PUPILS)]
    papers = [_begin(pupil) for pupil in pupils]
    before, begins = cpu(), time.monotonic()

    def save(number: int, client: Client) -> Iterator[tuple[float, float]]:
        sitting, items = papers[number]
        path, seq = f"/api/v1/sittings/{sitting}/answers", 0
        while (at := time.monotonic() - begins) < SECONDS:
            seq += 1
            item = items[seq % len(items)]
            choice = choice_of(item, seq // len(items) % 2)
            answer = {"position": item["position"], "choice": choice, "seq": seq}
            yield at, timed(client, "PUT", path, {"answers": [answer]})

    made = [one for told in at_once(pupils, save) for one in told]
    return [took for at, took in made if at >= WARM_UP], (cpu() - before) / len(made)


def choice_of(item: dict[str, Any], turn: int) -> list[str]:
    """Return what is sent for an item, another choice at each turn."""
    keys = [choice["key"] for choice in item["choices"]]
    match item["kind"]:
        case "fill":
            return [("12355", "12345")[turn]]
        case "order":
            return keys[::-1] if turn else keys
        case "match":
            return [f"{key}:{turn + 1}" for key in keys]
        case _:
            return [keys[turn]]


def _begin(pupil: Client) -> tuple[str, list[dict[str, Any]]]:
    quiz = pupil.insist("GET", "/api/v1/quizzes").json[0]["id"]
    begun = pupil.insist("POST", f"/api/v1/quizzes/{quiz}/sittings").json
    return begun["id"], begun["items"]
