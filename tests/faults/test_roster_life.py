"""Years of two schools against a model of plain dicts: lists, moves, transfers, undoing, erasing.

A short form in the suite; QUIZAPP_LONG=1 takes more than 10,000 steps.
"""

import json
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import actions
from quizapp.accounts import queries as accounts
from quizapp.accounts.models import Enrolment, Leaving, Presence, Pupil
from quizapp.core.clock import local_day, school_year
from quizapp.core.errors import Conflict, Invalid
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import Stage
from quizapp.privacy import erasing
from quizapp.rosters import (
    applying,
    changes,
    plans,
    pupil_queries,
    pupils,
    terms,
    transfers,
    turning,
)
from quizapp.rosters.class_lists import ClassList, Listed
from quizapp.rosters.matching import Reach
from quizapp.rosters.models import ChangeKind, ChangeState, RosterChange
from quizapp.rosters.terms import Grade
from tests.town import Town

LONG = os.environ.get("QUIZAPP_LONG") == "1"
KEY = "k" * 40
UNDO_DAYS = 30
LAST = 9
MOST = 14  # Pupils of a school: few enough to meet again and again.
GRADES, NUMBERS, SEATS = st.integers(7, LAST), st.integers(1, 2), st.integers(1, 99)
PLACES = st.tuples(GRADES, NUMBERS)
IS_OPEN = (
    (Enrolment.school_id == Pupil.school_id)
    & (Enrolment.pupil_id == Pupil.id)
    & Enrolment.until_on.is_(None)
)
STEPS = {"taken": 0}


@dataclass(frozen=True)
class Kid:
    """A pupil as the model has them. Without a place (school year, grade, class) they have left."""

    school: str
    child: UUID
    name: str
    number: str | None
    place: tuple[int, int, int] | None
    seat: int | None

    @property
    def sits(self) -> bool:
        return self.place is not None


@dataclass
class Before:
    """How all stood before a change, and who has been counted in a class since.

    `let_go` are those for whom a transfer code was ever made: who has one is not deleted.
    """

    change: UUID
    school: Unit
    at: datetime
    kids: dict[UUID, Kid]
    let_go: set[UUID]
    counted: set[UUID] = field(default_factory=set)


