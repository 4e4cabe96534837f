"""A pupil's pages while twenty pupils turn them at the same time, each the next as one is there."""

import re
from collections import defaultdict
from collections.abc import Iterator

from bench.figures import Figure, Target
from bench.ground import DIALECTS, Demo, Ground, cpu, say
from bench.load import at_once, timed
from tests.faults.client import Client

IN_FLIGHT = 20
ROUNDS = 11  # Each pupil turns each page so often; the first round only warms up.
TARGET = Target(100, "p95")


def measure(ground: Ground) -> Iterator[Figure]:
    for dialect, name in DIALECTS.items():
        demo = ground.demo(dialect)
        with demo.served() as address:
            say(f"pages, {name}")
            took, burnt = _turn_pages(demo, address)
        yield Figure(f"page: CPU of the server for one, {name}", [burnt], "ms")
        for page, values in took.items():
            what = f"page: {page}, {IN_FLIGHT} in flight, {name}"
            yield Figure(what, values, "ms", TARGET)


def _turn_pages(demo: Demo, address: str) -> tuple[dict[str, list[float]], float]:
    """Return the milliseconds of each turn, by page, and the server's CPU a page."""
    pupils = [demo.pupil(address, number) for number in range(IN_FLIGHT)]
    addresses = [pages_of(pupil) for pupil in pupils]

    def turn(number: int, client: Client) -> Iterator[tuple[str, float]]:
        pages = list(addresses[number].items())
        for step in range(ROUNDS * len(pages)):
            # Each begins with another page, or all would ask for the same one.
            page, path = pages[(number + step) % len(pages)]
            took = timed(client, "GET", path)
            if step >= len(pages):
                yield page, took

    found: dict[str, list[float]] = defaultdict(list)
    before = cpu()
    for told in at_once(pupils, turn):
        for page, took in told:
            found[page].append(took)
    return found, (cpu() - before) / (IN_FLIGHT * ROUNDS * len(found))


def pages_of(pupil: Client) -> dict[str, str]:
    """Hand one sitting in and begin another; return the addresses of the pupil's pages."""
    quiz = pupil.insist("GET", "/api/v1/quizzes").json[0]["id"]
    first, second = _begin(pupil, quiz), None
    pupil.insist("POST", f"/api/v1/sittings/{first}/submission")
    second = _begin(pupil, quiz)
    lessons = pupil.insist("GET", "/lessons/").body.decode()
    lesson = re.search(r'href="(/lessons/[^"/]+)"', lessons)
    assert lesson, "no lesson is offered"
    return {
        "home": "/",
        "lessons": "/lessons/",
        "a lesson": lesson[1],
        "quizzes": "/quizzes/",
        "a quiz": f"/quizzes/{quiz}",
        "a sitting": f"/quizzes/sittings/{second}",
        "a result": f"/quizzes/sittings/{first}/result",
    }


def _begin(pupil: Client, quiz: str) -> str:
    reply = pupil.insist("POST", f"/api/v1/quizzes/{quiz}/sittings")
    assert reply.status in (200, 201), reply.body
    return str(reply.json["id"])
