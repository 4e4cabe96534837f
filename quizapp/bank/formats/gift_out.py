"""One of our questions becomes a question of GIFT; what GIFT cannot hold is told."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from quizapp.bank.exchange import Item
from quizapp.bank.formats.foreign import by_category, tagged
from quizapp.bank.formats.texts import lost_of_spoken, lost_of_tagged, spoken
from quizapp.bank.kinds.choices import JUDGED
from quizapp.bank.rules import Kind
from quizapp.core.i18n import _

WEIGHT: Final = re.compile(r"\s*%(-?\d{1,3}(?:\.\d{1,6})?)%")
ARROW: Final = "->"
SCENE: Final = "\n\n"  # Between scene and stem.
BLANK_LINES: Final = re.compile(r"\n{2,}")
ANYTHING: Final = "*"
WHOLE: Final = 100.0


def write(items: Sequence[Item]) -> bytes:
    return "\n".join(_lines(items)).encode()


def lost(item: Item) -> list[str]:
    if not _holds(item):
        return [_("GIFT knows no questions of the kind %(kind)s; it is left out whole.",
                  kind=str(item.kind))]  # fmt: skip
    said, found = spoken(item), [*lost_of_spoken(item), *lost_of_tagged(item)]
    if item.kind is Kind.MATCH:
        if any(option["feedback"] for option in said["options"]):
            found.append(_("The feedback of the pairs is left out."))
        if any(ARROW in side for option in said["options"] for side in _sides(option)):
            found.append(_("An arrow -> within a pair is written →."))
    if item.kind is Kind.JUDGE and said["options"][0]["text"] != JUDGED["zh"][0]:
        found.append(_("The order of 对 and 错 is left out."))
    if item.kind is Kind.SITUATION and SCENE in said["stem"]:
        found.append(_("Blank lines of the stem are left out."))
    return found


def _holds(item: Item) -> bool:
    return item.kind not in (None, Kind.ORDER) and bool(item.texts)


def _sides(option: Mapping[str, Any]) -> tuple[str, str]:
    return option["text"], option["pair"]


def _lines(items: Sequence[Item]) -> Iterator[str]:
    """Yield the questions, and a category wherever another topic begins."""
    for path, item in by_category(filter(_holds, items)):
        if path:
            yield f"$CATEGORY: {path}\n"
        yield _question(item)


def _question(item: Item) -> str:
    said = spoken(item)
    stem = said["stem"]
    if item.kind is Kind.SITUATION:
        stem = said["scene"] + SCENE + BLANK_LINES.sub("\n", stem)
    marks = [f"[id:{item.key}]"] if item.key else []
    marks += [f"[tag:{each}]" for each in (item.kind, *tagged(item.head))]
    title = f"::{item.key}::" if item.key else ""
    answers = "\n".join(f"\t{line}" for line in _answers(item.kind, said))
    explain = f"\n\t####{_escaped(said['explain'])}" if said["explain"] else ""
    return f"// {' '.join(marks)}\n{title}[plain]{_escaped(stem)} {{\n{answers}{explain}\n}}\n"


def _answers(kind: Kind | None, said: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines between the braces."""
    if kind is Kind.MATCH:
        for option in said["options"]:
            text, pair = (side.replace(ARROW, "→") for side in _sides(option))
            yield f"={_escaped(text)} {ARROW} {_escaped(pair)}"
        yield from (f"= {ARROW} {_escaped(other)}" for other in said["others"])
    elif kind is Kind.FILL:
        yield from (f"={_weighed(word, WHOLE)}" for word in said["accept"])
        for wrong in said["wrong"]:
            yield f"={_weighed(wrong['text'], 0)}{_feedback(wrong)}"
        if said["feedback"]:
            yield f"=%0%{ANYTHING}{_feedback(said)}"
    elif kind is Kind.JUDGE:
        truth, untruth = sorted(said["options"], key=lambda option: not option["right"])
        sign = "TRUE" if truth["text"] in {words[0] for words in JUDGED.values()} else "FALSE"
        told = [_escaped(option["feedback"] or "") for option in (untruth, truth)]
        yield f"{sign}#{told[0]}#{told[1]}"
    else:
        several = kind is Kind.MULTIPLE
        share = WHOLE / (sum(option["right"] for option in said["options"]) or 1)
        for option in said["options"]:
            mark = "~" if several or not option["right"] else "="
            if several:
                weight = share if option["right"] else -WHOLE
            else:  # Said only where the text would be taken for one.
                weight = WHOLE if option["right"] else 0
            text = option["text"]
            text = _weighed(text, weight) if several or WEIGHT.match(text) else _escaped(text)
            yield f"{mark}{text}{_feedback(option)}"


def _weighed(text: str, weight: float) -> str:
    return f"%{weight:.7g}%{_escaped(text)}"


def _feedback(said: Mapping[str, Any]) -> str:
    return f"#{_escaped(said['feedback'])}" if said["feedback"] else ""


def _escaped(text: str) -> str:
    return re.sub(r"[\\~=#{}:]", r"\\\g<0>", text).replace("\n", "\\n")
