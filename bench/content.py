"""The bank that ships: checked, loaded, loaded again; and the draw of a form from 2,000 items."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random
from uuid import UUID

from bench.figures import Figure, Target
from bench.ground import DIALECTS, QUIZAPP, Ground, say
from quizapp.app import create_app
from quizapp.bank.queries import DRAWN_FROM, pool
from quizapp.bank.rules import BankStage
from quizapp.cli.content import load_all
from quizapp.core.db import database
from quizapp.core.ids import new_id
from quizapp.core.schema import upgrade
from quizapp.quizzes.drawing import Line, draw
from tests.settings import configured

RUNS = 5
STAGE = BankStage.JUNIOR
HELD, FORM, DRAWS = 2_000, 20, 200
TOPICS = [f"topic-{number}" for number in range(12)]


@dataclass(frozen=True)
class Item:
    """A question as the draw sees it."""

    revision_id: UUID
    topic_key: str
    difficulty: int


def measure(ground: Ground) -> Iterator[Figure]:
    yield from _checks(ground.folder("content"))
    for dialect, name in DIALECTS.items():
        url = ground.database(dialect, f"content-{dialect}")
        yield from _loads(url, ground.folder(f"content-{dialect}"), name)
    yield from _draws()


def _checks(instance: Path) -> Iterator[Figure]:
    """Measure the command as people call it, and what of it is the start of any command."""
    say("content check")
    for what, words, target in (
        ("start of a command", ["--help"], None),
        ("check of all files, with the start", ["check"], Target(5)),
    ):
        took = [_command(instance, "content", *words) for _ in range(RUNS)]
        yield Figure(f"content: {what}", took, "s", target)


def _command(instance: Path, *words: str) -> float:
    told = os.environ | {"QUIZAPP_INSTANCE": str(instance)}
    begins = time.monotonic()
    subprocess.run([QUIZAPP, *words], env=told, capture_output=True, check=True)
    return time.monotonic() - begins


def _loads(url: str, instance: Path, name: str) -> Iterator[Figure]:
    """Measure the loads in a site that has started."""
    say(f"content load, {name}")
    with create_app(configured(instance, url)).app_context():
        upgrade()
        yield Figure(f"content: load into an empty site, {name}", [_load()], "s", Target(10))
        again = [_load() for _ in range(RUNS)]
        yield Figure(f"content: load with nothing changed, {name}", again, "s", Target(2))
        took = [_cpu(partial(pool, database.session, STAGE, DRAWN_FROM)) for _ in range(RUNS)]
        yield Figure(f"draw: what can be drawn of a stage is read, CPU, {name}", took, "ms")


def _cpu(call: Callable[[], object]) -> float:
    """Return the milliseconds of CPU that a call takes."""
    before = time.process_time()
    call()
    return (time.process_time() - before) * 1000


def _load() -> float:
    begins = time.monotonic()
    load_all()
    return time.monotonic() - begins


def _draws() -> Iterator[Figure]:
    """Measure the CPU of a draw: of one wide line, and of a line for each topic."""
    chance = Random(1)
    held = [Item(new_id(), chance.choice(TOPICS), chance.randint(1, 3)) for _ in range(HELD)]
    chance.shuffle(held)
    wide = [Line(None, None, FORM)]
    narrow = [*(Line(topic, None, 1) for topic in TOPICS), Line(None, 1, FORM - len(TOPICS))]
    for lines in (wide, narrow):
        took = [_cpu(partial(draw, lines, held, chance)) for _ in range(DRAWS)]
        what = f"draw: {FORM} of {HELD:,} items, blueprint of {len(lines)}, CPU"
        yield Figure(what, took, "ms", Target(2))
