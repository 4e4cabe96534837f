"""What lessons keep of a child beside visits: told on asking, gone when it is time or erased."""

import json
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor
from quizapp.accounts.models import Pupil
from quizapp.core.ids import new_id
from quizapp.jobs.queue import Queue
from quizapp.lessons import jobs, queries, walks
from quizapp.lessons.models import Poll, Receipt, Vote, Walk
from quizapp.lessons.rules import LEAST
from quizapp.privacy import erasing
from quizapp.reports import rollups
from tests import stories
from tests.actions.test_walks import classmates
from tests.conftest import Visitor
from tests.town import NOON, Town

ClientAs = Callable[[Actor], Visitor]


def live(session: Session, town: Town, *pupils: Actor) -> None:
    """Let the pupils walk, vote in a poll that stays open, and send something late."""
    lesson = stories.lesson(session, "junior-drink", title="一杯饮料")
    poll = Poll(
        school_id=town.elm.id, id=new_id(), class_id=town.elm_7a.unit_id, position=0,
        text_id=queries.text(session, lesson).id, opened_by=town.ms_chen.id, opened_at=NOON,
        counts=[],
    )  # fmt: skip
    session.add(poll)
    session.flush()
    for pupil in pupils:
        walks.go(session, pupil, lesson, "11", now=NOON)
        walks.go(session, pupil, lesson, "1", now=NOON)
        key = {"school_id": town.elm.id, "pupil_id": pupil.id}
        session.add(Vote(**key, poll_id=poll.id, option=1))
        session.add(Receipt(**key, id=new_id(), at=NOON))
    session.commit()


def test_a_pupil_is_told_ways_votes_and_receipts(
    client_as: ClientAs, session: Session, town: Town
) -> None:
    live(session, town, town.lan)

    sections = json.loads(client_as(town.lan).get("/my-data/file").data)["sections"]
    told = {one["title"]: one["rows"] for one in sections}

    (way,) = told["Your ways through stories"]
    assert (way["lesson"], way["first"], way["way"]) == (
        "一杯饮料", "端起杯子 → 偷偷倒掉", "端起杯子",
    )  # fmt: skip
    (vote,) = told["Your votes in polls that are still open"]
    assert (vote["question"], vote["chosen"]) == ("你会先做什么？", "谢谢，不要")
    assert len(told["What you did without a connection and was sent later"]) == 1
    for section in sections:
        for row in section["rows"]:
            assert set(row) == set(section["words"])


def test_an_erased_child_votes_no_more_and_its_walk_still_counts(
    session: Session, town: Town
) -> None:
    others = classmates(session, town.elm_7a, LEAST - 2)
    live(session, town, town.lan, town.bo, *others)
    lesson = queries.lesson(session, "junior-drink")
    before = walks.tally(session, town.elm_7a, lesson, "zh")

    lan = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    erasing.erase(session, lan, by=SYSTEM, now=NOON)
    session.commit()

    left = {town.bo.id, *(other.id for other in others)}
    assert set(session.scalars(select(Vote.pupil_id))) == left
    assert set(session.scalars(select(Receipt.pupil_id))) == left
    assert walks.tally(session, town.elm_7a, lesson, "zh") == before
    assert before.counted == len(session.scalars(select(Walk)).all()) == LEAST
    assert rollups.differences(session) == []


def test_receipts_go_after_thirty_days(app: Flask, session: Session, town: Town) -> None:
    live(session, town, town.lan)
    left = []
    for days in (29, 31):
        with app.app_context():
            jobs.forget(NOON + timedelta(days=days))
        left.append(len(session.scalars(select(Receipt)).all()))
        session.rollback()
    queue: Queue = app.extensions["jobs"]

    assert left == [1, 0]
    names = {task.name for task in queue.huey._registry.periodic_tasks}  # type: ignore[attr-defined]
    assert "lessons.forget_receipts" in names
