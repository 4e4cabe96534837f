"""What Chinese sounds like: a name, to be found from a keyboard; a text, to be read by children."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path

from quizapp.core import surnames
from quizapp.core.paths import data_dir

LIST = "pinyin.toml"  # In lessons/.
RUN = re.compile(r"[㐀-䶿一-鿿〇]+")  # Signs without a mark between them.
LONGEST = 8  # Signs of a word.
MOST = 200  # Letters by which a name is found; the end of a very long one is left out.
# GB/T 16159 writes the tone of the sign; the dictionary that which it takes before another.
ORIGINAL = {("一", "yí"): "yī", ("一", "yì"): "yī", ("不", "bú"): "bù"}
Words = Mapping[str, Sequence[str]]  # How each word sounds, sign by sign.


@dataclass(frozen=True)
class Part:
    """A word of a run and its syllables. `is_known`: own words or the dictionary hold it."""

    word: str
    sounds: Sequence[str]
    is_known: bool


def parts(run: str, words: Words) -> list[Part]:
    """Cut a run of signs into words, the longest first; own `words` go before the dictionary.

    A sign that no word holds sounds as it mostly does.
    """
    found: list[Part] = []
    at = 0
    while at < len(run):
        found.append(_longest(run[at : at + LONGEST], words))
        at += len(found[-1].word)
    return found


def backwards(run: str, words: Words) -> list[str]:
    """Return the syllable of each sign, cut from the end: where it differs from `sounds`, two words
    share a sign, and neither rule knows which one it belongs to."""
    found: list[str] = []  # From the end on.
    end = len(run)
    while end:
        starts = range(max(0, end - LONGEST), end - 1)
        start = next((at for at in starts if _told(run[at:end], words)), end - 1)
        found += reversed(_longest(run[start:end], words).sounds)
        end = start
    return found[::-1]


def sounds(run: str, words: Words) -> list[str]:
    """Return the syllable of each sign: ["jué", "de"] for 觉得."""
    return [sound for part in parts(run, words) for sound in part.sounds]


def starts(found: Sequence[Part]) -> list[int]:
    """Return where each part begins in its run."""
    return list(accumulate((len(part.word) for part in found[:-1]), initial=0)) if found else []


def own_words() -> Words:
    """Return the words of lessons/pinyin.toml."""
    return words_of(data_dir("lessons") / LIST)


@cache  # It ships with the site: one reading in the life of a process.
def words_of(file: Path) -> Words:
    """Return the words of a list; what is at fault is left out."""
    said = tomllib.loads(file.read_text(encoding="utf-8")).get("words", {})
    told = {word: str(sound).split() for word, sound in said.items()}
    return {word: sound for word, sound in told.items() if len(word) == len(sound)}


def spelled(name: str) -> str:
    """Return full spelling and initials in small letters, "王小青" as "wangxiaoqing wxq".

    The first reading of each sign; an editor's ear is not needed to find a child again. A surname
    that is read otherwise stands in all its readings, that of the surname first. Signs that are
    none of Chinese stay as they are, blanks and dots go.
    """
    signs = "".join(sign for sign in name.lower() if sign.isalnum())
    plain = [_sound(sign) for sign in signs]
    readings = [[*family, *plain[len(family) :]] for family in surnames.sounds(signs)]
    told = dict.fromkeys(text for sounds in (*readings, plain) for text in _spellings(sounds))
    return " ".join(told)[:MOST]


def _spellings(sounds: Sequence[str]) -> tuple[str, str]:
    return "".join(sounds), "".join(sound[0] for sound in sounds)


def _longest(ahead: str, words: Words) -> Part:
    """Return the longest word with which the signs begin."""
    for length in range(len(ahead), 1, -1):
        word = ahead[:length]
        if told := _told(word, words):
            return Part(word, told, True)
    sign = ahead[0]
    own = words.get(sign)
    return Part(sign, own or [_toned(sign)], bool(own))


def _told(word: str, words: Words) -> Sequence[str] | None:
    """Return how a word of two signs or more sounds; None: neither list has it."""
    from pypinyin.constants import PHRASES_DICT  # noqa: PLC0415 - 0.2 s and 57 MB to import.

    if own := words.get(word):
        return own
    told = PHRASES_DICT.get(word)
    if not told or len(told) != len(word):
        return None
    pairs = zip(word, (each[0] for each in told), strict=True)
    return [ORIGINAL.get(pair, pair[1]) for pair in pairs]


def _toned(sign: str) -> str:
    """Return how a sign mostly sounds, with its tone; "" where nobody knows."""
    from pypinyin.constants import PINYIN_DICT  # noqa: PLC0415 - As above.

    return str(PINYIN_DICT.get(ord(sign), "")).partition(",")[0]


@cache  # A city's names are made of few thousand signs.
def _sound(sign: str) -> str:
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - As above.

    return lazy_pinyin(sign)[0] or sign
