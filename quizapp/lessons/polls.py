"""Polls of a class: raised hands or devices, counted and never named."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, undefer

from quizapp.access.policy import SYSTEM, Actor
from quizapp.accounts.models import Enrolment
from quizapp.audit.actions import record
from quizapp.core.clock import local_day, start_of
from quizapp.core.db import insert
from quizapp.core.errors import Conflict, Invalid, Missing
from quizapp.core.i18n import _, in_language
from quizapp.core.ids import new_id
from quizapp.lessons import queries
from quizapp.lessons.classes import ClassLesson
from quizapp.lessons.models import LessonText, Poll, Vote
from quizapp.lessons.rules import LEAST
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass

LASTS = timedelta(hours=2)  # A poll that was forgotten is over with the lesson.
MOST_HANDS = 200


@dataclass(frozen=True)
class ClassPoll:
    """A poll with the class that it asks."""

    school_class: SchoolClass
    poll: Poll

    @property
    def path(self) -> str:
        return self.school_class.path


@dataclass(frozen=True)
class Question:
    """What an open poll asks a pupil; `chosen` is the own vote, from 0, None before it."""

    id: UUID
    asks: str
    options: Sequence[str]
    lang: str
    chosen: int | None


def poll(session: Session, unit_id: UUID, poll_id: UUID) -> ClassPoll:
    """Return a poll of the class; Missing if it has no such one."""
    school_class = orgs.school_class(session, unit_id)
    found = session.get(Poll, (school_class.school_id, poll_id))
    if found is None or found.class_id != school_class.unit_id:
        raise Missing(_("There is no such poll."))
    return ClassPoll(school_class, found)


def open_in(
    session: Session, school_id: UUID | None, class_id: UUID, *, now: datetime
) -> Poll | None:
    """Return the poll that the class is asked now."""
    return session.scalar(
        select(Poll)
        .where(Poll.school_id == school_id, Poll.class_id == class_id)
        .where(Poll.closed_at.is_(None), Poll.opened_at > now - LASTS)
    )


def latest(
    session: Session, of: ClassLesson, text: LessonText, position: int, *, now: datetime
) -> Poll | None:
    """Return today's last poll of the class about this question, open or closed."""
    return session.scalar(
        select(Poll)
        .where(Poll.school_id == of.school_class.school_id)
        .where(Poll.class_id == of.school_class.unit_id)
        .where(Poll.text_id == text.id, Poll.position == position)
        .where(Poll.opened_at >= start_of(local_day(now)))
        .order_by(Poll.opened_at.desc(), Poll.id.desc())
        .limit(1)
    )


def votes(session: Session, of: Poll) -> int:
    """Return how many have voted; not how."""
    rows = select(func.count()).where(Vote.school_id == of.school_id, Vote.poll_id == of.id)
    return session.scalars(rows).one()


def question(session: Session, of: Poll, pupil_id: UUID, locale: str) -> Question:
    """Return what the poll asks this pupil."""
    text = session.get_one(LessonText, of.text_id, options=[undefer(LessonText.polls)])
    said = in_language({lang: {"polls": polls} for lang, polls in text.polls.items()}, locale)
    asked = said["polls"][of.position]
    mine = session.get(Vote, (of.school_id, of.id, pupil_id))
    return Question(
        of.id, asked["asks"], asked["options"], said["lang"], mine.option if mine else None
    )


def start(session: Session, of: ClassLesson, position: int, *, by: Actor, now: datetime) -> Poll:
    """Ask the devices of the class; a poll that was open before is closed.

    Missing: the lesson has no such poll.
    """
    made = _new(session, of, position, by=by, now=now)
    _close_open(session, of.school_class, now=now)
    session.add(made)
    session.flush()
    record(session, "poll.opened", by=by, now=now, path=of.path, poll=made.id)
    return made


def count_hands(
    session: Session,
    of: ClassLesson,
    position: int,
    hands: Sequence[int],
    *,
    by: Actor,
    now: datetime,
) -> Poll:
    """Keep how many hands were raised for each option; a poll that was open is closed.

    Missing: the lesson has no such poll. Invalid: not a number for each option, or none at all.
    """
    made = _new(session, of, position, by=by, now=now)
    options = _asked(queries.text(session, of.lesson), position)["options"]
    if len(hands) != len(options) or not all(0 <= n <= MOST_HANDS for n in hands):
        raise Invalid(_("Write a number of hands for each answer, 0 where none was raised."))
    if not any(hands):
        raise Invalid(_("Nobody has raised a hand yet."))
    _close_open(session, of.school_class, now=now)
    made.closed_at, made.counts = now, list(hands)
    session.add(made)
    session.flush()
    record(session, "poll.counted", by=by, now=now, path=of.path, poll=made.id)
    return made


