"""Saved filters: what may be one, and how quizzes draw by them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from quizapp.bank import editing, filters
from quizapp.bank import queries as bank
from quizapp.bank.models import SavedFilter
from quizapp.bank.rules import BankStage, Kind, Pool
from quizapp.bank.search import Filters, QuestionState
from quizapp.core.errors import Conflict, Invalid
from quizapp.orgs.models import Unit
from quizapp.orgs.rules import Stage
from quizapp.quizzes import actions as quizzes
from quizapp.quizzes import ahead, queries
from quizapp.quizzes.drawing import Line
from quizapp.quizzes.models import Quiz
from tests import make
from tests.pages import given
from tests.town import NOON, Town

GRADE_7 = ((Stage.JUNIOR, 7),)


def saved(session: Session, town: Town, name: str = "题号二", **wanted: object) -> SavedFilter:
    rule = Filters(**(wanted or {"words": "问题 2"}))  # type: ignore[arg-type]
    return filters.save(session, name, rule, by=town.editor_yu, now=NOON)


def quiz(
    session: Session, town: Town, shares: Sequence[quizzes.Share], lines: Sequence[Line] = (),
    audience: Sequence[tuple[Stage, int]] = GRADE_7, unit: Unit | None = None,
    at: datetime = NOON,
) -> Quiz:  # fmt: skip
    rules = quizzes.Rules("小测", 10, at - timedelta(hours=1), at + timedelta(days=1))
    made = quizzes.create(
        session, unit or town.city, rules, audience=audience, lines=lines, shares=shares,
        by=town.officer_gao, now=NOON,
    )  # fmt: skip
    quizzes.publish(session, made, by=town.officer_gao, now=NOON)
    session.flush()
    return made


def drawn(session: Session, of: Quiz, town: Town) -> set[str]:
    """Return the stems of the form that Lan is given."""
    sitting = given.begin(session, of, town.lan, at=NOON)
    texts = bank.revisions(session, [revision for revision, _seed in ahead.items(session, sitting)])
    return {revision.text["zh"]["stem"] for revision in texts.values()}


def test_a_quiz_draws_from_what_is_found_on_the_day(session: Session, town: Town) -> None:
    of = quiz(session, town, [(saved(session, town), 1)], [Line(None, None, 11)])
    editing.retire(session, make.asked(session, "junior-q2"), by=town.editor_yu, now=NOON)
    make.question(session, 21)
    make.question(session, 22, pool=Pool.ANCHOR)
    make.question(session, 23, stage=BankStage.SENIOR)
    make.question(session, 24).current = None
    session.flush()

    (line, _rest) = sorted(queries.blueprint(session, of, BankStage.JUNIOR), key=lambda n: n.items)
    assert line.among == frozenset({make.said(session, "junior-q21").id})
    ahead.refresh(session, of, BankStage.JUNIOR, now=NOON)
    assert "问题 21?" in drawn(session, of, town)


def test_what_becomes_of_the_filter_changes_no_quiz(session: Session, town: Town) -> None:
    rule = saved(session, town)
    of = quiz(session, town, [(rule, 1)])

    filters.change(session, rule, Filters(words="问题 7"), by=town.editor_yu, now=NOON)
    session.flush()

    assert drawn(session, of, town) == {"问题 2?"}
    assert drawn(session, quiz(session, town, [(rule, 1)]), town) == {"问题 7?"}


def test_a_class_is_given_no_contest_questions(session: Session, town: Town) -> None:
    for number in range(40, 46):
        make.question(session, number, pool=Pool.CONTEST, topic="law")
    rule = saved(session, town, "竞赛题", pool=Pool.CONTEST)
    law = [Line("law", None, 12)]

    with pytest.raises(Invalid, match="finds too little for Junior high school: 0 of 1"):
        quiz(session, town, [(rule, 1)], unit=town.elm_7a.unit)
    with pytest.raises(Invalid, match="The bank has 6 questions"):
        quiz(session, town, [], law, unit=town.elm_7a.unit)
    own = quiz(session, town, [], [Line("law", None, 6)], unit=town.elm_7a.unit)
    of = quiz(session, town, [(rule, 6)])

    assert drawn(session, own, town) == {f"问题 {n}?" for n in range(0, 12, 2)}
    assert drawn(session, of, town) == {f"问题 {n}?" for n in range(40, 46)}
    assert len(drawn(session, quiz(session, town, [], law), town)) == 12


def test_lines_that_overlap_leave_to_each_other_what_they_need(
    session: Session, town: Town
) -> None:
    """Each finds q2, and with it one or two others: only one way serves all three."""
    rules = [
        saved(session, town, "a", words="问题 2"),
        saved(session, town, "b", difficulty=3, topic="law"),  # q2 and q8
        saved(session, town, "c", topic="law", words="问题"),
    ]

    of = quiz(session, town, [(rules[0], 1), (rules[1], 1), (rules[2], 4)])

    assert drawn(session, of, town) == {f"问题 {n}?" for n in (0, 2, 4, 6, 8, 10)}
    with pytest.raises(Invalid, match="Junior high school: 1 of 2 questions are left to it"):
        quiz(session, town, [(rules[0], 1), (rules[1], 2)])


def test_each_stage_must_have_enough(session: Session, town: Town) -> None:
    rule = saved(session, town, kind=Kind.SINGLE)
    make.question(session, 3, stage=BankStage.PRIMARY)

    with pytest.raises(Invalid, match="too little for Primary school: 1 of 2") as told:
        quiz(session, town, [(rule, 2)], audience=[*GRADE_7, (Stage.PRIMARY, 5)])

    assert told.value.fields == {f"filter_{rule.id}": "too_few"}


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (Filters(), "something to look for"),
        (Filters(topic="law", state=QuestionState.DRAFT), "Only questions in use"),
        (Filters(topic="law", state=QuestionState.IN_REVIEW), "Only questions in use"),
        (Filters(topic="law", state=QuestionState.RETIRED), "Only questions in use"),
        (Filters(pool=Pool.ANCHOR), "never drawn"),
    ],
)
def test_what_can_never_be_drawn_is_no_rule(
    session: Session, town: Town, wanted: Filters, says: str
) -> None:
    with pytest.raises(Invalid, match=says):
        filters.save(session, "x", wanted, by=town.editor_yu, now=NOON)


def test_a_filter_goes_once_no_quiz_can_draw_by_it(session: Session, town: Town) -> None:
    rule = saved(session, town)
    of = quiz(session, town, [(rule, 1)])

    with pytest.raises(Conflict, match="draws by this filter"):
        quizzes.drop_filter(session, rule, by=town.editor_yu, now=NOON)
    quizzes.drop_filter(session, rule, by=town.editor_yu, now=NOON + timedelta(days=2))
    session.commit()
    session.expire_all()

    assert filters.saved(session) == []
    assert [(line.filter_id, line.rule) for line in of.lines] == [(None, {"words": "问题 2"})]
