"""Where the options of a question in plain text begin: `A.`, `B、`, `（C）`, `D：`, or `A甲`.

A letter may belong to a word as well (维生素B、A型血, B族): what could be read in two ways is not
read at all. `flat` is a line in narrow signs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from quizapp.bank.lettering import LETTERS

# Signs of full width are read as their narrow ones; a line keeps its length.
NARROW: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | str.maketrans(
    "　【】〔〕［］✓✔☑✗✘✕", " [][][]√√√×××"
)
OPTION: Final = re.compile(r"\(?([A-H])\s*(?:[.、):]|\.、)\s*")
# The first option behind a stem, where a second one follows; "( A )" is an answer in brackets.
FIRST: Final = re.compile(r"(?<=[\s)?。:_])(?<!\()(?<!\(\s)A\s*[.、:)]\s*\S|\s\(A\)\s*\S")
SECOND: Final = re.compile(r"(?<![A-Za-z])B\s*[.、:)]")
WITHIN: Final = re.compile(r"\s+\(?([A-H])\s*[.、):]\s*|\(([A-H])\)\s*|([A-H])[.)]\s*")
HANZI: Final = r"[\u3400-\u9fff]"
# Right behind another option: `A、甲B、乙`. But 维生素B、糖 looks the same.
GLUED: Final = re.compile(rf"(?<={HANZI})([A-H])[、:](?={HANZI})")
# A letter without a sign behind it, at the beginning of a line or behind a blank.
BARE: Final = re.compile(
    rf"(?:^|(?<=[\s)?。:_]))(?:([A-H])(?={HANZI}|[“《「])|([A-H])[ \t]+(?={HANZI}|[“《「\d]))",
    re.MULTILINE,
)
# What follows the letter in words that begin with one: B族, A型, B超, C位.
WORDS: Final = frozenset("族型类级超位股照座片咖站罗币卡盘面轮区栋班组队市县省国校君某角点")


@dataclass(frozen=True)
class Cut:
    """An option: where its letter begins, and where its text."""

    letter: str
    at: int
    text_at: int


def cuts(flat: str, end: int, *, glued: bool) -> tuple[list[Cut], bool]:
    """Return the options of a line that begins with one, and whether that is not clear.

    `glued`: whether options without a blank between them stood in a line before.
    """
    first = OPTION.match(flat)
    if not first:
        return [], False
    begun = Cut(first[1], 0, first.end())
    apart = [_cut(found) for found in WITHIN.finditer(flat, begun.text_at, end)]
    spaced = _in_order(begun, apart)
    close = [_cut(found) for found in GLUED.finditer(flat, begun.text_at, end)]
    both = sorted([*apart, *close], key=lambda cut: cut.at)
    run = _in_order(begun, both)
    is_one_way = len(run) == len(both) + 1
    if len(run) <= len(spaced) or not is_one_way:
        return spaced, False
    if len(spaced) == 1:
        return (run, False) if begun.letter == "A" or glued else (spaced, False)
    return spaced, True


def undotted(stem: str) -> tuple[str, list[tuple[str, str]], bool]:
    """Return a stem without the options of which the letters have no sign behind them, and those.

    The last value tells that there may be some, but that it is not clear where each begins.
    """
    flat = stem.translate(NARROW)
    found = [_cut(each) for each in BARE.finditer(flat) if each.start()]
    letters = "".join(cut.letter for cut in found)
    if not letters.startswith("A"):
        return stem, [], False
    ends = [*(cut.at for cut in found[1:]), len(stem)]
    texts = [stem[cut.text_at : to].strip() for cut, to in zip(found, ends, strict=True)]
    if not _is_clear(flat, found, letters, texts):
        return stem, [], len(letters) > 1 or _is_glued("B", flat[found[0].at :])
    return stem[: found[0].at].strip(), list(zip(letters, texts, strict=True)), False


def _is_clear(flat: str, found: Sequence[Cut], letters: str, texts: Sequence[str]) -> bool:
    """Whether the letters can only be those of options: all in order, and of no word."""
    after = LETTERS[len(letters) :].upper()[:1]
    is_below = flat[found[0].at - 1] == "\n"
    return (
        len(letters) > 1
        and letters == LETTERS[: len(letters)].upper()
        and all(texts)
        and not any("\n" in text or text[0] in WORDS for text in texts)
        and all(flat[cut.at - 1].isspace() for cut in found[1:])
        and (is_below or len({text[:2] for text in texts}) > 1)  # As in: A同学 B同学.
        and not (after and _is_glued(after, flat[found[0].at :]))
    )


def _cut(found: re.Match[str]) -> Cut:
    letter = next(filter(None, found.groups()))
    return Cut(letter, found.start(), found.end())


def _in_order(first: Cut, others: Sequence[Cut]) -> list[Cut]:
    """Return the cuts whose letters follow one another; the others are a part of some text."""
    run = [first]
    for cut in others:
        if ord(cut.letter) == ord(run[-1].letter) + 1:
            run.append(cut)
    return run


def _is_glued(letter: str, flat: str) -> bool:
    """Whether this letter stands right before a Chinese sign, wherever that may be."""
    return bool(re.search(f"{letter}(?={HANZI})", flat))
