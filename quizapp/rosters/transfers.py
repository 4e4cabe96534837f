"""A child goes to another school of the city: one school makes a code, the other takes over.

The rows of both schools are tied by `child_id`. What was counted stays with the old class, and
neither school types a name anew.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Update, func, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import credentials
from quizapp.accounts.models import Enrolment, Leaving, Pupil
from quizapp.audit.actions import record
from quizapp.core.clock import DAY, local_day
from quizapp.core.db import changed
from quizapp.core.errors import Conflict, Invalid
from quizapp.core.i18n import _
from quizapp.core.ids import new_id
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.rosters import changes, pupils
from quizapp.rosters.journal import Journal
from quizapp.rosters.models import ChangeKind, Transfer
from quizapp.rosters.pupil_queries import Child

CODE_LIFE: Final = timedelta(days=14)
COPIED: Final = (
    "child_id", "name", "pinyin", "consent", "extra_percent", "extra_why", "extra_until",
)  # fmt: skip


@dataclass(frozen=True)
class Offered:
    """What a code opens: the child, where it comes from and its last class there."""

    transfer: Transfer
    school: Unit
    pupil: Pupil
    last: Enrolment


def let_go(
    session: Session, of: Child, *, key: str, at_once: bool, by: Actor, now: datetime
) -> str:
    """Return the code with which another school takes the child over; an older one is dead.

    `key` is the key of the site. With `at_once` the child has left already; else it stays in its
    class until then. For the transaction in which `changes.hold` was called.
    """
    pupil, code = of.pupil, credentials.new_code()
    session.execute(_waiting(pupil.school_id, pupil.id).values(called_off_at=now))
    row = {
        "school_id": pupil.school_id, "id": new_id(), "pupil_id": pupil.id,
        "code_hash": credentials.sealed(code, key), "made_by": by.id, "made_at": now,
        "expires_at": now + CODE_LIFE, "taken_at": None,
    }  # fmt: skip
    journal = Journal(session)
    journal.add(Transfer, [row])
    record(session, "transfer.made", by=by, now=now, path=of.school.path, pupil=pupil.id)
    if at_once and of.enrolment:
        pupils.close(journal, of.enrolment, Leaving.TRANSFERRED, until=local_day(now))
        changes.keep(session, of.school, ChangeKind.TRANSFER, journal, {"left": 1}, by=by, now=now)
    return code


def call_off(session: Session, of: Child, *, by: Actor, now: datetime) -> None:
    """Let the code open nothing any more; Conflict if the child has been taken over."""
    ended = _waiting(of.pupil.school_id, of.pupil.id).values(called_off_at=now)
    if not changed(session, ended):
        raise Conflict(_("There is no transfer to call off."))
    record(session, "transfer.called-off", by=by, now=now, path=of.school.path, pupil=of.pupil.id)


def offered(
    session: Session, to: Unit, *, school: str, code: str, key: str, now: datetime
) -> Offered:
    """Return what the two codes open; Invalid, the same for every reason, if nothing."""
    row = session.execute(
        select(Transfer, Unit, Pupil)
        .join(Unit, Unit.id == Transfer.school_id)
        .join(Pupil, (Pupil.school_id == Transfer.school_id) & (Pupil.id == Transfer.pupil_id))
        .where(Unit.code == school.strip(), Transfer.code_hash == credentials.sealed(code, key))
        .where(Transfer.taken_at.is_(None), Transfer.called_off_at.is_(None))
        .where(Transfer.expires_at > now, Pupil.erased_at.is_(None))
    ).first()
    last = _last(session, row[2]) if row else None
    if row is None or last is None:
        says = _(
            "These two codes open no transfer. Check both, or ask the other school for a new one."
        )
        raise Invalid(says, fields={"code": "unknown"})
    if row[1].id == to.id:
        raise Invalid(
            _("This is a child of your own school. Enrol the child again on the pupil's page."),
            fields={"school": "own"},
        )
    if orgs.city_of(session, row[1]) != orgs.city_of(session, to):
        raise Invalid(
            _("That school is in another city. A transfer goes within the city; enrol the child "
              "as a new pupil."),
            fields={"school": "elsewhere"},
        )  # fmt: skip
    return Offered(row[0], row[1], row[2], last)


def take(
    session: Session, school: Unit, what: Offered, to: SchoolClass, *, by: Actor, now: datetime
) -> Pupil:
    """Take the child over into the class; the other school's enrolment ends with yesterday.

    For the transaction in which both schools were held and the codes were looked up. A child who
    comes back to a school has the old row again.
    """
    journal, today = Journal(session), local_day(now)
    here = session.scalar(
        select(Pupil)
        .where(Pupil.school_id == school.id, Pupil.child_id == what.pupil.child_id)
        .where(Pupil.erased_at.is_(None))
    )
    if here and _open(session, here):
        raise Conflict(_("The child is in a class of your school already."))
    pupil = here or _copied(journal, school, what.pupil)
    if old := _open(session, what.pupil):
        pupils.close(journal, old, Leaving.TRANSFERRED, until=today - DAY)
    pupils.begin(journal, pupil, to, seat=None, on=today)
    own = {"school_id": what.transfer.school_id, "id": what.transfer.id}
    journal.change(Transfer, [own | {"to_school_id": school.id, "taken_at": now}])
    counts = {"returned" if here else "added": 1}
    changes.keep(session, school, ChangeKind.TRANSFER, journal, counts, by=by, now=now)
    record(
        session, "transfer.taken", by=by, now=now, path=what.school.path,
        pupil=what.pupil.id, school=school.id,
    )  # fmt: skip
    return pupil


def hold(session: Session, *schools: Unit) -> None:
    """Let no other change of these rosters begin; always in the same order."""
    for school in sorted(schools, key=lambda unit: unit.id):
        changes.hold(session, school)


def _copied(journal: Journal, school: Unit, child: Pupil) -> Pupil:
    """Make the row at the new school. No secret comes along: the child gets a card."""
    session = journal.session
    kept = {column: getattr(child, column) for column in COPIED}
    pupil = Pupil(school_id=school.id, id=new_id(), login=_free_login(session, school), **kept)
    session.add(pupil)
    journal.made(pupil)
    return pupil


def _free_login(session: Session, school: Unit) -> str:
    taken = select(Pupil.id).where(Pupil.school_id == school.id)
    while True:
        login = credentials.new_login()
        same = (func.lower(Pupil.login) == login) | (Pupil.number == login)
        if not session.scalar(select(taken.where(same).exists())):
            return login


def _waiting(school_id: UUID, pupil_id: UUID) -> Update:
    """Return an UPDATE of the pupil's codes that still wait to be used."""
    return (
        update(Transfer)
        .where(Transfer.school_id == school_id, Transfer.pupil_id == pupil_id)
        .where(Transfer.taken_at.is_(None), Transfer.called_off_at.is_(None))
        .execution_options(synchronize_session=False)
    )


def _open(session: Session, pupil: Pupil) -> Enrolment | None:
    own = (Enrolment.school_id == pupil.school_id) & (Enrolment.pupil_id == pupil.id)
    return session.scalar(select(Enrolment).where(own, Enrolment.until_on.is_(None)))


def _last(session: Session, pupil: Pupil) -> Enrolment | None:
    own = (Enrolment.school_id == pupil.school_id) & (Enrolment.pupil_id == pupil.id)
    newest = select(Enrolment).where(own).order_by(Enrolment.from_on.desc(), Enrolment.id.desc())
    return session.scalar(newest.limit(1))
