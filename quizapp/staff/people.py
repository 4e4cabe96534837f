"""Changes to members of staff: who comes, what they hold, who goes.

Nobody gives or takes what `policy.appointable` does not give, and nobody changes the own account.
"""

from datetime import date, datetime

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor, Permission, Role, require
from quizapp.accounts import actions, second_factor
from quizapp.accounts.models import Invitation, Person, Posting, StaffSignIn
from quizapp.audit.actions import record
from quizapp.core.clock import DAY, local_day
from quizapp.core.db import lock
from quizapp.core.errors import Conflict, Invalid, NotAllowed
from quizapp.core.i18n import _
from quizapp.orgs.models import Unit
from quizapp.staff import postings
from quizapp.staff.postings import Member


def add(
    session: Session,
    *,
    name: str,
    login: str,
    role: Role,
    unit: Unit,
    by: Actor,
    now: datetime,
    until_on: date | None = None,
) -> Person:
    """Add a person with a first posting; Invalid if the sign-in name is taken."""
    if session.scalar(select(Person.id).where(Person.login == login)):
        says = _("Somebody has this sign-in name. Take another one, or ask the office above you "
                 "to appoint them here.")  # fmt: skip
        raise Invalid(says, fields={"login": says})
    made = Person(login=login, name=name)
    session.add(made)
    session.flush()
    appoint(session, made, role, unit, by=by, now=now, until_on=until_on)
    return made


def appoint(
    session: Session,
    person: Person,
    role: Role,
    unit: Unit,
    *,
    by: Actor,
    now: datetime,
    until_on: date | None = None,
) -> Posting:
    """Give a role at a unit from today on, `until_on` included.

    Links that were handed out before are dead: who holds one must not come into what is given now.
    """
    require(by, Permission.PERSON_APPOINT, unit)
    if person.id == by.id:
        raise NotAllowed(_("Nobody changes the own postings. Ask somebody above you."))
    if not postings.may_give(by, role, unit):
        says = _("You cannot give this role there.")
        raise Invalid(says, fields={"role": says})
    today = local_day(now)
    if until_on and until_on < today:
        says = _("The last day must not be over.")
        raise Invalid(says, fields={"until_on": says})
    held = postings.of(session, person).held(today)
    if (role, unit.id) in {(one.role, one.unit_id) for one in held}:
        raise Conflict(_("%(name)s holds this role there already.", name=person.name))
    _kill_links(session, person, now=now)
    made = actions.appoint(session, person, role, unit, by=by, now=now)
    made.until_on = until_on
    return made


def end_posting(
    session: Session, found: Member, posting: Posting, *, by: Actor, now: datetime
) -> None:
    """End a posting at once: yesterday was its last day, and one of today is as if never given."""
    _never_the_own(found, by)
    if not postings.may_take(by, posting):
        raise NotAllowed(_("Only who may give this role can take it away."))
    today = local_day(now)
    if posting not in found.held(today):
        raise Conflict(_("This posting is over already."))
    if posting.role is Role.PLATFORM_ADMIN:
        _keep_one_administrator(session, found.person, today=today)
    record(
        session, "posting.ended", by=by, now=now, path=posting.unit.path,
        person=found.person.id, role=posting.role.value, from_on=posting.from_on.isoformat(),
    )  # fmt: skip
    if posting.from_on >= today:
        session.delete(posting)
    else:
        posting.until_on = today - DAY


def new_link(session: Session, found: Member, *, by: Actor, now: datetime) -> str:
    """Return the token of a link with which the person sets a password; older links are dead.

    The second factor stays: the new password alone does not open.
    """
    _manage(found, by, now)
    if found.person.disabled_at or not found.held(local_day(now)):
        raise Conflict(_("%(name)s has no post, or is disabled.", name=found.person.name))
    _kill_links(session, found.person, now=now)
    return actions.invite(session, found.person, by=by, now=now, path=found.path)


def disable(session: Session, found: Member, *, by: Actor, now: datetime) -> None:
    """Let the person in no more: every sign-in and every link ends at once."""
    _manage(found, by, now)
    person, today = found.person, local_day(now)
    if Role.PLATFORM_ADMIN in {one.role for one in found.held(today)}:
        _keep_one_administrator(session, person, today=today)
    person.disabled_at = now
    _end_sign_ins(session, person, now=now)
    _kill_links(session, person, now=now)
    record(session, "person.disabled", by=by, now=now, path=found.path, person=person.id)


def enable(session: Session, found: Member, *, by: Actor, now: datetime) -> None:
    _manage(found, by, now)
    found.person.disabled_at = None
    record(session, "person.enabled", by=by, now=now, path=found.path, person=found.person.id)


def end_second_factor(session: Session, found: Member, *, by: Actor, now: datetime) -> None:
    """Take the second factor away from who has lost it; where it is needed, a new one is set up."""
    _manage(found, by, now)
    second_factor.turn_off(session, found.person, by=by, now=now, path=found.path)
    _end_sign_ins(session, found.person, now=now)


def _manage(found: Member, by: Actor, now: datetime) -> None:
    _never_the_own(found, by)
    if not postings.may_manage(by, found, on=local_day(now)):
        raise NotAllowed(_("This person also holds what you cannot give. Ask somebody above you."))


def _never_the_own(found: Member, by: Actor) -> None:
    if found.person.id == by.id:
        raise NotAllowed(_("Nobody changes the own postings. Ask somebody above you."))


def _keep_one_administrator(session: Session, leaving: Person, *, today: date) -> None:
    """Conflict if the site were left without anybody who may do everything there is to appoint."""
    lock(session, Posting, Person)  # Two who end each other at once: the second is refused.
    other = session.scalar(
        select(Person.id)
        .join(Posting, Posting.person_id == Person.id)
        .where(Posting.role == Role.PLATFORM_ADMIN, Posting.from_on <= today)
        .where(or_(Posting.until_on.is_(None), Posting.until_on >= today))
        .where(Person.id != leaving.id, Person.disabled_at.is_(None))
        .where(Person.password_hash.is_not(None))
        .limit(1)
    )
    if other is None:
        raise Conflict(_("This is the last platform administrator. Appoint another one first."))


def _kill_links(session: Session, person: Person, *, now: datetime) -> None:
    session.execute(
        update(Invitation)
        .where(Invitation.person_id == person.id, Invitation.used_at.is_(None))
        .where(Invitation.expires_at > now)
        .values(expires_at=now)
    )


def _end_sign_ins(session: Session, person: Person, *, now: datetime) -> None:
    session.execute(
        update(StaffSignIn)
        .where(StaffSignIn.person_id == person.id, StaffSignIn.ended_at.is_(None))
        .values(ended_at=now)
    )
