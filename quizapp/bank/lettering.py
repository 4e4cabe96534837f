"""In which order the options of a question are shown, and under which letters.

A seed gives the order again at any time, so that only the seed is kept.
"""

from collections.abc import Sequence
from random import Random

from quizapp.bank.rules import Kind

LETTERS = "abcdefgh"


def order(kind: Kind, options: int, seed: int) -> list[int]:
    """Return the option numbers in the order in which they are shown; 对 and 错 stay in theirs."""
    numbers = list(range(options))
    if kind is not Kind.JUDGE:
        Random(seed).shuffle(numbers)  # noqa: S311 - an order to be had again, not a secret.
    return numbers


def numbers_of(letters: Sequence[str], shown: Sequence[int]) -> list[int]:
    """Return the option numbers behind letters as shown; ValueError for one that is not there."""
    behind = dict(zip(LETTERS, shown, strict=False))
    if unknown := [letter for letter in letters if letter not in behind]:
        raise ValueError(f"no option is shown as {unknown[0]!r}")
    return [behind[letter] for letter in letters]


def letters_of(numbers: Sequence[int], shown: Sequence[int]) -> list[str]:
    """Return the letters under which these options are shown, in alphabetical order."""
    return sorted(LETTERS[shown.index(number)] for number in numbers)
