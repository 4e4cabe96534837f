"""The settings of a quiz below the pages: which attempt counts, locks, make-ups, practice."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from quizapp.access.policy import SYSTEM, Actor
from quizapp.accounts import queries as accounts
from quizapp.accounts.models import Pupil
from quizapp.audit.models import AuditEntry
from quizapp.bank.models import Question
from quizapp.bank.rules import Pool
from quizapp.core.errors import Conflict, Invalid, Missing
from quizapp.quizzes import actions, ahead, make_ups, marks, papers, practice, queries, sittings
from quizapp.quizzes.drawing import Line
from quizapp.quizzes.models import Answer, Quiz, Sitting
from quizapp.quizzes.rules import Counting, Layout, Release
from quizapp.quizzes.sittings import Given
from quizapp.reports import rollups
from tests import make
from tests.actions.test_sittings import answer_all, begin, rungs
from tests.town import NOON, Town

DAY = timedelta(days=1)
DURING = Release.DURING


def take(
    session: Session, quiz: Quiz, pupil: Actor, *, right: int, now: datetime = NOON
) -> Sitting:
    """Take the quiz with so many right answers, the others wrong."""
    sitting = begin(session, quiz, pupil, now=now)
    answer_all(session, sitting, right=right, now=now)
    return sittings.submit(session, sitting, now=now)


@pytest.mark.parametrize(
    ("which", "scores", "passed", "counting"),
    [
        (Counting.FIRST, (1, 4), 0, 1),
        (Counting.FIRST, (4, 1), 1, 1),
        (Counting.BEST, (1, 4, 2), 1, 2),
        (Counting.LAST, (4, 1), 0, 2),
        (Counting.LAST, (4, 1, 3), 1, 3),
    ],
)
def test_turnout_counts_the_attempt_that_the_quiz_says(
    session: Session, town: Town, which: Counting, scores: tuple[int, ...], passed: int,
    counting: int,
) -> None:  # fmt: skip
    quiz = make.quiz(session, town.north, now=NOON, attempts=3)
    quiz.counts = which
    session.flush()

    for day, right in enumerate(scores):
        take(session, quiz, town.lan, right=right, now=NOON + DAY * day)

    assert rungs(session, town) == (1, 1, 1, passed)
    assert rollups.differences(session) == []
    taken = queries.my_sittings(session, town.lan, quiz.id)
    counted = queries.counting_of(quiz, taken)
    assert counted is not None
    assert counted.attempt == counting


def test_what_only_goes_forward_takes_nothing_back(session: Session, town: Town) -> None:
    quiz = make.quiz(session, town.north, now=NOON)
    quiz.forward_only = True
    sitting = begin(session, quiz, town.lan)
    sittings.save(session, sitting, [Given(1, ["a"], seq=1), Given(3, ["a"], seq=2)], now=NOON)

    for position in (1, 2):
        with pytest.raises(Conflict) as refused:
            sittings.save(session, sitting, [Given(position, ["b"], seq=9)], now=NOON)
        assert refused.value.code == "locked"
        assert f"question {position}" in str(refused.value)

    again = sittings.save(session, sitting, [Given(1, ["a"], seq=1)], now=NOON)
    sittings.save(session, sitting, [Given(3, ["b"], seq=5)], now=NOON)
    assert again.seqs == {1: 1}
    paper = papers.paper(session, sitting, "zh")
    assert [item.chosen for item in paper] == [["a"], [], ["b"], []]
    assert [item.lock is None for item in paper] == [False, False, True, True]


def test_an_answer_stays_once_its_feedback_was_shown(session: Session, town: Town) -> None:
    quiz = make.quiz(session, town.elm_7a.unit, now=NOON)
    quiz.release = DURING
    sitting = begin(session, quiz, town.lan)
    with pytest.raises(Conflict) as empty:
        marks.tell(session, sitting, 1, now=NOON)
    sittings.save(session, sitting, [Given(1, ["a"], seq=1)], now=NOON)

    marks.tell(session, sitting, 1, now=NOON)

    assert empty.value.code == "unanswered"
    with pytest.raises(Conflict) as refused:
        sittings.save(session, sitting, [Given(1, ["b"], seq=2)], now=NOON)
    assert refused.value.code == "locked"
    told = papers.told(session, sitting, "zh", now=NOON)
    assert list(told) == [1]
    assert told[1].explain.startswith("因为")


def test_a_quiz_that_tells_afterwards_tells_nothing_before(session: Session, town: Town) -> None:
    sitting = begin(session, make.quiz(session, town.elm_7a.unit, now=NOON), town.lan)
    sittings.save(session, sitting, [Given(1, ["a"], seq=1)], now=NOON)

    with pytest.raises(Conflict) as refused:
        marks.tell(session, sitting, 1, now=NOON)

    assert refused.value.code == "not_released"
    assert papers.told(session, sitting, "zh", now=NOON) == {}
    assert session.scalars(select(Answer.told_at)).all() == [None]


def test_marks_may_come_before_the_key(session: Session, town: Town) -> None:
    quiz = make.quiz(session, town.north, now=NOON)
    quiz.key_release = Release.AFTER_CLOSE
    sitting = take(session, quiz, town.lan, right=3)

    early = papers.explained(session, sitting, "zh", now=NOON)
    late = papers.explained(session, sitting, "zh", now=quiz.all_over)

    assert [one.is_right for one in early] == [True, True, True, False]
    assert not any(one.right or one.compared or one.feedback or one.explain for one in early)
    assert all(one.told for one in early)
    assert all(one.right and one.explain for one in late)


@pytest.mark.parametrize(
    ("at_class", "rules", "field"),
    [
        (True, {"release": Release.AFTER_CLOSE, "key_release": Release.AFTER_SUBMISSION},
         "release"),
        (True, {"key_release": Release.AFTER_CLOSE, "explain_release": Release.AFTER_SUBMISSION},
         "release"),
        (False, {"release": DURING}, "release"),
        (True, {"forward_only": True, "layout": Layout.ALL}, "layout"),
        (True, {"release": DURING, "key_release": Release.AFTER_CLOSE}, None),
        (True, {"forward_only": True}, None),
    ],
)  # fmt: skip
def test_rules_that_do_not_go_together_are_refused(
    session: Session, town: Town, at_class: bool, rules: dict[str, object], field: str | None
) -> None:
    unit = town.elm_7a.unit if at_class else town.north
    times = {"opens_at": NOON, "closes_at": NOON + DAY}
    wanted = actions.Rules(title="小测", minutes=10, **times, **rules)  # type: ignore[arg-type]
    found: list[str] = []

    try:
        audience, lines = [(town.elm_7a.stage, 7)], [Line(None, None, 4)]
        actions.create(session, unit, wanted, audience=audience, lines=lines, by=SYSTEM, now=NOON)
    except Invalid as wrong:
        found = list(wrong.fields)

    assert found == ([field] if field else [])


def test_bookmarks_are_the_pupils_own_until_it_is_handed_in(session: Session, town: Town) -> None:
    sitting = begin(session, make.quiz(session, town.north, now=NOON), town.lan)

    marks.mark(session, sitting, {2, 4}, now=NOON)
    marks.mark(session, sitting, {1}, among={1, 2}, now=NOON)

    assert marks.marked(session, sitting) == {1, 4}
    with pytest.raises(Invalid):
        marks.mark(session, sitting, {5}, now=NOON)
    sittings.submit(session, sitting, now=NOON)
    with pytest.raises(Conflict):
        marks.mark(session, sitting, set(), now=NOON)
    assert marks.marked(session, sitting) == {1, 4}


LATER = NOON + DAY * 10  # The window of make.quiz is over by then.


def open_titles(session: Session, pupil: Actor, now: datetime) -> int:
    enrolment = accounts.own_enrolment(session, pupil)
    return len(queries.open_offers(session, pupil, enrolment, now=now))


def test_who_missed_the_window_makes_up_for_it_and_is_counted(session: Session, town: Town) -> None:
    quiz = make.quiz(session, town.north, now=NOON, attempts=2)
    take(session, quiz, town.bo, right=4)

    make_ups.give(
        session, quiz, town.elm_7a, opens_at=LATER, closes_at=LATER + DAY, by=town.head_sun,
        now=NOON + DAY * 9,
    )  # fmt: skip

    assert open_titles(session, town.lan, LATER) == 1
    assert [open_titles(session, one, LATER) for one in (town.bo, town.tao)] == [0, 0]
    assert open_titles(session, town.lan, LATER + DAY) == 0
    late = begin(session, quiz, town.lan, now=LATER + DAY - timedelta(minutes=4))
    assert late.deadline == LATER + DAY
    answer_all(session, late, right=4, now=LATER + DAY)
    sittings.submit(session, late, now=LATER + DAY)
    assert rungs(session, town) == (2, 2, 2, 2)
    with pytest.raises(Conflict):
        begin(session, quiz, town.bo, now=LATER)
    assert session.scalars(select(AuditEntry.event)).all().count("quiz.made-up") == 1


def test_more_time_reaches_past_the_window_and_the_key_waits_for_it(
    session: Session, town: Town
) -> None:
    ten, fourteen = (NOON + timedelta(minutes=n) for n in (10, 14))
    quiz = make.quiz(session, town.north, now=NOON, lasts=ten - NOON, release=Release.AFTER_CLOSE)
    session.get_one(Pupil, (town.lan.school_id, town.lan.id)).extra_percent = 50

    slow, quick = begin(session, quiz, town.lan), take(session, quiz, town.bo, right=4)

    assert (slow.deadline, quick.deadline) == (ten + timedelta(minutes=5), ten)
    sittings.save(session, slow, [Given(1, ["a"], seq=1)], now=fourteen)
    assert not queries.answers(session, slow)[1].late
    assert not papers.is_released(quiz, quick, now=fourteen)
    with pytest.raises(Conflict):
        begin(session, quiz, town.hua, now=fourteen)


def test_a_window_may_be_given_to_a_single_pupil_who_was_ill(session: Session, town: Town) -> None:
    quiz = make.quiz(session, town.north, now=NOON, attempts=2)
    take(session, quiz, town.lan, right=0)
    lan = session.get_one(Pupil, (town.lan.school_id, town.lan.id))

    make_ups.give(
        session, quiz, town.elm_7a, pupils=[lan], opens_at=LATER, closes_at=LATER + DAY,
        by=town.head_sun, now=LATER,
    )  # fmt: skip

    assert [open_titles(session, one, LATER) for one in (town.lan, town.bo)] == [1, 0]
    assert begin(session, quiz, town.lan, now=LATER).attempt == 2


def test_nobody_sees_the_key_while_others_make_up(session: Session, town: Town) -> None:
    quiz = make.quiz(session, town.north, now=NOON, release=Release.AFTER_CLOSE)
    sitting = take(session, quiz, town.bo, right=4)
    make_ups.give(
        session, quiz, town.elm_7a, opens_at=LATER, closes_at=LATER + DAY, by=town.head_sun,
        now=NOON,
    )  # fmt: skip
    session.expire_all()

    assert not papers.is_released(quiz, sitting, now=LATER + DAY)
    assert papers.is_released(quiz, sitting, now=LATER + DAY + timedelta(minutes=31))


@pytest.mark.parametrize("days", [(3, 4), (12, 11), (69, 70)])
def test_a_window_to_make_up_lies_after_the_first_and_not_for_ever(
    session: Session, town: Town, days: tuple[int, int]
) -> None:
    quiz = make.quiz(session, town.north, now=NOON)
    opens, closes = (NOON + DAY * n for n in days)

    with pytest.raises(Invalid):
        make_ups.give(
            session, quiz, town.elm_7a, opens_at=opens, closes_at=closes, by=town.head_sun,
            now=NOON,
        )  # fmt: skip


def test_a_mock_contest_asks_no_question_of_the_contest_and_counts_nowhere(
    session: Session, town: Town
) -> None:
    campaign = make.campaign(session, town.north, now=NOON)
    session.execute(update(Question).where(Question.key.like("%q1")).values(pool=Pool.CONTEST))
    assert campaign.quiz is not None

    mock = actions.rehearse(session, campaign.quiz, by=town.officer_he, now=NOON)

    same = ("minutes", "pass_percent", "points", "unit_id", "forward_only", "shuffle_items")
    assert [getattr(mock, one) for one in same] == [getattr(campaign.quiz, one) for one in same]
    asked = set()
    for _attempt in range(4):
        taken = take(session, mock, town.lan, right=4)
        asked |= {revision for revision, _seed in ahead.items(session, taken)}
    assert make.said(session, "junior-q1").id not in asked
    assert rungs(session, town) == (0, 0, 0, 0)
    assert rollups.differences(session) == []
    with pytest.raises(Conflict):
        actions.rehearse(session, campaign.quiz, by=town.officer_he, now=NOON)
    with pytest.raises(Conflict):
        actions.rehearse(session, mock, by=town.officer_he, now=NOON)
    actions.close(session, campaign.quiz, now=NOON + DAY)
    assert mock.closes_at == NOON + DAY


def test_what_went_wrong_is_practised_until_it_is_learned(session: Session, town: Town) -> None:
    take(session, make.quiz(session, town.elm_7a.unit, now=NOON), town.lan, right=2)
    day, seen = NOON + timedelta(hours=1), 0
    first = practice.cards(session, town.lan, now=day)[0]

    while found := [
        card for card in practice.cards(session, town.lan, now=day)
        if card.question_id == first.question_id
    ]:  # fmt: skip
        if practice.due(found, day.date()):
            page = practice.page(session, town.lan, first.question_id, "zh", now=day)
            assert page.told is None
            practice.answer(session, town.lan, first.question_id, _right(found[0], town), now=day)
            told = practice.page(session, town.lan, first.question_id, "zh", now=day)
            assert told.told is not None
            assert told.is_right
            seen += 1
        day += DAY

    assert seen == 5
    assert len(practice.cards(session, town.lan, now=day)) == 1
    with pytest.raises(Conflict):
        practice.answer(session, town.lan, first.question_id, ["a"], now=day)


def test_a_wrong_answer_in_practice_brings_it_back_tomorrow(session: Session, town: Town) -> None:
    take(session, make.quiz(session, town.elm_7a.unit, now=NOON), town.lan, right=3)
    [card] = practice.cards(session, town.lan, now=NOON)
    wrong = next(x for x in "abc" if x not in _right(card, town))

    practice.answer(session, town.lan, card.question_id, [wrong], now=NOON)

    with pytest.raises(Conflict):
        practice.answer(session, town.lan, card.question_id, [wrong], now=NOON)
    [kept] = practice.cards(session, town.lan, now=NOON)
    assert (kept.box, kept.due_on) == (1, NOON.date() + DAY)
    assert practice.cards(session, town.bo, now=NOON) == []
    with pytest.raises(Missing):
        practice.page(session, town.bo, card.question_id, "zh", now=NOON)


def test_practice_tells_nothing_that_the_quiz_keeps_back(session: Session, town: Town) -> None:
    quiz = make.quiz(session, town.elm_7a.unit, now=NOON, release=Release.AFTER_CLOSE)
    take(session, quiz, town.lan, right=0)

    assert practice.cards(session, town.lan, now=NOON) == []
    assert len(practice.cards(session, town.lan, now=quiz.all_over)) == 4


def test_nobody_practises_what_an_open_contest_may_ask(session: Session, town: Town) -> None:
    make.campaign(session, town.city, now=NOON)
    quiz = make.quiz(session, town.elm_7a.unit, now=NOON)
    take(session, quiz, town.lan, right=0)
    cards = practice.cards(session, town.lan, now=NOON)
    guarded = session.get_one(Question, cards[0].question_id)
    guarded.pool = Pool.CONTEST
    session.flush()

    during = practice.cards(session, town.lan, now=NOON)
    after = practice.cards(session, town.lan, now=NOON + DAY * 8)

    assert {card.question_id for card in during} == {c.question_id for c in cards[1:]}
    assert len(after) == len(cards)


def _right(card: practice.Card, town: Town) -> list[str]:
    """Look up what a pupil who knows the answer would tick."""
    asked = practice.asked(town.lan, card)
    return asked.sent(asked.key)
