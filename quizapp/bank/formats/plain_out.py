"""The lines of a question as plain text, which `plain` reads back.

Added is a kind in 【】, and 反馈A：, 易错：, 另有： and 编号：.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quizapp.bank.exchange import Item
from quizapp.bank.formats.plain_kinds import ARROW, KIND_WORDS
from quizapp.bank.formats.texts import (
    spoken,
)
from quizapp.bank.lettering import LETTERS
from quizapp.bank.rules import Kind


def lines_of(number: int, item: Item) -> Iterator[str]:
    """Yield the lines of the item under its number."""
    said, kind = spoken(item), item.kind
    word = next(word for word, known in KIND_WORDS.items() if known is kind)
    opening = f"{said['scene']}\n{said['stem']}" if kind is Kind.SITUATION else said["stem"]
    yield f"{number}. 【{word}】{opening}"
    options: Sequence[Mapping[str, Any]] = said.get("options", ())
    if kind is not Kind.JUDGE:
        for letter, option in zip(LETTERS.upper(), options, strict=False):
            pair = f" {ARROW} {option['pair']}" if kind is Kind.MATCH else ""
            yield f"{letter}. {option['text']}{pair}"
    yield from (f"另有：{other}" for other in said.get("others", ()))
    if told := _right(kind, said):
        yield f"答案：{told}"
    yield from (f"易错：{w['text']} {ARROW} {w['feedback']}" for w in said.get("wrong", ()))
    for letter, option in zip(LETTERS.upper(), options, strict=False):
        if option.get("feedback"):
            yield f"反馈{letter}：{option['feedback']}"
    if said.get("feedback"):
        yield f"反馈：{said['feedback']}"
    if said["explain"]:
        yield f"解析：{said['explain']}"
    if item.key:
        yield f"编号：{item.key}"


def _right(kind: Kind | None, said: Mapping[str, Any]) -> str:
    match kind:
        case Kind.FILL:
            return " / ".join(said["accept"])
        case Kind.MATCH:
            return ""
        case Kind.ORDER:
            return LETTERS[: len(said["options"])].upper()
        case Kind.JUDGE:
            return "".join(option["text"] for option in said["options"] if option["right"])
    lettered = zip(LETTERS.upper(), said["options"], strict=False)
    return "".join(letter for letter, option in lettered if option["right"])
