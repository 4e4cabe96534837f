"""Changes to people, pupils and their cards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from quizapp.access.policy import Actor, Role
from quizapp.accounts import credentials
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
from quizapp.orgs.models import SchoolClass, Unit

CARD_LIFE = timedelta(days=14)
INVITATION_LIFE = timedelta(days=7)


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
    """Give each of these pupils of the class a new card; their older open cards are dead at once.

    `key` is the key of the site, with which typed codes are sealed.
    """
    session.execute(
        update(Card)
        .where(Card.school_id == school_class.school_id)
        .where(Card.pupil_id.in_([seat.pupil_id for seat in seats]))
        .where(Card.used_at.is_(None), Card.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    printed = []
    for seat in seats:
        paper = PrintedCard(
            seat.name, seat.seat, seat.login, credentials.new_token(), credentials.new_code()
        )
        printed.append(paper)
        session.add(
            Card(
                school_id=seat.school_id,
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


def count_sign_in(session: Session, enrolment: Enrolment, *, now: datetime) -> None:
    """Count the pupil's first sign-in of the school year, in the class of that day.

    Once, however many come at the same time; who moves to another class is not counted again.
    """
    earlier, year = aliased(Enrolment), aliased(SchoolClass)
    counted = (
        select(earlier.id)
        .join(year, year.unit_id == earlier.class_id)
        .where(earlier.school_id == enrolment.school_id, earlier.pupil_id == enrolment.pupil_id)
        .where(earlier.signed_in_at.is_not(None))
        .where(year.school_year == enrolment.school_class.school_year)
    )
    # The class comes from the row as it is now: an import may have moved the pupil meanwhile.
    class_id = session.scalar(
        update(Enrolment)
        .where(Enrolment.school_id == enrolment.school_id, Enrolment.id == enrolment.id)
        .where(~counted.exists())
        .values(signed_in_at=now)
        .returning(Enrolment.class_id)
        .execution_options(synchronize_session=False)
    )
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
    session.execute(
        update(PupilSignIn)
        .where(PupilSignIn.school_id == school_class.school_id)
        .where(PupilSignIn.pupil_id.in_(pupil_ids), PupilSignIn.ended_at.is_(None))
        .values(ended_at=now)
    )
    record(session, "sign-in.ended", by=by, now=now, path=school_class.path, pupils=len(pupil_ids))


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


def invite(session: Session, person: Person, *, by: Actor, now: datetime) -> str:
    """Return the token of a one-time link with which the person sets a password."""
    token = credentials.new_token()
    session.add(
        Invitation(
            person_id=person.id,
            token_hash=credentials.digest(token),
            expires_at=now + INVITATION_LIFE,
        )
    )
    record(session, "person.invited", by=by, now=now, person=person.id)
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
