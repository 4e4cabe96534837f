"""A pupil's pages while twenty pupils turn them at the same time, each the next as one is there."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from bench.figures import Figure, Target
from bench.ground import DIALECTS, Ground, cpu, say
from bench.load import at_once, timed
from tests.faults.client import Client

IN_FLIGHT = 20
ROUNDS = 11  # Each pupil turns each page so often; the first round only warms up.
LINK = re.compile(r'href="(/lessons/[^"/#]+)"')
TARGET, LESSON = Target(100, "p95"), Target(60, "p95")
Pages = Sequence[tuple[str, str]]  # What a page is called, and its address.


def measure(ground: Ground) -> Iterator[Figure]:
    for dialect, name in DIALECTS.items():
        demo = ground.demo(dialect)
        with demo.served() as address:
            say(f"pages, {name}")
            pupils = [demo.pupil(address, number) for number in range(IN_FLIGHT)]
            took, burnt = _turn_pages(pupils, [list(pages_of(one).items()) for one in pupils])
            alone, burnt_alone = _turn_pages(pupils, [lessons_of(one) for one in pupils])
        yield Figure(f"page: CPU of the server for one, {name}", [burnt], "ms")
        yield Figure(f"page: CPU of the server for a lesson, {name}", [burnt_alone], "ms")
        for page, values in (took | alone).items():
            what = f"page: {page}, {IN_FLIGHT} in flight, {name}"
            yield Figure(what, values, "ms", LESSON if "a lesson" in page else TARGET)


def _turn_pages(
    pupils: Sequence[Client], pages: Sequence[Pages]
) -> tuple[dict[str, list[float]], float]:
    """Return the milliseconds of each turn, by page, and the server's CPU a page."""

    def turn(number: int, client: Client) -> Iterator[tuple[str, float]]:
        own = pages[number]
        for step in range(ROUNDS * len(own)):
            # Each begins with another page, or all would ask for the same one.
            page, path = own[(number + step) % len(own)]
            took = timed(client, "GET", path)
            if step >= len(own):
                yield page, took

    found: dict[str, list[float]] = defaultdict(list)
    before = cpu()
    for told in at_once(pupils, turn):
        for page, took in told:
            found[page].append(took)
    turned = sum(ROUNDS * len(own) for own in pages)
    return found, (cpu() - before) / turned


def lessons_of(pupil: Client) -> Pages:
    """Return the lessons that the pupil's list offers."""
    listed = pupil.insist("GET", "/lessons/").body.decode()
    found = {path for path in LINK.findall(listed) if not path.endswith("/look-alikes")}
    return [("a lesson, nothing else", path) for path in sorted(found)]


def pages_of(pupil: Client) -> dict[str, str]:
    """Hand one sitting in and begin another; return the addresses of the pupil's pages."""
    quiz = pupil.insist("GET", "/api/v1/quizzes").json[0]["id"]
    first, second = _begin(pupil, quiz), None
    pupil.insist("POST", f"/api/v1/sittings/{first}/submission")
    second = _begin(pupil, quiz)
    lessons = pupil.insist("GET", "/lessons/").body.decode()
    lesson = LINK.search(lessons)
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
