"""Who looked at a child, out of the log of a whole city."""

from typing import Any

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts.models import Pupil
from quizapp.audit.actions import record
from quizapp.core.clock import now
from quizapp.core.db import database
from quizapp.privacy.looks import looks_at
from tests.town import Town


def looked(session: Session, by: Actor, path: str, page: str, *, one: Actor | None = None) -> None:
    about = {"pupil": one.id} if one else {}
    record(session, "pupil.seen", by=by, now=now(), path=path, page=page, pupils=1, **about)


def test_what_was_of_another_child_class_or_school_is_left_out(
    session: Session, town: Town
) -> None:
    looked(session, town.ms_chen, town.elm_7a.path, "classes.show")
    looked(session, town.head_sun, town.elm.path, "pupils.index")
    looked(session, town.head_sun, town.elm_7a.path, "pupils.show", one=town.lan)
    looked(session, town.head_sun, town.elm_7a.path, "pupils.show", one=town.bo)
    looked(session, town.head_sun, town.elm_7b.path, "classes.show")
    looked(session, town.mr_wu, town.oak_7a.path, "classes.show")
    session.commit()

    found = looks_at(session, session.get_one(Pupil, (town.lan.school_id, town.lan.id)))

    assert sorted((look.role, look.why, look.times) for look in found) == [
        ("school_admin", "Finding a pupil", 1),
        ("school_admin", "Looking after a pupil", 1),
        ("teacher", "Looking after the class", 1),
    ]


def test_looks_are_found_by_their_place_and_not_by_walking_the_log(
    session: Session, town: Town
) -> None:
    looked(session, town.ms_chen, town.elm_7a.path, "classes.show")
    session.commit()
    child, asked = session.get_one(Pupil, (town.lan.school_id, town.lan.id)), []

    @event.listens_for(database.engine, "before_cursor_execute")
    def keep(_conn: object, _cursor: object, statement: str, given: Any, *_more: object) -> None:
        asked.append((statement, given))

    looks_at(session, child)
    event.remove(database.engine, "before_cursor_execute", keep)

    of_the_log = [one for one in asked if "FROM audit_entry" in one[0]]
    assert len(of_the_log) == 2  # The class and the school.
    is_sqlite = database.engine.dialect.name == "sqlite"
    if not is_sqlite:  # In a log of one line walking is cheapest.
        session.execute(text("SET enable_seqscan = off"))
    how = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
    for statement, given in of_the_log:
        plan = session.connection().exec_driver_sql(f"{how} {statement}", given).all()
        assert "ix_audit_entry_path" in str(plan)
