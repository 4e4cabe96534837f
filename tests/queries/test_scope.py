"""The policy and its SQL give the same answer, for everybody in town and everything there."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import GRANTS, Permission, Role, allows, require
from quizapp.access.scope import within
from quizapp.core.errors import Missing, NotAllowed
from quizapp.orgs.models import Unit
from tests.town import Town


def test_the_list_and_the_policy_agree_for_everybody(session: Session, town: Town) -> None:
    units = session.scalars(select(Unit)).all()

    for person in town.people():
        for permission in Permission:
            listed = set(session.scalars(select(Unit).where(within(Unit.path, person, permission))))
            assert listed == {u for u in units if allows(person, permission, u)}, (
                person.name, permission,
            )  # fmt: skip


@pytest.mark.parametrize(
    ("who", "sees", "misses"),
    [
        ("ms_chen", ["elm_7a"], ["elm_7b", "elm", "oak_7a"]),
        ("head_sun", ["elm", "elm_7a", "elm_7b"], ["oak", "oak_7a", "north"]),
        ("officer_he", ["north", "elm", "elm_7a"], ["south", "oak", "city"]),
        ("officer_gao", ["city", "north", "south", "oak_7a"], ["nation"]),
    ],
)
def test_rights_reach_down_from_the_posting_and_no_further(
    town: Town, who: str, sees: list[str], misses: list[str]
) -> None:
    person = getattr(town, who)

    for place in sees:
        require(person, Permission.REPORT_READ, getattr(town, place))
    for place in misses:
        with pytest.raises(Missing):
            require(person, Permission.REPORT_READ, getattr(town, place))


def test_what_one_may_do_nowhere_is_said_so(town: Town) -> None:
    for person in (town.lan, town.zhou, town.editor_yu):
        with pytest.raises(NotAllowed):
            require(person, Permission.REPORT_READ, town.city)


def test_what_a_city_offers_is_for_every_child_beneath_it_and_a_schools_is_not(town: Town) -> None:
    assert allows(town.lan, Permission.QUIZ_TAKE, town.city)
    assert allows(town.lan, Permission.QUIZ_TAKE, town.elm_7a)
    assert not allows(town.lan, Permission.QUIZ_TAKE, town.elm_7b)
    assert not allows(town.mei, Permission.QUIZ_TAKE, town.elm)


def test_names_are_read_inside_the_school_only() -> None:
    named = {Permission.PUPIL_READ, Permission.CARD_ISSUE, Permission.ROSTER_EDIT}

    readers = {role for role, granted in GRANTS.items() if granted & named}

    # A support visit is held at one school, for hours, and the school sees it.
    assert readers == {Role.TEACHER, Role.SCHOOL_ADMIN, Role.SUPPORT_VISIT}


def test_every_role_is_in_the_table() -> None:
    assert set(GRANTS) == set(Role)
