"""Changes to people, pupils and their cards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from quizapp.access.policy import Actor, Role
from quizapp.accounts import credentials, throttle
from quizapp.accounts.models import (
    Card,
    Enrolment,
    Invitation,
    Person,
    Posting,
    Presence,
    PupilSignIn,
)
from quizapp.accounts.queries import Seat
from quizapp.audit.actions import record
from quizapp.core.clock import local_day
from quizapp.core.db import count
from quizapp.core.errors import Invalid
from quizapp.core.i18n import _
from quizapp.core.ids import new_id
from quizapp.orgs.models import SchoolClass, Unit

CARD_LIFE = timedelta(days=14)
MOST_CARDS, CARDS_WITHIN = 3, timedelta(hours=1)  # Of one pupil, made by one person.
INVITATION_LIFE = timedelta(days=7)


def _first_of_year() -> ReturningUpdate[UUID]:
    """Return the statement that notes a sign-in, unless one was noted in the school year."""
    own, year = cast(Table, Enrolment.__table__), cast(Table, SchoolClass.__table__)
    earlier = own.alias()
    counted = (
        select(earlier.c.id)
        .join(year, year.c.unit_id == earlier.c.class_id)
        .where(earlier.c.school_id == bindparam("school"))
        .where(earlier.c.pupil_id == bindparam("pupil"), earlier.c.signed_in_at.is_not(None))
        .where(year.c.school_year == bindparam("year"))
    )
    noted = update(own).where(own.c.school_id == bindparam("school"), own.c.id == bindparam("own"))
    noted = noted.where(~counted.exists()).values(signed_in_at=bindparam("now"))
    return noted.returning(own.c.class_id)


FIRST_OF_YEAR = _first_of_year()  # Built once: a class that signs in at once needs it forty times.


@dataclass(frozen=True)
class PrintedCard:
    """What stands on a card. It exists only until the page is printed: the site keeps hashes."""

    name: str
    seat: int | None
    login: str
    token: str
    code: str


def issue_cards(
    session: Session,
    school_class: SchoolClass,
    seats: Sequence[Seat],
    *,
    key: str,
    by: Actor,
    now: datetime,
) -> list[PrintedCard]:
    """Give each of these pupils of the class a new card.

    Their older open cards are dead at once, and whoever is signed in as one of them is out.
    `key` is the key of the site, from which typed codes are made, and with which they are sealed.
    """
    session.execute(
        update(Card)
        .where(Card.school_id == school_class.school_id)
        .where(Card.pupil_id.in_([seat.pupil_id for seat in seats]))
        .where(Card.used_at.is_(None), Card.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    end_sign_ins(session, school_class.school_id, [seat.pupil_id for seat in seats], now=now)
    school = school_class.path.split("/")[-3]
    # A new code has not been guessed at yet.
    accounts = [throttle.account_of_pupil(school, seat.login, key) for seat in seats]
    throttle.forget(session, *map(throttle.card_of, accounts))
    printed = []
    for seat in seats:
        card_id = new_id()
        code = credentials.new_card_code(card_id, key)
        paper = PrintedCard(seat.name, seat.seat, seat.login, credentials.new_token(), code)
        printed.append(paper)
        session.add(
            Card(
                school_id=seat.school_id,
                id=card_id,
                pupil_id=seat.pupil_id,
                token_hash=credentials.digest(paper.token),
                code_hash=credentials.sealed(paper.code, key),
                issued_by=by.id,
                issued_at=now,
                expires_at=now + CARD_LIFE,
            )
        )
    record(session, "card.issued", by=by, now=now, path=school_class.path, cards=len(printed))
    return printed


def issued_often(
    session: Session,
    school_class: SchoolClass,
    seats: Sequence[Seat],
    *,
    by: Actor,
    now: datetime,
) -> bool:
    """Whether this person has made enough cards for one of these pupils; if so, it is logged.

    Who holds a card can sign in as its pupil, so a run of them needs a second person.
    """
    often = session.scalars(
        select(Card.pupil_id)
        .where(Card.school_id == school_class.school_id)
        .where(Card.pupil_id.in_([seat.pupil_id for seat in seats]))
        .where(Card.issued_by == by.id, Card.issued_at > now - CARDS_WITHIN)
        .group_by(Card.pupil_id)
        .having(func.count() >= MOST_CARDS)
    ).all()
    if often:
        record(session, "card.refused", by=by, now=now, path=school_class.path, pupils=len(often))
    return bool(often)


def count_sign_in(session: Session, enrolment: Enrolment, *, now: datetime) -> None:
    """Count the pupil's first sign-in of the school year, in the class of that day.

    Once, however many come at the same time; who moves to another class is not counted again.
    """
    if enrolment.signed_in_at:
        return
    # The class comes from the row as it is now: an import may have moved the pupil meanwhile.
    told = {
        "school": enrolment.school_id, "pupil": enrolment.pupil_id, "own": enrolment.id,
        "year": enrolment.school_class.school_year, "now": now,
    }  # fmt: skip
    class_id = session.scalar(FIRST_OF_YEAR, told)
    if class_id:
        cell = {"school_id": enrolment.school_id, "class_id": class_id, "day": local_day(now)}
        count(session, Presence, cell, signed_in=1)


def end_sign_ins_of_class(
    session: Session,
    school_class: SchoolClass,
    pupil_ids: Sequence[UUID],
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Sign out all these pupils of the class, wherever they are."""
    end_sign_ins(session, school_class.school_id, pupil_ids, now=now)
    record(session, "sign-in.ended", by=by, now=now, path=school_class.path, pupils=len(pupil_ids))


def end_sign_ins(
    session: Session,
    school_id: UUID,
    pupil_ids: Sequence[UUID],
    *,
    now: datetime,
    but: str | None = None,
) -> None:
    """End the sign-ins of these pupils: every cookie is dead, but the one whose hash is `but`."""
    ended = (
        update(PupilSignIn)
        .where(PupilSignIn.school_id == school_id, PupilSignIn.pupil_id.in_(pupil_ids))
        .where(PupilSignIn.ended_at.is_(None))
    )
    if but:
        ended = ended.where(PupilSignIn.token_hash != but)
    session.execute(ended.values(ended_at=now))


def appoint(
    session: Session, person: Person, role: Role, unit: Unit, *, by: Actor, now: datetime
) -> Posting:
    """Give the person a role at the unit from today on."""
    posting = Posting(person_id=person.id, unit_id=unit.id, role=role, from_on=local_day(now))
    session.add(posting)
    record(
        session, "posting.made", by=by, now=now, path=unit.path, person=person.id, role=role.value
    )
    return posting


def invite(session: Session, person: Person, *, by: Actor, now: datetime, path: str = "/") -> str:
    """Return the token of a one-time link with which the person sets a password."""
    token = credentials.new_token()
    session.add(
        Invitation(
            person_id=person.id,
            token_hash=credentials.digest(token),
            expires_at=now + INVITATION_LIFE,
        )
    )
    record(session, "person.invited", by=by, now=now, path=path, person=person.id)
    return token


def check_secret(secret: str, *known: str) -> None:
    """Invalid unless the secret is long enough and not one that others would try first."""
    if len(secret) < credentials.SHORTEST_SECRET:
        raise Invalid(_("Take at least 8 signs; digits are enough."), fields={"secret": "short"})
    if len(secret) > credentials.LONGEST_SECRET:
        raise Invalid(_("Take at most 128 signs."), fields={"secret": "long"})
    if credentials.is_weak(secret, *known):
        raise Invalid(
            _("This is too easy to guess. Take something that only you know."),
            fields={"secret": "weak"},
        )
