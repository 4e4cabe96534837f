"""Whether one answer is right. Called by quizzes and lessons alike."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from quizapp.bank.rules import GAP, Choice, Kind

MOST_WRITTEN = 40  # Signs of an answer in `fill`; so many a column of choices holds.
THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(,\d{3})+(?![\d,])")
ONE_SIGN = str.maketrans("。−–", ".--")  # Ways to write a point, a minus or a hyphen.
ARRANGED = (Kind.ORDER, Kind.MATCH)  # The place of a number in the choice says something.


def bare(word: str) -> str:
    """Return what counts of a word: NFKC, without spaces, case and marks that make no number."""
    signs = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
    shown = "".join(sign for sign in signs if unicodedata.category(sign)[0] not in "ZC")
    plain = THOUSANDS.sub(lambda found: found[0].replace(",", ""), shown.translate(ONE_SIGN))
    around = zip(f" {plain}", plain, f"{plain[1:]} ", strict=False)
    return "".join(sign for before, sign, after in around if _counts(before, sign, after))


def _counts(before: str, sign: str, after: str) -> bool:
    """Whether a sign says something: no mark does, but for those in 1.5, .5, -5, 3-5, 1/2, 50%."""
    if unicodedata.category(sign)[0] != "P":
        return True
    if sign in "%‰":
        return before.isdecimal() or after.isdecimal()
    if sign in ".-":
        return after.isdecimal() and not "a" <= before <= "z"  # B-12 is B12.
    return before.isdecimal() and after.isdecimal()


def typed(word: str) -> str:
    """Return a word as it is kept: without control signs, and without spaces around it."""
    return "".join(sign for sign in word if unicodedata.category(sign)[0] != "C").strip()


def is_right(kind: Kind, answer: Sequence[int], choice: Choice, accept: Iterable[str] = ()) -> bool:
    """Compare a choice with what is right: all of it and nothing else; none at all is wrong.

    `accept` holds the words that are right in a `fill`.
    """
    if isinstance(choice, str):
        return bool(bare(choice)) and bare(choice) in map(bare, accept)
    if kind in ARRANGED:
        return bool(choice) and list(choice) == list(answer)
    return bool(choice) and set(choice) == set(answer)


def fits(kind: Kind, options: int, choice: Choice, partners: int = 0) -> bool:
    """Whether a choice is possible; one that holds nothing always is.

    Known options, none twice, one at most but for `multiple`; in `order` all of them; in `match`
    one known partner for each option, or GAP. Two options may wait for the same partner: a pupil
    who swaps them does so one by one.
    """
    if isinstance(choice, str):
        return kind is Kind.FILL and len(choice) <= MOST_WRITTEN and choice == typed(choice)
    if kind is Kind.FILL or not choice:
        return not choice
    if kind is Kind.MATCH:
        return len(choice) == options and all(n == GAP or 0 <= n < partners for n in choice)
    if kind is Kind.ORDER:
        return sorted(choice) == list(range(options))
    known = all(0 <= number < options for number in choice) and len(set(choice)) == len(choice)
    return known and (kind is Kind.MULTIPLE or len(choice) == 1)


def is_whole(choice: Choice) -> bool:
    """Whether an item is answered: in `match`, every option has its partner."""
    return bool(choice) and (isinstance(choice, str) or GAP not in choice)


def written(kind: Kind, choice: Choice) -> str:
    """Return how a choice is stored: "0,2", "2,0,1", "1,-,0" with a gap, or the word itself.

    "" is nothing chosen. Only where their order says something do numbers keep it.
    """
    if isinstance(choice, str):
        return choice
    numbers = choice if kind in ARRANGED else sorted(choice)
    return ",".join("-" if number == GAP else str(number) for number in numbers)


def read(kind: Kind, stored: str) -> Choice:
    if kind is Kind.FILL:
        return stored
    return [GAP if said == "-" else int(said) for said in stored.split(",")] if stored else []
