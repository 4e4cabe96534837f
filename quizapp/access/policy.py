"""Who may do what, and where. The only file that answers that question."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from quizapp.core.errors import Missing, NotAllowed
from quizapp.core.i18n import _


class Permission(StrEnum):
    """A verb on a noun. What is not named here nobody may do."""

    AUDIT_READ = "audit:read"
    BANK_EDIT = "bank:edit"
    BANK_PROPOSE = "bank:propose"
    BANK_READ = "bank:read"
    BANK_REVIEW = "bank:review"
    CAMPAIGN_EDIT = "campaign:edit"
    CAMPAIGN_READ = "campaign:read"
    CARD_ISSUE = "card:issue"
    CLASS_TEACH = "class:teach"
    CONSENT_EDIT = "consent:edit"
    HOUR_EDIT = "hour:edit"
    JOB_READ = "job:read"
    LESSON_READ = "lesson:read"
    PERSON_APPOINT = "person:appoint"
    PRIVACY_DECIDE = "privacy:decide"
    PROGRESS_READ = "progress:read"
    PUPIL_READ = "pupil:read"
    QUIZ_STEER = "quiz:steer"
    QUIZ_TAKE = "quiz:take"
    REPORT_READ = "report:read"
    ROLL_CONFIRM = "roll:confirm"
    ROLL_READ = "roll:read"
    ROLL_SIGN = "roll:sign"
    ROSTER_EDIT = "roster:edit"
    SUPPORT_ASK = "support:ask"
    UNIT_READ = "unit:read"
    WINDOW_OPEN = "window:open"


class Role(StrEnum):
    """What a person is at a unit and beneath it; district or city is where the posting stands."""

    PUPIL = "pupil"
    TEACHER = "teacher"
    SCHOOL_ADMIN = "school_admin"
    LECTURER = "lecturer"
    EDUCATION_OFFICER = "education_officer"
    ANTIDRUG_OFFICER = "antidrug_officer"
    EDITOR = "editor"
    REVIEWER_FACTS = "reviewer_facts"
    REVIEWER_LEVEL = "reviewer_level"
    REVIEWER_SAFETY = "reviewer_safety"
    AUDITOR = "auditor"
    SUPPORT = "support"
    SUPPORT_VISIT = "support_visit"  # Never a posting: held at one school, for a stated time.
    PLATFORM_ADMIN = "platform_admin"


class Aspect(StrEnum):
    """What of a text a reviewer signs for."""

    FACTS = "facts"  # 禁毒: what it says is true.
    LEVEL = "level"  # 教研: it is asked as this stage can read and learn.
    SAFETY = "safety"  # 心理: it frightens nobody and teaches no way to take anything.


P = Permission
EVERYONE = frozenset({P.LESSON_READ, P.CAMPAIGN_READ})
CONTENT = EVERYONE | {P.BANK_READ}
# Who has not begun is for the teachers of the class alone: a list of names at the office of a
# school is a list to be chased.
# Names are read inside the school only: above it there is no grant until a purpose is stated.
# Anti-drug offices and auditors see counts and never a name.
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.PUPIL: EVERYONE | {P.QUIZ_TAKE},
    Role.TEACHER: EVERYONE
    | {P.UNIT_READ, P.PUPIL_READ, P.CARD_ISSUE, P.CAMPAIGN_EDIT, P.REPORT_READ, P.PROGRESS_READ}
    | {P.CONSENT_EDIT, P.WINDOW_OPEN, P.CLASS_TEACH, P.BANK_PROPOSE},
    Role.SCHOOL_ADMIN: EVERYONE
    | {P.UNIT_READ, P.PUPIL_READ, P.CARD_ISSUE, P.CAMPAIGN_EDIT, P.REPORT_READ}
    | {P.ROSTER_EDIT, P.ROLL_READ, P.ROLL_CONFIRM, P.PERSON_APPOINT}
    | {P.CONSENT_EDIT, P.PRIVACY_DECIDE, P.WINDOW_OPEN, P.CLASS_TEACH, P.HOUR_EDIT}
    | {P.BANK_PROPOSE, P.QUIZ_STEER},
    # Who comes to teach sees which classes there are, and no name.
    Role.LECTURER: EVERYONE | {P.CLASS_TEACH, P.BANK_PROPOSE},
    Role.EDUCATION_OFFICER: EVERYONE
    | {P.UNIT_READ, P.CAMPAIGN_EDIT, P.REPORT_READ, P.ROLL_READ, P.ROLL_SIGN, P.PERSON_APPOINT}
    | {P.QUIZ_STEER},
    Role.ANTIDRUG_OFFICER: EVERYONE
    | {P.UNIT_READ, P.CAMPAIGN_EDIT, P.REPORT_READ, P.ROLL_READ, P.QUIZ_STEER},
    Role.EDITOR: CONTENT | {P.BANK_EDIT, P.BANK_PROPOSE},
    Role.REVIEWER_FACTS: CONTENT | {P.BANK_REVIEW},
    Role.REVIEWER_LEVEL: CONTENT | {P.BANK_REVIEW},
    Role.REVIEWER_SAFETY: CONTENT | {P.BANK_REVIEW},
    Role.AUDITOR: EVERYONE | {P.UNIT_READ, P.REPORT_READ, P.ROLL_READ, P.AUDIT_READ},
    Role.SUPPORT: EVERYONE | {P.SUPPORT_ASK},
    Role.SUPPORT_VISIT: frozenset({P.UNIT_READ, P.PUPIL_READ, P.REPORT_READ, P.ROLL_READ}),
    Role.PLATFORM_ADMIN: CONTENT
    | {P.UNIT_READ, P.REPORT_READ, P.ROLL_READ, P.PERSON_APPOINT, P.AUDIT_READ, P.JOB_READ}
    | {P.SUPPORT_ASK},
}
# Which aspect of a text the role signs for.
SIGNS: dict[Role, Aspect] = {
    Role.REVIEWER_FACTS: Aspect.FACTS,
    Role.REVIEWER_LEVEL: Aspect.LEVEL,
    Role.REVIEWER_SAFETY: Aspect.SAFETY,
}
# Who may appoint whom, at the own unit and beneath it. A class teacher's list of who has not
# begun is of the class alone, so it is no more than the school has given away.
SCHOOL_ROLES = frozenset({Role.TEACHER, Role.LECTURER})
OFFICE_ROLES = frozenset({Role.EDUCATION_OFFICER, Role.ANTIDRUG_OFFICER, Role.AUDITOR})
APPOINTS: dict[Role, frozenset[Role]] = {
    Role.SCHOOL_ADMIN: SCHOOL_ROLES | {Role.SCHOOL_ADMIN},
    Role.EDUCATION_OFFICER: SCHOOL_ROLES | {Role.SCHOOL_ADMIN, Role.EDUCATION_OFFICER},
    Role.PLATFORM_ADMIN: frozenset(Role) - {Role.PUPIL, Role.SUPPORT_VISIT},
}
# Who enters with a second factor on a public site: names of many, or figures of a region.
SECOND_FACTOR = frozenset(Role) - SCHOOL_ROLES - {Role.PUPIL, Role.SUPPORT_VISIT}
# What a unit offers is for all who sit beneath it.
OFFERED = frozenset({P.QUIZ_TAKE, P.LESSON_READ, P.CAMPAIGN_READ})


class Placed(Protocol):
    """Anything that stands somewhere in the tree of units, like "/cn/330000/330200/330203/"."""

    @property
    def path(self) -> str: ...


@dataclass(frozen=True)
class Everywhere:
    """What stands at the top of the tree: an approved lesson, the bank, the log."""

    path: str = "/"


EVERYWHERE = Everywhere()


class ActorKind(StrEnum):
    PUPIL = "pupil"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """A person or a pupil as the policy sees them."""

    id: UUID
    kind: ActorKind
    name: str
    held: tuple[tuple[Role, str], ...]  # A role, and the path at and below which it is held.
    school_id: UUID | None = None  # Of a pupil; with `id` it finds every row of their own.
    grade: int | None = None  # Of a pupil's class.

    @property
    def paths(self) -> frozenset[str]:
        """The path of each unit at which something is held."""
        return frozenset(path for _role, path in self.held)

    @property
    def seat(self) -> str:
        """The path of a pupil's class."""
        return self.held[0][1]