class Life(RuleBasedStateMachine):
    """Two schools of one city, from a September on."""

    session: Session
    town: Town

    def __init__(self) -> None:
        super().__init__()
        STEPS["taken"] -= 1  # The invariants are looked at before the first step, too.
        self.now = datetime(2026, 9, 10, 4, 0, tzinfo=UTC)
        self.schools = {"elm": self.town.elm, "oak": self.town.oak}
        self.heads = {"elm": self.town.head_sun, "oak": self.town.head_liu}
        self.names = 0
        self.kids: dict[UUID, Kid] = {}
        self.past: list[Before] = []
        self.with_code: set[UUID] = set()
        self.erased: set[UUID] = set()
        self.traces: set[str] = set()  # Of who was erased, as the JSON of a change would hold it.
        self.shared: set[str] = set()  # Names that more than one child has or had.
        self.lost: list[tuple[str, str]] = []  # Name and number of who was erased.
        self.signed: set[tuple[UUID, int]] = set()
        self.presence: dict[tuple[UUID, date], int] = {}
        self.session.begin_nested()
        self.kids = self.stands()

    def teardown(self) -> None:
        self.session.rollback()
        self.session.expire_all()

    # The rules

    @rule(school=st.sampled_from(["elm", "oak"]), data=st.data(), erased=st.booleans())
    def a_list_comes(self, school: str, data: st.DataObject, erased: bool) -> None:
        """Now and then one of those on it is erased while it waits for the second person."""
        reach = data.draw(st.sampled_from(list(Reach)), "reach")
        listed: dict[str | UUID, Listed] = {}
        for key, kid in sorted(self.of(school).items()):
            if data.draw(st.integers(0, 5)) and self.may_stand(kid):
                listed[key] = self.as_listed(kid, len(listed) + 2, data)
        room = max(0, MOST - len(self.sitting(school)))
        for _each in range(data.draw(st.integers(0, min(3, room)), "newcomers")):
            row = self.newcomer(school, len(listed) + 2, data)
            listed[row.number or ""] = row
        if listed:
            known = [key for key in listed if isinstance(key, UUID)]
            goes = self.one_of(data, known) if erased else None
            self.take_in(school, reach, listed, erased=goes)

    @rule(data=st.data(), place=PLACES, seat=st.none() | SEATS)
    def a_pupil_moves(self, data: st.DataObject, place: tuple[int, int], seat: int | None) -> None:
        key = self.one_of(data, self.sitting())
        to = self.a_class(data, self.kids[key].school) if key else None
        if key is None or to is None or to == self.class_of(key):
            return
        self.remember(self.kids[key].school)
        act = (self.session, self.page(key), to)
        pupils.move(*act, seat=seat, by=self.head(key), now=self.now)
        self.put(key, place=place_of(to), seat=seat)

    @rule(data=st.data())
    def a_pupil_leaves(self, data: st.DataObject) -> None:
        if key := self.one_of(data, self.sitting()):
            self.remember(self.kids[key].school)
            pupils.leave(
                self.session, self.page(key), Leaving.LEFT, by=self.head(key), now=self.now
            )
            self.put(key, place=None, seat=None)

    @rule(data=st.data())
    def a_pupil_comes_back(self, data: st.DataObject) -> None:
        gone = [key for key, kid in self.kids.items() if not kid.sits]
        key = self.one_of(data, gone)
        to = self.a_class(data, self.kids[key].school) if key else None
        if key is None or to is None:
            return
        act = (self.session, self.page(key), to)
        if self.is_anywhere(self.kids[key].child):
            with pytest.raises(Conflict):
                pupils.take_back(*act, seat=None, by=self.head(key), now=self.now)
            return
        self.remember(self.kids[key].school)
        pupils.take_back(*act, seat=None, by=self.head(key), now=self.now)
        self.put(key, place=place_of(to), seat=None)

    @rule(data=st.data(), numbered=st.booleans())
    def a_name_is_put_right(self, data: st.DataObject, numbered: bool) -> None:
        if key := self.one_of(data, list(self.kids)):
            kid, name = self.kids[key], self.new_name()
            number = f"n{self.names}" if numbered else kid.number
            self.remember(kid.school)
            pupils.correct(
                self.session, self.page(key), name=name, number=number, seat=kid.seat,
                by=self.head(key), now=self.now,
            )  # fmt: skip
            self.put(key, name=name, number=number)

    @rule(data=st.data(), at_once=st.booleans(), taken=st.integers(0, 3))
    def a_child_goes_to_the_other_school(
        self, data: st.DataObject, at_once: bool, taken: int
    ) -> None:
        key = self.one_of(data, self.sitting())
        if key is None:
            return
        there = "oak" if self.kids[key].school == "elm" else "elm"
        to = self.a_class(data, there)
        if at_once:
            self.remember(self.kids[key].school)
        code = transfers.let_go(
            self.session, self.page(key), key=KEY, at_once=at_once, by=self.head(key), now=self.now
        )
        self.with_code.add(key)
        if at_once:
            self.put(key, place=None, seat=None)
        else:  # No change of the roster, so nothing takes the row away again.
            for before in self.past:
                before.let_go.add(key)
        namesakes = [
            kid for kid in self.of(there).values()
            if kid.name == self.kids[key].name and kid.child != self.kids[key].child
        ]  # fmt: skip
        if taken and to and not namesakes:  # The number stays behind; who would be who?
            self.take_over(key, there, code, to)
        else:
            transfers.call_off(self.session, self.page(key), by=self.head(key), now=self.now)

    @rule(data=st.data(), let_go=st.booleans())
    def a_child_is_erased(self, data: st.DataObject, let_go: bool) -> None:
        """At all schools of the child; a transfer code that is out opens nothing any more."""
        key = self.one_of(data, list(self.kids))
        if key is None:
            return
        school, by = self.kids[key].school, self.head(key)
        code = let_go and transfers.let_go(
            self.session, self.page(key), key=KEY, at_once=False, by=by, now=self.now
        )
        self.erase(key)
        if code:
            there = self.schools["oak" if school == "elm" else "elm"]
            with pytest.raises(Invalid):
                transfers.offered(
                    self.session, there, school=self.schools[school].code, code=code, key=KEY,
                    now=self.now,
                )  # fmt: skip

    @rule(data=st.data())
    def a_pupil_signs_in(self, data: st.DataObject) -> None:
        key = self.one_of(data, self.sitting())
        if key is None:
            return
        school = self.schools[self.kids[key].school]
        own = accounts.enrolment(self.session, school.id, key)
        actions.count_sign_in(self.session, own, now=self.now)
        year = own.school_class.school_year
        if (key, year) not in self.signed:
            self.signed.add((key, year))
            cell = own.class_id, local_day(self.now)
            self.presence[cell] = self.presence.get(cell, 0) + 1
            for before in self.past:
                before.counted.add(key)

    @rule(days=st.sampled_from([1, 1, 1, 2, 20, 35]))
    def days_pass(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(days=st.integers(0, 20))
    def a_school_year_begins(self, days: int) -> None:
        year = school_year(local_day(self.now)) + 1
        self.now = datetime(year, 9, 1, 4, 0, tzinfo=UTC) + timedelta(days=days)

    @rule(school=st.sampled_from(["elm", "oak"]), leaving=st.sampled_from([(9,), (8, 9)]))
    def a_school_goes_up(self, school: str, leaving: tuple[int, ...]) -> None:
        unit, year = self.schools[school], school_year(local_day(self.now))
        graduating = {Grade(grade, Stage.JUNIOR) for grade in leaving}
        plan = terms.plan(self.session, unit, year=year, graduating=graduating)
        act = (self.session, unit, ChangeKind.PROMOTION, plan)
        how: dict[str, Any] = {"with_teachers": True, "percent": 10, "now": self.now}
        if not plan.rises or terms.promotion(self.session, unit, year):
            with pytest.raises(Conflict):
                turning.turn(*act, by=self.heads[school], **how)
            return
        self.remember(school)
        assert not turning.turn(*act, by=self.heads[school], **how)
        waits = terms.proposal(self.session, unit, ChangeKind.PROMOTION)
        assert waits
        what = terms.proposed(self.session, unit.id, waits.id)
        turning.agree(self.session, what, by=self.second(school), now=self.now)
        for key, kid in self.of(school).items():
            if kid.place and kid.place[0] == year - 1:
                _year, grade, number = kid.place
                goes = grade in leaving
                place = None if goes else (year, grade + 1, number)
                self.put(key, place=place, seat=None if goes else kid.seat)

    @precondition(lambda self: self.past)
    @rule()
    def the_newest_change_is_undone(self) -> None:
        before = self.past.pop()
        change = changes.change_of(self.session, before.school.id, before.change)
        by = self.second("elm")
        if self.now - before.at > timedelta(days=UNDO_DAYS):
            with pytest.raises(Conflict):
                changes.take_back(self.session, change, percent=10, by=by, now=self.now)
            self.past.clear()
            return
        if changes.take_back(self.session, change, percent=10, by=by, now=self.now) is None:
            head = self.heads["elm"]
            assert changes.take_back(self.session, change, percent=10, by=head, now=self.now)
        kept = {
            key: replace(kid, place=None, seat=None)
            for key, kid in self.kids.items()
            if key not in before.kids and key in before.counted | self.with_code
        }
        self.kids, self.with_code = before.kids | kept, before.let_go | kept.keys()
        if before.counted or kept:  # What lies further back is no longer as it was left.
            self.past.clear()

    # What holds at every step

    @invariant()
    def the_roster_is_as_the_model_has_it(self) -> None:
        STEPS["taken"] += 1
        self.session.flush()
        self.session.expire_all()
        assert self.stands() == self.kids

    @invariant()
    def who_was_erased_stays_so(self) -> None:
        """Nothing tells of them again, neither their rows nor what changes keep."""
        if not self.erased:
            return
        rows = self.session.execute(
            select(Pupil, Enrolment.id)
            .outerjoin(Enrolment, IS_OPEN)
            .where(Pupil.id.in_(self.erased))
        ).all()
        assert {pupil.id for pupil, _own in rows} == self.erased
        left: set[object] = {(p.name, p.pinyin, p.number, own) for p, own in rows}
        assert left == {("", "", None, None)}, left
        told = self.session.execute(select(RosterChange.steps, RosterChange.proposal)).all()
        text = json.dumps([list(row) for row in told], ensure_ascii=False)
        assert [trace for trace in self.traces if trace in text] == []

    @invariant()
    def nobody_sits_in_two_classes(self) -> None:
        """Of the model: the database has it so."""
        children = [kid.child for kid in self.kids.values() if kid.sits]
        assert len(children) == len(set(children))

    @invariant()
    def what_was_counted_stays(self) -> None:
        rows = self.session.scalars(select(Presence))
        counted = {(row.class_id, row.day): row.signed_in for row in rows}
        assert counted == self.presence
        facts = accounts.presence_from_facts(self.session)
        assert {(key[1], key[2]): count for key, count in facts.items()} == self.presence

    # The model

    def stands(self) -> dict[UUID, Kid]:
        """Return the roster as the database has it, without who was erased."""
        rows = self.session.execute(
            select(
                Pupil,
                Enrolment.seat,
                SchoolClass.school_year,
                SchoolClass.grade,
                SchoolClass.number,
            )
            .outerjoin(Enrolment, IS_OPEN)
            .outerjoin(SchoolClass, SchoolClass.unit_id == Enrolment.class_id)
            .where(Pupil.erased_at.is_(None))
        ).all()
        found = {
            pupil.id: Kid(
                school="elm" if pupil.school_id == self.town.elm.id else "oak",
                child=pupil.child_id,
                name=pupil.name,
                number=pupil.number,
                place=(year, grade, number) if year else None,
                seat=seat,
            )
            for pupil, seat, year, grade, number in rows
        }
        assert len(found) == len(rows)
        return found

    def put(self, key: UUID, **new: Any) -> None:
        self.kids[key] = replace(self.kids[key], **new)

    def of(self, school: str) -> dict[UUID, Kid]:
        return {key: kid for key, kid in self.kids.items() if kid.school == school}

    def sitting(self, school: str | None = None) -> list[UUID]:
        return [
            key for key, kid in self.kids.items()
            if kid.sits and (school is None or kid.school == school)
        ]  # fmt: skip

    def is_anywhere(self, child: UUID) -> bool:
        return any(kid.sits and kid.child == child for kid in self.kids.values())

    def may_stand(self, kid: Kid) -> bool:
        """Whether a list can have the pupil: by number, or by name in a class of this year."""
        this = school_year(local_day(self.now))
        if kid.number:
            return kid.sits or not self.is_anywhere(kid.child)
        return kid.place is not None and kid.place[0] == this

    def as_listed(self, kid: Kid, row: int, data: st.DataObject) -> Listed:
        """Return the pupil as some list has it: mostly as before, now and then with a change."""
        this, what = school_year(local_day(self.now)), data.draw(st.integers(0, 9))
        stays = kid.place and kid.place[0] == this and (what != 1 or not kid.number)
        _year, grade, number = kid.place if stays and kid.place else (this, *data.draw(PLACES))
        name = self.new_name() if kid.number and what == 2 else kid.name
        seat = data.draw(st.none() | SEATS) if what == 3 else kid.seat
        return Listed(row, name, grade, number, seat, kid.number)

    def newcomer(self, school: str, row: int, data: st.DataObject) -> Listed:
        """Return somebody with a number: new, a namesake, or who was erased and is back.

        A namesake has no seat: the same name on the same seat would be the same child.
        """
        grade, number = data.draw(PLACES)
        what = data.draw(st.integers(0, 5), "who")
        if what == 0 and self.lost and self.may_be_called(school, self.lost[-1][0]):
            name, own = self.lost.pop()
            self.shared.add(name)
            self.traces -= {json.dumps(told, ensure_ascii=False) for told in (name, own)}
            return Listed(row, name, grade, number, None, own)
        name, own = self.new_name(), f"n{self.names}"
        names = sorted({kid.name for kid in self.kids.values()})
        names = [one for one in names if self.may_be_called(school, one)]
        if what in (1, 2) and names:
            name = data.draw(st.sampled_from(names))
            self.shared.add(name)
            return Listed(row, name, grade, number, None, own)
        return Listed(row, name, grade, number, data.draw(st.none() | SEATS), own)

    def may_be_called(self, school: str, name: str) -> bool:
        """Whether all of that name have a number: else nobody could tell them from a newcomer."""
        return all(kid.number for kid in self.of(school).values() if kid.name == name)

    def take_in(
        self,
        school: str,
        reach: Reach,
        listed: dict[str | UUID, Listed],
        *,
        erased: UUID | None = None,
    ) -> None:
        """Let the list be taken in, with a second person where one is needed; keep the model up.

        Who is erased meanwhile is erased while the list waits, or after it was taken in.
        """
        unit, this = self.schools[school], school_year(local_day(self.now))
        pupil_list = ClassList(tuple(listed.values()), ())
        _list, what = plans.check(self.session, unit, pupil_list, school_year=this, reach=reach)
        assert not _list.faults
        plan = plans.plan_of(self.session, unit, what)
        if plan.changes_nothing:
            return
        self.remember(school)
        how: dict[str, Any] = {"now": self.now}
        change = applying.take_in(
            self.session, unit, what, percent=10, by=self.heads[school], **how
        )
        if change and change.state is ChangeState.PROPOSED:
            if erased:
                self.erase(erased)
                del listed[erased]
                erased, what = None, applying.proposed(change)
                assert what.pupils == tuple(listed.values())
                plan = plans.plan_of(self.session, unit, what)
            assert applying.approve(
                self.session, unit, change, seen=plan.digest, by=self.second(school), **how
            )
        named = {(this, row.grade, row.class_number) for row in listed.values()}
        for key, kid in self.of(school).items():
            reached = reach is Reach.SCHOOL or (reach is Reach.CLASSES and kid.place in named)
            if kid.sits and key not in listed and reached:
                self.put(key, place=None, seat=None)
        for known, row in listed.items():
            self.stand(school, known, row, this)
        if erased:
            self.erase(erased)

    def erase(self, key: UUID) -> None:
        """Erase the child at all its schools; no change that is kept knows of it any more."""
        kid = self.kids[key]
        erasing.erase(self.session, self.page(key).pupil, by=self.head(key), now=self.now)
        for own in [other for other, one in self.kids.items() if one.child == kid.child]:
            gone = self.kids.pop(own)
            self.erased.add(own)
            held = self.session.scalars(select(Enrolment.id).where(Enrolment.pupil_id == own))
            told = {str(own), *map(str, held), gone.number} | ({gone.name} - self.shared)
            self.traces |= {json.dumps(one, ensure_ascii=False) for one in told if one}
            if gone.number:
                self.lost.append((gone.name, gone.number))
            self.with_code.discard(own)
            for before in self.past:
                before.kids.pop(own, None)
                before.let_go.discard(own)
                before.counted.discard(own)

    def stand(self, school: str, known: str | UUID, row: Listed, this: int) -> None:
        place = (this, row.grade, row.class_number)
        if isinstance(known, UUID):
            kid = self.kids[known]
            seat = row.seat or kid.seat if kid.place == place else row.seat
            self.put(known, name=row.name, place=place, seat=seat)
            return
        wanted = select(Pupil).where(Pupil.number == row.number, Pupil.name == row.name)
        made = self.session.scalars(wanted).one()
        self.kids[made.id] = Kid(school, made.child_id, row.name, row.number, place, row.seat)

    def take_over(self, key: UUID, there: str, code: str, to: SchoolClass) -> None:
        kid, school = self.kids[key], self.schools[there]
        transfers.hold(self.session, *self.schools.values())
        what = transfers.offered(
            self.session, school, school=self.schools[kid.school].code, code=code, key=KEY,
            now=self.now,
        )  # fmt: skip
        self.remember(there)
        new = transfers.take(self.session, school, what, to, by=self.heads[there], now=self.now)
        self.put(key, place=None, seat=None)
        before = self.kids.get(new.id)
        name, number = (before.name, before.number) if before else (kid.name, None)
        self.kids[new.id] = Kid(there, kid.child, name, number, place_of(to), None)

    # Hands and eyes

    def remember(self, school: str) -> None:
        """Note how all stands before a change that is about to be kept."""
        self.past.append(
            Before(
                UUID(int=0), self.schools[school], self.now, dict(self.kids), set(self.with_code)
            )
        )

    @invariant()
    def the_newest_change_is_known(self) -> None:
        """Every change that a rule makes is kept with the way back."""
        if self.past and self.past[-1].change.int == 0:
            news = [before for before in self.past if before.change.int == 0]
            rows = self.session.scalars(
                select(RosterChange).order_by(RosterChange.id.desc()).limit(len(news))
            ).all()
            for before, row in zip(reversed(news), rows, strict=True):
                assert (row.school_id, row.state) == (before.school.id, ChangeState.APPLIED)
                before.change = row.id

    def one_of(self, data: st.DataObject, keys: list[UUID]) -> UUID | None:
        return sorted(keys)[data.draw(st.integers(0, len(keys) - 1))] if keys else None

    def a_class(self, data: st.DataObject, school: str) -> SchoolClass | None:
        this = school_year(local_day(self.now))
        found = orgs.classes(self.session, self.schools[school].id, school_year=this)
        return found[data.draw(st.integers(0, len(found) - 1))] if found else None

    def class_of(self, key: UUID) -> SchoolClass | None:
        own = self.page(key).enrolment
        return own.school_class if own else None

    def page(self, key: UUID) -> pupil_queries.Child:
        self.session.flush()
        self.session.expire_all()
        return pupil_queries.child(self.session, self.schools[self.kids[key].school].id, key)

    def head(self, key: UUID) -> Actor:
        return self.heads[self.kids[key].school]

    def second(self, school: str) -> Actor:
        return self.town.head_liu if school == "elm" else self.town.head_sun

    def new_name(self) -> str:
        """Return a name that nobody has had; more of who is who: tests/rules/test_matching.py."""
        self.names += 1
        return "孙" + chr(0x4E00 + self.names // 100) + chr(0x4E00 + self.names % 100)


def place_of(one: SchoolClass) -> tuple[int, int, int]:
    return one.school_year, one.grade, one.number


def test_the_life_of_a_roster(session: Session, town: Town) -> None:
    machine = type("RosterLife", (Life,), {"session": session, "town": town})
    examples, steps = (320, 40) if LONG else (10, 25)
    STEPS["taken"] = 0

    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
            derandomize=not LONG, print_blob=True, suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip

    least = 10_000 if LONG else 100
    assert STEPS["taken"] >= least
    print(f"{STEPS['taken']} steps")  # noqa: T201 - the figure of the long form.
