"""Another reader understands all of the bank that we write in GIFT."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from quizapp.bank import files
from quizapp.bank.exchange import Item, drafted
from quizapp.bank.formats import gift
from quizapp.bank.formats.texts import spoken
from quizapp.bank.kinds.choices import JUDGED
from quizapp.bank.rules import Kind
from quizapp.core.paths import data_dir

PYTHON = Path(sys.prefix) / "readers/bin/python"  # Made by `make test`.
READER = Path(__file__).with_name("gift_reader.py")
SETS = {Kind.MULTIPLE: "MultipleChoicesSet", Kind.JUDGE: "TrueFalseSet", Kind.MATCH: "MatchingSet"}
WHOLE, GAP_LEFT = 100, "*"  # Per cent; the word that stands for every other.


@pytest.fixture(scope="module")
def shipped() -> list[Item]:
    bank = files.read(data_dir("question_bank"))
    found = [
        Item("", q.head.kind, q.texts, q.key, head={"topic": q.topic, "stage": q.head.stage})
        for q in bank.questions
    ]
    return [item for item in found if item.kind is not Kind.ORDER]  # GIFT has no such kind.


def understood(raw: bytes) -> list[dict[str, Any]]:
    """Return what the reader makes of a GIFT file."""
    assert PYTHON.exists(), "the reader is missing: make .venv/readers/ready"
    done = subprocess.run(
        [PYTHON, READER], input=raw, capture_output=True, check=True, timeout=60,
        env={"LANG": "C.UTF-8", "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def wanted(item: Item) -> list[list[Any]]:
    """Return the answers of an item as the reader should tell them."""
    said = spoken(item)
    if item.kind is Kind.MATCH:
        pairs = [[option["text"], option["pair"]] for option in said["options"]]
        return pairs + [["", other] for other in said["others"]]
    if item.kind is Kind.JUDGE:
        truth, untruth = sorted(said["options"], key=lambda option: not option["right"])
        told = [untruth["feedback"] or "", truth["feedback"] or ""]
        return [["", truth["text"] == JUDGED["zh"][0], told]]
    if item.kind is Kind.FILL:
        rights = [[word, True, ""] for word in said["accept"]]
        wrongs = [[one["text"], False, one["feedback"]] for one in said["wrong"]]
        return [*rights, *wrongs, [GAP_LEFT, False, said["feedback"]]]
    return [[one["text"], one["right"], one["feedback"] or ""] for one in said["options"]]


def found(seen: dict[str, Any]) -> list[list[Any]]:
    if seen["kind"] in ("MatchingSet", "TrueFalseSet"):
        return list(seen["answers"])
    return [[text, worth > 0, told] for text, worth, told in seen["answers"]]


def with_signs() -> Item:
    """Return a question of signs that mean something in GIFT; the reader takes no } in answers."""
    text, faults = drafted(Kind.SINGLE, {
        "stem": "1=1~2#3：{甲}: 乙", "explain": "a=b~ c: d",
        "options": [{"text": "=甲", "right": True, "feedback": "#~"}, {"text": "~乙: 1"}],
    })  # fmt: skip
    assert text, faults
    return Item("", Kind.SINGLE, {"zh": text}, "of-signs")


def test_a_reader_of_others_understands_the_whole_bank_in_gift(shipped: Sequence[Item]) -> None:
    """pygiftparser reads stems, answers, what is right, feedback and explanations."""
    asked = [*shipped, with_signs()]

    seen = understood(gift.write(asked))

    assert len(seen) == len(asked)
    for item, one in zip(asked, seen, strict=True):
        said = spoken(item)
        stem = f"{said['scene']}\n\n{said['stem']}" if item.kind is Kind.SITUATION else said["stem"]
        assert (one["title"], one["valid"]) == (item.key, True)
        assert one["stem"] == stem.strip()
        assert one["explain"] == said["explain"]
        assert found(one) == wanted(item), item.key
        assert one["kind"] == SETS.get(item.kind or Kind.SINGLE, "SelectSet"), item.key
        if item.kind is Kind.MULTIPLE:
            worth = [share for _text, share, _told in one["answers"] if share > 0]
            assert sum(worth) == pytest.approx(WHOLE, abs=0.001)
