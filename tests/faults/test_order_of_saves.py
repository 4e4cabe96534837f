"""Saves in any order, repeated, late, after the end: the database is as a simple model says."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from quizapp.accounts import queries as accounts
from quizapp.bank.asked import Asked
from quizapp.bank.models import Revision
from quizapp.core.errors import DomainError
from quizapp.quizzes import papers, queries, sittings, timing
from quizapp.quizzes.models import Quiz, Sitting
from quizapp.quizzes.sittings import Given
from tests import make
from tests.conftest import Databases
from tests.faults.client import DEVICE
from tests.town import NOON, Town

ITEMS, POINTS = 3, 5
OVER = timing.GRACE + timedelta(seconds=1)  # So long after the deadline nothing is taken.
Row = tuple[int, list[str], bool]  # Seq, letters, whether it came after the deadline.


@dataclass(frozen=True)
class Again:
    """A call that was made before comes once more, or one from another tab."""

    number: int


@dataclass(frozen=True)
class Wait:
    """Time passes, until so long after the deadline."""

    until: timedelta


@dataclass(frozen=True)
class HandIn:
    pass


@dataclass
class Model:
    """What should be in the database, and what should be told."""

    deadline: datetime
    rows: dict[int, Row] = field(default_factory=dict)
    closed: bool = False
    in_time: bool = True  # Whether it was handed in before the grace was over.

    def save(self, call: list[Given], now: datetime) -> str | dict[int, int]:
        """Return the code of the refusal, or the seq that stands at each position of the call."""
        if self.closed:  # Whose time ran out is told so, whoever closed it.
            return "finished" if self.in_time else "late"
        if now > self.deadline + timing.GRACE:
            return "late"
        for one in call:
            assert one.seq is not None
            if one.position not in self.rows or one.seq > self.rows[one.position][0]:
                self.rows[one.position] = one.seq, list(one.sent), now > self.deadline
        return {one.position: self.rows[one.position][0] for one in call}


choices = st.builds(
    Given, st.integers(1, ITEMS), st.sampled_from("abc").map(lambda x: [x]), st.integers(1, 6)
)
calls = st.lists(choices, min_size=1, max_size=3, unique_by=lambda c: (c.position, c.seq))
waits = st.sampled_from([timedelta(0), timing.GRACE, OVER]).map(Wait)
# Most steps save: a sitting that ends at once shows little.
steps = st.lists(
    st.one_of(calls, calls, st.builds(Again, st.integers(0, 5)), waits, st.builds(HandIn)),
    min_size=2,
    max_size=8,
)


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    return Databases(tmp_path_factory.mktemp("order"), None)


@pytest.fixture
def quiz(session: Session, town: Town) -> Quiz:
    made = make.quiz(session, town.city, now=NOON, items=ITEMS)
    session.commit()
    return made


def begin(session: Session, town: Town, quiz: Quiz) -> Sitting:
    seat = accounts.own_enrolment(session, town.lan)
    return sittings.start(session, quiz, seat, by=town.lan, device=DEVICE, now=NOON).sitting


def told(session: Session, sitting: Sitting, call: list[Given], now: datetime) -> Any:
    try:
        return dict(sittings.save(session, sitting, call, now=now).seqs)
    except DomainError as refused:
        return refused.code


def stands(session: Session, sitting: Sitting) -> dict[int, Row]:
    """Read afresh what was saved; an item that scoring has filled in is left out."""
    session.expire_all()
    answers = queries.answers(session, sitting)
    return {
        item.position: (item.seq, list(item.chosen), answers[item.position].late)
        for item in papers.paper(session, sitting, "en")
        if item.seq
    }


def expected_score(session: Session, sitting: Sitting, model: Model) -> int:
    right = 0
    for position, (_seq, letters, _late) in model.rows.items():
        revision_id, seed = sitting.items[position - 1]
        asked = Asked(session.get_one(Revision, revision_id), seed)
        right += letters == asked.sent(asked.key)
    return right * POINTS


def result(sitting: Sitting) -> tuple[Any, ...]:
    return sitting.receipt, sitting.score, sitting.finished, sitting.finished_at, sitting.closed_by


@given(steps=steps)
@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # Each example is rolled back.
)
def test_the_highest_seq_wins_and_nothing_changes_after_the_end(
    session: Session,
    town: Town,
    quiz: Quiz,
    steps: list[list[Given] | Again | Wait | HandIn],
) -> None:
    session.rollback()  # Whatever the example before has left.
    sitting = begin(session, town, quiz)
    model, at = Model(sitting.deadline), NOON
    made: list[list[Given]] = [[Given(1, ["a"], seq=1)]]
    final: tuple[Any, ...] | None = None

    for step in steps:
        match step:
            case Wait(until):
                at = max(at, model.deadline + until)
            case HandIn():
                if not model.closed:
                    model.in_time = at <= model.deadline + timing.GRACE
                model.closed = True
                done = sittings.submit(session, sitting, now=at)
                final = final or result(done)
                assert done.score == expected_score(session, sitting, model)
            case _:
                call = step if isinstance(step, list) else made[step.number % len(made)]
                made.append(call)
                assert told(session, sitting, call, at) == model.save(call, at)

        assert stands(session, sitting) == model.rows
        assert final is None or result(sitting) == final
