"""Files of questions that were made to harm get a sentence, soon and with little memory."""

import pytest

from tests.faults import hostile_questions as hostile

SECONDS, MEGABYTES = 60, 300
SAYS = (
    "DOCTYPE", "damaged", "deeper", "more memory or time", "larger than 10 MB", "password",
    "unpacks to far more", "leads out of it", "cannot be read", "more than 20000 signs",
    "more than 5000 questions", "no question in it", "fewer than two options",
)  # fmt: skip


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
def test_a_hostile_file_of_questions_gets_a_sentence(
    told: dict[str, dict[str, object]], what: str
) -> None:
    words, seconds = str(told[what]["said"]), told[what]["seconds"]

    assert any(each in words for each in SAYS), words
    assert isinstance(seconds, float)
    assert seconds < SECONDS


def test_no_file_of_the_machine_is_told(told: dict[str, dict[str, object]]) -> None:
    assert "root:" not in str(told)


def test_all_of_them_together_took_little_memory(told: dict[str, dict[str, object]]) -> None:
    last = list(told.values())[-1]  # Each tells the most so far.

    assert isinstance(last["own"], int)
    assert isinstance(last["child"], int)
    assert last["own"] < MEGABYTES
    assert last["child"] < 2 * MEGABYTES
