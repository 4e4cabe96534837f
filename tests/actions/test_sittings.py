"""Taking a quiz, below the pages: what is kept, what counts, what two cannot both do."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizapp.access.policy import Actor
from quizapp.accounts import queries as accounts
from quizapp.accounts.actions import count_sign_in
from quizapp.accounts.models import Enrolment, Presence, Pupil
from quizapp.bank.asked import Asked
from quizapp.bank.models import Revision
from quizapp.core.clock import local_day
from quizapp.core.errors import Conflict, Invalid, Late, Missing
from quizapp.orgs.rules import Stage
from quizapp.quizzes import ahead, papers, queries, sittings
from quizapp.quizzes.models import Answer, ClosedBy, Quiz, Sitting, SittingState, Turnout
from quizapp.quizzes.sittings import Given
from tests import make
from tests.town import NOON, Town

DEVICE = "d" * 22


@pytest.fixture
def quiz(session: Session, town: Town) -> Quiz:
    return make.quiz(session, town.north, now=NOON, attempts=2)


def begin(session: Session, quiz: Quiz, pupil: Actor, *, now: datetime = NOON) -> Sitting:
    enrolment = accounts.own_enrolment(session, pupil)
    started = sittings.start(session, quiz, enrolment, by=pupil, device=DEVICE, now=now)
    return started.sitting


def right_letters(session: Session, sitting: Sitting, position: int) -> list[str]:
    """Look up what a pupil who knows the answer would tick."""
    revision_id, seed = ahead.items(session, sitting)[position - 1]
    asked = Asked(session.get_one(Revision, revision_id), seed)
    return asked.sent(asked.key)


def answer_all(session: Session, sitting: Sitting, *, right: int, now: datetime = NOON) -> None:
    """Answer every item, the first `right` of them well and the others not."""
    for position in range(1, len(ahead.items(session, sitting)) + 1):
        letters = right_letters(session, sitting, position)
        if position > right:
            letters = [next(x for x in "abc" if x not in letters)]
        sittings.save(session, sitting, [Given(position, letters, seq=1)], now=now)


def rungs(session: Session, town: Town) -> tuple[int, int, int, int]:
    """Sum the turnout of Elm 7A over all days."""
    cells = session.scalars(select(Turnout).where(Turnout.class_id == town.elm_7a.unit_id))
    found = [(c.opened, c.finished, c.valid, c.passed) for c in cells]
    return tuple(map(sum, zip(*found, strict=True))) if found else (0, 0, 0, 0)  # type: ignore[return-value]


def test_a_sitting_is_scored_on_the_server(session: Session, town: Town, quiz: Quiz) -> None:
    sitting = begin(session, quiz, town.lan)
    answer_all(session, sitting, right=3)

    done = sittings.submit(session, sitting, now=NOON)

    assert (done.score, done.maximum, done.passed, done.finished) == (15, 20, True, True)
    assert done.closed_by is ClosedBy.PUPIL


@pytest.mark.parametrize(
    ("percent", "until", "minutes"),
    [(0, None, 10), (50, None, 15), (200, NOON.date(), 30), (50, date(2026, 11, 19), 10)],
)
def test_a_child_has_the_extra_time_that_the_school_gave(
    session: Session, town: Town, quiz: Quiz, percent: int, until: date | None, minutes: int
) -> None:
    lan = session.get_one(Pupil, (town.lan.school_id, town.lan.id))
    lan.extra_percent, lan.extra_until = percent, until

    sitting, other = begin(session, quiz, town.lan), begin(session, quiz, town.bo)

    assert sitting.deadline == NOON + timedelta(minutes=minutes)
    assert other.deadline == NOON + timedelta(minutes=10)
    sittings.save(session, sitting, [Given(1, ["a"], seq=1)], now=sitting.deadline)


def test_a_child_who_starts_again_goes_on_with_the_same_sitting(
    session: Session, town: Town, quiz: Quiz
) -> None:
    first = begin(session, quiz, town.lan)
    sittings.save(session, first, [Given(2, ["a"], seq=1)], now=NOON)

    again = begin(session, quiz, town.lan, now=NOON + timedelta(minutes=3))

    assert again.id == first.id
    assert papers.paper(session, again, "zh")[1].chosen == ["a"]


def test_an_older_save_changes_nothing_and_is_answered_as_saved(
    session: Session, town: Town, quiz: Quiz
) -> None:
    sitting = begin(session, quiz, town.lan)
    sittings.save(session, sitting, [Given(1, ["b"], seq=7)], now=NOON)

    late_comer = sittings.save(session, sitting, [Given(1, ["a"], seq=3)], now=NOON)

    assert late_comer.seqs == {1: 7}
    assert papers.paper(session, sitting, "zh")[0].chosen == ["b"]


def test_of_two_choices_for_one_item_the_newer_is_kept(
    session: Session, town: Town, quiz: Quiz
) -> None:
    sitting = begin(session, quiz, town.lan)

    both = [Given(1, ["b"], seq=9), Given(1, ["a"], seq=8)]
    sittings.save(session, sitting, both, now=NOON)

    assert papers.paper(session, sitting, "zh")[0].chosen == ["b"]


def test_an_answer_after_the_bell_counts_within_the_grace_and_is_marked(
    session: Session, town: Town, quiz: Quiz
) -> None:
    sitting = begin(session, quiz, town.lan)
    bell = sitting.deadline

    sittings.save(session, sitting, [Given(1, ["a"], seq=1)], now=bell + timedelta(seconds=60))
    with pytest.raises(Late):
        sittings.save(session, sitting, [Given(2, ["a"], seq=1)], now=bell + timedelta(seconds=61))

    kept = queries.answers(session, sitting)
    assert {position: answer.late for position, answer in kept.items()} == {1: True}


def test_nothing_is_saved_once_it_is_handed_in(session: Session, town: Town, quiz: Quiz) -> None:
    sitting = begin(session, quiz, town.lan)
    sittings.submit(session, sitting, now=NOON)

    with pytest.raises(Conflict) as refused:
        sittings.save(session, sitting, [Given(1, ["a"], seq=1)], now=NOON)

    assert refused.value.code == "finished"


def test_handing_in_twice_is_handing_in_once(session: Session, town: Town, quiz: Quiz) -> None:
    sitting = begin(session, quiz, town.lan)
    answer_all(session, sitting, right=4)

    first = sittings.submit(session, sitting, now=NOON)
    told = (first.score, first.receipt, first.finished_at)
    again = sittings.submit(session, sitting, now=NOON + timedelta(minutes=1))

    assert (again.score, again.receipt, again.finished_at) == told
    assert rungs(session, town) == (1, 1, 1, 1)


def test_scoring_leaves_a_row_for_every_item(session: Session, town: Town, quiz: Quiz) -> None:
    sitting = begin(session, quiz, town.lan)
    sittings.save(session, sitting, [Given(2, ["a"], seq=1)], now=NOON)

    sittings.submit(session, sitting, now=NOON)

    rows = session.scalars(select(Answer).where(Answer.sitting_id == sitting.id)).all()
    assert {(row.position, row.seq > 0) for row in rows} == {
        (1, False), (2, True), (3, False), (4, False),
    }  # fmt: skip
    assert all(row.right is not None for row in rows)


def test_a_child_counts_once_a_rung_however_many_attempts(
    session: Session, town: Town, quiz: Quiz
) -> None:
    for right in (1, 4):
        sitting = begin(session, quiz, town.lan)
        answer_all(session, sitting, right=right)
        sittings.submit(session, sitting, now=NOON)

    assert rungs(session, town) == (1, 1, 1, 1)
    with pytest.raises(Conflict) as refused:
        begin(session, quiz, town.lan)
    assert refused.value.code == "attempts_used"


def test_starting_counts_the_sign_in_that_is_missing(
    session: Session, town: Town, quiz: Quiz
) -> None:
    begin(session, quiz, town.lan)

    cell = session.scalars(select(Presence)).one()
    assert (cell.class_id, cell.day, cell.signed_in) == (
        town.elm_7a.unit_id, local_day(NOON), 1,
    )  # fmt: skip


def test_who_moves_to_another_class_is_not_counted_as_signed_in_again(
    session: Session, town: Town
) -> None:
    old = accounts.own_enrolment(session, town.lan)
    count_sign_in(session, old, now=NOON)
    old.until_on = local_day(NOON)
    session.flush()
    moved = Enrolment(
        school_id=old.school_id, pupil_id=old.pupil_id, class_id=town.elm_7b.unit_id,
        from_on=local_day(NOON), school_class=town.elm_7b,
    )  # fmt: skip
    session.add(moved)
    session.flush()

    count_sign_in(session, moved, now=NOON + timedelta(days=1))

    cells = session.scalars(select(Presence)).all()
    assert [(c.class_id, c.signed_in) for c in cells] == [(town.elm_7a.unit_id, 1)]
    assert accounts.seats(session, town.elm_7b, now=NOON)[-1].signed_in


def test_the_bell_closes_with_what_was_acknowledged(
    session: Session, town: Town, quiz: Quiz
) -> None:
    half, little = begin(session, quiz, town.lan), begin(session, quiz, town.bo)
    for position in (1, 2):
        letters = right_letters(session, half, position)
        sittings.save(session, half, [Given(position, letters, seq=1)], now=NOON)
    sittings.save(session, little, [Given(1, ["a"], seq=1)], now=NOON)

    for sitting in (half, little):
        sittings.close(session, sitting, by=ClosedBy.BELL, now=NOON + timedelta(minutes=12))

    assert (half.score, half.finished, little.finished) == (10, True, False)
    assert rungs(session, town) == (2, 1, 1, 0)


def test_a_sitting_is_closed_by_one_only(session: Session, town: Town, quiz: Quiz) -> None:
    sitting = begin(session, quiz, town.lan)

    assert sittings.close(session, sitting, by=ClosedBy.PUPIL, now=NOON)
    assert not sittings.close(session, sitting, by=ClosedBy.BELL, now=NOON)
    assert sitting.state is SittingState.FINISHED


def test_an_attempt_left_open_ends_before_the_next_begins(
    session: Session, town: Town, quiz: Quiz
) -> None:
    first = begin(session, quiz, town.lan)

    second = begin(session, quiz, town.lan, now=NOON + timedelta(minutes=30))

    assert (first.state, first.closed_by) == (SittingState.FINISHED, ClosedBy.BELL)
    assert second.attempt == 2


def test_a_quiz_is_taken_inside_its_window_only(session: Session, town: Town, quiz: Quiz) -> None:
    with pytest.raises(Conflict) as refused:
        begin(session, quiz, town.lan, now=quiz.closes_at)

    assert refused.value.code == "not_open"


def test_a_quiz_for_another_grade_is_not_there(session: Session, town: Town) -> None:
    other = make.quiz(session, town.north, now=NOON, audience=[(Stage.JUNIOR, 8)])

    with pytest.raises(Missing):
        begin(session, other, town.lan)


@pytest.mark.parametrize(
    "given", [Given(0, ["a"], 1), Given(5, ["a"], 1), Given(1, ["h"], 1), Given(1, ["a", "a"], 1)]
)
def test_what_the_form_does_not_hold_is_refused(
    session: Session, town: Town, quiz: Quiz, given: Given
) -> None:
    sitting = begin(session, quiz, town.lan)

    with pytest.raises(Invalid):
        sittings.save(session, sitting, [given], now=NOON)


def test_the_roll_up_is_what_the_facts_say(session: Session, town: Town, quiz: Quiz) -> None:
    for pupil, right in ((town.lan, 4), (town.bo, 1), (town.tao, 0)):
        sitting = begin(session, quiz, pupil)
        answer_all(session, sitting, right=right)
        if right:
            sittings.submit(session, sitting, now=NOON + timedelta(hours=13))

    assert queries.turnout_counted(session) == queries.turnout_from_facts(session)
