"""Forms that are drawn before they are needed, and go when the bank has changed."""

from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from quizapp.bank import editing
from quizapp.bank.models import Revision
from quizapp.bank.rules import BankStage
from quizapp.core.clock import now
from quizapp.core.errors import Conflict
from quizapp.core.ids import new_id
from quizapp.orgs.models import SchoolClass, Unit
from quizapp.quizzes import ahead, jobs
from quizapp.quizzes.models import DrawnForm, Quiz, Sitting
from tests import make
from tests.pages import given
from tests.town import NOON, Town

JUNIOR = BankStage.JUNIOR


def chosen(session: Session, of: Quiz, *, attempt: int = 1, key: str = "key") -> list[object]:
    """Return the forms that fifty children get."""
    return [
        ahead.chosen(session, of.id, JUNIOR, child_id=new_id(), attempt=attempt, key=key)[0]
        for _child in range(50)
    ]


def texts(session: Session, sitting: Sitting) -> set[object]:
    return {revision for revision, _seed in ahead.items(session, sitting)}


def test_a_quiz_has_forms_from_the_moment_it_is_open(session: Session, town: Town) -> None:
    of = make.quiz(session, town.city, now=NOON, items=5)

    sizes = [len(items) for _form, items in ahead.forms(session, of, JUNIOR)]

    assert sizes == [5] * ahead.AT_ONCE
    assert len(set(chosen(session, of))) > ahead.AT_ONCE // 2, "not all get the same one"


def test_a_child_gets_the_same_form_again_and_another_at_the_next_attempt(
    session: Session, town: Town
) -> None:
    of, child = make.quiz(session, town.city, now=NOON), new_id()

    def form(attempt: int, key: str) -> object:
        return ahead.chosen(session, of.id, JUNIOR, child_id=child, attempt=attempt, key=key)

    assert form(1, "key") == form(1, "key")
    assert len({form(attempt, "key") for attempt in range(1, 6)}) == 5
    assert len({form(1, f"key {number}") for number in range(9)}) > 1, "the key decides"


def test_children_are_spread_over_the_forms(session: Session, town: Town) -> None:
    of = make.quiz(session, town.city, now=NOON)

    often = Counter(form for _round in range(8) for form in chosen(session, of))

    assert len(often) == ahead.AT_ONCE
    assert max(often.values()) < 4 * min(often.values()) + 12


def test_what_is_asked_no_more_is_given_to_nobody_and_left_to_who_has_it(
    session: Session, town: Town
) -> None:
    of = make.quiz(session, town.city, now=NOON, items=4)
    sitting = given.begin(session, of, town.lan, at=NOON)
    before = ahead.items(session, sitting)
    (gone, *_others) = texts(session, sitting)
    question = session.get_one(Revision, gone).question
    editing.retire(session, question, by=town.editor_yu, now=NOON)

    withdrawn = ahead.withdraw(session, of, JUNIOR, now=NOON)

    assert withdrawn >= 1
    left = ahead.forms(session, of, JUNIOR)
    assert len(left) == ahead.AT_ONCE - withdrawn
    assert not [form for form, items in left if gone in items]
    assert ahead.items(session, sitting) == before
    assert ahead.withdraw(session, of, JUNIOR, now=NOON) == 0, "looked at once for each change"


def test_before_the_window_what_is_new_is_drawn_too(session: Session, town: Town) -> None:
    of = make.quiz(session, town.city, now=NOON + timedelta(hours=5), items=4)
    old = {form for form, _items in ahead.forms(session, of, JUNIOR)}
    make.question(session, 77)
    session.flush()

    ahead.refresh(session, of, JUNIOR, now=NOON)

    assert old.isdisjoint(form for form, _items in ahead.forms(session, of, JUNIOR))


def test_a_window_without_any_form_is_told(session: Session, town: Town) -> None:
    of = make.quiz(session, town.city, now=NOON)
    session.execute(update(DrawnForm).values(withdrawn_at=NOON))

    with pytest.raises(Conflict, match="too few questions"):
        given.begin(session, of, town.lan, at=NOON)


@pytest.mark.parametrize(("where", "many"), [("city", ahead.OF_MANY), ("elm_7a", ahead.OF_A_CLASS)])
def test_the_clock_draws_what_is_missing(
    app: Flask, session: Session, town: Town, where: str, many: int
) -> None:
    of = make.quiz(session, _unit(session, getattr(town, where)), now=now())
    make.quiz(session, town.city, now=now() + timedelta(days=3))
    session.commit()

    with app.app_context():
        assert jobs.draw_ahead() == 1
        assert jobs.draw_ahead() == 1

    assert len(ahead.forms(session, of, JUNIOR)) == many
    numbers = select(func.count(), func.max(DrawnForm.number)).where(DrawnForm.quiz_id == of.id)
    assert tuple(session.execute(numbers).one()) == (many, many), "and nothing twice"


def _unit(session: Session, of: Unit | SchoolClass) -> Unit:
    return of if isinstance(of, Unit) else session.get_one(Unit, of.unit_id)
