"""The chain of the log: whoever changes the database without the key of the log is found."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Connection, create_engine, delete, event, insert, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, ActorKind
from quizapp.audit import chain, seals
from quizapp.audit.actions import record
from quizapp.audit.models import AuditEntry, AuditLink
from quizapp.audit.seals import Written
from quizapp.core.clock import now
from quizapp.core.db import Model, database, transaction
from quizapp.core.ids import new_id
from tests.town import NOON, Town

KEY = "a" * 40  # The key of the log in tests/settings.py.
TRIES = {"sqlite": 1000, "postgresql": 60}
entry, link = (Model.metadata.tables[name] for name in ("audit_entry", "audit_link"))


@pytest.fixture
def head(app: Flask, session: Session, town: Town) -> chain.Head:
    """A log of thirty entries of several kinds, linked; its head is kept elsewhere."""
    for number in range(30):
        actor = (town.ms_chen, town.head_sun, town.lan, SYSTEM)[number % 4]
        at = NOON + timedelta(minutes=number)
        record(session, f"card.{'issued' if number % 3 else 'used'}", by=actor, now=at,
               path=town.elm_7a.path, cards=number, card=new_id(), why=None)  # fmt: skip
    session.flush()
    while chain.link(session, KEY):
        pass
    session.commit()
    return chain.head(session)


@pytest.fixture
def intruder(head: chain.Head, database_url: str) -> Iterator[Connection]:
    """A connection of somebody who minds no foreign key; all that it does is rolled back."""
    engine = create_engine(database_url)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")

    with engine.connect() as connection:
        yield connection
    engine.dispose()


class Tampering:
    """One change of the log by somebody without the key, at a place that chance chooses."""

    def __init__(self, connection: Connection, chance: Random) -> None:
        self.do, self.chance = connection.execute, chance
        self.entries = [dict(r) for r in self.do(select(entry).order_by(entry.c.id)).mappings()]
        self.links = [dict(r) for r in self.do(select(link).order_by(link.c.number)).mappings()]

    def change_an_entry(self) -> None:
        one = self.chance.choice(self.entries)
        other: Mapping[str, Callable[[], Any]] = {
            "id": new_id,
            "at": lambda: one["at"] + timedelta(microseconds=self.chance.choice((-1, 1, 10**9))),
            "actor_id": new_id,
            "actor_kind": lambda: next(k for k in ActorKind if k is not one["actor_kind"]),
            "event": lambda: f"{one['event']}x",
            "path": lambda: one["path"][:-1],
            "about": lambda: {**one["about"], "cards": self.chance.randrange(100, 200)},
            "mark": self.text,
        }
        column = self.chance.choice(list(other))
        self.do(update(entry).where(entry.c.id == one["id"]).values({column: other[column]()}))

    def change_a_link(self) -> None:
        one, another = self.chance.sample(self.links, 2)
        self.do(delete(link).where(link.c.number.in_([one["number"], another["number"]])))
        what = self.chance.choice(("number", "entry_id", "seal"))
        if what == "number":
            one["number"] = self.chance.randrange(100, 200)
        elif what == "seal":
            one["seal"] = self.text()
        else:
            one["entry_id"], another["entry_id"] = another["entry_id"], one["entry_id"]
        self.do(insert(link), [one, another])

    def delete_an_entry(self) -> None:
        one = self.chance.choice(self.links)
        self.do(delete(entry).where(entry.c.id == one["entry_id"]))
        if self.chance.random() < 0.5:
            self.do(delete(link).where(link.c.number == one["number"]))

    def delete_and_close_the_gap(self) -> None:
        place = self.chance.randrange(len(self.links) - 1)
        gone = self.links.pop(place)
        self.do(delete(entry).where(entry.c.id == gone["entry_id"]))
        self._write([{**one, "number": n} for n, one in enumerate(self.links, 1)])

    def delete_a_link(self) -> None:
        one = self.chance.choice(self.links[:-1])  # The last would only be linked again.
        self.do(delete(link).where(link.c.number == one["number"]))

    def swap_two_entries(self) -> None:
        one, another = self.chance.sample(self.entries, 2)
        for key, told in ((one["id"], another), (another["id"], one)):
            values = {name: value for name, value in told.items() if name != "id"}
            self.do(update(entry).where(entry.c.id == key).values(values))

    def swap_two_links(self) -> None:
        one, another = self.chance.sample(range(len(self.links)), 2)
        moved = list(self.links)
        moved[one], moved[another] = moved[another], moved[one]
        self._write([{**told, "number": n} for n, told in enumerate(moved, 1)])

    def insert_an_entry(self) -> None:
        like = self.chance.choice(self.entries)
        mark = self.chance.choice((like["mark"], self.text()))
        at = self.chance.choice((like["at"], now()))
        made = {**like, "id": new_id(), "at": at, "mark": mark}
        self.do(insert(entry), [made])
        if self.chance.random() < 0.5:
            place = self.chance.randrange(len(self.links) + 1)
            self.links.insert(place, {"entry_id": made["id"], "seal": self.text()})
            self._write([{**told, "number": n} for n, told in enumerate(self.links, 1)])

    def truncate(self) -> None:
        place = self.chance.randrange(len(self.links))
        gone = [one["entry_id"] for one in self.links[place:]]
        self.do(delete(link).where(link.c.entry_id.in_(gone)))
        self.do(delete(entry).where(entry.c.id.in_(gone)))

    def cut_off_the_beginning(self) -> None:
        gone = self.links[: self.chance.randrange(1, len(self.links))]
        self.do(delete(link).where(link.c.entry_id.in_([one["entry_id"] for one in gone])))
        self.do(delete(entry).where(entry.c.id.in_([one["entry_id"] for one in gone])))
        last = gone[-1]
        about = {"entries": len(gone), "number": last["number"], "seal": last["seal"]}
        told = {**self.entries[-1], "id": new_id(), "event": chain.CUT, "about": about}
        self.do(insert(entry), [told])

    def rewrite_with_an_own_key(self) -> None:
        """Everything new from one place on, as the site would do it, but for the key."""
        place, key = self.chance.randrange(len(self.links)), self.text()
        before = self.links[place - 1]["seal"] if place else seals.START
        by_id = {one["id"]: one for one in self.entries}
        self._change(by_id[self.links[place]["entry_id"]])
        for one in self.links[place:]:
            row = by_id[one["entry_id"]]
            told = Written(**{n: v for n, v in row.items() if n != "mark"})
            before = one["seal"] = seals.seal(before, told, key)
            mark = seals.mark(told, key)
            self.do(update(entry).where(entry.c.id == row["id"]).values(mark=mark))
        self._write(self.links)

    def _change(self, row: dict[str, Any]) -> None:
        row["event"] = "card.nothing"
        self.do(update(entry).where(entry.c.id == row["id"]).values(event=row["event"]))

    def _write(self, links: list[dict[str, Any]]) -> None:
        self.do(delete(link))
        self.do(insert(link), links)

    def text(self) -> str:
        return f"{self.chance.getrandbits(256):064x}"


WAYS = [name for name in vars(Tampering) if not name.startswith("_") and name != "text"]


def test_every_tampering_is_found(head: chain.Head, intruder: Connection) -> None:
    missed, chance = [], Random(7)
    tries = TRIES[intruder.dialect.name]
    for number in range(tries):
        way = WAYS[number % len(WAYS)]
        getattr(Tampering(intruder, chance), way)()
        with Session(intruder, join_transaction_mode="create_savepoint") as work:
            chain.link(work, KEY)
            if not chain.faults(work, KEY, known=head):
                missed.append((number, way))
        intruder.rollback()

    assert missed == [], f"{len(missed)} of {tries} not found"


def test_a_log_that_nobody_touched_is_whole(app: Flask, head: chain.Head, session: Session) -> None:
    assert chain.faults(session, KEY, known=head) == []
    assert head.number >= 30


def test_the_first_place_is_named_and_all_others_after_it(
    app: Flask, head: chain.Head, session: Session
) -> None:
    changed = session.scalars(select(AuditLink).where(AuditLink.number.in_([5, 9]))).all()
    for one in changed:
        session.execute(
            update(AuditEntry).where(AuditEntry.id == one.entry_id).values(path="/elsewhere/")
        )

    found = chain.faults(session, KEY)

    assert [one.number for one in found] == [5, 5, 9, 9]
    assert found[0].entry_id == changed[0].entry_id


def run(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["audit", *words])


def test_the_command_links_what_waits_then_checks(app: Flask, session: Session, town: Town) -> None:
    record(session, "card.issued", by=town.ms_chen, now=now(), cards=1)
    session.commit()

    head, whole = run(app, "head"), run(app, "verify")

    assert whole.exit_code == 0
    assert whole.output == f"the log is whole up to {head.output}"
    session.execute(delete(AuditLink).where(AuditLink.number == 1))
    session.execute(update(AuditEntry).values(event="card.lost"))
    session.commit()
    broken = run(app, "verify", "--head", head.output)
    assert broken.exit_code == 1
    assert "was not written by the site, or changed since" in broken.output


def test_the_command_writes_who_saw_names_in_a_year(
    app: Flask, session: Session, town: Town, tmp_path: Path
) -> None:
    record(
        session, "pupil.seen", by=town.ms_chen, now=NOON, path=town.elm_7a.path,
        pupils=3, page="classes.show",
    )  # fmt: skip
    session.commit()
    this, other = tmp_path / "2026.csv", tmp_path / "2027.csv"

    done = run(app, "export", "--year", "2026", str(this))
    run(app, "export", "--year", "2027", str(other))

    assert (done.exit_code, done.output) == (0, "1 lines\n")
    assert "Ms Chen,ms_chen,Class teacher" in this.read_text("utf-8-sig")
    assert len(other.read_text("utf-8-sig").splitlines()) == 1


def test_what_no_site_has_written_is_told_too(
    app: Flask, head: chain.Head, session: Session
) -> None:
    session.execute(update(entry).values(actor_id=UUID(int=3)))
    if session.get_bind().dialect.name == "sqlite":
        session.connection().exec_driver_sql("UPDATE audit_entry SET about = 'no json'")
    session.commit()

    broken = run(app, "verify")

    assert broken.exit_code == 1


def test_the_chain_goes_on_after_old_entries_are_cut_off(
    app: Flask, head: chain.Head, session: Session
) -> None:
    middle = NOON + timedelta(minutes=20)

    gone = chain.cut(session, before=middle, now=now())
    session.flush()
    chain.link(session, KEY)
    session.commit()

    assert gone == head.number - 10
    assert session.scalar(select(AuditEntry).where(AuditEntry.at < middle).limit(1)) is None
    assert chain.faults(session, KEY, known=head) == []
    left = chain.head(session)
    assert left.number == head.number + 1
    again = chain.cut(session, before=now() + timedelta(days=1), now=now())
    session.flush()
    chain.link(session, KEY)
    assert again == 11
    assert chain.faults(session, KEY, known=left) == []
    assert chain.head(session).number == left.number + 1


def test_two_linkers_make_one_chain(app: Flask, session: Session, town: Town) -> None:
    """Each is run in turn here; the lock is what makes it so in processes of their own."""
    for _time in range(3):
        record(session, "card.issued", by=town.ms_chen, now=now(), cards=1)
        session.commit()
        with app.app_context():
            for _linker in range(2):
                with transaction() as work:
                    chain.link(work, KEY, since=now())

    numbers = session.scalars(select(AuditLink.number).order_by(AuditLink.number)).all()
    assert list(numbers) == list(range(1, len(numbers) + 1))
    assert chain.faults(session, KEY) == []


def test_what_was_committed_late_is_linked_all_the_same(
    app: Flask, session: Session, town: Town
) -> None:
    late = database.sessionmaker()
    record(late, "card.issued", by=town.ms_chen, now=now(), cards=1)
    record(session, "card.issued", by=town.ms_chen, now=now(), cards=2)
    session.commit()
    chain.link(session, KEY, since=now())
    session.commit()
    late.commit()
    late.close()

    chain.link(session, KEY, since=now())

    linked = session.scalars(
        select(AuditEntry).join(AuditLink, AuditLink.entry_id == AuditEntry.id)
        .order_by(AuditLink.number)
    )  # fmt: skip
    assert [one.about["cards"] for one in linked if "cards" in one.about] == [2, 1]
    assert chain.faults(session, KEY) == []


def test_the_canonical_text_knows_no_zone_and_no_order() -> None:
    key = new_id()
    told = dict(id=key, actor_id=key, actor_kind="staff", event="a.b", path="/")  # noqa: C408
    at = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
    local = at.astimezone(tz=None)

    one = Written(at=at, about={"a": 1, "b": "字"}, **told)  # type: ignore[arg-type]
    same = Written(at=local, about={"b": "字", "a": 1}, **told)  # type: ignore[arg-type]

    assert one.canonical == same.canonical
    assert json.loads(one.canonical)["about"] == {"a": 1, "b": "字"}