def vote(session: Session, seat: Enrolment, poll_id: UUID, option: int, *, now: datetime) -> Vote:
    """Keep what the pupil says; until the poll is closed it may be said anew.

    Missing: the class is asked no such poll. Invalid: it has no such answer. Conflict: it is over.
    """
    # Shared: voters do not wait for one another, only for the poll being closed.
    found = session.get(
        Poll, (seat.school_id, poll_id), with_for_update={"read": True}, populate_existing=True
    )
    if found is None or found.class_id != seat.class_id:
        raise Missing(_("There is no such poll."))
    if found.closed_at or found.opened_at <= now - LASTS:
        raise Conflict(_("This poll is over. Look at the board."))
    text = session.get_one(LessonText, found.text_id, options=[undefer(LessonText.polls)])
    if not 0 <= option < len(_asked(text, found.position)["options"]):
        raise Invalid(_("Choose an answer first."))
    key = {"school_id": seat.school_id, "poll_id": found.id, "pupil_id": seat.pupil_id}
    session.execute(
        insert(session, Vote)
        .values(**key, option=option)
        .on_conflict_do_update(index_elements=list(key), set_={"option": option})
    )
    return session.get_one(Vote, key, populate_existing=True)


def close(session: Session, of: ClassPoll, *, by: Actor, now: datetime) -> None:
    """Count the votes and forget who gave them; closing twice is once."""
    session.refresh(of.poll, with_for_update=True)
    if of.poll.closed_at:
        return
    counted = _close(session, of.poll, now=now)
    session.flush()
    record(session, "poll.closed", by=by, now=now, path=of.path, poll=of.poll.id, votes=counted)


def close_forgotten(session: Session, *, now: datetime) -> int:
    """Close the polls that nobody has closed after their lesson; return how many."""
    rows = select(Poll).where(Poll.closed_at.is_(None), Poll.opened_at <= now - LASTS)
    forgotten = session.scalars(rows.with_for_update()).all()
    for one in forgotten:
        path = orgs.school_class(session, one.class_id).path
        counted = _close(session, one, now=now)
        record(session, "poll.closed", by=SYSTEM, now=now, path=path, poll=one.id, votes=counted)
    session.flush()
    return len(forgotten)


def _new(session: Session, of: ClassLesson, position: int, *, by: Actor, now: datetime) -> Poll:
    text = queries.text(session, of.lesson)
    _asked(text, position)
    return Poll(
        school_id=of.school_class.school_id,
        id=new_id(),
        class_id=of.school_class.unit_id,
        text_id=text.id,
        position=position,
        opened_by=by.id,
        opened_at=now,
        counts=[],
    )


def _asked(text: LessonText, position: int) -> dict[str, Any]:
    """Return a poll of a text in Chinese, which every text has; Missing if there is none."""
    polls: list[dict[str, Any]] = text.polls["zh"]
    if not 0 <= position < len(polls):
        raise Missing(_("There is no such poll."))
    return polls[position]


def _close_open(session: Session, of: SchoolClass, *, now: datetime) -> None:
    """Close what the class is asked now, so that the next thing can be."""
    rows = (
        select(Poll)
        .where(Poll.school_id == of.school_id, Poll.class_id == of.unit_id)
        .where(Poll.closed_at.is_(None))
    )
    for before in session.scalars(rows.with_for_update()).all():
        _close(session, before, now=now)
    session.flush()


def _close(session: Session, of: Poll, *, now: datetime) -> int:
    """Close the poll and return how many had voted; how they had is kept from LEAST votes on.

    Fewer would tell what single children said, whom everybody in the room knows.
    """
    mine = (Vote.school_id == of.school_id) & (Vote.poll_id == of.id)
    cast = Counter(session.scalars(select(Vote.option).where(mine)))
    session.execute(delete(Vote).where(mine))
    text = session.get_one(LessonText, of.text_id, options=[undefer(LessonText.polls)])
    options = range(len(_asked(text, of.position)["options"]))
    of.closed_at = now
    of.counts = [cast[option] for option in options] if cast.total() >= LEAST else []
    return cast.total()
