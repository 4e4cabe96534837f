"""The places and people that every test may count on.

city ── north ── Elm ── 7A (Ms Chen: Lan, Bo, Hua) · 7B (Tao)
    └── south ── Oak ── 7A (Mr Wu: Mei)
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor, ActorKind, Role
from quizapp.accounts.models import Enrolment, Person, Posting, Pupil
from quizapp.bank.models import Topic
from quizapp.bank.rules import BankStage
from quizapp.orgs import actions as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.orgs.rules import Stage, UnitKind
from tests import make

TERM_BEGAN = date(2026, 9, 1)
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # Noon of a Friday in the town.
YEAR = 2026
STAFF = {
    "ms_chen": ("Ms Chen", Role.TEACHER, "elm_7a"),
    "mr_wu": ("Mr Wu", Role.TEACHER, "oak_7a"),
    "head_sun": ("Head Sun", Role.SCHOOL_ADMIN, "elm"),
    "head_liu": ("Head Liu", Role.SCHOOL_ADMIN, "oak"),
    "officer_he": ("Officer He", Role.EDUCATION_OFFICER, "north"),
    "officer_gao": ("Officer Gao", Role.EDUCATION_OFFICER, "city"),
    "officer_qin": ("Officer Qin", Role.ANTIDRUG_OFFICER, "city"),
    "editor_yu": ("Editor Yu", Role.EDITOR, "nation"),
    "auditor_fang": ("Auditor Fang", Role.AUDITOR, "city"),
    "admin_kong": ("Admin Kong", Role.PLATFORM_ADMIN, "nation"),
    "zhou": ("Zhou", None, None),
}
PUPILS = {
    "lan": ("林兰", "elm_7a", 1),
    "bo": ("陈波", "elm_7a", 2),
    "hua": ("周华", "elm_7a", 3),
    "tao": ("何涛", "elm_7b", 1),
    "mei": ("梅雪", "oak_7a", 1),
}


@dataclass(frozen=True)
class Town:
    """Units by name, and people as the policy sees them."""

    nation: Unit
    city: Unit
    north: Unit
    south: Unit
    elm: Unit
    oak: Unit
    elm_7a: SchoolClass
    elm_7b: SchoolClass
    oak_7a: SchoolClass
    ms_chen: Actor
    mr_wu: Actor
    head_sun: Actor  # runs Elm
    head_liu: Actor  # runs Oak
    officer_he: Actor  # reads the North district, for education
    officer_gao: Actor  # reads the city, for education
    officer_qin: Actor  # reads the city's counts, for the anti-drug office
    editor_yu: Actor
    auditor_fang: Actor
    admin_kong: Actor
    zhou: Actor  # has an account and no role
    lan: Actor
    bo: Actor
    hua: Actor
    tao: Actor
    mei: Actor

    def people(self) -> list[Actor]:
        return [getattr(self, name) for name in (*STAFF, *PUPILS)]


def build(session: Session) -> None:
    """Put the town into an empty database."""
    places = _units(session)
    session.flush()
    for name, (shown, role, where) in STAFF.items():
        person = Person(login=name, name=shown)
        session.add(person)
        session.flush()
        if role and where:
            unit_id = _unit(places[where]).id
            session.add(
                Posting(person_id=person.id, unit_id=unit_id, role=role, from_on=TERM_BEGAN)
            )
    for name, (shown, where, seat) in PUPILS.items():
        school_class = places[where]
        assert isinstance(school_class, SchoolClass)
        make.pupil(session, school_class, name=shown, login=name, seat=seat)
    session.add_all(
        Topic(key=key, position=n, names={"zh": zh, "en": key})
        for n, (key, zh) in enumerate((("refusal", "拒绝与求助"), ("law", "法律与后果")))
    )
    session.flush()
    for number in range(12):
        make.question(session, number, stage=BankStage.JUNIOR)
    session.flush()


def read(session: Session) -> Town:
    """Return the town as it stands in the database."""
    units = {unit.code: unit for unit in session.scalars(select(Unit))}
    classes = {c.unit.code: c for c in session.scalars(select(SchoolClass))}
    staff = {p.login: p for p in session.scalars(select(Person))}
    pupils = {p.login: p for p in session.scalars(select(Pupil))}
    seats = {e.pupil_id: e.school_class.path for e in session.scalars(select(Enrolment))}
    postings: dict[object, list[tuple[Role, str]]] = {}
    for posting in session.scalars(select(Posting)):
        postings.setdefault(posting.person_id, []).append((posting.role, posting.unit.path))
    people: dict[str, Actor] = {
        name: Actor(
            staff[name].id, ActorKind.STAFF, staff[name].name,
            tuple(postings.get(staff[name].id, [])),
        )
        for name in STAFF
    }  # fmt: skip
    for name in PUPILS:
        child = pupils[name]
        held = ((Role.PUPIL, seats[child.id]),)
        people[name] = Actor(child.id, ActorKind.PUPIL, child.name, held, child.school_id)
    return Town(
        units["cn"], units["990100"], units["990101"], units["990102"],
        units["9901010001"], units["9901020001"],
        classes["9901010001-2026-0701"], classes["9901010001-2026-0702"],
        classes["9901020001-2026-0701"], **people,
    )  # fmt: skip


def _units(session: Session) -> dict[str, Unit | SchoolClass]:
    def add(kind: UnitKind, code: str, name: str, parent: Unit | None) -> Unit:
        return orgs.add_unit(session, kind=kind, code=code, name=name, parent=parent)

    nation = add(UnitKind.NATION, "cn", "中国", None)
    province = add(UnitKind.PROVINCE, "990000", "示例省", nation)
    city = add(UnitKind.CITY, "990100", "青禾市", province)
    north = add(UnitKind.DISTRICT, "990101", "北区", city)
    south = add(UnitKind.DISTRICT, "990102", "南区", city)
    elm = add(UnitKind.SCHOOL, "9901010001", "榆树中学", north)
    oak = add(UnitKind.SCHOOL, "9901020001", "橡树中学", south)
    session.flush()

    def add_class(school: Unit, number: int) -> SchoolClass:
        return orgs.add_class(
            session, school, school_year=YEAR, stage=Stage.JUNIOR, grade=7, number=number
        )

    return {
        "nation": nation, "city": city, "north": north, "south": south, "elm": elm, "oak": oak,
        "elm_7a": add_class(elm, 1), "elm_7b": add_class(elm, 2), "oak_7a": add_class(oak, 1),
    }  # fmt: skip


def _unit(place: Unit | SchoolClass) -> Unit:
    return place if isinstance(place, Unit) else place.unit


__all__ = ["NOON", "SYSTEM", "TERM_BEGAN", "YEAR", "Town", "build", "read"]
