"""The town with everything in it that an address can name, and a browser for every role.

All of it stands in one open transaction on SQLite that is never committed: each request of the
matrix is taken back, so that none changes what the next one meets.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import Connection, event
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from quizapp.access.policy import SYSTEM, Actor, ActorKind, Role
from quizapp.accounts import actions, credentials, signin
from quizapp.accounts import queries as accounts
from quizapp.accounts.models import Person, Pupil, SupportVisit
from quizapp.bank import filters, pictures
from quizapp.bank.models import RevisionState, SavedFilter
from quizapp.bank.rules import Origin
from quizapp.bank.search import Filters
from quizapp.core.clock import local_day, now
from quizapp.core.ids import new_id
from quizapp.core.pictures import Picture
from quizapp.jobs import actions as jobs
from quizapp.lessons import classes, hours, polls
from quizapp.lessons.models import LessonRevision
from quizapp.orgs import actions as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import Stage, UnitKind
from quizapp.privacy import erasing
from quizapp.privacy.models import DataRequest, Wish
from quizapp.quizzes import sittings
from quizapp.quizzes.models import Quiz
from quizapp.rosters import applying, checked, plans, pupil_queries, pupils, transfers
from quizapp.rosters.class_lists import ClassList, Listed
from quizapp.rosters.matching import Reach
from quizapp.rosters.models import ChangeKind, ChangeState, RosterChange
from tests import make, town
from tests.pages import given
from tests.settings import KEY

# One column for each role, and for those without one; the three reviewers are alike.
COLUMNS = (
    "anon", "pupil", "teach", "head", "lect", "edu-d", "edu-c", "drug-d", "drug-c", "edit",
    "review", "audit", "supp", "visit", "admin", "none",
)  # fmt: skip
RELATIONS = ("own", "peer", "7B", "ash", "oak", "mixed", "erased", "gone")
# Of the child who was erased, by name, sound or sign-in name, and number: in no answer.
ERASED = ("申屠", "shentu", "S77120")
WRITES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) \"?(\w+)")


@dataclass(frozen=True)
class Spot:
    """A child and everything around it: what the keys of an address stand for."""

    school: Unit
    school_class: SchoolClass
    things: Mapping[str, object]  # By the name of the key in the address.

    def key(self, name: str, rule: str) -> object:
        if name == "unit_id":
            return self.school_class.unit_id if rule.startswith("/classes/") else self.school.id
        if name == "change_id" and "/promotion/" in rule:
            return self.things["promotion_id"]
        if name == "revision_id" and "/lesson-revisions/" in rule:
            return self.things["lesson_revision_id"]
        assert name in self.things, f"say in tests/conventions/world.py what <{name}> stands for"
        return self.things[name]


class World:
    """The application on the open transaction, and everybody's cookie."""

    def __init__(self, app: Flask, connection: Connection) -> None:
        self.app, self.connection = app, connection
        app.extensions["database"] = connection
        connection.connect = lambda: nullcontext(connection)  # type: ignore[attr-defined]
        event.listen(connection.engine, "before_cursor_execute", self._note)
        self.signed: dict[str, signin.Signed] = {}
        # Who a cookie belongs to is asked once; that a change of roles holds at once is shown by
        # tests/pages/test_people.py.
        app.login_manager.user_loader(self.signed.get)  # type: ignore[attr-defined]
        self.written: set[str] = set()  # Tables; whoever asks clears it before.
        with app.app_context(), Session(connection, expire_on_commit=False) as session:
            self.spots = spots(session)
            self.cookies = {
                column: self._cookie(session, person)
                for column, person in columns(session, self.spots).items()
            }
            session.commit()  # Within the open transaction.

    def ask(self, column: str, method: str, path: str, body: Mapping[str, Any]) -> str:
        """Return what the person of the column is answered, in the words of the matrix."""
        raw = URLSafeTimedSerializer(KEY, salt="wtf-csrf-token").dumps("c" * 40)
        client = self.app.test_client(use_cookies=False)
        headers = {"Cookie": self.cookies[column], "X-CSRF-Token": raw}
        before = self.connection.begin_nested()
        try:
            if path.startswith("/api/") and method != "GET":
                answer = client.open(path, method=method, headers=headers, json=body)
            else:
                form = body if method != "GET" else None
                answer = client.open(path, method=method, headers=headers, data=form)
            return "TRACE" if tells_of_erased(answer) else word(answer)
        except Exception as bug:  # A bug is a cell, too.
            return f"BUG:{type(bug).__name__}"
        finally:
            before.rollback()

    def _cookie(self, session: Session, person: Person | Pupil | None) -> str:
        kept: dict[str, Any] = {"csrf_token": "c" * 40, "_permanent": True}
        if isinstance(person, Pupil):
            signed = signin.begin_pupil(session, person, device="d" * 22, now=now())
        elif person:
            signed = signin.begin_person(session, person, device="d" * 22, now=now())
        if person:
            self.signed[signed.id] = signed
            kept |= {"_user_id": signed.id, "_fresh": True}
        signer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        return f"quizapp={signer.dumps(kept)}"

    def _note(self, _conn: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if found := WRITES.match(statement):
            self.written.add(found[1])


@contextmanager
def opened(app: Flask) -> Iterator[World]:
    with app.app_context():
        engine = app.extensions["database"]
    with engine.connect() as connection, connection.begin() as outer:
        inner = connection.begin_nested()
        yield World(app, connection)
        if inner.is_active:
            inner.rollback()
        outer.rollback()
    engine.dispose()


def word(answer: TestResponse) -> str:
    """Return `ok`, `in` (sign in first), 403, 404, or `bad` for input that is missing or late."""
    status, to = answer.status_code, answer.headers.get("Location", "")
    if status == 401 or (status == 303 and to.partition("?")[0] == "/sign-in"):
        return "in"
    if status in (403, 404) or status >= 500:
        return str(status)
    return "ok" if status < 400 else "bad"


def tells_of_erased(answer: TestResponse) -> bool:
    """Whether an answer, or a file within it, holds something of the child who was erased."""
    parts = [answer.get_data()]
    if parts[0].startswith(b"PK"):  # A workbook or an archive.
        with zipfile.ZipFile(BytesIO(parts[0])) as archive:
            parts = [archive.read(name) for name in archive.namelist()]
    return any(trace.encode() in part for part in parts for trace in ERASED)


def relations(rule: Rule, spots: Mapping[str, Spot]) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield what the keys of the address can be, as seen by those whose child sits in Elm 7A."""
    names = sorted(rule.arguments, key=rule.rule.index)
    if not names:
        yield "own", {}
        return
    for name in RELATIONS[:5]:
        yield name, {key: spots[name].key(key, rule.rule) for key in names}
    own = {key: spots["own"].key(key, rule.rule) for key in names}
    last = names[-1]
    if len(names) > 1:  # The way leads through what is one's own to what is not.
        yield "mixed", own | {last: spots["ash"].key(last, rule.rule)}
    yield "erased", {key: spots["erased"].key(key, rule.rule) for key in names}
    yield "gone", own | {last: gone(own[last])}


def gone(key: object) -> object:
    """Return a key like this one that names nothing."""
    return new_id() if isinstance(key, UUID) else 99 if isinstance(key, int) else "gone"


def spots(session: Session) -> dict[str, Spot]:
    here = town.read(session)
    ash = orgs.add_unit(
        session, kind=UnitKind.SCHOOL, code="9901010002", name="白蜡中学", parent=here.north
    )
    session.flush()
    ash_7a = orgs.add_class(
        session, ash, school_year=town.YEAR, stage=Stage.JUNIOR, grade=7, number=1
    )
    session.flush()
    child = make.pupil(session, ash_7a, name="白桦", login="hua2", seat=1)
    lesson = given.lesson(session, "say-no", title="说不")
    written = LessonRevision(
        id=new_id(), lesson_id=lesson.id, number=1, state=RevisionState.APPROVED,
        origin=Origin.FILE, digest="0" * 64, title="说不", files={"zh": "+++\n+++\n说不。"},
        made_at=now(),
    )  # fmt: skip
    session.add(written)
    picture = pictures.keep(session, Picture("image/svg+xml", 9, 9, b"<svg/>"), now=now())
    rolls = {
        area.id: make.roll(
            session, area, [(school, 40) for school in schools], now=now(), signed=False
        )
        for area, schools in ((here.north, (here.elm, ash)), (here.south, (here.oak,)))
    }

    def spot(school: Unit, school_class: SchoolClass, pupil_id: UUID) -> Spot:
        assert school.parent_id
        shared = {"key": lesson.key, "roll_id": rolls[school.parent_id].id,
                  "sha256": picture.sha256, "lesson_revision_id": written.id}  # fmt: skip
        return _spot(session, school, school_class, pupil_id, shared)

    own = spot(here.elm, here.elm_7a, here.lan.id)
    return {
        "own": own,
        "peer": spot(here.elm, here.elm_7a, here.bo.id),
        "7B": spot(here.elm, here.elm_7b, here.tao.id),
        "ash": spot(ash, ash_7a, child.id),
        "oak": spot(here.oak, here.oak_7a, here.mei.id),
        "erased": _erased(session, here, own),
    }


def _spot(
    session: Session, school: Unit, school_class: SchoolClass, pupil_id: UUID,
    shared: Mapping[str, object],
) -> Spot:  # fmt: skip
    at = now()
    unit = school_class.unit
    teacher = _person(session, f"t-{pupil_id.hex[-12:]}", Role.TEACHER, unit)
    campaign = make.campaign(session, unit, now=at, key=f"k-{pupil_id.hex[-12:]}", attempts=2)
    assert campaign.quiz is not None
    enrolment = accounts.enrolment(session, school.id, pupil_id)
    actor = Actor(pupil_id, ActorKind.PUPIL, "", ((Role.PUPIL, unit.path),), school.id)
    begun = sittings.start(session, campaign.quiz, enrolment, by=actor, device="d" * 22, now=at)
    visitor = _person(session, f"v-{pupil_id.hex[-12:]}", Role.SUPPORT, _nation(session))
    visit = SupportVisit(
        person_id=visitor.id, unit_id=school.id, reason="names twice on the list",
        begins_at=at, ends_at=at + timedelta(hours=2),
    )  # fmt: skip
    change = RosterChange(
        school_id=school.id, id=new_id(), kind=ChangeKind.LIST, state=ChangeState.APPLIED,
        counts={"added": 1, "moved": 0, "changed": 0, "left": 0, "classes": 0}, steps=[],
        asked_by=teacher.id, asked_at=at,
    )  # fmt: skip
    promotion = RosterChange(
        school_id=school.id, id=new_id(), kind=ChangeKind.PROMOTION, state=ChangeState.PROPOSED,
        counts={"promoted": 1, "graduated": 0}, asked_by=teacher.id, asked_at=at,
        proposal={"year": town.YEAR, "with_teachers": False, "graduating": []},
    )  # fmt: skip
    request = DataRequest(
        school_id=school.id, id=new_id(), pupil_id=pupil_id, wish=Wish.CORRECTION, asked_at=at
    )
    key = shared["key"]
    assert isinstance(key, str)
    of = classes.class_lesson(session, school_class.unit_id, key)
    teaching = Actor(teacher.id, ActorKind.STAFF, "", ((Role.TEACHER, unit.path),))
    poll = polls.start(session, of, 0, by=teaching, now=at)
    hour = hours.note(
        session, school_class, day=local_day(at), minutes=45, lesson=None, subject=pupil_id.hex,
        by=teaching, now=at, is_another=True,
    )  # fmt: skip
    session.add_all([visit, change, promotion, request])
    session.flush()
    things: dict[str, object] = {
        "school_id": school.id, "pupil_id": pupil_id, "campaign_id": campaign.id,
        "quiz_id": campaign.quiz.id, "area": school.parent,
        "sitting_id": begun.sitting.id, "visit_id": visit.id, "change_id": change.id,
        "promotion_id": promotion.id,
        "request_id": request.id, "person_id": teacher.id, "visitor": visitor,
        "posting_id": accounts.postings(session, teacher, on=date(2027, 1, 1))[0].id,
        "token": actions.invite(session, teacher, by=SYSTEM, now=at),
        "question_id": make.asked(session, "junior-q0").id,
        "revision_id": make.said(session, "junior-q0").id, "filter_id": _filter(session).id,
        "poll_id": poll.id, "hour_id": hour.id,
        "job_id": jobs.ask(session, "made.up", key=pupil_id.hex, by=teaching, now=at),
        "stage": "junior", "name": "say-leave-tell.svg", "thing": "milk-tea", "position": 1,
    }  # fmt: skip
    return Spot(school, school_class, things | dict(shared))


def _filter(session: Session) -> SavedFilter:
    editor, name = town.read(session).editor_yu, f"law {new_id()}"
    return filters.save(session, name, Filters(topic="law"), by=editor, now=now())


def _erased(session: Session, here: town.Town, own: Spot) -> Spot:
    """Return what is left of a child of Elm 7A; all that is not the child's is as around Lan."""
    at, head = now(), here.head_sun
    child = make.pupil(session, own.school_class, name="申屠雷", login="shentu", seat=7)

    def page() -> pupil_queries.Child:
        session.flush()
        session.expire_all()
        return pupil_queries.child(session, own.school.id, child.id)

    pupils.correct(session, page(), name="申屠雪", number="S77120", seat=8, by=head, now=at)
    transfers.let_go(session, page(), key=KEY, at_once=False, by=head, now=at)
    waiting = _waiting_list(session, own.school, by=head)
    quiz_id = own.things["quiz_id"]
    assert isinstance(quiz_id, UUID)
    enrolment = accounts.enrolment(session, own.school.id, child.id)
    actor = Actor(child.id, ActorKind.PUPIL, "", ((Role.PUPIL, own.school_class.unit.path),),
                  own.school.id)  # fmt: skip
    begun = sittings.start(
        session, session.get_one(Quiz, quiz_id), enrolment, by=actor, device="d" * 22, now=at
    )
    request = DataRequest(
        school_id=own.school.id, id=new_id(), pupil_id=child.id, wish=Wish.DELETION, asked_at=at,
        words="申屠雪, S77120",
    )  # fmt: skip
    session.add(request)
    session.flush()
    erasing.erase(session, child, by=head, now=at)
    session.expire_all()
    theirs = {
        "pupil_id": child.id, "sitting_id": begun.sitting.id, "change_id": waiting.id,
        "request_id": request.id,
    }  # fmt: skip
    return Spot(own.school, own.school_class, {**own.things, **theirs})


def _waiting_list(session: Session, school: Unit, *, by: Actor) -> RosterChange:
    """Return a list that waits for a second person; the child to be erased stands on it."""
    listed = (
        Listed(2, "申屠雪", 7, 2, 8, "S77120"),
        Listed(3, "钟离云", 7, 1, None, None),
    )
    what = checked.checked(
        ClassList(listed, ()), school_year=town.YEAR, stages=(), reach=Reach.NONE
    )
    assert plans.plan_of(session, school, what).counts["moved"] == 1
    change = applying.take_in(session, school, what, percent=10, by=by, now=now())
    assert change
    assert change.state is ChangeState.PROPOSED
    return change


def columns(session: Session, spots: Mapping[str, Spot]) -> dict[str, Person | Pupil | None]:
    """Return who stands for each column; a person for one without a posting, None for nobody."""
    here = town.read(session)
    nation = here.nation

    def known(actor: Actor) -> Person:
        return session.get_one(Person, actor.id)

    visitor = spots["own"].things["visitor"]
    assert isinstance(visitor, Person)
    people: dict[str, Person | Pupil | None] = {
        "anon": None,
        "pupil": session.get_one(Pupil, (here.lan.school_id, here.lan.id)),
        "teach": known(here.ms_chen),
        "head": known(here.head_sun),
        "lect": _person(session, "lecturer", Role.LECTURER, here.elm),
        "edu-d": known(here.officer_he),
        "edu-c": known(here.officer_gao),
        "drug-d": _person(session, "drug-d", Role.ANTIDRUG_OFFICER, here.north),
        "drug-c": known(here.officer_qin),
        "edit": known(here.editor_yu),
        "review": _person(session, "reviewer", Role.REVIEWER_FACTS, nation),
        "audit": known(here.auditor_fang),
        "supp": _person(session, "support", Role.SUPPORT, nation),
        "visit": visitor,
        "admin": known(here.admin_kong),
        "none": known(here.zhou),
    }
    assert tuple(people) == COLUMNS
    return people


def _person(session: Session, login: str, role: Role, unit: Unit) -> Person:
    made = Person(login=login, name=login, password_hash=credentials.digest(login))
    session.add(made)
    session.flush()
    actions.appoint(session, made, role, unit, by=SYSTEM, now=now())
    session.flush()
    return made


def _nation(session: Session) -> Unit:
    return town.read(session).nation
