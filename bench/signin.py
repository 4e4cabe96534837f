"""Sign-ins a second: by window, by card, and by password while pupils turn pages.

Measured is the request that signs in: the pictures for the own name, or what is chosen with a card.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle

from flask import Flask
from sqlalchemy import select

from bench.figures import Figure, Target
from bench.ground import DIALECTS, Demo, Ground, cpu, say
from bench.load import at_once, timed
from bench.pages import pages_of
from quizapp.access.policy import SYSTEM
from quizapp.accounts import actions, credentials, pins, queries, windows
from quizapp.accounts.models import Enrolment, Person, Pupil
from quizapp.app import create_app
from quizapp.core.clock import now
from quizapp.core.db import database, transaction
from quizapp.core.ids import new_id
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass
from tests.faults.client import Client, Pass, browsing
from tests.settings import KEY, configured

CLASSES, HANDS = 16, 16
STAFF, READERS, SECONDS = 12, 8, 12.0
CPU = Target(10)  # Then two cores sign 200 in a second.
PICTURES = {"first": "sun", "second": "cat", "third": "boat"}
SECRET, PASSWORD = "7182 8182", "a long password"


@dataclass(frozen=True)
class Visit:
    """A request that signs somebody in: where to, with what, from which browser."""

    path: str
    form: Mapping[str, str]
    kept: Pass


def measure(ground: Ground) -> Iterator[Figure]:
    for dialect, name in DIALECTS.items():
        demo = ground.demo(dialect)
        app = create_app(configured(demo.instance, demo.url), testing=True)
        with app.app_context():
            ways = {
                "by window": _by_window(app),
                "by card, choosing pictures": _by_card(app, PICTURES),
                "by card, choosing a secret": _by_card(app, {"secret": SECRET, "again": SECRET}),
            }
            logins = _staff()
            database.engine.dispose()
        with demo.served() as address:
            for way, visits in ways.items():
                say(f"sign-in {way}, {name}")
                rate, burnt = _all_in(address, visits)
                target = None if "secret" in way else CPU
                yield Figure(
                    f"sign-in {way}: CPU of the server for one, {name}", [burnt], "ms", target
                )
                yield Figure(f"sign-in {way}: a second, {HANDS} in flight, {name}", [rate], "/s")
            say(f"pages while staff sign in, {name}")
            yield from _beside_staff(demo, address, logins, name)


def _classes() -> Sequence[SchoolClass]:
    """Return classes of grade 5 and 6: there pictures are enough."""
    small = select(SchoolClass).where(SchoolClass.grade <= pins.LAST_GRADE)
    found = database.session.scalars(small.order_by(SchoolClass.unit_id).limit(CLASSES)).all()
    assert found, "the demo has no small classes"
    return found


def _by_window(app: Flask) -> list[Visit]:
    visits = []
    with transaction() as session:
        for school_class in _classes():
            window = windows.open_for(
                session, school_class, minutes=45, key=KEY, by=SYSTEM, now=now()
            )
            opened = [str(window.school_id), str(window.id)]
            for child in session.scalars(
                select(Pupil)
                .join(
                    Enrolment,
                    (Enrolment.school_id == Pupil.school_id) & (Enrolment.pupil_id == Pupil.id),
                )
                .where(Enrolment.school_id == school_class.school_id)
                .where(Enrolment.class_id == school_class.unit_id)
            ):
                child.pin_hash = pins.sealed("sun cat boat", pupil_id=child.id, key=KEY)
                kept = browsing(app, {"window": [*opened, child.id.hex[:22]]})
                visits.append(Visit(f"/window/names/{child.id}", PICTURES, kept))
    return visits


def _by_card(app: Flask, chosen: Mapping[str, str]) -> list[Visit]:
    """Return visits with new cards, which the next call makes useless: call it before the way."""
    visits, kept = [], browsing(app, {})
    half = _classes()[::2] if "secret" in chosen else _classes()[1::2]
    with transaction() as session:
        for school_class in half:
            school = orgs.school(session, school_class.school_id).code
            seats = queries.seats(session, school_class, now=now())
            for paper in actions.issue_cards(
                session, school_class, seats, key=KEY, by=SYSTEM, now=now()
            ):
                told = {"school": school, "token": paper.token, **chosen}
                visits.append(Visit("/card/use", told, kept))
    return visits


def _staff() -> list[str]:
    """Return the sign-in names of people made for it, all with the same password."""
    kept = credentials.hashed(PASSWORD)
    made = [Person(login=f"bench-{new_id().hex[-8:]}", name="示例", password_hash=kept)
            for _n in range(STAFF)]  # fmt: skip
    with transaction() as session:
        session.add_all(made)
    return [person.login for person in made]


def _all_in(address: str, visits: Sequence[Visit]) -> tuple[float, float]:
    """Make the visits; return sign-ins a second and the server's CPU for one."""
    shares = [visits[hand::HANDS] for hand in range(HANDS)]

    def sign_in(number: int, client: Client) -> Iterator[int]:
        for visit in shares[number]:
            client.cookies = {"device": f"{number:022}", **visit.kept.cookies}
            client.csrf = visit.kept.csrf
            reply = client.send("POST", visit.path, form=visit.form)
            if reply.status != 303:
                raise RuntimeError(f"{visit.path}: {reply.status} {reply.body[:300]!r}")
            yield 1

    clients = [Client(address) for _hand in range(HANDS)]
    before, begun = cpu(), time.perf_counter()
    done = sum(len(told) for told in at_once(clients, sign_in))
    return done / (time.perf_counter() - begun), (cpu() - before) / done


def _beside_staff(demo: Demo, address: str, logins: Sequence[str], name: str) -> Iterator[Figure]:
    """Turn pages, first alone, then while all the staff sign in again and again."""
    pupils = [demo.pupil(address, number) for number in range(100, 100 + READERS)]
    addresses = [list(pages_of(pupil).values()) for pupil in pupils]
    target = None
    for staff in ([], list(logins)):
        begun = time.monotonic()

        def turn(number: int, client: Client, begun: float = begun) -> Iterator[tuple[str, float]]:
            for path in cycle(addresses[number]):
                if time.monotonic() - begun > SECONDS:
                    return
                yield "page", timed(client, "GET", path)

        def work(
            number: int, client: Client, staff: Sequence[str] = staff, begun: float = begun
        ) -> Iterator[tuple[str, float]]:
            if number < READERS:
                yield from turn(number, client)
                return
            told = {"login": staff[number - READERS], "password": PASSWORD}
            while time.monotonic() - begun < SECONDS:
                client.cookies = {"device": f"{number:022}"}
                yield "sign-in", timed(client, "POST", "/api/v1/sign-in", told)

        clients = pupils + [Client(address) for _login in staff]
        took = [one for told in at_once(clients, work) for one in told]
        pages = [ms for what, ms in took if what == "page"]
        beside = f"{len(staff)} staff sign in at the same time" if staff else "nobody signs in"
        what = f"page: {READERS} pupils in flight, {beside}, {name}"
        turned = Figure(what, pages, "ms", target)
        yield turned
        target = Target(2 * (turned.p95 or turned.median), "p95")  # Twice as slow, no more.
        if staff:
            rate = (len(took) - len(pages)) / SECONDS
            yield Figure(f"sign-in by password: a second, beside those pages, {name}", [rate], "/s")
