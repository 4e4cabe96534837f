"""Who may do what: every route × every role × whose it is, against the file matrix.txt.

A route without a row fails, and so does a row without a route. The failure prints the rows as
they would stand in the file. Read them before you put them there: the file says what *should* be.

    QUIZAPP_MATRIX=write pytest tests/conventions/test_matrix.py    write the file anew

On SQLite only: that the policy and its SQL agree on both is shown by tests/queries/test_scope.py.
"""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader, FileSystemBytecodeCache
from werkzeug.routing import Rule

from quizapp.access.policy import APPOINTS, GRANTS, Role
from quizapp.app import create_app
from tests.conftest import Databases
from tests.conventions.world import COLUMNS, RELATIONS, Spot, World, opened, relations
from tests.settings import configured

FILE = Path(__file__).with_name("matrix.txt")
WIDE = 45
Cells = tuple[str, ...]
Rows = dict[str, Cells]  # By relation.

# What is asked for by a query string, and what is sent: only where the answer depends on it.
QUERIES: dict[str, Any] = {
    "api.coverage": lambda spot: {"unit": spot.school_class.unit.code},
    "assignments.new": lambda spot: {"lesson": spot.things["key"]},
    "campaigns.new": lambda spot: {"unit": spot.school_class.unit.code},
    "people.new": lambda spot: {"at": spot.school_class.unit.code},
    "people.new_posting": lambda spot: {"at": spot.school_class.unit.code},
    "reports.coverage": lambda spot: {"unit": spot.school_class.unit.code},
    "reports.coverage_csv": lambda spot: {"unit": spot.school_class.unit.code},
    "reports.index": lambda spot: {"unit": spot.school_class.unit.code},
    "rolls.ask": lambda spot: {"unit": spot.things["area"].code},
    "rolls.check": lambda spot: {"unit": spot.things["area"].code},
    "rolls.create": lambda spot: {"unit": spot.things["area"].code},
    "rolls.new": lambda spot: {"unit": spot.things["area"].code},
    "rolls.template": lambda spot: {"unit": spot.things["area"].code},
}
BODIES: dict[str, Any] = {
    "api.mark": lambda _spot: {"positions": [1]},
    "api.save": lambda _spot: {"answers": []},
    "api.tell": lambda _spot: {"position": 1},
    "assignments.create": lambda spot: {"lesson": spot.things["key"]},
    "campaigns.create": lambda spot: {"unit": spot.school_class.unit.code},
    "cards.create": lambda spot: {"pupils": [str(spot.things["pupil_id"])]},
    "lesson_reviews.say": lambda _spot: {"text": "well put"},
    "people.appoint": lambda spot: {"unit": spot.school.code, "role": "school_admin"},
    "people.create": lambda spot: {
        "unit": spot.school.code, "role": "teacher", "name": "李梅", "login": "li.mei",
    },
    "people.print_link": lambda spot: {"token": spot.things["token"]},
    "polls.close": lambda spot: {"lesson": spot.things["key"]},
    "polls.create": lambda spot: {"lesson": spot.things["key"], "position": 0},
    "polls.create_counted": lambda spot: {
        "lesson": spot.things["key"], "position": 0, "hands": ["1", "2"],
    },
    "reviews.say": lambda _spot: {"text": "well put"},
    "watching.extend": lambda _spot: {"extension-minutes": "5", "extension-why": "network"},
    "watching.pause": lambda _spot: {"pause-minutes": "5", "pause-why": "network"},
    "support.create": lambda spot: {
        "code": spot.school.code, "reason": "names stand twice on the list", "hours": "2",
    },
}  # fmt: skip
# What a GET may write: that somebody saw names, and how often somebody tried.
WRITTEN_BY_GET = {"audit_entry", "back_off"}
FAULT = re.compile(r"BUG|WRITES|TRACE|\b5\d\d\b")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home = tmp_path_factory.mktemp("matrix")
    Databases(home, None)
    shutil.copy(home / "town.db", home / "matrix.db")
    app = create_app(configured(home / "instance", f"sqlite:///{home}/matrix.db"), testing=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(home))
    # Most answers are refusals, and only their status is looked at here.
    plain, full = DictLoader({"error.html": "{{ status }}"}), app.jinja_env.loader
    assert full
    app.jinja_env.loader = ChoiceLoader([plain, full])
    with opened(app) as world:
        yield world


def routes(app: Flask) -> list[tuple[str, Rule]]:
    """Return every method of every route, by address."""
    return sorted(
        (
            (method, rule)
            for rule in app.url_map.iter_rules()
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        ),
        key=lambda route: (section(route[1].rule), route[1].rule, route[0]),
    )


def section(address: str) -> str:
    return "/" + address.split("/")[1]


def asked(world: World, method: str, rule: Rule) -> Rows:
    """Ask as everybody for everybody's things; relations with the same address are asked once."""
    rows: Rows = {}
    seen: list[Any] = []
    for relation, keys in relations(rule, world.spots):
        spot = world.spots.get(relation, world.spots["own"])
        for name in RELATIONS[:5] if not keys else (relation,):
            spot = world.spots.get(name, world.spots["own"])
            path, body = address(world, rule, keys, spot), sent(rule, spot)
            if (path, body) in seen:
                continue
            seen.append((path, body))
            world.written.clear()
            rows[name] = tuple(world.ask(column, method, path, body) for column in COLUMNS)
            if method == "GET" and (more := world.written - WRITTEN_BY_GET):
                rows[name] = (f"WRITES {sorted(more)}",)
    return rows


