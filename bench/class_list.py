"""The page of a class with the list of its pupils, for their teacher."""

import re
from collections.abc import Iterator

from bench.figures import Figure, Target
from bench.ground import DIALECTS, Ground, cpu, say
from bench.load import timed

REQUESTS, WARM_UP = 60, 10
TARGET = Target(50, "p95")


def measure(ground: Ground) -> Iterator[Figure]:
    for dialect, name in DIALECTS.items():
        demo = ground.demo(dialect)
        with demo.served() as address:
            say(f"class list, {name}")
            teacher = demo.staff(address, "teacher")
            classes = teacher.insist("GET", "/classes/").body.decode()
            path = re.search(r'href="(/classes/[0-9a-f-]{36})"', classes)
            assert path, "the teacher has no class"
            pupils = teacher.insist("GET", path[1]).body.count(b"/pupils/")
            before = cpu()
            took = [timed(teacher, "GET", path[1]) for _ in range(REQUESTS + WARM_UP)]
            burnt = (cpu() - before) / len(took)
        yield Figure(f"class list: {pupils} links to pupils, {name}", took[WARM_UP:], "ms", TARGET)
        yield Figure(f"class list: CPU of the server, {name}", [burnt], "ms")
