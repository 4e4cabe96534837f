"""What gives right answers away unread: their place, their length, words that only they have."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from quizapp.bank.drafts import QuestionDraft
from quizapp.bank.faults import Fault
from quizapp.bank.kinds.choices import Choices, Judge
from quizapp.bank.params import filled
from quizapp.core.i18n import _

FEW = 3  # Below so many questions a file shows no habit of places,
FEW_LENGTHS = 6  # and below so many none of lengths;
MANY_LENGTHS = 30  # so many of a kind and a stage show one.
EXPECTED = 5  # Right ones at each place, on average, from which on chi-square says something.
# Chi-square that chance exceeds once in a hundred, by degrees of freedom.
CHANCE = {1: 6.63, 2: 9.21, 3: 11.34, 4: 13.28, 5: 15.09}
FAR_IN_FILE, FAR_IN_BANK = 0.35, 0.15  # Shares above chance that are a habit.
SELDOM = 0.5  # Over the whole bank, a share below this part of chance is one too.
OFTEN = 20  # So many options have a word that tells which of them are right:
ODDS = 5  # against chance, so many times more of them are wrong, or right.
TOLD = 12  # So many words are told.
WORD = re.compile(r"\w{2,}")

Odds = tuple[int, int]  # Right and wrong options that hold a word.


def in_files(questions: Iterable[QuestionDraft]) -> Iterator[Fault]:
    """Yield the files in which the place or the length gives the right answers away."""
    by_file: dict[str, list[Choices]] = defaultdict(list)
    for question in questions:
        said = question.texts["zh"]
        if isinstance(said, Choices):
            by_file[question.file].append(said)
    for file, asked in by_file.items():
        for told in _in_file(asked):
            yield Fault(file, 1, "", told)


def in_bank(questions: Iterable[QuestionDraft]) -> Iterator[str]:
    """Yield the same for the bank, and words: places by kind and options, lengths by stage."""
    by_options: dict[tuple[str, int], list[Choices]] = defaultdict(list)
    by_stage: dict[tuple[str, str], list[Choices]] = defaultdict(list)
    for question in questions:
        said = question.texts["zh"]
        if isinstance(said, Choices):
            by_options[question.head.kind, len(said.options)].append(said)
            if not isinstance(said, Judge):
                by_stage[question.head.kind, question.head.stage].append(said)
    for (kind, options), asked in sorted(by_options.items()):
        if is_uneven(asked):
            yield _("%(kind)s with %(options)s options: right are, from the first place to the "
                    "last, %(places)s; chance alone hardly does that, change some", kind=kind,
                    options=options, places=", ".join(map(str, places(asked))))  # fmt: skip
    yield from _telling([text for asked in by_stage.values() for text in asked])
    for (kind, stage), asked in sorted(by_stage.items()):
        if len(asked) < MANY_LENGTHS:
            continue
        for told in _lengths(asked, FAR_IN_BANK, SELDOM):
            yield f"{kind}, {stage}: {told}"


def places(asked: Sequence[Choices]) -> list[int]:
    """Return how often each place holds a right option; all have the same number of options."""
    held = [place for text in asked for place in text.answer]
    return [held.count(place) for place in range(len(asked[0].options))]


def is_uneven(asked: Sequence[Choices]) -> bool:
    """Whether chance would hardly put the right options at these places.

    Pearson's chi-square with one degree of freedom less than there are places; where several
    options are right, the variance is that of a draw without putting back, as Friedman's test has
    it (J. Am. Stat. Assoc. 32 (1937), 675-701).
    """
    options = len(asked[0].options)
    shares = [len(text.answer) / options for text in asked]
    expected, variance = sum(shares), sum(share * (1 - share) for share in shares)
    if expected < EXPECTED or not variance:
        return False
    off = sum((found - expected) ** 2 for found in places(asked))
    return off / variance * (options - 1) / options > CHANCE[options - 1]


def by_length(asked: Sequence[Choices], best: Callable[[Iterable[int]], int]) -> float:
    """Return how often a pupil is right who always takes the longest (max) or shortest (min).

    A share of 0 to 1. Of several equally long options the pupil takes any; in `multiple` one
    option is taken, and is right if it is one of the right ones.
    """
    right = 0.0
    for text in asked:
        lengths = _length_of_each(text)
        taken = [n for n, length in enumerate(lengths) if length == best(lengths)]
        right += sum(n in text.answer for n in taken) / len(taken)
    return right / len(asked)


def words(asked: Iterable[Choices]) -> tuple[dict[str, Odds], dict[str, Odds]]:
    """Return the pairs of signs that stand nearly always in wrong options, and in right ones.

    The most frequent comes first.
    """
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for text in asked:
        for option in text.options:
            (right if option.right else wrong).update(_pairs(option.text))
    by_chance = right.total() / max(wrong.total(), 1)
    often = {
        pair: (right[pair], wrong[pair])
        for pair, held in (right + wrong).most_common()
        if held >= OFTEN
    }
    return (
        {pair: odds for pair, odds in often.items() if odds[0] * ODDS < odds[1] * by_chance},
        {pair: odds for pair, odds in often.items() if odds[0] > odds[1] * by_chance * ODDS},
    )


def _pairs(text: str) -> set[str]:
    return {"".join(pair) for run in WORD.findall(text) for pair in pairwise(run)}


def _telling(asked: Iterable[Choices]) -> Iterator[str]:
    in_wrong, in_right = words(asked)
    if in_wrong:
        yield _("words of wrong options that right ones hardly have (wrong, right): %(words)s",
                words=_listed(in_wrong, 1))  # fmt: skip
    if in_right:
        yield _("words of right options that wrong ones hardly have (right, wrong): %(words)s",
                words=_listed(in_right, 0))  # fmt: skip


def _listed(odds: Mapping[str, Odds], first: int) -> str:
    told = [f"{pair} {held[first]}:{held[1 - first]}" for pair, held in odds.items()]
    return ", ".join(told[:TOLD])


def _in_file(asked: Sequence[Choices]) -> Iterator[str]:
    shuffled = [text for text in asked if not isinstance(text, Judge)]
    if len({tuple(text.answer) for text in shuffled}) == 1 and len(shuffled) >= FEW:
        numbers = ", ".join(str(place + 1) for place in shuffled[0].answer)
        yield _("the right option is always number %(place)s; move some", place=numbers)
    if len(shuffled) >= FEW_LENGTHS:
        yield from _lengths(shuffled, FAR_IN_FILE)


def _lengths(asked: Sequence[Choices], far: float, seldom: float = 0) -> Iterator[str]:
    chance = sum(len(text.answer) / len(text.options) for text in asked) / len(asked)
    longest, shortest = by_length(asked, max), by_length(asked, min)
    shown = _per_cent({"chance": chance, "longest": longest, "shortest": shortest})
    if longest > chance + far:
        yield _("who always takes the longest option is right in %(longest)s %% (by chance "
                "%(chance)s %%); make some right ones shorter", **shown)  # fmt: skip
    if shortest > chance + far:
        yield _("who always takes the shortest option is right in %(shortest)s %% (by chance "
                "%(chance)s %%); make some right ones longer", **shown)  # fmt: skip
    elif longest < chance * seldom:
        yield _("the longest option is right in %(longest)s %% only (by chance %(chance)s %%); "
                "make some right ones the longest", **shown)  # fmt: skip


def _length_of_each(text: Choices) -> list[int]:
    values = text.params[0] if text.params else {}
    return [len(filled(option.text, values)) for option in text.options]


def _per_cent(shares: Mapping[str, float]) -> dict[str, int]:
    return {name: round(share * 100) for name, share in shares.items()}