def address(world: World, rule: Rule, keys: Mapping[str, object], spot: Spot) -> str:
    query = QUERIES.get(rule.endpoint, lambda _spot: {})(spot)
    adapter = world.app.url_map.bind("localhost")
    path = adapter.build(rule.endpoint, dict(keys))
    return f"{path}?{urlencode(query)}" if query else path


def sent(rule: Rule, spot: Spot) -> Mapping[str, Any]:
    told: Mapping[str, Any] = BODIES.get(rule.endpoint, lambda _spot: {})(spot)
    return told


def written(method: str, rule: str, rows: Rows) -> str:
    """Return the rows as they stand in the file; relations with the same answers stand together."""
    lines = [f"{method} {rule}"]
    for cells, names in groupby(rows, key=lambda name: rows[name]):
        told = ", ".join(names) if rule.count("<") or len(rows) > 1 else "-"
        lines += [f"  {told:{WIDE}}" + line(cells)]
    return "\n".join(lines)


def line(cells: Cells) -> str:
    return "".join(f" {cell:6}" for cell in cells).rstrip()


def read(text: str) -> dict[tuple[str, str], Rows]:
    """Return what the file expects, by method and address."""
    told: dict[tuple[str, str], Rows] = {}
    for row in text.splitlines():
        if not row.strip() or row.startswith("#"):
            continue
        if not row.startswith(" "):
            method, rule = row.split()
            told[method, rule] = {}
        else:
            cells = tuple(row[2 + WIDE :].split())
            names = row[: 2 + WIDE].strip()
            for name in ["own"] if names == "-" else names.split(", "):
                told[method, rule][name] = cells
    return told


def expected() -> dict[tuple[str, str], Rows]:
    return read(FILE.read_text("utf-8")) if FILE.exists() else {}


SECTIONS = sorted({section(rule) for _method, rule in expected()})


def test_every_route_has_a_row_and_every_row_a_route(world: World) -> None:
    """Also writes the file, when asked to."""
    if os.environ.get("QUIZAPP_MATRIX") == "write":
        write(world)
    told, here = expected(), {(m, r.rule): r for m, r in routes(world.app)}

    lost = sorted(told.keys() - here.keys())
    assert not lost, f"rows without a route: {lost}"
    rowless = [
        written(method, rule, asked(world, method, here[method, rule]))
        for method, rule in sorted(here.keys() - told.keys())
    ]
    assert not rowless, "routes without a row; are these right?\n\n" + "\n".join(rowless)


@pytest.mark.parametrize("of", SECTIONS)
def test_everybody_is_answered_as_the_file_says(world: World, of: str) -> None:
    told, wrong = expected(), []
    for method, rule in routes(world.app):
        if section(rule.rule) != of or (method, rule.rule) not in told:
            continue
        should, rows = told[method, rule.rule], asked(world, method, rule)
        if should != rows:
            wrong.append("should be:\n" + written(method, rule.rule, should))
            wrong.append("is:\n" + written(method, rule.rule, rows))

    head = " " * (2 + WIDE) + line(COLUMNS)
    assert not wrong, "\n".join(["", head, *wrong])


def test_nothing_in_the_file_is_a_bug_and_no_page_writes() -> None:
    """A GET leaves the database as it was, but for the log: else its row says so.

    Nor does any answer hold name, number or sign-in name of the child who was erased: TRACE.
    """
    bad = [(route, rows) for route, rows in expected().items() if FAULT.search(str(rows))]
    assert not bad, bad


def test_the_three_reviewers_are_alike() -> None:
    """So one of them stands for all."""
    kinds = (Role.REVIEWER_FACTS, Role.REVIEWER_LEVEL, Role.REVIEWER_SAFETY)
    assert len({GRANTS[role] for role in kinds}) == 1
    assert not any(role in APPOINTS for role in kinds)


def write(world: World) -> None:
    told = ["\n".join(f"# {row}".rstrip() for row in LEGEND.strip().splitlines())]
    for of, group in groupby(routes(world.app), key=lambda route: section(route[1].rule)):
        told.append(f"# {of:{WIDE}}" + line(COLUMNS))
        told += [written(m, r.rule, asked(world, m, r)) for m, r in group]
    FILE.write_text("\n".join(told) + "\n", "utf-8")


LEGEND = """
What everybody is answered, by tests/conventions/test_matrix.py.

Columns: anon (not signed in) · pupil (Lan of Elm 7A) · teach (of Elm 7A) · head (school
administrator of Elm) · lect (lecturer at Elm) · edu-d, edu-c (education officer of the district,
of the city) · drug-d, drug-c (anti-drug officer likewise) · edit (editor) · review (a
reviewer) · audit (auditor of the city) · supp (platform support) · visit (the same, on a support
visit to Elm) · admin (platform administrator) · none (an account without a posting).
Rows: own (Lan, Elm 7A, Elm, and what belongs to them) · peer (Bo, of the same class) · 7B (another
class of Elm) · ash (another school of the district) · oak (another district) · mixed (the way to it
is own, the thing is Ash's) · erased (a child of Elm 7A who was erased, and what is left of it)
· gone (nothing there). A row with - has nothing to belong to anybody.
Cells: ok · in (is asked to sign in) · 403 (may do this nowhere) · 404 (not theirs, or not there)
· bad (let through; the input sent here is not complete or comes too late).
"""
