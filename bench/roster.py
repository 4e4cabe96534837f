"""A class list of 4,000 rows: read, checked, applied to a school that has nobody yet."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

from flask import Flask

from bench.figures import Figure, Target
from bench.ground import DIALECTS, Ground, say
from quizapp.access.policy import SYSTEM
from quizapp.app import create_app
from quizapp.cli.city import GIVEN, SURNAMES
from quizapp.core import schema, sheets
from quizapp.core.clock import local_day, now, school_year
from quizapp.core.db import database, transaction
from quizapp.orgs import actions as orgs
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import UnitKind
from quizapp.rosters import applying, changes, plans
from tests.settings import configured

PUPILS, CLASS_SIZE, GRADES = 4000, 40, range(1, 10)
TIMES = 5
HEADINGS = ("年级", "班级", "座号", "姓名", "学号")
TARGET = Target(5, "p95")


def measure(ground: Ground) -> Iterator[Figure]:
    files = {"class-list.xlsx": _xlsx(), "class-list.csv": _gb18030()}
    for dialect, name in DIALECTS.items():
        say(f"roster, {name}")
        url = ground.database(dialect, f"roster-{dialect}")
        app = create_app(configured(ground.folder(f"roster-{dialect}"), url), testing=True)
        with app.app_context():
            schema.upgrade()
        for file, raw in files.items():
            took = [_take_in(app, file, raw) for _ in range(TIMES)]
            kind = "xlsx" if file.endswith("xlsx") else "CSV in GB18030"
            for number, part in enumerate(("read", "checked", "applied")):
                each = [times[number] for times in took]
                yield Figure(f"roster: {PUPILS:,} rows of {kind} {part}, {name}", each, "s")
            whole = [sum(times) for times in took]
            yield Figure(f"roster: {PUPILS:,} rows of {kind}, all, {name}", whole, "s", TARGET)
        with app.app_context():
            database.engine.dispose()


def _take_in(app: Flask, file: str, raw: bytes) -> tuple[float, float, float]:
    """Return the seconds for reading, checking, applying, in a school made for it."""
    with app.app_context():
        school = _school()
        begun = time.perf_counter()
        year = school_year(local_day(now()))
        listed = plans.read(sheets.read(file, raw), school_year=year, stages=())
        assert not listed.faults, listed.faults[:3]
        read = time.perf_counter()
        plan = plans.plan(database.session, school, listed, school_year=year)
        assert len(plan.steps) == PUPILS
        checked = time.perf_counter()
        with transaction() as session:
            changes.hold(session, school)
            plan = plans.plan(session, school, listed, school_year=year)
            done = applying.apply(session, school, plan, by=SYSTEM, now=now())
        assert done.counts["added"] == PUPILS
        return read - begun, checked - read, time.perf_counter() - checked


def _school() -> Unit:
    """Make a school; each under a nation of its own, for nothing else is asked of the tree."""
    code = f"99{Random().randrange(10**8):08}"
    with transaction() as session:
        nation = orgs.add_unit(
            session, kind=UnitKind.NATION, code=f"n{code}", name="中国", parent=None
        )
        session.flush()
        return orgs.add_unit(
            session, kind=UnitKind.SCHOOL, code=code, name="示例学校", parent=nation
        )


def _rows() -> Iterator[tuple[object, ...]]:
    chance = Random(1)
    for number in range(PUPILS):
        grade = GRADES[number // CLASS_SIZE % len(GRADES)]
        school_class = number // CLASS_SIZE // len(GRADES) + 1
        name = chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, 2))
        yield grade, school_class, number % CLASS_SIZE + 1, name, f"{20260000 + number}"


def _xlsx() -> bytes:
    return sheets.xlsx_bytes("名单", HEADINGS, _rows(), created=datetime(2026, 9, 1, tzinfo=UTC))


def _gb18030() -> bytes:
    """Return the file as the Chinese Excel saves it."""
    lines = [HEADINGS, *_rows()]
    return "".join(",".join(map(str, line)) + "\r\n" for line in lines).encode("gb18030")
