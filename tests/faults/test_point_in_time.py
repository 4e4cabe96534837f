"""Back to a moment, as docs/OPERATIONS.md says it: a base copy, the archived log, a table that was
dropped by mistake."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import postgres
from tests.faults.client import PATIENCE

OPERATIONS = Path(__file__).parents[2] / "docs" / "OPERATIONS.md"
ROWS = 500


class Cluster:
    """A PostgreSQL server in a folder of its own, with lines for its configuration."""

    def __init__(self, home: Path, name: str) -> None:
        self.data, self._log = home / name, home / f"{name}.log"
        self._run_as, self._port = postgres.run_as(home), postgres.free_port()
        self._home = home

    def make(self) -> None:
        self.run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "--no-sync")

    def begin(self, lines: str) -> None:
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(
                f"\nport = {self._port}\nunix_socket_directories = '{self._home}'\n{lines}\n"
            )
        self.run("pg_ctl", "-D", self.data, "-w", "-l", self._log, "start")

    def end(self) -> None:
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")

    def run(self, program: str, *words: object) -> None:
        command = [str(postgres.programs() / program), *map(str, words)]
        subprocess.run(command, check=True, **self._run_as)

    def copy_to(self, there: Path) -> None:
        self.run(
            "pg_basebackup", f"--pgdata={there}", "--checkpoint=fast", "--no-sync",
            "-h", "127.0.0.1", "-p", self._port, "-U", "postgres",
        )  # fmt: skip

    def ask(self, statement: str) -> Any:
        address = f"host=127.0.0.1 port={self._port} user=postgres"
        with psycopg.connect(address, autocommit=True) as connection:
            answer = connection.execute(statement)
            return answer.fetchone()[0] if answer.description else None  # type: ignore[index]


@pytest.fixture
def home() -> Iterator[Path]:
    with postgres.folder() as made:
        yield made


def told(name: str, place: Path) -> str:
    """Return a line of the manual, for the archive of this test."""
    lines = OPERATIONS.read_text("utf-8").splitlines()
    line = next(line.strip() for line in lines if line.strip().startswith(f"{name} = "))
    return line.replace("/archive/", f"{place}/")


def test_a_dropped_table_is_there_again_as_it_was_at_the_moment(home: Path) -> None:
    archive = home / "archive"
    archive.mkdir(mode=0o777)
    archive.chmod(0o777)
    first, second = Cluster(home, "first"), Cluster(home, "second")
    first.make()
    first.begin("\n".join(told(f"archive_{name}", archive) for name in ("mode", "command")))
    try:
        first.ask("CREATE TABLE answer (id int PRIMARY KEY)")
        first.copy_to(second.data)
        first.ask(f"INSERT INTO answer SELECT generate_series(1, {ROWS})")
        moment = first.ask("SELECT clock_timestamp()")
        first.ask("SELECT pg_sleep(0.05)")
        first.ask("DROP TABLE answer")
        wal = first.ask("SELECT pg_walfile_name(pg_switch_wal())")
        ends = time.monotonic() + PATIENCE
        while not (archive / str(wal)).exists():
            assert time.monotonic() < ends, "the last piece was not archived"
            time.sleep(0.1)
    finally:
        first.end()
    (second.data / "recovery.signal").touch()
    (second.data / "recovery.signal").chmod(0o666)

    lines = [told("restore_command", archive), told("recovery_target_action", archive)]
    second.begin("\n".join([*lines, f"recovery_target_time = '{moment.isoformat()}'"]))
    try:
        while second.ask("SELECT pg_is_in_recovery()"):
            assert time.monotonic() < ends, "the recovery did not end"
            time.sleep(0.1)
        assert second.ask("SELECT count(*) FROM answer") == ROWS
        second.ask("CREATE TABLE writes_again (id int)")
    finally:
        second.end()
