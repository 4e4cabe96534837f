"""How alike two texts are, and which of many are most like one."""

import pytest

from quizapp.bank.likeness import Known, likeness, nearest

STEMS = {
    "drink": "放学路上，陌生人请你喝饮料。怎么做最安全？",
    "drink-again": "放学路上，一个陌生人请你喝饮料，怎么做最安全",
    "day": "国际禁毒日是哪一天？",
    "one-sign": "毒",
}


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        ("禁毒日", "禁毒日", 1),
        ("禁 毒日！", "禁毒日", 1),  # Spaces and punctuation do not count,
        ("ＡＢＣ", "abc", 1),  # nor does width, nor case.
        ("禁毒日", "国庆节", 0),
        ("甲乙丙", "甲乙丁", 0.5),  # One pair of two is common.
        ("甲乙甲乙", "甲乙", 2 / 3),  # 甲乙 and 乙甲 against 甲乙: each counts once.
        ("毒", "毒", 1),
        ("", "", 1),
        ("", "毒", 0),
    ],
)
def test_likeness_is_the_share_of_common_pairs(one: str, other: str, share: float) -> None:
    assert likeness(one, other) == pytest.approx(share)
    assert likeness(other, one) == likeness(one, other)


def test_the_nearest_of_many_is_found() -> None:
    known = Known(STEMS)

    assert nearest("国际禁毒日在几月几日？", known) == ("day", 8 / 17)
    assert nearest("毒", known) == ("one-sign", 1)
    assert nearest("zebra", known) is None
    assert nearest("毒品", Known({})) is None


def test_the_likest_come_first_and_only_those_above_the_share() -> None:
    found = Known(STEMS).like(STEMS["drink"], 0.5)

    assert [key for key, _ in found] == ["drink", "drink-again"]
    assert found[0][1] == 1
    assert found[1][1] == likeness(STEMS["drink"], STEMS["drink-again"])


def test_twins_are_told_once() -> None:
    [(one, other, share)] = Known(STEMS).twins(0.6)

    assert (one, other) == ("drink", "drink-again")
    assert 0.6 <= share < 1
