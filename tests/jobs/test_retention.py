"""What is kept goes when its time is over: tested with the clock moved on."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM
from quizapp.accounts.models import (
    BackOff,
    Card,
    Consent,
    Enrolment,
    Leaving,
    Pupil,
    PupilSignIn,
    StaffSignIn,
)
from quizapp.audit import chain
from quizapp.audit.actions import record
from quizapp.audit.models import AuditEntry, AuditLink
from quizapp.core.clock import local_day
from quizapp.core.db import Model
from quizapp.jobs.queue import Queue
from quizapp.lessons import queries as lessons
from quizapp.lessons.models import CheckpointAnswer, Visit, Walk
from quizapp.orgs.models import SchoolClass
from quizapp.privacy import consent, jobs
from quizapp.quizzes.models import Sitting
from quizapp.reports import rollups
from quizapp.rosters import changes
from quizapp.rosters.journal import Journal
from quizapp.rosters.models import ChangeKind, RosterChange
from tests import make
from tests.pages import given
from tests.town import NOON, YEAR, Town

KEY = "a" * 40
DAY = timedelta(days=1)


def count(session: Session, table: type[Model]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def signed_in(session: Session, town: Town, *, ended: datetime | None, expires: datetime) -> None:
    told = {"started_at": NOON, "expires_at": expires, "ended_at": ended, "device_id": "d" * 22}
    mark = f"{count(session, PupilSignIn):064d}"
    session.add(PupilSignIn(school_id=town.elm.id, pupil_id=town.lan.id, token_hash=mark, **told))
    session.add(StaffSignIn(person_id=town.ms_chen.id, token_hash=mark, **told))
    session.flush()


def card(session: Session, town: Town, *, used: datetime | None, expires: datetime) -> None:
    mark = f"{count(session, Card):064d}"
    session.add(
        Card(
            school_id=town.elm.id, pupil_id=town.lan.id, token_hash=mark, code_hash=mark,
            issued_by=town.ms_chen.id, issued_at=NOON, expires_at=expires, used_at=used,
        )
    )  # fmt: skip
    session.flush()


def test_sign_ins_and_cards_go_after_their_days(app: Flask, session: Session, town: Town) -> None:
    signed_in(session, town, ended=NOON, expires=NOON + DAY)
    signed_in(session, town, ended=None, expires=NOON + DAY)
    signed_in(session, town, ended=None, expires=NOON + 400 * DAY)
    card(session, town, used=NOON, expires=NOON + 14 * DAY)
    card(session, town, used=None, expires=NOON + 14 * DAY)
    session.add(BackOff(account="x", failures=3, last_at=NOON))
    session.commit()
    left = []
    with app.app_context():
        for day in (0, 180, 182, 195):
            jobs.retain(NOON + day * DAY)
            session.rollback()
            tables = (PupilSignIn, StaffSignIn, Card, BackOff)
            left.append(tuple(count(session, table) for table in tables))
            session.rollback()

    assert left == [(3, 3, 2, 1), (3, 3, 2, 0), (1, 1, 1, 0), (1, 1, 0, 0)]


@pytest.mark.parametrize(
    ("left_on", "on", "is_erased"),
    [
        (date(2026, 11, 20), datetime(2028, 8, 31, 12, tzinfo=UTC), False),
        (date(2026, 11, 20), datetime(2028, 9, 1, 12, tzinfo=UTC), True),
        (date(2027, 8, 31), datetime(2028, 9, 1, 12, tzinfo=UTC), True),
        (date(2027, 9, 1), datetime(2028, 9, 1, 12, tzinfo=UTC), False),
    ],
)
def test_who_left_is_erased_a_year_after_the_school_year(
    app: Flask, session: Session, town: Town, left_on: date, on: datetime, is_erased: bool
) -> None:
    quiz = make.quiz(session, town.city, now=NOON)
    given.finish(session, quiz, town.lan, right=2, at=NOON)
    place = session.scalars(select(Enrolment).where(Enrolment.pupil_id == town.lan.id)).one()
    place.until_on, place.until_why = left_on, Leaving.LEFT
    session.commit()

    with app.app_context():
        jobs.retain(on)
        jobs.retain(on)

    session.rollback()
    lan = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    assert (lan.name, lan.erased_at) == (("", on) if is_erased else ("林兰", None))
    assert rollups.differences(session) == []


def test_old_answers_are_parted_from_who_is_still_there(
    app: Flask, session: Session, town: Town
) -> None:
    later = NOON + 365 * DAY
    old, young = (make.quiz(session, town.city, now=at, attempts=2) for at in (NOON, later))
    for right in (1, 2):
        given.finish(session, old, town.lan, right=right, at=NOON)
    given.finish(session, young, town.lan, right=3, at=later)
    for number, at in enumerate((NOON, later)):
        read = given.lesson(session, f"lesson-{number}", title="说不")
        given.visit(session, town.lan, read, at=at, finished=True)
        session.flush()
        asked = make.said(session, "junior-q1")
        session.add(
            CheckpointAnswer(
                school_id=town.lan.school_id, pupil_id=town.lan.id, lesson_id=read.id,
                question_id=asked.question_id, revision_id=asked.id, choice="0", right=True,
                tries=1, first_right=True, at=at,
            )
        )  # fmt: skip
        session.add(
            Walk(
                school_id=town.lan.school_id, pupil_id=town.lan.id, lesson_id=read.id,
                text_id=lessons.text(session, read).id, class_id=town.elm_7a.unit_id, path="0",
            )
        )  # fmt: skip
    session.flush()
    rollups.rebuild(session, by=SYSTEM)
    session.commit()
    left = []
    with app.app_context():
        for on in (datetime(2028, 8, 31, 12, tzinfo=UTC), datetime(2028, 9, 1, 12, tzinfo=UTC)):
            for _twice in range(2):
                jobs.retain(on)
            session.rollback()
            facts = (Sitting, Visit, CheckpointAnswer, Walk)
            mine = [select(func.count()).where(t.pupil_id == town.lan.id) for t in facts]
            left.append([session.scalar(rows) for rows in mine])
            assert [count(session, table) for table in facts] == [3, 2, 2, 2]
            assert rollups.differences(session) == []
            session.rollback()

    assert left == [[3, 2, 2, 2], [1, 1, 1, 1]]
    nobody = session.scalars(select(Pupil).where(Pupil.erased_at.is_not(None))).one()
    gone = session.scalars(select(Sitting).where(Sitting.pupil_id == nobody.id)).all()
    assert {(one.quiz_id, one.device_id, one.receipt) for one in gone} == {(old.id, "", "")}
    assert (nobody.name, nobody.number, nobody.pinyin) == ("", None, "")
    assert nobody.child_id != session.get_one(Pupil, (town.lan.school_id, town.lan.id)).child_id
    known = {str(entry.about.get("sitting")) for entry in session.scalars(select(AuditEntry))}
    times = {entry.at for entry in session.scalars(select(AuditEntry))}
    for one in gone:
        assert str(one.id) not in known
        assert not {one.started_at, one.finished_at, one.deadline} & times
        assert local_day(one.started_at) == local_day(NOON)
    told = session.scalars(select(AuditEntry).where(AuditEntry.event == "data.parted")).all()
    assert [entry.about["pupils"] for entry in told] == [1]


def test_who_went_to_another_school_of_the_city_has_not_left(
    app: Flask, session: Session, town: Town
) -> None:
    lan = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    there = make.pupil(session, town.oak_7a, name="林兰", login="lan-too")
    there.child_id = lan.child_id
    place = session.scalars(select(Enrolment).where(Enrolment.pupil_id == lan.id)).one()
    place.until_on, place.until_why = date(2026, 11, 20), Leaving.TRANSFERRED
    session.commit()

    with app.app_context():
        jobs.retain(datetime(2035, 1, 1, tzinfo=UTC))

    session.rollback()
    assert session.scalar(select(func.count()).where(Pupil.erased_at.is_not(None))) == 0


def test_the_log_is_cut_after_its_years_and_stays_a_chain(
    app: Flask, session: Session, town: Town
) -> None:
    for days in (0, 10, 1090, 1100):
        record(session, "card.issued", by=SYSTEM, now=NOON + days * DAY, cards=days)
    session.commit()

    with app.app_context():
        jobs.retain(NOON + 1101 * DAY)
        jobs.link()

    session.rollback()
    told = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    kept = [entry.about["cards"] for entry in told if entry.event == "card.issued"]
    assert kept == [10, 1090, 1100]
    assert chain.CUT in [entry.event for entry in told]
    assert count(session, AuditLink) == len(told)
    assert chain.faults(session, KEY) == []


def test_the_way_back_of_old_changes_is_forgotten(app: Flask, session: Session, town: Town) -> None:
    journal = Journal(session)
    journal.change(Pupil, [{"school_id": town.elm.id, "id": town.lan.id, "number": "1"}])
    change = changes.keep(
        session, town.elm, ChangeKind.EDIT, journal, {"changed": 1}, by=town.head_sun, now=NOON
    )
    session.commit()
    key = (change.school_id, change.id)
    left = []
    with app.app_context():
        for days in (29, 31):
            jobs.retain(NOON + days * DAY)
            session.rollback()
            session.expire_all()
            left.append(session.get_one(RosterChange, key).steps is None)
            session.rollback()

    assert left == [False, True]


def test_pupils_come_of_age_with_their_grade(app: Flask, session: Session, town: Town) -> None:
    session.get_one(SchoolClass, town.elm_7a.unit_id).grade = 9
    words = {town.lan: Consent.NONE, town.bo: Consent.GIVEN, town.hua: Consent.REFUSED}
    for child, word in words.items():
        session.get_one(Pupil, (child.school_id, child.id)).consent = word
    session.commit()

    with app.app_context():
        jobs.retain(NOON)

    session.rollback()
    session.expire_all()
    told = {pupil.login: pupil.consent for pupil in session.scalars(select(Pupil))}
    assert told == {
        "lan": Consent.OF_AGE, "bo": Consent.OF_AGE, "hua": Consent.REFUSED,
        "tao": Consent.NONE, "mei": Consent.NONE,
    }  # fmt: skip
    assert consent.come_of_age(session, school_year=YEAR) == 0


def test_both_jobs_run_by_the_clock(app: Flask) -> None:
    queue: Queue = app.extensions["jobs"]
    names = {task.name for task in queue.huey._registry.periodic_tasks}  # type: ignore[attr-defined]

    assert {"audit.link", "privacy.retain"} <= names
