"""The life of one sitting as Hypothesis plays it, held against a model after every step.

The model is small: the highest seq wins, nothing is taken after the end, what came after the
deadline is marked, there is one score. Two may want something at once: then one waits for the
other, and the database must be as if the first had been done before the second had begun.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from flask import Flask
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import bindparam, delete, func, select, text, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import queries as accounts
from quizapp.accounts.signin import Claim
from quizapp.audit.models import AuditEntry
from quizapp.bank import marking
from quizapp.bank.rules import Kind
from quizapp.core.db import database, transaction
from quizapp.core.errors import DomainError
from quizapp.quizzes import papers, queries, saving, sittings, timing
from quizapp.quizzes.models import Answer, ClosedBy, Quiz, Sitting, SittingState, Turnout
from quizapp.quizzes.sittings import Given
from tests.faults.breaks import Broken, cut, stepping
from tests.faults.client import DEVICE, PATIENCE
from tests.town import NOON

ITEMS, POINTS, LETTERS = 3, 5, "abc"
ANSWERS = select(Answer.position, Answer.seq, Answer.choice, Answer.late, Answer.right).where(
    Answer.sitting_id == bindparam("id")
)
SITTING = select(
    Sitting.state, Sitting.closed_by, Sitting.receipt, Sitting.deadline, Sitting.score,
    Sitting.finished_at, select(func.sum(Turnout.opened)).scalar_subquery(),
).where(Sitting.id == bindparam("id"))  # fmt: skip
WAIT = 0.03  # Seconds until a call that is not done must be waiting for another.
OFF = [timedelta(0), timedelta(hours=2), timedelta(hours=-2)]  # Of the pupil's clock.
# After the deadline: not late yet, late, late for the last time, too late.
MOMENTS = [timedelta(0), timedelta(seconds=1), timing.GRACE, timing.GRACE * 2]
LATER = [None, None, None, timedelta(seconds=1)]
Row = tuple[int, str, bool]  # Seq, choice as it is kept, whether it came after the deadline.
Save = Callable[..., Any]
# What tests.make writes into its questions, by the number of the option; the longest first.
OPTIONS = [(3, "right too"), (0, "right"), (1, "wrong a"), (2, "wrong b")]
Chosen = list[tuple[int, str]]  # Positions and letters; of two for one item the later counts.
CHOSEN = st.lists(
    st.tuples(st.integers(1, ITEMS), st.sampled_from(LETTERS)), min_size=1, max_size=3
)
Told = str | dict[int, int]  # The code of a refusal, or the seq that stands at each position.


@dataclass(frozen=True)
class World:
    """Where it is played: the site, a quiz with one attempt, a pupil, and the save to be tried.

    With a `claim` saves go the short way first, as by the API.
    """

    app: Flask
    quiz_id: UUID
    pupil: Actor
    save: Save
    claim: Claim | None = None


@dataclass
class Model:
    """What should be in the database, and what should be told."""

    deadline: datetime
    kept: Mapping[tuple[int, str], str]  # The word under which a letter of an item is kept.
    rows: dict[int, Row] = field(default_factory=dict)
    closed_by: ClosedBy | None = None

    def save(self, call: Sequence[Given], now: datetime) -> Told:
        if self.closed_by:
            return "late" if self.closed_by is ClosedBy.BELL else "finished"
        if now > self.deadline + timing.GRACE:
            return "late"
        for one in call:
            assert one.seq is not None
            if one.position not in self.rows or one.seq > self.rows[one.position][0]:
                word = self.kept[one.position, one.sent[0]]
                self.rows[one.position] = one.seq, word, now > self.deadline
        return {one.position: self.rows[one.position][0] for one in call}

    def submit(self, now: datetime) -> None:
        in_time = now <= self.deadline + timing.GRACE
        self.closed_by = self.closed_by or (ClosedBy.PUPIL if in_time else ClosedBy.BELL)

    def sweep(self, now: datetime) -> None:
        if now > self.deadline + timing.GRACE:
            self.closed_by = self.closed_by or ClosedBy.BELL


class Life(RuleBasedStateMachine):
    """One sitting, from its start on."""

    world: ClassVar[World]

    def __init__(self) -> None:
        super().__init__()
        self.at, self.seq = NOON, 0
        self.calls: list[list[Given]] = []
        self.final: tuple[Any, ...] | None = None
        with self.world.app.app_context(), transaction() as session:
            for table in (Answer, Sitting, Turnout, AuditEntry):
                session.execute(delete(table))
        begun = self._start()
        assert isinstance(begun, Sitting)
        self.key = begun.school_id, begun.id
        self.receipt = begun.receipt
        self.kept: dict[tuple[int, str], str] = {}
        self.right: set[tuple[int, str]] = set()
        self._learn_the_form()
        self.model = Model(begun.deadline, self.kept)

    # What may happen

    @rule(chosen=CHOSEN, newest_first=st.booleans(), off=st.sampled_from(OFF), now=st.booleans())
    def choose(self, chosen: Chosen, newest_first: bool, off: timedelta, now: bool) -> None:
        """Choose some; sent now, or kept for `send_one_of_before` while there is no network."""
        call = self._write(chosen, off)
        if newest_first:
            call.reverse()
        if now:
            self._deliver(call)

    @rule(chosen=CHOSEN, again=st.none() | st.integers(0, 5), after=st.sampled_from(LATER))
    def choose_and_save(self, chosen: Chosen, again: int | None, after: timedelta | None) -> None:
        """Choose, perhaps after the deadline; then a call of before may arrive once more."""
        if after is not None:
            self.at = max(self.at, self.model.deadline + after)
        self._deliver(self._write(chosen, timedelta(0)))
        if again is not None:
            self._deliver(self.calls[again % len(self.calls)])

    @precondition(lambda self: self.calls)
    @rule(number=st.integers(0, 30))
    def send_one_of_before(self, number: int) -> None:
        self._deliver(self.calls[number % len(self.calls)])

    @precondition(lambda self: self.calls)
    @rule(number=st.integers(0, 30), at=st.integers(1, 12))
    def be_cut_off_in_a_save(self, number: int, at: int) -> None:
        call = self.calls[number % len(self.calls)]
        before = self._stands()
        with stepping(database.engine, at, cut) as counting, suppress(Broken):
            self._told(call)
        if self._stands() != before or counting.seen < at:
            self.model.save(call, self.at)  # The commit was over: only the reply is lost.

    @rule(at=st.none() | st.integers(1, 25))
    def hand_in(self, at: int | None) -> None:
        """Hand in; perhaps cut off before the statement with this number."""
        before = self._stands()
        with stepping(database.engine, at or 0, cut) as counting, suppress(Broken):
            self._submit()
        if self._stands() != before or not at or counting.seen < at:
            self.model.submit(self.at)

    @rule()
    def start_again(self) -> None:
        again = self._start()
        over = self.model.closed_by or self.at > self.model.deadline + timing.GRACE
        assert again == "attempts_used" if over else again.id == self.key[1]

    @rule()
    def sweep(self) -> None:
        self.model.sweep(self.at)
        with self.world.app.app_context():
            before = self.at - timing.GRACE
            for sitting in queries.overdue(database.session, before=before, most=10):
                with transaction() as session:
                    sittings.close(session, sitting, by=ClosedBy.BELL, now=self.at)

    @rule(until=st.none() | st.sampled_from(MOMENTS))
    def wait(self, until: timedelta | None) -> None:
        """Wait a second, or until so long after the deadline."""
        if until is None:
            self.at += timedelta(seconds=1)
        else:
            self.at = max(self.at, self.model.deadline + until)

    @precondition(lambda self: not self.model.closed_by)
    @rule(minutes=st.integers(1, 3))
    def be_given_more_time(self, minutes: int) -> None:
        self.model.deadline += timedelta(minutes=minutes)
        with self.world.app.app_context(), transaction() as session:
            session.execute(update(Sitting).values(deadline=self.model.deadline))

    @precondition(lambda self: not self.model.closed_by)
    @rule(chosen=CHOSEN)
    def save_while_being_handed_in(self, chosen: Chosen) -> None:
        call = self._write(chosen, timedelta(0))
        self.model.submit(self.at)
        expected = self.model.save(call, self.at)

        told = self._while_uncommitted(self._hand_in_by, lambda: self._told(call))

        assert told == expected

    @precondition(lambda self: not self.model.closed_by)
    @rule(chosen=CHOSEN)
    def hand_in_while_a_save_is_written(self, chosen: Chosen) -> None:
        call = self._write(chosen, timedelta(0))
        if isinstance(self.model.save(call, self.at), str):
            return
        self.model.submit(self.at)

        self._while_uncommitted(lambda session: self._save_by(session, call), self._submit)

    # What must hold

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        rows, (state, closed_by, receipt, deadline, score, _at, opened, unmarked) = result = (
            self._stands()
        )
        closed = self.model.closed_by is not None
        assert rows == self.model.rows
        assert (closed_by, receipt) == (self.model.closed_by, self.receipt)
        assert (state, deadline) == (
            SittingState.FINISHED if closed else SittingState.OPEN, self.model.deadline
        )  # fmt: skip
        assert score == (self._expected_score() if closed else None)
        assert (opened, unmarked) == (1, 0 if closed else len(rows))
        self.final = self.final or (result if closed else None)
        assert self.final in (None, result)

    # How it is done

    def _write(self, chosen: Chosen, off: timedelta) -> list[Given]:
        """Let the page make a call: it is sent now, or later, or more than once."""
        call = []
        for place, letter in chosen:
            self.seq += 1
            call.append(Given(place, [letter], seq=self.seq, said_at=self.at + off))
        self.calls.append(call)
        return call

    def _deliver(self, call: list[Given]) -> None:
        expected = self.model.save(call, self.at)
        assert self._told(call) == expected

    def _start(self) -> Any:
        with self.world.app.app_context():
            try:
                with transaction() as session:
                    quiz = session.get_one(Quiz, self.world.quiz_id)
                    seat = accounts.own_enrolment(session, self.world.pupil)
                    return sittings.start(
                        session, quiz, seat, by=self.world.pupil, device=DEVICE, now=self.at
                    ).sitting
            except DomainError as refused:
                return refused.code

    def _told(self, call: list[Given]) -> Told:
        with self.world.app.app_context():
            try:
                claim = self.world.claim
                if claim and (saved := saving.save(self.key[1], claim, call, now=self.at)):
                    return dict(saved.seqs)
                with transaction() as session:
                    return self._save_by(session, call)
            except DomainError as refused:
                return refused.code

    def _submit(self) -> None:
        with self.world.app.app_context(), transaction() as session:
            self._hand_in_by(session)

    def _save_by(self, session: Session, call: list[Given]) -> dict[int, int]:
        sitting = session.get_one(Sitting, self.key)
        return dict(self.world.save(session, sitting, call, now=self.at).seqs)

    def _hand_in_by(self, session: Session) -> None:
        sittings.submit(session, session.get_one(Sitting, self.key), now=self.at)

    def _while_uncommitted(
        self, first: Callable[[Session], object], second: Callable[[], object]
    ) -> object:
        """Do the first, begin the second, and only then commit the first; return the second's."""
        result: list[object] = []

        def do() -> None:
            try:
                result.append(second())
            except Exception as error:
                result.append(error)

        behind = threading.Thread(target=do)
        with self.world.app.app_context():
            with transaction() as session:
                first(session)
                behind.start()
                self._let_it_wait(session, behind)
            behind.join(PATIENCE)
        (told,) = result
        assert not isinstance(told, Exception), told
        return told

    def _let_it_wait(self, session: Session, behind: threading.Thread) -> None:
        """Return when the other call waits for ours, or is done."""
        ends = time.monotonic() + WAIT
        knows = session.get_bind().dialect.name == "postgresql"
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while behind.is_alive() and time.monotonic() < ends:
            if knows and session.scalar(waiting):
                return
            behind.join(0.002)

    def _stands(self) -> tuple[dict[int, Row], tuple[Any, ...]]:
        """Read afresh what was saved, and what became of the sitting."""
        with self.world.app.app_context(), database.engine.connect() as connection:
            answers = connection.execute(ANSWERS, {"id": self.key[1]}).all()
            sitting = connection.execute(SITTING, {"id": self.key[1]}).one()
        rows = {a.position: (a.seq, a.choice, a.late) for a in answers if a.seq}
        return rows, (*sitting, sum(answer.right is None for answer in answers))

    def _learn_the_form(self) -> None:
        """Note under which word each letter of each item is kept, and which is right."""
        with self.world.app.app_context():
            sitting = database.session.get_one(Sitting, self.key)
            for item in papers.paper(database.session, sitting, "en"):
                for choice in item.choices:
                    place = item.position, choice.key
                    number = next(n for n, text in OPTIONS if choice.text.startswith(text))
                    self.kept[place] = marking.written(item.kind, [number])
                    if number == 0 and item.kind is Kind.SINGLE:
                        self.right.add((item.position, self.kept[place]))

    def _expected_score(self) -> int:
        rows = self.model.rows.items()
        return POINTS * sum((position, row[1]) in self.right for position, row in rows)


def lives(here: World) -> type[Life]:
    """Return the lives that are played in this world."""

    class Here(Life):
        world = here

    return Here
