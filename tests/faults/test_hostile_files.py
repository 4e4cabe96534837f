"""Files made to harm who opens them are refused, soon and with little memory.

Seconds and megabytes here are generous: they tell a bomb from none, and measure nothing.
`python -m tests.faults.hostile` measures.
"""

from pathlib import Path

import pytest

from tests.faults import hostile

SECONDS, MEGABYTES = 30, 256
SAYS = {
    "workbook": ("unpacks to far more", "damaged", "no table", "more memory or time", "password"),
    "CSV": ("damaged", "more than 50,000"),
    "OneRoster": ("OR-", "unpacks to far more", "no zip file", "password"),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What was said of each file, all opened by one process."""
    home = tmp_path_factory.mktemp("hostile")
    made = {what: hostile.make(what, home / str(n)) for n, what in enumerate(hostile.FILES)}
    found = {str(one["file"]): one for one in hostile.in_a_process(made)}
    for path in made.values():
        path.unlink()
    return found


@pytest.mark.parametrize("what", hostile.FILES)
def test_a_hostile_file_is_refused_with_a_sentence(
    told: dict[str, dict[str, object]], what: str
) -> None:
    kind = what.partition(":")[0]
    words, seconds = str(told[what]["said"]), told[what]["seconds"]

    assert any(each in words for each in SAYS[kind]), words
    assert isinstance(seconds, float)
    assert seconds < SECONDS


def test_all_of_them_together_took_little_memory(told: dict[str, dict[str, object]]) -> None:
    last = list(told.values())[-1]  # Each tells the most so far.

    assert isinstance(last["own"], int)
    assert isinstance(last["child"], int)
    assert last["own"] < MEGABYTES
    assert last["child"] < 2 * MEGABYTES


def test_what_is_no_bomb_is_read(tmp_path: Path) -> None:
    plain = {"a.xlsx": hostile.workbook(), "a.zip": hostile.roster()}
    for name, raw in plain.items():
        (tmp_path / name).write_bytes(raw)

    found = hostile.judged({name: tmp_path / name for name in plain})

    assert [one["said"] for one in found] == ["read: 2 rows", "read"]
