"""A whole city taken in: 470,000 pupils of 800 schools, each school's list read, checked, applied.

Half of the lists are workbooks, half CSV files of the Chinese Excel. Two processes take them in,
school by school, as two workers of a site do; making the lists is not counted, starting the
processes is. A smaller city: `python -m bench.city_import 80`.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask

from bench import figures
from bench.figures import Figure, Target
from bench.ground import Ground, say
from bench.machine import described
from quizapp.access.policy import SYSTEM
from quizapp.app import create_app
from quizapp.cli.city import GIVEN, SURNAMES
from quizapp.core import schema, sheets
from quizapp.core.clock import now, this_school_year
from quizapp.core.db import database, transaction
from quizapp.orgs import actions as orgs
from quizapp.orgs import queries
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import UnitKind
from quizapp.rosters import applying, changes, plans
from quizapp.rosters.matching import Reach
from tests.settings import configured

SCHOOLS, PUPILS, WORKERS = 800, 470_000, 2
LARGE, TIMES = 2000, 5
CLASS_SIZE, GRADES = 42, range(1, 10)
HEADINGS = ("年级", "班级", "座号", "姓名", "学号")
AT_MOST = 3600  # Seconds for a process: a time-out, not a measure.
CITY, ONE_SCHOOL, MEMORY = Target(180), Target(3, "p95"), Target(1024)


def measure(ground: Ground, schools: int = SCHOOLS) -> Iterator[Figure]:
    pupils = PUPILS * schools // SCHOOLS
    say(f"city import, {schools} schools, {pupils:,} pupils, PostgreSQL")
    folder = ground.folder(f"city-import-{schools}")
    _write_lists(
        folder / "city", [pupils // schools + (n < pupils % schools) for n in range(schools)]
    )
    _write_lists(folder / "large", [LARGE] * TIMES, first=schools)
    url = ground.database("postgresql", f"city-import-{schools}")
    _prepare(url, folder)
    begun = time.perf_counter()
    told = _in_processes(url, folder / "city", WORKERS)
    seconds = time.perf_counter() - begun
    (large,) = _in_processes(url, folder / "large", 1)
    assert sum(one["pupils"] for one in told) == pupils, told
    name = f"city import: {pupils:,} pupils of {schools} schools, PostgreSQL"
    yield Figure(name, [seconds], "s", CITY if schools == SCHOOLS else None)
    yield Figure(f"{name}, {WORKERS} processes", [sum(one["memory"] for one in told)], "MB", MEMORY)
    one_more = f"city import: one more school of {LARGE:,}, xlsx, PostgreSQL"
    yield Figure(one_more, large["seconds"], "s", ONE_SCHOOL)


def _prepare(url: str, folder: Path) -> None:
    """Make the schools, each named by its list."""
    app = create_app(configured(folder / "instance", url), testing=True)
    with app.app_context():
        schema.upgrade()
        with transaction() as session:
            above: Unit | None = None
            for kind, code in TOP:
                above = orgs.add_unit(session, kind=kind, code=code, name=code, parent=above)
                session.flush()
            for file in sorted(folder.glob("*/99*")):
                orgs.add_unit(
                    session, kind=UnitKind.SCHOOL, code=file.stem, name="示例学校", parent=above
                )
        database.engine.dispose()


def _in_processes(url: str, folder: Path, workers: int) -> list[dict[str, Any]]:
    """Let so many processes take in the lists of the folder; return what each tells."""
    command = [sys.executable, "-m", "bench.city_import", "--take-in", url, str(folder)]
    running = [
        subprocess.Popen([*command, str(n), str(workers)], stdout=subprocess.PIPE)
        for n in range(workers)
    ]
    told = [json.loads(one.communicate(timeout=AT_MOST)[0]) for one in running]
    assert all(one.returncode == 0 for one in running)
    return told


# The lists


TOP = ((UnitKind.NATION, "cn"), (UnitKind.PROVINCE, "990000"), (UnitKind.CITY, "990100"))


def _write_lists(folder: Path, sizes: list[int], first: int = 0) -> None:
    """Write a list of each size, named by the code of its school; `first` is the first number."""
    folder.mkdir()
    for number, size in enumerate(sizes, start=first):
        rows = _rows(Random(number), size)
        if number % 2 and not first:
            lines = [HEADINGS, *rows]
            raw = "".join(",".join(map(str, line)) + "\r\n" for line in lines).encode("gb18030")
            (folder / f"99{number:08}.csv").write_bytes(raw)
        else:
            raw = sheets.xlsx_bytes("名单", HEADINGS, rows, created=now())
            (folder / f"99{number:08}.xlsx").write_bytes(raw)


def _rows(chance: Random, size: int) -> Iterator[tuple[object, ...]]:
    """Give the pupils of a school, class by class through the grades; names come twice."""
    for number in range(size):
        grade = GRADES[number // CLASS_SIZE % len(GRADES)]
        school_class = number // CLASS_SIZE // len(GRADES) + 1
        name = chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, 2))
        yield grade, school_class, number % CLASS_SIZE + 1, name, f"{20260000 + number}"


# In a process of its own


def _take_in_all(url: str, folder: Path, which: int, of: int) -> dict[str, object]:
    """Take in one part of so many, and tell the seconds of each school."""
    app = create_app(configured(folder / f"instance-{which}", url), testing=True)
    files = sorted(folder.glob("99*"))
    size = -(-len(files) // of)
    pupils, seconds = 0, []
    for file in files[which * size : (which + 1) * size]:
        begun = time.perf_counter()
        pupils += _take_in(app, file)
        seconds.append(time.perf_counter() - begun)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"pupils": pupils, "seconds": seconds, "memory": memory}


def _take_in(app: Flask, file: Path) -> int:
    """Read a school's list, check it and apply it, as the command does; return how many came."""
    with app.app_context():
        year, session = this_school_year(), database.session
        school = queries.by_code(session, file.stem)
        listed = plans.read_file(school, file.name, file.read_bytes(), school_year=year, stages=())
        listed, what = plans.check(session, school, listed, school_year=year, reach=Reach.SCHOOL)
        assert not listed.faults, listed.faults[:3]
        with transaction() as session:
            changes.hold(session, school)
            plan = plans.plan_of(session, school, what)
            done = applying.apply(session, school, plan, by=SYSTEM, now=now())
        return int(done.counts["added"])


def main() -> None:
    if sys.argv[1:2] == ["--take-in"]:
        url, folder, which, of = sys.argv[2:]
        json.dump(_take_in_all(url, Path(folder), int(which), int(of)), sys.stdout)
        return
    print(f"{described()}\n\n{figures.heading()}", flush=True)
    with Ground() as ground:
        for figure in measure(ground, int(sys.argv[1])):
            print(figures.row(figure), flush=True)


if __name__ == "__main__":
    main()
