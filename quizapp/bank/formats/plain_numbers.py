"""How questions and their sections are numbered in plain text: `1.`, `（1）`, `①`, `一、`.

Numbers stand within one another: what is written `（1）` or `①` under a question `1.` is a part of
its stem. `flat` is a line in narrow signs.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from quizapp.bank.formats.plain_kinds import KIND_WORDS

ORDINAL: Final = r"[一二三四五六七八九十]{1,3}"
CIRCLED: Final = "①-⑳"
SECTION: Final = re.compile(rf"({ORDINAL})\s*[.、]\s*(.*)|(\S{{0,6}}[题])\s*(?:[(:].*)?")
START: Final = re.compile(
    rf"(?:(?P<plain>\d{{1,4}})\s*(?:[.、)]|\.、)|第(?P<said>\d{{1,4}}|{ORDINAL})题\s*[:.、]?"
    r"|(?P<dotted>[⒈-⒛])|\((?P<inner>\d{1,4})\)\s*[.、]?|(?P<bracketed>[⑴-⒇])"
    rf"|(?P<circled>[{CIRCLED}])\s*[.、]?)\s*"
)
RANKS: Final = {"said": 4, "plain": 3, "dotted": 3, "inner": 2, "bracketed": 2, "circled": 1}
INNER: Final = ("inner", "bracketed", "circled")  # What parts of a question are numbered with.
OUTERMOST: Final = 5  # Of 一、 where it numbers questions.
ITEM: Final = re.compile(rf"(?:({ORDINAL})\s*[.、]|\(({ORDINAL})\)\s*[.、]?)\s*")
ASKS: Final = re.compile(r"[?。!;:,_(]")  # A title has none of these.
SHORT: Final = 30  # Signs of a line that may be a heading without an ordinal.


@dataclass(frozen=True)
class Start:
    """Where a question begins: its number, how far out that is written, and the end of it."""

    number: int
    rank: int
    end: int


def start(flat: str, wanted: int) -> Start | None:
    """Return the number at the beginning of a line, or None.

    `wanted`: the number that comes next; "1.5 克" is the number 1 only if it does.
    """
    found = START.match(flat)
    if not found:
        return None
    name = found.lastgroup or "plain"
    read = Start(number_of(found[name]), RANKS[name], found.end())
    runs_on = flat[found.end() - 1] in ".、)" and flat[found.end() :][:1].isdigit()
    return None if runs_on and read.number != wanted else read


def inner_rank(flat: str) -> int:
    """Return the rank of the number at the beginning of a line, 0 if it is none like （1） or ①."""
    found = START.match(flat)
    return RANKS[found.lastgroup] if found and found.lastgroup in INNER else 0


def item(flat: str, following: str, *, is_option: bool) -> Start | None:
    """Return the Chinese ordinal by which a line begins a question; None for a title.

    `is_option`: whether the next line begins an option.
    """
    found = ITEM.match(flat)
    if not found or not (ASKS.search(flat, found.end()) or is_option or not following):
        return None
    return Start(number_of(found[1] or found[2]), 0, found.end())


def number_of(said: str) -> int:
    """Return the number that digits, a circled digit or a Chinese ordinal up to 99 say."""
    if said.isdecimal():
        return int(said)
    if len(said) == 1:
        return int(unicodedata.numeric(said))
    tens, ten, ones = said.partition("十")
    worth = [int(unicodedata.numeric(sign)) for sign in (tens or "一")[:1] + ones[:1]]
    return worth[0] * 10 + sum(worth[1:]) if ten else 0


def heading(flat: str) -> tuple[str, str] | None:
    """Return ordinal and kind of a section, None if the line is no heading."""
    found = SECTION.fullmatch(flat)
    if not found or (not found[1] and len(flat) > SHORT):
        return None
    said = found[2] if found[1] else found[3]
    kind = next((word for word in KIND_WORDS if word in said), None)
    if kind is None and "选择" not in said and not (found[1] and "题" in said):
        return None
    return found[1] or said, kind or ""


def title(flat: str) -> str:
    """Return the ordinal of a section that says no kind, "" if the line is none."""
    found = SECTION.fullmatch(flat)
    is_title = found and found[1] and len(flat) <= SHORT and not ASKS.search(flat)
    return found[1] if found and is_title else ""
