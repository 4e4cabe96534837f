"""Nobody grants more than they hold, but for what is named here with its reason."""

from quizapp.access.policy import APPOINTS, GRANTS, Permission, Role
from quizapp.orgs.rules import UnitKind
from quizapp.staff.posts import PLACES

P, R = Permission, Role
NAMES = frozenset({P.PUPIL_READ, P.PROGRESS_READ, P.CARD_ISSUE, P.CONSENT_EDIT, P.WINDOW_OPEN})
TEACHING = frozenset({P.CLASS_TEACH, P.BANK_PROPOSE})
CLASS = NAMES | TEACHING
SCHOOL = (CLASS - {P.PROGRESS_READ}) | {
    P.ROSTER_EDIT, P.ROLL_CONFIRM, P.PRIVACY_DECIDE, P.HOUR_EDIT,
}  # fmt: skip
# Who gives what they do not hold themselves, and why that is meant (0018).
EXCEPTIONS = {
    # Who has not begun is a list for those who teach the class, not for the office to chase.
    (R.SCHOOL_ADMIN, R.TEACHER): {P.PROGRESS_READ},
    # Names stay in the school: the office makes who keeps them there, and reads none itself.
    (R.EDUCATION_OFFICER, R.SCHOOL_ADMIN): SCHOOL,
    (R.EDUCATION_OFFICER, R.TEACHER): CLASS,
    # An officer does not stand before classes.
    (R.EDUCATION_OFFICER, R.LECTURER): TEACHING,
    # Whoever runs the site makes the first holder of each role, and holds no work of any.
    (R.PLATFORM_ADMIN, R.SCHOOL_ADMIN): SCHOOL | {P.CAMPAIGN_EDIT, P.QUIZ_STEER},
    (R.PLATFORM_ADMIN, R.TEACHER): CLASS | {P.CAMPAIGN_EDIT},
    (R.PLATFORM_ADMIN, R.LECTURER): TEACHING,
    (R.PLATFORM_ADMIN, R.EDUCATION_OFFICER): {P.CAMPAIGN_EDIT, P.QUIZ_STEER, P.ROLL_SIGN},
    (R.PLATFORM_ADMIN, R.ANTIDRUG_OFFICER): {P.CAMPAIGN_EDIT, P.QUIZ_STEER},
    (R.PLATFORM_ADMIN, R.EDITOR): {P.BANK_EDIT, P.BANK_PROPOSE},
    (R.PLATFORM_ADMIN, R.REVIEWER_FACTS): {P.BANK_REVIEW},
    (R.PLATFORM_ADMIN, R.REVIEWER_LEVEL): {P.BANK_REVIEW},
    (R.PLATFORM_ADMIN, R.REVIEWER_SAFETY): {P.BANK_REVIEW},
}


def test_nobody_grants_more_than_they_hold_but_for_the_exceptions() -> None:
    excess = {
        (giver, role): GRANTS[role] - GRANTS[giver]
        for giver, roles in APPOINTS.items()
        for role in roles
    }

    assert {pair: more for pair, more in excess.items() if more} == EXCEPTIONS


def test_nobody_makes_somebody_who_may_appoint_whom_they_may_not() -> None:
    for giver, roles in APPOINTS.items():
        assert P.PERSON_APPOINT in GRANTS[giver]
        for role in roles:
            assert APPOINTS.get(role, frozenset()) <= roles, (giver, role)


def test_what_opens_names_is_given_for_one_school_or_class_alone() -> None:
    inside = {UnitKind.SCHOOL, UnitKind.CLASS}

    for role in frozenset().union(*APPOINTS.values()):
        if GRANTS[role] & NAMES:
            assert PLACES[role] <= inside, role
