"""The list of readings, and the signs whose sound nobody has decided."""

from pathlib import Path

import pytest

from quizapp.core.paths import data_dir
from quizapp.lessons import readings

LIST = """signs = "得地长"
[words]
"觉得" = "jué de"
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of lessons with a page for grades 5 and 6, and an empty bank beside it."""
    for name in ("lessons/primary/scenarios", "lessons/junior", "question_bank/law"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "lessons/pinyin.toml").write_text(LIST, encoding="utf-8")
    return tmp_path / "lessons"


def told(root: Path) -> list[str]:
    return [str(fault) for fault in readings.faults(root, root.parent / "question_bank")]


def test_what_ships_is_decided() -> None:
    assert readings.faults(data_dir("lessons"), data_dir("question_bank")) == []


@pytest.mark.parametrize(
    "file",
    [
        "lessons/primary/01-a.md", "lessons/primary/scenarios/a.toml",
        "question_bank/law/primary-a.toml",
    ],
)  # fmt: skip
def test_a_sign_that_no_word_decides_is_a_fault_at_its_line(root: Path, file: str) -> None:
    (root.parent / file).write_text("一行\n他跑得快，觉得好。\n", encoding="utf-8")

    (fault,) = told(root)

    assert fault.startswith(f"{file}:2: ")
    assert "得" in fault


def test_a_sign_that_two_words_claim_is_a_fault_until_a_longer_word_decides(root: Path) -> None:
    (root / "primary/01-a.md").write_text("跑得到吗？\n", encoding="utf-8")
    file = root / "pinyin.toml"
    two = f'{LIST}"跑得" = "pǎo de"\n"得到" = "dé dào"\n'
    file.write_text(two, encoding="utf-8")

    (fault,) = told(root)
    assert "跑得到" in fault

    decided = root.rename(root.parent / "decided")  # A list is read once in a process.
    (decided / "pinyin.toml").write_text(f'{two}"跑得到" = "pǎo de dào"\n', encoding="utf-8")
    assert told(decided) == []


def test_words_of_the_dictionary_and_of_the_list_decide(root: Path) -> None:
    page = root / "primary/01-a.md"
    page.write_text("家长觉得，草地很绿。\n", encoding="utf-8")

    assert told(root) == []


def test_older_pupils_read_without_pinyin(root: Path) -> None:
    (root / "junior/01-a.md").write_text("跑得快", encoding="utf-8")
    (root.parent / "question_bank/law/junior-a.toml").write_text("跑得快", encoding="utf-8")

    assert told(root) == []


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('"觉得" = "jué"', "write a syllable for each sign"),
        ('"a得" = "a de"', "a word is one to eight hanzi"),
        ('"长得" = "zhang3 de"', "small letters, with the sign of the tone"),
        ('"长得" = zhǎng', "lessons/pinyin.toml:4"),
        ('"长得" = 1', "must be a text in quotation marks"),
    ],
)
def test_the_list_itself_is_read_strictly(root: Path, line: str, says: str) -> None:
    file = root / "pinyin.toml"
    file.write_text(f'signs = "得"\n[words]\n"好" = "hǎo"\n{line}\n', encoding="utf-8")

    (fault,) = told(root)

    assert says in fault
