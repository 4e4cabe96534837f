from collections.abc import Sequence
from datetime import date
from uuid import UUID

import pytest

from quizapp.core.ids import new_id
from quizapp.orgs.rules import Stage
from quizapp.rosters.class_lists import Listed
from quizapp.rosters.matching import Change, Class, Known, Place, Step, steps

YEAR = 2026
A, B = new_id(), new_id()
CLASSES = [
    Class(YEAR, Place(7, Stage.JUNIOR, 1), A, "初一1班"),
    Class(YEAR, Place(7, Stage.JUNIOR, 2), B, "初一2班"),
]


def listed(
    name: str, seat: int | None = None, number: str | None = None, *, in_class: int = 1
) -> Listed:
    return Listed(2, name, 7, in_class, seat, number)


def known(
    name: str, seat: int | None = None, number: str | None = None, *, class_id: UUID | None = A
) -> Known:
    began = date(2026, 9, 1)
    return Known(new_id(), name, "1234567", number, new_id(), class_id, seat, began, None)


def matched(pupils: Sequence[Listed], there: Sequence[Known]) -> tuple[Step, ...]:
    return steps(pupils, there, CLASSES, school_year=YEAR)


def grade_10(*classes: Class, stages: Sequence[Stage] = ()) -> Stage:
    """Return the stage in which grade 10, class 1 is looked for."""
    pupil = Listed(2, "张三", 10, 1, None, None)
    return steps([pupil], [], classes, school_year=YEAR, stages=stages)[0].place.stage


def of_grade_10(stage: Stage, number: int, *, year: int = YEAR) -> Class:
    return Class(year, Place(10, stage, number), new_id(), "")


# Who is who


@pytest.mark.parametrize(
    ("pupil", "there", "becomes"),
    [
        (listed("张三", 3, "101"), known("张三", 3, "101"), Change.UNCHANGED),
        (listed("张三", 3, "a1"), known("张三", 3, "A1"), Change.UNCHANGED),
        (listed("张三"), known("张三", 3, "101"), Change.UNCHANGED),
        (listed("张三", 3), known("张三", 3), Change.UNCHANGED),
        (listed("张山", 3, "101"), known("张三", 3, "101"), Change.CHANGED),
        (listed("张三", 9), known("张三", 3), Change.CHANGED),
        (listed("张三", 3, "102"), known("张三", 3), Change.CHANGED),
        (listed("张三", 3, "102"), known("张三", 3, "101"), Change.CHANGED),
        (listed("张三", 3, "101", in_class=2), known("张三", 3, "101"), Change.MOVED),
        (listed("张三", 3, "101", in_class=9), known("张三", 3, "101"), Change.MOVED),
        (listed("张三", 3, "101"), known("张三", None, "101", class_id=None), Change.RETURNED),
        (listed("李四", 3), known("张三", 3), Change.NEW),
        (listed("张三", 3, in_class=2), known("张三", 3), Change.NEW),
        (listed("张三", 9, "102"), known("张三", 3, "101"), Change.NEW),
        (listed("张三", 3), known("张三", 3, class_id=None), Change.NEW),
    ],
)
def test_what_becomes_of_a_listed_pupil(pupil: Listed, there: Known, becomes: Change) -> None:
    (step,) = matched([pupil], [there])

    assert step.change is becomes


def test_two_of_one_name_are_told_apart_by_seat() -> None:
    first, second = known("张三", 3), known("张三", 9)

    one, other = matched([listed("张三", 9), listed("张三", 3)], [first, second])

    assert (one.known, other.known) == (second, first)


def test_the_last_of_one_name_is_found_by_what_the_others_leave() -> None:
    stays, reseated = known("张三", 3), known("张三", 9)

    _same, found = matched([listed("张三", 3), listed("张三", 12)], [stays, reseated])

    assert found.known == reseated
    assert found.change is Change.CHANGED


def test_two_of_one_name_without_seats_are_not_guessed() -> None:
    (step,) = matched([listed("张三")], [known("张三", 3), known("张三", 9)])

    assert step.change is Change.NEW


def test_the_number_goes_before_the_name() -> None:
    bearer, namesake = known("李四", 1, "101"), known("张三", 2, "102")

    (step,) = matched([listed("张三", 2, "101")], [bearer, namesake])

    assert step.known == bearer


def test_nobody_is_found_twice() -> None:
    there = known("张三", 3, "101")

    found = matched([listed("张三", 3, "101"), listed("张三", 3)], [there])

    assert [step.change for step in found] == [Change.UNCHANGED, Change.NEW]


def test_a_class_of_last_year_is_another_class() -> None:
    last_year = Class(YEAR - 1, Place(7, Stage.JUNIOR, 1), A, "初一1班")

    (step,) = steps([listed("张三", 3)], [known("张三", 3)], [last_year], school_year=YEAR)

    assert step.class_id is None
    assert step.change is Change.NEW


# Senior or vocational


def test_grade_10_is_senior_unless_the_school_says_otherwise() -> None:
    senior, vocational = Stage.SENIOR, Stage.VOCATIONAL

    assert grade_10() is senior
    assert grade_10(stages=[vocational]) is vocational
    assert grade_10(stages=[Stage.PRIMARY]) is senior
    assert grade_10(of_grade_10(vocational, 5)) is vocational
    assert grade_10(of_grade_10(vocational, 5, year=YEAR - 1)) is vocational
    assert grade_10(of_grade_10(vocational, 5), stages=[senior]) is senior
    assert grade_10(of_grade_10(vocational, 5), of_grade_10(senior, 6)) is senior
    assert grade_10(of_grade_10(vocational, 1), of_grade_10(senior, 6)) is vocational