SYSTEM = Actor(UUID(int=0), ActorKind.SYSTEM, "system", ())  # Jobs and commands.


def reach(actor: Actor, permission: Permission) -> Iterator[str]:
    """Yield the path of each unit at which the actor holds the permission."""
    return (path for role, path in actor.held if permission in GRANTS[role])


def holds(actor: Actor, permission: Permission) -> bool:
    """Whether there is any place at all where the actor may do this."""
    return any(True for _path in reach(actor, permission))


def appointable(actor: Actor, thing: Placed) -> frozenset[Role]:
    """Return the roles that the actor may give, or take away, at the unit."""
    return frozenset(
        role
        for own, path in actor.held
        if thing.path.startswith(path)
        for role in APPOINTS.get(own, ())
    )


def signed_for(actor: Actor) -> frozenset[Aspect]:
    """Return the aspects of a text for which the actor may sign."""
    return frozenset(SIGNS[role] for role, _path in actor.held if role in SIGNS)


def allows(actor: Actor, permission: Permission, thing: Placed) -> bool:
    if permission in OFFERED:  # A city's quiz is for every class beneath the city.
        return any(
            seat.startswith(thing.path) or thing.path.startswith(seat)
            if actor.kind is ActorKind.STAFF  # Staff see what is offered to or beneath their unit.
            else seat.startswith(thing.path)
            for seat in reach(actor, permission)
        )
    if thing is EVERYWHERE:  # Things without a place belong to whoever holds the permission.
        return holds(actor, permission)
    return any(thing.path.startswith(top) for top in reach(actor, permission))


def require(actor: Actor, permission: Permission, thing: Placed) -> None:
    """NotAllowed for what the actor may do nowhere, Missing for what is only not theirs."""
    if not holds(actor, permission):
        raise NotAllowed(_("You cannot do that with this account."))
    if not allows(actor, permission, thing):
        raise Missing(_("There is no such page for you."))
