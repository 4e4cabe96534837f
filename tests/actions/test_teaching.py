"""Polls and taught hours: what is kept, what is forgotten, and what counts."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quizapp.accounts import queries as accounts
from quizapp.audit.models import AuditEntry
from quizapp.core.clock import local_day
from quizapp.core.db import database
from quizapp.core.errors import Conflict, Invalid, Missing, NotAllowed
from quizapp.core.ids import new_id
from quizapp.lessons import hours, jobs, polls
from quizapp.lessons.classes import ClassLesson
from quizapp.lessons.hours import ClassHour
from quizapp.lessons.models import Lesson, Poll, TaughtHour, Vote
from quizapp.lessons.polls import LASTS, ClassPoll
from quizapp.lessons.rules import LEAST
from quizapp.orgs.models import SchoolClass
from tests import make, stories
from tests.actions.test_walks import classmates
from tests.town import NOON, Town

TODAY = date(2026, 11, 20)
LATER = NOON + timedelta(minutes=10)


@pytest.fixture
def lesson(session: Session, town: Town) -> Lesson:
    return stories.lesson(session, "junior-drink")


@pytest.fixture
def of(town: Town, lesson: Lesson) -> ClassLesson:
    return ClassLesson(town.elm_7a, lesson)


def test_who_voted_is_forgotten_when_the_poll_is_closed(
    session: Session, town: Town, of: ClassLesson
) -> None:
    poll = polls.start(session, of, 0, by=town.ms_chen, now=NOON)
    for number, pupil in enumerate(classmates(session, town.elm_7a, LEAST)):
        seat = accounts.own_enrolment(session, pupil)
        polls.vote(session, seat, poll.id, 0, now=NOON)
        polls.vote(session, seat, poll.id, int(number < 4), now=LATER)
    assert polls.votes(session, poll) == LEAST

    polls.close(session, ClassPoll(town.elm_7a, poll), by=town.ms_chen, now=LATER)
    polls.close(session, ClassPoll(town.elm_7a, poll), by=town.ms_chen, now=LATER)

    assert (poll.counts, poll.closed_at) == ([6, 4], LATER)
    assert session.scalars(select(Vote)).all() == []
    closed = session.scalars(select(AuditEntry).where(AuditEntry.event == "poll.closed")).all()
    assert [entry.details["votes"] for entry in closed] == [LEAST]


def test_of_few_votes_nothing_is_kept(session: Session, town: Town, of: ClassLesson) -> None:
    poll = polls.start(session, of, 0, by=town.ms_chen, now=NOON)
    for pupil in classmates(session, town.elm_7a, LEAST - 1):
        polls.vote(session, accounts.own_enrolment(session, pupil), poll.id, 1, now=NOON)

    polls.close(session, ClassPoll(town.elm_7a, poll), by=town.ms_chen, now=LATER)

    assert poll.counts == []
    assert session.scalars(select(Vote)).all() == []


def test_a_class_is_asked_one_thing_at_a_time(
    session: Session, town: Town, of: ClassLesson
) -> None:
    lan = accounts.own_enrolment(session, town.lan)
    first = polls.start(session, of, 0, by=town.ms_chen, now=NOON)
    polls.vote(session, lan, first.id, 0, now=NOON)
    second = polls.start(session, of, 0, by=town.ms_chen, now=LATER)
    other = ClassLesson(town.elm_7b, of.lesson)
    polls.start(session, other, 0, by=town.head_sun, now=LATER)

    assert (first.closed_at, first.counts) == (LATER, [])
    assert polls.open_in(session, lan.school_id, lan.class_id, now=LATER) is second
    with pytest.raises(Conflict):
        polls.vote(session, lan, first.id, 0, now=LATER)
    with pytest.raises(Missing):
        polls.vote(session, accounts.own_enrolment(session, town.mei), second.id, 0, now=LATER)
    with pytest.raises(Missing):
        polls.vote(session, accounts.own_enrolment(session, town.tao), second.id, 0, now=LATER)
    for option in (-1, 2):
        with pytest.raises(Invalid):
            polls.vote(session, lan, second.id, option, now=LATER)
    with pytest.raises(Missing):
        polls.start(session, of, 1, by=town.ms_chen, now=LATER)


def test_a_forgotten_poll_is_over_and_closed_by_the_clock(
    session: Session, town: Town, of: ClassLesson
) -> None:
    lan = accounts.own_enrolment(session, town.lan)
    poll = polls.start(session, of, 0, by=town.ms_chen, now=NOON)
    polls.vote(session, lan, poll.id, 0, now=NOON)
    session.commit()
    late = NOON + LASTS

    assert polls.open_in(session, lan.school_id, lan.class_id, now=late) is None
    with pytest.raises(Conflict):
        polls.vote(session, lan, poll.id, 1, now=late)
    session.commit()
    assert jobs.close_polls(NOON) == 0
    assert jobs.close_polls(late) == 1
    session.expire_all()
    assert session.scalars(select(Vote)).all() == []
    assert poll.closed_at == late


@pytest.mark.parametrize("hands", [[], [1], [1, 2, 3], [0, 0], [-1, 3], [1, 999]])
def test_hands_are_counted_for_each_answer(
    session: Session, town: Town, of: ClassLesson, hands: list[int]
) -> None:
    with pytest.raises(Invalid):
        polls.count_hands(session, of, 0, hands, by=town.ms_chen, now=NOON)


def test_counting_hands_closes_what_the_devices_were_asked(
    session: Session, town: Town, of: ClassLesson
) -> None:
    lan = accounts.own_enrolment(session, town.lan)
    asked = polls.start(session, of, 0, by=town.ms_chen, now=NOON)
    polls.vote(session, lan, asked.id, 0, now=NOON)

    polls.count_hands(session, of, 0, [3, 1], by=town.ms_chen, now=LATER)

    assert (asked.closed_at, asked.counts) == (LATER, [])
    assert polls.open_in(session, lan.school_id, lan.class_id, now=LATER) is None
    assert session.scalars(select(Vote)).all() == []


def test_the_database_keeps_one_open_poll_a_class(
    session: Session, town: Town, of: ClassLesson
) -> None:
    first = polls.start(session, of, 0, by=town.ms_chen, now=NOON)
    same = {
        "school_id": first.school_id, "class_id": first.class_id, "text_id": first.text_id,
        "position": 0, "opened_by": town.ms_chen.id, "opened_at": LATER, "counts": [],
    }  # fmt: skip
    session.add(Poll(id=new_id(), closed_at=LATER, **same))
    session.flush()

    session.add(Poll(id=new_id(), closed_at=None, **same))
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)  # SQLite has one writer.
def test_a_vote_that_waited_for_the_closing_comes_too_late(
    app: Flask, session: Session, town: Town, of: ClassLesson
) -> None:
    lan = accounts.own_enrolment(session, town.lan)
    poll = polls.start(session, of, 0, by=town.ms_chen, now=NOON)
    session.commit()

    def vote() -> None:
        with app.app_context(), database.sessionmaker() as other:
            seat = accounts.own_enrolment(other, town.lan)
            polls.vote(other, seat, poll_id, 0, now=LATER)
            other.commit()

    poll_id = poll.id
    polls.close(session, ClassPoll(town.elm_7a, poll), by=town.ms_chen, now=LATER)
    with ThreadPoolExecutor(1) as hand:
        waiting = hand.submit(vote)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.3)
        session.commit()
        with pytest.raises(Conflict):
            waiting.result(timeout=10)
    assert polls.votes(session, poll) == 0
    assert lan.class_id == poll.class_id


def test_counts_of_a_poll_go_after_30_days(session: Session, town: Town, of: ClassLesson) -> None:
    polls.count_hands(session, of, 0, [3, 1], by=town.ms_chen, now=NOON)
    going_on = polls.start(session, of, 0, by=town.ms_chen, now=LATER)
    session.commit()

    assert jobs.forget_polls(NOON + timedelta(days=30)) == 0
    assert jobs.forget_polls(NOON + timedelta(days=31)) == 1
    assert session.scalars(select(Poll)).all() == [going_on]


def note(
    session: Session, town: Town, of: SchoolClass, *, day: date = TODAY, minutes: int = 45,
    lesson: Lesson | None = None, subject: str | None = None, is_another: bool = True,
) -> TaughtHour:  # fmt: skip
    said = subject if subject is not None else "" if lesson else "校外讲座"
    return hours.note(
        session, of, day=day, minutes=minutes, lesson=lesson, subject=said, by=town.ms_chen,
        now=NOON, is_another=is_another,
    )  # fmt: skip


def test_hours_add_up_by_class_and_days_and_what_is_taken_back_does_not(
    session: Session, town: Town, lesson: Lesson
) -> None:
    note(session, town, town.elm_7a, lesson=lesson)
    note(session, town, town.elm_7a, day=date(2026, 9, 1), minutes=20)
    struck = note(session, town, town.elm_7a, day=date(2026, 10, 8), minutes=240)
    note(session, town, town.oak_7a, minutes=90)
    hours.strike(session, ClassHour(town.elm_7a, struck), by=town.ms_chen, now=NOON)
    classes = [town.elm_7a, town.elm_7b, town.oak_7a]

    year = hours.by_class(session, classes, first=date(2026, 9, 1), last=TODAY)
    november = hours.by_class(session, classes, first=date(2026, 11, 1), last=TODAY)

    assert [one.minutes for one in year] == [65, 0, 90]
    assert [one.minutes for one in november] == [45, 0, 90]
    assert [one.hours for one in november] == [1, 0, 2]
    assert [hours.classes_with(november, least) for least in (1, 2, 3)] == [2, 1, 0]
    assert [hours.schools_with(november, least) for least in (0, 1, 2)] == [2, 1, 1]
    assert [one.minutes for one in hours.by_term(session, town.elm_7a)] == [65, 0]


def test_an_hour_that_cannot_have_been_is_refused(
    session: Session, town: Town, lesson: Lesson
) -> None:
    assert local_day(NOON) == TODAY
    for day in (TODAY + timedelta(days=1), date(2026, 8, 31)):
        with pytest.raises(Invalid):
            note(session, town, town.elm_7a, day=day)
    with pytest.raises(Invalid):
        note(session, town, town.elm_7a, subject=" ")
    with pytest.raises(Invalid) as both:
        note(session, town, town.elm_7a, lesson=lesson, subject="校外讲座")
    assert both.value.fields == {"subject": "both"}
    note(session, town, town.elm_7a, lesson=lesson, is_another=False)
    note(session, town, town.elm_7b, lesson=lesson, is_another=False)
    with pytest.raises(Invalid) as twice:
        note(session, town, town.elm_7a, is_another=False)
    assert twice.value.fields == {"another": "there"}
    with pytest.raises(Conflict):
        note(session, town, town.elm_7a, lesson=lesson, minutes=40)
    note(session, town, town.elm_7a)
    assert [
        line.what for line in hours.of_class(session, town.elm_7a, reader=town.ms_chen, locale="zh")
    ] == ["校外讲座", "说不"]


def test_who_recorded_an_hour_or_the_office_takes_it_back(session: Session, town: Town) -> None:
    mine = ClassHour(town.elm_7a, note(session, town, town.elm_7a))
    other = ClassHour(town.elm_7a, note(session, town, town.elm_7a, subject="参观"))

    for stranger in (town.mr_wu, town.head_liu, town.officer_he):
        with pytest.raises(NotAllowed):
            hours.strike(session, mine, by=stranger, now=NOON)
    hours.strike(session, mine, by=town.ms_chen, now=NOON)
    hours.strike(session, other, by=town.head_sun, now=NOON)
    with pytest.raises(Conflict):
        hours.strike(session, mine, by=town.ms_chen, now=NOON)
    note(session, town, town.elm_7a)


def test_a_vote_goes_with_its_pupil(session: Session, town: Town, of: ClassLesson) -> None:
    child = make.pupil(session, town.elm_7a)
    poll = polls.start(session, of, 0, by=town.ms_chen, now=NOON)
    seat = accounts.enrolment(session, child.school_id, child.id)
    polls.vote(session, seat, poll.id, 0, now=NOON)
    session.delete(seat)
    session.delete(child)
    session.flush()

    assert polls.votes(session, poll) == 0
