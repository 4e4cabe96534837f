"""Which word may follow which: guardians below 14, the pupils themselves from then on."""

from datetime import date
from itertools import product

import pytest

from quizapp.accounts.models import Consent
from quizapp.accounts.names import is_young, may_leave
from quizapp.privacy import erasing
from quizapp.privacy.consent import becomes, may_become

C = Consent
YOUNG = {
    (C.NONE, True): C.GIVEN, (C.NONE, False): C.REFUSED,
    (C.GIVEN, True): None, (C.GIVEN, False): C.WITHDRAWN,
    (C.REFUSED, True): C.GIVEN, (C.REFUSED, False): None,
    (C.WITHDRAWN, True): C.GIVEN, (C.WITHDRAWN, False): None,
    (C.OF_AGE, True): C.GIVEN, (C.OF_AGE, False): C.REFUSED,
}  # fmt: skip
GROWN = {
    (C.NONE, True): C.OF_AGE, (C.NONE, False): C.WITHDRAWN,
    (C.GIVEN, True): C.OF_AGE, (C.GIVEN, False): C.WITHDRAWN,
    (C.REFUSED, True): C.OF_AGE, (C.REFUSED, False): None,
    (C.WITHDRAWN, True): C.OF_AGE, (C.WITHDRAWN, False): None,
    (C.OF_AGE, True): None, (C.OF_AGE, False): C.WITHDRAWN,
}  # fmt: skip


@pytest.mark.parametrize(("grade", "table"), [(5, YOUNG), (8, YOUNG), (9, GROWN), (12, GROWN)])
def test_a_yes_and_a_no_make_of_each_word(
    grade: int, table: dict[tuple[Consent, bool], Consent | None]
) -> None:
    told = {
        (word, agrees): becomes(word, grade, agrees=agrees)
        for word, agrees in product(Consent, (True, False))
    }

    assert told == table


def test_nobody_goes_back_to_nothing_said_and_none_stays_where_it_is() -> None:
    for word, grade in product(Consent, range(1, 13)):
        ways = may_become(word, grade)
        assert C.NONE not in ways
        assert word not in ways
        assert (C.OF_AGE in ways) <= (not is_young(grade))
        assert not ({C.GIVEN, C.REFUSED} & ways) or is_young(grade)


@pytest.mark.parametrize(
    ("today", "months", "last"),
    [
        (date(2026, 8, 31), 12, date(2024, 8, 31)),
        (date(2026, 9, 1), 12, date(2025, 8, 31)),
        (date(2026, 11, 20), 12, date(2025, 8, 31)),
        (date(2026, 11, 20), 1, date(2026, 8, 31)),
        (date(2026, 9, 30), 1, date(2025, 8, 31)),
        (date(2027, 2, 1), 5, date(2026, 8, 31)),
        (date(2027, 1, 31), 5, date(2025, 8, 31)),
    ],
)
def test_the_months_of_keeping_begin_with_the_end_of_the_school_year(
    today: date, months: int, last: date
) -> None:
    assert erasing.last_leaving(today, months) == last


def test_a_name_leaves_the_school_where_nobody_said_no_and_for_a_child_somebody_said_yes() -> None:
    goes = {(said, grade): may_leave(said, grade) for said in C for grade in (8, 9)}

    assert {said for (said, grade), yes in goes.items() if yes and grade == 8} == {
        C.GIVEN, C.OF_AGE,
    }  # fmt: skip
    assert {said for (said, grade), yes in goes.items() if yes and grade == 9} == {
        C.GIVEN, C.OF_AGE, C.NONE,
    }  # fmt: skip
