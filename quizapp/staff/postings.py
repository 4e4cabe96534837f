"""Questions about members of staff: who is there, what they hold, and who may change that."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, selectinload

from quizapp.access.policy import Actor, Permission, Role, allows, appointable, reach
from quizapp.access.scope import within
from quizapp.accounts.models import Person, Posting
from quizapp.core.errors import Missing
from quizapp.core.i18n import _
from quizapp.core.paging import Page, newest_first
from quizapp.core.pinyin import spelled
from quizapp.orgs import queries as orgs
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import UnitKind
from quizapp.staff.posts import fits

FOUND = 50  # Units that a search shows at once.
MATCHES = 1000  # People who fit what was typed; who types one letter wants no more.


@dataclass(frozen=True)
class Member:
    """A person of the staff with every posting ever held, the oldest first."""

    person: Person
    postings: tuple[Posting, ...]

    @property
    def path(self) -> str:
        """Where what happens to the person is written down: at the newest posting."""
        return self.postings[-1].unit.path

    def held(self, on: date) -> list[Posting]:
        """Return what is held on that day and later."""
        return [p for p in self.postings if p.until_on is None or p.until_on >= on]


def members(session: Session, actor: Actor, *, wanted: str, after: UUID | None) -> Page[Person]:
    """Return those with a posting at or beneath the actor's units, those added last first.

    `wanted` is a part of the name, of its spelling or initials, or of the sign-in name.
    """
    seen = select(Person).where(_is_near(actor)).options(selectinload(Person.postings))
    if wanted:
        rows = session.execute(select(Person.id, Person.name, Person.login).where(_is_near(actor)))
        found = sorted(i for i, *told in rows if is_like(wanted, *told))
        seen = seen.where(Person.id.in_(found[-MATCHES:]))
    return newest_first(session, seen, Person.id, after=after)


def is_like(wanted: str, name: str, login: str) -> bool:
    """Whether somebody who types this means that person."""
    plain = "".join(wanted.lower().split())
    if plain in name.lower() or plain in login.lower():
        return True
    return plain.isascii() and any(sound.startswith(plain) for sound in spelled(name).split())


def member(session: Session, actor: Actor, person_id: UUID) -> Member:
    """Return the person; Missing unless a posting is or was at or beneath the actor's units."""
    wanted = select(Person).where(Person.id == person_id, _is_near(actor))
    found = session.scalar(wanted)
    if found is None:
        raise Missing(_("There is no such page for you."))
    return of(session, found)


def of(session: Session, person: Person) -> Member:
    """Return the person with the postings as they stand now."""
    rows = session.scalars(
        select(Posting)
        .where(Posting.person_id == person.id)
        .order_by(Posting.from_on, Posting.id)
        .execution_options(populate_existing=True)
    )
    return Member(person, tuple(rows))


def posting(found: Member, posting_id: UUID) -> Posting:
    for one in found.postings:
        if one.id == posting_id:
            return one
    raise Missing(_("There is no such page for you."))


def near(actor: Actor, postings: Iterable[Posting]) -> list[Posting]:
    """Return those of the postings that stand at or beneath the actor's units."""
    return [p for p in postings if allows(actor, Permission.PERSON_APPOINT, p.unit)]


def may_take(actor: Actor, one: Posting) -> bool:
    """Whether the actor may end the posting: who may give it, but nobody the own."""
    return one.person_id != actor.id and one.role in appointable(actor, one.unit)


def may_manage(actor: Actor, found: Member, *, on: date) -> bool:
    """Whether the actor may send a link, disable, or take the second factor away.

    That is as good as being the person, so it takes the right to give all that the person holds.
    """
    held = found.held(on) or near(actor, found.postings)
    return bool(held) and all(may_take(actor, one) for one in held)


def roles_at(actor: Actor, places: Sequence[Unit]) -> list[Role]:
    """Return the roles that the actor may give at any of these units."""
    return [role for role in Role if any(may_give(actor, role, place) for place in places)]


def may_give(actor: Actor, role: Role, unit: Unit) -> bool:
    return fits(role, unit.kind) and role in appointable(actor, unit)


def tops(session: Session, actor: Actor) -> Sequence[Unit]:
    """Return the units at which the actor may appoint, the highest first."""
    return orgs.tops(session, reach(actor, Permission.PERSON_APPOINT))


def places(session: Session, unit: Unit, *, school_year: int) -> list[Unit]:
    """Return the unit, and the classes of this school year if it is a school."""
    classes = orgs.classes(session, unit.id, school_year=school_year)
    return [unit, *(one.unit for one in classes)]


def beneath(session: Session, unit: Unit) -> Sequence[Unit]:
    """Return the units right beneath it, by name; classes stand with their school."""
    return session.scalars(
        select(Unit)
        .where(Unit.parent_id == unit.id, Unit.kind != UnitKind.CLASS)
        .order_by(Unit.name, Unit.code)
    ).all()


def units_like(session: Session, actor: Actor, wanted: str) -> Sequence[Unit]:
    """Return units, but no classes, whose name holds the words or whose code begins with them."""
    return session.scalars(
        select(Unit)
        .where(within(Unit.path, actor, Permission.PERSON_APPOINT), Unit.kind != UnitKind.CLASS)
        .where(
            or_(
                Unit.name.contains(wanted, autoescape=True),
                Unit.code.startswith(wanted, autoescape=True),
            )
        )
        .order_by(Unit.path)
        .limit(FOUND)
    ).all()


def _is_near(actor: Actor) -> ColumnElement[bool]:
    return (
        select(Posting.id)
        .join(Unit, Unit.id == Posting.unit_id)
        .where(Posting.person_id == Person.id)
        .where(within(Unit.path, actor, Permission.PERSON_APPOINT))
        .exists()
    )
