"""In which order the options of a question are shown, and under which letters.

A seed gives the order again at any time, so that only the seed is kept. Outside, options are
letters and partners digits, as shown: in `order` letters in the order given, in `match` "a:2".
"""

from collections.abc import Sequence
from random import Random

from quizapp.bank.rules import GAP, Kind

LETTERS = "abcdefgh"
DIGITS = "12345678"
APART = "partners"  # So that their order says nothing about that of the options.


def order(kind: Kind, options: int, seed: int) -> list[int]:
    """Return the option numbers in the order in which they are shown.

    对 and 错 stay in theirs. What is to be put in order is never shown in its right one.
    """
    numbers = list(range(options))
    if kind is not Kind.JUDGE:
        Random(seed).shuffle(numbers)  # noqa: S311 - an order to be had again, not a secret.
    if kind is Kind.ORDER and numbers == sorted(numbers):
        numbers = [*numbers[1:], *numbers[:1]]
    return numbers


def partners(count: int, seed: int) -> list[int]:
    """Return the numbers of the partners of a `match` in the order in which they are shown."""
    numbers = list(range(count))
    Random(f"{APART}:{seed}").shuffle(numbers)  # noqa: S311 - as above.
    return numbers


def numbers_of(letters: Sequence[str], shown: Sequence[int]) -> list[int]:
    """Return the option numbers behind letters as shown; ValueError for one that is not there."""
    return [_behind(letter, LETTERS, shown) for letter in letters]


def letters_of(numbers: Sequence[int], shown: Sequence[int]) -> list[str]:
    """Return the letters under which these options are shown, in the order of the numbers."""
    return [LETTERS[shown.index(number)] for number in numbers]


def partners_of(pairs: Sequence[str], shown: Sequence[int], beside: Sequence[int]) -> list[int]:
    """Return the partner of each option by its number, GAP for none; [] for no pair at all.

    `beside` is the order of the partners. ValueError for a pair of what is not shown, and for two
    partners of one option.
    """
    found = [GAP] * len(shown) if pairs else []
    for pair in pairs:
        letter, _colon, digit = pair.partition(":")
        [option] = numbers_of([letter], shown)
        if found[option] != GAP:
            raise ValueError(f"{letter} has two partners")
        found[option] = _behind(digit, DIGITS, beside)
    return found


def pairs_of(choice: Sequence[int], shown: Sequence[int], beside: Sequence[int]) -> list[str]:
    """Return the pairs as shown, by letter; an option without a partner is left out."""
    return sorted(
        f"{LETTERS[shown.index(option)]}:{DIGITS[beside.index(partner)]}"
        for option, partner in enumerate(choice)
        if partner != GAP
    )


def places_of(letters: Sequence[str]) -> dict[str, str]:
    """Return the place, "1" and so on, of each letter of an order."""
    return {letter: DIGITS[place] for place, letter in enumerate(letters)}


def filled_in(values: Sequence[str]) -> list[str]:
    """Return what a plain form sends, without the fields that were left empty."""
    return [value for value in values if value.strip()]


def of_form(kind: Kind, said: Sequence[str], options: int) -> list[str]:
    """Return the letters, pairs or words that the filled-in fields of a plain form mean.

    ValueError where an order gives not every option a place of its own.
    """
    return in_places(said, options) if kind is Kind.ORDER else list(said)


def in_places(said: Sequence[str], options: int) -> list[str]:
    """Return the letters in the order of their places: of ["a:2", "b:1"] b and a; [] of [].

    ValueError where not every option has a place of its own.
    """
    placed = {place: letter for letter, _colon, place in (one.partition(":") for one in said)}
    if said and (len(said) != options or sorted(placed) != list(DIGITS[:options])):
        raise ValueError("every option needs a place of its own")
    return [placed[place] for place in sorted(placed)]


def _behind(sign: str, signs: str, shown: Sequence[int]) -> int:
    behind = dict(zip(signs, shown, strict=False))
    if sign not in behind:
        raise ValueError(f"no option is shown as {sign!r}")
    return behind[sign]
