"""Files of questions that were made to harm get a sentence, soon and with little memory."""

import resource
import time

import pytest

from quizapp.bank.formats import gift, moodle
from tests.faults import hostile_questions as hostile
from tests.faults import opened
from tests.faults.opened import Told

SECONDS, MEGABYTES = 60, 300
SAYS = (
    "DOCTYPE", "damaged", "deeper", "more memory or time", "larger than 10 MB", "password",
    "unpacks to far more", "leads out of it", "cannot be read", "more than 20000 signs",
    "more than 5000 questions", "no question in it", "fewer than two options",
)  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    """What was said of each file, all opened by one process."""
    return opened.told_of_all(hostile, tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize("what", hostile.FILES)
def test_a_hostile_file_of_questions_gets_a_sentence(told: dict[str, Told], what: str) -> None:
    said = told[what]["said"]

    assert any(each in said for each in SAYS), said
    assert told[what]["seconds"] < SECONDS


def test_html_is_made_into_words_by_a_child() -> None:
    """What takes long or much takes it there, whatever the format."""
    tags = "<div>" * 490
    asks = [hostile.html(f"{tags}{n}", 1)[len("<quiz>") : -len("</quiz>")] for n in range(60)]
    marked = [f"[html]{tags}{n}{{T}}\n\n".encode() for n in range(60)]
    for read, raw in (
        (moodle.read, b"<quiz>%s</quiz>" % b"".join(asks)), (gift.read, b"".join(marked))
    ):  # fmt: skip
        own, children = time.process_time(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime

        items = read("a.xml", raw)

        took = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - children
        assert len(items) == 60
        assert time.process_time() - own < took


def test_too_many_tags_in_a_text_of_gift_are_told() -> None:
    (item,) = gift.read("a.gift", f"[html]{'<b>' * 600}x{{T}}".encode())

    assert "500 tags" in item.faults[0]


def test_no_file_of_the_machine_is_told(told: dict[str, Told]) -> None:
    assert "root:" not in str(told)


def test_all_of_them_together_took_little_memory(told: dict[str, Told]) -> None:
    last = list(told.values())[-1]  # Each tells the most so far.

    assert last["own"] < MEGABYTES
    assert last["child"] < 2 * MEGABYTES
