"""Whether a question is worded for its stage: words that are not allowed, and lengths.

Words and reasons stand in question_bank/words.toml: an editor changes them, not a programmer.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from quizapp.bank import files
from quizapp.bank.drafts import QuestionDraft
from quizapp.bank.faults import Fault, Strict, place, to
from quizapp.bank.kinds.text import Text
from quizapp.bank.params import filled
from quizapp.bank.rules import BankStage
from quizapp.core.i18n import _, current_locale

SENTENCES = re.compile(r"[^。！？；\n]+")
Place = tuple[str | int, ...]  # ("options", 1, "feedback"), counted from 0.


class WordDraft(Strict):
    """A pattern of words, and in both languages why nobody writes them and what instead.

    Without `stages` it holds for all of them; with `look` a person decides, and it is no fault.
    """

    pattern: re.Pattern[str]
    stages: list[Annotated[BankStage, Field(strict=False)]] = Field(default=[*BankStage])
    look: bool = False
    zh: Annotated[str, to(200)]
    en: Annotated[str, to(200)]


@dataclass(frozen=True)
class Words:
    """What words.toml says; an entry at fault is left out."""

    words: Sequence[WordDraft] = ()
    faults: Sequence[Fault] = ()


@dataclass(frozen=True)
class Limits:
    """How many signs the Chinese texts of a stage have at most, their places filled.

    Rules of our own, without a source: to be corrected by what pupils can read.
    """

    sentence: int
    stem: int
    scene: int
    option: int
    feedback: int
    explain: int


LIMITS = {
    BankStage.PRIMARY: Limits(30, stem=60, scene=90, option=25, feedback=40, explain=60),
    BankStage.JUNIOR: Limits(45, stem=90, scene=140, option=30, feedback=50, explain=90),
    BankStage.SENIOR: Limits(60, stem=130, scene=180, option=30, feedback=60, explain=120),
}
SHORT = ("text", "pair", "others")  # What has the limit of an option.


def read(root: Path) -> Words:
    """Read words.toml of question_bank/."""
    entries, faults = files.table(root, files.WORDS, WordDraft)
    return Words([draft for draft in (entries or {}).values() if draft], faults)


def unfit(question: QuestionDraft, words: Sequence[WordDraft]) -> Iterator[tuple[WordDraft, str]]:
    """Yield each word that the question should not say, and a sentence on where and why."""
    said: list[tuple[Place, str]] = [(("objective",), question.head.objective)]
    for lang, text in question.texts.items():
        within: Place = () if lang == "zh" else (lang,)
        said += [((*within, *at), string) for at, string in _strings(text.model_dump())]
    for word in words:
        if question.head.stage not in word.stages:
            continue
        for at, string in said:
            if found := word.pattern.search(string):
                why = word.zh if current_locale() == "zh" else word.en
                yield word, _("%(place)s says “%(word)s”: %(why)s",
                              place=place(at), word=found[0], why=why)  # fmt: skip


def too_long(stage: BankStage, text: Text) -> Iterator[str]:
    """Yield what of a Chinese text is longer than its stage reads with ease, each place once."""
    limits, unsaid = LIMITS[stage], text.model_dump(exclude={"params"})
    longest: dict[Place, tuple[int, int]] = {}
    for values in text.params or [{}]:
        for at, string in _strings(filled(unsaid, values)):
            sentence = max(map(len, SENTENCES.findall(string)), default=0)
            before = longest.get(at, (0, 0))
            longest[at] = max(before[0], len(string)), max(before[1], sentence)
    for at, (signs, sentence) in longest.items():
        name = next(step for step in reversed(at) if isinstance(step, str))
        most = getattr(limits, "option" if name in SHORT else name, signs)
        if signs > most:
            yield _("%(place)s has %(signs)s signs; %(most)s are enough for this stage",
                    place=place(at), signs=signs, most=most)  # fmt: skip
        elif sentence > limits.sentence:
            yield _("%(place)s has a sentence of %(signs)s signs; make two of it, %(most)s are "
                    "enough for this stage", place=place(at), signs=sentence,
                    most=limits.sentence)  # fmt: skip


def _strings(said: Any, at: Place = ()) -> Iterator[tuple[Place, str]]:
    """Yield every text within and its place."""
    if isinstance(said, str):
        yield at, said
    elif isinstance(said, Mapping):
        for name, inner in said.items():
            yield from _strings(inner, (*at, name))
    elif isinstance(said, Sequence):
        for number, inner in enumerate(said):
            yield from _strings(inner, (*at, number))
