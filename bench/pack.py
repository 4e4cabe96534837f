"""The packs to print of all lessons that ship, each set once, one after the other."""

import time
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.figures import Figure, Target
from bench.ground import Ground, say
from quizapp.app import create_app
from quizapp.cli.content import load_all
from quizapp.core import pdf
from quizapp.core.db import database
from quizapp.core.schema import upgrade
from quizapp.lessons import packs
from quizapp.lessons.models import Lesson
from tests.settings import configured


def measure(ground: Ground) -> Iterator[Figure]:
    url, instance = ground.database("sqlite", "pack"), ground.folder("pack")
    with create_app(configured(instance, url)).app_context():
        upgrade()
        load_all()
        session = database.session
        lessons = session.scalars(select(Lesson).order_by(Lesson.key)).all()
        say("pack")
        first = _took(session, lessons[0])
        took = [_took(session, lesson) for lesson in lessons]
        yield Figure("pack: the first one of a process", [first], "s", Target(1))
        yield Figure("pack: of each lesson", took, "s", Target(1, "p95"))


def _took(session: Session, lesson: Lesson) -> float:
    begins = time.monotonic()
    pdf.render("pack", {**packs.pack(session, lesson, None, "zh"), "site": "青盾课堂"})
    return time.monotonic() - begins
