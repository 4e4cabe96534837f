"""Power cuts on SQLite: what the site acknowledged before the cut is on the disk after it.

What the site says to its database while a pupil starts, saves and hands in is written down word
for word, with the moment of each acknowledgement. It is then said again to a disk that forgets
what was not synced, and cut off at some statement.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import apsw
import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.core.clock import now
from quizapp.core.db import database
from tests import make
from tests.conftest import Databases, Visitor
from tests.faults.extent import extent, report
from tests.faults.lossy import LossyDisk
from tests.town import Town

CUTS = extent(20, 100)
PUPILS, SAVES = 3, 12
FULL = 2  # SQLite's number for synchronous=FULL.
SETTINGS = ("synchronous", "journal_mode", "secure_delete", "foreign_keys")
Acked = dict[tuple[str, int], int]  # The seq by the sitting and the position.


@dataclass
class Recording:
    """The statements in their order, and after how many of them what was acknowledged."""

    before: Path
    settings: dict[str, Any]
    statements: list[str] = field(default_factory=list)
    acked: list[tuple[int, tuple[str, int], int]] = field(default_factory=list)

    def acked_by(self, statement: int) -> Acked:
        return {place: seq for at, place, seq in self.acked if at <= statement}


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Databases(tmp_path_factory.mktemp("power"), None)


@pytest.fixture
def recording(
    app: Flask,
    session: Session,
    town: Town,
    client_as: Callable[[Actor], Visitor],
    database_url: str,
    tmp_path: Path,
) -> Recording:
    """Let three children take a quiz through the API, and write down all that SQLite is told."""
    quiz = make.quiz(session, town.city, now=now(), items=8)
    session.commit()
    children = [client_as(actor) for actor in (town.lan, town.bo, town.mei)]
    before = tmp_path / "before.db"
    with database.engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"pragma {name}").scalar() for name in SETTINGS
        }
        connection.exec_driver_sql("commit")
        connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
        shutil.copy(database_url.removeprefix("sqlite:///"), before)
        connection.exec_driver_sql("begin")
    database.engine.dispose()
    heard = Recording(before, settings)

    def listen(raw: Any, _record: object) -> None:
        raw.set_trace_callback(heard.statements.append)

    event.listen(database.engine, "connect", listen)
    for number, child in enumerate(children):
        _take(child, quiz.id, heard, Random(number))
    event.remove(database.engine, "connect", listen)
    database.engine.dispose()
    return heard


def _take(child: Visitor, quiz: object, heard: Recording, chance: Random) -> None:
    begun = child.post(f"/api/v1/quizzes/{quiz}/sittings").json
    assert begun
    for seq in range(1, SAVES + 1):
        item = chance.choice(begun["items"])
        answer = {"position": item["position"], "choice": [item["choices"][0]["key"]], "seq": seq}
        reply = child.put(f"/api/v1/sittings/{begun['id']}/answers", json={"answers": [answer]})
        assert reply.status_code == 200
        place = begun["id"].replace("-", ""), item["position"]
        heard.acked.append((len(heard.statements), place, seq))
    assert child.post(f"/api/v1/sittings/{begun['id']}/submission").status_code == 200


@pytest.fixture
def disk() -> Iterator[LossyDisk]:
    made = LossyDisk()
    yield made
    made.unregister()


def after_a_cut(
    recording: Recording, disk: LossyDisk, at: int, home: Path, chance: Random | None, **other: str
) -> tuple[str, Acked]:
    """Say the first `at` statements, cut the power; return SQLite's verdict and the answers."""
    shutil.rmtree(home, ignore_errors=True)
    (home / "disk").mkdir(parents=True)
    shutil.copy(recording.before, home / "disk" / "site.db")
    disk.unsynced.clear()
    connection = apsw.Connection(str(home / "disk" / "site.db"), vfs="lossy")
    # Checkpoints come often, so that cuts fall into them as well.
    for name, value in {**recording.settings, "wal_autocheckpoint": 20, **other}.items():
        connection.execute(f"pragma {name}={value}")
    for statement in recording.statements[:at]:
        if not statement.lower().startswith("pragma"):
            connection.execute(statement)
    disk.cut(home / "disk", home / "wreck", chance)
    connection.close()
    return _found(home / "wreck" / "site.db")


def _found(wreck: Path) -> tuple[str, Acked]:
    connection = apsw.Connection(str(wreck))
    sound = connection.execute("pragma integrity_check").get
    rows: list[Any] = connection.execute("select sitting_id, position, seq from answer").fetchall()
    connection.close()
    return str(sound), {(str(row[0]), int(row[1])): int(row[2]) for row in rows}


def lost(acked: Acked, found: Acked) -> list[tuple[str, int]]:
    return [place for place, seq in acked.items() if found.get(place, 0) < seq]


def test_each_connection_of_the_site_syncs_at_every_commit(
    app: Flask, session: Session, town: Town
) -> None:
    connections = [database.engine.connect() for _ in range(3)]
    told = [one.exec_driver_sql("pragma synchronous").scalar() for one in connections]
    for one in connections:
        one.close()

    assert len(told) == 3
    assert min(level or 0 for level in told) >= FULL


def test_a_power_cut_takes_nothing_that_was_acknowledged(
    recording: Recording, disk: LossyDisk, tmp_path: Path
) -> None:
    chance, acks = Random(6), 0

    for number in range(CUTS):
        at = chance.randrange(len(recording.statements) + 1)
        survivors = chance if number % 2 else None
        sound, found = after_a_cut(recording, disk, at, tmp_path / "cut", survivors)
        assert sound == "ok", at
        assert lost(recording.acked_by(at), found) == [], at
        acks += len(recording.acked_by(at))

    assert len(recording.acked) == PUPILS * SAVES
    report("power cuts, sqlite", cuts=CUTS, answers_looked_for=acks)


def test_the_cut_is_one_that_takes_what_was_not_synced(
    recording: Recording, disk: LossyDisk, tmp_path: Path
) -> None:
    """With synchronous=NORMAL, which is advised everywhere, the same cuts lose answers."""
    ends = [at for at, _place, _seq in recording.acked[5::6]]
    cut = [
        lost(recording.acked_by(at), after_a_cut(
            recording, disk, at, tmp_path / "cut", None, synchronous="normal"
        )[1])
        for at in ends
    ]  # fmt: skip

    assert recording.settings["synchronous"] >= FULL
    assert any(cut)
