"""Where in the tree a role can be held: a school administrator over a district would read names."""

from quizapp.access.policy import Role
from quizapp.orgs.rules import UnitKind

K = UnitKind
REGIONS = frozenset({K.PROVINCE, K.CITY, K.DISTRICT})
CONTENT = frozenset({K.NATION, K.PROVINCE, K.CITY})
PLACES: dict[Role, frozenset[UnitKind]] = {
    Role.PUPIL: frozenset(),
    Role.TEACHER: frozenset({K.SCHOOL, K.CLASS}),
    Role.SCHOOL_ADMIN: frozenset({K.SCHOOL}),
    Role.LECTURER: REGIONS | {K.SCHOOL},
    Role.EDUCATION_OFFICER: REGIONS,
    Role.ANTIDRUG_OFFICER: REGIONS,
    Role.EDITOR: CONTENT,
    Role.REVIEWER_FACTS: CONTENT,
    Role.REVIEWER_LEVEL: CONTENT,
    Role.REVIEWER_SAFETY: CONTENT,
    Role.AUDITOR: REGIONS | {K.NATION},
    Role.SUPPORT: REGIONS | {K.NATION},
    Role.SUPPORT_VISIT: frozenset(),
    Role.PLATFORM_ADMIN: frozenset({K.NATION}),
}


def fits(role: Role, kind: UnitKind) -> bool:
    return kind in PLACES[role]
