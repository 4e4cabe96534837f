"""Topics, sources and questions as a file writes them, and the rules that a question must keep."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from quizapp.bank.faults import Key, Strict, nearest, to
from quizapp.bank.rules import READY, BankStage, Kind, Pool
from quizapp.core.i18n import _, lazy

Day = date  # For a field that is called date.
LANGUAGES = ("zh", "en")
COPY_LASTS = timedelta(days=184)  # Six months: a copy of an announcement is not its text.
OPTIONS = {Kind.SINGLE: (3, 5), Kind.MULTIPLE: (4, 6), Kind.JUDGE: (2, 2)}  # Both ends included.
JUDGED = {"zh": ("对", "错"), "en": ("True", "False")}
SEVERAL = "可多选"
ALL_OF = re.compile(r"^\s*以上|以上都是|以上都不是|\b(all|none|both) of the above\b", re.IGNORECASE)
OTHERS = re.compile(r"^\s*[A-FＡ-Ｆ]\s*(?:和|与|或|、|及|and\b|or\b)\s*[A-FＡ-Ｆ]")

HINTS = {
    "key": lazy("give it a name for ever, such as primary-refuse-strange-drink"),
    "kind": lazy("say single, multiple or judge"),
    "stage": lazy("say primary, junior or senior"),
    "difficulty": lazy("say 1 (easy), 2 or 3 (hard)"),
    "pool": lazy("say open, contest or anchor"),
    "objective": lazy("say what a pupil should know or be able to do"),
    "source": lazy("name at least one passage of sources.toml, such as rule:refuse-leave-tell"),
    "as_of": lazy("give the day on which somebody compared the question with its source"),
    "review_by": lazy("give the day until which it can be trusted"),
    "zh": lazy("write the question in Chinese under [question.zh]"),
    "stem": lazy("write the question itself"),
    "options": lazy("write the answers to choose from"),
    "explain": lazy("say in a sentence or two why the answer is right"),
    "text": lazy("write what the option says"),
}


class Certainty(StrEnum):
    """How near somebody came to a source."""

    TEXT = "text"  # The text itself was read.
    COPY = "copy"  # A copy of a named announcement.
    RULE = "rule"  # A rule of this bank.


class TopicDraft(Strict):
    zh: Annotated[str, to(40)]
    en: Annotated[str, to(60)]


class SourceDraft(Strict):
    title: Annotated[str, to(200)]
    publisher: Annotated[str, to(120)]
    date: Day
    read_on: Day
    certainty: Annotated[Certainty, Field(strict=False)]
    passages: Annotated[dict[Key, Annotated[str, to(1000)]], Field(min_length=1)]


# By key. An entry that has faults of its own is None: whoever names it has none for that. All of it
# is None where sources.toml cannot be read.
Sources = Mapping[str, SourceDraft | None] | None


class Option(Strict):
    text: Annotated[str, to(200)]
    right: bool = False
    feedback: Annotated[str, to(300)] | None = None


class Text(Strict):
    """A question in one language. The numbers of the options are the same in every language."""

    stem: Annotated[str, to(400)]
    options: list[Option]
    explain: Annotated[str, to(1000)]


class Head(Strict):
    """What is the same in every language."""

    key: Key
    kind: Annotated[Kind, Field(strict=False)]
    stage: Annotated[BankStage, Field(strict=False)]
    difficulty: Annotated[int, Field(ge=1, le=3)]
    pool: Annotated[Pool, Field(strict=False)]
    objective: Annotated[str, to(200)]
    source: Annotated[list[str], Field(min_length=1)]
    as_of: date
    review_by: date
    zh: dict[str, Any]
    en: dict[str, Any] | None = None


@dataclass(frozen=True)
class QuestionDraft:
    """A question that has kept every rule. `texts` holds Chinese first; `file` and `line` tell
    where its entry begins."""

    topic: str
    head: Head
    texts: Mapping[str, Text]
    file: str
    line: int

    @property
    def key(self) -> str:
        return self.head.key

    @property
    def answer(self) -> list[int]:
        """The numbers of the right options, from 0."""
        return [n for n, option in enumerate(self.texts["zh"].options) if option.right]

    @property
    def digest(self) -> str:
        """SHA-256 of what the file says of it, whatever its layout and comments."""
        said = [self.topic, self.head.model_dump(mode="json"), self.plain()]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def plain(self) -> dict[str, Any]:
        """Return the texts as a revision keeps them."""
        return {
            lang: {
                "stem": said.stem,
                "options": [
                    {"text": o.text} | ({"feedback": o.feedback} if o.feedback else {})
                    for o in said.options
                ],
                "explain": said.explain,
            }
            for lang, said in self.texts.items()
        }


def source_faults(source: SourceDraft) -> Iterator[str]:
    if source.read_on < source.date:
        yield _("read_on lies before date; nobody can have read it yet")


def head_faults(head: Head, sources: Sources) -> Iterator[str]:
    if head.kind not in READY:
        ready = ", ".join(sorted(READY))
        yield _("questions of the kind %(kind)s cannot be answered yet; use one of: %(ready)s",
                kind=head.kind, ready=ready)  # fmt: skip
    yield from basis_faults(head.source, head.as_of, head.review_by, sources)


def basis_faults(
    refs: Sequence[str], as_of: date, review_by: date, sources: Sources
) -> Iterator[str]:
    """Yield what is wrong with the sources of a question or a lesson, and with its dates."""
    for ref, times in Counter(refs).items():
        if times > 1:
            yield _("source names %(ref)s twice; once is enough", ref=ref)
        yield from _ref_faults(ref, sources)
    if review_by < as_of:
        yield _("review_by lies before as_of; give a later day")
    elif review_by - as_of > COPY_LASTS and any(_is_copy(ref, sources) for ref in refs):
        yield _("review_by lies more than six months after as_of, and a source is only a copy; "
                "give an earlier day")  # fmt: skip


def text_faults(kind: Kind | None, said: Text, lang: str) -> Iterator[str]:
    """Yield what is wrong with the text in one language; without `kind`, what can be told so."""
    if kind in OPTIONS:
        yield from _count_faults(kind, said, lang)
    if kind is Kind.MULTIPLE and lang == "zh" and SEVERAL not in said.stem:
        yield _("stem does not say that several are right; add （%(words)s）", words=SEVERAL)
    texts = Counter(option.text.casefold() for option in said.options)
    feedbacks = Counter(option.feedback for option in said.options if option.feedback)
    for number, option in enumerate(said.options, 1):
        if texts[option.text.casefold()] > 1:
            yield _("option %(number)s says the same as another; change one", number=number)
        if not option.right and not option.feedback:
            yield _("option %(number)s: feedback is missing; put right in a sentence why a pupil "
                    "might believe it", number=number)  # fmt: skip
        if option.feedback and feedbacks[option.feedback] > 1:
            yield _("option %(number)s has the feedback of another; give it its own", number=number)
        if ALL_OF.search(option.text) or OTHERS.search(option.text):
            yield _("option %(number)s points at others, but options are shuffled; "
                    "say what it means by itself", number=number)  # fmt: skip


def pair_faults(kind: Kind | None, zh: Text, en: Text) -> Iterator[str]:
    """Yield where the English options are not the Chinese ones in the same order."""
    if len(en.options) != len(zh.options):
        yield _("en has %(en)s options and zh %(zh)s; write the same options in the same order",
                en=len(en.options), zh=len(zh.options))  # fmt: skip
    elif [o.right for o in en.options] != [o.right for o in zh.options]:
        yield _("en has other right options than zh; write the same options in the same order")
    elif kind is Kind.JUDGE and _true(zh, "zh") != _true(en, "en"):
        yield _("en has True where zh has 错; write the same options in the same order")


def _count_faults(kind: Kind, said: Text, lang: str) -> Iterator[str]:
    right = sum(option.right for option in said.options)
    least, most = OPTIONS[kind]
    if kind is Kind.JUDGE:
        if sorted(option.text for option in said.options) != sorted(JUDGED[lang]):
            first, second = JUDGED[lang]
            yield _("a judge question has exactly the options %(first)s and %(second)s",
                    first=first, second=second)  # fmt: skip
    elif not least <= len(said.options) <= most:
        yield _("there are %(options)s options; a %(kind)s question has %(least)s to %(most)s",
                options=len(said.options), kind=kind, least=least, most=most)  # fmt: skip
    if kind is Kind.MULTIPLE:
        if right < 2 or right == len(said.options):
            yield _("%(right)s options are right; a multiple question has two or more right ones "
                    "and a wrong one", right=right)  # fmt: skip
    elif right != 1:
        yield _("%(right)s options are right; mark exactly one with right = true", right=right)


def _true(said: Text, lang: str) -> list[bool]:
    return [option.text == JUDGED[lang][0] for option in said.options]


def _ref_faults(ref: str, sources: Sources) -> Iterator[str]:
    key, colon, passage = ref.partition(":")
    if not colon:
        yield _("source %(ref)s names no passage; write source:passage", ref=ref)
    elif sources is not None and key not in sources:
        yield _("there is no source %(key)s; %(words)s", key=key, words=nearest(key, list(sources)))
    elif (source := (sources or {}).get(key)) and passage not in source.passages:
        words = nearest(passage, list(source.passages))
        yield _("source %(key)s has no passage %(passage)s; %(words)s",
                key=key, passage=passage, words=words)  # fmt: skip


def _is_copy(ref: str, sources: Sources) -> bool:
    source = (sources or {}).get(ref.partition(":")[0])
    return source is not None and source.certainty is Certainty.COPY
