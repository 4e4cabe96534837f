"""How alike two texts are: the share of their pairs of neighbouring signs."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain, pairwise

from quizapp.bank.marking import bare

Pairs = frozenset[str]  # Neighbouring signs of a text, spaces and punctuation left out.


class Known:
    """Texts by key, ready to be asked which of them are like another one.

    A text is compared only with those that share a pair of signs with it.
    """

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._keys = list(texts)
        self._pairs = [pairs(text) for text in texts.values()]
        self._holders: dict[str, list[int]] = defaultdict(list)
        for number, said in enumerate(self._pairs):
            for pair in said:
                self._holders[pair].append(number)

    def like(self, text: str, least: float) -> list[tuple[str, float]]:
        """Return key and likeness of the texts that are alike by this share, the likest first."""
        found = [(self._keys[n], share) for n, share in self._shares(pairs(text)) if share >= least]
        return sorted(found, key=lambda one: (-one[1], one[0]))

    def twins(self, least: float) -> Iterator[tuple[str, str, float]]:
        """Yield each two texts that are alike by this share, once, in the order of the texts."""
        for number, said in enumerate(self._pairs):
            for other, share in sorted(self._shares(said)):
                if other > number and share >= least:
                    yield self._keys[number], self._keys[other], share

    def _shares(self, said: Pairs) -> Iterator[tuple[int, float]]:
        shared = Counter(chain.from_iterable(self._holders.get(pair, ()) for pair in said))
        for number, count in shared.items():
            yield number, 2 * count / (len(said) + len(self._pairs[number]))


def likeness(one: str, other: str) -> float:
    """Return how alike two texts are, from 0 (not at all) to 1 (the same signs in a row).

    Dice, Ecology 26 (1945), 297-302, over pairs of signs: each pair counts once a text.
    """
    first, second = pairs(one), pairs(other)
    return 2 * len(first & second) / (len(first) + len(second)) if first or second else 1.0


def nearest(text: str, known: Known) -> tuple[str, float] | None:
    """Return key and likeness of the text that is most like this one; None if nothing is.

    Make `known` once for many questions: `Known({key: stem, …})`.
    """
    return next(iter(known.like(text, 0)), None)


def pairs(text: str) -> Pairs:
    """Return the pairs of neighbouring signs; of a single sign, itself."""
    said = bare(text)
    return frozenset(map("".join, pairwise(said))) or frozenset(said)
