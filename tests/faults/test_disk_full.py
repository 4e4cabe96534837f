"""The disk of the database is full: 503 with a sentence, reading works, and when there is room
again the same processes save again. Nothing that was acknowledged is lost."""

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

from quizapp.core.clock import now
from quizapp.core.db import database
from tests import make, postgres
from tests.conftest import DIALECTS, Databases
from tests.faults import ledger as ledgers
from tests.faults import small_disk
from tests.faults.client import Client, Pass, sign_in
from tests.faults.ledger import Ledger
from tests.faults.server import Server
from tests.faults.small_disk import MEGABYTE
from tests.postgres import Cluster
from tests.town import Town

PUPILS, ITEMS = 24, 10
MOST = 30  # Answers of each pupil until the disk must have been full.
RECOVERS = 5  # Seconds after there is room again.


class Pupil:
    """A pupil who goes on choosing, and notes what is acknowledged."""

    def __init__(self, site: str, kept: Pass, quiz: UUID, ledger: Ledger) -> None:
        self.tab = Client.of(site, kept)
        begun = self.tab.insist("POST", f"/api/v1/quizzes/{quiz}/sittings")
        assert begun.status == 201, begun.body
        self.sitting, self._items = UUID(begun.json["id"]), begun.json["items"]
        self._ledger, self._seq = ledger, 0

    def choose(self) -> Any:
        """Save one more choice and return the reply."""
        self._seq += 1
        item = self._items[self._seq % len(self._items)]
        place, choice = item["position"], [item["choices"][self._seq % 3]["key"]]
        self._ledger.sent[self.sitting, place, self._seq] = choice
        answer = {"position": place, "choice": choice, "seq": self._seq}
        path = f"/api/v1/sittings/{self.sitting}/answers"
        reply = self.tab.send("PUT", path, {"answers": [answer]})
        if reply.status == 200:
            self._ledger.note(self.sitting, reply.json["saved"])
        return reply

    def choose_until_kept(self) -> None:
        ends = time.monotonic() + RECOVERS
        while (reply := self.choose()).status != 200:
            assert time.monotonic() < ends, reply.body


def first_refusal(pupils: Sequence[Pupil]) -> Any:
    """Let the pupils go on choosing in turn, until the site has no room for one of them."""
    for pupil in list(pupils) * MOST:
        reply = pupil.choose()
        if reply.status != 200:
            return reply
    raise AssertionError("the disk was never full")


def fill_and_free(server: Server, disk: Path, quiz: UUID, passes: list[Pass]) -> Ledger:
    """Let pupils save, fill the disk, and make room again; the same processes must get by."""
    ledger = Ledger()
    pupils = [Pupil(server.address, kept, quiz, ledger) for kept in passes]
    for pupil in pupils:
        assert pupil.choose().status == 200
    workers = set(server.workers())

    with small_disk.filled(disk):
        refused = first_refusal(pupils)
        reads = pupils[0].tab.send("GET", "/api/v1/quizzes")
    for pupil in pupils:
        pupil.choose_until_kept()
    done = pupils[0].tab.send("POST", f"/api/v1/sittings/{pupils[0].sitting}/submission")

    for pupil in pupils:
        pupil.tab.close()
    assert (refused.status, refused.json["error"]["code"]) == (503, "busy")
    assert reads.status == 200
    assert refused.json["error"]["message"].startswith("The site cannot save right now.")
    assert int(refused.headers["Retry-After"]) <= RECOVERS
    assert done.status == 200, done.body
    assert set(server.workers()) == workers
    return ledger


@contextmanager
def on_sqlite(url: str, home: Path) -> Iterator[tuple[Server, Path]]:
    """Yield a server whose database lies on a small disk, and the disk."""
    place, disk = Path(make_url(url).database or ""), home / "disk"
    disk.mkdir()
    # The log beside the file grows to 4 MB before it is emptied.
    mount = small_disk.mounting(disk, place.stat().st_size + 8 * MEGABYTE)

    def prepare() -> None:
        mount()
        shutil.copy(place, disk / place.name)

    with Server(f"sqlite:///{disk / place.name}", home / "server", prepare=prepare) as server:
        seen = small_disk.seen_by(server.pid, disk)
        yield server, seen
        for file in seen.iterdir():  # What was saved there is looked at from outside.
            shutil.copy(file, place.parent)


@contextmanager
def on_postgresql(
    url: str, home: Path, crowded: tuple[Cluster, Path]
) -> Iterator[tuple[Server, Path]]:
    """The same; the log of the server has another disk."""
    cluster, disk = crowded
    engine = make.engine(f"{cluster.address}postgres").execution_options(
        isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(f"CREATE TABLESPACE small LOCATION '{disk}'"))
        connection.execute(text(f"ALTER DATABASE {make_url(url).database} SET TABLESPACE small"))
    engine.dispose()
    with Server(url, home / "server") as server:
        yield server, small_disk.seen_by(cluster.postmaster, disk)


@pytest.fixture(scope="module")
def crowded() -> Iterator[tuple[Cluster, Path]]:
    """A server that has a small disk beside its own."""
    disk = Path(mkdtemp(prefix="quizapp-disk-"))
    mount = small_disk.mounting(disk, 40 * MEGABYTE)
    with postgres.cluster(durable=True, prepare=mount) as cluster:
        yield cluster, disk
    disk.rmdir()


@pytest.fixture(scope="module", params=DIALECTS)
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Databases:
    home = tmp_path_factory.mktemp(f"full-{request.param}")
    if request.param == "sqlite":
        return Databases(home, None)
    return Databases(home, request.getfixturevalue("crowded")[0].address)


def test_a_full_disk_is_told_and_got_over(
    app: Flask,
    session: Session,
    town: Town,
    database_url: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    quiz = make.quiz(session, town.city, now=now(), minutes=60, items=ITEMS).id
    children = [make.pupil(session, town.elm_7a) for _ in range(PUPILS)]
    passes = list(sign_in(app, session, children, now=now()).values())
    session.commit()
    session.close()
    database.engine.dispose()  # The database is moved to the small disk.

    if database_url.startswith("sqlite"):
        serving = on_sqlite(database_url, tmp_path)
    else:
        serving = on_postgresql(database_url, tmp_path, request.getfixturevalue("crowded"))
    with serving as (server, disk):
        ledger = fill_and_free(server, disk, quiz, passes)

    assert ledger.acks >= 2 * PUPILS
    assert ledgers.lost(session, ledger) == []
