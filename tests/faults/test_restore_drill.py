"""The drill: a copy is made while pupils save, and put back into an empty database elsewhere.

What stands there afterwards is what stood here: every row that was acknowledged before the copy
began, the same counts, the log without a gap.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import queries as accounts
from quizapp.app import create_app
from quizapp.core.clock import now
from quizapp.core.db import Model, database
from quizapp.core.ids import new_id
from quizapp.privacy import jobs as privacy
from quizapp.quizzes import sittings
from quizapp.quizzes.models import Answer, Sitting
from quizapp.quizzes.sittings import Given
from tests import make
from tests.settings import configured
from tests.town import Town


@pytest.fixture
def empty_url(database_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database beside the one of the test."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path}/elsewhere.db"
        return
    server, name = database_url.rpartition("/")[0], f"r{new_id().hex}"
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield f"{server}/{name}"
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def sit(session: Session, town: Town, pupil: Actor) -> Sitting:
    quiz = make.quiz(session, town.city, now=now())
    seat = accounts.own_enrolment(session, pupil)
    return sittings.start(session, quiz, seat, by=pupil, device="d" * 22, now=now()).sitting


def run(site: Flask, *words: str) -> Result:
    with site.app_context():  # Else the command works on the site of the test's own session.
        return site.test_cli_runner().invoke(args=list(words))


def counts(session: Session) -> dict[str, int]:
    tables = Model.metadata.sorted_tables
    return {t.name: session.scalar(select(func.count()).select_from(t)) or 0 for t in tables}


@contextmanager
def saving(app: Flask, sitting: Sitting) -> Iterator[None]:
    """Let somebody save on and on meanwhile."""
    over = threading.Event()

    def save() -> None:
        with app.app_context():
            seq = 100
            while not over.is_set():
                seq += 1
                with database.sessionmaker() as session:
                    session.connection(execution_options={"writes": True})
                    sittings.save(session, sitting, [Given(2, ["b"], seq=seq)], now=now())
                    session.commit()

    saver = threading.Thread(target=save)
    saver.start()
    yield
    over.set()
    saver.join()


def test_a_copy_brings_everything_back(
    app: Flask, session: Session, town: Town, tmp_path: Path, empty_url: str
) -> None:
    handed_in, under_way = sit(session, town, town.lan), sit(session, town, town.bo)
    sittings.save(session, handed_in, [Given(n, ["a"], seq=1) for n in (1, 2, 3)], now=now())
    sittings.submit(session, handed_in, now=now())
    sittings.save(session, under_way, [Given(1, ["a"], seq=7)], now=now())
    session.commit()
    with app.app_context():
        privacy.link()
    head = run(app, "audit", "head").output.strip()
    file, before = tmp_path / "site.copy", counts(session)
    session.rollback()

    with saving(app, under_way):
        made = run(app, "db", "backup", str(file))
    again = run(app, "db", "backup", str(file))
    there = create_app(configured(tmp_path / "there", empty_url), testing=True)
    restored = run(there, "db", "restore", str(file))

    assert (made.exit_code, head in made.output, again.exit_code) == (0, True, 1), made.output
    assert restored.exit_code == 0, restored.output
    for words in (["db", "check"], ["rollups", "check"], ["audit", "verify", "--head", head]):
        told = run(there, *words)
        assert told.exit_code == 0, told.output
    assert run(there, "db", "restore", str(file)).exit_code == 1
    with there.app_context():
        after = counts(database.session)
        assert {name: n for name, n in after.items() if name != "answer"} == {
            name: n for name, n in before.items() if name != "answer"
        }
        found = database.session.get_one(Sitting, (handed_in.school_id, handed_in.id))
        assert (found.state, found.score) == (handed_in.state, handed_in.score)
        kept = select(Answer.seq).where(Answer.sitting_id == under_way.id, Answer.position == 1)
        assert database.session.scalar(kept) == 7
        database.session.rollback()
        database.engine.dispose()


def test_a_copy_that_was_cut_off_is_refused(app: Flask, town: Town, tmp_path: Path) -> None:
    file, cut = tmp_path / "site.copy", tmp_path / "cut.copy"
    assert run(app, "db", "backup", str(file)).exit_code == 0
    cut.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    there = create_app(configured(tmp_path / "there", f"sqlite:///{tmp_path}/e.db"), testing=True)

    refused = run(there, "db", "restore", str(cut))

    assert refused.exit_code == 1, refused.output
    assert str(cut) in refused.output
    with there.app_context():
        database.engine.dispose()
