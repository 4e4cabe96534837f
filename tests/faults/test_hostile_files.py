"""Files made to harm who opens them are refused, soon and with little memory.

Within a second, as `python -m tests.faults.hostile` measures; here it may take some more, for other
tests run beside.
"""

from pathlib import Path

import pytest

from tests.faults import hostile, opened
from tests.faults.opened import Told

SECONDS = 5
ARCHIVES, TEXTS = 100, 128  # Megabytes; of a CSV file of 10 MB the text and its cells are held.
SAYS = {
    "workbook": ("unpacks to far more", "damaged", "no table", "more memory or time", "password"),
    "CSV": ("damaged", "more than 50,000"),
    "OneRoster": ("OR-", "unpacks to far more", "no zip file", "password"),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    """What was said of each file, all opened by one process."""
    return opened.told_of_all(hostile, tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize("what", hostile.FILES)
def test_a_hostile_file_is_refused_with_a_sentence(told: dict[str, Told], what: str) -> None:
    kind = what.partition(":")[0]
    said = told[what]["said"]

    assert any(each in said for each in SAYS[kind]), said
    assert told[what]["seconds"] < SECONDS


def test_all_of_them_together_took_little_memory(told: dict[str, Told]) -> None:
    *archives, last = [told[what] for what in told if not what.startswith("CSV")]
    texts = list(told.values())[-1]  # Each tells the most so far.

    assert len(archives) > 20
    assert max(last["own"], last["child"]) < ARCHIVES
    assert texts["own"] < TEXTS


def test_what_is_no_bomb_is_read(tmp_path: Path) -> None:
    plain = {"a.xlsx": hostile.workbook(), "a.zip": hostile.roster()}
    for name, raw in plain.items():
        (tmp_path / name).write_bytes(raw)

    found = opened.judged(hostile, {name: tmp_path / name for name in plain})

    assert [one["said"] for one in found] == ["read: 2 rows", "read"]
